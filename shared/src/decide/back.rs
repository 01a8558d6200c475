//! Decides about instances that serve again, or whose date was to be moved: does EC2 show it?

use jiff::{SignedDuration, Timestamp};

use super::room::Room;
use super::{AT_ONCE, Subject, WATCH, after, draft, fresh};
use crate::ids::InstanceId;
use crate::ledger::{Back, INTENT_IN_DOUBT, Incident, Outcome};
use crate::plan::{InPlace, Plan, Progress, Reason, Step, Way};
use crate::policy::Ceilings;
use crate::world::{Instance, World};

/// The first look that must be clean, counted from serving.
pub const CLEAN_FIRST: SignedDuration = SignedDuration::from_mins(10);
/// The second one, which ends the incident.
const CLEAN_SECOND: SignedDuration = SignedDuration::from_mins(60);
/// What EC2 still lists after this time was not cleared. Its description lags by up to an hour (AWS
/// doc `viewing_scheduled_events`, read 2026-11).
pub const LISTED_LONGEST: SignedDuration = SignedDuration::from_mins(90);
/// How often a lagging list is read again.
const LISTING: SignedDuration = SignedDuration::from_mins(5);
/// AWS shows another date within this time, or has not taken it: 1 to 2 minutes (AWS doc
/// `reschedule-event`, read 2026-11), with a margin.
const DATE_SHOWS: SignedDuration = SignedDuration::from_mins(10);

/// What to do about an instance that serves again and is to be shown clean.
pub fn clean(world: &World, incident: &Incident, back: &Back) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    let outcome = if back.how == InPlace::Ride { Outcome::Ridden } else { Outcome::Moved };
    let seen = world.instances.get(&incident.key.instance);
    let Some(instance) = seen.filter(|instance| instance.status_read || !instance.alive()) else {
        return plan(Step::Wait, Reason::NoPositiveLook, None);
    };
    if !instance.alive() {
        return plan(Step::Close(outcome), Reason::InstanceGone, None);
    }
    if new_event(instance, back) {
        let reason = Reason::BadHost(instance.id.clone());
        return plan(Step::Close(Outcome::MovedAgain), reason, None);
    }
    let listed = |one: &crate::ids::EventId| instance.active_events().any(|event| event.id == *one);
    let own = listed(&incident.key.event);
    let lagging =
        own || (left_its_host(incident, back, instance) && back.events.iter().any(listed));
    let age = world.observed_at.duration_since(back.since);
    if lagging && age < LISTED_LONGEST {
        return plan(Step::Wait, Reason::WaitingForListing, after(world, LISTING));
    }
    if own {
        return plan(Step::Record(Progress::StillListed), Reason::StillListed, None);
    }
    let looks = (back.since, back.clean_at_ten);
    clean_looks(world, incident, &instance.id, looks, (outcome, Reason::ItIsClean))
}

/// What it had is of another host, and EC2 may list it on for a while. Who stood aside has left its
/// host where AWS stopped it, and it was started again.
pub fn left_its_host(incident: &Incident, back: &Back, instance: &Instance) -> bool {
    let started = instance.launched_at.is_some_and(|at| at > incident.first_seen);
    back.how != InPlace::Ride || started
}

/// The two looks at an instance of which EC2 shows no event: when each is due, and how the second
/// one ends.
pub fn clean_looks(
    world: &World,
    incident: &Incident,
    serves: &InstanceId,
    (since, clean_at_ten): (Timestamp, Option<Timestamp>),
    (outcome, verified): (Outcome, Reason),
) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    let age = world.observed_at.duration_since(since);
    let first = since.checked_add(CLEAN_FIRST).ok();
    let second = since.checked_add(CLEAN_SECOND).ok();
    match clean_at_ten {
        None if age < CLEAN_FIRST => plan(Step::Wait, Reason::WaitingForTenMinutes, first),
        None => {
            let step = Step::Record(Progress::CleanAtTen);
            plan(step, Reason::StillClean(serves.clone()), second)
        }
        Some(_) if age < CLEAN_SECOND => plan(Step::Wait, Reason::WaitingForSixtyMinutes, second),
        Some(_) => plan(Step::Close(outcome), verified, None),
    }
}

/// It moved to a host with an event of its own.
fn new_event(instance: &Instance, back: &Back) -> bool {
    back.how != InPlace::Ride
        && instance.active_events().any(|event| !back.events.contains(&event.id))
}

/// What to do about an event for which AWS was asked for another date.
pub fn rescheduling(
    world: &World,
    (incident, subject): (&Incident, Option<&Subject<'_>>),
    (to, at): (Timestamp, Timestamp),
    ceilings: &Ceilings,
    room: &mut Room<'_>,
) -> Plan {
    let plan = |step, reason, look_again| draft(incident).step(step, reason, look_again);
    let taken = |taken| Step::Record(Progress::Rescheduled { taken });
    let Some(subject) = subject.filter(|subject| subject.instance.status_read) else {
        return super::progress::over(world, incident);
    };
    if subject.event.not_before == Some(to) {
        return subject.plan(taken(true), Reason::DateTaken(to), after(world, AT_ONCE));
    }
    let waited = world.observed_at.duration_since(at);
    if waited >= DATE_SHOWS {
        return plan(taken(false), Reason::DateNotTaken(to), after(world, AT_ONCE));
    }
    let wait = plan(Step::Wait, Reason::WaitingForDate(to), after(world, WATCH));
    if waited < INTENT_IN_DOUBT {
        return wait;
    }
    let again = fresh::decide(world, subject, ceilings, room);
    if matches!(&again.step, Step::Open(opening) if opening.way == Way::Reschedule(to)) {
        return again;
    }
    wait
}
