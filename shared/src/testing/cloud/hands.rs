//! What people do with a console, and the refusals that a test orders.

use jiff::SignedDuration;

use super::Cloud;
use super::capacity::Full;
use super::fleet::REPLICA_SET;
use super::state::State;
use super::truth::Hand;
use crate::ids::{GroupName, InstanceId};
use crate::ledger::{Decided, Phase};
use crate::policy::{Policy, Tags};
use crate::world::{CapacityState, Instance};

impl Cloud {
    /// Somebody terminates an instance.
    pub fn terminate_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| state.ends(id, Hand::People));
    }

    /// Somebody stops an instance, and wants it so.
    pub fn stop_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| {
            let _ = state.stop(id, Hand::People);
        });
    }

    /// Somebody starts an instance.
    pub fn start_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| {
            state.owner_speaks();
            let _ = state.start(id);
        });
    }

    /// Somebody reboots an instance.
    pub fn reboot_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| {
            state.owner_speaks();
            let _ = state.reboot(id, Hand::People);
        });
    }

    /// Somebody detaches a member from its group.
    pub fn detach_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| {
            state.owner_speaks();
            state.detach(id);
        });
    }

    /// Somebody puts a member into standby, where its group has room for that.
    pub fn enter_standby_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| {
            if state.enter_standby(id).is_ok() {
                state.fleet_mut().stands_by_hand.insert(id.clone());
            }
        });
    }

    /// Somebody takes a member out of standby, where its group has room for that.
    pub fn exit_standby_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| {
            state.owner_speaks();
            let _ = state.exit_standby(id);
        });
    }

    /// An instance refresh that rests at a checkpoint runs in a group from now on, or is over.
    pub fn refresh(&self, name: &str, runs: bool) {
        self.by_hand(|state| {
            let refreshes = &mut state.fleet_mut().refreshes;
            let name = GroupName::parse(name).unwrap();
            if runs {
                refreshes.insert(name, "refresh-1".to_owned());
            } else {
                refreshes.remove(&name);
            }
        });
    }

    /// Auto Scaling moves a member into another zone, for a balance of its own.
    pub fn rebalance(&self, id: &InstanceId) {
        self.by_hand(|state| state.move_for_balance(id));
    }

    /// Somebody registers a standalone instance wherever its owner wants it.
    pub fn register_by_hand(&self, id: &InstanceId) {
        self.by_hand(|state| {
            state.owner_speaks();
            let home = state.fleet().homes.get(id).cloned().unwrap_or_default();
            state.register(id, &home);
        });
    }

    /// Somebody removes a tag of an instance.
    pub fn untag(&self, id: &InstanceId, key: &str) {
        self.by_hand(|state| {
            state.owner_speaks();
            if let Some(instance) = state.fleet_mut().instances.get_mut(id) {
                instance.tags.remove(key);
            }
        });
    }

    /// Facts of an instance change, by whoever may.
    pub fn change_instance(&self, id: &InstanceId, change: impl FnOnce(&mut Instance)) {
        self.by_hand(|state| {
            state.owner_speaks();
            change(state.fleet_mut().instances.get_mut(id).unwrap());
        });
    }

    /// People undo what they did, and mend what is broken: they start what they stopped, for which
    /// there is capacity again, take out of standby what they put there, resume what they
    /// suspended, and end whom a lifecycle policy kept.
    pub fn tidy_up_by_hand(&self) {
        self.by_hand(|state| {
            state.full.clear();
            state.falls_back.clear();
            for zone in std::mem::take(&mut state.outages).into_keys() {
                state.zone_is_back(&zone);
            }
            for id in state.sick.clone() {
                state.mend(&id);
            }
            // What it said was taken for its life before: AWS came early, or the call stood still on
            // its way. People were told that nobody says it.
            let taken = [&state.truth.early[..], &state.truth.unsaid[..]].concat();
            let aside = |id: &InstanceId| {
                let mut open = state.ledger.open.values().filter(|one| &one.key.instance == id);
                open.any(|one| matches!(one.phase, Phase::Leaving(_) | Phase::Moving(_)))
            };
            let back: Vec<InstanceId> = taken.into_iter().filter(|id| !aside(id)).collect();
            for id in back {
                if state.fleet().ready.contains(&id) {
                    state.said_in_its_name(&id);
                }
            }
            state.names_sets_as_told();
            for (group, process) in std::mem::take(&mut state.suspended) {
                state.resume(&group, &process);
            }
            state.register_everybody();
            for id in state.retained() {
                state.ends(&id, Hand::People);
            }
            for id in state.fleet().stopped_by_others.clone() {
                let _ = state.start(&id);
            }
            for id in state.fleet().stands_by_hand.clone() {
                let _ = state.exit_standby(&id);
            }
        });
    }

    fn by_hand(&self, what: impl FnOnce(&mut State)) {
        let mut state = self.state.borrow_mut();
        state.fires("deeds by hand");
        what(&mut state);
        state.make_good();
    }

    /// EC2 has no capacity for the next so many starts of an instance.
    pub fn no_capacity(&self, id: &InstanceId, times: u32) {
        let mut state = self.state.borrow_mut();
        state.full.insert(id.clone(), Full { times, until: None });
    }

    /// EC2 has no capacity for an instance in the next so many hours.
    pub fn no_capacity_for(&self, id: &InstanceId, hours: i64) {
        let mut state = self.state.borrow_mut();
        let until = Some(state.now + SignedDuration::from_hours(hours));
        state.full.insert(id.clone(), Full { times: 0, until });
    }

    /// The next so many starts of an instance are taken, and come to nothing.
    pub fn falls_back(&self, id: &InstanceId, times: u32) {
        self.state.borrow_mut().falls_back.insert(id.clone(), times);
    }

    /// The next so many reboots by owners do not migrate, and end nothing.
    pub fn no_migration(&self, times: u32) {
        self.state.borrow_mut().unmigrated = times;
    }

    /// EC2 has no capacity for the next so many reservations.
    pub fn no_reservations(&self, times: u32) {
        self.state.borrow_mut().unreservable = times;
    }

    /// Another instance that matches takes the capacity that was reserved for one.
    pub fn take_reservations(&self) {
        self.by_hand(|state| {
            let reservations = state.fleet_mut().reservations.values_mut();
            reservations.for_each(|is| *is = CapacityState::Taken);
        });
    }

    /// So many opening acts as an hour allows are used up, by whomever.
    pub fn exhaust_governor(&self) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        let now = state.now;
        let governor = &mut state.ledger.governor;
        governor.acts = vec![now; 1_000];
        governor.version += 1;
    }
}

