//! Why: a closed set, one entry each: what it carries, its stable code, its sentence, and its cure.

use std::fmt;

use jiff::Timestamp;

use crate::ids::{GroupName, ImageId, InstanceId, ReplicaSet, TargetGroup, Zone};
use crate::ledger::{Limit, Why};
use crate::world::EventCode;

/// The code of a hold that is known again by it at the next look.
pub const NOTICE_OVER: &str = "notice_over";

/// The code of another such hold.
pub const REFUSED: &str = "refused";

/// Makes [`Reason`] of its table, so that nothing about a reason stands anywhere else.
macro_rules! reasons {
    ($(
        $name:ident $( ( $value:ident : $of:ty ) )? $( { $($field:ident : $kind:ty),+ } )?
            = $code:expr, $sentence:literal, $cure:literal;
    )+) => {
        /// Why a plan is as it is. The values make the sentence; the code is what logs, metrics and
        /// alarms rest on.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is documented by its sentence")]
        pub enum Reason {
            $( $name $( ( $of ) )? $( { $($field: $kind),+ } )?, )+
        }

        #[allow(unused_variables, reason = "a code and a cure need no values")]
        impl Reason {
            /// Every code.
            pub const CODES: &[&str] = &[$($code),+];

            /// The stable code.
            pub fn code(&self) -> &'static str {
                match self {
                    $( Self::$name $( ( $value ) )? $( { $($field),+ } )? => $code, )+
                }
            }

            /// What would change it, in words that its owner can act on; empty where nothing is
            /// held or waiting is all there is.
            pub fn cure(&self) -> &'static str {
                match self {
                    $( Self::$name $( ( $value ) )? $( { $($field),+ } )? => $cure, )+
                }
            }
        }

        #[allow(unused_variables, reason = "not every value is part of the sentence")]
        impl fmt::Display for Reason {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $( Self::$name $( ( $value ) )? $( { $($field),+ } )? => {
                        write!(f, $sentence)
                    } )+
                }
            }
        }
    };
}

