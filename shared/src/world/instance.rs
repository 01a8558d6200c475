//! An EC2 instance and what AWS has scheduled for it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::ids::{EventId, GroupName, InstanceId, Zone};
use crate::policy::Tags;

/// An EC2 instance as `DescribeInstances`, `DescribeInstanceStatus` and `DescribeInstanceTypes`
/// describe it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Its id.
    pub id: InstanceId,
    /// Its state; `None` when only its id is known.
    pub state: Option<InstanceState>,
    /// Its Availability Zone.
    pub zone: Option<Zone>,
    /// Its type, such as `m7g.large`.
    pub instance_type: Option<SmolStr>,
    /// Whether its type has instance-store volumes. Block device mappings do not show them; the
    /// type does.
    pub instance_store: Option<bool>,
    /// How it is paid for.
    pub market: Market,
    /// What it shares its host with.
    pub tenancy: Tenancy,
    /// Whether it is in a *cluster* placement group; `None` when it is in one of unknown strategy.
    pub cluster_placement: Option<bool>,
    /// The AWS service that manages it (`Operator.Principal`), such as EKS Auto Mode.
    pub operator: Option<String>,
    /// Where its root volume is.
    pub root_device: RootDevice,
    /// Whether `disableApiStop` is set; `None` when nobody asked.
    pub stop_protected: Option<bool>,
    /// Whether its public IPv4 address was assigned automatically, and so changes with a stop.
    pub auto_assigned_address: bool,
    /// Its private addresses, by which target groups of type `ip` may know it. Copies share them.
    pub addresses: Arc<BTreeSet<String>>,
    /// `PlatformDetails`, such as `Linux/UNIX`, which a capacity reservation must name.
    pub platform: Option<SmolStr>,
    /// Whether a reboot by the owner migrates it (`RebootMigration` is not disabled).
    pub reboot_migration: bool,
    /// AWS's check of the host.
    pub system_status: CheckStatus,
    /// AWS's check of the instance.
    pub instance_status: CheckStatus,
    /// What AWS has scheduled, done and cancelled ones included.
    pub events: Vec<ScheduledEvent>,
    /// `DescribeInstanceStatus` answered about it in this look: that no event is listed means that
    /// there is none.
    pub status_read: bool,
    /// Its tags.
    pub tags: Tags,
    /// The Auto Scaling group by the tag `aws:autoscaling:groupName`.
    pub group: Option<GroupName>,
    /// When it was launched last.
    pub launched_at: Option<Timestamp>,
}

impl Instance {
    /// An instance of which nothing but the id is known.
    pub fn unknown(id: InstanceId) -> Self {
        Self {
            id,
            state: None,
            zone: None,
            instance_type: None,
            instance_store: None,
            market: Market::OnDemand,
            tenancy: Tenancy::Default,
            cluster_placement: Some(false),
            operator: None,
            root_device: RootDevice::Ebs,
            stop_protected: None,
            auto_assigned_address: false,
            addresses: Arc::default(),
            platform: None,
            reboot_migration: true,
            system_status: CheckStatus::Unknown,
            instance_status: CheckStatus::Unknown,
            events: Vec::new(),
            status_read: false,
            tags: Tags::default(),
            group: None,
            launched_at: None,
        }
    }

    /// Two of two status checks passed.
    pub fn checks_ok(&self) -> bool {
        self.system_status == CheckStatus::Ok && self.instance_status == CheckStatus::Ok
    }

    /// A status check failed, or has not been passed since it began to run. False where its status
    /// was not read.
    pub fn fails_checks(&self) -> bool {
        let fails = |status| matches!(status, CheckStatus::Impaired | CheckStatus::Initializing);
        fails(self.system_status) || fails(self.instance_status)
    }

    /// A status check failed.
    pub fn impaired(&self) -> bool {
        self.system_status == CheckStatus::Impaired || self.instance_status == CheckStatus::Impaired
    }

    /// The scheduled events that are still to come or under way.
    pub fn active_events(&self) -> impl Iterator<Item = &ScheduledEvent> {
        self.events.iter().filter(|event| event.active())
    }

    /// Whether it exists and may still run: neither shutting down nor terminated.
    pub fn alive(&self) -> bool {
        !matches!(self.state, Some(InstanceState::ShuttingDown | InstanceState::Terminated))
    }
}

/// `State.Name` of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are EC2's own words")]
pub enum InstanceState {
    Pending,
    Running,
    ShuttingDown,
    Terminated,
    Stopping,
    Stopped,
    Other(String),
}

impl InstanceState {
    /// Reads EC2's word.
    pub fn read(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "shutting-down" => Self::ShuttingDown,
            "terminated" => Self::Terminated,
            "stopping" => Self::Stopping,
            "stopped" => Self::Stopped,
            other => Self::Other(other.to_owned()),
        }
    }

    /// EC2's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Other(word) => word,
        }
    }
}

/// `InstanceLifecycle`; absent means on-demand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are EC2's own words")]
pub enum Market {
    OnDemand,
    Spot,
    Scheduled,
    CapacityBlock,
    Other(String),
}

/// `Placement.Tenancy`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are EC2's own words")]
pub enum Tenancy {
    Default,
    Dedicated,
    /// On a Dedicated Host: a stop and start returns to the same host.
    Host,
    Other(String),
}

