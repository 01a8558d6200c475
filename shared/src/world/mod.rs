//! What is true: the answers of describe calls and the ledger's memory, with the time at which AWS
//! gave them.
//!
//! Facts only. What a fact means is decided in [`crate::decide`]; a fact that nobody read is
//! `None`, never a guess.

pub mod departure;
pub mod group;
pub mod instance;
pub mod memory;
pub mod notice;
pub mod preflight;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::ids::{GroupName, InstanceId, Place, TargetGroup, Zone};

pub use departure::{AlarmState, CapacityState, CommandState, Departure};
pub use group::{Group, LaunchSource, LifecycleState, MaintenancePolicy, Member};
pub use instance::{
    CheckStatus, EventCode, Instance, InstanceState, Market, RootDevice, ScheduledEvent, Tenancy,
};
pub use memory::{GroupMemory, Memory};
pub use preflight::{ImageState, LastLaunch, Preflight, TemplateState};

/// Everything that one look saw.
#[derive(Debug, Clone)]
pub struct World {
    /// AWS's clock when it gave the last of these answers; the *now* of every decision.
    pub observed_at: Timestamp,
    /// The stack's own account and region.
    pub place: Place,
    /// The Auto Scaling groups that carry an opt-in tag, by name.
    pub groups: BTreeMap<GroupName, Group>,
    /// Instances with a scheduled event, with an open incident, or in a group that has one of
    /// these.
    pub instances: BTreeMap<InstanceId, Instance>,
    /// Health of targets, by target group. A target group that is absent was not asked.
    pub targets: BTreeMap<TargetGroup, BTreeMap<InstanceId, TargetState>>,
    /// What stands before the first act in a group. A group that is absent was not asked.
    pub preflight: BTreeMap<GroupName, Preflight>,
    /// Instances whose own facts were read again directly before an act on them.
    pub read_again: BTreeSet<InstanceId>,
    /// What stands before an instance leaves service. An instance that is absent was not asked.
    pub departures: BTreeMap<InstanceId, Departure>,
    /// Capacity reserved for instances about to be stopped. One that is absent was not asked.
    pub capacity: BTreeMap<InstanceId, CapacityState>,
    /// `CloudWatch` alarms by name: stop-alarms and readiness gates. One that is absent was not
    /// asked.
    pub alarms: BTreeMap<String, AlarmState>,
    /// Readiness documents by the id of their command. One that is absent was not asked.
    pub commands: BTreeMap<String, CommandState>,
    /// What the ledger remembers.
    pub memory: Memory,
    /// Instances of which a notice just said that it is over. The one thing taken from events: it
    /// can only narrow.
    pub told_over: BTreeSet<InstanceId>,
}

/// A target's health, as far as a decision needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetState {
    /// Takes requests.
    Healthy,
    /// Registered, not yet judged.
    Initial,
    /// On its way out.
    Draining,
    /// Anything else, `unused` and `unavailable` included.
    Unhealthy,
}

impl World {
    /// The group of an instance, if it is a member of a managed one.
    pub fn group_of(&self, instance: &InstanceId) -> Option<&Group> {
        self.groups.values().find(|group| group.members.contains_key(instance))
    }

    /// How many instances the limits are a share of: members of the managed groups and the
    /// standalone instances seen alive. Standalone ones without a scheduled event are not known, so
    /// the share errs on the small side. Of whom EC2 knows nothing any more nobody can tell whether
    /// it stood alone.
    pub fn managed_instances(&self) -> u32 {
        let members: usize = self.groups.values().map(|group| group.members.len()).sum();
        let alone = |instance: &&Instance| instance.group.is_none() && instance.alive();
        let standalone = self.instances.values().filter(alone).count();
        u32::try_from(members + standalone).unwrap_or(u32::MAX)
    }

    /// Zones in which most members of the managed groups fail: three or more members, more than
    /// half unhealthy. A voluntary act anywhere would add to that.
    pub fn impaired_zones(&self) -> BTreeSet<&Zone> {
        let members = || self.groups.values().flat_map(|group| group.members.values());
        let failing = members().filter(|member| !member.healthy).map(|member| &member.zone);
        let mut zones: BTreeSet<&Zone> = failing.collect();
        zones.retain(|zone| {
            let here = members().filter(|member| member.zone == **zone);
            let (failing, serving): (Vec<_>, Vec<_>) = here.partition(|member| !member.healthy);
            failing.len() + serving.len() >= 3 && failing.len() > serving.len()
        });
        zones
    }
}
