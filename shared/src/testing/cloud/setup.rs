//! A group in words that chain.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::hooks::Hook;
use crate::ids::GroupName;
use crate::world::MaintenancePolicy;

/// How fast the members of a group and what surrounds them are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a yes or no of its own, as with AWS")]
pub struct Behaviour {
    /// From missing capacity, or an unhealthy member, to Auto Scaling's answer.
    pub answers_after: SignedDuration,
    /// From launch to in service.
    pub boots_in: SignedDuration,
    /// From the call that stops to stopped.
    pub stops_in: SignedDuration,
    /// From the call that starts to running.
    pub starts_in: SignedDuration,
    /// From leaving service to the last request: the deregistration delay.
    pub drains_in: SignedDuration,
    /// From leaving standby to in service.
    pub rejoins_in: SignedDuration,
    /// From in service, or running again, to two passed checks.
    pub checked_after: SignedDuration,
    /// From in service, or registered, to healthy targets.
    pub taken_after: SignedDuration,
    /// From in service, or running again, to the readiness tag; absent where the application never
    /// tells.
    pub ready_after: Option<SignedDuration>,
    /// From shutting down to terminated.
    pub leaves_in: SignedDuration,
    /// The deregistration delay of its target groups, 0 to 3,600 s: nobody drains longer. Where
    /// nobody sets it, AWS waits 300 s (AWS doc `edit-target-group-attributes`, read 2026-11).
    pub deregistration_delay: SignedDuration,
    /// From a check that fails to Auto Scaling's taking a member in service for unhealthy. AWS
    /// names no time, so several are played.
    pub impaired_after: SignedDuration,
    /// The group's health check type includes `ELB`: who is unhealthy there is replaced.
    pub checks_targets: bool,
    /// Somebody's hook that every new member waits in.
    pub launch_hook: Option<Hook>,
    /// Somebody's hook that every member waits in on its way out.
    pub termination_hook: Option<Hook>,
    /// The instance lifecycle policy keeps whose termination hook was abandoned.
    pub retains: bool,
    /// Instances that the warm pool is filled up to.
    pub pool: u32,
    /// Who is scaled in returns to the warm pool.
    pub reuses: bool,
    /// At AWS's date the group launches first, where its maintenance policy says so. UNCONFIRMED
    /// for scheduled events, so both are played.
    pub dates_launch_first: bool,
    /// Capacity units of each member.
    pub weight: u32,
    /// Launches and starts to come that land on a host with an event of its own.
    pub bad_hosts: u32,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            answers_after: SignedDuration::from_secs(20),
            boots_in: SignedDuration::from_secs(45),
            stops_in: SignedDuration::from_secs(30),
            starts_in: SignedDuration::from_secs(20),
            drains_in: SignedDuration::from_secs(60),
            rejoins_in: SignedDuration::from_secs(30),
            checked_after: SignedDuration::from_secs(100),
            taken_after: SignedDuration::from_secs(40),
            ready_after: None,
            leaves_in: SignedDuration::from_secs(60),
            deregistration_delay: SignedDuration::from_mins(5),
            impaired_after: SignedDuration::from_mins(3),
            checks_targets: false,
            launch_hook: None,
            termination_hook: None,
            retains: false,
            pool: 0,
            reuses: false,
            dates_launch_first: true,
            weight: 1,
            bad_hosts: 0,
        }
    }
}

/// An Auto Scaling group to be made, with all its members in service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    pub(super) name: GroupName,
    pub(super) desired: u32,
    pub(super) zones: usize,
    /// Zones before its first, by their letters.
    #[serde(default)]
    pub(super) zones_before: usize,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) member_tags: BTreeMap<String, String>,
    /// Greatest percentage of desired capacity while a replacement is launched first.
    pub(super) launches_first: Option<u32>,
    pub(super) behind_targets: bool,
    pub(super) behaviour: Behaviour,
    pub(super) may_lose: u32,
    pub(super) instance_type: String,
    pub(super) suspended: BTreeMap<String, String>,
    pub(super) bounds: Option<(u32, u32)>,
    pub(super) protected: bool,
    /// Replica sets that the members name, in turn.
    pub(super) sets: Vec<String>,
}

