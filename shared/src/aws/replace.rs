//! The calls that change something, all of them about members of a group. They take only what the
//! guard makes.

use aws_sdk_autoscaling::config::Builder;

use crate::aws::Cloud;
use crate::aws::config::once;
use crate::aws::error::{classify, failed};
use crate::decide::guard::{Closing, Permit};
use crate::ids::{GroupName, InstanceId};
use crate::ports::{CloudError, CloudErrorClass, ReplaceMembers};

impl ReplaceMembers for Cloud {
    async fn terminate(&self, group: &GroupName, permits: &[Permit]) -> Result<(), CloudError> {
        let call = self.autoscaling().terminate_instance_in_auto_scaling_group();
        let call = call.should_decrement_desired_capacity(false);
        let call = match permits {
            [] => return Ok(()),
            [permit] => call.instance_id(permit.instance().as_str()),
            // Several need the name of their group (`API_TerminateInstanceInAutoScalingGroup`, read
            // 2026-11).
            _ => call.auto_scaling_group_name(group.as_str()).set_instance_ids(Some(
                permits.iter().map(|permit| permit.instance().to_string()).collect(),
            )),
        };
        let done = call.customize().config_override(unrepeated()).send().await;
        done.map(drop).map_err(|error| {
            classify("TerminateInstanceInAutoScalingGroup", group.as_str(), &error)
        })
    }

    async fn mark_unhealthy(&self, permit: &Permit) -> Result<(), CloudError> {
        self.set_health(permit.instance(), "Unhealthy", unrepeated()).await
    }

    async fn mark_healthy(&self, closing: &Closing) -> Result<(), CloudError> {
        self.set_health(closing.instance(), "Healthy", Builder::new()).await
    }
}

impl Cloud {
    async fn set_health(
        &self,
        instance: &InstanceId,
        health: &str,
        settings: Builder,
    ) -> Result<(), CloudError> {
        let call = self.autoscaling().set_instance_health().instance_id(instance.as_str());
        let call = call.health_status(health).should_respect_grace_period(false);
        let done = call.customize().config_override(settings).send().await;
        done.map(drop).map_err(|error| classify("SetInstanceHealth", instance.as_str(), &error))
    }
}

/// The settings of an act that must not be repeated. Were it repeated after a lost answer, AWS
/// might refuse the second call because the first took effect, and the refusal would be taken for
/// the truth.
pub(super) fn unrepeated() -> Builder {
    Builder::new().retry_config(once())
}

/// A call on a member whose incident names no group. Nothing can be called.
pub(super) fn groupless(call: &'static str, instance: &InstanceId) -> CloudError {
    let words = "the incident names no Auto Scaling group; report a bug";
    failed(call, instance.as_str(), CloudErrorClass::Rejected, words)
}
