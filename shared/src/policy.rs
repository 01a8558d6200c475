//! What the owners want: the `reberth:` tags of groups and instances, under the stack's ceilings.
//!
//! Three rules make it safe to let anybody write tags:
//!
//! * *Ceilings.* The stack's parameters are the widest that any tag can choose ([`Ceilings`]).
//! * *The narrower wins.* Of a group's and a member's tag, the one that lets less happen counts.
//! * *Unreadable is careful.* What cannot be read narrows to the safest reading and is reported as
//!   a [`Complaint`]; nothing is silently ignored.
//!
//! What is *not* here: whether a policy lets something happen now. That is decided elsewhere, from
//! the policy and the world together.

mod bound;
mod ceilings;
mod explain;
mod gate;
mod limits;
mod read;
mod setting;
mod tags;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;
use std::fmt;

pub use bound::Bound;
pub use ceilings::{AllowedGroups, Ceilings, STANDALONE, SettingsError};
pub use gate::{Drain, Gate, StopAlarms};
pub use limits::{Limits, MOST_LIMITS, TOO_MANY};
pub use tags::{
    Bearer, Complaint, DRAINED_SIGNAL, INCIDENT_MARK, PREFIX, READY_SIGNAL, SETTINGS, STATE, Tags,
    UNPROTECTED_MARK, signals_ready,
};
pub use words::{Deadline, Lead, Mode, OnDrainFailure, Relaunch, Tolerance, YesNo};

use crate::ids::{EventId, ReplicaSet};
use crate::time::{Calendar, SignedDuration, Timestamp};

/// A policy, and what was wrong with the tags that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The policy.
    pub policy: Policy,
    /// Tags that could not be taken as they stand.
    pub complaints: Vec<Complaint>,
}

/// What the owner of one instance wants, typed and within the ceilings.
///
/// Each field says of its tag: what it means, what absence means, which of a group's and a member's
/// value is the narrower, and what an unreadable one becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// `mode`: how far Reberth may go. Absent on the group (of a standalone instance: on itself):
    /// off. A member's own tag only lowers; alone it opts nothing in. Unreadable: observe.
    pub mode: Mode,
    /// Why the mode is as it is.
    pub mode_reason: ModeReason,
    /// `approved`: the one event that the owner said yes to, on the instance only. Absent or
    /// unreadable: none. It matters in mode approve alone.
    pub approved: Option<EventId>,
    /// `hold-until`: no opening act before. Absent: no hold. The later wins; unreadable: held.
    pub hold_until: Option<HoldUntil>,
    /// `relaunch`: how. Absent: auto. Notify wins; a member's way counts where its group leaves
    /// the choice open (`auto`); two different ways are notify, with a complaint. Unreadable:
    /// notify.
    pub relaunch: Relaunch,
    /// `max-unavailable`: how many members of the group may be out. Absent: its maintenance
    /// policy, else 1; see [`Policy::unavailable`]. Both count; a member's without its group's
    /// is at most 1, with a complaint. Unreadable: 1.
    pub max_unavailable: Option<Bound>,
    /// `max-unavailable-per-zone`: the same within one zone of the group, of its members there.
    /// Absent: no such bound. Both count. Unreadable: 1.
    pub max_unavailable_per_zone: Option<Bound>,
    /// The stack's own maximum of members that may be out, 1..=1000.
    pub maximum_unavailable: u32,
    /// `limits`: how many may be out under a name, across groups. Absent: none. Those of both
    /// count, the lesser number where both name one. Unreadable: 1; more than 20 in one tag:
    /// closed.
    pub limits: Limits,
    /// `replica-set`: sets of which at most one member is out. Absent: none named. Those of both
    /// count. Unreadable: a set by the text that it shows.
    pub replica_sets: BTreeSet<ReplicaSet>,
    /// `ready`: what must say that a relaunched instance is ready, beyond checks and targets.
    /// Absent: nothing more. All of both must say so. Unreadable: never ready.
    pub ready: BTreeSet<Gate>,
    /// `stop-alarms`: alarms that hold new acts. Absent: none. Those of both count. Unreadable: an
    /// alarm that never rests.
    pub stop_alarms: StopAlarms,
    /// `window`: when something may be opened. Absent: always, and only then; an act that wants a
    /// window of its owner's own (stop and start) can tell. Both must be open. Unreadable: never.
    pub window: Calendar,
    /// `lead`: how early. Absent: degraded hardware as soon as the cool-off is over, reboots at
    /// the first window. The later wins; unreadable: late.
    pub lead: Option<Lead>,
    /// `deadline`: whether windows give way to AWS's date. Absent: hold. Hold wins; unreadable:
    /// hold.
    pub deadline: Deadline,
    /// `drain`: what finishes its work. Absent: nothing. All of both; unreadable: never drained.
    pub drain: BTreeSet<Drain>,
    /// `drain-timeout`: how long a drain may take, 30 s to 48 h. Absent: the limits of the hook.
    /// The longer wins; unreadable: 48 h.
    pub drain_timeout: Option<SignedDuration>,
    /// `on-drain-failure`: what then. Absent: keep. Keep wins over abandon, and that over
    /// continue; unreadable: keep.
    pub on_drain_failure: OnDrainFailure,
    /// `reserve`: reserve capacity before a stop. Absent: no. Yes wins; unreadable: yes.
    pub reserve: bool,
    /// `drain-repeatable`: a drain may be sent again. Absent: no. No wins; unreadable: no.
    pub drain_repeatable: bool,
    /// `busy-expiry`: how long a report of being busy counts, 1 min to 7 d. Absent: 12 h. The
    /// longer wins; unreadable: 7 d.
    pub busy_expiry: SignedDuration,
    /// `scale-in-busy`: busy instances may go when the group scales in. Absent: no. No wins;
    /// unreadable: no.
    pub scale_in_busy: bool,
    /// `tolerance`: the preset that answers for tags which are absent. Absent: none. The lower
    /// wins; unreadable: low. A group's answers for the group's tags, and a member's, where it is
    /// lower than its group's, for the member's; then the narrower of the two counts as ever.
    ///
    /// *low*: max-unavailable 1, deadline hold, drain-timeout 48h, on-drain-failure keep,
    /// busy-expiry 12h, scale-in-busy no. *medium*: drain tag, and otherwise as low without
    /// max-unavailable. *high*: max-unavailable 10pct (never by a member's own tolerance),
    /// deadline force, drain-timeout 10m, on-drain-failure continue, busy-expiry 1h,
    /// scale-in-busy yes.
    pub tolerance: Option<Tolerance>,
}

