//! Why: a closed set with stable codes, a sentence, and the cure where something is held.

use std::fmt;

use jiff::Timestamp;

use crate::ids::{ImageId, InstanceId, ReplicaSet, Zone};
use crate::ledger::Limit;
use crate::world::EventCode;

/// The code of a hold that is found again by it at the next look.
pub const NOTICE_OVER: &str = "notice_over";

/// The code of another such hold.
pub const REFUSED: &str = "refused";

/// Why a plan is as it is. The data make the sentence; the code is what logs, metrics and alarms
/// rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each variant is documented by its sentence below and in docs/reasons.md"
)]
pub enum Reason {
    // Acting, or about to.
    Due(EventCode),
    TriedAgain,
    Observe,
    AwaitingApproval,
    OwnerAskedToNotify,
    CodeUnknown(EventCode),
    // Under way.
    OtherEventFirst,
    NoPositiveLook,
    IntentInDoubt,
    Launching,
    WaitingForChecks(InstanceId),
    WaitingForTargets(InstanceId),
    WaitingForReady(InstanceId),
    WaitingForGroup { units: u32, desired: u32 },
    WaitingForTenMinutes,
    WaitingForSixtyMinutes,
    TookEffect,
    Serving(InstanceId),
    StillClean(InstanceId),
    // Over.
    EventOver,
    GroupScaledIn,
    Verified(InstanceId),
    BadHost(InstanceId),
    InstanceGone,
    AwsActedFirst,
    // Not ours to act on.
    NotOptedIn,
    GroupNotAllowed,
    // Held by the owner's word.
    KillSwitch,
    HoldUntil(Timestamp),
    HoldUntilUnreadable,
    CoolOff(Timestamp),
    NoticeOver(Timestamp),
    OutsideWindow(Option<Timestamp>),
    WaitingForLateWindow(Timestamp),
    StopAlarmsUnread,
    // Held by the state of the instance.
    Busy(Timestamp),
    ProtectedFromScaleIn,
    NotInService(String),
    OperatorManaged(String),
    Owned(&'static str),
    Standby,
    NoStandbyRoom { desired: u32, minimum: u32 },
    InstanceStoreVolumes,
    InstanceStoreUnknown,
    Spot,
    CapacityBlock,
    ScheduledInstance,
    DedicatedHost,
    ClusterPlacementGroup,
    StopProtected,
    AutoAssignedAddress,
    RebootDoesNotClear,
    AwsIsActing,
    // Held by the state of the group.
    GroupBeingDeleted,
    ProcessSuspended { process: String, by: String },
    RefreshRunning(String),
    ZonesUnbalanced,
    ZoneImpaired(Zone),
    TerminateHookUnanswered { instance: InstanceId, since: Timestamp },
    OthersOut { out: u32, tolerated: u32 },
    ReplicaSetOut { set: ReplicaSet, out: u32 },
    ReplicaSetTagMissing(InstanceId),
    NoReadinessGate(String),
    GateUnread(String),
    SmallGroup(u32),
    ImageGone(ImageId),
    ImageDeprecated(ImageId),
    TemplateMissing(String),
    LastLaunchFailed(String),
    // Held by limits.
    LimitFull { limit: Limit, capacity: u32 },
    Governor { per_hour: u32, next: Option<Timestamp> },
    FirstOneAlone,
    // Held by us.
    AttemptsExhausted(u32),
    LaunchFirstDidNotLaunch,
    NothingHappened,
    NotCarriedOutYet(&'static str),
    Refused(Timestamp),
    LostTheRace,
    CallFailed(String),
}

impl Reason {
    /// When a hold ends by itself, where that is known.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::CoolOff(at)
            | Self::HoldUntil(at)
            | Self::Busy(at)
            | Self::WaitingForLateWindow(at)
            | Self::OutsideWindow(Some(at))
            | Self::Governor { next: Some(at), .. } => Some(*at),
            _ => None,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Due(_) => "due",
            Self::TriedAgain => "tried_again",
            Self::Observe => "observe",
            Self::AwaitingApproval => "awaiting_approval",
            Self::OwnerAskedToNotify => "owner_asked_to_notify",
            Self::CodeUnknown(_) => "event_code_unknown",
            Self::OtherEventFirst => "other_event_first",
            Self::NoPositiveLook => "no_positive_look",
            Self::IntentInDoubt => "intent_in_doubt",
            Self::Launching => "launching",
            Self::WaitingForChecks(_) => "waiting_for_checks",
            Self::WaitingForTargets(_) => "waiting_for_targets",
            Self::WaitingForReady(_) => "waiting_for_ready",
            Self::WaitingForGroup { .. } => "waiting_for_group",
            Self::WaitingForTenMinutes => "waiting_for_ten_minutes",
            Self::WaitingForSixtyMinutes => "waiting_for_sixty_minutes",
            Self::TookEffect => "took_effect",
            Self::Serving(_) => "serving",
            Self::StillClean(_) => "still_clean",
            Self::EventOver => "event_over",
            Self::GroupScaledIn => "group_scaled_in",
            Self::Verified(_) => "verified",
            Self::BadHost(_) => "bad_host",
            Self::InstanceGone => "instance_gone",
            Self::AwsActedFirst => "aws_acted_first",
            Self::NotOptedIn => "not_opted_in",
            Self::GroupNotAllowed => "group_not_allowed",
            Self::KillSwitch => "kill_switch",
            Self::HoldUntil(_) => "hold_until",
            Self::HoldUntilUnreadable => "hold_until_unreadable",
            Self::CoolOff(_) => "cool_off",
            Self::NoticeOver(_) => NOTICE_OVER,
            Self::OutsideWindow(_) => "outside_window",
            Self::WaitingForLateWindow(_) => "waiting_for_late_window",
            Self::StopAlarmsUnread => "stop_alarms_unread",
            Self::Busy(_) => "busy",
            Self::ProtectedFromScaleIn => "protected_from_scale_in",
            Self::NotInService(_) => "not_in_service",
            Self::OperatorManaged(_) => "operator_managed",
            Self::Owned(owner) => owner,
            Self::Standby => "in_standby",
            Self::NoStandbyRoom { .. } => "no_standby_room",
            Self::InstanceStoreVolumes => "instance_store_volumes",
            Self::InstanceStoreUnknown => "instance_store_unknown",
            Self::Spot => "spot",
            Self::CapacityBlock => "capacity_block",
            Self::ScheduledInstance => "scheduled_instance",
            Self::DedicatedHost => "dedicated_host",
            Self::ClusterPlacementGroup => "cluster_placement_group",
            Self::StopProtected => "stop_protected",
            Self::AutoAssignedAddress => "auto_assigned_address",
            Self::RebootDoesNotClear => "reboot_does_not_clear",
            Self::AwsIsActing => "aws_is_acting",
            Self::GroupBeingDeleted => "group_being_deleted",
            Self::ProcessSuspended { .. } => "process_suspended",
            Self::RefreshRunning(_) => "refresh_running",
            Self::ZonesUnbalanced => "zones_unbalanced",
            Self::ZoneImpaired(_) => "zone_impaired",
            Self::TerminateHookUnanswered { .. } => "terminate_hook_unanswered",
            Self::OthersOut { .. } => "others_out",
            Self::ReplicaSetOut { .. } => "replica_set_out",
            Self::ReplicaSetTagMissing(_) => "replica_set_tag_missing",
            Self::NoReadinessGate(_) => "no_readiness_gate",
            Self::GateUnread(_) => "gate_unread",
            Self::SmallGroup(_) => "small_group",
            Self::ImageGone(_) => "image_gone",
            Self::ImageDeprecated(_) => "image_deprecated",
            Self::TemplateMissing(_) => "template_missing",
            Self::LastLaunchFailed(_) => "last_launch_failed",
            Self::LimitFull { .. } => "limit_full",
            Self::Governor { .. } => "governor",
            Self::FirstOneAlone => "first_one_alone",
            Self::AttemptsExhausted(_) => "attempts_exhausted",
            Self::NothingHappened => "nothing_happened",
            Self::LaunchFirstDidNotLaunch => "launch_first_did_not_launch",
            Self::NotCarriedOutYet(_) => "not_carried_out_yet",
            Self::Refused(_) => REFUSED,
            Self::LostTheRace => "lost_the_race",
            Self::CallFailed(_) => "call_failed",
        }
    }
}

