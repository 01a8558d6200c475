//! What is still open: whatever the program took out, set or reserved, and did not put back.

use super::Cloud;
use super::state::State;
use crate::ids::InstanceId;
use crate::policy::{INCIDENT_MARK, READY_SIGNAL, signals_ready};
use crate::world::{Instance, InstanceState};

impl Cloud {
    /// It does its work as far as anybody can tell: running, checked, in its place, and ready.
    pub fn serves(&self, id: &InstanceId) -> bool {
        self.state.borrow().fleet().serves(id)
    }

    /// What is open now that was not so before, in words. What people did by hand does not count.
    pub fn left_open(&self) -> Vec<String> {
        self.state.borrow().left_open()
    }

    /// The same without what nobody can know once the ledger is lost: target registrations, and
    /// reservations, which end by themselves.
    pub fn left_out_of_service(&self) -> Vec<String> {
        let state = self.state.borrow();
        let instances = state.fleet().instances.values().filter(|instance| instance.alive());
        instances.flat_map(|instance| state.out_of_service(instance)).collect()
    }
}

impl State {
    pub(in crate::testing) fn left_open(&self) -> Vec<String> {
        let fleet = self.fleet();
        let instances = fleet.instances.values().filter(|instance| instance.alive());
        let of_instances = instances.flat_map(|instance| {
            let unregistered = !fleet.at_home(&instance.id);
            let unregistered = unregistered.then(|| format!("{} is not registered", instance.id));
            self.out_of_service(instance).into_iter().chain(unregistered)
        });
        let reserved = fleet.reservations.keys().map(|key| format!("capacity for {key}"));
        of_instances.chain(reserved).collect()
    }

    fn out_of_service(&self, instance: &Instance) -> Vec<String> {
        let fleet = self.fleet();
        let Instance { id, state, tags, .. } = instance;
        let mut left = Vec::new();
        let pooled = fleet.member(id).is_some_and(|(_, member)| member.lifecycle.warmed());
        let stopped = matches!(state, Some(InstanceState::Stopped | InstanceState::Stopping));
        if stopped && !pooled && !fleet.stopped_by_others.contains(id) {
            left.push(format!("{id} is stopped"));
        }
        if fleet.standing.contains(id) && !fleet.stands_by_hand.contains(id) {
            left.push(format!("{id} is in standby"));
        }
        let written = !fleet.tags_denied.contains(id);
        if written && tags.contains_key(INCIDENT_MARK) {
            left.push(format!("{id} carries {INCIDENT_MARK}"));
        }
        if written && fleet.ready.contains(id) && !signals_ready(tags) {
            left.push(format!("{id} has lost its {READY_SIGNAL}"));
        }
        left
    }
}
