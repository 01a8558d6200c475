//! An Auto Scaling group and its members.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::ids::{GroupName, ImageId, InstanceId, TargetGroup, Zone};
use crate::policy::Tags;

/// An Auto Scaling group as `DescribeAutoScalingGroups` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Group {
    /// Its name.
    pub name: GroupName,
    /// Least capacity, in capacity units (instances, unless the group is weighted).
    pub minimum: u32,
    /// Greatest capacity, in capacity units.
    pub maximum: u32,
    /// Wanted capacity, in capacity units. Never written by us.
    pub desired: u32,
    /// The zones it spreads over.
    pub zones: BTreeSet<Zone>,
    /// Its members in every lifecycle state.
    pub members: BTreeMap<InstanceId, Member>,
    /// Suspended processes with AWS's words for who suspended them.
    pub suspended: BTreeMap<String, String>,
    /// The instance maintenance policy; absence means terminate first.
    pub maintenance: Option<MaintenancePolicy>,
    /// `Status` says that it is being deleted.
    pub deleting: bool,
    /// Target groups of its members.
    pub target_groups: BTreeSet<TargetGroup>,
    /// What it launches from.
    pub source: LaunchSource,
    /// Its own tags.
    pub tags: Tags,
}

impl Group {
    /// Capacity units of the members that are in service and healthy.
    pub fn units_in_service(&self) -> u32 {
        let serving = self.members.values().filter(|member| member.in_service());
        serving.map(|member| member.weight).sum()
    }

    /// Its capacity is at least what is wanted.
    pub fn whole(&self) -> bool {
        self.units_in_service() >= self.desired
    }

    /// Some member weighs more than one unit.
    pub fn weighted(&self) -> bool {
        self.members.values().any(|member| member.weight != 1)
    }

    /// The maintenance policy launches a replacement before it terminates.
    pub fn launches_first(&self) -> bool {
        self.maintenance.is_some_and(|policy| policy.minimum >= 100 && policy.maximum > 100)
    }
}

/// A member of an Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Member {
    /// Where it is in its life.
    pub lifecycle: LifecycleState,
    /// `HealthStatus` is `Healthy` in any spelling.
    pub healthy: bool,
    /// Protected from scale-in.
    pub protected: bool,
    /// Capacity units it counts for; 1 unless the group is weighted.
    pub weight: u32,
    /// Its zone.
    pub zone: Zone,
    /// Version of the launch template it was launched from.
    pub template_version: Option<SmolStr>,
    /// The image it runs.
    pub image: Option<ImageId>,
}

impl Member {
    /// Serving as far as Auto Scaling knows.
    pub fn in_service(&self) -> bool {
        self.lifecycle == LifecycleState::InService && self.healthy
    }
}

/// `LifecycleState` of a member (AWS doc `API_Instance` of Auto Scaling, read 2026-11), grouped by
/// what a decision asks of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LifecycleState {
    /// On its way in, its launch hooks included.
    Pending(String),
    /// Serving.
    InService,
    /// In standby, or entering it.
    Standby(String),
    /// On its way out: terminating or detaching, its hooks included.
    Leaving(String),
    /// Ended.
    Terminated,
    /// In the warm pool, in any of its states.
    Warmed(String),
    /// Anything else.
    Other(String),
}

impl LifecycleState {
    /// Reads Auto Scaling's word.
    pub fn read(word: &str) -> Self {
        let own = word.to_owned();
        match word {
            "InService" => Self::InService,
            "Terminated" => Self::Terminated,
            "Standby" | "EnteringStandby" => Self::Standby(own),
            "Detaching" | "Detached" => Self::Leaving(own),
            _ if word.starts_with("Pending") => Self::Pending(own),
            _ if word.starts_with("Terminating") => Self::Leaving(own),
            _ if word.starts_with("Warmed:") => Self::Warmed(own),
            _ => Self::Other(own),
        }
    }

    /// Auto Scaling's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InService => "InService",
            Self::Terminated => "Terminated",
            Self::Pending(word)
            | Self::Standby(word)
            | Self::Leaving(word)
            | Self::Warmed(word)
            | Self::Other(word) => word,
        }
    }

    /// In the warm pool: no member yet, or not any more.
    pub fn warmed(&self) -> bool {
        matches!(self, Self::Warmed(_))
    }

    /// Kept by an instance lifecycle policy when its hook was abandoned: outside of the group's
    /// capacity, billed, and there until somebody terminates it through the group (AWS doc
    /// `instance-lifecycle-policy` of Auto Scaling, read 2026-11).
    pub fn retained(&self) -> bool {
        self.as_str().ends_with(":Retained")
    }

    /// Waits for somebody to complete a termination hook.
    pub fn waits_to_terminate(&self) -> bool {
        self.as_str() == "Terminating:Wait"
    }
}

/// `InstanceMaintenancePolicy`, in percent of desired capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MaintenancePolicy {
    /// `MinHealthyPercentage`, 0 to 100.
    pub minimum: u32,
    /// `MaxHealthyPercentage`, 100 to 200.
    pub maximum: u32,
}

/// What a group launches from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LaunchSource {
    /// A launch template, alone or in a mixed instances policy. The version may be `$Default` or
    /// `$Latest`.
    Template {
        /// `LaunchTemplateId`.
        id: String,
        /// A number, `$Default` or `$Latest`; AWS takes `$Default` when it is absent.
        version: String,
    },
    /// A launch configuration, which has no versions.
    Configuration(String),
    /// Neither was described.
    Unknown,
}

impl LaunchSource {
    /// What distinguishes one state of the source from another. A moving version is resolved by the
    /// preflight.
    pub fn key(&self) -> String {
        match self {
            Self::Template { id, version } => format!("{id}:{version}"),
            Self::Configuration(name) => format!("configuration:{name}"),
            Self::Unknown => "unknown".to_owned(),
        }
    }
}
