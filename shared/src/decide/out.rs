//! Who is out: observed not in service, together with what we took out ourselves and is not serving
//! again.

use std::collections::{BTreeMap, BTreeSet};

use super::Replacements;
use crate::ids::{GroupName, InstanceId, ReplicaSet, Zone};
use crate::policy::{Tags, signals_ready};
use crate::world::{Group, Instance, InstanceState, LifecycleState, Member, World};

/// The tag by which a member names its replica set.
const REPLICA_SET: &str = "reberth:replica-set";

/// What is out by our own hand: the instances with an intent and no serving outcome, and their
/// replacements.
#[derive(Debug, Clone, Default)]
pub struct Ours {
    out: BTreeMap<InstanceId, Option<GroupName>>,
    replaced: BTreeSet<InstanceId>,
    coming: BTreeSet<InstanceId>,
    served: BTreeSet<InstanceId>,
}

impl Ours {
    /// Reads the open incidents.
    pub fn new(world: &World, replacements: &Replacements) -> Self {
        let incidents = world.memory.incidents.values();
        let out = incidents.clone().filter(|incident| incident.out());
        let replaced = incidents.clone().filter(|incident| incident.intent().is_some());
        // A launch-first member that is still there when its replacement serves is on its way out
        // by our hand.
        let served = incidents.filter(|incident| incident.replacement().is_some());
        Self {
            out: out.map(|i| (i.key.instance.clone(), i.group.clone())).collect(),
            replaced: replaced.map(|incident| incident.key.instance.clone()).collect(),
            coming: replacements.values().cloned().collect(),
            served: served.map(|incident| incident.key.instance.clone()).collect(),
        }
    }

    /// It was taken out by us.
    pub fn is_out(&self, instance: &InstanceId) -> bool {
        self.out.contains_key(instance)
    }

    /// That it is out is our own doing: we took it out, it comes in place of one that we did, or
    /// its own replacement serves already.
    pub fn explains(&self, instance: &InstanceId) -> bool {
        self.is_out(instance) || self.coming.contains(instance) || self.served.contains(instance)
    }

    /// How many of a group we took out.
    pub fn count(&self, group: &GroupName) -> u32 {
        let of_group = self.out.values().filter(|owner| owner.as_ref() == Some(group));
        u32::try_from(of_group.count()).unwrap_or(u32::MAX)
    }
}

/// What a group's owner wants it to have: desired capacity, and those whose standby has lowered it.
pub fn wanted(group: &Group, ours: &Ours) -> u32 {
    let aside = group.members.iter().filter(|(id, member)| {
        ours.is_out(id) && matches!(member.lifecycle, LifecycleState::Standby(_))
    });
    group.desired + u32::try_from(aside.count()).unwrap_or(0)
}

/// In service as its group says, and EC2 does not know better: Auto Scaling notices only after a
/// while what was stopped or terminated past it.
fn in_service(world: &World, id: &InstanceId, member: &Member) -> bool {
    let state = world.instances.get(id).and_then(|instance| instance.state.as_ref());
    member.in_service() && state.is_none_or(|state| *state == InstanceState::Running)
}

/// Members of a group that are out for reasons other than ours, in capacity units: what is missing
/// from desired.
pub fn of_group(world: &World, group: &Group, ours: &Ours) -> u32 {
    let serving = group.members.iter().filter(|(id, member)| in_service(world, id, member));
    let serving: u32 = serving.map(|(_, member)| member.weight).sum();
    let missing = group.desired.saturating_sub(serving);
    let by_us: u32 = group
        .members
        .iter()
        // Standby has lowered desired by its own already.
        .filter(|(id, member)| {
            let standby = matches!(member.lifecycle, LifecycleState::Standby(_));
            ours.is_out(id) && !in_service(world, id, member) && !standby
        })
        .map(|(_, member)| member.weight)
        .sum();
    let gone = ours.out.iter().filter(|(id, owner)| {
        let left = owner.as_ref() == Some(&group.name) && !group.members.contains_key(*id);
        left && ours.replaced.contains(*id)
    });
    let back = ours.coming.iter().filter_map(|id| group.members.get_key_value(id));
    let back = back.filter(|(id, member)| in_service(world, id, member));
    let back: u32 = back.map(|(_, member)| member.weight).sum();
    let by_us = by_us + u32::try_from(gone.count()).unwrap_or(0);
    missing.saturating_sub(by_us.saturating_sub(back))
}

/// Other members of a group, in capacity units, that their group has in service while EC2 says that
/// they do not work, for reasons other than ours: Auto Scaling notices after minutes, or never
/// (AWS doc `ec2-auto-scaling-health-checks`, read 2026-11).
pub fn failing(world: &World, group: &Group, subject: &InstanceId, ours: &Ours) -> u32 {
    let others = group.members.iter().filter(|(id, _)| *id != subject && !ours.explains(id));
    let failing = others.filter(|(id, it)| in_service(world, id, it) && fails_checks(world, id));
    failing.map(|(_, member)| member.weight).sum()
}

fn fails_checks(world: &World, id: &InstanceId) -> bool {
    world.instances.get(id).is_some_and(Instance::fails_checks)
}

