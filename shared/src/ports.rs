//! The edge: what the core asks of AWS, one narrow trait per purpose. Adapters are in `aws/`, the
//! fake world in `testing/`. Paging, batching, timeouts and SDK retries are the adapters' business.
#![allow(async_fn_in_trait, reason = "one thread per Lambda: no caller needs a Send bound")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use crate::decide::guard::{Asking, Closing, Permit};
use crate::event::hint::Hint;
use crate::ids::{GroupName, ImageId, InstanceId, TargetGroup, Zone};
use crate::ledger::{Governor, Incident, IncidentKey, Limit, Registration, Taking};
use crate::message::{Event, Message};
use crate::world::{
    AlarmState, CapacityState, CheckStatus, CommandState, Departure, Group, GroupMemory,
    ImageState, Instance, InstanceState, LastLaunch, LaunchSource, Memory, ScheduledEvent,
    TargetState, TemplateState,
};

/// A call that did not succeed: which, on what, and what class of failure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{call} on {object}: {class}: {message}")]
pub struct CloudError {
    /// The API action.
    pub call: &'static str,
    /// What it was about: an id, a group, a table.
    pub object: String,
    /// What callers branch on.
    pub class: CloudErrorClass,
    /// AWS's code and words, bounded.
    pub message: String,
}

/// Classes of failure that callers branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloudErrorClass {
    /// Too many calls.
    Throttled,
    /// Another activity is under way on the same thing (`ScalingActivityInProgress`,
    /// `ResourceContention`).
    Contended,
    /// AWS failed, or did not answer in time: the effect is unknown.
    Unavailable,
    /// The role may not.
    Denied,
    /// The thing does not exist.
    Missing,
    /// AWS refuses the request as it is.
    Rejected,
    /// EC2 has no capacity for it now (`InsufficientInstanceCapacity` and its kin).
    NoCapacity,
}

/// When a failed call is worth another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// At the next look, which decides anew.
    NextLook,
    /// Not before somebody changes something.
    Never,
}

impl CloudErrorClass {
    /// Whether and when to try again.
    pub fn retry(self) -> Retry {
        match self {
            Self::Throttled | Self::Contended | Self::Unavailable | Self::NoCapacity => {
                Retry::NextLook
            }
            Self::Denied | Self::Missing | Self::Rejected => Retry::Never,
        }
    }

    /// A stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Contended => "contended",
            Self::Unavailable => "unavailable",
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::Rejected => "rejected",
            Self::NoCapacity => "no_capacity",
        }
    }
}

impl fmt::Display for CloudErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What `DescribeInstanceStatus` says of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceStatus {
    /// The instance.
    pub id: InstanceId,
    /// Its state.
    pub state: Option<InstanceState>,
    /// Its zone.
    pub zone: Option<Zone>,
    /// The check of the host.
    pub system_status: CheckStatus,
    /// The check of the instance.
    pub instance_status: CheckStatus,
    /// Its scheduled events, past ones included.
    pub events: Vec<ScheduledEvent>,
}

/// What a group's newest scaling activities say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activities {
    /// How the newest launch ended.
    pub last_launch: LastLaunch,
    /// Terminations under way: instance and start.
    pub terminating: BTreeMap<InstanceId, Timestamp>,
}

/// AWS's clock.
pub trait Clock {
    /// The time of AWS's newest answer, carried on by the time passed since.
    fn now(&self) -> Timestamp;
}

