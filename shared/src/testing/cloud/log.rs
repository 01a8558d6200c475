//! The call log.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Cloud;

macro_rules! ports {
    ($($variant:ident = $action:literal as $kind:ident,)+) => {
        /// A port's method.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the variants are the methods of the ports")]
        pub enum Port {
            $($variant,)+
        }

        impl Port {
            /// Every port.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// AWS's action behind it.
            pub fn action(self) -> &'static str {
                match self {
                    $(Self::$variant => $action,)+
                }
            }

            fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => Kind::$kind,)+
                }
            }
        }
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Describes,
    Changes,
    Remembers,
    Sends,
}

ports! {
    Scheduled = "DescribeInstanceStatus" as Describes,
    StatusOf = "DescribeInstanceStatus" as Describes,
    FailingChecks = "DescribeInstanceStatus" as Describes,
    Members = "DescribeInstances" as Describes,
    Instances = "DescribeInstances" as Describes,
    InstanceStore = "DescribeInstanceTypes" as Describes,
    Template = "DescribeLaunchTemplateVersions" as Describes,
    Images = "DescribeImages" as Describes,
    OptedIn = "DescribeAutoScalingGroups" as Describes,
    Groups = "DescribeAutoScalingGroups" as Describes,
    Activities = "DescribeScalingActivities" as Describes,
    Refresh = "DescribeInstanceRefreshes" as Describes,
    Targets = "DescribeTargetHealth" as Describes,
    Marked = "DescribeInstances" as Describes,
    StopProtected = "DescribeInstanceAttribute" as Describes,
    Capacity = "DescribeCapacityReservations" as Describes,
    Registrations = "DescribeTargetGroups" as Describes,
    Alarms = "DescribeAlarms" as Describes,
    Command = "GetCommandInvocation" as Describes,
    Terminate = "TerminateInstanceInAutoScalingGroup" as Changes,
    MarkUnhealthy = "SetInstanceHealth" as Changes,
    MarkHealthy = "SetInstanceHealth" as Changes,
    Mark = "CreateTags" as Changes,
    Reserve = "CreateCapacityReservation" as Changes,
    EnterStandby = "EnterStandby" as Changes,
    Deregister = "DeregisterTargets" as Changes,
    Stop = "StopInstances" as Changes,
    Reboot = "RebootInstances" as Changes,
    Reschedule = "ModifyInstanceEventStartTime" as Changes,
    ForgetReady = "DeleteTags" as Changes,
    SayReady = "CreateTags" as Changes,
    Start = "StartInstances" as Changes,
    ExitStandby = "ExitStandby" as Changes,
    Register = "RegisterTargets" as Changes,
    ReleaseCapacity = "CancelCapacityReservation" as Changes,
    Unmark = "DeleteTags" as Changes,
    Read = "Query" as Remembers,
    IncidentsOf = "Query" as Remembers,
    Save = "TransactWriteItems" as Remembers,
    Begin = "TransactWriteItems" as Remembers,
    Proceed = "TransactWriteItems" as Remembers,
    Release = "TransactWriteItems" as Remembers,
    Remember = "UpdateItem" as Remembers,
    RememberTold = "UpdateItem" as Remembers,
    ClaimLookAgain = "UpdateItem" as Remembers,
    NoticeSeen = "GetItem" as Remembers,
    RecordNotice = "PutItem" as Remembers,
    SendDocument = "SendCommand" as Sends,
    Send = "SendMessage" as Sends,
    Bury = "SendMessage" as Sends,
    Tell = "Publish" as Sends,
    Publish = "PutEvents" as Sends,
}

impl Port {
    /// Reads EC2, Auto Scaling, a load balancer, `CloudWatch` or SSM.
    pub fn describes(self) -> bool {
        self.kind() == Kind::Describes
    }

    /// Changes the fleet.
    pub fn changes(self) -> bool {
        self.kind() == Kind::Changes
    }

    /// Leaves everything as it was.
    pub fn asks(self) -> bool {
        self.describes() || matches!(self, Self::Read | Self::IncidentsOf | Self::NoticeSeen)
    }

    /// Reads or writes the ledger.
    pub fn remembers(self) -> bool {
        self.kind() == Kind::Remembers
    }
}

/// One call of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When it was made.
    pub at: Timestamp,
    /// By which invocation.
    pub invocation: usize,
    /// To which port.
    pub port: Port,
    /// Requests on the wire that the adapter needs for it: pages and batches.
    pub requests: usize,
}

impl Cloud {
    /// All calls from a place in the log on.
    pub fn calls_since(&self, from: usize) -> Vec<Call> {
        self.state.borrow().calls.get(from..).unwrap_or_default().to_vec()
    }

    /// Calls made so far: the next place in the log.
    pub fn calls_made(&self) -> usize {
        self.state.borrow().calls.len()
    }

    /// How often a port was called.
    pub fn count(&self, port: Port) -> usize {
        self.state.borrow().calls.iter().filter(|call| call.port == port).count()
    }

    /// Requests by AWS's action, for the calls that match.
    pub fn requests(
        &self,
        from: usize,
        which: impl Fn(&Call) -> bool,
    ) -> BTreeMap<&'static str, usize> {
        let mut by_action = BTreeMap::new();
        for call in self.calls_since(from).iter().filter(|call| which(call)) {
            *by_action.entry(call.port.action()).or_default() += call.requests;
        }
        by_action
    }
}
