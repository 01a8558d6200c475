//! Warm pools: stopped instances that a group starts instead of launching, and fills up again (AWS
//! doc `ec2-auto-scaling-warm-pools`, read 2026-11).

use super::agenda::Happening;
use super::autoscaling::member;
use super::launched::Launched;
use super::state::State;
use crate::ids::{GroupName, InstanceId, Zone};
use crate::policy::READY_SIGNAL;
use crate::world::{InstanceState, LifecycleState, Member};

impl State {
    /// The next of the warm pool in a zone, started.
    pub(super) fn pooled(&mut self, name: &GroupName, zone: &Zone) -> Option<InstanceId> {
        let group = &self.fleet().groups[name];
        let waits =
            |member: &Member| member.lifecycle.as_str() == "Warmed:Stopped" && &member.zone == zone;
        let id = group.members.iter().find(|(_, member)| waits(member))?.0.clone();
        let now = self.now;
        let fleet = self.fleet_mut();
        *fleet.lives.entry(id.clone()).or_default() += 1;
        fleet.member_mut(&id)?.lifecycle = LifecycleState::Pending("Pending".to_owned());
        let instance = fleet.instances.get_mut(&id)?;
        instance.state = Some(InstanceState::Pending);
        instance.launched_at = Some(now);
        Some(id)
    }

    /// Launches what the pool lacks.
    pub(super) fn fill_pool(&mut self, name: &GroupName) {
        let behaviour = self.behaviour(name);
        let Some(group) = self.fleet().groups.get(name).filter(|_| behaviour.pool > 0) else {
            return;
        };
        let there = group.members.values().filter(|member| member.lifecycle.warmed()).count();
        let missing = (behaviour.pool as usize).saturating_sub(there);
        if missing == 0 || group.deleting || group.suspended.contains_key("Launch") {
            return;
        }
        for _ in 0..missing {
            let Some(zone) = self.emptiest_pool(name) else { return };
            let id = self.next_instance();
            let launched = Launched::by_group(self.fleet(), name, zone.clone());
            let instance = launched.pending(&id, self.now);
            let lifecycle = LifecycleState::Warmed("Warmed:Pending".to_owned());
            let new = Member { weight: behaviour.weight, ..member(lifecycle, zone) };
            let fleet = self.fleet_mut();
            fleet.instances.insert(id.clone(), instance);
            fleet.groups.get_mut(name).unwrap().members.insert(id.clone(), new);
            self.after(behaviour.boots_in + behaviour.stops_in, Happening::Warmed(id));
        }
    }

    /// Where the fewest wait in the pool, of the zones that are not out: a pool is kept in balance as
    /// its group is.
    fn emptiest_pool(&self, name: &GroupName) -> Option<Zone> {
        let group = &self.fleet().groups[name];
        let pooled = |member: &&Member| member.lifecycle.warmed();
        let here = |zone: &Zone| {
            group.members.values().filter(pooled).filter(|member| &member.zone == zone).count()
        };
        let zones = group.zones.iter().filter(|zone| !self.is_out(zone));
        zones.min_by_key(|zone| here(zone)).cloned()
    }

    /// A member that is scaled in drains, stops, and waits in the pool for its next use.
    pub(super) fn returns_to_pool(&mut self, id: &InstanceId) {
        self.becomes(id, LifecycleState::Warmed("Warmed:Pending".to_owned()));
        let fleet = self.fleet_mut();
        fleet.targets.values_mut().for_each(|targets| targets.retain(|target, _| target != id));
        fleet.instances.get_mut(id).unwrap().state = Some(InstanceState::Stopping);
        self.announce_state(id, "stopping");
        let delay = self.fleet().behaviour_of(id).stops_in;
        self.after(delay, Happening::Warmed(id.clone()));
    }

    /// It waits in the pool, stopped.
    pub(super) fn warmed(&mut self, id: &InstanceId) {
        let pending = |word: &str| word == "Warmed:Pending";
        if self.fleet().member(id).is_none_or(|(_, it)| !pending(it.lifecycle.as_str())) {
            return;
        }
        self.becomes(id, LifecycleState::Warmed("Warmed:Stopped".to_owned()));
        self.waits_in_pool(id);
        self.announce_state(id, "stopped");
    }

    pub(super) fn waits_in_pool(&mut self, id: &InstanceId) {
        let fleet = self.fleet_mut();
        fleet.ready.remove(id);
        let instance = fleet.instances.get_mut(id).unwrap();
        instance.state = Some(InstanceState::Stopped);
        instance.tags.remove(READY_SIGNAL);
    }
}
