//! Load balancers: targets that drain, are registered again, and take requests.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::agenda::Happening;
use super::state::State;
use crate::ids::{InstanceId, TargetGroup};
use crate::ledger::Registration;
use crate::world::TargetState;

impl State {
    /// `DeregisterTargets`: the last requests end after the deregistration delay. Answers whether
    /// it changed anything.
    pub(super) fn deregister(
        &mut self,
        id: &InstanceId,
        registrations: &BTreeSet<Registration>,
    ) -> bool {
        let registered = self.fleet_mut().registered.entry(id.clone()).or_default();
        let before = registered.clone();
        registered.retain(|one| !registrations.contains(one));
        let after: BTreeSet<TargetGroup> =
            registered.iter().map(|one| one.target_group.clone()).collect();
        let left: BTreeSet<TargetGroup> = before
            .intersection(registrations)
            .map(|one| one.target_group.clone())
            .filter(|targets| !after.contains(targets))
            .collect();
        let delay = if left.is_empty() { SignedDuration::ZERO } else { self.draining(id) };
        for targets in left {
            let health = self.fleet_mut().targets.entry(targets.clone()).or_default();
            health.insert(id.clone(), TargetState::Draining);
            self.after(delay, Happening::Drained(id.clone(), targets));
        }
        !before.is_disjoint(registrations)
    }

    pub(super) fn drained(&mut self, id: &InstanceId, targets: &TargetGroup) {
        let health = self.fleet_mut().targets.entry(targets.clone()).or_default();
        if health.get(id) == Some(&TargetState::Draining) {
            health.remove(id);
        }
    }

    /// `RegisterTargets`. Answers whether it changed anything.
    pub(super) fn register(
        &mut self,
        id: &InstanceId,
        registrations: &BTreeSet<Registration>,
    ) -> bool {
        let runs = self.fleet().runs(id);
        let fleet = self.fleet_mut();
        let registered = fleet.registered.entry(id.clone()).or_default();
        let news: Vec<Registration> = registrations.difference(registered).cloned().collect();
        registered.extend(news.iter().cloned());
        for Registration { target_group, .. } in &news {
            let health = fleet.targets.entry(target_group.clone()).or_default();
            let now = if runs { TargetState::Initial } else { TargetState::Unhealthy };
            health.insert(id.clone(), now);
        }
        let delay = self.fleet().behaviour_of(id).taken_after;
        self.after(delay, Happening::TargetsHealthy(id.clone()));
        !news.is_empty()
    }
}
