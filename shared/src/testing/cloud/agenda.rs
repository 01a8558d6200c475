//! What the world has coming, in the order of the virtual clock.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::hooks::HookResult;
use crate::ids::{EventId, GroupName, InstanceId, TargetGroup, Zone};
use crate::ledger::IncidentKey;

/// Counts the starts and reboots of an instance: what was said in one life says nothing of the
/// next.
pub(super) type Life = u32;

/// Something that happens by itself when its time comes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::testing) enum Happening {
    /// Auto Scaling looks at a group.
    Settle(GroupName),
    /// A launched member runs.
    InService(InstanceId),
    /// Both status checks pass, if it is still in this life.
    ChecksPass(InstanceId, Life),
    /// Its targets take requests.
    TargetsHealthy(InstanceId),
    /// Its application says so, and names its replica set, if it is still in this life.
    Ready(InstanceId, Life),
    /// A stop ends.
    Stopped(InstanceId),
    /// A start ends, one way or the other.
    Runs(InstanceId),
    /// A member that enters standby has drained.
    StandsBy(InstanceId),
    /// A member that leaves standby is in service again.
    Rejoins(InstanceId),
    /// A target's last requests end.
    Drained(InstanceId, TargetGroup),
    /// The load balancers have let a member go that is terminated.
    LetGo(InstanceId),
    /// A lifecycle hook is answered.
    HookEnds(InstanceId, HookResult),
    /// A termination ends.
    Terminated(InstanceId),
    /// A member that was detached is none any more.
    Detached(InstanceId),
    /// It waits in the warm pool, stopped.
    Warmed(InstanceId),
    /// EC2 takes a Spot Instance back.
    Interrupted(InstanceId),
    /// Checks fail for so long, if it is still in this life.
    Flaps(InstanceId, Life, SignedDuration),
    /// Targets fail for so long, if it is still in this life.
    TargetsFlap(InstanceId, Life, SignedDuration),
    /// What failed passes again, if it is still in this life.
    Recovers(InstanceId, Life),
    /// Auto Scaling looks at its health, if it is still in this life.
    HealthChecked(InstanceId, Life),
    /// An Availability Zone is back.
    ZoneReturns(Zone),
    /// An instance refresh goes on, if it is still this one.
    RefreshGoesOn(GroupName, String),
    /// EC2 does not know the id any more.
    Forgotten(InstanceId),
    /// AWS's date: Auto Scaling acts on it at once, AWS itself maybe later.
    Due(InstanceId, EventId),
    /// AWS does what it scheduled.
    AwsActs(InstanceId, EventId),
    /// AWS does what it scheduled, whatever date it gave.
    ActsEarly(InstanceId, EventId),
    /// EC2 shows the date that it was asked for.
    DateShows(InstanceId, EventId, Timestamp),
    /// A readiness document has looked.
    Found(String),
    /// Reserved capacity is given back by itself.
    ReservationEnds(IncidentKey),
    /// EC2's description catches up with what is so.
    Described(InstanceId, EventId, &'static str),
}

/// Happenings by their time; those of the same time in the order in which they were noted.
#[derive(Debug, Clone, Default)]
pub(in crate::testing) struct Agenda {
    noted: u64,
    coming: BTreeMap<(Timestamp, u64), Happening>,
}

impl Agenda {
    /// Notes a happening.
    pub fn note(&mut self, at: Timestamp, happening: Happening) {
        self.noted += 1;
        self.coming.insert((at, self.noted), happening);
    }

    /// Happenings to come, in order.
    pub fn coming(&self) -> impl Iterator<Item = (Timestamp, &Happening)> {
        self.coming.iter().map(|((at, _), happening)| (*at, happening))
    }

    /// When the next happening is due.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.coming.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next happening that is due at or before a time.
    pub fn take(&mut self, until: Timestamp) -> Option<(Timestamp, Happening)> {
        let entry = self.coming.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), happening) = entry.remove_entry();
        Some((at, happening))
    }
}
