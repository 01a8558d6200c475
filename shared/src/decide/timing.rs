//! When: the owner's holds, cool-off, windows and lead against AWS's date.

use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::{Check, Subject};
use crate::ledger::Standing;
use crate::plan::reason::{NOTICE_OVER, REFUSED};
use crate::plan::{InPlace, Reason, Way};
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

/// Who rides stands aside this long before AWS's date, so that load balancers have drained it by
/// then.
pub const ASIDE: SignedDuration = SignedDuration::from_mins(30);

/// Where no window is open then, it may stand aside this much earlier, in the last one before.
const ASIDE_EARLIEST: SignedDuration = SignedDuration::from_hours(4);

/// The end of a window is left for going aside.
const WINDOW_END: SignedDuration = SignedDuration::from_mins(15);

/// Whether an act may start now; the reason why not, otherwise.
pub fn check(subject: &Subject<'_>, way: Way, now: Timestamp) -> Check {
    if subject.event.not_before.is_some_and(|date| now >= date) && !subject.away() {
        return Break(Reason::AwsIsActing);
    }
    match subject.policy.hold_until {
        Some(HoldUntil::Time(until)) if now < until => return Break(Reason::HoldUntil(until)),
        Some(HoldUntil::Unreadable) => return Break(Reason::HoldUntilUnreadable),
        Some(HoldUntil::Time(_)) | None => {}
    }
    match way {
        Way::Reschedule(_) => Continue(()),
        Way::InPlace(InPlace::Ride) => ride(subject, now),
        Way::InPlace(_) | Way::Replace(_) => {
            cool_off(subject, now)?;
            window(subject, way, now)
        }
    }
}

/// When who rides stands aside for a date.
pub fn aside_from(date: Timestamp) -> Option<Timestamp> {
    date.checked_sub(ASIDE).ok()
}

/// The time to stand aside is AWS's, not ours: shortly before its date, or, where its owner has
/// windows, in the last one before that.
fn ride(subject: &Subject<'_>, now: Timestamp) -> Check {
    let Some(date) = subject.event.not_before else { return Break(Reason::NoDate) };
    let Some(aside) = aside_from(date) else { return Break(Reason::NoDate) };
    let windows = &subject.policy.window;
    let forced = subject.policy.deadline == Deadline::Force;
    let from = if *windows == Calendar::Always || forced || windows.contains(aside) {
        Some(aside)
    } else {
        last_chance(windows, aside, date)
    };
    let Some(from) = from else {
        let next = windows.next_open(date).map(Interval::start);
        return Break(next.map_or(Reason::WindowNeverOpens, Reason::OutsideWindow));
    };
    if now < from {
        return Break(Reason::AsideFrom(from));
    }
    if forced || windows.contains(now) {
        return Continue(());
    }
    let next = windows.next_open(now).map(Interval::start);
    Break(next.map_or(Reason::WindowNeverOpens, Reason::OutsideWindow))
}

/// Near the end of the last window before it has to stand aside; where there is none, in the first
/// one before AWS's date.
fn last_chance(windows: &Calendar, aside: Timestamp, date: Timestamp) -> Option<Timestamp> {
    let earliest = aside.checked_sub(ASIDE_EARLIEST).ok()?;
    let Some(last) = windows.intervals(earliest, aside).into_iter().next_back() else {
        return windows.intervals(aside, date).first().map(|open| open.start());
    };
    let near_its_end = last.end().checked_sub(WINDOW_END).ok()?;
    Some(last.start().max(near_its_end))
}

/// What happened lately holds for an hour. AWS Health said that the event is over while EC2 still
/// lists it, whose description lags by up to an hour (AWS doc `viewing_scheduled_events`, read
/// 2026-11): EC2 is believed after that, and a late copy of the same word is not. Or AWS refused the act: the same call would be refused
/// again until somebody mends something.
pub fn lately(world: &World, subject: &Subject<'_>) -> Check {
    let now = world.observed_at;
    let rests_until = subject.incident.and_then(|incident| incident.rests_until);
    if let Some(until) = rests_until.filter(|until| now < *until) {
        return Break(Reason::Refused(until));
    }
    let decided = subject.incident.and_then(|incident| incident.decided.as_ref());
    let since = |code: &str| decided.filter(|told| told.reason == code).map(|told| told.at);
    let believed = subject.incident.is_some_and(|known| known.told(Standing::Held, NOTICE_OVER));
    let told_over = world.told_over.contains(&subject.instance.id) && !believed;
    let told_over = told_over.then_some(now);
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

fn window(subject: &Subject<'_>, way: Way, now: Timestamp) -> Check {
    if forced(subject, now) {
        return Continue(());
    }
    let late = lead(subject) == Lead::Late;
    let windows = &subject.policy.window;
    if *windows == Calendar::Always {
        let waits = late || way == Way::InPlace(InPlace::StopStart);
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
