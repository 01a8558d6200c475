//! The fleet as it is, apart from what describe calls say of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::setup::Behaviour;
use crate::ids::{EventId, GroupName, ImageId, InstanceId, TargetGroup};
use crate::world::{
    Group, ImageState, Instance, InstanceState, LastLaunch, Member, TargetState, TemplateState,
};

/// The tag by which a member names its replica set.
pub(super) const REPLICA_SET: &str = "reberth:replica-set";

/// Instances and groups, with status and events filled in.
#[derive(Debug, Clone, Default)]
pub(super) struct Fleet {
    pub instances: BTreeMap<InstanceId, Instance>,
    pub groups: BTreeMap<GroupName, Group>,
    pub targets: BTreeMap<TargetGroup, BTreeMap<InstanceId, TargetState>>,
    pub templates: BTreeMap<String, TemplateState>,
    pub images: BTreeMap<ImageId, ImageState>,
    pub last_launches: BTreeMap<GroupName, LastLaunch>,
    pub refreshes: BTreeMap<GroupName, String>,
    /// Groups whose scaling activities the role may not read.
    pub denied: BTreeSet<GroupName>,
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

    /// Does its work as far as anybody can tell: in service, running, checked, taking requests, and
    /// ready where its group tells readiness at all.
    pub fn serves(&self, id: &InstanceId) -> bool {
        let (Some(instance), Some((group, member))) = (self.instances.get(id), self.member(id))
        else {
            return false;
        };
        let healthy = |targets: &TargetGroup| {
            let seen = self.targets.get(targets).and_then(|targets| targets.get(id));
            seen == Some(&TargetState::Healthy)
        };
        let running = instance.state == Some(InstanceState::Running) && instance.checks_ok();
        let targets = group.target_groups.iter().all(healthy);
        member.in_service() && running && targets && self.ready(id)
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

    /// Says that it is ready, or belongs to a group whose members never tell.
    pub fn ready(&self, id: &InstanceId) -> bool {
        let group = self.member(id).map(|(group, _)| &group.name);
        let behaviour = group.and_then(|group| self.behaviour.get(group));
        let tells = behaviour.is_some_and(|behaviour| behaviour.ready_after.is_some());
        let tags = self.instances.get(id).map(|instance| &instance.tags);
        !tells || tags.is_some_and(crate::policy::signals_ready)
    }

    /// An active event, really: not completed, not cancelled.
    pub fn has_event(&self, id: &InstanceId) -> bool {
        let instance = self.instances.get(id);
        let mut events = instance.into_iter().flat_map(|instance| &instance.events);
        events.any(|event| event.active() && !self.over.contains(&event.id))
    }
}
