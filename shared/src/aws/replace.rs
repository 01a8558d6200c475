//! The calls that change something, all of them about members of a group. They take only what the
//! guard makes.

use crate::aws::Cloud;
use crate::aws::config::once;
use crate::aws::error::classify;
use crate::decide::guard::{Closing, Permit};
use crate::ids::{GroupName, InstanceId};
use crate::ports::{CloudError, ReplaceMembers};

/// Instances that one `TerminateInstanceInAutoScalingGroup` may name together with their group
/// (`API_TerminateInstanceInAutoScalingGroup`, read 2026-11).
const TERMINATED_AT_ONCE: usize = 100;

impl ReplaceMembers for Cloud {
    async fn terminate(&self, group: &GroupName, permits: &[Permit]) -> Result<(), CloudError> {
        for together in permits.chunks(TERMINATED_AT_ONCE) {
            let call = self.autoscaling().terminate_instance_in_auto_scaling_group();
            let call = call.should_decrement_desired_capacity(false);
            let call = match together {
                // One instance goes without its group's name: AWS refuses one that is no member any
                // more either way.
                [permit] => call.instance_id(permit.instance().as_str()),
                _ => call
                    .auto_scaling_group_name(group.as_str())
                    .set_instance_ids(Some(ids(together))),
            };
            let settings = aws_sdk_autoscaling::config::Builder::new().retry_config(once());
            let done = call.customize().config_override(settings).send().await;
            done.map_err(|error| {
                classify("TerminateInstanceInAutoScalingGroup", group.as_str(), &error)
            })?;
        }
        Ok(())
    }

    async fn mark_unhealthy(&self, permit: &Permit) -> Result<(), CloudError> {
        self.set_health(permit.instance(), "Unhealthy").await
    }

    async fn mark_healthy(&self, closing: &Closing) -> Result<(), CloudError> {
        self.set_health(closing.instance(), "Healthy").await
    }
}

impl Cloud {
    /// Setting a health twice is setting it once, so the common retry may repeat it.
    async fn set_health(&self, instance: &InstanceId, health: &str) -> Result<(), CloudError> {
        let call = self.autoscaling().set_instance_health().instance_id(instance.as_str());
        let call = call.health_status(health).should_respect_grace_period(false);
        let done = call.send().await;
        done.map(drop).map_err(|error| classify("SetInstanceHealth", instance.as_str(), &error))
    }
}

fn ids(permits: &[Permit]) -> Vec<String> {
    permits.iter().map(|permit| permit.instance().to_string()).collect()
}
