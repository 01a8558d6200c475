//! Room: which limits an act belongs to, how much each allows now, and what earlier plans of this
//! look would take.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow::{Break, Continue};

use super::out::{self, Ours, Sets};
use super::{Check, Replacements, Subject, launch, unread};
use crate::ids::{GroupName, ReplicaSet, Zone};
use crate::ledger::{IncidentKey, Limit, Phase, Taking};
use crate::plan::{InPlace, Order, Reason, Way};
use crate::policy::Ceilings;
use crate::world::{Group, LifecycleState, World};

/// The slots as the ledger has them, together with those that this look would take, and what all
/// subjects of the look share.
pub struct Room<'w> {
    world: &'w World,
    ceilings: &'w Ceilings,
    /// What is out by our own hand.
    pub ours: Ours,
    /// Which replica sets each group has.
    pub sets: Sets,
    /// Zones in which most members fail.
    pub impaired: BTreeSet<&'w Zone>,
    /// Managed instances that may be under way at once.
    account: u32,
    holders: BTreeMap<Limit, BTreeSet<IncidentKey>>,
    /// Members about to enter standby, which desired still counts, by group.
    leaving: BTreeMap<GroupName, u32>,
    started: usize,
}

impl<'w> Room<'w> {
    /// The room at the start of a look.
    pub fn new(world: &'w World, ceilings: &'w Ceilings, replacements: &Replacements) -> Self {
        let percent = ceilings.in_flight_percent;
        Self {
            world,
            ceilings,
            ours: Ours::new(world, replacements),
            sets: Sets::new(world),
            impaired: world.impaired_zones(),
            account: (world.managed_instances() * percent / 100).max(1),
            holders: world.memory.holders.clone(),
            leaving: leaving(world),
            started: 0,
        }
    }

    /// Takes every slot that an act on the subject needs, or none.
    pub fn take(&mut self, subject: &Subject<'_>, way: Way) -> Check<Vec<Taking>> {
        let takes = self.needed(subject, way);
        for Taking { limit, capacity } in &takes {
            self.has_room(subject, limit, *capacity)?;
        }
        self.standby_room(subject, way)?;
        self.governor()?;
        for Taking { limit, .. } in &takes {
            self.holders.entry(limit.clone()).or_default().insert(subject.key.clone());
        }
        if let (Way::InPlace(_), Some((group, _))) = (way, subject.member) {
            *self.leaving.entry(group.name.clone()).or_default() += u32::from(!subject.away());
        }
        self.started += 1;
        Continue(takes)
    }

    /// Whether an act that holds its slots already still has room for them. It is no new act to the
    /// governor.
    pub fn keeps(&self, subject: &Subject<'_>, way: Way) -> Check {
        if subject.member.is_some_and(|(_, member)| member.in_service()) {
            self.standby_room(subject, way)?;
        }
        let mut needed = self.needed(subject, way).into_iter();
        needed.try_for_each(|Taking { limit, capacity }| self.has_room(subject, &limit, capacity))
    }

    /// Members of a group that may stand aside at once, as things are.
    pub fn most_aside(&self, subject: &Subject<'_>, group: &Group) -> u32 {
        let wanted = out::wanted(group, &self.ours);
        let allowed = allowed_out(subject, group, Way::InPlace(InPlace::Ride), wanted);
        allowed.min(wanted.saturating_sub(group.minimum))
    }

    /// Those that are about to enter standby, and are still counted in desired, leave room for this
    /// one.
    fn standby_room(&self, subject: &Subject<'_>, way: Way) -> Check {
        let (Way::InPlace(_), Some((group, _))) = (way, subject.member) else {
            return Continue(());
        };
        let leaving = self.leaving.get(&group.name).copied().unwrap_or(0);
        let leaving = leaving.saturating_sub(u32::from(subject.away()));
        let desired = group.desired.saturating_sub(leaving);
        if desired > group.minimum {
            return Continue(());
        }
        Break(Reason::NoStandbyRoom { desired, minimum: group.minimum })
    }

    fn has_room(&self, subject: &Subject<'_>, limit: &Limit, capacity: u32) -> Check {
        if let Some(found) = self.world.memory.unread_limit(limit) {
            return Break(unread::reason(found));
        }
        let others = self
            .holders
            .get(limit)
            .map_or(0, |holders| holders.iter().filter(|holder| **holder != subject.key).count());
        if u32::try_from(others).unwrap_or(u32::MAX) < capacity {
            return Continue(());
        }
        Break(match limit {
            Limit::First(_) => Reason::FirstOneAlone,
            limit => Reason::LimitFull { limit: limit.clone(), capacity },
        })
    }

