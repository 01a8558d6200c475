//! Places that are empty, and when somebody serves there again.

use std::rc::Rc;

use super::fleet::Fleet;
use super::state::State;
use super::truth::Loss;
use crate::ids::InstanceId;

impl State {
    /// Losses end when somebody serves in the place: the same instance where it was to come back,
    /// or another one. One that is not ours ends as soon as the look over all members shows nothing
    /// any more: in service, and in a replica set ready. Where desired was lowered, or the instance
    /// stood alone and is gone, nobody has to come.
    pub fn make_good(&mut self) {
        let fleet = Rc::clone(self.fleet_now());
        let now = self.now;
        for loss in self.truth.losses.iter_mut().filter(|loss| loss.until.is_none()) {
            let good = |new| {
                let seen = fleet.in_service(new) && (loss.set.is_none() || fleet.ready(new));
                if loss.ours { fleet.serves(new) } else { seen }
            };
            let itself = loss.stays && fleet.serves(&loss.instance);
            let another = loss.successor.as_ref().is_some_and(good);
            loss.until = (itself || another || wanted_by_nobody(&fleet, loss)).then_some(now);
        }
    }

    /// Takes away a member, by whomever: the place is empty until a successor serves.
    pub fn lose(&mut self, id: &InstanceId, ours: bool) {
        if self.fleet().member(id).is_none() {
            return;
        }
        if let Some(loss) = self.truth.open_loss_of(id) {
            // Who was to come back and is taken away for good was taken by whoever did that.
            loss.ours = if loss.stays { ours } else { loss.ours };
            loss.stays = false;
        } else {
            // A successor that goes before it ever served leaves the same place empty once more.
            let mut losses = self.truth.losses.iter_mut().filter(|loss| loss.until.is_none());
            match losses.find(|loss| loss.successor.as_ref() == Some(id)) {
                Some(loss) => loss.successor = None,
                None => self.empty(id, ours, false),
            }
        }
    }

    /// Takes an instance out of service by our hand, to come back as itself.
    pub fn stand_aside(&mut self, id: &InstanceId) {
        match self.truth.open_loss_of(id) {
            Some(loss) => (loss.ours, loss.stays) = (true, true),
            None => self.empty(id, true, true),
        }
    }

    fn empty(&mut self, id: &InstanceId, ours: bool, stays: bool) {
        let group = self.fleet().member(id).map(|(group, _)| group.name.clone());
        let set = self.fleet().sets.get(id).cloned();
        let zone = self.fleet().instances.get(id).and_then(|instance| instance.zone.clone());
        let limits = self.policy_of(id).limits.into_keys().collect();
        let (instance, since) = (id.clone(), self.now);
        let (successor, until) = (None, None);
        let loss =
            Loss { group, instance, zone, set, limits, since, ours, stays, successor, until };
        self.truth.losses.push(loss);
    }
}

fn wanted_by_nobody(fleet: &Fleet, loss: &Loss) -> bool {
    let Some(group) = &loss.group else {
        return fleet.instances.get(&loss.instance).is_none_or(|instance| !instance.alive());
    };
    let mut somebody = loss.successor.iter().chain([&loss.instance]);
    somebody.all(|id| fleet.member(id).is_none()) && fleet.whole(group)
}
