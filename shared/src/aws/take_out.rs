//! Opening calls: what takes an instance out of service and moves it. Each takes a permit, which
//! only the guard makes. What brings an instance back is in `bring_back.rs`.
//!
//! A call whose repetition changes nothing gets the SDK's one retry. The others get none: were one
//! repeated after a lost answer, AWS might refuse the second call because the first took effect,
//! and the refusal would be taken for the truth. The next look tells what happened.

use std::collections::BTreeSet;

use aws_sdk_ec2::config::Builder;
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::aws::bring_back::unless_gone;
use crate::aws::config::once;
use crate::aws::elasticloadbalancing::by_target_group;
use crate::aws::error::{classify, failed};
use crate::aws::{Cloud, replace, reservation};
use crate::decide::guard::Permit;
use crate::ledger::Registration;
use crate::policy::INCIDENT_MARK;
use crate::ports::{CloudError, CloudErrorClass, TakeOut};
use crate::world::Instance;

impl TakeOut for Cloud {
    async fn mark(&self, permit: &Permit) -> Result<(), CloudError> {
        self.create_tag(permit.instance(), INCIDENT_MARK, permit.key().event.as_str()).await
    }

    async fn reserve(
        &self,
        permit: &Permit,
        instance: &Instance,
        until: Timestamp,
    ) -> Result<(), CloudError> {
        const CALL: &str = "CreateCapacityReservation";
        let object = permit.instance().as_str();
        let request = reservation::request(permit.key(), instance, until)
            .map_err(|words| failed(CALL, object, CloudErrorClass::Rejected, &words))?;
        if !self.capacity_held(permit.key()).await?.is_empty() {
            return Ok(());
        }
        let done = request.send_with(self.ec2()).await;
        done.map(drop).map_err(|error| classify(CALL, object, &error))
    }

    async fn enter_standby(&self, permit: &Permit) -> Result<(), CloudError> {
        const CALL: &str = "EnterStandby";
        let instance = permit.instance().as_str();
        let group = permit.group().ok_or_else(|| replace::groupless(CALL, permit.instance()))?;
        let call = self.autoscaling().enter_standby().auto_scaling_group_name(group.as_str());
        let call = call.instance_ids(instance).should_decrement_desired_capacity(true);
        let done = call.customize().config_override(replace::unrepeated()).send().await;
        done.map(drop).map_err(|error| classify(CALL, instance, &error))
    }

    async fn deregister(
        &self,
        permit: &Permit,
        registrations: &BTreeSet<Registration>,
    ) -> Result<(), CloudError> {
        for (group, targets) in by_target_group(permit.instance(), registrations) {
            let call = self.elasticloadbalancing().deregister_targets();
            let call = call.target_group_arn(group.as_str()).set_targets(Some(targets));
            let done = call.send().await;
            let done = done.map_err(|error| classify("DeregisterTargets", group.as_str(), &error));
            // A target group that was deleted meanwhile sends nothing any more.
            unless_gone(done)?;
        }
        Ok(())
    }

    async fn stop(&self, permit: &Permit) -> Result<(), CloudError> {
        let instance = permit.instance().as_str();
        let call = self.ec2().stop_instances().instance_ids(instance);
        let done = call.customize().config_override(unrepeated()).send().await;
        done.map(drop).map_err(|error| classify("StopInstances", instance, &error))
    }

    async fn reboot(&self, permit: &Permit) -> Result<(), CloudError> {
        let instance = permit.instance().as_str();
        let call = self.ec2().reboot_instances().instance_ids(instance);
        let done = call.customize().config_override(unrepeated()).send().await;
        done.map(drop).map_err(|error| classify("RebootInstances", instance, &error))
    }

    async fn reschedule(&self, permit: &Permit, to: Timestamp) -> Result<(), CloudError> {
        let key = permit.key();
        let call = self.ec2().modify_instance_event_start_time();
        let call = call.instance_id(key.instance.as_str()).instance_event_id(key.event.as_str());
        let call = call.not_before(DateTime::from_secs(to.as_second()));
        let done = call.customize().config_override(unrepeated()).send().await;
        done.map(drop)
            .map_err(|error| classify("ModifyInstanceEventStartTime", key.to_string(), &error))
    }
}

fn unrepeated() -> Builder {
    Builder::new().retry_config(once())
}