/// `DescribeInstanceStatus`.
pub trait ReadStatus {
    /// Running instances with a scheduled event. Found by filter, so ids that EC2 has forgotten
    /// cannot fail the call.
    async fn scheduled(&self) -> Result<Vec<InstanceStatus>, CloudError>;
    /// Running instances of which a status check fails, or has not been passed yet: of all the
    /// account, in any order, and an instance perhaps twice. Found by filter.
    async fn failing_checks(&self) -> Result<Vec<InstanceStatus>, CloudError>;
    /// These instances in any state. Ids that EC2 does not know are left out.
    async fn status_of(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<InstanceStatus>, CloudError>;
}

/// `DescribeInstances` and `DescribeInstanceTypes`. Status and events of the answers are unread.
pub trait ReadInstances {
    /// The members of these groups.
    async fn members(&self, groups: &BTreeSet<GroupName>) -> Result<Vec<Instance>, CloudError>;
    /// These instances. Ids that EC2 does not know are left out.
    async fn instances(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<Instance>, CloudError>;
    /// Instances that carry our mark, `reberth:incident`, in any state but terminated.
    async fn marked(&self) -> Result<Vec<Instance>, CloudError>;
    /// Whether an instance is protected from being stopped (`disableApiStop`).
    async fn stop_protected(&self, instance: &InstanceId) -> Result<bool, CloudError>;
    /// What has become of the capacity that was reserved for an incident's instance.
    async fn capacity(&self, key: &IncidentKey) -> Result<CapacityState, CloudError>;
    /// Whether these types have instance-store volumes. Types that EC2 does not know are left out.
    async fn instance_store(
        &self,
        types: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, bool>, CloudError>;
}

/// `DescribeLaunchTemplateVersions` and `DescribeImages`.
pub trait ReadLaunch {
    /// Whether a launch source resolves.
    async fn template(&self, source: &LaunchSource) -> Result<TemplateState, CloudError>;
    /// The state of these images now.
    async fn images(
        &self,
        images: &BTreeSet<ImageId>,
        now: Timestamp,
    ) -> Result<BTreeMap<ImageId, ImageState>, CloudError>;
}

/// `DescribeAutoScalingGroups`, `DescribeScalingActivities`, `DescribeInstanceRefreshes`.
pub trait ReadGroups {
    /// Every group that carries the tag `reberth:mode`.
    async fn opted_in(&self) -> Result<Vec<Group>, CloudError>;
    /// These groups. Names that do not exist are left out.
    async fn groups(&self, names: &BTreeSet<GroupName>) -> Result<Vec<Group>, CloudError>;
    /// The newest activities of a group.
    async fn activities(&self, group: &GroupName) -> Result<Activities, CloudError>;
    /// The running instance refresh of a group.
    async fn refresh(&self, group: &GroupName) -> Result<Option<String>, CloudError>;
}

/// `DescribeTargetHealth`.
pub trait ReadTargets {
    /// The health of a target group's instances. A target group that is gone is an empty answer.
    async fn targets(
        &self,
        group: &TargetGroup,
    ) -> Result<BTreeMap<InstanceId, TargetState>, CloudError>;
}

/// `DescribeTargetGroups` with `DescribeTargetHealth`, and `DescribeLoadBalancers` of Classic Load
/// Balancers.
pub trait ReadRegistrations {
    /// Where these instances, given with their private addresses, are registered. Every one of them
    /// is in the answer.
    async fn registrations(
        &self,
        instances: &BTreeMap<InstanceId, BTreeSet<String>>,
    ) -> Result<BTreeMap<InstanceId, Departure>, CloudError>;
}

/// `DescribeAlarms`.
pub trait ReadAlarms {
    /// The state of these alarms; one that does not exist is `Missing`.
    async fn alarms(
        &self,
        names: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, AlarmState>, CloudError>;
}

/// `GetCommandInvocation`.
pub trait ReadCommands {
    /// How a readiness document fares. A command that SSM does not know yet is running.
    async fn command(
        &self,
        command: &str,
        instance: &InstanceId,
    ) -> Result<CommandState, CloudError>;
}

/// Readiness documents. They only look, and may run twice.
pub trait AskReadiness {
    /// `SendCommand`; answers the command's id.
    async fn send_document(&self, leave: &Asking) -> Result<String, CloudError>;
}

/// What takes an instance out of service and moves it. Opening acts: each needs a [`Permit`].
pub trait TakeOut {
    /// `CreateTags`: our mark, so that a sweep finds the instance even if the ledger is lost.
    async fn mark(&self, permit: &Permit) -> Result<(), CloudError>;
    /// `CreateCapacityReservation` for exactly this instance, once however often it is called, to
    /// end by itself at `until`.
    async fn reserve(
        &self,
        permit: &Permit,
        instance: &Instance,
        until: Timestamp,
    ) -> Result<(), CloudError>;
    /// `EnterStandby` with decrement of desired capacity.
    async fn enter_standby(&self, permit: &Permit) -> Result<(), CloudError>;
    /// `DeregisterTargets`, one call for each target group.
    async fn deregister(
        &self,
        permit: &Permit,
        registrations: &BTreeSet<Registration>,
    ) -> Result<(), CloudError>;
    /// `StopInstances`.
    async fn stop(&self, permit: &Permit) -> Result<(), CloudError>;
    /// `RebootInstances`.
    async fn reboot(&self, permit: &Permit) -> Result<(), CloudError>;
    /// `ModifyInstanceEventStartTime`.
    async fn reschedule(&self, permit: &Permit, to: Timestamp) -> Result<(), CloudError>;
}

/// What brings an instance back. Closing acts: each needs a [`Closing`], which asks for nothing but
/// the open incident.
pub trait BringBack {
    /// `DeleteTags` of the instance's own readiness signal, which is of its life before the stop.
    async fn forget_ready(&self, closing: &Closing) -> Result<(), CloudError>;
    /// `CreateTags`: the readiness signal again, of an instance that was not rebooted after all.
    async fn say_ready(&self, closing: &Closing) -> Result<(), CloudError>;
    /// `StartInstances`.
    async fn start(&self, closing: &Closing) -> Result<(), CloudError>;
    /// `ExitStandby`.
    async fn exit_standby(&self, closing: &Closing) -> Result<(), CloudError>;
    /// `RegisterTargets`; the registrations are of one target group.
    async fn register(
        &self,
        closing: &Closing,
        registrations: &BTreeSet<Registration>,
    ) -> Result<(), CloudError>;
    /// `CancelCapacityReservation` of every reservation that carries this incident's mark.
    async fn release_capacity(&self, closing: &Closing) -> Result<(), CloudError>;
    /// `DeleteTags`: our mark.
    async fn unmark(&self, closing: &Closing) -> Result<(), CloudError>;
}

/// What replaces members. Both opening acts need a [`Permit`], the closing one a [`Closing`].
pub trait ReplaceMembers {
    /// `TerminateInstanceInAutoScalingGroup` without decrement, of 1 to 100 members of one group.
    async fn terminate(&self, group: &GroupName, permits: &[Permit]) -> Result<(), CloudError>;
    /// `SetInstanceHealth` to Unhealthy, without the grace period.
    async fn mark_unhealthy(&self, permit: &Permit) -> Result<(), CloudError>;
    /// `SetInstanceHealth` to Healthy.
    async fn mark_healthy(&self, closing: &Closing) -> Result<(), CloudError>;
}

/// How a write to the ledger ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It stands.
    Yes,
    /// Somebody else wrote first: look again.
    LostTheRace,
    /// No slot is free in this limit.
    LimitFull(Limit),
    /// The ledger's kill switch is thrown.
    Stopped,
}

/// What the ledger remembers. Every read is strongly consistent.
pub trait ReadLedger {
    /// Everything that decisions rest on.
    async fn read(&self) -> Result<Memory, CloudError>;
    /// Incidents of one instance, closed ones included, oldest first.
    async fn incidents_of(&self, instance: &InstanceId) -> Result<Vec<Incident>, CloudError>;
}

/// The ledger. Every write is conditional.
pub trait Ledger: ReadLedger {
    /// Writes incidents whose `version` is the one that was read (0: not written yet); stores
    /// `version + 1`. Answers in the same order. Closed ones of which nobody is to be told any more
    /// leave the open ones, and get an expiry.
    async fn save(&self, incidents: &[Incident]) -> Result<Vec<Written>, CloudError>;
    /// Writes an intent, its slots and the governor in one transaction, unless the switch is
    /// thrown.
    async fn begin(
        &self,
        incident: &Incident,
        takes: &[Taking],
        governor: &Governor,
        now: Timestamp,
    ) -> Result<Written, CloudError>;
    /// Writes the intent of a second opening act, whose slots are held already, unless the switch is
    /// thrown.
    async fn proceed(&self, incident: &Incident) -> Result<Written, CloudError>;
    /// Writes an incident and frees its slots in these limits, in one transaction.
    async fn release(
        &self,
        incident: &Incident,
        freed: &BTreeSet<Limit>,
    ) -> Result<Written, CloudError>;
    /// Adds to what is remembered of a group: replica sets are united, a proven launch source
    /// replaces the one before.
    async fn remember(&self, group: &GroupName, memory: &GroupMemory) -> Result<(), CloudError>;
    /// Remembers what people were told of items that cannot be read, in place of what was remembered
    /// before.
    async fn remember_told(&self, told: &BTreeSet<String>) -> Result<(), CloudError>;
    /// Claims the one outstanding look-again; false if one at or before `due` is outstanding
    /// already.
    async fn claim_look_again(&self, due: Timestamp, now: Timestamp) -> Result<bool, CloudError>;
    /// Whether a notice was handled before.
    async fn notice_seen(&self, key: &str) -> Result<bool, CloudError>;
    /// Records that a notice was handled. After its hint is sent, never before.
    async fn record_notice(&self, key: &str, now: Timestamp) -> Result<(), CloudError>;
}

/// The maintenance queue.
pub trait SendHints {
    /// Sends a hint, to arrive after `delay_seconds` (0 to 900).
    async fn send(&self, hint: &Hint, delay_seconds: u32) -> Result<(), CloudError>;
}

/// The dead-letter queue of the function itself: what nobody can use, with the reason.
pub trait BuryMessages {
    /// Sends a message with its reason.
    async fn bury(&self, message: &str, reason: &str) -> Result<(), CloudError>;
}

/// The topic that people read.
pub trait TellPeople {
    /// `Publish`: one message, in the words of each protocol.
    async fn tell(&self, message: &Message) -> Result<(), CloudError>;
}

/// The event bus that programs read.
pub trait PublishEvents {
    /// `PutEvents`. Answers for each, in the same order, whether the bus took it.
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), CloudError>>;
}
