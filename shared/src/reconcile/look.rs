//! The look: everything that decisions about all subjects rest on, in as few calls as there are
//! kinds of answers.
//!
//! Quiet accounts cost three describe calls: scheduled events, the opted-in groups, their members;
//! a sweep also asks for what carries our mark.
//! The members are read even then, because a replica set that nobody saw cannot be kept whole. With
//! something in sight it is their types, and one call by id for what the filters cannot show:
//! stopped instances and replacements. Alarms and readiness documents are asked only for instances
//! that are to serve again.

use std::collections::{BTreeMap, BTreeSet};

use super::{LookPorts, act, gates};
use crate::decide;
use crate::ids::{GroupName, InstanceId, Place, TargetGroup};
use crate::ledger::{Incident, Phase};
use crate::plan::Order;
use crate::policy::{Ceilings, INCIDENT_MARK};
use crate::ports::{CloudError, InstanceStatus};
use crate::world::{Group, Instance, InstanceState, LifecycleState, World};

/// Looks at everything. With `sweep` also at what carries our mark, of which the ledger may have
/// been robbed.
pub async fn look(
    ports: &impl LookPorts,
    ceilings: &Ceilings,
    place: &Place,
    sweep: bool,
) -> Result<World, CloudError> {
    let memory = ports.read().await?;
    // AWS's time is known from its first answer on.
    let began = ports.now();
    let scheduled = ports.scheduled().await?;
    let mut groups = by_name(ports.opted_in().await?);
    let gone: BTreeSet<GroupName> = memory
        .incidents
        .values()
        .filter_map(|incident| incident.group.as_ref())
        .chain(memory.unread_incidents().filter_map(|(_, group, _)| group))
        .filter(|name| !groups.contains_key(*name))
        .cloned()
        .collect();
    if !gone.is_empty() {
        groups.extend(by_name(ports.groups(&gone).await?));
    }
    let mut world = World {
        observed_at: ports.now(),
        place: place.clone(),
        groups,
        instances: BTreeMap::new(),
        targets: BTreeMap::new(),
        preflight: BTreeMap::new(),
        read_again: BTreeSet::new(),
        departures: BTreeMap::new(),
        capacity: BTreeMap::new(),
        alarms: BTreeMap::new(),
        commands: BTreeMap::new(),
        memory,
        told_over: BTreeSet::new(),
    };
    see_instances(ports, &mut world, &scheduled).await?;
    if sweep {
        see_marked(ports, &mut world).await?;
    }
    forget_marks(ports, &mut world).await?;
    merge(&mut world.instances, scheduled);
    see_by_id(ports, &mut world).await?;
    see_instance_store(ports, &mut world).await?;
    see_targets(ports, &mut world).await?;
    gates::see(ports, &mut world, ceilings).await?;
    recall(&mut world);
    act::in_time(ports, began)?;
    world.observed_at = ports.now();
    Ok(world)
}

/// Groups by their names.
pub fn by_name(groups: Vec<Group>) -> BTreeMap<GroupName, Group> {
    groups.into_iter().map(|group| (group.name.clone(), group)).collect()
}

async fn see_instances(
    ports: &impl LookPorts,
    world: &mut World,
    scheduled: &[InstanceStatus],
) -> Result<(), CloudError> {
    let names: BTreeSet<GroupName> = world.groups.keys().cloned().collect();
    if !names.is_empty() {
        let members = ports.members(&names).await?.into_iter();
        world.instances = members.map(|instance| (instance.id.clone(), instance)).collect();
    }
    let in_sight = scheduled.iter().map(|status| status.id.clone());
    let others: BTreeSet<InstanceId> =
        in_sight.chain(remembered(world)).filter(|id| !world.instances.contains_key(id)).collect();
    if others.is_empty() {
        return Ok(());
    }
    for instance in ports.instances(&others).await? {
        world.instances.insert(instance.id.clone(), instance);
    }
    // EC2 forgets a terminated instance after about an hour: one that it left out of a complete
    // answer is gone.
    for id in others.into_iter().filter(|id| !in_list(scheduled, id)) {
        let gone =
            || Instance { state: Some(InstanceState::Terminated), ..Instance::unknown(id.clone()) };
        world.instances.entry(id.clone()).or_insert_with(gone);
    }
    Ok(())
}

/// What kept an instance where it is a short while ago still does.
fn recall(world: &mut World) {
    let now = world.observed_at;
    for incident in world.memory.incidents.values() {
        let Some(kept) = incident.kept.as_ref().filter(|kept| kept.counts(now)) else { continue };
        let id = &incident.key.instance;
        world.departures.insert(id.clone(), kept.departure.clone());
        if let Some(instance) = world.instances.get_mut(id).filter(|_| kept.stop_protected) {
            instance.stop_protected = Some(true);
        }
    }
}

async fn see_marked(ports: &impl LookPorts, world: &mut World) -> Result<(), CloudError> {
    for instance in ports.marked().await? {
        world.instances.entry(instance.id.clone()).or_insert(instance);
    }
    Ok(())
}

