//! The health of targets.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::types::{TargetHealthDescription, TargetHealthStateEnum};

use crate::aws::Cloud;
use crate::aws::error::classify;
use crate::ids::{InstanceId, TargetGroup};
use crate::ports::{CloudError, CloudErrorClass, ReadTargets};
use crate::world::TargetState;

impl ReadTargets for Cloud {
    async fn targets(
        &self,
        group: &TargetGroup,
    ) -> Result<BTreeMap<InstanceId, TargetState>, CloudError> {
        let call = self.elasticloadbalancing().describe_target_health();
        let answer = call.target_group_arn(group.as_str()).send().await;
        let answer =
            answer.map_err(|error| classify("DescribeTargetHealth", group.as_str(), &error));
        match answer {
            Ok(answer) => Ok(health(answer.target_health_descriptions())),
            Err(error) if error.class == CloudErrorClass::Missing => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }
}

/// The worst of each instance: it may be registered with several ports. Targets that are addresses
/// are left out.
fn health(answer: &[TargetHealthDescription]) -> BTreeMap<InstanceId, TargetState> {
    let mut states = BTreeMap::new();
    for description in answer {
        let id = description.target().and_then(|target| target.id());
        let Some(id) = id.and_then(|id| InstanceId::parse(id).ok()) else { continue };
        let word = description.target_health().and_then(|health| health.state());
        let state = state(word.map_or("", TargetHealthStateEnum::as_str));
        let known = states.entry(id).or_insert(state);
        if badness(state) > badness(*known) {
            *known = state;
        }
    }
    states
}

fn state(word: &str) -> TargetState {
    match word {
        "healthy" => TargetState::Healthy,
        "initial" => TargetState::Initial,
        "draining" | "unhealthy.draining" => TargetState::Draining,
        _ => TargetState::Unhealthy,
    }
}

fn badness(state: TargetState) -> u8 {
    match state {
        TargetState::Healthy => 0,
        TargetState::Initial => 1,
        TargetState::Draining => 2,
        TargetState::Unhealthy => 3,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealth};

    use super::*;

    #[test]
    fn the_worst_port_counts_and_addresses_do_not() {
        let description = |id: &str, word: &str| {
            let target = TargetDescription::builder().id(id).build();
            let health = TargetHealth::builder().state(word.into()).build();
            TargetHealthDescription::builder().target(target).target_health(health).build()
        };
        let states = health(&[
            description("i-12345678", "healthy"),
            description("i-12345678", "unhealthy"),
            description("i-12345678", "initial"),
            description("i-87654321", "healthy"),
            description("i-0000abcd", "a-new-word"),
            description("10.0.0.1", "healthy"),
        ]);
        let states: Vec<_> = states.values().copied().collect();
        assert_eq!(states, [TargetState::Unhealthy, TargetState::Unhealthy, TargetState::Healthy]);
    }
}
