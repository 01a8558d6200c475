//! When: the owner's holds, cool-off, windows and lead against AWS's date.

use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::{Check, Subject};
use crate::plan::reason::{NOTICE_OVER, REFUSED};
use crate::plan::{Answer, Reason};
use crate::policy::{Deadline, HoldUntil, Lead};
use crate::time::{Calendar, Interval};
use crate::world::World;

/// Owners have this long to object before degraded hardware is left.
const COOL_OFF: SignedDuration = SignedDuration::from_mins(60);

/// What a replacement takes at most, so that starting this long before AWS's date still ends before
/// it.
const LATEST_SAFE_START: SignedDuration = SignedDuration::from_hours(2);

/// How long a notice that the event is over holds against EC2, and a refusal against another try.
const LATELY: SignedDuration = SignedDuration::from_mins(60);

/// Without windows, a stop waits until this long before AWS's date, and so does `lead=late`.
const LAST_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Whether an act may start now; the reason why not, otherwise.
pub fn check(subject: &Subject<'_>, answer: Answer, now: Timestamp) -> Check {
    if subject.event.not_before.is_some_and(|date| now >= date) {
        return Break(Reason::AwsIsActing);
    }
    match subject.policy.hold_until {
        Some(HoldUntil::Time(until)) if now < until => return Break(Reason::HoldUntil(until)),
        Some(HoldUntil::Unreadable) => return Break(Reason::HoldUntilUnreadable),
        Some(HoldUntil::Time(_)) | None => {}
    }
    cool_off(subject, now)?;
    window(subject, answer, now)
}

/// What happened lately holds for an hour. AWS Health said that the event is over while EC2 still
/// lists it, whose description lags by up to an hour (AWS doc `viewing_scheduled_events`, read
/// 2026-11): EC2 is believed after that. Or AWS refused the act: the same call would be refused
/// again until somebody mends something.
pub fn lately(world: &World, subject: &Subject<'_>) -> Check {
    let now = world.observed_at;
    let decided = subject.incident.and_then(|incident| incident.decided.as_ref());
    let since = |code: &str| decided.filter(|told| told.reason == code).map(|told| told.at);
    let told_over = world.told_over.contains(&subject.instance.id).then_some(now);
    let ends = |since: Option<Timestamp>| since?.checked_add(LATELY).ok().filter(|end| now < *end);
    if let Some(until) = ends(told_over.or(since(NOTICE_OVER))) {
        return Break(Reason::NoticeOver(until));
    }
    ends(since(REFUSED)).map_or(Continue(()), |until| Break(Reason::Refused(until)))
}

/// Waiting for work to end has its limit here: from now on an act could miss AWS's date.
pub fn past_latest_safe_start(subject: &Subject<'_>, now: Timestamp) -> bool {
    latest_safe_start(subject).is_some_and(|latest| now >= latest)
}

/// `deadline=force`, and the date is so near that windows and busy work give way. Limits and
/// quorums never do.
pub fn forced(subject: &Subject<'_>, now: Timestamp) -> bool {
    subject.policy.deadline == Deadline::Force && past_latest_safe_start(subject, now)
}

fn latest_safe_start(subject: &Subject<'_>) -> Option<Timestamp> {
    subject.event.not_before?.checked_sub(LATEST_SAFE_START).ok()
}

fn lead(subject: &Subject<'_>) -> Lead {
    let degraded = subject.event.code.degraded_hardware();
    subject.policy.lead.unwrap_or(if degraded { Lead::Asap } else { Lead::Window })
}

fn cool_off(subject: &Subject<'_>, now: Timestamp) -> Check {
    if !subject.event.code.degraded_hardware() || lead(subject) != Lead::Asap {
        return Continue(());
    }
    let Ok(until) = subject.first_seen.checked_add(COOL_OFF) else { return Continue(()) };
    let no_time = latest_safe_start(subject).is_some_and(|latest| until > latest);
    if now >= until || no_time { Continue(()) } else { Break(Reason::CoolOff(until)) }
}

fn window(subject: &Subject<'_>, answer: Answer, now: Timestamp) -> Check {
    if forced(subject, now) {
        return Continue(());
    }
    let late = lead(subject) == Lead::Late;
    let windows = &subject.policy.window;
    if *windows == Calendar::Always {
        let waits = late || answer == Answer::StopStart;
        let last_day = subject.event.not_before.and_then(|date| date.checked_sub(LAST_DAY).ok());
        return match last_day {
            Some(from) if waits && now < from => Break(Reason::WaitingForLateWindow(from)),
            _ => Continue(()),
        };
    }
    if !windows.contains(now) {
        let next = windows.next_open(now).map(Interval::start);
        return Break(next.map_or(Reason::WindowNeverOpens, Reason::OutsideWindow));
    }
    let Some(latest) = latest_safe_start(subject).filter(|_| late) else { return Continue(()) };
    let later = windows.intervals(now, latest).into_iter().rfind(|open| open.start() > now);
    later.map_or(Continue(()), |open| Break(Reason::WaitingForLateWindow(open.start())))
}