    fn governor(&self) -> Check {
        let now = self.world.observed_at;
        let governor = &self.world.memory.governor;
        let per_hour = self.ceilings.acts_per_hour;
        if governor.within_the_hour(now) + self.started < per_hour as usize {
            return Continue(());
        }
        Break(Reason::Governor { per_hour, next: governor.next_free(now) })
    }

    fn needed(&self, subject: &Subject<'_>, way: Way) -> Vec<Taking> {
        if let Way::Reschedule(_) = way {
            return Vec::new();
        }
        let mut takes = vec![Taking { limit: Limit::Account, capacity: self.account }];
        for (name, capacity) in &subject.policy.limits {
            takes.push(Taking { limit: Limit::Named(name.clone()), capacity: *capacity });
        }
        match subject.member {
            Some((group, _)) => takes.extend(self.of_member(subject, group, way)),
            None => takes.push(Taking { limit: Limit::Standalone, capacity: 1 }),
        }
        for Taking { limit, capacity } in &mut takes {
            let holders = self.world.memory.holders.get(limit);
            let unseen = unread::unseen_in(self.world, limit, holders, self.ceilings);
            *capacity = capacity.saturating_sub(unseen);
        }
        takes
    }

    fn of_member(&self, subject: &Subject<'_>, group: &Group, way: Way) -> Vec<Taking> {
        let wanted = out::wanted(group, &self.ours);
        let allowed = allowed_out(subject, group, way, wanted);
        let (world, ours, id) = (self.world, &self.ours, &subject.instance.id);
        let others = out::of_group(world, group, ours) + out::failing(world, group, id, ours);
        let capacity = allowed.saturating_sub(others);
        let mut takes = vec![Taking { limit: Limit::Group(group.name.clone()), capacity }];
        if let (Some(zone), Some(share)) =
            (&subject.instance.zone, subject.policy.max_unavailable_per_zone)
        {
            let here = group.members.values();
            let here = here.filter(|it| it.zone == *zone && !it.lifecycle.warmed()).count();
            let allowed = share.of(u32::try_from(here).unwrap_or(u32::MAX));
            let others = out::of_zone(world, group, zone, id, ours);
            let capacity = allowed.saturating_sub(others);
            takes.push(Taking { limit: Limit::Zone(group.name.clone(), zone.clone()), capacity });
        }
        let sets: BTreeSet<ReplicaSet> = self.sets.of(group, subject.instance);
        takes.extend(
            sets.into_iter().map(|set| Taking { limit: Limit::ReplicaSet(set), capacity: 1 }),
        );
        if matches!(way, Way::Replace(_)) && !self.proven(group) {
            takes.push(Taking { limit: Limit::First(group.name.clone()), capacity: 1 });
        }
        takes
    }

    /// A first replacement from what the group launches from served and was clean. Before the
    /// preflight has resolved a moving version this looks at who is the first right now.
    fn proven(&self, group: &Group) -> bool {
        let Some(preflight) = self.world.preflight.get(&group.name) else {
            let first = self.holders.get(&Limit::First(group.name.clone()));
            return first.is_none_or(BTreeSet::is_empty);
        };
        let proven = self.world.memory.groups.get(&group.name).and_then(|m| m.proven.as_ref());
        proven == Some(&launch::source_key(group, preflight))
    }
}

/// Members of the group that may be out at once, before what is out already is taken off. A
/// weighted group gives one at a time, because a slot does not say how much capacity its holder
/// carries.
fn allowed_out(subject: &Subject<'_>, group: &Group, way: Way, wanted: u32) -> u32 {
    if group.weighted() {
        return 1;
    }
    let surplus = match (way, group.maintenance) {
        (Way::Replace(Order::LaunchFirst), Some(policy)) => {
            Some((wanted * policy.maximum.saturating_sub(100) / 100).max(1))
        }
        _ => None,
    };
    let allowed = subject.policy.unavailable(wanted, surplus);
    surplus.map_or(allowed, |surplus| allowed.min(surplus))
}

/// Members that are to enter standby and have not yet.
fn leaving(world: &World) -> BTreeMap<GroupName, u32> {
    let mut leaving: BTreeMap<GroupName, u32> = BTreeMap::new();
    let incidents = world.memory.incidents.values();
    for incident in incidents.filter(|incident| matches!(incident.phase, Phase::Leaving(_))) {
        let group = incident.group.as_ref().and_then(|name| world.groups.get(name));
        let Some(group) = group else { continue };
        let member = group.members.get(&incident.key.instance);
        let counted = member.is_some_and(|member| member.lifecycle == LifecycleState::InService);
        *leaving.entry(group.name.clone()).or_default() += u32::from(counted);
    }
    leaving
}
