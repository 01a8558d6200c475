//! A member on its way out: its targets drain, then its hook runs, then EC2 terminates it (AWS doc
//! `lifecycle-hooks-overview`, read 2026-11).

use jiff::SignedDuration;

use super::Cloud;
use super::agenda::Happening;
use super::state::State;
use super::truth::Hand;
use crate::ids::{GroupName, InstanceId};
use crate::testing::faults::Fault;
use crate::world::{InstanceState, LifecycleState, TargetState};

/// How long EC2 shows a terminated instance.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// From EC2's termination of an instance to its end, where no group sets another time.
const SHUTS_DOWN: SignedDuration = SignedDuration::from_secs(40);

impl Cloud {
    /// A group is deleted with all its members. It is gone when they are; their hooks do not run
    /// (AWS doc `API_DeleteAutoScalingGroup` with `ForceDelete`, read 2026-11).
    pub fn delete_group(&self, name: &str) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.delete_group(&GroupName::parse(name).unwrap());
    }
}

impl State {
    /// Terminates a member whose place is to be filled, unless it stood by.
    pub(super) fn terminate(&mut self, id: &InstanceId, by: Hand) {
        if self.leaves(id) {
            return;
        }
        self.lose(id, by == Hand::Ours);
        let group = self.fleet().instances[id].group.clone().unwrap();
        let stood_for = self.fleet().stand_ins.values().any(|old| old == id);
        if !self.ends_in_standby(id) && !stood_for {
            let fleet = self.fleet_mut();
            fleet.vacant.entry(group).or_default().push_back(id.clone());
        }
        self.leave(id, by);
    }

    /// Terminates a member.
    pub(super) fn leave(&mut self, id: &InstanceId, by: Hand) {
        let now = self.now;
        if self.is_alive(id) {
            self.loses_data(id, by);
        }
        let name = self.fleet().instances[id].group.clone().unwrap();
        let drains = self.fleet().runs(id)
            && self.fleet().targets.values().any(|targets| targets.contains_key(id));
        let fleet = self.fleet_mut();
        fleet.terminating.insert(id.clone(), now);
        // Whom it was to stand in for is launched for anew.
        if let Some(old) = fleet.stand_ins.remove(id) {
            fleet.rebalanced.remove(&old);
        }
        fleet.member_mut(id).unwrap().lifecycle = LifecycleState::Leaving("Terminating".to_owned());
        for targets in fleet.targets.values_mut() {
            targets.entry(id.clone()).and_modify(|health| *health = TargetState::Draining);
        }
        let answers_after = self.behaviour(&name).answers_after;
        self.after(answers_after, Happening::Settle(name));
        if drains {
            let delay = self.draining(id);
            self.after(delay, Happening::LetGo(id.clone()));
        } else {
            self.let_go(id);
        }
    }

    /// The load balancers have let a member go: now its hook runs.
    pub(super) fn let_go(&mut self, id: &InstanceId) {
        let Some((group, member)) = self.fleet().member(id) else { return };
        if member.lifecycle.as_str() != "Terminating" {
            return;
        }
        let hook = self.behaviour(&group.name).termination_hook.filter(|_| !group.deleting);
        if let Some(hook) = hook {
            self.wait_in(id, hook, LifecycleState::Leaving("Terminating:Wait".to_owned()));
        } else {
            self.shut_down(id);
        }
    }

    /// EC2 terminates a member that its group has let go.
    pub(super) fn shut_down(&mut self, id: &InstanceId) {
        match self.fleet().instances.get(id).and_then(|instance| instance.state.clone()) {
            Some(InstanceState::Terminated) => self.leaves_group(id),
            Some(InstanceState::ShuttingDown) => {}
            _ => {
                let usual = self.fleet().behaviour_of(id).leaves_in;
                self.ec2_terminates(id, usual);
            }
        }
    }

    fn ec2_terminates(&mut self, id: &InstanceId, usual: SignedDuration) {
        let delay = self.slow(Fault::SlowTermination, usual);
        let fleet = self.fleet_mut();
        fleet.ready.remove(id);
        fleet.instances.get_mut(id).unwrap().state = Some(InstanceState::ShuttingDown);
        self.after(delay, Happening::Terminated(id.clone()));
    }

    /// `TerminateInstances`, or a Spot interruption: no hook delays it, and a group notices
    /// afterwards (AWS doc `ec2-auto-scaling-health-checks`, read 2026-11).
    pub(super) fn ends(&mut self, id: &InstanceId, by: Hand) {
        if !self.is_alive(id) {
            return;
        }
        let serves = self.fleet().member(id).map(|(_, member)| member.lifecycle.clone());
        match serves {
            None | Some(LifecycleState::Leaving(_)) => self.loses_data(id, by),
            Some(LifecycleState::InService) => {
                self.loses_data(id, by);
                self.unhealthy_at_once(id);
            }
            Some(_) => return self.terminate(id, by),
        }
        for targets in self.fleet_mut().targets.values_mut() {
            targets.entry(id.clone()).and_modify(|health| *health = TargetState::Unhealthy);
        }
        self.announce_state(id, "shutting-down");
        self.ec2_terminates(id, SHUTS_DOWN);
    }

