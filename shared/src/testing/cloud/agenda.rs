//! What the world has coming, in the order of the virtual clock.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ids::{EventId, GroupName, InstanceId};

/// Something that happens by itself when its time comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Happening {
    /// Auto Scaling looks at a group.
    Settle(GroupName),
    /// A launched member runs and is in service.
    InService(InstanceId),
    /// Both status checks pass.
    ChecksPass(InstanceId),
    /// Its targets take requests.
    TargetsHealthy(InstanceId),
    /// Its application says so, and names its replica set.
    Ready(InstanceId),
    /// A termination ends.
    Terminated(InstanceId),
    /// EC2 does not know the id any more.
    Forgotten(InstanceId),
    /// AWS's date.
    Due(InstanceId, EventId),
    /// EC2's description catches up with what is so.
    Described(InstanceId, EventId, &'static str),
}

/// Happenings by their time; those of the same time in the order in which they were noted.
#[derive(Debug, Clone, Default)]
pub(super) struct Agenda {
    noted: u64,
    coming: BTreeMap<(Timestamp, u64), Happening>,
}

impl Agenda {
    /// Notes a happening.
    pub fn note(&mut self, at: Timestamp, happening: Happening) {
        self.noted += 1;
        self.coming.insert((at, self.noted), happening);
    }

    /// Takes the next happening that is due at or before a time.
    pub fn take(&mut self, until: Timestamp) -> Option<(Timestamp, Happening)> {
        let entry = self.coming.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), happening) = entry.remove_entry();
        Some((at, happening))
    }
}
