//! Decides about an event of which nothing has been opened, or whose opening left no trace.

use std::ops::ControlFlow::{self, Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::room::Room;
use super::{Check, Subject, answer, holds, launch, stop_start, timing};
use crate::ledger::Outcome;
use crate::plan::{Answer, Opening, Order, Plan, Reason, Step};
use crate::policy::{Ceilings, Mode, ModeReason};
use crate::world::World;

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
        Continue(order) => open(world, subject, order, room),
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

/// Whether a replacement may start, limits aside.
fn judge(
    world: &World,
    subject: &Subject<'_>,
    ceilings: &Ceilings,
    room: &Room<'_>,
) -> ControlFlow<InTheWay, Order> {
    let now = world.observed_at;
    ours_to_act_on(subject).map_break(|reason| (None, reason))?;
    timing::lately(world, subject).map_break(|reason| (None, reason))?;
    let answer = answer::choose(subject, now).map_break(|reason| (None, reason))?;
    if answer == Answer::Notify {
        return Break((Some(answer), Reason::OwnerAskedToNotify));
    }
    let held = |reason| (Some(answer), reason);
    holds::member(world, subject, answer, now).map_break(held)?;
    stop_start::check(subject, answer).map_break(held)?;
    let Answer::Replace(order) = answer else {
        return Break(held(Reason::NotCarriedOutYet(answer.code())));
    };
    if subject.attempt > ceilings.maximum_attempts {
        return Break(held(Reason::AttemptsExhausted(ceilings.maximum_attempts)));
    }
    holds::group(world, subject, room).map_break(held)?;
    holds::gate(world, subject).map_break(held)?;
    timing::check(subject, answer, now).map_break(held)?;
    allowed_to_act(world, subject, ceilings).map_break(held)?;
    Continue(order)
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
    if !subject.policy.stop_alarms.is_empty() {
        return Break(Reason::StopAlarmsUnread);
    }
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

fn open(world: &World, subject: &Subject<'_>, order: Order, room: &mut Room<'_>) -> Plan {
    let now = world.observed_at;
    let hold = |reason: Reason| {
        let look_again = look_again(&reason, now);
        subject.plan(Step::Hold(Some(Answer::Replace(order))), reason, look_again)
    };
    let Some((group, _)) = subject.member else { return hold(Reason::NotOptedIn) };
    let preflight = world.preflight.get(&group.name);
    if let Some(preflight) = preflight
        && let Break(reason) = launch::check(preflight, now)
    {
        return hold(reason);
    }
    let again = subject.incident.is_some_and(|incident| incident.intent().is_some());
    match room.take(subject, order) {
        Break(reason) => hold(reason),
        Continue(takes) => {
            let source = preflight
                .map_or_else(|| group.source.key(), |seen| launch::source_key(group, seen));
            let opening = Opening { order, takes, source, asked: preflight.is_some(), again };
            let reason =
                if again { Reason::TriedAgain } else { Reason::Due(subject.event.code.clone()) };
            subject.plan(Step::Open(opening), reason, soon(now))
        }
    }
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