/// `RootDeviceType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are EC2's own words")]
pub enum RootDevice {
    Ebs,
    InstanceStore,
}

/// Summary of a status check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the variants are EC2's own words")]
pub enum CheckStatus {
    Ok,
    Impaired,
    Initializing,
    InsufficientData,
    NotApplicable,
    /// Not read, or a word that EC2 did not use when this was written.
    Unknown,
}

impl CheckStatus {
    /// Reads EC2's word.
    pub fn read(word: &str) -> Self {
        match word {
            "ok" => Self::Ok,
            "impaired" => Self::Impaired,
            "initializing" => Self::Initializing,
            "insufficient-data" => Self::InsufficientData,
            "not-applicable" => Self::NotApplicable,
            _ => Self::Unknown,
        }
    }
}

/// `Events[].Code`: an open set, matched by presence and never by a fixed list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[allow(missing_docs, reason = "the variants are EC2's own words")]
pub enum EventCode {
    InstanceStop,
    InstanceRetirement,
    InstanceReboot,
    SystemReboot,
    SystemMaintenance,
    Other(String),
}

impl EventCode {
    /// EC2's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InstanceStop => "instance-stop",
            Self::InstanceRetirement => "instance-retirement",
            Self::InstanceReboot => "instance-reboot",
            Self::SystemReboot => "system-reboot",
            Self::SystemMaintenance => "system-maintenance",
            Self::Other(word) => word,
        }
    }

    /// The host is failing, and may be unreachable before the date.
    pub fn degraded_hardware(&self) -> bool {
        matches!(self, Self::InstanceStop | Self::InstanceRetirement)
    }

    /// AWS's work is a reboot, with which a new life begins.
    pub fn reboots(&self) -> bool {
        matches!(self, Self::InstanceReboot | Self::SystemReboot)
    }
}

impl fmt::Display for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<String> for EventCode {
    fn from(word: String) -> Self {
        match word.as_str() {
            "instance-stop" => Self::InstanceStop,
            "instance-retirement" => Self::InstanceRetirement,
            "instance-reboot" => Self::InstanceReboot,
            "system-reboot" => Self::SystemReboot,
            "system-maintenance" => Self::SystemMaintenance,
            _ => Self::Other(word),
        }
    }
}

impl From<EventCode> for String {
    fn from(code: EventCode) -> Self {
        code.as_str().to_owned()
    }
}

/// A scheduled event of an instance, `Events[]` of `DescribeInstanceStatus`, where every member is
/// optional (AWS doc `API_InstanceStatusEvent`, read 2026-11).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScheduledEvent {
    /// `InstanceEventId`. An event without one cannot be followed and is not represented.
    pub id: EventId,
    /// What AWS will do.
    pub code: EventCode,
    /// Free text; `[Completed]` or `[Canceled]` in front means that it is over.
    pub description: String,
    /// Earliest start.
    pub not_before: Option<Timestamp>,
    /// Latest end; retirements have none.
    pub not_after: Option<Timestamp>,
    /// Latest start that the owner may set; its presence means that the event can be rescheduled.
    pub not_before_deadline: Option<Timestamp>,
}

impl ScheduledEvent {
    /// Neither completed nor cancelled. AWS keeps such events in the list for up to a week, marked
    /// only by a prefix of the description, of which several spellings have been seen.
    pub fn active(&self) -> bool {
        !self.completed() && !self.called_off()
    }

    /// AWS did it.
    pub fn completed(&self) -> bool {
        self.marked(&["completed"])
    }

    /// AWS did nothing, and will not.
    pub fn called_off(&self) -> bool {
        self.marked(&["canceled", "cancelled"])
    }

    /// One of these words stands in brackets before the description.
    fn marked(&self, words: &[&str]) -> bool {
        let bracket = self.description.trim_start().strip_prefix('[');
        let mark = bracket.and_then(|text| text.split_once(']')).map(|(mark, _)| mark.trim());
        mark.is_some_and(|mark| words.iter().any(|word| mark.eq_ignore_ascii_case(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p04_completed_and_cancelled_events_are_clear_in_every_spelling() {
        let event = |description: &str| ScheduledEvent {
            id: EventId::parse("instance-event-0d59937288b749b32").unwrap(),
            code: EventCode::SystemReboot,
            description: description.to_owned(),
            not_before: None,
            not_after: None,
            not_before_deadline: None,
        };
        for over in [
            "[Completed] scheduled reboot",
            "[Canceled] The instance is running on degraded hardware",
            "[Cancelled]x",
            "  [ completed ] scheduled reboot",
            "[CANCELED]",
        ] {
            assert!(!event(over).active(), "{over}");
        }
        for active in [
            "",
            "scheduled reboot",
            "scheduled [Completed] reboot",
            "[Rescheduled] reboot",
            "[Completed",
        ] {
            assert!(event(active).active(), "{active}");
        }
    }

    #[test]
    fn an_event_code_that_nobody_knows_survives() {
        let code = EventCode::from("system-relocation".to_owned());
        assert_eq!(code.as_str(), "system-relocation");
        assert!(!code.degraded_hardware());
    }
}