    pub(super) fn terminated(&mut self, id: &InstanceId) {
        let fleet = self.fleet_mut();
        fleet.targets.values_mut().for_each(|targets| targets.retain(|target, _| target != id));
        fleet.registered.remove(id);
        fleet.homes.remove(id);
        if let Some(instance) = fleet.instances.get_mut(id) {
            instance.state = Some(InstanceState::Terminated);
        }
        let state = fleet.member(id).map(|(_, member)| member.lifecycle.as_str().to_owned());
        let over = ["Terminating", "Terminating:Proceed", "Terminating:Retained"];
        if state.is_some_and(|state| over.contains(&state.as_str())) {
            self.leaves_group(id);
        }
        self.after(REMEMBERED, Happening::Forgotten(id.clone()));
        self.announce_state(id, "terminated");
    }

    /// The group's activity is over: the member is none any more.
    fn leaves_group(&mut self, id: &InstanceId) {
        let fleet = self.fleet_mut();
        fleet.terminating.remove(id);
        let Some(name) = fleet.member(id).map(|(group, _)| group.name.clone()) else { return };
        let group = fleet.groups.get_mut(&name).unwrap();
        group.members.remove(id);
        if group.deleting && group.members.is_empty() {
            fleet.groups.remove(&name);
        }
        self.after(self.behaviour(&name).answers_after, Happening::Settle(name));
    }

    /// EC2 does not know the id any more. A group that has not noticed yet still lists it.
    pub(super) fn forgotten(&mut self, id: &InstanceId) {
        if self.fleet().member(id).is_some() {
            self.after(REMEMBERED, Happening::Forgotten(id.clone()));
        } else {
            self.fleet_mut().instances.remove(id);
        }
    }

    fn delete_group(&mut self, name: &GroupName) {
        let Some(group) = self.fleet_mut().groups.get_mut(name) else { return };
        (group.deleting, group.minimum, group.desired) = (true, 0, 0);
        let members: Vec<InstanceId> = group.members.keys().cloned().collect();
        self.desired.remove(name);
        for id in &members {
            self.fleet_mut().standing.remove(id);
            let pooled = self.fleet().member(id).is_some_and(|(_, it)| it.lifecycle.warmed());
            if !self.leaves(id) {
                if !pooled {
                    self.lose(id, false);
                }
                self.leave(id, Hand::People);
            }
            // A wait in a hook is over, and nobody is kept.
            self.shut_down(id);
        }
        if members.is_empty() {
            self.fleet_mut().groups.remove(name);
        }
    }

    /// Whether a member is on its way out, or was never one.
    pub fn leaves(&self, id: &InstanceId) -> bool {
        let lifecycle = self.fleet().member(id).map(|(_, member)| &member.lifecycle);
        lifecycle.is_none_or(|state| {
            matches!(state, LifecycleState::Leaving(_) | LifecycleState::Terminated)
        })
    }

    /// `DetachInstances` without decrement: by people, from service or from standby. Its targets
    /// drain first, and no hook runs (AWS doc `ec2-auto-scaling-detach-attach-instances`, read
    /// 2026-11).
    pub(super) fn detach(&mut self, id: &InstanceId) {
        let Some(name) = self.fleet().member(id).map(|(group, _)| group.name.clone()) else {
            return;
        };
        if self.leaves(id) {
            return;
        }
        let drains = self.fleet().targets.values().any(|targets| targets.contains_key(id));
        if !self.ends_in_standby(id) {
            self.lose(id, false);
            let fleet = self.fleet_mut();
            fleet.vacant.entry(name.clone()).or_default().push_back(id.clone());
        }
        self.becomes(id, LifecycleState::Leaving("Detaching".to_owned()));
        if drains {
            for targets in self.fleet_mut().targets.values_mut() {
                targets.entry(id.clone()).and_modify(|health| *health = TargetState::Draining);
            }
            let delay = self.draining(id);
            self.after(delay, Happening::Detached(id.clone()));
        } else {
            self.detached(id);
        }
        let delay = self.behaviour(&name).answers_after;
        self.after(delay, Happening::Settle(name));
    }

    pub(super) fn detached(&mut self, id: &InstanceId) {
        let Some(name) = self.fleet().member(id).map(|(group, _)| group.name.clone()) else {
            return;
        };
        // What runs on it is what it was.
        let behaviour = self.behaviour(&name);
        let fleet = self.fleet_mut();
        // Whom it was to stand in for is launched for anew.
        if let Some(old) = fleet.stand_ins.remove(id) {
            fleet.rebalanced.remove(&old);
        }
        fleet.machines.entry(id.clone()).or_insert(behaviour);
        // Out of a warm pool it comes as it waited there.
        if !fleet.runs(id) {
            fleet.stopped_by_others.insert(id.clone());
        }
        fleet.groups.get_mut(&name).unwrap().members.remove(id);
        fleet.instances.get_mut(id).unwrap().group = None;
        fleet.targets.values_mut().for_each(|targets| targets.retain(|target, _| target != id));
    }
}