impl State {
    /// What its owner wants, within the ceilings as they stand.
    pub(in crate::testing) fn policy_of(&self, id: &InstanceId) -> Policy {
        let fleet = self.fleet();
        let group = fleet.member(id).map(|(group, _)| (&group.name, &group.tags));
        let nothing = Tags::default();
        let tags = fleet.instances.get(id).map_or(&nothing, |instance| &instance.tags);
        Policy::read(&self.ceilings, group, tags).policy
    }
}

impl State {
    /// Where another member took over the part of the data that a replacement was waited for with,
    /// people give it to the replacement, as they were told to.
    fn names_sets_as_told(&mut self) {
        let told = self.ledger.open.values().filter_map(|incident| {
            let Phase::Replacing(intent) = &incident.phase else { return None };
            let missing = |told: &&Decided| told.reason == "replica_set_tag_missing";
            let told = incident.decided.as_ref().filter(missing)?;
            let group = self.fleet().groups.get(incident.group.as_ref()?)?;
            let mut others = group.members.keys().filter(|id| **id != incident.key.instance);
            let new = others.find(|id| told.words.contains(id.as_str()))?;
            Some((new.clone(), intent.replica_sets.first()?.to_string()))
        });
        let told: Vec<(InstanceId, String)> = told.collect();
        for (new, set) in told {
            let fleet = self.fleet_mut();
            fleet.sets.insert(new.clone(), set.clone());
            let instance = fleet.instances.get_mut(&new).unwrap();
            instance.tags.insert(REPLICA_SET.to_owned(), set);
        }
    }
}
