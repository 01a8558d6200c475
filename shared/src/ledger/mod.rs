//! What must be remembered because no describe call returns it: incidents, the slots they hold, the
//! governor.
//!
//! Types and legal transitions; the table's layout is in `aws/dynamodb.rs`. The rule of every
//! transition is *intent before the act, outcome after*: a crash between any two calls leaves a
//! phase from which the next look goes on.

pub mod absence;
pub mod format;
pub mod incident;
pub mod limit;
pub mod notification;
#[cfg(test)]
mod tests;

pub use absence::{Absence, Back, Left, Registration, Returns};
pub use format::{About, Unknown, Unread, Why};
pub use incident::{Decided, Entry, Incident, IncidentKey, Intent, Kept, Outcome, Phase, Probe};
pub use limit::{Limit, Taking};
pub use notification::{Channel, Notification, Standing};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// An intent without an outcome is not issued again before this time has passed: describe calls are
/// stale for up to a minute (AWS doc on eventual consistency, read 2026-11), and a call may still
/// be under way.
pub const INTENT_IN_DOUBT: SignedDuration = SignedDuration::from_secs(90);

/// When opening acts were started, to hold them to so many per hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Governor {
    /// Starts of the last hour, oldest first. Older ones are dropped when the next is added.
    pub acts: Vec<Timestamp>,
    /// Counts the writes; the condition of the next one.
    pub version: u64,
}

impl Governor {
    /// Opening acts started within the hour before `now`.
    pub fn within_the_hour(&self, now: Timestamp) -> usize {
        let hour = SignedDuration::from_hours(1);
        self.acts.iter().filter(|act| now.duration_since(**act) < hour).count()
    }

    /// When the oldest act of the last hour falls out of it.
    pub fn next_free(&self, now: Timestamp) -> Option<Timestamp> {
        let hour = SignedDuration::from_hours(1);
        let oldest = self.acts.iter().find(|act| now.duration_since(**act) < hour)?;
        oldest.checked_add(hour).ok()
    }

    /// The governor after one more act.
    #[must_use]
    pub fn with_act(&self, now: Timestamp) -> Self {
        let hour = SignedDuration::from_hours(1);
        let mut acts: Vec<_> =
            self.acts.iter().copied().filter(|act| now.duration_since(*act) < hour).collect();
        acts.push(now);
        Self { acts, version: self.version + 1 }
    }
}
