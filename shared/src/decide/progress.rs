//! Decides about incidents under way: has the act taken effect, does the replacement serve, is its
//! host clean?

use std::collections::BTreeSet;
use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::back::CLEAN_FIRST;
use super::out::{self, Ours};
use super::ready::{self, Readiness};
use super::room::Room;
use super::{Check, Replacements, Subject, WATCH, absence, after, back, draft, fresh, policy_of};
use crate::ids::InstanceId;
use crate::ledger::{INTENT_IN_DOUBT, Incident, Intent, Outcome, Phase};
use crate::plan::{Order, Plan, Progress, Reason, Step};
use crate::policy::Ceilings;
use crate::world::{EventCode, Group, Instance, InstanceState, LifecycleState, Member, World};

/// Auto Scaling launches within this time after a member was marked unhealthy or has left, or not
/// at all.
const LAUNCH: SignedDuration = SignedDuration::from_mins(10);

/// Pairs the incidents under way with the new members of their groups. A replacement has no link to
/// its predecessor: whoever is not in the member set of the intent, and is nobody else's
/// replacement, was launched for it.
pub fn replacements(world: &World) -> Replacements {
    let incidents = world.memory.incidents.values();
    let mut taken: BTreeSet<&InstanceId> =
        incidents.clone().filter_map(Incident::replacement).collect();
    let mut waiting: Vec<(&Incident, &Intent)> =
        incidents.filter_map(|incident| Some((incident, incident.intent()?))).collect();
    waiting.sort_by(|(a, x), (b, y)| x.at.cmp(&y.at).then_with(|| a.key.cmp(&b.key)));
    let mut pairs = Replacements::new();
    for (incident, intent) in waiting {
        let group = incident.group.as_ref().and_then(|name| world.groups.get(name));
        let Some(group) = group else { continue };
        let new = group.members.iter().filter(|(id, member)| {
            let coming =
                matches!(member.lifecycle, LifecycleState::Pending(_) | LifecycleState::InService);
            coming && !intent.members_before.contains(*id) && !taken.contains(id)
        });
        let best = new.min_by_key(|(id, member)| {
            let stranger = !names_its_set(group, world.instances.get(*id), intent);
            (stranger, member.lifecycle != LifecycleState::InService, (*id).clone())
        });
        if let Some((id, _)) = best {
            taken.insert(id);
            pairs.insert(incident.key.clone(), id.clone());
        }
    }
    pairs
}

/// It names one of the replica sets that its predecessor was in; true where there were none.
fn names_its_set(group: &Group, new: Option<&Instance>, intent: &Intent) -> bool {
    let named = out::sets_named(group, new);
    intent.replica_sets.is_empty() || !named.is_disjoint(&intent.replica_sets)
}

/// What to do about one incident under way.
pub fn decide(
    world: &World,
    (incident, subject): (&Incident, Option<&Subject<'_>>),
    new: Option<&InstanceId>,
    ceilings: &Ceilings,
    room: &mut Room<'_>,
) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    match &incident.phase {
        Phase::Seen | Phase::Closed { .. } => over(world, incident),
        Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } => {
            absence::decide(world, (incident, subject), absence, ceilings, room)
        }
        Phase::Back(back) => back::clean(world, incident, back),
        Phase::Rescheduling { to, at } => {
            back::rescheduling(world, (incident, subject), (*to, *at), ceilings, room)
        }
        Phase::Serving { replacement, since, clean_at_ten, .. } => {
            serving(world, incident, replacement, *since, *clean_at_ten)
        }
        Phase::Intended(intent) | Phase::Replacing(intent) => {
            let name = incident.group.as_ref();
            let Some(group) = name.and_then(|name| world.groups.get(name)) else {
                return plan(Step::Close(Outcome::Gone), Reason::GroupBeingDeleted, None);
            };
            if let Some(back) = take_back(world, incident, intent, group, new) {
                return back;
            }
            if matches!(incident.phase, Phase::Intended(_)) {
                return intended(world, (incident, subject), intent, group, ceilings, room);
            }
            match new {
                None if scaled_in(world, incident, intent, group) => {
                    plan(Step::Close(Outcome::Cleared), Reason::GroupScaledIn, None)
                }
                None if nothing_happened(world, incident, intent, group) => {
                    plan(Step::Withdraw, Reason::NothingHappened, after(world, WATCH))
                }
                None => plan(Step::Wait, Reason::Launching, after(world, WATCH)),
                Some(new) => replacing(world, incident, intent, group, new, ceilings, &room.ours),
            }
        }
    }
}

