//! EC2: stops, starts and reboots of an instance, and what they do to it.

use jiff::{SignedDuration, Timestamp};

use super::agenda::{Happening, Life};
use super::describe::has_instance_store;
use super::state::State;
use super::truth::{DataLoss, Hand};
use crate::ids::{EventId, InstanceId};
use crate::policy::READY_SIGNAL;
use crate::ports::CloudErrorClass;
use crate::testing::invariants;
use crate::world::{
    CapacityState, CheckStatus, EventCode, InstanceState, LifecycleState, Market, RootDevice,
    ScheduledEvent, TargetState, Tenancy,
};

/// EC2 has no capacity for an instance.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::testing) struct Full {
    /// For so many starts.
    pub times: u32,
    /// Until then.
    pub until: Option<Timestamp>,
}

impl State {
    /// `StopInstances`, or what AWS and people do to the same end. Answers whether it changed
    /// anything.
    pub(super) fn stop(&mut self, id: &InstanceId, by: Hand) -> Result<bool, CloudErrorClass> {
        let Some(instance) = self.fleet().instances.get(id) else {
            return Err(CloudErrorClass::Missing);
        };
        let spot = instance.market != Market::OnDemand;
        let rooted = instance.root_device == RootDevice::Ebs;
        match instance.state {
            Some(InstanceState::Stopping | InstanceState::Stopped) => return Ok(false),
            Some(InstanceState::Running) => {}
            _ => return Err(CloudErrorClass::Contended),
        }
        let protected = self.fleet().stop_protected.contains(id) && by != Hand::Aws;
        if protected || spot || !rooted {
            return Err(CloudErrorClass::Rejected);
        }
        self.loses_data(id, by);
        let in_hand = self.truth.open_loss_of(id).is_some_and(|loss| loss.ours);
        let fleet = self.fleet_mut();
        if by == Hand::People || by == Hand::Aws && !in_hand {
            fleet.stopped_by_others.insert(id.clone());
        }
        fleet.ready.remove(id);
        let instance = fleet.instances.get_mut(id).unwrap();
        instance.state = Some(InstanceState::Stopping);
        instance.system_status = CheckStatus::NotApplicable;
        instance.instance_status = CheckStatus::NotApplicable;
        for targets in fleet.targets.values_mut() {
            if let Some(health) = targets.get_mut(id).filter(|h| **h != TargetState::Draining) {
                *health = TargetState::Unhealthy;
            }
        }
        self.announce_state(id, "stopping");
        self.unhealthy_at_once(id);
        let delay = self.fleet().behaviour_of(id).stops_in;
        self.after(delay, Happening::Stopped(id.clone()));
        Ok(true)
    }

    /// Auto Scaling takes whatever is in service and does not run for unhealthy.
    fn unhealthy_at_once(&mut self, id: &InstanceId) {
        let Some((group, member)) = self.fleet().member(id) else { return };
        if member.lifecycle != LifecycleState::InService
            || group.suspended.contains_key("HealthCheck")
        {
            return;
        }
        let group = group.name.clone();
        self.lose(id, false);
        self.fleet_mut().member_mut(id).unwrap().healthy = false;
        let delay = self.behaviour(&group).answers_after;
        self.after(delay, Happening::Settle(group));
    }

    pub(super) fn stopped(&mut self, id: &InstanceId) {
        let Some(instance) = self.fleet_mut().instances.get_mut(id) else { return };
        if instance.state == Some(InstanceState::Stopping) {
            instance.state = Some(InstanceState::Stopped);
            self.announce_state(id, "stopped");
        }
    }

