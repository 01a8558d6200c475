//! The fleet as it is, apart from what describe calls say of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::agenda::Life;
use super::gates::Alarm;
use super::setup::Behaviour;
use crate::ids::{EventId, GroupName, ImageId, InstanceId, TargetGroup};
use crate::ledger::{IncidentKey, Registration};
use crate::world::{
    CapacityState, CommandState, Group, ImageState, Instance, InstanceState, LastLaunch, Member,
    TargetState, TemplateState,
};

/// The tag by which a member names its replica set.
pub(super) const REPLICA_SET: &str = "reberth:replica-set";

/// Instances and groups, with status and events filled in.
#[derive(Debug, Clone, Default, Hash)]
pub(in crate::testing) struct Fleet {
    pub instances: BTreeMap<InstanceId, Instance>,
    pub groups: BTreeMap<GroupName, Group>,
    pub targets: BTreeMap<TargetGroup, BTreeMap<InstanceId, TargetState>>,
    pub templates: BTreeMap<String, TemplateState>,
    pub images: BTreeMap<ImageId, ImageState>,
    pub last_launches: BTreeMap<GroupName, LastLaunch>,
    pub refreshes: BTreeMap<GroupName, String>,
    /// Groups whose scaling activities the role may not read.
    pub denied: BTreeSet<GroupName>,
    /// Whose tags the role was not allowed to write when it was back.
    pub tags_denied: BTreeSet<InstanceId>,
    /// Terminations under way, by their start.
    pub terminating: BTreeMap<InstanceId, Timestamp>,
    /// How each group behaves.
    pub behaviour: BTreeMap<GroupName, Behaviour>,
    /// New members by the member for which they were launched first.
    pub stand_ins: BTreeMap<InstanceId, InstanceId>,
    /// Healthy members that go for the balance of zones when their stand-in is in service.
    pub rebalanced: BTreeSet<InstanceId>,
    /// Events that are completed or cancelled, whatever EC2's description still says.
    pub over: BTreeSet<EventId>,
    /// Members whose place is to be filled, oldest first: the next launch inherits what the first
    /// of them named.
    pub vacant: BTreeMap<GroupName, VecDeque<InstanceId>>,
    /// Replica sets that instances named, also those of instances that are gone.
    pub sets: BTreeMap<InstanceId, String>,
    /// How each standalone instance behaves.
    pub machines: BTreeMap<InstanceId, Behaviour>,
    /// Where standalone instances are registered by their id.
    pub registered: BTreeMap<InstanceId, BTreeSet<Registration>>,
    /// Where their owners want them registered.
    pub homes: BTreeMap<InstanceId, BTreeSet<Registration>>,
    /// Target groups that know instances by an address.
    pub by_address: BTreeMap<InstanceId, BTreeSet<TargetGroup>>,
    /// Classic Load Balancers that know instances.
    pub classic: BTreeMap<InstanceId, BTreeSet<String>>,
    /// Instances with `disableApiStop`.
    pub stop_protected: BTreeSet<InstanceId>,
    /// The present life of each instance that was ever started again or rebooted.
    pub lives: BTreeMap<InstanceId, Life>,
    /// Instances whose application is ready, whatever their tags say.
    pub ready: BTreeSet<InstanceId>,
    /// Members that standby took from desired capacity.
    pub standing: BTreeSet<InstanceId>,
    /// Those of them that people put there.
    pub stands_by_hand: BTreeSet<InstanceId>,
    /// Stopped by people, who want it so, or by AWS at its date while nobody had it in hand.
    pub stopped_by_others: BTreeSet<InstanceId>,
    /// Active capacity reservations, for one instance each.
    pub reservations: BTreeMap<IncidentKey, CapacityState>,
    /// `CloudWatch` alarms.
    pub alarms: BTreeMap<String, Alarm>,
    /// Readiness documents that were sent.
    pub commands: BTreeMap<String, (InstanceId, CommandState)>,
}

impl Fleet {
    /// The member with this id.
    pub fn member(&self, id: &InstanceId) -> Option<(&Group, &Member)> {
        let group = self.instances.get(id)?.group.as_ref()?;
        let group = self.groups.get(group)?;
        Some((group, group.members.get(id)?))
    }

