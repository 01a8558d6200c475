//! Targets: their health, and an instance as one.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_elasticloadbalancingv2::types::{
    TargetDescription, TargetHealthDescription, TargetHealthStateEnum,
};

use crate::aws::Cloud;
use crate::aws::error::classify;
use crate::ids::{InstanceId, TargetGroup};
use crate::ledger::Registration;
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

/// An instance as the targets of each of its registrations: one call for each target group.
pub(super) fn by_target_group<'a>(
    instance: &InstanceId,
    registrations: &'a BTreeSet<Registration>,
) -> BTreeMap<&'a TargetGroup, Vec<TargetDescription>> {
    let mut targets: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for Registration { target_group, port } in registrations {
        let target = TargetDescription::builder().id(instance.as_str());
        let target = target.set_port(port.map(i32::from)).build();
        targets.entry(target_group).or_default().push(target);
    }
    targets
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::TargetHealth;

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

    #[test]
    fn several_ports_of_one_target_group_are_one_call() {
        let group = |name: &str| TargetGroup::parse(&format!("arn:aws:{name}")).unwrap();
        let registration = |name: &str, port| Registration { target_group: group(name), port };
        let registrations = BTreeSet::from([
            registration("web", Some(8080)),
            registration("web", Some(80)),
            registration("metrics", None),
        ]);
        let instance = InstanceId::parse("i-12345678").unwrap();
        let calls = by_target_group(&instance, &registrations);
        let ports = |name: &str| {
            let targets = calls.get(&group(name)).unwrap();
            assert!(targets.iter().all(|target| target.id() == Some("i-12345678")));
            targets.iter().map(TargetDescription::port).collect::<Vec<_>>()
        };
        assert_eq!(calls.len(), 2);
        assert_eq!(ports("web"), [Some(80), Some(8080)]);
        assert_eq!(ports("metrics"), [None]);
    }
}