/// Why the mode is as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModeReason {
    /// The tag on the group, or on the standalone instance, says so.
    Tag,
    /// The member's own tag lowers its group's.
    MemberTag,
    /// No tag opts it in.
    NotOptedIn,
    /// The stack's `AllowedGroups` leave it out.
    NotAllowed,
    /// The stack's `MaximumMode` is lower than the tags.
    Ceiling,
}

impl ModeReason {
    /// The reason as part of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Tag => "its tag reberth:mode says so, on the group if it has one",
            Self::MemberTag => "the member's own tag lowers its group's",
            Self::NotOptedIn => "no tag reberth:mode opts it in, on the group if it has one",
            Self::NotAllowed => "the stack's AllowedGroups leave it out",
            Self::Ceiling => "the stack's MaximumMode allows no more",
        }
    }
}

/// Until when the owner holds an instance. The order is from the earlier to the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldUntil {
    /// Until this instant, which is no longer held.
    Time(Timestamp),
    /// Until the tag can be read.
    Unreadable,
}

impl HoldUntil {
    /// Whether it still holds.
    pub fn holds(self, now: Timestamp) -> bool {
        match self {
            Self::Time(until) => now < until,
            Self::Unreadable => true,
        }
    }
}

impl fmt::Display for HoldUntil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(until) => write!(f, "until {until}"),
            Self::Unreadable => f.write_str("until its tag reberth:hold-until can be read"),
        }
    }
}

impl Policy {
    /// How many members of a group of `desired` may be out at once: what its tag says, else the
    /// surplus that its maintenance policy lets it launch first, else 1; never above the stack's
    /// maximum. `launch_first` is that surplus, absent where the group terminates first. 0 is
    /// closed.
    pub fn unavailable(&self, desired: u32, launch_first: Option<u32>) -> u32 {
        let wanted = self.max_unavailable.map(|bound| bound.of(desired));
        wanted.or(launch_first).unwrap_or(1).min(self.maximum_unavailable)
    }

    /// Whether its owner said yes to this event.
    pub fn approves(&self, event: &EventId) -> bool {
        self.approved.as_ref() == Some(event)
    }
}
