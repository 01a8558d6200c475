//! Status checks, targets and readiness of an instance that runs: how they pass, flap, or never
//! come; and what Auto Scaling makes of them.

use jiff::SignedDuration;

use super::Cloud;
use super::agenda::{Happening, Life};
use super::fleet::REPLICA_SET;
use super::state::State;
use crate::ids::{GroupName, InstanceId};
use crate::policy::READY_SIGNAL;
use crate::testing::faults::Fault;
use crate::world::{CheckStatus, Instance, InstanceState, LifecycleState, TargetState};

impl Cloud {
    /// Status checks of an instance fail for so many minutes, and pass again by themselves.
    pub fn flap(&self, id: &InstanceId, minutes: i64) {
        let mut state = self.state.borrow_mut();
        let life = state.fleet().life(id);
        state.flaps(id, life, SignedDuration::from_mins(minutes));
    }

    /// Targets of an instance fail for so many minutes, and are healthy again by themselves.
    pub fn flap_targets(&self, id: &InstanceId, minutes: i64) {
        let mut state = self.state.borrow_mut();
        let life = state.fleet().life(id);
        state.targets_flap(id, life, SignedDuration::from_mins(minutes));
    }

    /// An instance fails its status checks until it is replaced, started again, or mended.
    pub fn sicken(&self, id: &InstanceId) {
        let mut state = self.state.borrow_mut();
        state.sick.insert(id.clone());
        state.fails_checks(id);
    }
}

impl State {
    /// From running on: checks, targets and readiness, each in its time; or never, where this
    /// fault strikes.
    pub(super) fn begins_life(&mut self, id: &InstanceId, never: Fault) {
        self.sick.remove(id);
        if self.strikes(never).is_some() {
            self.sick.insert(id.clone());
        }
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
        match behaviour.ready_after {
            Some(usual) => {
                let delay = self.slow(Fault::SlowSync, usual);
                self.after(delay, Happening::Ready(id.clone(), life));
            }
            None => self.names_its_set(id),
        }
        self.may_flap(id, life);
    }

    /// What goes wrong in this life, hours after its begin.
    fn may_flap(&mut self, id: &InstanceId, life: Life) {
        if let Some(mut draw) = self.strikes(Fault::ChecksFlap) {
            let (begins, lasts) = (draw.seconds(300, 6 * 3_600), draw.seconds(30, 900));
            self.after(begins, Happening::Flaps(id.clone(), life, lasts));
        }
        if let Some(mut draw) = self.strikes(Fault::TargetsFlap) {
            let (begins, lasts) = (draw.seconds(300, 6 * 3_600), draw.seconds(30, 900));
            self.after(begins, Happening::TargetsFlap(id.clone(), life, lasts));
        }
    }

    /// The two minutes or so after which EC2 knows of the checks are over.
    pub(super) fn checks_pass(&mut self, id: &InstanceId, life: Life) {
        if self.fleet().life(id) != life || !self.fleet().runs(id) {
            return;
        }
        if self.sick.contains(id) || self.zone_of_it_is_out(id) {
            return self.fails_checks(id);
        }
        let instance = self.fleet_mut().instances.get_mut(id).unwrap();
        instance.system_status = CheckStatus::Ok;
        instance.instance_status = CheckStatus::Ok;
    }

    /// Checks fail, and with them the targets.
    pub(super) fn fails_checks(&mut self, id: &InstanceId) {
        if !self.fleet().runs(id) {
            return;
        }
        let instance = self.fleet_mut().instances.get_mut(id).unwrap();
        instance.instance_status = CheckStatus::Impaired;
        self.targets_become(id, TargetState::Unhealthy);
        self.out_for_now(id);
        let delay = self.fleet().behaviour_of(id).impaired_after;
        let life = self.fleet().life(id);
        self.after(delay, Happening::HealthChecked(id.clone(), life));
    }

    /// What failed passes again.
    pub(super) fn recovers(&mut self, id: &InstanceId, life: Life) {
        if self.fleet().life(id) != life || self.sick.contains(id) || self.zone_of_it_is_out(id) {
            return;
        }
        if !self.fleet().runs(id) {
            return;
        }
        let instance = self.fleet_mut().instances.get_mut(id).unwrap();
        if instance.impaired() {
            instance.system_status = CheckStatus::Ok;
            instance.instance_status = CheckStatus::Ok;
        }
        self.targets_become(id, TargetState::Initial);
        let delay = self.fleet().behaviour_of(id).taken_after;
        self.after(delay, Happening::TargetsHealthy(id.clone()));
    }

    /// Somebody repairs what runs there.
    pub(super) fn mend(&mut self, id: &InstanceId) {
        self.sick.remove(id);
        let life = self.fleet().life(id);
        self.recovers(id, life);
        if let Some(delay) = self.fleet().behaviour_of(id).ready_after {
            self.after(delay, Happening::Ready(id.clone(), life));
        }
    }

