//! What is asked only when an instance is about to leave service, or to come back: where it is
//! registered, whether it may be stopped, what alarms and readiness documents say.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::TargetGroup;
use crate::ledger::Registration;

/// The answers about one instance that is about to leave service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Departure {
    /// Its registrations by instance id, which can be taken down and restored.
    pub registrations: BTreeSet<Registration>,
    /// Target groups that know it by an address of its own.
    pub by_address: BTreeSet<TargetGroup>,
    /// Classic Load Balancers that know it.
    pub classic: BTreeSet<String>,
    /// Why the calls were not answered; absent where they were. It holds this instance and no
    /// other.
    pub unanswered: Option<String>,
}

/// What has become of the capacity that was reserved for an instance. A reservation that is open to
/// all that match it may be taken by another one that runs already (EC2 doc "Create a Capacity
/// Reservation", read 2026-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CapacityState {
    /// The instance runs in it, or a place in it is free.
    Held,
    /// It is not active yet.
    Pending,
    /// Others run in it.
    Taken,
    /// There is none.
    Missing,
}

/// `StateValue` of a `CloudWatch` alarm (AWS doc `API_MetricAlarm`, read 2026-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// `OK`, since when, where that is known.
    Ok(Option<Timestamp>),
    /// `ALARM`.
    Alarm,
    /// `INSUFFICIENT_DATA`, or a word that was not used when this was written.
    InsufficientData,
    /// No alarm has the name.
    Missing,
    /// `CloudWatch` did not answer.
    Unanswered,
}

impl AlarmState {
    /// `CloudWatch`'s word, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok(_) => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
            Self::Missing => "missing",
            Self::Unanswered => "unanswered",
        }
    }
}

/// `Status` of an SSM command on one instance (AWS doc `API_GetCommandInvocation`, read 2026-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandState {
    /// On its way, running, or not known to SSM yet.
    Running,
    /// It succeeded.
    Succeeded,
    /// It ended in any other way.
    Failed,
}