/// Other members of a group in one zone that are out for reasons other than ours. Who is absent has
/// no zone, and who waits in a warm pool is not out.
pub fn of_zone(
    world: &World,
    group: &Group,
    zone: &Zone,
    subject: &InstanceId,
    ours: &Ours,
) -> u32 {
    let here = group.members.iter().filter(|(_, it)| it.zone == *zone && !it.lifecycle.warmed());
    let out = here.filter(|(id, member)| {
        let fails = *id != subject && fails_checks(world, id);
        (fails || !in_service(world, id, member)) && !ours.explains(id)
    });
    u32::try_from(out.count()).unwrap_or(u32::MAX)
}

/// The replica sets of every group, read once for a look: each of its subjects asks for them, and a
/// group has as many members as they are.
#[derive(Debug, Clone)]
pub struct Sets(BTreeMap<GroupName, BTreeSet<ReplicaSet>>);

impl Sets {
    /// Reads what groups and members name now, and what the ledger remembers.
    pub fn new(world: &World) -> Self {
        let known = |name| world.memory.groups.get(name).map(|memory| memory.replica_sets.clone());
        let names = world.groups.keys();
        let known = names.map(|name| (name.clone(), known(name).unwrap_or_default()));
        let mut sets: BTreeMap<GroupName, BTreeSet<ReplicaSet>> = known.collect();
        for (group, set) in replica_sets_shown(world) {
            sets.entry(group.name.clone()).or_default().insert(set);
        }
        Self(sets)
    }

    /// The replica sets of an instance: those that it and its group name; or else all of its group,
    /// and of the groups that share one with it, since it may be the only one of its group that has
    /// its set and never named it.
    pub fn of(&self, group: &Group, instance: &Instance) -> BTreeSet<ReplicaSet> {
        let named = sets_named(group, Some(instance));
        let Some(own) = self.0.get(&group.name).filter(|_| named.is_empty()) else { return named };
        let shares = self.0.values().filter(|sets| !sets.is_disjoint(own));
        shares.flatten().cloned().collect()
    }
}

/// The replica sets of an instance: those that it and its group name; or, where any member of its
/// group has or ever had one, all sets of the group.
pub fn sets_of(world: &World, group: &Group, instance: &Instance) -> BTreeSet<ReplicaSet> {
    let named = sets_named(group, Some(instance));
    if !named.is_empty() {
        return named;
    }
    let Sets(mut sets) = Sets::new(world);
    sets.remove(&group.name).unwrap_or_default()
}

/// Every replica set that groups and their members name now, as often as they do, with the group.
pub fn replica_sets_shown(world: &World) -> impl Iterator<Item = (&Group, ReplicaSet)> {
    let groups = world.groups.values();
    let members = world.instances.values().filter_map(|instance| {
        let set = named_in(&instance.tags)?;
        Some((world.group_of(&instance.id)?, set))
    });
    groups.filter_map(|group| Some((group, named_in(&group.tags)?))).chain(members)
}

/// The replica sets that an instance and its group name; none where neither does.
pub fn sets_named(group: &Group, instance: Option<&Instance>) -> BTreeSet<ReplicaSet> {
    let own = instance.and_then(|instance| named_in(&instance.tags));
    named_in(&group.tags).into_iter().chain(own).collect()
}

fn named_in(tags: &Tags) -> Option<ReplicaSet> {
    ReplicaSet::parse(tags.get(REPLICA_SET)?.trim()).ok()
}

/// Members of a replica set that are out for reasons other than ours, across groups. A member that
/// is absent from a group, or names no set, counts for every set of that group, and of the groups
/// that share a set with it: the only one of its group that named this set may have gone before
/// anybody looked. The subject itself does not count: that it fails is a reason to act.
pub fn of_set(
    world: &World,
    Sets(sets): &Sets,
    set: &ReplicaSet,
    subject: &InstanceId,
    ours: &Ours,
) -> u32 {
    let together = sets.values().filter(|sets| sets.contains(set));
    let together: BTreeSet<&ReplicaSet> = together.flatten().collect();
    let shares = |sets: &BTreeSet<ReplicaSet>| sets.iter().any(|set| together.contains(set));
    let sharing = world.groups.values().filter(|group| sets.get(&group.name).is_some_and(shares));
    sharing.map(|group| of_set_in(world, group, set, subject, ours)).sum()
}

fn of_set_in(
    world: &World,
    group: &Group,
    set: &ReplicaSet,
    subject: &InstanceId,
    ours: &Ours,
) -> u32 {
    let mut failing_of_set = 0;
    let mut failing_of_others = 0;
    for (id, member) in &group.members {
        let instance = world.instances.get(id);
        let serves = in_service(world, id, member)
            && instance.is_none_or(|i| !i.fails_checks() && ready(group, i));
        let warmed = member.lifecycle.warmed();
        if serves || warmed || id == subject || ours.explains(id) {
            continue;
        }
        let named = sets_named(group, instance);
        if named.is_empty() || named.contains(set) {
            failing_of_set += 1;
        } else {
            failing_of_others += u32::from(!in_service(world, id, member));
        }
    }
    let absent = of_group(world, group, ours).saturating_sub(failing_of_others);
    failing_of_set.max(absent)
}

/// Says that it is ready, where its group asks for the tag.
fn ready(group: &Group, instance: &Instance) -> bool {
    let gate = group.tags.get("reberth:ready");
    let asked = gate.is_some_and(|gate| gate.trim().eq_ignore_ascii_case("tag"));
    !asked || signals_ready(&instance.tags)
}
