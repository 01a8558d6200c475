//! Auto Scaling groups.

use std::collections::{BTreeMap, BTreeSet};

use super::instance::{InstanceBuilder, instance, seat};
use super::{group_name, id, image, zone};
use crate::ids::{InstanceId, TargetGroup, Zone};
use crate::policy::{PREFIX, Tags};
use crate::world::{
    Departure, Group, GroupMemory, ImageState, Instance, InstanceState, LastLaunch, LaunchSource,
    LifecycleState, MaintenancePolicy, Member, Preflight, TemplateState,
};

/// A group with its members, what the preflight says of it, and what the ledger remembers.
#[derive(Debug, Clone)]
#[must_use]
pub struct GroupBuilder {
    pub(super) group: Group,
    pub(super) instances: BTreeMap<InstanceId, Instance>,
    pub(super) departures: BTreeMap<InstanceId, Departure>,
    pub(super) joined: BTreeSet<InstanceId>,
    pub(super) preflight: Option<Preflight>,
    pub(super) memory: GroupMemory,
}

/// An empty group over zones a, b and c, opted in with mode enforce. It terminates first, its
/// launches succeed, and a first replacement from its launch template was clean.
pub fn group(name: &str) -> GroupBuilder {
    let template = format!("lt-{name}");
    GroupBuilder {
        group: Group {
            name: group_name(name),
            minimum: 1,
            maximum: 0,
            desired: 0,
            zones: ["a", "b", "c"].map(zone).into(),
            members: BTreeMap::new(),
            suspended: BTreeMap::new(),
            maintenance: None,
            deleting: false,
            target_groups: BTreeSet::new(),
            source: LaunchSource::Template { id: template.clone(), version: "$Latest".to_owned() },
            tags: Tags::default(),
        },
        instances: BTreeMap::new(),
        departures: BTreeMap::new(),
        joined: BTreeSet::new(),
        preflight: Some(fine()),
        memory: GroupMemory { proven: Some(format!("{template}:7")), ..GroupMemory::default() },
    }
    .tagged("mode", "enforce")
}

fn fine() -> Preflight {
    Preflight {
        refresh: None,
        last_launch: LastLaunch::Fine,
        template: TemplateState::Resolves { version: "7".to_owned(), image: Some(image()) },
        image: ImageState::Available,
        waiting_to_terminate: None,
        unanswered: None,
    }
}

impl GroupBuilder {
    /// With members `NAME-1` to `NAME-COUNT`, spread over its zones; desired is their number, the
    /// maximum twice that.
    pub fn members(mut self, count: u32) -> Self {
        let name = self.group.name.to_string();
        for number in 1..=count {
            self = self.seat(&format!("{name}-{number}"));
        }
        self.group.desired = count;
        self.group.maximum = count * 2;
        self.spread()
    }

    /// Over the zones of these letters, its members spread anew.
    pub fn in_zones<const N: usize>(mut self, letters: [&str; N]) -> Self {
        self.group.zones = letters.map(zone).into();
        self.spread()
    }

    /// With a member that came after the acts under way were intended, in the zone with fewest.
    pub fn joined(mut self, name: &str) -> Self {
        self.joined.insert(id(name));
        self.seat(name)
    }

    /// With an instance that waits in its warm pool, in the zone with fewest.
    pub fn with_warm(self, name: &str) -> Self {
        self.joined(name)
            .member(name, |it| it.lifecycle("Warmed:Stopped").state(InstanceState::Stopped))
    }

    /// Without a member that it had: EC2 shows it terminated.
    pub fn without(mut self, name: &str) -> Self {
        self = self.member(name, |it| it.state(InstanceState::Terminated));
        self.group.members.remove(&id(name));
        self
    }

    /// With a member that somebody, we perhaps, put into standby: desired is one less.
    pub fn standby(mut self, name: &str) -> Self {
        self.group.desired -= 1;
        self.member(name, |it| it.lifecycle("Standby"))
    }

    /// With a member that is different.
    pub fn member(
        mut self,
        name: &str,
        change: impl FnOnce(InstanceBuilder) -> InstanceBuilder,
    ) -> Self {
        let taken = self.take(&id(name));
        self.put(change(taken));
        self
    }

    /// With every member different.
    pub fn each(mut self, change: impl Fn(InstanceBuilder) -> InstanceBuilder) -> Self {
        let members: Vec<_> = self.group.members.keys().cloned().collect();
        for id in members {
            let taken = self.take(&id);
            self.put(change(taken));
        }
        self
    }

