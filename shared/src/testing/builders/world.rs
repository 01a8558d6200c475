//! The world that the parts make together.

use std::collections::{BTreeMap, BTreeSet};

use super::group::target_group;
use super::{EventBuilder, GroupBuilder, IncidentBuilder, InstanceBuilder, id, in_minutes, now};
use crate::ids::{AccountId, InstanceId, Place, Region};
use crate::ledger::{Incident, Limit, Phase};
use crate::world::{Memory, TargetState, World};

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
        to.joined.extend(self.joined);
    }
}

impl Part for InstanceBuilder {
    fn join(self, to: &mut WorldBuilder) {
        to.world.instances.insert(self.instance.id.clone(), self.instance);
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

    /// With something else in the ledger.
    pub fn remembering(mut self, change: impl FnOnce(&mut Memory)) -> Self {
        change(&mut self.world.memory);
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
        let IncidentBuilder { mut incident, extra_slots } = builder;
        if let Some(instance) = self.world.instances.get(&incident.key.instance) {
            incident.group.clone_from(&instance.group);
            if let Some(event) = instance.events.iter().find(|event| event.id == incident.key.event)
            {
                incident.code = event.code.clone();
                incident.not_before = event.not_before;
            }
        }
        self.fill_intent(&mut incident);
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
        let members = group.into_iter().flat_map(|group| group.members.keys());
        let before = members.filter(|id| !self.joined.contains(*id)).cloned();
        let before = before.chain([incident.key.instance.clone()]).collect();
        if let Phase::Intended(intent) | Phase::Replacing(intent) = &mut incident.phase {
            intent.members_before = before;
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