    /// `StartInstances`: on another host, where there is capacity.
    pub(super) fn start(&mut self, id: &InstanceId) -> Result<bool, CloudErrorClass> {
        let state = self.fleet().instances.get(id).and_then(|instance| instance.state.clone());
        match state {
            Some(InstanceState::Stopped) => {}
            Some(InstanceState::Pending | InstanceState::Running) => return Ok(false),
            Some(InstanceState::Stopping) => return Err(CloudErrorClass::Contended),
            _ => return Err(CloudErrorClass::Missing),
        }
        if self.no_capacity(id) {
            self.fires("starts without capacity");
            return Err(CloudErrorClass::NoCapacity);
        }
        let now = self.now;
        let fleet = self.fleet_mut();
        *fleet.lives.entry(id.clone()).or_default() += 1;
        let instance = fleet.instances.get_mut(id).unwrap();
        instance.state = Some(InstanceState::Pending);
        instance.launched_at = Some(now);
        self.announce_state(id, "pending");
        let delay = self.fleet().behaviour_of(id).starts_in;
        self.after(delay, Happening::Runs(id.clone()));
        Ok(true)
    }

    /// A reservation that was made for it is capacity for it.
    fn no_capacity(&mut self, id: &InstanceId) -> bool {
        let mut reservations = self.fleet().reservations.iter();
        if reservations.any(|(key, is)| &key.instance == id && *is == CapacityState::Held) {
            return false;
        }
        let now = self.now;
        let Some(full) = self.full.get_mut(id) else { return false };
        let counted = full.times > 0;
        full.times = full.times.saturating_sub(1);
        counted || full.until.is_some_and(|until| now < until)
    }

    /// A start ends: it runs on its new host, free of what was scheduled on the old one; or it
    /// falls back.
    pub(super) fn runs(&mut self, id: &InstanceId) {
        let pending = Some(InstanceState::Pending);
        if self.fleet().instances.get(id).is_none_or(|instance| instance.state != pending) {
            return;
        }
        if let Some(times) = self.falls_back.get_mut(id).filter(|times| **times > 0) {
            *times -= 1;
            self.fires("starts that fell back");
            let instance = self.fleet_mut().instances.get_mut(id).unwrap();
            instance.state = Some(InstanceState::Stopped);
            self.announce_state(id, "stopped");
            return;
        }
        let active = self.fleet().instances[id].active_events();
        let left_behind: Vec<EventId> = active.map(|event| event.id.clone()).collect();
        for event in left_behind {
            self.end(id, &event, "[Completed]");
        }
        let fleet = self.fleet_mut();
        fleet.stopped_by_others.remove(id);
        fleet.instances.get_mut(id).unwrap().state = Some(InstanceState::Running);
        self.on_a_bad_host(id);
        self.begins_life(id);
        self.announce_state(id, "running");
    }

    /// The host on which it landed may have an event of its own.
    pub(super) fn on_a_bad_host(&mut self, id: &InstanceId) {
        let fleet = self.fleet_mut();
        let group = fleet.instances[id].group.clone();
        let of_group = group.and_then(|group| fleet.behaviour.get_mut(&group));
        let Some(behaviour) = fleet.machines.get_mut(id).or(of_group) else { return };
        if behaviour.bad_hosts == 0 {
            return;
        }
        behaviour.bad_hosts -= 1;
        self.fires("bad hosts");
        let event = self.next_event();
        let date = self.now + SignedDuration::from_hours(14 * 24);
        let scheduled = ScheduledEvent {
            id: event.clone(),
            code: EventCode::InstanceRetirement,
            description: "The instance is running on degraded hardware".to_owned(),
            not_before: Some(date),
            not_after: None,
            not_before_deadline: None,
        };
        self.fleet_mut().instances.get_mut(id).unwrap().events.push(scheduled);
        self.await_date(id, &event);
    }

