//! EC2: stops, starts and reboots of an instance, and what they do to it.

use super::agenda::Happening;
use super::describe::has_instance_store;
use super::state::State;
use super::truth::{DataLoss, Hand};
use crate::ids::{EventId, InstanceId};
use crate::policy::READY_SIGNAL;
use crate::ports::CloudErrorClass;
use crate::testing::faults::Fault;
use crate::testing::invariants;
use crate::world::{
    CheckStatus, EventCode, InstanceState, Market, RootDevice, ScheduledEvent, TargetState, Tenancy,
};

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
        let usual = self.fleet().behaviour_of(id).stops_in;
        let delay = self.slow(Fault::SlowStop, usual);
        self.after(delay, Happening::Stopped(id.clone()));
        Ok(true)
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

    /// A start ends: it runs on its new host, free of what was scheduled on the old one; or it
    /// falls back.
    pub(super) fn runs(&mut self, id: &InstanceId) {
        let pending = Some(InstanceState::Pending);
        if self.fleet().instances.get(id).is_none_or(|instance| instance.state != pending) {
            return;
        }
        if self.start_fails(id) {
            let instance = self.fleet_mut().instances.get_mut(id).unwrap();
            instance.state = Some(InstanceState::Stopped);
            self.announce_state(id, "stopped");
            return;
        }
        let fleet = self.fleet_mut();
        fleet.stopped_by_others.remove(id);
        fleet.instances.get_mut(id).unwrap().state = Some(InstanceState::Running);
        if self.stays_on_host(id) {
            self.await_dates(id);
        } else {
            self.leaves_host(id);
            self.lands(id);
        }
        self.begins_life(id, Fault::NeverReturns);
        self.announce_state(id, "running");
    }

    /// Its host was left, and what was scheduled there.
    pub(super) fn leaves_host(&mut self, id: &InstanceId) {
        let active = self.fleet().instances[id].active_events();
        let left_behind: Vec<EventId> = active.map(|event| event.id.clone()).collect();
        for event in left_behind {
            self.end(id, &event, "[Completed]");
        }
    }

    /// EC2 took a start, and the instance falls back to stopped.
    fn start_fails(&mut self, id: &InstanceId) -> bool {
        if let Some(times) = self.falls_back.get_mut(id).filter(|times| **times > 0) {
            *times -= 1;
            self.fires("starts that fell back");
            return true;
        }
        self.strikes(Fault::StartFallsBack).is_some()
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
        if migrates && !self.stays_unmigrated() {
            let reboots = |event: &&ScheduledEvent| event.code == EventCode::SystemReboot;
            let moved = self.fleet().instances[id].active_events().filter(reboots);
            let moved: Vec<EventId> = moved.map(|event| event.id.clone()).collect();
            for event in moved {
                self.end(id, &event, "[Completed]");
            }
            self.lands(id);
        }
        *self.fleet_mut().lives.entry(id.clone()).or_default() += 1;
        self.fails(id);
        self.begins_life(id, Fault::NeverReturns);
        Ok(true)
    }

    /// An attempted migration may fail, and the event stays (AWS doc `schedevents_actions_reboot`,
    /// read 2026-11).
    fn stays_unmigrated(&mut self) -> bool {
        if self.unmigrated > 0 {
            self.unmigrated -= 1;
            return true;
        }
        self.strikes(Fault::RebootUnmigrated).is_some()
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
