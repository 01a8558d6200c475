//! Items of the ledger that cannot be read: a newer version wrote them, or somebody's hand. They
//! stay as they are, and whatever they may say is taken as it is safest.

use std::collections::BTreeSet;
use std::ops::ControlFlow::{Break, Continue};

use super::{Check, Subject, out, policy_of};
use crate::ids::GroupName;
use crate::ledger::{About, IncidentKey, Limit, Unread};
use crate::plan::{Plan, PlanDraft, Reason, Step};
use crate::policy::Ceilings;
use crate::world::{EventCode, World};

/// One plan for each incident that cannot be read: nothing is done about it, and its slots stay
/// taken.
pub fn plans<'w>(world: &'w World, subjects: &'w [Subject<'w>]) -> impl Iterator<Item = Plan> + 'w {
    world.memory.unread_incidents().map(move |(key, group, unread)| {
        let reason = Reason::IncidentUnread(unread.why.clone());
        if let Some(subject) = subjects.iter().find(|subject| subject.key == *key) {
            return subject.plan(Step::Hold(None), reason, None);
        }
        let code = EventCode::Other("unknown".to_owned());
        let draft = PlanDraft::new(key.clone(), group.cloned(), code, None);
        draft.step(Step::Hold(None), reason, None)
    })
}

/// What is remembered of the subject can be read; limits aside.
pub fn check(world: &World, subject: &Subject<'_>) -> Check {
    let memory = &world.memory;
    if let Some(unread) = memory.unread_of(&subject.instance.id) {
        return Break(Reason::IncidentUnread(unread.why.clone()));
    }
    let busy = About::Busy(subject.instance.id.clone());
    let found = memory.unread_about(&About::Everything).or_else(|| memory.unread_about(&busy));
    let found = found.or_else(|| group(world, subject));
    found.map_or(Continue(()), |found| Break(reason(found)))
}

/// What holds whoever rests on an item that cannot be read, given with its name.
pub fn reason((item, unread): (&String, &Unread)) -> Reason {
    Reason::LedgerUnread { item: item.clone(), why: unread.why.clone() }
}

/// What its group showed before; and for a replica, what any group did, since a set may span them.
fn group<'w>(world: &'w World, subject: &Subject<'_>) -> Option<(&'w String, &'w Unread)> {
    let (own, _) = subject.member.filter(|_| !world.memory.unread.is_empty())?;
    let replica = !out::sets_of(world, own, subject.instance).is_empty();
    let mut groups = world.memory.unread.iter();
    groups.find(|(_, unread)| match &unread.about {
        About::Group(name) => *name == own.name || replica,
        _ => false,
    })
}

/// An incident does not end while it holds a slot in a limit that cannot be read: nobody would free
/// that slot. Its closing acts go on.
pub fn stays_open(world: &World, mut plan: Plan) -> Plan {
    let incident = world.memory.incidents.get(&plan.key);
    let mut slots = incident.into_iter().flat_map(|incident| &incident.slots);
    let Some(found) = slots.find_map(|limit| world.memory.unread_limit(limit)) else {
        return plan;
    };
    match plan.step {
        Step::Close(_) => {
            plan.step = Step::Hold(None);
            plan.reason = reason(found);
        }
        Step::TakeBack(_) => plan.step = Step::TakeBack(None),
        _ => {}
    }
    plan
}

/// Incidents that cannot be read, belong to a limit, and hold no slot in it that can be seen: they
/// count as if they did.
pub fn unseen_in(
    world: &World,
    limit: &Limit,
    holders: Option<&BTreeSet<IncidentKey>>,
    ceilings: &Ceilings,
) -> u32 {
    let unseen = world.memory.unread_incidents().filter(|(key, group, _)| {
        !holders.is_some_and(|holders| holders.contains(*key))
            && belongs(world, limit, key, *group, ceilings)
    });
    u32::try_from(unseen.count()).unwrap_or(u32::MAX)
}

fn belongs(
    world: &World,
    limit: &Limit,
    key: &IncidentKey,
    group: Option<&GroupName>,
    ceilings: &Ceilings,
) -> bool {
    let instance = world.instances.get(&key.instance);
    let member_of = group.and_then(|name| world.groups.get(name));
    match limit {
        Limit::Account => true,
        Limit::Standalone => group.is_none(),
        Limit::Group(name) | Limit::First(name) => group == Some(name),
        Limit::Zone(name, zone) => {
            let elsewhere =
                instance.and_then(|one| one.zone.as_ref()).is_some_and(|known| known != zone);
            group == Some(name) && !elsewhere
        }
        Limit::ReplicaSet(set) => member_of.is_some_and(|group| match instance {
            Some(instance) => out::sets_of(world, group, instance).contains(set),
            None => out::replica_sets_shown(world)
                .any(|(of, shown)| of.name == group.name && shown == *set),
        }),
        Limit::Named(name) => instance.is_some_and(|instance| {
            let policy = policy_of(instance, member_of, ceilings).policy;
            policy.limits.contains_key(name)
        }),
        Limit::Other(_) => false,
    }
}
