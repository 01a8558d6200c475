//! Asks the readiness gates of instances that are to serve again, and the stop-alarms of those that
//! are about to leave.

use std::collections::{BTreeMap, BTreeSet};

use super::LookPorts;
use crate::decide;
use crate::ids::InstanceId;
use crate::ledger::{Phase, Returns};
use crate::policy::{Ceilings, Gate, Policy, Tags};
use crate::ports::CloudError;
use crate::world::{AlarmState, World};

/// Asks the alarms that are gates, and the documents that were sent.
pub async fn see(
    ports: &impl LookPorts,
    world: &mut World,
    ceilings: &Ceilings,
) -> Result<(), CloudError> {
    let replacements = decide::replacements(world);
    let returning = world.memory.incidents.values().filter_map(|incident| {
        let returns = matches!(incident.phase, Phase::Returning { returns: Returns::Moved, .. });
        returns.then(|| incident.key.instance.clone())
    });
    let expected: BTreeSet<InstanceId> = replacements.into_values().chain(returning).collect();
    let gates: BTreeSet<Gate> =
        expected.iter().flat_map(|id| policy_of(world, id, ceilings).ready).collect();
    let alarms: BTreeSet<String> = gates
        .iter()
        .filter_map(|gate| match gate {
            Gate::Alarm(name) => Some(name.clone()),
            Gate::Tag | Gate::SsmDocument(_) | Gate::Unreadable => None,
        })
        .collect();
    see_alarms(ports, world, &alarms).await;
    let incidents = world.memory.incidents.values().filter(|incident| incident.out());
    let probes: BTreeMap<String, InstanceId> = incidents
        .flat_map(|incident| incident.probes.values())
        .filter(|probe| expected.contains(&probe.instance))
        .map(|probe| (probe.command.clone(), probe.instance.clone()))
        .collect();
    for (command, instance) in probes {
        let state = ports.command(&command, &instance).await?;
        world.commands.insert(command, state);
    }
    Ok(())
}

/// Asks the stop-alarms of these instances.
pub async fn see_stop_alarms(
    ports: &impl LookPorts,
    world: &mut World,
    instances: &BTreeSet<InstanceId>,
    ceilings: &Ceilings,
) {
    let alarms: BTreeSet<String> =
        instances.iter().flat_map(|id| policy_of(world, id, ceilings).stop_alarms.names).collect();
    see_alarms(ports, world, &alarms).await;
}

/// No stop-alarm of an instance rings.
pub fn alarms_rest(world: &World, instance: &InstanceId, ceilings: &Ceilings) -> bool {
    let names = policy_of(world, instance, ceilings).stop_alarms.names;
    names.iter().all(|name| matches!(world.alarms.get(name), Some(AlarmState::Ok(_))))
}

/// An alarm that was not answered holds whoever rests on it, and nobody else.
async fn see_alarms(ports: &impl LookPorts, world: &mut World, names: &BTreeSet<String>) {
    if names.is_empty() {
        return;
    }
    let answered = ports.alarms(names).await;
    for name in names {
        let state = match &answered {
            Ok(states) => states.get(name).copied().unwrap_or(AlarmState::Missing),
            Err(_) => AlarmState::Unanswered,
        };
        world.alarms.insert(name.clone(), state);
    }
}

fn policy_of(world: &World, instance: &InstanceId, ceilings: &Ceilings) -> Policy {
    let group = world.group_of(instance).map(|group| (&group.name, &group.tags));
    let nothing = Tags::default();
    let tags = world.instances.get(instance).map_or(&nothing, |instance| &instance.tags);
    Policy::read(ceilings, group, tags).policy
}