/// A launch-first act to be undone: Auto Scaling launched nothing, and the event is over or ten
/// minutes have passed.
fn take_back(
    world: &World,
    incident: &Incident,
    intent: &Intent,
    group: &Group,
    new: Option<&InstanceId>,
) -> Option<Plan> {
    let member = group.members.get(&incident.key.instance)?;
    let still_here = member.lifecycle == LifecycleState::InService;
    if intent.order != Order::LaunchFirst || new.is_some() || !still_here {
        return None;
    }
    if event_over(world, incident) {
        let step = Step::TakeBack(Some(Outcome::Cleared));
        return Some(draft(incident).step(step, Reason::EventOver, None));
    }
    let waited = world.observed_at.duration_since(intent.at) >= LAUNCH;
    // A mark that somebody took away again launches nothing either.
    let marked = !member.healthy || matches!(incident.phase, Phase::Replacing(_));
    (waited && marked)
        .then(|| draft(incident).step(Step::TakeBack(None), Reason::LaunchFirstDidNotLaunch, None))
}

/// The group was scaled in meanwhile: the member has left, nothing came for it, and nothing is
/// missing. Its slots would be held for ever otherwise.
fn scaled_in(world: &World, incident: &Incident, intent: &Intent, group: &Group) -> bool {
    let left = !group.members.contains_key(&incident.key.instance);
    left && group.whole() && world.observed_at.duration_since(intent.at) >= LAUNCH
}

/// Auto Scaling took the call, and the member serves as if it had not. Its slots would be held for
/// ever otherwise.
fn nothing_happened(world: &World, incident: &Incident, intent: &Intent, group: &Group) -> bool {
    let member = group.members.get(&incident.key.instance);
    let serves = member.is_some_and(Member::in_service);
    let alive = world.instances.get(&incident.key.instance).is_none_or(Instance::alive);
    let waited = world.observed_at.duration_since(intent.at) >= LAUNCH;
    serves && alive && waited && intent.order == Order::TerminateFirst
}

/// EC2 answered about the instance, and lists no active event of this id.
fn event_over(world: &World, incident: &Incident) -> bool {
    let instance = world.instances.get(&incident.key.instance);
    instance.is_some_and(|instance| {
        instance.status_read
            && !instance.active_events().any(|event| event.id == incident.key.event)
    })
}

fn intended(
    world: &World,
    (incident, subject): (&Incident, Option<&Subject<'_>>),
    intent: &Intent,
    group: &Group,
    ceilings: &Ceilings,
    room: &mut Room<'_>,
) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    if took_effect(world, incident, intent, group) {
        return plan(Step::Record(Progress::TookEffect), Reason::TookEffect, after(world, WATCH));
    }
    let doubt_ends = intent.at.checked_add(INTENT_IN_DOUBT).ok();
    if doubt_ends.is_some_and(|end| world.observed_at < end) {
        return plan(Step::Wait, Reason::IntentInDoubt, doubt_ends);
    }
    if event_over(world, incident) {
        return plan(Step::Close(Outcome::Cleared), Reason::EventOver, None);
    }
    let Some(subject) = subject else {
        return plan(Step::Wait, Reason::NoPositiveLook, after(world, WATCH));
    };
    let again = fresh::decide(world, subject, ceilings, room);
    match again.step {
        Step::Open(_) => again,
        _ => plan(Step::Withdraw, again.reason, again.look_again),
    }
}

fn took_effect(world: &World, incident: &Incident, intent: &Intent, group: &Group) -> bool {
    let alive = world.instances.get(&incident.key.instance).is_none_or(Instance::alive);
    match group.members.get(&incident.key.instance) {
        None => true,
        Some(member) => {
            let leaving = matches!(
                member.lifecycle,
                LifecycleState::Leaving(_) | LifecycleState::Terminated | LifecycleState::Warmed(_)
            );
            leaving || !alive || (intent.order == Order::LaunchFirst && !member.healthy)
        }
    }
}

