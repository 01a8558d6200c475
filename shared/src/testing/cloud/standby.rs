//! Auto Scaling's standby: out of service without a successor, and back.

use jiff::SignedDuration;

use super::agenda::Happening;
use super::state::State;
use super::truth::Hand;
use crate::ids::{EventId, GroupName, InstanceId};
use crate::ports::CloudErrorClass;
use crate::world::{InstanceState, LifecycleState, TargetState};

impl State {
    /// `EnterStandby` with decrement: of a member in service, and never below the group's minimum. That
    /// it is refused for one that EC2 ends, and whose group has not noticed, is UNCONFIRMED.
    pub(super) fn enter_standby(&mut self, id: &InstanceId) -> Result<(), CloudErrorClass> {
        let Some((group, member)) = self.fleet().member(id) else {
            return Err(CloudErrorClass::Missing);
        };
        let serving = member.lifecycle == LifecycleState::InService;
        let room = group.desired.saturating_sub(member.weight) >= group.minimum;
        if !serving || !room || !self.is_alive(id) {
            return Err(CloudErrorClass::Rejected);
        }
        let (name, weight) = (group.name.clone(), member.weight);
        let fleet = self.fleet_mut();
        fleet.groups.get_mut(&name).unwrap().desired -= weight;
        fleet.standing.insert(id.clone());
        // Whoever stands by is not replaced, whatever had become of it before.
        if let Some(loss) = self.truth.open_loss_of(id) {
            loss.stays = true;
        }
        let fleet = self.fleet_mut();
        fleet.member_mut(id).unwrap().lifecycle =
            LifecycleState::Standby("EnteringStandby".to_owned());
        for targets in fleet.targets.values_mut() {
            targets.entry(id.clone()).and_modify(|health| *health = TargetState::Draining);
        }
        let delay = self.draining(id);
        self.after(delay, Happening::StandsBy(id.clone()));
        self.after(SignedDuration::from_secs(30), Happening::Settle(name));
        Ok(())
    }

    pub(super) fn stands_by(&mut self, id: &InstanceId) {
        let fleet = self.fleet_mut();
        let Some(member) = fleet.member_mut(id) else { return };
        if member.lifecycle.as_str() != "EnteringStandby" {
            return;
        }
        member.lifecycle = LifecycleState::Standby("Standby".to_owned());
        member.healthy = true;
        let of_group = fleet.member(id).map(|(group, _)| group.target_groups.clone());
        for targets in of_group.into_iter().flatten() {
            fleet.targets.entry(targets).or_default().remove(id);
        }
    }

    /// `ExitStandby`: of a member in standby, and never above the group's maximum.
    pub(super) fn exit_standby(&mut self, id: &InstanceId) -> Result<(), CloudErrorClass> {
        let Some((group, member)) = self.fleet().member(id) else {
            return Err(CloudErrorClass::Missing);
        };
        let aside = member.lifecycle.as_str() == "Standby";
        if !aside || group.desired + member.weight > group.maximum {
            return Err(CloudErrorClass::Rejected);
        }
        let (name, weight) = (group.name.clone(), member.weight);
        let fleet = self.fleet_mut();
        fleet.groups.get_mut(&name).unwrap().desired += weight;
        fleet.standing.remove(id);
        fleet.stands_by_hand.remove(id);
        fleet.member_mut(id).unwrap().lifecycle = LifecycleState::Pending("Pending".to_owned());
        let delay = self.behaviour(&name).rejoins_in;
        self.after(delay, Happening::Rejoins(id.clone()));
        Ok(())
    }

    /// In service again. Auto Scaling takes it for unhealthy where it does not run, or where AWS's
    /// date has passed and nothing was done yet.
    pub(super) fn rejoins(&mut self, id: &InstanceId) {
        let Some((group, member)) = self.fleet().member(id) else { return };
        if !matches!(member.lifecycle, LifecycleState::Pending(_)) {
            return;
        }
        let name = group.name.clone();
        let checked = !group.suspended.contains_key("HealthCheck");
        let target_groups = group.target_groups.clone();
        let fleet = self.fleet_mut();
        fleet.member_mut(id).unwrap().lifecycle = LifecycleState::InService;
        for targets in target_groups {
            fleet.targets.entry(targets).or_default().insert(id.clone(), TargetState::Initial);
        }
        let delay = self.behaviour(&name).taken_after;
        self.after(delay, Happening::TargetsHealthy(id.clone()));
        self.after(self.behaviour(&name).checked_after, Happening::Settle(name));
        let due = self.overdue(id);
        if checked && (due.is_some() || !self.fleet().runs(id)) {
            if let Some(event) = due {
                self.forces(id, &event);
            }
            self.terminate(id, Hand::AutoScaling);
        }
    }

    /// What AWS scheduled for now or before, and has not done.
    fn overdue(&self, id: &InstanceId) -> Option<EventId> {
        let fleet = self.fleet();
        let instance = fleet.instances.get(id)?;
        let mut waiting = instance.active_events().filter(|event| !fleet.over.contains(&event.id));
        let due = waiting.find(|event| event.not_before.is_some_and(|date| date <= self.now));
        due.map(|event| event.id.clone())
    }

    /// A member ends, or leaves its group, while standby has taken it from desired: nobody gives
    /// that back.
    pub(super) fn ends_in_standby(&mut self, id: &InstanceId) -> bool {
        let Some(group) = self.fleet().member(id).map(|(group, _)| group.name.clone()) else {
            return false;
        };
        if !self.fleet_mut().standing.remove(id) {
            return false;
        }
        self.truth.ended_in_standby.push(id.clone());
        if let Some(wanted) = self.desired.get_mut(&group) {
            *wanted = wanted.saturating_sub(1);
        }
        true
    }

    /// Desired capacity as it has to be: by its owner's word, less what stands by.
    pub(in crate::testing) fn desired_of(&self, name: &GroupName) -> Option<u32> {
        let group = self.fleet().groups.get(name)?;
        let standing = self.fleet().standing.iter().filter_map(|id| group.members.get(id));
        let standing: u32 = standing.map(|member| member.weight).sum();
        self.desired.get(name).map(|wanted| wanted.saturating_sub(standing))
    }

    /// EC2 stops, ends or has ended it.
    pub(in crate::testing) fn is_alive(&self, id: &InstanceId) -> bool {
        let instance = self.fleet().instances.get(id);
        instance.is_some_and(|instance| {
            !matches!(
                instance.state,
                Some(InstanceState::ShuttingDown | InstanceState::Terminated) | None
            )
        })
    }
}
