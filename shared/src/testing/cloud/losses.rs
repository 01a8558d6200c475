//! Places that are empty, and when somebody serves there again.

use std::rc::Rc;

use jiff::Timestamp;

use super::fleet::Fleet;
use super::state::State;
use super::truth::Loss;
use crate::ids::InstanceId;
use crate::world::LifecycleState;

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
            let itself = loss.stays && returned(&fleet, loss);
            let another = loss.successor.as_ref().is_some_and(good);
            loss.until = (itself || another || wanted_by_nobody(&fleet, loss)).then_some(now);
        }
    }

    /// Takes away a member, by whomever: the place is empty until a successor serves.
    pub fn lose(&mut self, id: &InstanceId, ours: bool) {
        let Some((_, member)) = self.fleet().member(id) else { return };
        // Who never came into service leaves no place but the one that it was to fill.
        let pending = matches!(member.lifecycle, LifecycleState::Pending(_));
        let now = self.now;
        if let Some(loss) = self.truth.open_loss_of(id) {
            // Who was to come back and is taken away for good was taken by whoever did that.
            loss.ours = if loss.stays { ours } else { loss.ours };
            loss.stays = false;
            shows(loss, now);
        } else {
            // A successor that goes before it ever served leaves the same place empty once more.
            let mut losses = self.truth.losses.iter().filter(|loss| loss.until.is_none());
            if !pending && !losses.any(|loss| loss.successor.as_ref() == Some(id)) {
                self.empty(id, ours, false);
            }
        }
    }

    /// Takes an instance out of service by our hand, to come back as itself.
    pub fn stand_aside(&mut self, id: &InstanceId) {
        match self.truth.open_loss_of(id) {
            Some(loss) => (loss.ours, loss.stays, loss.shows) = (true, true, true),
            None => self.empty(id, true, true),
        }
    }

    /// It stops working where it is, by nobody's hand, and may work again. EC2's state of it shows
    /// that where it does not run any more.
    pub fn fails(&mut self, id: &InstanceId) {
        let (now, fleet) = (self.now, self.fleet());
        let runs = fleet.runs(id);
        let member = fleet.member(id).is_some_and(|(_, member)| member.in_service());
        let alone = fleet.instances.get(id).is_some_and(|instance| instance.group.is_none());
        if let Some(loss) = self.truth.losses.iter_mut().find(|loss| loss.open_for(id)) {
            if !runs {
                shows(loss, now);
            }
        } else if member || alone {
            self.empty(id, false, true);
            self.truth.losses.last_mut().unwrap().shows = !runs;
        }
    }

    fn empty(&mut self, id: &InstanceId, ours: bool, stays: bool) {
        let group = self.fleet().member(id).map(|(group, _)| group.name.clone());
        let set = self.fleet().sets.get(id).cloned();
        let zone = self.fleet().instances.get(id).and_then(|instance| instance.zone.clone());
        let limits = self.policy_of(id).limits.into_keys().collect();
        self.truth.losses.push(Loss {
            group,
            instance: id.clone(),
            zone,
            set,
            limits,
            since: self.now,
            ours,
            stays,
            shows: true,
            successor: None,
            until: None,
        });
    }
}

/// From now on a look shows it.
fn shows(loss: &mut Loss, now: Timestamp) {
    if !loss.shows {
        (loss.shows, loss.since) = (true, now);
    }
}

/// The same instance is back: it serves, or, where it was not ours, no look shows anything any more.
fn returned(fleet: &Fleet, loss: &Loss) -> bool {
    let id = &loss.instance;
    if loss.ours {
        return fleet.serves(id);
    }
    let works = fleet.runs(id) && fleet.instances[id].checks_ok();
    works && (loss.group.is_none() || fleet.in_service(id))
}

fn wanted_by_nobody(fleet: &Fleet, loss: &Loss) -> bool {
    let Some(group) = &loss.group else {
        return fleet.instances.get(&loss.instance).is_none_or(|instance| !instance.alive());
    };
    let mut somebody = loss.successor.iter().chain([&loss.instance]);
    somebody.all(|id| fleet.member(id).is_none()) && fleet.whole(group)
}
