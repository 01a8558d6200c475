//! What a look leads to: one plan per subject, each with its reason.

pub mod reason;

pub use reason::Reason;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{GroupName, InstanceId};
use crate::ledger::{IncidentKey, Outcome, Returns, Taking};
use crate::world::EventCode;

/// How a group replaces a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Terminate through the group without decrement; its hooks and drains run; the group launches
    /// another.
    TerminateFirst,
    /// Mark unhealthy: the group launches another, and terminates this one when that serves.
    LaunchFirst,
}

/// What is done to an instance that stays itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InPlace {
    /// Nothing: AWS does it, while the instance stands aside.
    Ride,
    /// Stop and start: a new host, the same disks.
    StopStart,
    /// Reboot, where that migrates.
    Reboot,
}

impl InPlace {
    /// A stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ride => "ride",
            Self::StopStart => "stop_start",
            Self::Reboot => "reboot",
        }
    }
}

/// What an opening act opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The group replaces its member.
    Replace(Order),
    /// The instance leaves service and comes back as itself.
    InPlace(InPlace),
    /// AWS is asked for another date.
    Reschedule(Timestamp),
}

/// What clears a scheduled event, were nothing in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Act.
    Act(Way),
    /// Tell people; nothing more.
    Notify,
}

impl Answer {
    /// Replace a member through its group.
    pub fn replace(order: Order) -> Self {
        Self::Act(Way::Replace(order))
    }

    /// Let AWS do it: a member waits in standby meanwhile, a standalone instance out of its target
    /// groups.
    pub const RIDE: Self = Self::Act(Way::InPlace(InPlace::Ride));
    /// Stop and start.
    pub const STOP_START: Self = Self::Act(Way::InPlace(InPlace::StopStart));
    /// Reboot.
    pub const REBOOT: Self = Self::Act(Way::InPlace(InPlace::Reboot));

    /// What is done to an instance that stays itself, if that is the answer.
    pub fn in_place(self) -> Option<InPlace> {
        match self {
            Self::Act(Way::InPlace(how)) => Some(how),
            Self::Act(Way::Replace(_) | Way::Reschedule(_)) | Self::Notify => None,
        }
    }

    /// A stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Act(way) => way.code(),
            Self::Notify => "notify",
        }
    }
}

impl Way {
    /// A stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Replace(_) => "replace",
            Self::InPlace(how) => how.code(),
            Self::Reschedule(_) => "reschedule",
        }
    }
}

/// What to do about one subject now. One step per look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An opening act: start it, if the guard permits.
    Open(Opening),
    /// A second opening act, of an instance that is out of service by the first: stop or reboot it,
    /// if the guard permits.
    Strike {
        /// Which of the two.
        how: InPlace,
        /// The facts were read again directly before. Without that nothing is opened.
        asked: bool,
    },
    /// What was opened is not wanted any more, or is done: from here on only closing acts follow.
    TurnBack(Returns),
    /// A closing act, on the way back into service.
    Restore(Restore),
    /// Ask an instance by a document whether it is ready.
    Ask {
        /// The instance that is to serve.
        instance: InstanceId,
        /// The SSM document.
        document: String,
    },
    /// Found by its mark, and the ledger knew nothing of it: take it on as one that returns.
    Adopt,
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
    /// What is opened.
    pub way: Way,
    /// The slots it takes, in one transaction with its intent.
    pub takes: Vec<Taking>,
    /// What the group launches from, for the first-one-alone rule; empty where nothing is launched.
    pub source: String,
    /// The preflight's answers stood behind the decision. Without them nothing is opened.
    pub asked: bool,
    /// It was intended before and neither call nor effect is seen: the slots are already held.
    pub again: bool,
}

/// What brings an instance back into service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restore {
    /// `DeleteTags`: before AWS's reboot, what it says of its readiness, which is of its life before.
    ForgetReady,
    /// `StartInstances`.
    Start,
    /// `ExitStandby`.
    ExitStandby,
    /// `RegisterTargets`.
    Register,
}

/// A fact about an act under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The opening act took effect.
    TookEffect,
    /// The replacement serves: the slots are free.
    Serving(InstanceId),
    /// It stands aside, and AWS's work is awaited.
    Out,
    /// EC2 shows no event for the replacement ten minutes later.
    CleanAtTen,
    /// The instance itself serves again: the slots are free. With `Moved` it is to be shown clean,
    /// otherwise it is decided anew.
    Back(Returns),
    /// EC2 still lists the event 90 minutes later: it is decided anew, one attempt further.
    StillListed,
    /// AWS took the other date, or did not within its time.
    Rescheduled {
        /// It did.
        taken: bool,
    },
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
            Step::Open(opening) => opening.way.code(),
            Step::Strike { how: InPlace::Reboot, .. } => "reboot",
            Step::Strike { .. } => "stop",
            Step::TurnBack(_) => "turn_back",
            Step::Restore(Restore::ForgetReady) => "forget_ready",
            Step::Restore(Restore::Start) => "start",
            Step::Restore(Restore::ExitStandby) => "exit_standby",
            Step::Restore(Restore::Register) => "register",
            Step::Ask { .. } => "ask_readiness",
            Step::Adopt => "adopt",
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
