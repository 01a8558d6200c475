//! Room: which limits an act belongs to, how much each allows now, and what earlier plans of this
//! look would take.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow::{Break, Continue};

use super::out::{self, Ours};
use super::{Check, Replacements, Subject, launch};
use crate::ids::{ReplicaSet, Zone};
use crate::ledger::{IncidentKey, Limit, Taking};
use crate::plan::{Order, Reason};
use crate::policy::Ceilings;
use crate::world::{Group, World};

/// The slots as the ledger has them, together with those that this look would take, and what all
/// subjects of the look share.
pub struct Room<'w> {
    world: &'w World,
    ceilings: &'w Ceilings,
    /// What is out by our own hand.
    pub ours: Ours,
    /// Zones in which most members fail.
    pub impaired: BTreeSet<&'w Zone>,
    /// Managed instances that may be under way at once.
    account: u32,
    holders: BTreeMap<Limit, BTreeSet<IncidentKey>>,
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
            impaired: world.impaired_zones(),
            account: (world.managed_instances() * percent / 100).max(1),
            holders: world.memory.holders.clone(),
            started: 0,
        }
    }

    /// Takes every slot that a replacement of the subject needs, or none.
    pub fn take(&mut self, subject: &Subject<'_>, order: Order) -> Check<Vec<Taking>> {
        let takes = self.needed(subject, order);
        for Taking { limit, capacity } in &takes {
            self.has_room(subject, limit, *capacity)?;
        }
        self.governor()?;
        for Taking { limit, .. } in &takes {
            self.holders.entry(limit.clone()).or_default().insert(subject.key.clone());
        }
        self.started += 1;
        Continue(takes)
    }

    fn has_room(&self, subject: &Subject<'_>, limit: &Limit, capacity: u32) -> Check {
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

    fn needed(&self, subject: &Subject<'_>, order: Order) -> Vec<Taking> {
        let mut takes = vec![Taking { limit: Limit::Account, capacity: self.account }];
        for (name, capacity) in &subject.policy.limits {
            takes.push(Taking { limit: Limit::Named(name.clone()), capacity: *capacity });
        }
        match subject.member {
            Some((group, _)) => takes.extend(self.of_member(subject, group, order)),
            None => takes.push(Taking { limit: Limit::Standalone, capacity: 1 }),
        }
        takes
    }

    fn of_member(&self, subject: &Subject<'_>, group: &Group, order: Order) -> Vec<Taking> {
        let allowed = allowed_out(subject, group, order);
        let capacity = allowed.saturating_sub(out::of_group(group, &self.ours));
        let mut takes = vec![Taking { limit: Limit::Group(group.name.clone()), capacity }];
        if let (Some(zone), Some(share)) =
            (&subject.instance.zone, subject.policy.max_unavailable_per_zone)
        {
            let here = group.members.values().filter(|member| &member.zone == zone).count();
            let allowed = share.of(u32::try_from(here).unwrap_or(u32::MAX));
            let capacity = allowed.saturating_sub(out::of_zone(group, zone, &self.ours));
            takes.push(Taking { limit: Limit::Zone(group.name.clone(), zone.clone()), capacity });
        }
        let sets: BTreeSet<ReplicaSet> = out::sets_of(self.world, group, subject.instance);
        takes.extend(
            sets.into_iter().map(|set| Taking { limit: Limit::ReplicaSet(set), capacity: 1 }),
        );
        if !self.proven(group) {
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
fn allowed_out(subject: &Subject<'_>, group: &Group, order: Order) -> u32 {
    if group.weighted() {
        return 1;
    }
    let surplus = match (order, group.maintenance) {
        (Order::LaunchFirst, Some(policy)) => {
            Some((group.desired * policy.maximum.saturating_sub(100) / 100).max(1))
        }
        _ => None,
    };
    let allowed = subject.policy.unavailable(group.desired, surplus);
    surplus.map_or(allowed, |surplus| allowed.min(surplus))
}