    /// Registered targets change their health; those that drain go on draining.
    fn targets_become(&mut self, id: &InstanceId, health: TargetState) {
        for targets in self.fleet_mut().targets.values_mut() {
            if let Some(known) = targets.get_mut(id).filter(|h| **h != TargetState::Draining) {
                *known = health;
            }
        }
    }

    pub(super) fn flaps(&mut self, id: &InstanceId, life: Life, lasts: SignedDuration) {
        let fine = self.fleet().instances.get(id).is_some_and(|instance| !instance.impaired());
        if fine && self.fleet().life(id) == life && self.fleet().runs(id) {
            self.fails_checks(id);
            self.after(lasts, Happening::Recovers(id.clone(), life));
        }
    }

    pub(super) fn targets_flap(&mut self, id: &InstanceId, life: Life, lasts: SignedDuration) {
        if self.fleet().life(id) == life && self.fleet().runs(id) {
            self.targets_become(id, TargetState::Unhealthy);
            let delay = self.fleet().behaviour_of(id).impaired_after;
            self.after(delay, Happening::HealthChecked(id.clone(), life));
            self.after(lasts, Happening::Recovers(id.clone(), life));
        }
    }

    /// Auto Scaling's health check: of EC2 always, of targets where the group says so (AWS doc
    /// `ec2-auto-scaling-health-checks`, read 2026-11).
    pub(super) fn health_checked(&mut self, id: &InstanceId, life: Life) {
        let Some(instance) = self.fleet().instances.get(id) else { return };
        let checks_targets = self.fleet().behaviour_of(id).checks_targets;
        let mut targets = self.fleet().targets.values();
        let unhealthy = checks_targets
            && targets.any(|targets| targets.get(id) == Some(&TargetState::Unhealthy));
        if self.fleet().life(id) == life && (unwell(instance) || unhealthy) {
            self.unhealthy_at_once(id);
        }
    }

    /// Auto Scaling takes a member in service for unhealthy, and soon acts on it.
    pub(super) fn unhealthy_at_once(&mut self, id: &InstanceId) {
        self.out_for_now(id);
        let Some((group, member)) = self.fleet().member(id) else { return };
        if !member.in_service() || group.suspended.contains_key("HealthCheck") {
            return;
        }
        let group = group.name.clone();
        self.lose(id, false);
        self.fleet_mut().member_mut(id).unwrap().healthy = false;
        let delay = self.behaviour(&group).answers_after;
        self.after(delay, Happening::Settle(group));
    }

    /// Health checks begin again after they were suspended: everybody in service is looked at.
    pub(super) fn check_all(&mut self, name: &GroupName) {
        let fleet = self.fleet();
        let Some(group) = fleet.groups.get(name) else { return };
        let fails = |id: &InstanceId| fleet.instances.get(id).is_some_and(unwell);
        let serving = group.members.iter().filter(|(_, member)| member.in_service());
        let failing: Vec<InstanceId> =
            serving.map(|(id, _)| id.clone()).filter(|id| fails(id)).collect();
        for id in &failing {
            self.unhealthy_at_once(id);
        }
    }

    pub(super) fn take_requests(&mut self, id: &InstanceId) {
        if !self.fleet().runs(id) || self.sick.contains(id) || self.zone_of_it_is_out(id) {
            return;
        }
        for targets in self.fleet_mut().targets.values_mut() {
            if let Some(health) = targets.get_mut(id).filter(|h| **h == TargetState::Initial) {
                *health = TargetState::Healthy;
            }
        }
    }

    pub(super) fn ready(&mut self, id: &InstanceId, life: Life) {
        if self.fleet().life(id) != life || !self.fleet().runs(id) || self.sick.contains(id) {
            return;
        }
        let fleet = self.fleet_mut();
        fleet.ready.insert(id.clone());
        let instance = fleet.instances.get_mut(id).unwrap();
        instance.tags.insert(READY_SIGNAL.to_owned(), "true".to_owned());
        self.names_its_set(id);
    }

    /// Whose part of the data it has is written on it.
    fn names_its_set(&mut self, id: &InstanceId) {
        let Some(set) = self.fleet().sets.get(id).cloned() else { return };
        let instance = self.fleet_mut().instances.get_mut(id).unwrap();
        instance.tags.insert(REPLICA_SET.to_owned(), set);
    }

    /// A member that its group has in service does not work, by nobody's hand; it may yet come back
    /// as itself.
    fn out_for_now(&mut self, id: &InstanceId) {
        let member = self.fleet().member(id);
        if member.is_some_and(|(_, member)| member.lifecycle == LifecycleState::InService) {
            self.fails(id);
        }
    }
}

/// EC2 says that it does not work.
fn unwell(instance: &Instance) -> bool {
    instance.state != Some(InstanceState::Running) || instance.impaired()
}
