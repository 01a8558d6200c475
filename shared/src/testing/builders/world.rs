//! The world that the parts make together.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::group::target_group;
use super::{EventBuilder, GroupBuilder, IncidentBuilder, InstanceBuilder, id, in_minutes, now};
use crate::ids::{AccountId, InstanceId, Place, Region};
use crate::ledger::{Absence, Incident, Left, Limit, Phase};
use crate::policy::INCIDENT_MARK;
use crate::world::{
    AlarmState, CapacityState, CommandState, Group, Instance, LifecycleState, Memory, TargetState,
    World,
};

/// A world in the making. The order in which its parts come does not matter.
#[derive(Debug, Clone)]
#[must_use]
pub struct WorldBuilder {
    world: World,
    joined: BTreeSet<InstanceId>,
    silent: BTreeSet<InstanceId>,
    events: Vec<EventBuilder>,
    incidents: Vec<IncidentBuilder>,
}

/// An account without instances, at noon.
pub fn world() -> WorldBuilder {
    WorldBuilder {
        world: World {
            observed_at: now(),
            place: Place {
                account: AccountId::parse("123456789012").expect("an account id"),
                region: Region::parse("us-west-2").expect("a region"),
            },
            groups: BTreeMap::new(),
            instances: BTreeMap::new(),
            targets: BTreeMap::new(),
            preflight: BTreeMap::new(),
            read_again: BTreeSet::new(),
            departures: BTreeMap::new(),
            capacity: BTreeMap::new(),
            alarms: BTreeMap::new(),
            commands: BTreeMap::new(),
            memory: Memory::default(),
            told_over: BTreeSet::new(),
        },
        joined: BTreeSet::new(),
        silent: BTreeSet::new(),
        events: Vec::new(),
        incidents: Vec::new(),
    }
}

/// What a world can be made of.
pub trait Part {
    /// Joins the world.
    fn join(self, world: &mut WorldBuilder);
}

impl Part for GroupBuilder {
    fn join(self, to: &mut WorldBuilder) {
        let name = self.group.name.clone();
        if let Some(preflight) = self.preflight {
            to.world.preflight.insert(name.clone(), preflight);
        }
        to.world.memory.groups.insert(name.clone(), self.memory);
        to.world.groups.insert(name, self.group);
        to.world.instances.extend(self.instances);
        to.world.read_again.extend(self.departures.keys().cloned());
        to.world.departures.extend(self.departures);
        to.joined.extend(self.joined);
    }
}

impl Part for InstanceBuilder {
    fn join(self, to: &mut WorldBuilder) {
        let id = self.instance.id.clone();
        if let Some(departure) = self.departure {
            to.world.read_again.insert(id.clone());
            to.world.departures.insert(id.clone(), departure);
        }
        to.world.instances.insert(id, self.instance);
    }
}

impl Part for EventBuilder {
    fn join(self, to: &mut WorldBuilder) {
        to.events.push(self);
    }
}

impl Part for IncidentBuilder {
    fn join(self, to: &mut WorldBuilder) {
        to.incidents.push(self);
    }
}

impl WorldBuilder {
    /// With one more part.
    pub fn with(mut self, part: impl Part) -> Self {
        part.join(&mut self);
        self
    }

    /// The instance reported itself busy, for so many minutes from now.
    pub fn busy(self, name: &str, minutes: i64) -> Self {
        self.remembering(|memory| memory.busy.extend([(id(name), in_minutes(minutes))]))
    }

    /// AWS Health says in this look that what it announced for the instance is over.
    pub fn told_over(mut self, name: &str) -> Self {
        self.world.told_over.insert(id(name));
        self
    }

    /// So many opening acts were started in the last hour, a minute apart, the newest a minute ago.
    pub fn acts_within_the_hour(self, acts: i64) -> Self {
        let acts = (1..=acts).rev().map(|minutes| in_minutes(-minutes)).collect();
        self.remembering(|memory| memory.governor.acts = acts)
    }

    /// The targets of this name were asked, and the instance is in this state there.
    pub fn target(mut self, targets: &str, name: &str, state: TargetState) -> Self {
        let targets = self.world.targets.entry(target_group(targets)).or_default();
        targets.insert(id(name), state);
        self
    }

    /// The targets of this name were asked, and know nobody that no other word names.
    pub fn targets(mut self, targets: &str) -> Self {
        self.world.targets.entry(target_group(targets)).or_default();
        self
    }

    /// What was reserved for the instance was asked, and is in this state.
    pub fn capacity(mut self, name: &str, state: CapacityState) -> Self {
        self.world.capacity.insert(id(name), state);
        self
    }

    /// The alarm of this name was asked, and is in this state.
    pub fn alarm(mut self, name: &str, state: AlarmState) -> Self {
        self.world.alarms.insert(name.to_owned(), state);
        self
    }

