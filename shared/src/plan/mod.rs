//! What a look leads to: one plan per subject, each with its reason.

pub mod reason;

pub use reason::Reason;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{GroupName, InstanceId};
use crate::ledger::{IncidentKey, Outcome, Taking};
use crate::world::EventCode;

/// How a group replaces a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Terminate through the group without decrement; its hooks and drains run; the group launches
    /// another.
    TerminateFirst,
    /// Mark unhealthy: the group launches another, and terminates this one when that serves.
    LaunchFirst,
}

/// What clears a scheduled event, were nothing in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Replace a member through its group.
    Replace(Order),
    /// Let AWS do it: a member waits in standby meanwhile, a standalone instance where it is.
    Ride,
    /// Stop and start: a new host, the same disks.
    StopStart,
    /// Reboot, where that migrates.
    Reboot,
    /// Ask AWS for another time, one that lies in the owner's window.
    Reschedule(Timestamp),
    /// Tell people; nothing more.
    Notify,
}

impl Answer {
    /// A stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Replace(_) => "replace",
            Self::Ride => "ride",
            Self::StopStart => "stop_start",
            Self::Reboot => "reboot",
            Self::Reschedule(_) => "reschedule",
            Self::Notify => "notify",
        }
    }
}

/// What to do about one subject now. One step per look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An opening act: start it, if the guard permits.
    Open(Opening),
    /// What would be done, were the mode `enforce` or a yes given.
    Propose(Answer),
    /// Tell people; nothing will be done.
    Notify,
    /// Not now, and why; what would be done otherwise, where that is known.
    Hold(Option<Answer>),
    /// Under way: look again later.
    Wait,
    /// A fact to write down.
    Record(Progress),
    /// A closing act: Auto Scaling launched nothing, so the member that we marked unhealthy is
    /// marked healthy again. With an outcome the incident is over; without one it is decided
    /// anew, one attempt further.
    TakeBack(Option<Outcome>),
    /// An intent that left no trace and is not wanted any more: its slots are freed.
    Withdraw,
    /// Nothing is left to do.
    Close(Outcome),
}

/// An opening act with the slots that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What is opened. Only `replace` can be carried out today.
    pub order: Order,
    /// The slots it takes, in one transaction with its intent.
    pub takes: Vec<Taking>,
    /// What the group launches from, for the first-one-alone rule.
    pub source: String,
    /// The preflight's answers stood behind the decision. Without them nothing is opened.
    pub asked: bool,
    /// It was intended before and neither call nor effect is seen: the slots are already held.
    pub again: bool,
}

/// A fact about an act under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The opening act took effect.
    TookEffect,
    /// The replacement serves: the slots are free.
    Serving(InstanceId),
    /// EC2 shows no event for the replacement ten minutes later.
    CleanAtTen,
}

/// What one look leads to for one subject, and why. Every subject has exactly one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The incident it is about.
    pub key: IncidentKey,
    /// The instance's group, if it has one.
    pub group: Option<GroupName>,
    /// What AWS scheduled, for incidents that are not written yet.
    pub code: EventCode,
    /// AWS's date.
    pub not_before: Option<Timestamp>,
    /// What to do.
    pub step: Step,
    /// Why.
    pub reason: Reason,
    /// When another look is worth its cost. Only an optimisation of the sweep.
    pub look_again: Option<Timestamp>,
}

impl Plan {
    /// The stable code of what is done or would be done.
    pub fn action(&self) -> &'static str {
        match &self.step {
            Step::Open(_) => "replace",
            Step::Propose(answer) => answer.code(),
            Step::Notify => "notify",
            Step::Hold(_) => "hold",
            Step::Wait => "wait",
            Step::Record(_) => "record",
            Step::TakeBack(_) => "take_back",
            Step::Withdraw => "withdraw",
            Step::Close(_) => "close",
        }
    }
}

/// A plan whose step is still to be decided.
#[derive(Debug, Clone)]
pub struct PlanDraft {
    key: IncidentKey,
    group: Option<GroupName>,
    code: EventCode,
    not_before: Option<Timestamp>,
}

impl PlanDraft {
    /// A draft for an incident whose event may not be listed any more.
    pub fn new(
        key: IncidentKey,
        group: Option<GroupName>,
        code: EventCode,
        not_before: Option<Timestamp>,
    ) -> Self {
        Self { key, group, code, not_before }
    }

    /// The plan.
    pub fn step(self, step: Step, reason: Reason, look_again: Option<Timestamp>) -> Plan {
        let Self { key, group, code, not_before } = self;
        Plan { key, group, code, not_before, step, reason, look_again }
    }
}
