//! `InsufficientInstanceCapacity`: launches and starts for which EC2 has no room, for a while; and
//! everything that takes longer than usual.

use jiff::{SignedDuration, Timestamp};

use super::Cloud;
use super::agenda::Happening;
use super::state::State;
use crate::ids::{GroupName, InstanceId};
use crate::testing::faults::Fault;
use crate::world::{CapacityState, LastLaunch};

/// What takes longer than usual is over within a day.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// EC2 has no capacity for an instance.
#[derive(Debug, Clone, Copy, Default, Hash)]
pub(in crate::testing) struct Full {
    /// For so many starts.
    pub times: u32,
    /// Until then.
    pub until: Option<Timestamp>,
}

impl Cloud {
    /// How the newest launch of a group ended.
    pub fn last_launch(&self, name: &str) -> LastLaunch {
        let state = self.state.borrow();
        let known = state.fleet().last_launches.get(&GroupName::parse(name).unwrap());
        known.cloned().unwrap_or(LastLaunch::None)
    }
}

impl State {
    /// A launch fails where EC2 has no capacity, and where every zone of the group is out. Auto
    /// Scaling tries again (AWS doc `ts-as-capacity`, read 2026-11).
    pub(super) fn launch_fails(&mut self, name: &GroupName) -> bool {
        let group = &self.fleet().groups[name];
        let nowhere = group.zones.iter().all(|zone| self.is_out(zone));
        let struck = self.strikes(Fault::LaunchWithoutCapacity);
        if !nowhere && struck.is_none() {
            return false;
        }
        let again = struck.map_or(SignedDuration::from_mins(5), |mut draw| draw.seconds(60, 1_800));
        let message =
            "InsufficientInstanceCapacity: none left in the zones of the group".to_owned();
        let failed = LastLaunch::Failed { at: self.now, message };
        self.fleet_mut().last_launches.insert(name.clone(), failed);
        self.after(again, Happening::Settle(name.clone()));
        true
    }

    /// EC2 has no capacity for a start. A reservation that was made for it is capacity for it.
    pub(super) fn no_capacity(&mut self, id: &InstanceId) -> bool {
        if self.zone_of_it_is_out(id) {
            return true;
        }
        let mut reservations = self.fleet().reservations.iter();
        if reservations.any(|(key, is)| &key.instance == id && *is == CapacityState::Held) {
            return false;
        }
        let now = self.now;
        if let Some(mut draw) = self.strikes(Fault::StartWithoutCapacity) {
            let until = now + draw.seconds(60, 6 * 3_600);
            self.full.entry(id.clone()).or_default().until = Some(until);
        }
        let Some(full) = self.full.get_mut(id) else { return false };
        let counted = full.times > 0;
        full.times = full.times.saturating_sub(1);
        counted || full.until.is_some_and(|until| now < until)
    }

    /// EC2 has no capacity for a reservation.
    pub(super) fn reservation_fails(&mut self) -> bool {
        if self.unreservable > 0 {
            self.unreservable -= 1;
            self.fires("reservations without capacity");
            return true;
        }
        self.strikes(Fault::ReservationRefused).is_some()
    }

    /// What something takes: as usual, or, where a fault strikes, twice as long or more. Of those
    /// half take four times as long, a quarter eight times, and so on to 64, but a day at most: a
    /// heavy tail.
    pub(super) fn slow(&mut self, fault: Fault, usual: SignedDuration) -> SignedDuration {
        let Some(mut draw) = self.strikes(fault) else { return usual };
        let mut times = 2;
        while times < 64 && draw.chance(500) {
            times *= 2;
        }
        (usual * times).min(usual.max(LONGEST))
    }

    /// From leaving service to the last request, the deregistration delay at most (AWS doc
    /// `edit-target-group-attributes`, read 2026-11).
    pub(super) fn draining(&mut self, id: &InstanceId) -> SignedDuration {
        let behaviour = self.fleet().behaviour_of(id);
        let most = behaviour.deregistration_delay.max(behaviour.drains_in);
        if self.strikes(Fault::NeverDrains).is_some() {
            return most;
        }
        self.slow(Fault::SlowDrain, behaviour.drains_in).min(most)
    }
}