    /// The member with this id, to be changed.
    pub fn member_mut(&mut self, id: &InstanceId) -> Option<&mut Member> {
        let group = self.instances.get(id)?.group.as_ref()?;
        self.groups.get_mut(group)?.members.get_mut(id)
    }

    /// Does its work as far as anybody can tell: running, checked, in its place, and ready where it
    /// tells readiness at all.
    pub fn serves(&self, id: &InstanceId) -> bool {
        self.runs(id) && self.instances[id].checks_ok() && self.in_its_place(id) && self.ready(id)
    }

    /// EC2 runs it.
    pub fn runs(&self, id: &InstanceId) -> bool {
        let instance = self.instances.get(id);
        instance.is_some_and(|instance| instance.state == Some(InstanceState::Running))
    }

    /// In service with its group and taking requests; or, standalone, wherever its owner wants it.
    fn in_its_place(&self, id: &InstanceId) -> bool {
        let healthy = |targets: &TargetGroup| {
            let seen = self.targets.get(targets).and_then(|targets| targets.get(id));
            seen == Some(&TargetState::Healthy)
        };
        if let Some((group, member)) = self.member(id) {
            return member.in_service() && group.target_groups.iter().all(healthy);
        }
        let home = self.homes.get(id).into_iter().flatten();
        let alone = self.instances.get(id).is_some_and(|instance| instance.group.is_none());
        alone && self.at_home(id) && home.map(|home| &home.target_group).all(healthy)
    }

    /// Registered wherever its owner wants it.
    pub fn at_home(&self, id: &InstanceId) -> bool {
        let nowhere = BTreeSet::new();
        let here = self.registered.get(id).unwrap_or(&nowhere);
        self.homes.get(id).is_none_or(|home| home.is_subset(here))
    }

    /// Takes no requests: in standby, or registered nowhere.
    pub fn aside(&self, id: &InstanceId) -> bool {
        match self.member(id) {
            Some((_, member)) => member.lifecycle.as_str() == "Standby",
            None => self.registered.get(id).is_none_or(BTreeSet::is_empty),
        }
    }

    /// Its speeds: its own, or its group's.
    pub fn behaviour_of(&self, id: &InstanceId) -> Behaviour {
        let group = self.instances.get(id).and_then(|instance| instance.group.as_ref());
        let of_group = group.and_then(|group| self.behaviour.get(group));
        self.machines.get(id).or(of_group).cloned().unwrap_or_default()
    }

    /// Its present life.
    pub fn life(&self, id: &InstanceId) -> Life {
        self.lives.get(id).copied().unwrap_or(0)
    }

    /// In service as far as Auto Scaling knows.
    pub fn in_service(&self, id: &InstanceId) -> bool {
        self.member(id).is_some_and(|(_, member)| member.in_service())
    }

    /// The replica set of a group that has the fewest members, for one that comes in addition.
    pub fn smallest_set(&self, group: &GroupName) -> Option<String> {
        let mut sizes: BTreeMap<&String, usize> = BTreeMap::new();
        for id in self.groups.get(group)?.members.keys() {
            if let Some(set) = self.sets.get(id) {
                *sizes.entry(set).or_default() += 1;
            }
        }
        sizes.into_iter().min_by_key(|(_, size)| *size).map(|(set, _)| set.clone())
    }

    /// As many in service as the group wants.
    pub fn whole(&self, group: &GroupName) -> bool {
        self.groups.get(group).is_none_or(Group::whole)
    }

    /// Its application is ready, or never tells.
    pub fn ready(&self, id: &InstanceId) -> bool {
        self.behaviour_of(id).ready_after.is_none() || self.ready.contains(id)
    }

    /// Capacity units that no serving member carries, in a group.
    pub fn missing(&self, group: &GroupName) -> u32 {
        let Some(group) = self.groups.get(group) else { return 0 };
        let serving = group.members.iter().filter(|(id, _)| self.serves(id));
        group.desired.saturating_sub(serving.map(|(_, member)| member.weight).sum())
    }
}
