//! Processes of a group that somebody suspends and resumes (AWS doc `as-suspend-resume-processes`,
//! read 2026-11).

use super::Cloud;
use super::agenda::Happening;
use super::state::State;
use crate::ids::{GroupName, InstanceId};
use crate::world::{Group, LifecycleState, TargetState};

impl Cloud {
    /// Somebody suspends a process of a group, where there is such a group.
    pub fn suspend(&self, name: &str, process: &str) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.suspend(&GroupName::parse(name).unwrap(), process);
    }

    /// Somebody resumes a process of a group; what waited for it happens now.
    pub fn resume(&self, name: &str, process: &str) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.resume(&GroupName::parse(name).unwrap(), process);
        state.make_good();
    }
}

impl State {
    fn suspend(&mut self, name: &GroupName, process: &str) {
        let Some(group) = self.fleet_mut().groups.get_mut(name) else { return };
        let words = format!("User suspended {process} by hand");
        if group.suspended.insert(process.to_owned(), words).is_none() {
            self.suspended.insert((name.clone(), process.to_owned()));
        }
    }

    pub(super) fn resume(&mut self, name: &GroupName, process: &str) {
        self.suspended.remove(&(name.clone(), process.to_owned()));
        let Some(group) = self.fleet_mut().groups.get_mut(name) else { return };
        group.suspended.remove(process);
        if !group.suspended.contains_key("HealthCheck") {
            self.check_all(name);
        }
        self.settle(name);
    }

    /// Somebody registers whoever went into service while `AddToLoadBalancer` was suspended: Auto
    /// Scaling does not make up for it.
    pub(super) fn register_everybody(&mut self) {
        let known = |targets, id: &InstanceId| {
            let targets = self.fleet().targets.get(targets);
            targets.is_some_and(|targets| targets.contains_key(id))
        };
        let mut missing = Vec::new();
        for Group { members, target_groups, .. } in self.fleet().groups.values() {
            let serving =
                members.iter().filter(|(_, it)| it.lifecycle == LifecycleState::InService);
            for (id, _) in serving {
                let lacks = target_groups.iter().filter(|targets| !known(targets, id));
                missing.extend(lacks.map(|targets| (targets.clone(), id.clone())));
            }
        }
        for (targets, id) in missing {
            let fleet = self.fleet_mut();
            fleet.targets.entry(targets).or_default().insert(id.clone(), TargetState::Initial);
            let delay = self.fleet().behaviour_of(&id).taken_after;
            self.after(delay, Happening::TargetsHealthy(id));
        }
    }
}
