//! An Availability Zone that fails for a while: what runs there is impaired, and nothing is
//! launched or started there.

use jiff::SignedDuration;

use super::agenda::Happening;
use super::state::State;
use super::{Cloud, script};
use crate::ids::{GroupName, InstanceId, Zone};

impl Cloud {
    /// A zone, by its letter, fails for so many minutes.
    pub fn zone_fails(&self, letter: char, minutes: i64) {
        let mut state = self.state.borrow_mut();
        state.zone_fails(&script::zone(letter), SignedDuration::from_mins(minutes));
    }
}

impl State {
    pub(super) fn zone_fails(&mut self, zone: &Zone, lasts: SignedDuration) {
        let until = self.now + lasts;
        let known = self.outages.entry(zone.clone()).or_insert(until);
        *known = until.max(*known);
        for id in self.instances_in(zone) {
            self.fails_checks(&id);
        }
        self.agenda.note(until, Happening::ZoneReturns(zone.clone()));
    }

    /// Whether a zone is out now.
    pub fn is_out(&self, zone: &Zone) -> bool {
        self.outages.contains_key(zone)
    }

    pub(super) fn zone_of_it_is_out(&self, id: &InstanceId) -> bool {
        let zone = self.fleet().instances.get(id).and_then(|instance| instance.zone.as_ref());
        zone.is_some_and(|zone| self.is_out(zone))
    }

    /// Auto Scaling balances its groups again when a zone is back (AWS doc
    /// `auto-scaling-benefits`, read 2026-11).
    pub(super) fn zone_returns(&mut self, zone: &Zone) {
        if self.outages.get(zone).is_none_or(|until| *until > self.now) {
            return;
        }
        self.outages.remove(zone);
        self.zone_is_back(zone);
    }

    pub(super) fn zone_is_back(&mut self, zone: &Zone) {
        for id in self.instances_in(zone) {
            let life = self.fleet().life(&id);
            self.recovers(&id, life);
        }
        let groups = self.fleet().groups.values().filter(|group| group.zones.contains(zone));
        let groups: Vec<GroupName> = groups.map(|group| group.name.clone()).collect();
        for group in groups {
            let delay = self.behaviour(&group).answers_after;
            self.after(delay, Happening::Settle(group));
        }
    }

    fn instances_in(&self, zone: &Zone) -> Vec<InstanceId> {
        let there = self.fleet().instances.values().filter(|it| it.zone.as_ref() == Some(zone));
        there.map(|instance| instance.id.clone()).collect()
    }
}