    /// With a tag `reberth:KEY` on the group.
    pub fn tagged(self, key: &str, value: &str) -> Self {
        let key = format!("{PREFIX}{key}");
        self.but(|group| drop(group.tags.insert(key, value.to_owned())))
    }

    /// Not opted in: without the tag `reberth:mode`.
    pub fn not_opted_in(self) -> Self {
        self.but(|group| drop(group.tags.remove(&format!("{PREFIX}mode"))))
    }

    /// Launching before it terminates, up to this percentage of desired.
    pub fn launching_first(self, maximum: u32) -> Self {
        self.but(|group| group.maintenance = Some(MaintenancePolicy { minimum: 100, maximum }))
    }

    /// Somebody suspended the process.
    pub fn suspended(self, process: &str) -> Self {
        let words = "User suspended at 2026-12-01T09:00:00Z".to_owned();
        self.but(|group| drop(group.suspended.insert(process.to_owned(), words)))
    }

    /// Wanting so many capacity units.
    pub fn desired(self, units: u32) -> Self {
        self.but(|group| group.desired = units)
    }

    /// Wanting this many capacity units at least and at most.
    pub fn between(self, minimum: u32, maximum: u32) -> Self {
        self.but(|group| (group.minimum, group.maximum) = (minimum, maximum))
    }

    /// With a target group of this name.
    pub fn behind(self, targets: &str) -> Self {
        let targets = target_group(targets);
        self.but(|group| group.target_groups.extend([targets]))
    }

    /// Whatever no other word says of the group.
    pub fn but(mut self, change: impl FnOnce(&mut Group)) -> Self {
        change(&mut self.group);
        self
    }

    /// With another answer of the preflight.
    pub fn preflight(mut self, change: impl FnOnce(&mut Preflight)) -> Self {
        change(self.preflight.as_mut().expect("a preflight that was asked"));
        self
    }

    /// Of which the preflight has not been asked yet, nor its members.
    pub fn not_asked(mut self) -> Self {
        self.preflight = None;
        self.departures.clear();
        self
    }

    /// No replacement from its launch source was ever seen to be clean.
    pub fn unproven(self) -> Self {
        self.remembering(|memory| memory.proven = None)
    }

    /// With another memory in the ledger.
    pub fn remembering(mut self, change: impl FnOnce(&mut GroupMemory)) -> Self {
        change(&mut self.memory);
        self
    }

    fn seat(mut self, name: &str) -> Self {
        let members_in =
            |zone: &Zone| self.group.members.values().filter(|member| &member.zone == zone).count();
        let zones = self.group.zones.iter();
        let zone = zones.min_by_key(|zone| members_in(zone)).expect("a group has a zone").clone();
        let member = Member {
            lifecycle: LifecycleState::InService,
            healthy: true,
            protected: false,
            weight: 1,
            zone: zone.clone(),
            template_version: Some("7".into()),
            image: Some(image()),
        };
        let instance =
            Instance { group: Some(self.group.name.clone()), zone: Some(zone), ..instance(name) };
        self.put(seat(instance, Some(member)));
        self
    }

    fn take(&mut self, id: &InstanceId) -> InstanceBuilder {
        InstanceBuilder {
            instance: self.instances.remove(id).expect("an instance of the group"),
            member: self.group.members.remove(id),
            departure: self.departures.remove(id),
        }
    }

    fn put(&mut self, seat: InstanceBuilder) {
        let id = seat.instance.id.clone();
        self.instances.insert(id.clone(), seat.instance);
        self.departures.extend(seat.departure.map(|departure| (id.clone(), departure)));
        if let Some(member) = seat.member {
            self.group.members.insert(id, member);
        }
    }

    fn spread(mut self) -> Self {
        let zones: Vec<_> = self.group.zones.iter().cloned().collect();
        for ((id, member), zone) in self.group.members.iter_mut().zip(zones.into_iter().cycle()) {
            member.zone = zone.clone();
            self.instances.get_mut(id).expect("an instance for each member").zone = Some(zone);
        }
        self
    }
}

/// The ARN of a target group of this name.
pub(super) fn target_group(name: &str) -> TargetGroup {
    let arn = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup";
    TargetGroup::parse(&format!("{arn}/{name}/0123456789abcdef")).expect("an ARN")
}