    /// The readiness document that was sent as this command is in this state.
    pub fn command(mut self, command: &str, state: CommandState) -> Self {
        self.world.commands.insert(command.to_owned(), state);
        self
    }

    /// Seen at another time than noon.
    pub fn seen_at(mut self, time: Timestamp) -> Self {
        self.world.observed_at = time;
        self
    }

    /// With something else in the ledger.
    pub fn remembering(mut self, change: impl FnOnce(&mut Memory)) -> Self {
        change(&mut self.world.memory);
        self
    }

    /// With an instance that is different by now.
    pub fn changing(mut self, name: &str, change: impl FnOnce(&mut Instance)) -> Self {
        change(self.world.instances.get_mut(&id(name)).expect("an instance"));
        self
    }

    /// EC2 left this instance out of its answer.
    pub fn silent_about(mut self, name: &str) -> Self {
        self.silent.insert(id(name));
        self
    }

    /// The world.
    pub fn build(mut self) -> World {
        for event in std::mem::take(&mut self.events) {
            let instance = self.world.instances.get_mut(&event.key.instance);
            instance.expect("an instance for each event").events.push(event.event.clone());
            self.incidents.extend(event.seen());
        }
        for incident in std::mem::take(&mut self.incidents) {
            self.remember(incident);
        }
        let silent = std::mem::take(&mut self.silent);
        self.world.instances.retain(|id, _| !silent.contains(id));
        self.world
    }

    fn remember(&mut self, builder: IncidentBuilder) {
        let IncidentBuilder { mut incident, extra_slots, marks, .. } = builder;
        if let Some(instance) = self.world.instances.get_mut(&incident.key.instance) {
            incident.group = incident.group.or_else(|| instance.group.clone());
            if let Some(event) = instance.events.iter().find(|event| event.id == incident.key.event)
            {
                incident.code = event.code.clone();
                incident.not_before = event.not_before;
            }
        }
        self.fill_intent(&mut incident);
        self.fill_absence(&mut incident, marks);
        incident.slots = own_slots(&incident).into_iter().chain(extra_slots).collect();
        for limit in &incident.slots {
            let holders = self.world.memory.holders.entry(limit.clone()).or_default();
            holders.insert(incident.key.clone());
        }
        self.world.memory.incidents.insert(incident.key.clone(), incident);
    }

    /// Members before the act: those that are there and did not join since, and the instance.
    fn fill_intent(&self, incident: &mut Incident) {
        let group = incident.group.as_ref().and_then(|name| self.world.groups.get(name));
        let members = group.into_iter().flat_map(|group| &group.members);
        let members = members.filter(|(_, member)| !member.lifecycle.warmed()).map(|(id, _)| id);
        let before = members.filter(|id| !self.joined.contains(*id)).cloned();
        let before = before.chain([incident.key.instance.clone()]).collect();
        if let Phase::Intended(intent) | Phase::Replacing(intent) = &mut incident.phase {
            intent.members_before = before;
        }
    }

    /// What its group was before, if it has one, and the date for which it left.
    fn fill_absence(&mut self, incident: &mut Incident, marks: bool) {
        let group = incident.group.as_ref().and_then(|name| self.world.groups.get(name));
        let date = incident.not_before;
        let Some(absence) = absence_of(&mut incident.phase) else { return };
        absence.date = absence.date.or(date);
        if let (Left::Targets { .. }, Some(group)) = (&absence.left, group) {
            absence.left = before(group, &incident.key.instance);
        }
        if let Some(instance) =
            self.world.instances.get_mut(&incident.key.instance).filter(|_| marks)
        {
            let event = incident.key.event.to_string();
            instance.tags.insert(INCIDENT_MARK.to_owned(), event);
        }
    }
}

fn own_slots(incident: &Incident) -> BTreeSet<Limit> {
    if !incident.out() {
        return BTreeSet::new();
    }
    let own = incident.group.clone().map_or(Limit::Standalone, Limit::Group);
    BTreeSet::from([Limit::Account, own])
}

fn absence_of(phase: &mut Phase) -> Option<&mut Absence> {
    match phase {
        Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } => {
            Some(absence)
        }
        _ => None,
    }
}

/// The group as it was: with the one in desired that standby has taken from it since.
fn before(group: &Group, instance: &InstanceId) -> Left {
    let member = group.members.get(instance);
    let stands =
        member.is_some_and(|member| matches!(member.lifecycle, LifecycleState::Standby(_)));
    Left::Group {
        desired: group.desired + u32::from(stands),
        minimum: group.minimum,
        maximum: group.maximum,
        members: group.members.keys().cloned().collect(),
    }
}