reasons! {
    // Acting, or about to.
    Due(code: EventCode) = "due",
        "AWS scheduled {code} and nothing is in the way",
        "";
    TriedAgain = "tried_again",
        "an earlier try left no trace, so it is tried again",
        "";
    Observe = "observe",
        "the mode is observe, which changes nothing",
        "raise reberth:mode to approve or enforce, within the stack's MaximumMode";
    AwaitingApproval = "awaiting_approval",
        "the mode is approve and nobody said yes yet",
        "set reberth:approved on the instance to the event's id";
    OwnerAskedToNotify = "owner_asked_to_notify",
        "its owner asked only to be told",
        "set reberth:relaunch to auto";
    CodeUnknown(code: EventCode) = "event_code_unknown",
        "`{code}` is an event code whose cure is not known",
        "read AWS's notice and act by hand";

    // Under way.
    OtherEventFirst = "other_event_first",
        "another event of the same instance comes first",
        "";
    NoPositiveLook = "no_positive_look",
        "EC2 did not say anything about it in this look",
        "";
    IntentInDoubt = "intent_in_doubt",
        "an act was just started and its effect is not visible yet",
        "";
    Launching = "launching",
        "Auto Scaling has not launched the replacement yet",
        "";
    WaitingForChecks(new: InstanceId) = "waiting_for_checks",
        "{new} has not passed two of two checks yet",
        "";
    WaitingForTargets(new: InstanceId) = "waiting_for_targets",
        "{new} is not healthy in its target groups yet",
        "";
    WaitingForReady(new: InstanceId) = "waiting_for_ready",
        "the readiness gate of {new} has not opened yet",
        "let what reberth:ready names say so: the tag reberth:is-ready, the alarm or the document";
    WaitingForGroup { units: u32, desired: u32 } = "waiting_for_group",
        "the group has {units} of {desired} capacity units in service",
        "";
    WaitingForTenMinutes = "waiting_for_ten_minutes",
        "it serves; the look at 10 minutes is to come",
        "";
    WaitingForSixtyMinutes = "waiting_for_sixty_minutes",
        "it serves; the look at 60 minutes is to come",
        "";
    TookEffect = "took_effect",
        "the act took effect",
        "";
    Serving(new: InstanceId) = "serving",
        "{new} serves in its place",
        "";
    StillClean(new: InstanceId) = "still_clean",
        "EC2 shows no event for {new} ten minutes later",
        "";

    // Out of service, to come back as itself.
    WaitingForDrain = "waiting_for_drain",
        "it is leaving service, and its last requests are being answered",
        "";
    WaitingForAws(date: Timestamp) = "waiting_for_aws",
        "it stands aside until AWS has done its work, which is due at {date}",
        "";
    RidesWhereItIs = "rides_where_it_is",
        "no target group knows it, so it stays where it is while AWS does its work",
        "";
    AwsIsDone = "aws_is_done",
        "AWS has done its work",
        "";
    DateMoved(date: Timestamp) = "date_moved",
        "AWS moved its date to {date}: it serves until then",
        "";
    AnotherAnswer(answer: &'static str) = "another_answer",
        "the answer to its event is {answer} now",
        "";
    OutOfService = "out_of_service",
        "it is out of service, and nothing is in the way",
        "";
    StoodAside = "stood_aside",
        "it is out of service before AWS's date",
        "";
    WaitingForCapacity = "waiting_for_capacity",
        "the capacity reserved for it is not active yet",
        "";
    CapacityTaken = "capacity_taken",
        "the capacity reserved for it is not its own: others that match run in it",
        "reserve more yourself, or set reberth:reserve to no";
    OfItsLifeBefore = "of_its_life_before",
        "what it says of its readiness will be of its life before AWS's reboot",
        "";
    Stopping = "stopping",
        "EC2 is stopping it",
        "";
    Stopped = "stopped",
        "it is stopped, and has to run again",
        "";
    Starting = "starting",
        "EC2 is starting it",
        "";
    Rebooting = "rebooting",
        "it is rebooting",
        "";
    RunsAgain = "runs_again",
        "it runs again",
        "";
    WaitsForItsPlace = "waits_for_its_place",
        "nothing stands in the way of its return",
        "";
    ComingBack = "coming_back",
        "it is coming back into service",
        "";
    NoRoomToReturn { desired: u32, maximum: u32 } = "no_room_to_return",
        "it cannot leave standby: desired capacity is {desired}, and the maximum {maximum}",
        "raise the group's maximum by one until it is back";
    ServesAgain = "serves_again",
        "it serves again",
        "";
    TurnedBack = "turned_back",
        "it serves again, as before",
        "";
    BroughtBackByHand = "brought_back_by_hand",
        "somebody brought it back into service meanwhile",
        "agree with whoever did; it is tried again in an hour";
    FoundByItsMark = "found_by_its_mark",
        "it carries reberth:incident, and the ledger knows nothing of it",
        "check its target groups: nobody remembers with which it was registered";
    LostInStandby(group: GroupName) = "lost_in_standby",
        "it ended in standby; desired capacity of {group} stays lower by one",
        "raise the group's desired capacity by one";
    WaitingForListing = "waiting_for_listing",
        "it serves; EC2 still lists the event, which may take an hour",
        "";
    StillListed = "still_listed",
        "EC2 still lists the event 90 minutes after it served again",
        "nothing yet: it is tried again";
    ItIsClean = "it_is_clean",
        "it serves, and EC2 shows no event for it an hour later",
        "";
    WaitingForDate(to: Timestamp) = "waiting_for_date",
        "AWS was asked for another date, {to}",
        "";
    DateTaken(to: Timestamp) = "date_taken",
        "AWS moved its date to {to}, as asked",
        "";
    DateNotTaken(to: Timestamp) = "date_not_taken",
        "AWS did not move its date to {to}",
        "widen reberth:window, so that it opens before AWS's date";

    // Over.
    EventOver = "event_over",
        "EC2 shows the event completed, cancelled or no more",
        "";
    GroupScaledIn = "group_scaled_in",
        "it has left, and its group wants no other in its place",
        "";
    Verified(new: InstanceId) = "verified",
        "EC2 shows no event for {new} an hour later",
        "";
    BadHost(new: InstanceId) = "bad_host",
        "{new} landed on a host with an event of its own",
        "";
    InstanceGone = "instance_gone",
        "it ended, and not by our hand",
        "";
    LivedThrough = "lived_through",
        "AWS's maintenance is over and it runs as before",
        "";
    AwsActedFirst = "aws_acted_first",
        "its date came and AWS acted",
        "";

    // Not ours to act on.
    NotOptedIn = "not_opted_in",
        "it is not opted in: no tag reberth:mode, or the value off",
        "set reberth:mode on its group, or on the instance if it stands alone";
    GroupNotAllowed = "group_not_allowed",
        "its group is not among the stack's allowed groups",
        "add the group to the stack's AllowedGroups";

    // Held by the owner's word.
    KillSwitch = "kill_switch",
        "the kill switch is thrown",
        "set the stack's KillSwitch to off, or clear the ledger's switch";
    HoldUntil(until: Timestamp) = "hold_until",
        "its owner holds it until {until}",
        "remove reberth:hold-until, or wait";
    HoldUntilUnreadable = "hold_until_unreadable",
        "its tag reberth:hold-until cannot be read",
        "write reberth:hold-until as 2026-12-01T06:00Z, or remove it";
    CoolOff(until: Timestamp) = "cool_off",
        "owners have until {until} to object",
        "wait, or set reberth:hold-until to keep it where it is";
    NoticeOver(until: Timestamp) = NOTICE_OVER,
        "AWS Health says that it is over; EC2 has until {until} to say so too",
        "wait; if EC2 still lists the event then, it is decided anew";
    OutsideWindow(next: Timestamp) = "outside_window",
        "its window opens at {next}",
        "wait for the window, or widen reberth:window";
    WindowNeverOpens = "window_never_opens",
        "its window never opens",
        "widen reberth:window, or write it so that it can be read";
    WaitingForLateWindow(at: Timestamp) = "waiting_for_late_window",
        "it is to be done late, from {at}",
        "wait, or write a reberth:window or reberth:lead=asap (a stop without a window is late)";
    AsideFrom(at: Timestamp) = "aside_from",
        "it stands aside shortly before AWS's date, from {at}",
        "wait: earlier, it would only be out for longer";
    TooManyAtOnce { members: usize, most: u32 } = "too_many_at_once",
        "AWS wants {members} members of its group at about the same time, and {most} may stand aside",
        "raise reberth:max-unavailable, or lower the group's minimum, for that time";
    NoDate = "no_date",
        "AWS gave no date before which it could stand aside",
        "read AWS's notice and act by hand";
    StopAlarm { name: String, state: &'static str } = "stop_alarm",
        "its stop-alarm {name} is {state}",
        "mend what the alarm is about, or its name in reberth:stop-alarms";
    StopAlarmsUnreadable = "stop_alarms_unreadable",
        "its stop-alarms cannot be read",
        "write reberth:stop-alarms as alarm names joined by +";

    // Held by the state of the instance.
    Busy(until: Timestamp) = "busy",
        "it reported itself busy, until {until} unless it renews",
        "let its work end, or wait until the report expires";
    ProtectedFromScaleIn = "protected_from_scale_in",
        "it is protected from scale-in",
        "remove its scale-in protection when its work is done";
    NotInService(state: String) = "not_in_service",
        "it is {state}, not InService",
        "bring it back into service";
    OperatorManaged(principal: String) = "operator_managed",
        "{principal} manages it",
        "act through the service that owns it";
    EmrOwned = "emr_owned",
        "EMR replaces it",
        "act through the service that owns it";
    BatchOwned = "batch_owned",
        "AWS Batch replaces it",
        "act through the service that owns it";
    EksOwned = "eks_owned",
        "EKS replaces it",
        "act through the service that owns it";
    FleetOwned = "fleet_owned",
        "an EC2 fleet replaces it",
        "act through the service that owns it";
    NotRunning(state: String) = "not_running",
        "it is {state}, not running",
        "start it: that moves it too";
    NotAMember = "not_a_member",
        "no group could replace it: it stands alone",
        "set reberth:relaunch to auto";
    Standby = "in_standby",
        "somebody put it into standby",
        "bring it back into service";
    WeightedStandby = "weighted_standby",
        "what standby takes from a weighted group is not documented",
        "act by hand, or set reberth:relaunch to replace";
    RegisteredByAddress(targets: TargetGroup) = "registered_by_address",
        "{targets} knows it by its address, and only registrations by instance id are restored",
        "register it by its instance id, or act by hand";
    ClassicLoadBalancer(name: String) = "classic_load_balancer",
        "the Classic Load Balancer {name} knows it, and only target groups are restored",
        "move it to a target group, or act by hand";
    NoStandbyRoom { desired: u32, minimum: u32 } = "no_standby_room",
        "standby would take desired {desired} below the minimum {minimum}",
        "lower the group's minimum by one, or raise desired capacity";
    InstanceStoreVolumes = "instance_store_volumes",
        "its type has instance-store volumes, which a stop erases",
        "move its work by hand before AWS's date";
    InstanceStoreUnknown = "instance_store_unknown",
        "whether its type has instance-store volumes is not known",
        "move its work by hand before AWS's date";
    Spot = "spot",
        "it is a Spot instance",
        "move its work by hand before AWS's date";
    CapacityBlock = "capacity_block",
        "it runs in a capacity block",
        "move its work by hand before AWS's date";
    ScheduledInstance = "scheduled_instance",
        "it is a scheduled instance",
        "move its work by hand before AWS's date";
    DedicatedHost = "dedicated_host",
        "it runs on a Dedicated Host, to which it would return",
        "move its work by hand before AWS's date";
    ClusterPlacementGroup = "cluster_placement_group",
        "it may be in a cluster placement group, which may have no room to return",
        "move its work by hand before AWS's date";
    StopProtected = "stop_protected",
        "it is protected from being stopped",
        "allow stops (disableApiStop), or act by hand";
    AutoAssignedAddress = "auto_assigned_address",
        "its public address was assigned automatically and a stop would change it",
        "give it an Elastic IP, or act by hand";
    RebootDoesNotClear = "reboot_does_not_clear",
        "a reboot by its owner would not clear this event",
        "set reberth:relaunch to auto";
    AwsIsActing = "aws_is_acting",
        "AWS's date has come",
        "wait until AWS has done";

    // Held by the state of the group.
    GroupBeingDeleted = "group_being_deleted",
        "its group is being deleted",
        "nothing: the group ends";
    ProcessSuspended { process: String, by: String } = "process_suspended",
        "the process {process} of its group is suspended ({by})",
        "resume the process when whoever suspended it agrees";
    RefreshRunning(id: String) = "refresh_running",
        "instance refresh {id} is running in its group",
        "wait for the refresh, or cancel it";
    ZonesUnbalanced = "zones_unbalanced",
        "its group is out of balance between zones",
        "wait until Auto Scaling has rebalanced the group";
    ZoneImpaired(zone: Zone) = "zone_impaired",
        "most members in {zone} fail",
        "wait until the zone is well";
    TerminateHookUnanswered { instance: InstanceId, since: Timestamp } = "terminate_hook_unanswered",
        "{instance} has waited for a termination hook since {since}",
        "complete the hook, or repair whoever should";
    OthersOut { out: u32, tolerated: u32 } = "others_out",
        "{out} other members of its group are out, more than {tolerated}",
        "bring the others back first";
    ReplicaSetOut { set: ReplicaSet, out: u32 } = "replica_set_out",
        "{out} other members of replica set {set} are out",
        "bring the others back first";
    ReplicaSetTagMissing(new: InstanceId) = "replica_set_tag_missing",
        "the replacement {new} has not named its replica set yet",
        "tag the replacement with reberth:replica-set";
    NoReadinessGate(whose: String) = "no_readiness_gate",
        "no readiness gate tells when {whose} is whole again",
        "set reberth:ready on the group and report readiness";
    GateUnreadable = "gate_unreadable",
        "its readiness gate cannot be read",
        "write reberth:ready as tag, ssm:DOCUMENT or alarm:NAME";
    SmallGroup(desired: u32) = "small_group",
        "a group of {desired} would lose too much to a replacement",
        "give the group a maintenance policy of minimum 100 and maximum 200, or act by hand";
    ImageGone(image: ImageId) = "image_gone",
        "launch doubtful: the image {image} is gone",
        "repair what the group launches from";
    ImageDeprecated(image: ImageId) = "image_deprecated",
        "launch doubtful: the image {image} is deprecated",
        "repair what the group launches from";
    TemplateMissing(message: String) = "template_missing",
        "launch doubtful: the launch template does not resolve ({message})",
        "repair what the group launches from";
    LastLaunchFailed(message: String) = "last_launch_failed",
        "launch doubtful: the last launch failed ({message})",
        "repair the cause; a launch that succeeds clears it, or a day (an hour if launched first)";

    // Held by limits.
    LimitFull { limit: Limit, capacity: u32 } = "limit_full",
        "the limit {limit} has no room (capacity {capacity} now)",
        "wait for the holders, or raise the limit";
    Governor { per_hour: u32, next: Option<Timestamp> } = "governor",
        "{per_hour} opening acts were started within the hour",
        "wait, or raise the stack's ActsPerHour";
    FirstOneAlone = "first_one_alone",
        "the first replacement from this launch source goes alone",
        "wait until it serves and its look at 10 minutes is clean";

    // Held by us.
    AttemptsExhausted(attempts: u32) = "attempts_exhausted",
        "{attempts} attempts came to nothing",
        "read its story (make why), ask AWS support, or act by hand";
    LaunchFirstDidNotLaunch = "launch_first_did_not_launch",
        "Auto Scaling launched nothing within ten minutes",
        "find out why the group launches nothing";
    NothingHappened = "nothing_happened",
        "Auto Scaling took the call and let the member serve on for ten minutes",
        "read the group's scaling activities; it is tried again";
    Refused(until: Timestamp) = REFUSED,
        "AWS refused the act; it is not tried again before {until}",
        "read AWS's words in its story (make why) and mend what they name";
    NotAskedYet = "not_asked_yet",
        "not all that has to be asked before an act was asked in this look",
        "nothing: the next look asks";
    LostTheRace = "lost_the_race",
        "another run changed the ledger first",
        "nothing: the next look decides again";
    MarkNotBelieved = "mark_not_believed",
        "it carries reberth:incident, the ledger knows nothing of it, and MaximumMode takes nothing out",
        "did Reberth take it out? then raise the stack's MaximumMode to approve; else delete the tag";
    IncidentUnread(why: Why) = "incident_unread",
        "its incident in the ledger cannot be read: {why}",
        "deploy the version that wrote it; until then it is yours: docs/operating.md, Upgrade and roll back";
    LedgerUnread { item: String, why: Why } = "ledger_unread",
        "{item} in the ledger cannot be read: {why}",
        "deploy the version that wrote it, or repair it: docs/operating.md, Upgrade and roll back";
    CallFailed(error: String) = "call_failed",
        "a call failed: {error}",
        "read the error; the next look tries again";
}

impl Reason {
    /// What is about to lose an instance is not well itself: too many others are out or fail, or an
    /// alarm of its owner does not rest. Nothing more is opened there until it is well again.
    pub fn opens_the_circuit(&self) -> bool {
        matches!(
            self,
            Self::OthersOut { .. }
                | Self::ReplicaSetOut { .. }
                | Self::ZoneImpaired(_)
                | Self::StopAlarm { .. }
        )
    }

    /// When a hold ends by itself, where that is known.
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::CoolOff(at)
            | Self::HoldUntil(at)
            | Self::Busy(at)
            | Self::WaitingForLateWindow(at)
            | Self::OutsideWindow(at)
            | Self::AsideFrom(at)
            | Self::Governor { next: Some(at), .. } => Some(*at),
            _ => None,
        }
    }
}