impl Setup {
    /// A group that is not opted in, in three zones. By its owner's word one member may be out at
    /// once.
    pub fn group(name: &str, desired: u32) -> Self {
        Self {
            name: GroupName::parse(name).unwrap(),
            desired,
            zones: 3,
            zones_before: 0,
            tags: BTreeMap::new(),
            member_tags: BTreeMap::new(),
            launches_first: None,
            behind_targets: false,
            behaviour: Behaviour::default(),
            may_lose: 1,
            instance_type: "m7g.large".to_owned(),
            suspended: BTreeMap::new(),
            bounds: None,
            protected: false,
            sets: Vec::new(),
        }
    }

    /// The same with `reberth:mode=enforce`.
    pub fn enforced(name: &str, desired: u32) -> Self {
        Self::group(name, desired).tagged("reberth:mode", "enforce")
    }

    /// With a tag on the group.
    #[must_use]
    pub fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// With a maintenance policy that launches a replacement first, up to this percentage of
    /// desired.
    #[must_use]
    pub fn launching_first(mut self, maximum: u32) -> Self {
        self.launches_first = Some(maximum);
        self
    }

    /// With a target group.
    #[must_use]
    pub fn behind_targets(mut self) -> Self {
        self.behind_targets = true;
        self
    }

    /// With a readiness gate of this delay.
    #[must_use]
    pub fn ready_after(mut self, delay: SignedDuration) -> Self {
        self.behaviour.ready_after = Some(delay);
        self.tagged("reberth:ready", "tag")
    }

    /// With `reberth:max-unavailable`, which the rules then hold the program to.
    #[must_use]
    pub fn may_lose(mut self, members: u32) -> Self {
        self.may_lose = members;
        self.tagged("reberth:max-unavailable", &members.to_string())
    }

    /// With members of another instance type.
    #[must_use]
    pub fn of_type(mut self, name: &str) -> Self {
        name.clone_into(&mut self.instance_type);
        self
    }

    /// With other speeds.
    #[must_use]
    pub fn behaving(mut self, change: impl FnOnce(&mut Behaviour)) -> Self {
        change(&mut self.behaviour);
        self
    }

    /// With a process that somebody suspended.
    #[must_use]
    pub fn suspending(mut self, process: &str) -> Self {
        let words = format!("User suspended {process} by hand");
        self.suspended.insert(process.to_owned(), words);
        self
    }

    /// With least and greatest capacity other than one below and two above desired.
    #[must_use]
    pub fn between(mut self, minimum: u32, maximum: u32) -> Self {
        self.bounds = Some((minimum, maximum));
        self
    }

    /// In the first so many zones of the region.
    #[must_use]
    pub fn in_zones(mut self, zones: usize) -> Self {
        self.zones = zones;
        self
    }

    /// In one zone alone: `a` is 0.
    #[must_use]
    pub fn in_zone(mut self, zone: usize) -> Self {
        (self.zones, self.zones_before) = (1, zone);
        self
    }

    /// With members that weigh so many capacity units each; desired stays their number.
    #[must_use]
    pub fn weighing(mut self, units: u32) -> Self {
        self.behaviour.weight = units;
        self
    }

    /// With a warm pool of so many stopped instances, which is filled up again.
    #[must_use]
    pub fn warmed(mut self, instances: u32) -> Self {
        self.behaviour.pool = instances;
        self
    }

    /// With members protected from scale-in.
    #[must_use]
    pub fn protected(mut self) -> Self {
        self.protected = true;
        self
    }

    /// With members that name these replica sets in turn.
    #[must_use]
    pub fn replicating(mut self, sets: &[&str]) -> Self {
        self.sets = sets.iter().map(|set| (*set).to_owned()).collect();
        self
    }

    /// Its name.
    pub fn name(&self) -> &GroupName {
        &self.name
    }

    /// How many members it has.
    pub fn members(&self) -> u32 {
        self.desired
    }

    /// Its instance maintenance policy.
    pub(super) fn maintenance(&self) -> Option<MaintenancePolicy> {
        self.launches_first.map(|maximum| MaintenancePolicy { minimum: 100, maximum })
    }
}
