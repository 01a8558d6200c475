//! Closing calls: what brings an instance back. Each takes a [`Closing`], which asks for nothing
//! but the open incident. What takes an instance out is in `take_out.rs`.
//!
//! What is to be taken away and is gone already is as it should be, so that the end of an incident
//! never waits for it.

use std::collections::BTreeSet;

use crate::aws::elasticloadbalancing::by_target_group;
use crate::aws::error::classify;
use crate::aws::{Cloud, replace, reservation};
use crate::decide::guard::Closing;
use crate::ledger::Registration;
use crate::policy::{INCIDENT_MARK, READY_SIGNAL};
use crate::ports::{BringBack, CloudError, CloudErrorClass};

impl BringBack for Cloud {
    async fn forget_ready(&self, closing: &Closing) -> Result<(), CloudError> {
        self.delete_tag(closing.instance(), READY_SIGNAL).await
    }

    async fn say_ready(&self, closing: &Closing) -> Result<(), CloudError> {
        self.create_tag(closing.instance(), READY_SIGNAL, "true").await
    }

    async fn start(&self, closing: &Closing) -> Result<(), CloudError> {
        let instance = closing.instance().as_str();
        let done = self.ec2().start_instances().instance_ids(instance).send().await;
        done.map(drop).map_err(|error| classify("StartInstances", instance, &error))
    }

    async fn exit_standby(&self, closing: &Closing) -> Result<(), CloudError> {
        const CALL: &str = "ExitStandby";
        let instance = closing.instance().as_str();
        let group = closing.group().ok_or_else(|| replace::groupless(CALL, closing.instance()))?;
        let call = self.autoscaling().exit_standby().auto_scaling_group_name(group.as_str());
        // A second call after a lost answer would be refused: the member stands by no longer.
        let call = call.instance_ids(instance).customize().config_override(replace::unrepeated());
        let done = call.send().await;
        done.map(drop).map_err(|error| classify(CALL, instance, &error))
    }

    async fn register(
        &self,
        closing: &Closing,
        registrations: &BTreeSet<Registration>,
    ) -> Result<(), CloudError> {
        for (group, targets) in by_target_group(closing.instance(), registrations) {
            let call = self.elasticloadbalancing().register_targets();
            let call = call.target_group_arn(group.as_str()).set_targets(Some(targets));
            let done = call.send().await;
            done.map_err(|error| classify("RegisterTargets", group.as_str(), &error))?;
        }
        Ok(())
    }

    async fn release_capacity(&self, closing: &Closing) -> Result<(), CloudError> {
        let mut released = Ok(());
        for id in self.capacity_held(closing.key()).await?.iter().filter_map(reservation::id) {
            let done = self.ec2().cancel_capacity_reservation().capacity_reservation_id(id);
            let done = done.send().await;
            let done = done.map_err(|error| classify("CancelCapacityReservation", id, &error));
            released = released.and(unless_gone(done));
        }
        released
    }

    async fn unmark(&self, closing: &Closing) -> Result<(), CloudError> {
        unless_gone(self.delete_tag(closing.instance(), INCIDENT_MARK).await)
    }
}

/// What AWS knows no more is as it should be.
pub(super) fn unless_gone<T>(done: Result<T, CloudError>) -> Result<(), CloudError> {
    match done {
        Err(error) if error.class != CloudErrorClass::Missing => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::failed;

    #[test]
    fn what_is_gone_is_as_it_should_be_and_nothing_else_is() {
        let ended = |class| unless_gone::<()>(Err(failed("DeleteTags", "i-12345678", class, "")));
        assert_eq!(ended(CloudErrorClass::Missing), Ok(()));
        assert!(ended(CloudErrorClass::Denied).is_err());
        assert!(ended(CloudErrorClass::Unavailable).is_err());
    }
}