    /// From running on: checks, targets and readiness, each in its time.
    pub(super) fn begins_life(&mut self, id: &InstanceId) {
        let behaviour = self.fleet().behaviour_of(id);
        let life = self.fleet().life(id);
        let fleet = self.fleet_mut();
        fleet.ready.remove(id);
        let instance = fleet.instances.get_mut(id).unwrap();
        instance.system_status = CheckStatus::Initializing;
        instance.instance_status = CheckStatus::Initializing;
        for targets in fleet.targets.values_mut() {
            if let Some(health) = targets.get_mut(id).filter(|h| **h != TargetState::Draining) {
                *health = TargetState::Initial;
            }
        }
        self.after(behaviour.checked_after, Happening::ChecksPass(id.clone(), life));
        self.after(behaviour.taken_after, Happening::TargetsHealthy(id.clone()));
        if let Some(delay) = behaviour.ready_after {
            self.after(delay, Happening::Ready(id.clone(), life));
        }
    }

    pub(super) fn checks_pass(&mut self, id: &InstanceId, life: Life) {
        if self.fleet().life(id) != life || !self.fleet().runs(id) {
            return;
        }
        let instance = self.fleet_mut().instances.get_mut(id).unwrap();
        instance.system_status = CheckStatus::Ok;
        instance.instance_status = CheckStatus::Ok;
    }

    pub(super) fn ready(&mut self, id: &InstanceId, life: Life) {
        if self.fleet().life(id) != life || !self.fleet().runs(id) {
            return;
        }
        let fleet = self.fleet_mut();
        fleet.ready.insert(id.clone());
        let set = fleet.sets.get(id).cloned();
        let instance = fleet.instances.get_mut(id).unwrap();
        instance.tags.insert(READY_SIGNAL.to_owned(), "true".to_owned());
        instance.tags.extend(set.map(|set| (super::fleet::REPLICA_SET.to_owned(), set)));
    }

    /// Somebody else writes the readiness signal: true only if it is so.
    pub(super) fn said_in_its_name(&mut self, id: &InstanceId) {
        let verdict = invariants::said_ready(self, id);
        self.record.take(verdict);
        let instance = self.fleet_mut().instances.get_mut(id).unwrap();
        instance.tags.insert(READY_SIGNAL.to_owned(), "true".to_owned());
    }

    /// A reboot in place. Its owner's ends a `system-reboot` where it migrates, and nothing else.
    pub(super) fn reboot(&mut self, id: &InstanceId, by: Hand) -> Result<bool, CloudErrorClass> {
        if !self.fleet().runs(id) {
            return Err(CloudErrorClass::Contended);
        }
        let migrates = by != Hand::Aws && self.migrates(id);
        if migrates && self.unmigrated > 0 {
            self.unmigrated -= 1;
        } else if migrates {
            let reboots = |event: &&ScheduledEvent| event.code == EventCode::SystemReboot;
            let moved = self.fleet().instances[id].active_events().filter(reboots);
            let moved: Vec<EventId> = moved.map(|event| event.id.clone()).collect();
            for event in moved {
                self.end(id, &event, "[Completed]");
            }
        }
        *self.fleet_mut().lives.entry(id.clone()).or_default() += 1;
        self.begins_life(id);
        Ok(true)
    }

    fn migrates(&self, id: &InstanceId) -> bool {
        let instance = &self.fleet().instances[id];
        instance.reboot_migration
            && instance.group.is_none()
            && instance.tenancy != Tenancy::Host
            && !stores(instance.instance_type.as_deref())
    }

    /// What is on instance-store volumes ends with a stop, and with the instance.
    pub(super) fn loses_data(&mut self, id: &InstanceId, by: Hand) {
        let instance = &self.fleet().instances[id];
        let rooted = instance.root_device == RootDevice::Ebs;
        if rooted && !stores(instance.instance_type.as_deref()) {
            return;
        }
        let (at, instance) = (self.now, id.clone());
        if by == Hand::Ours {
            let verdict = invariants::data_lost(self, id);
            self.record.take(verdict);
        }
        self.truth.data_lost.push(DataLoss { at, instance, by });
    }
}

fn stores(instance_type: Option<&str>) -> bool {
    instance_type.is_some_and(has_instance_store)
}