impl fmt::Display for Reason {
    #[allow(clippy::too_many_lines, reason = "one sentence per reason, read as a table")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Due(code) => {
                write!(f, "AWS scheduled {} and nothing is in the way", code.as_str())
            }
            Self::TriedAgain => f.write_str("an earlier try left no trace, so it is tried again"),
            Self::Observe => f.write_str("the mode is observe, which changes nothing"),
            Self::AwaitingApproval => f.write_str("the mode is approve and nobody said yes yet"),
            Self::OwnerAskedToNotify => f.write_str("its owner asked only to be told"),
            Self::CodeUnknown(code) => {
                write!(f, "`{}` is an event code whose cure is not known", code.as_str())
            }
            Self::OtherEventFirst => f.write_str("another event of the same instance comes first"),
            Self::NoPositiveLook => f.write_str("EC2 did not say anything about it in this look"),
            Self::IntentInDoubt => {
                f.write_str("an act was just started and its effect is not visible yet")
            }
            Self::Launching => f.write_str("Auto Scaling has not launched the replacement yet"),
            Self::WaitingForChecks(new) => write!(f, "{new} has not passed two of two checks yet"),
            Self::WaitingForTargets(new) => {
                write!(f, "{new} is not healthy in its target groups yet")
            }
            Self::WaitingForReady(new) => write!(f, "{new} has not said that it is ready"),
            Self::WaitingForGroup { units, desired } => {
                write!(f, "the group has {units} of {desired} capacity units in service")
            }
            Self::WaitingForTenMinutes => {
                f.write_str("it serves; the look at 10 minutes is to come")
            }
            Self::WaitingForSixtyMinutes => {
                f.write_str("it serves; the look at 60 minutes is to come")
            }
            Self::TookEffect => f.write_str("the act took effect"),
            Self::Serving(new) => write!(f, "{new} serves in its place"),
            Self::StillClean(new) => write!(f, "EC2 shows no event for {new} ten minutes later"),
            Self::EventOver => f.write_str("EC2 shows the event completed, cancelled or no more"),
            Self::GroupScaledIn => {
                f.write_str("it has left, and its group wants no other in its place")
            }
            Self::Verified(new) => write!(f, "EC2 shows no event for {new} an hour later"),
            Self::BadHost(new) => write!(f, "{new} landed on a host with an event of its own"),
            Self::InstanceGone => f.write_str("the instance is gone, and not by our hand"),
            Self::AwsActedFirst => f.write_str("its date came and AWS acted"),
            Self::NotOptedIn => {
                f.write_str("it is not opted in: no tag reberth:mode, or the value off")
            }
            Self::GroupNotAllowed => {
                f.write_str("its group is not among the stack's allowed groups")
            }
            Self::KillSwitch => f.write_str("the kill switch is thrown"),
            Self::HoldUntil(until) => write!(f, "its owner holds it until {until}"),
            Self::HoldUntilUnreadable => f.write_str("its tag reberth:hold-until cannot be read"),
            Self::NoticeOver(until) => {
                write!(f, "AWS Health says that it is over; EC2 has until {until} to say so too")
            }
            Self::CoolOff(until) => write!(f, "owners have until {until} to object"),
            Self::OutsideWindow(Some(next)) => write!(f, "its window opens at {next}"),
            Self::OutsideWindow(None) => f.write_str("its window never opens"),
            Self::WaitingForLateWindow(at) => write!(f, "its owner wants it late, from {at}"),
            Self::StopAlarmsUnread => {
                f.write_str("its stop-alarms are not read yet by this version")
            }
            Self::Busy(until) => {
                write!(f, "it reported itself busy, until {until} unless it renews")
            }
            Self::ProtectedFromScaleIn => f.write_str("it is protected from scale-in"),
            Self::NotInService(state) => write!(f, "it is {state}, not InService"),
            Self::OperatorManaged(principal) => write!(f, "{principal} manages it"),
            Self::Owned(owner) => write!(f, "another AWS service replaces it ({owner})"),
            Self::Standby => f.write_str("somebody put it into standby"),
            Self::NoStandbyRoom { desired, minimum } => {
                write!(f, "standby would take desired {desired} below the minimum {minimum}")
            }
            Self::InstanceStoreVolumes => {
                f.write_str("its type has instance-store volumes, which a stop erases")
            }
            Self::InstanceStoreUnknown => {
                f.write_str("whether its type has instance-store volumes is not known")
            }
            Self::Spot => f.write_str("it is a Spot instance"),
            Self::CapacityBlock => f.write_str("it runs in a capacity block"),
            Self::ScheduledInstance => f.write_str("it is a scheduled instance"),
            Self::DedicatedHost => {
                f.write_str("it runs on a Dedicated Host, to which it would return")
            }
            Self::ClusterPlacementGroup => f.write_str(
                "it may be in a cluster placement group, which may have no room to return",
            ),
            Self::StopProtected => f.write_str("it is protected from being stopped"),
            Self::AutoAssignedAddress => f.write_str(
                "its public address was assigned automatically and a stop would change it",
            ),
            Self::RebootDoesNotClear => {
                f.write_str("a reboot by its owner would not clear this event")
            }
            Self::AwsIsActing => f.write_str("AWS's date has come"),
            Self::GroupBeingDeleted => f.write_str("its group is being deleted"),
            Self::ProcessSuspended { process, by } => {
                write!(f, "the process {process} of its group is suspended ({by})")
            }
            Self::RefreshRunning(id) => write!(f, "instance refresh {id} is running in its group"),
            Self::ZonesUnbalanced => f.write_str("its group is out of balance between zones"),
            Self::ZoneImpaired(zone) => write!(f, "most members in {zone} fail"),
            Self::TerminateHookUnanswered { instance, since } => {
                write!(f, "{instance} has waited for a termination hook since {since}")
            }
            Self::OthersOut { out, tolerated } => {
                write!(f, "{out} other members of its group are out, more than {tolerated}")
            }
            Self::ReplicaSetOut { set, out } => {
                write!(f, "{out} other members of replica set {set} are out")
            }
            Self::ReplicaSetTagMissing(new) => {
                write!(f, "the replacement {new} has not named its replica set yet")
            }
            Self::NoReadinessGate(whose) => {
                write!(f, "no readiness gate tells when {whose} is whole again")
            }
            Self::GateUnread(gate) => {
                write!(f, "the readiness gate {gate} is not read yet by this version")
            }
            Self::SmallGroup(desired) => {
                write!(f, "a group of {desired} would lose too much to a replacement")
            }
            Self::ImageGone(image) => write!(f, "launch doubtful: the image {image} is gone"),
            Self::ImageDeprecated(image) => {
                write!(f, "launch doubtful: the image {image} is deprecated")
            }
            Self::TemplateMissing(message) => {
                write!(f, "launch doubtful: the launch template does not resolve ({message})")
            }
            Self::LastLaunchFailed(message) => {
                write!(f, "launch doubtful: the last launch failed ({message})")
            }
            Self::LimitFull { limit, capacity } => {
                write!(f, "the limit {limit} has no room (capacity {capacity} now)")
            }
            Self::Governor { per_hour, .. } => {
                write!(f, "{per_hour} opening acts were started within the hour")
            }
            Self::FirstOneAlone => {
                f.write_str("the first replacement from this launch source goes alone")
            }
            Self::AttemptsExhausted(attempts) => {
                write!(f, "{attempts} attempts landed on hosts with events of their own")
            }
            Self::NothingHappened => f.write_str(
                "Auto Scaling took the call and let the member serve on for ten minutes",
            ),
            Self::LaunchFirstDidNotLaunch => {
                f.write_str("Auto Scaling launched nothing within ten minutes")
            }
            Self::NotCarriedOutYet(answer) => {
                write!(f, "this version decides {answer} but cannot carry it out")
            }
            Self::Refused(until) => {
                write!(f, "AWS refused the act; it is not tried again before {until}")
            }
            Self::LostTheRace => f.write_str("another run changed the ledger first"),
            Self::CallFailed(error) => write!(f, "a call failed: {error}"),
        }
    }
}
