//! Hosts: what is scheduled for one holds for every instance on it, and for whoever lands there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::Cloud;
use super::state::State;
use crate::ids::{EventId, GroupName, InstanceId};
use crate::testing::faults::{Draw, Fault};
use crate::world::{EventCode, ScheduledEvent, Tenancy};

/// What AWS says of every event here.
pub(super) const WORDS: &str = "The instance is running on degraded hardware";

/// A host, by number.
type Host = u64;

/// Which instances share a host, and what is scheduled for hosts. An instance that is absent is
/// alone on its host.
#[derive(Debug, Clone, Default, Hash)]
pub(in crate::testing) struct Hosts {
    made: Host,
    of: BTreeMap<InstanceId, Host>,
    scheduled: BTreeMap<Host, (EventCode, Timestamp)>,
}

impl Hosts {
    fn together(&mut self, instances: &[InstanceId]) {
        self.made += 1;
        self.of.extend(instances.iter().map(|id| (id.clone(), self.made)));
    }

    /// Everybody on the host of an instance, itself included.
    fn neighbours(&self, id: &InstanceId) -> BTreeSet<InstanceId> {
        let host = self.of.get(id);
        let here = self.of.iter().filter(|(_, other)| Some(*other) == host);
        here.map(|(other, _)| other.clone()).chain([id.clone()]).collect()
    }
}

impl Cloud {
    /// These instances run on one host.
    pub fn share_host(&self, instances: &[InstanceId]) {
        self.state.borrow_mut().hosts.together(instances);
    }

    /// AWS schedules something for the host of an instance: for everybody who runs there, and for
    /// whoever lands there until then.
    pub fn schedule_host(
        &self,
        instance: &InstanceId,
        code: &EventCode,
        in_hours: i64,
    ) -> Vec<(InstanceId, EventId)> {
        let mut state = self.state.borrow_mut();
        let date = state.now + SignedDuration::from_hours(in_hours);
        let here = state.hosts.neighbours(instance);
        if let Some(host) = state.hosts.of.get(instance).copied() {
            state.hosts.scheduled.insert(host, (code.clone(), date));
        }
        let mut subjects = Vec::new();
        for id in here {
            if !state.fleet().runs(&id) {
                continue;
            }
            let event = state.is_scheduled(&id, code.clone(), date);
            subjects.push((id, event));
        }
        state.announces(&subjects);
        subjects
    }

    /// AWS schedules something for every member of a replica set at once, in whichever group: of
    /// the set of the first member of a group that is in one.
    pub fn schedule_set(
        &self,
        group: &str,
        code: &EventCode,
        in_hours: i64,
    ) -> Option<Vec<(InstanceId, EventId)>> {
        let mut state = self.state.borrow_mut();
        let date = state.now + SignedDuration::from_hours(in_hours);
        let fleet = state.fleet();
        let members = &fleet.groups.get(&GroupName::parse(group).ok()?)?.members;
        let set = members.keys().find_map(|id| fleet.sets.get(id))?;
        let of_set = fleet.sets.iter().filter(|(id, other)| *other == set && fleet.runs(id));
        let of_set: Vec<InstanceId> = of_set.map(|(id, _)| id.clone()).collect();
        let mut subjects = Vec::new();
        for id in of_set {
            let event = state.is_scheduled(&id, code.clone(), date);
            subjects.push((id, event));
        }
        state.announces(&subjects);
        Some(subjects)
    }
}

impl State {
    /// An event of an instance appears in EC2's description.
    pub(super) fn is_scheduled(
        &mut self,
        id: &InstanceId,
        code: EventCode,
        date: Timestamp,
    ) -> EventId {
        let event = self.next_event();
        let scheduled = ScheduledEvent {
            id: event.clone(),
            code,
            description: WORDS.to_owned(),
            not_before: Some(date),
            not_after: None,
            not_before_deadline: None,
        };
        self.fleet_mut().instances.get_mut(id).unwrap().events.push(scheduled);
        self.await_date(id, &event);
        event
    }

    /// A start leaves the host as a rule. On a Dedicated Host it never does (AWS doc
    /// `instance-maintenance-policies` of Dedicated Hosts, read 2026-11).
    pub(super) fn stays_on_host(&mut self, id: &InstanceId) -> bool {
        let dedicated = self.fleet().instances[id].tenancy == Tenancy::Host;
        dedicated || self.strikes(Fault::SameHost).is_some()
    }

    /// An instance lands on a host with room: rarely one that has an event of its own.
    pub(super) fn lands(&mut self, id: &InstanceId) {
        self.hosts.of.remove(id);
        let fleet = self.fleet_mut();
        let group = fleet.instances[id].group.clone();
        let of_group = group.and_then(|group| fleet.behaviour.get_mut(&group));
        if let Some(behaviour) = fleet.machines.get_mut(id).or(of_group)
            && behaviour.bad_hosts > 0
        {
            behaviour.bad_hosts -= 1;
            self.fires("bad hosts");
            let date = self.now + SignedDuration::from_hours(14 * 24);
            self.is_scheduled(id, EventCode::InstanceRetirement, date);
        } else if let Some(draw) = self.strikes(Fault::BadHost) {
            self.lands_badly(id, draw);
        }
    }

    /// On a host that is known to be scheduled, or on one that is from now on.
    fn lands_badly(&mut self, id: &InstanceId, mut draw: Draw) {
        let now = self.now;
        self.hosts.scheduled.retain(|_, (_, date)| *date > now);
        let known: Vec<Host> = self.hosts.scheduled.keys().copied().collect();
        let host = if known.is_empty() || draw.chance(500) {
            self.hosts.made += 1;
            let codes = [
                EventCode::InstanceRetirement,
                EventCode::InstanceStop,
                EventCode::SystemReboot,
                EventCode::InstanceReboot,
            ];
            let date = now + draw.seconds(3 * 3_600, 14 * 24 * 3_600);
            self.hosts.scheduled.insert(self.hosts.made, (draw.pick(&codes), date));
            self.hosts.made
        } else {
            draw.pick(&known)
        };
        self.hosts.of.insert(id.clone(), host);
        let (code, date) = self.hosts.scheduled[&host].clone();
        self.is_scheduled(id, code, date);
    }
}