fn replacing(
    world: &World,
    incident: &Incident,
    intent: &Intent,
    group: &Group,
    new: &InstanceId,
    ceilings: &Ceilings,
    ours: &Ours,
) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    let (Some(member), Some(instance)) = (group.members.get(new), world.instances.get(new)) else {
        return plan(Step::Wait, Reason::Launching, after(world, WATCH));
    };
    if let Break(reason) = serves(world, (group, member), instance) {
        return plan(Step::Wait, reason, after(world, WATCH));
    }
    let policy = policy_of(instance, Some(group), ceilings).policy;
    match ready::gates(world, incident, instance, &policy) {
        Readiness::Ready => {}
        Readiness::NotYet(reason) => return plan(Step::Wait, reason, after(world, WATCH)),
        Readiness::Ask(document) => {
            let ask = Step::Ask { instance: new.clone(), document };
            return plan(ask, Reason::WaitingForReady(new.clone()), after(world, WATCH));
        }
    }
    if !names_its_set(group, Some(instance), intent) {
        return plan(Step::Wait, Reason::ReplicaSetTagMissing(new.clone()), after(world, WATCH));
    }
    if let Break(reason) = whole(world, group, ours) {
        return plan(Step::Wait, reason, after(world, WATCH));
    }
    let first_look = world.observed_at.checked_add(CLEAN_FIRST).ok();
    let serving = Step::Record(Progress::Serving(new.clone()));
    plan(serving, Reason::Serving(new.clone()), first_look)
}

/// Whether a replacement serves, gates aside: in service, running, two of two checks, targets.
fn serves(world: &World, (group, member): (&Group, &Member), instance: &Instance) -> Check {
    if !member.in_service() {
        return Break(Reason::Launching);
    }
    ready::runs(instance)?;
    ready::healthy(world, instance, &group.target_groups)
}

/// The group's capacity is there, but for what we have out elsewhere in it.
fn whole(world: &World, group: &Group, ours: &Ours) -> Check {
    if out::of_group(world, group, ours) == 0 {
        return Continue(());
    }
    let units = group.units_in_service();
    Break(Reason::WaitingForGroup { units, desired: group.desired })
}

fn serving(
    world: &World,
    incident: &Incident,
    replacement: &InstanceId,
    since: Timestamp,
    clean_at_ten: Option<Timestamp>,
) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    let seen = world.instances.get(replacement).filter(|instance| instance.status_read);
    let Some(new) = seen.filter(|instance| instance.alive()) else {
        return left(world, incident, replacement);
    };
    if new.active_events().next().is_some() {
        return plan(Step::Close(Outcome::MovedAgain), Reason::BadHost(replacement.clone()), None);
    }
    let verified = (Outcome::Moved, Reason::Verified(replacement.clone()));
    back::clean_looks(world, incident, replacement, (since, clean_at_ten), verified)
}

/// The replacement itself is not there any more: scaled in, or replaced in its turn. Its
/// predecessor was moved all the same. Silence is not an answer, though: EC2 shows a terminated
/// instance for about an hour.
fn left(world: &World, incident: &Incident, replacement: &InstanceId) -> Plan {
    let group = incident.group.as_ref().and_then(|name| world.groups.get(name));
    let member = group.is_some_and(|group| group.members.contains_key(replacement));
    if member {
        return draft(incident).step(Step::Wait, Reason::NoPositiveLook, after(world, WATCH));
    }
    draft(incident).step(Step::Close(Outcome::Moved), Reason::InstanceGone, None)
}

/// An incident of which nothing was opened and whose event is not active any more.
pub fn over(world: &World, incident: &Incident) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    let past = incident.not_before.is_some_and(|date| world.observed_at >= date);
    let Some(instance) = world.instances.get(&incident.key.instance) else {
        return plan(Step::Wait, Reason::NoPositiveLook, None);
    };
    let looked = instance.status_read || !instance.alive();
    if !looked {
        return plan(Step::Wait, Reason::NoPositiveLook, None);
    }
    match (instance.alive(), past) {
        (true, true) if completed(instance, incident) && lived_through(instance, incident) => {
            plan(Step::Close(Outcome::Ridden), Reason::LivedThrough, None)
        }
        (alive, true) if !alive || completed(instance, incident) => {
            plan(Step::Close(Outcome::Forced), Reason::AwsActedFirst, None)
        }
        (false, _) => plan(Step::Close(Outcome::Gone), Reason::InstanceGone, None),
        (true, _) => plan(Step::Close(Outcome::Cleared), Reason::EventOver, None),
    }
}

fn completed(instance: &Instance, incident: &Incident) -> bool {
    let event = instance.events.iter().find(|event| event.id == incident.key.event);
    event.is_none_or(|event| event.description.to_ascii_lowercase().contains("completed"))
}

/// Network or power maintenance of a standalone instance that runs as before: there was nothing to
/// do about it.
fn lived_through(instance: &Instance, incident: &Incident) -> bool {
    incident.group.is_none()
        && incident.code == EventCode::SystemMaintenance
        && instance.state == Some(InstanceState::Running)
}
