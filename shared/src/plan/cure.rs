//! What would change a hold: a sentence that its owner can act on.

use super::Reason;

impl Reason {
    /// What would change it, in words; empty where nothing is held or waiting is all there is.
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Observe => {
                "raise reberth:mode to approve or enforce, within the stack's MaximumMode"
            }
            Self::AwaitingApproval => "set reberth:approved on the instance to the event's id",
            Self::CodeUnknown(_) => "read AWS's notice and act by hand",
            Self::NotOptedIn => {
                "set reberth:mode on its group, or on the instance if it stands alone"
            }
            Self::GroupNotAllowed => "add the group to the stack's AllowedGroups",
            Self::KillSwitch => "set the stack's KillSwitch to off, or clear the ledger's switch",
            Self::HoldUntil(_) => "remove reberth:hold-until, or wait",
            Self::HoldUntilUnreadable => {
                "write reberth:hold-until as 2026-12-01T06:00Z, or remove it"
            }
            Self::NoticeOver(_) => "wait; if EC2 still lists the event then, it is decided anew",
            Self::CoolOff(_) => "wait, or set reberth:hold-until to keep it where it is",
            Self::OutsideWindow(_) => "wait for the window, or widen reberth:window",
            Self::WaitingForLateWindow(_) => "wait, or set reberth:lead to asap",
            Self::StopAlarmsUnread => "remove reberth:stop-alarms, or act by hand",
            Self::Busy(_) => "let its work end, or wait until the report expires",
            Self::ProtectedFromScaleIn => "remove its scale-in protection when its work is done",
            Self::NotInService(_) | Self::Standby => "bring it back into service",
            Self::OperatorManaged(_) | Self::Owned(_) => "act through the service that owns it",
            Self::NoStandbyRoom { .. } => {
                "lower the group's minimum by one, or raise desired capacity"
            }
            Self::InstanceStoreVolumes
            | Self::InstanceStoreUnknown
            | Self::Spot
            | Self::CapacityBlock
            | Self::ScheduledInstance
            | Self::DedicatedHost
            | Self::ClusterPlacementGroup => "move its work by hand before AWS's date",
            Self::StopProtected => "allow stops (disableApiStop), or act by hand",
            Self::AutoAssignedAddress => "give it an Elastic IP, or act by hand",
            Self::OwnerAskedToNotify | Self::RebootDoesNotClear => "set reberth:relaunch to auto",
            Self::AwsIsActing => "wait until AWS has done",
            Self::GroupBeingDeleted => "nothing: the group ends",
            Self::ProcessSuspended { .. } => "resume the process when whoever suspended it agrees",
            Self::RefreshRunning(_) => "wait for the refresh, or cancel it",
            Self::ZonesUnbalanced => "wait until Auto Scaling has rebalanced the group",
            Self::ZoneImpaired(_) => "wait until the zone is well",
            Self::TerminateHookUnanswered { .. } => "complete the hook, or repair whoever should",
            Self::OthersOut { .. } | Self::ReplicaSetOut { .. } => "bring the others back first",
            Self::WaitingForReady(_) => {
                "set reberth:is-ready to true on the replacement when it is"
            }
            Self::ReplicaSetTagMissing(_) => "tag the replacement with reberth:replica-set",
            Self::NoReadinessGate(_) => "set reberth:ready on the group and report readiness",
            Self::GateUnread(_) => "use reberth:ready=tag, or act by hand",
            Self::SmallGroup(_) => {
                "give the group a maintenance policy of minimum 100 and maximum 200, or act by hand"
            }
            Self::ImageGone(_) | Self::ImageDeprecated(_) | Self::TemplateMissing(_) => {
                "repair what the group launches from"
            }
            Self::LastLaunchFailed(_) => "repair the cause; a launch that succeeds clears it",
            Self::LimitFull { .. } => "wait for the holders, or raise the limit",
            Self::Governor { .. } => "wait, or raise the stack's ActsPerHour",
            Self::FirstOneAlone => "wait until it serves and its look at 10 minutes is clean",
            Self::AttemptsExhausted(_) => "ask AWS support about the hosts, or act by hand",
            Self::NothingHappened => "read the group's scaling activities; it is tried again",
            Self::LaunchFirstDidNotLaunch => "find out why the group launches nothing",
            Self::NotCarriedOutYet(_) => "act by hand before AWS's date",
            Self::Refused(_) => "read AWS's words in its story (make why) and mend what they name",
            Self::LostTheRace => "nothing: the next look decides again",
            Self::CallFailed(_) => "read the error; the next look tries again",
            Self::Due(_)
            | Self::TriedAgain
            | Self::OtherEventFirst
            | Self::NoPositiveLook
            | Self::IntentInDoubt
            | Self::Launching
            | Self::WaitingForChecks(_)
            | Self::WaitingForTargets(_)
            | Self::WaitingForGroup { .. }
            | Self::WaitingForTenMinutes
            | Self::WaitingForSixtyMinutes
            | Self::TookEffect
            | Self::Serving(_)
            | Self::StillClean(_)
            | Self::EventOver
            | Self::GroupScaledIn
            | Self::Verified(_)
            | Self::BadHost(_)
            | Self::InstanceGone
            | Self::AwsActedFirst => "",
        }
    }
}