/// A mark whose incident the ledger remembers as closed is no sign of a lost ledger: EC2 shows tags
/// late, or would not take it away.
async fn forget_marks(ports: &impl LookPorts, world: &mut World) -> Result<(), CloudError> {
    let open = |id: &InstanceId| world.memory.knows(id);
    let marked = world
        .instances
        .iter()
        .filter(|(id, instance)| instance.tags.contains_key(INCIDENT_MARK) && !open(id));
    let marked: Vec<InstanceId> = marked.map(|(id, _)| id.clone()).collect();
    for id in marked {
        let closed = ports.incidents_of(&id).await?;
        let Some(instance) = world.instances.get_mut(&id) else { continue };
        let mark = instance.tags.get(INCIDENT_MARK).cloned().unwrap_or_default();
        if closed.iter().any(|incident| incident.key.event.as_str() == mark) {
            instance.tags.remove(INCIDENT_MARK);
        }
    }
    Ok(())
}

/// The instances of which the open incidents want to know, those that cannot be read among them.
fn remembered(world: &World) -> impl Iterator<Item = InstanceId> {
    let unread = world.memory.unread_incidents().map(|(key, ..)| &key.instance);
    world.memory.incidents.values().filter_map(asked_after).chain(unread).cloned()
}

/// The instance of which an incident wants to know: its own until it has left for good, then its
/// replacement.
fn asked_after(incident: &Incident) -> Option<&InstanceId> {
    match &incident.phase {
        Phase::Seen
        | Phase::Intended(_)
        | Phase::Leaving(_)
        | Phase::Moving(_)
        | Phase::Returning { .. }
        | Phase::Back(_)
        | Phase::Rescheduling { .. } => Some(&incident.key.instance),
        // A launch-first act is taken back where the event is over before anything was launched.
        Phase::Replacing(intent) if intent.order == Order::LaunchFirst => {
            Some(&incident.key.instance)
        }
        Phase::Serving { replacement, .. } => Some(replacement),
        Phase::Replacing(_) | Phase::Closed { .. } => None,
    }
}

fn in_list(scheduled: &[InstanceStatus], id: &InstanceId) -> bool {
    scheduled.iter().any(|status| &status.id == id)
}

/// Writes status and events into the instances.
pub fn merge(instances: &mut BTreeMap<InstanceId, Instance>, statuses: Vec<InstanceStatus>) {
    for status in statuses {
        let unknown = || Instance::unknown(status.id.clone());
        let instance = instances.entry(status.id.clone()).or_insert_with(unknown);
        // Two answers, each as old as it is: it runs where both say so.
        let known = instance.state.take();
        let runs = |state: &InstanceState| *state == InstanceState::Running;
        instance.state = match status.state {
            Some(state) if runs(&state) => known.or(Some(state)),
            state => state.or(known),
        };
        instance.zone = status.zone.or(instance.zone.take());
        instance.system_status = status.system_status;
        instance.instance_status = status.instance_status;
        instance.events = status.events;
        instance.status_read = true;
    }
}

/// What the filters do not show: instances of incidents that are not listed as running with an
/// event, and replacements.
async fn see_by_id(ports: &impl LookPorts, world: &mut World) -> Result<(), CloudError> {
    let replacements = decide::replacements(world);
    let silent = |id: &InstanceId| {
        world.instances.get(id).is_none_or(|instance| instance.alive() && !instance.status_read)
    };
    let asked: BTreeSet<InstanceId> =
        replacements.into_values().chain(remembered(world)).filter(silent).collect();
    if !asked.is_empty() {
        let statuses = ports.status_of(&asked).await?;
        merge(&mut world.instances, statuses);
    }
    Ok(())
}

async fn see_instance_store(ports: &impl LookPorts, world: &mut World) -> Result<(), CloudError> {
    let subjects = || world.instances.values().filter(|i| i.active_events().next().is_some());
    let types: BTreeSet<String> =
        subjects().filter_map(|it| it.instance_type.as_ref()).map(ToString::to_string).collect();
    if types.is_empty() {
        return Ok(());
    }
    let known = ports.instance_store(&types).await?;
    for instance in world.instances.values_mut() {
        let kind = instance.instance_type.as_ref();
        instance.instance_store = kind.and_then(|kind| known.get(kind.as_str()).copied());
    }
    Ok(())
}

/// The targets of groups in which a replacement is in service and to be verified, and those that an
/// instance has left or is to come back to.
async fn see_targets(ports: &impl LookPorts, world: &mut World) -> Result<(), CloudError> {
    let replacements = decide::replacements(world);
    let verified = world.groups.values().filter(|group| {
        replacements
            .values()
            .filter_map(|new| group.members.get(new))
            .any(|member| member.lifecycle == LifecycleState::InService)
    });
    let away = world.memory.incidents.values().filter_map(|incident| {
        let absence = incident.absence()?;
        let group = incident.group.as_ref().and_then(|name| world.groups.get(name));
        let of_group = group.into_iter().flat_map(|group| group.target_groups.iter().cloned());
        Some(of_group.chain(absence.target_groups()))
    });
    let asked: BTreeSet<TargetGroup> = verified
        .flat_map(|group| group.target_groups.iter().cloned())
        .chain(away.flatten())
        .collect();
    for targets in asked {
        let health = ports.targets(&targets).await?;
        world.targets.insert(targets, health);
    }
    Ok(())
}
