//! Decides about an event of which nothing has been opened, or whose opening left no trace.

use std::ops::ControlFlow::{self, Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::room::Room;
use super::{Check, Subject, WATCH, answer, holds, launch, stop_start, timing, unread};
use crate::ledger::{Outcome, Phase, Taking};
use crate::plan::{Answer, InPlace, Opening, Plan, Reason, Step, Way};
use crate::policy::{Ceilings, Mode, ModeReason};
use crate::world::{AlarmState, Departure, Preflight, World};

/// How soon a hold that other acts may lift is looked at again; the sweep does it otherwise.
const SOON: SignedDuration = SignedDuration::from_mins(5);

/// What is in the way: the answer, where it is known, and the reason.
type InTheWay = (Option<Answer>, Reason);

/// What to do about one subject.
pub fn decide(
    world: &World,
    subject: &Subject<'_>,
    ceilings: &Ceilings,
    room: &mut Room<'_>,
) -> Plan {
    match judge(world, subject, ceilings, room) {
        Continue(way) => open(world, subject, way, room),
        Break((Some(Answer::Notify), reason)) => subject.plan(Step::Notify, reason, None),
        Break((Some(answer), reason @ (Reason::Observe | Reason::AwaitingApproval))) => {
            subject.plan(Step::Propose(answer), reason, None)
        }
        Break((_, reason @ Reason::NotOptedIn)) if subject.incident.is_some() => {
            subject.plan(Step::Close(Outcome::OptedOut), reason, None)
        }
        Break((answer, reason)) => {
            let look_again = look_again(&reason, world.observed_at);
            subject.plan(Step::Hold(answer), reason, look_again)
        }
    }
}

/// Whether what was opened for an instance that is away is still wanted, and may go on to its
/// second opening act.
pub fn still_wanted(
    world: &World,
    subject: &Subject<'_>,
    how: InPlace,
    ceilings: &Ceilings,
    room: &Room<'_>,
) -> Check {
    let way = judge(world, subject, ceilings, room).map_break(|(_, reason)| reason)?;
    if way != Way::InPlace(how) {
        return Break(Reason::AnotherAnswer(way.code()));
    }
    room.keeps(subject, way)
}

/// Whether an act may start, limits aside.
fn judge(
    world: &World,
    subject: &Subject<'_>,
    ceilings: &Ceilings,
    room: &Room<'_>,
) -> ControlFlow<InTheWay, Way> {
    let now = world.observed_at;
    ours_to_act_on(subject).map_break(|reason| (None, reason))?;
    unread::check(world, subject).map_break(|reason| (None, reason))?;
    timing::lately(world, subject).map_break(|reason| (None, reason))?;
    let answer = answer::choose(subject, now).map_break(|reason| (None, reason))?;
    let Answer::Act(way) = answer else {
        return Break((Some(answer), Reason::OwnerAskedToNotify));
    };
    let held = |reason| (Some(answer), reason);
    holds::instance(world, subject, answer, now).map_break(held)?;
    stop_start::check(subject, answer).map_break(held)?;
    if subject.attempt > ceilings.maximum_attempts {
        return Break(held(Reason::AttemptsExhausted(ceilings.maximum_attempts)));
    }
    if !matches!(way, Way::Reschedule(_)) {
        holds::group(world, subject, way, room).map_break(held)?;
        holds::gate(world, subject, room).map_break(held)?;
    }
    if let Break(reason) = timing::check(subject, way, now) {
        let crowded =
            matches!(reason, Reason::AsideFrom(_)).then(|| holds::crowd(subject, world, room));
        return Break(held(crowded.and_then(ControlFlow::break_value).unwrap_or(reason)));
    }
    allowed_to_act(world, subject, ceilings).map_break(held)?;
    Continue(way)
}

fn ours_to_act_on(subject: &Subject<'_>) -> Check {
    if subject.policy.mode_reason == ModeReason::NotAllowed {
        return Break(Reason::GroupNotAllowed);
    }
    let outside = subject.instance.group.is_some() && subject.member.is_none();
    if subject.policy.mode == Mode::Off || outside {
        return Break(Reason::NotOptedIn);
    }
    holds::owner(subject)
}

fn allowed_to_act(world: &World, subject: &Subject<'_>, ceilings: &Ceilings) -> Check {
    stop_alarms(world, subject)?;
    let yes = subject.policy.approves(&subject.event.id);
    match subject.policy.mode {
        Mode::Off | Mode::Observe => return Break(Reason::Observe),
        Mode::Approve if !yes => return Break(Reason::AwaitingApproval),
        Mode::Approve | Mode::Enforce => {}
    }
    if ceilings.kill_switch || world.memory.stopped {
        return Break(Reason::KillSwitch);
    }
    Continue(())
}

/// Alarms that were not asked yet hold nothing: nothing is opened either before they are.
fn stop_alarms(world: &World, subject: &Subject<'_>) -> Check {
    if subject.policy.stop_alarms.unreadable {
        return Break(Reason::StopAlarmsUnreadable);
    }
    let names = subject.policy.stop_alarms.names.iter();
    let mut rings = names.filter_map(|name| match world.alarms.get(name)? {
        AlarmState::Ok(_) => None,
        state => Some(Reason::StopAlarm { name: name.clone(), state: state.as_str() }),
    });
    rings.next().map_or(Continue(()), Break)
}

fn open(world: &World, subject: &Subject<'_>, way: Way, room: &mut Room<'_>) -> Plan {
    let now = world.observed_at;
    let preflight = subject.member.and_then(|(group, _)| world.preflight.get(&group.name));
    let takes = match take(world, subject, way, room, preflight) {
        Continue(takes) => takes,
        Break(Reason::RidesWhereItIs) => {
            let date = subject.event.not_before;
            return subject.plan(Step::Wait, Reason::RidesWhereItIs, date);
        }
        Break(reason) => {
            let look_again = look_again(&reason, now);
            return subject.plan(Step::Hold(Some(Answer::Act(way))), reason, look_again);
        }
    };
    let source = match (way, subject.member) {
        (Way::Replace(_), Some((group, _))) => {
            preflight.map_or_else(|| group.source.key(), |seen| launch::source_key(group, seen))
        }
        _ => String::new(),
    };
    let again = subject.incident.is_some_and(|incident| incident.phase != Phase::Seen);
    let reason = if again { Reason::TriedAgain } else { Reason::Due(subject.event.code.clone()) };
    let asked = asked(world, subject, way);
    let opening = Opening { way, takes, source, asked, again };
    let watch = if matches!(way, Way::InPlace(_)) { WATCH } else { SOON };
    subject.plan(Step::Open(opening), reason, now.checked_add(watch).ok())
}

/// The slots of an act, if the preflight has nothing against it, as far as it was asked.
fn take(
    world: &World,
    subject: &Subject<'_>,
    way: Way,
    room: &mut Room<'_>,
    preflight: Option<&Preflight>,
) -> Check<Vec<Taking>> {
    if let Some(preflight) = preflight {
        launch::check(preflight, way, world.observed_at)?;
    }
    let departure = world.departures.get(&subject.key.instance);
    match (way, departure) {
        (Way::InPlace(how), Some(departure)) => {
            stop_start::registered(departure, how)?;
            if stays_where_it_is(subject, departure, how) {
                return Break(Reason::RidesWhereItIs);
            }
        }
        // Who may have nothing to leave takes no room before that is known.
        (Way::InPlace(InPlace::Ride), None) if subject.member.is_none() => {
            return Continue(Vec::new());
        }
        _ => {}
    }
    room.take(subject, way)
}

/// A standalone instance that rides has nothing to leave and nothing to be started after: AWS's
/// work finds it where it is.
fn stays_where_it_is(subject: &Subject<'_>, departure: &Departure, how: InPlace) -> bool {
    how == InPlace::Ride
        && subject.member.is_none()
        && departure.registrations.is_empty()
        && !subject.event.code.degraded_hardware()
}

/// Everything that stands before the act was asked, and the instance was read again after that.
pub fn asked(world: &World, subject: &Subject<'_>, way: Way) -> bool {
    let group = subject.member.is_none_or(|(group, _)| world.preflight.contains_key(&group.name));
    let alarms =
        subject.policy.stop_alarms.names.iter().all(|name| world.alarms.contains_key(name));
    let leaves = matches!(way, Way::InPlace(_)) && !subject.away();
    let departs = !leaves || world.departures.contains_key(&subject.key.instance);
    group && alarms && departs && world.read_again.contains(&subject.key.instance)
}

/// When a hold is worth another look before the sweep comes by.
fn look_again(reason: &Reason, now: Timestamp) -> Option<Timestamp> {
    match reason {
        Reason::LimitFull { .. } | Reason::FirstOneAlone => soon(now),
        Reason::NoticeOver(until) | Reason::Refused(until) => Some(*until),
        reason => reason.ends_at(),
    }
}

fn soon(now: Timestamp) -> Option<Timestamp> {
    now.checked_add(SOON).ok()
}
