//! An absence: an instance out of service by our hand that is to come back as itself.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{INTENT_IN_DOUBT, Unknown};
use crate::ids::{EventId, InstanceId, TargetGroup};
use crate::plan::InPlace;

/// What was opened for an instance that stays itself, and all that is needed to undo it. Written
/// before the first call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Absence {
    /// What is done while it is away.
    pub how: InPlace,
    /// AWS's clock when it was written.
    pub at: Timestamp,
    /// Which service it left.
    pub left: Left,
    /// AWS's date, as seen then; absent where AWS gave none.
    pub date: Option<Timestamp>,
    /// When it was launched last, as seen then: a newer time means that it was stopped and started
    /// since. Absent where EC2 did not say.
    pub launched_before: Option<Timestamp>,
    /// Its scheduled events then. A stop and start clears all of them, and EC2 lists them on for up
    /// to an hour.
    pub events: BTreeSet<EventId>,
    /// When it was first seen out of service, riding; absent before that, and otherwise always.
    pub out_since: Option<Timestamp>,
    /// When the stop or the reboot was intended; absent before that, and always while riding.
    pub struck: Option<Timestamp>,
    /// When EC2 last took the call that reboots or starts it; absent before that.
    pub taken: Option<Timestamp>,
    /// Capacity was reserved for it.
    pub reserves: bool,
    /// Its readiness signal is taken away before AWS's reboot, and put back where that does not
    /// come. Always false where it is rebooted by us.
    #[serde(default)]
    pub said_ready: bool,
    /// That was taken away. Once is enough: what it says later is of its life after. Of our own
    /// reboot: it was taken away, and EC2 did not take the call.
    #[serde(default)]
    pub ready_forgotten: bool,
    /// When it was first seen stopped while it was away; absent where it was not.
    #[serde(default)]
    pub stopped: Option<Timestamp>,
    /// What a newer version adds.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// Which service an instance left.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "service", rename_all = "snake_case")]
pub enum Left {
    /// Its group, for standby; the group's capacity as it was before.
    Group {
        /// Desired capacity, to be lowered by exactly this one.
        desired: u32,
        /// Least capacity.
        minimum: u32,
        /// Greatest capacity.
        maximum: u32,
        /// Members seen then.
        members: BTreeSet<InstanceId>,
    },
    /// The target groups it was registered with by its id; none means that there was nothing to
    /// take down.
    Targets {
        /// The registrations, to be restored.
        registrations: BTreeSet<Registration>,
    },
    /// Nobody remembers: it was found by its mark, and the ledger knew nothing of it.
    Unknown,
}

/// An instance's registration with a target group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Registration {
    /// The target group.
    pub target_group: TargetGroup,
    /// The port, 1 to 65535; absent where the target group's own is meant.
    pub port: Option<u16>,
}

impl Absence {
    /// The registrations that were taken down.
    pub fn registrations(&self) -> impl Iterator<Item = &Registration> {
        let taken = match &self.left {
            Left::Targets { registrations } => Some(registrations),
            Left::Group { .. } | Left::Unknown => None,
        };
        taken.into_iter().flatten()
    }

    /// The target groups it is to be registered with again.
    pub fn target_groups(&self) -> BTreeSet<TargetGroup> {
        self.registrations().map(|registration| registration.target_group.clone()).collect()
    }

    /// The last opening act may still be under way, unseen.
    pub fn in_doubt(&self, now: Timestamp) -> bool {
        let last = self.struck.map_or(self.at, |struck| struck.max(self.at));
        now.duration_since(last) < INTENT_IN_DOUBT
    }

    /// EC2 has launched it anew since.
    pub fn launched_again(&self, launched_at: Option<Timestamp>) -> bool {
        launched_at.is_some_and(|now| self.launched_before.is_some_and(|before| now > before))
    }
}

/// How an absence ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// Done: it comes back moved, or AWS has done its work.
    Moved,
    /// Nobody wants it any more: an owner's word, a switch, a cancelled event.
    Unwanted,
    /// It did not come about: a refused call, somebody else's hand. An attempt.
    Failed,
}

/// An instance that serves again, until EC2 has shown it clean.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Back {
    /// What was done while it was away.
    pub how: InPlace,
    /// Since when it serves.
    pub since: Timestamp,
    /// The first clean look, ten minutes later or more.
    pub clean_at_ten: Option<Timestamp>,
    /// The events that it had when it left, which EC2 lists on for up to an hour.
    pub events: BTreeSet<EventId>,
    /// What a newer version adds.
    #[serde(flatten)]
    pub unknown: Unknown,
}
