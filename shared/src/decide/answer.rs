//! Which answer clears an event, were nothing in the way.

use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::{Check, Subject, timing};
use crate::plan::{Answer, Order, Reason, Way};
use crate::policy::Relaunch;
use crate::time::{Calendar, Interval};
use crate::world::{EventCode, Tenancy};

/// A new start lies at least this far in the future (AWS doc `reschedule-event`, read 2026-11).
const RESCHEDULE_LEAST: SignedDuration = SignedDuration::from_mins(60);

/// An event that starts within this time cannot be moved any more (same page).
const RESCHEDULE_CLOSED: SignedDuration = SignedDuration::from_mins(5);

/// What has to be done before AWS's date wants at least this much of the window before it.
const ROOM_BEFORE_DATE: SignedDuration = SignedDuration::from_mins(30);

/// A date at the end of a window lies this much before it.
const WITHIN_WINDOW: SignedDuration = SignedDuration::from_mins(1);

/// The answer by the owner's wish, or by what the instance is; an error where that would not clear
/// the event. Where no window of its owner's opens in time, AWS is asked for another date first.
pub fn choose(subject: &Subject<'_>, now: Timestamp) -> Check<Answer> {
    let answer = wanted(subject)?;
    let to = reschedule(subject, answer, now);
    Continue(to.map_or(answer, |to| Answer::Act(Way::Reschedule(to))))
}

fn wanted(subject: &Subject<'_>) -> Check<Answer> {
    match subject.policy.relaunch {
        Relaunch::Auto => automatic(subject),
        Relaunch::Replace if subject.member.is_some() => Continue(replace(subject)),
        Relaunch::Replace => Break(Reason::NotAMember),
        Relaunch::Ride => Continue(Answer::RIDE),
        Relaunch::StopStart => Continue(Answer::STOP_START),
        Relaunch::Reboot if reboot_clears(subject) => Continue(Answer::REBOOT),
        Relaunch::Reboot => Break(Reason::RebootDoesNotClear),
        Relaunch::Notify => Continue(Answer::Notify),
    }
}

fn automatic(subject: &Subject<'_>) -> Check<Answer> {
    if let EventCode::Other(_) = subject.event.code {
        return Break(Reason::CodeUnknown(subject.event.code.clone()));
    }
    if subject.event.code == EventCode::SystemMaintenance {
        return Continue(Answer::RIDE);
    }
    if subject.member.is_none() {
        return Continue(Answer::STOP_START);
    }
    match subject.instance.instance_store {
        Some(false) => Continue(replace(subject)),
        Some(true) => Continue(Answer::RIDE),
        None => Break(Reason::InstanceStoreUnknown),
    }
}

fn replace(subject: &Subject<'_>) -> Answer {
    let launches_first = subject.member.is_some_and(|(group, _)| group.launches_first());
    Answer::replace(if launches_first { Order::LaunchFirst } else { Order::TerminateFirst })
}

/// Whether the owner's reboot migrates the instance: reboot migration is not for members,
/// instance-store volumes or Dedicated Hosts, and an `instance-reboot` never ends by the owner's
/// reboot (AWS doc `schedevents_actions_reboot`, read 2026-11).
fn reboot_clears(subject: &Subject<'_>) -> bool {
    subject.event.code == EventCode::SystemReboot
        && subject.instance.group.is_none()
        && subject.instance.reboot_migration
        && subject.instance.instance_store == Some(false)
        && subject.instance.tenancy != Tenancy::Host
}

/// A date to which AWS allows the event to be moved, and which its owner's windows can bear, where
/// they cannot bear the one that it has. Who asked only to be told gets no other date, and an act
/// that `deadline=force` starts needs no window.
fn reschedule(subject: &Subject<'_>, answer: Answer, now: Timestamp) -> Option<Timestamp> {
    let windows = &subject.policy.window;
    let refused = subject.incident.is_some_and(|incident| incident.no_other_date);
    let never = *windows == Calendar::Always || answer == Answer::Notify || refused;
    if never || subject.away() || timing::forced(subject, now) {
        return None;
    }
    let date = subject.event.not_before?;
    let latest = subject.event.not_before_deadline?;
    if now.checked_add(RESCHEDULE_CLOSED).ok()? >= date || fits(windows, answer, date, now) {
        return None;
    }
    let earliest = now.checked_add(RESCHEDULE_LEAST).ok()?.max(date);
    let until = latest.checked_add(WITHIN_WINDOW).ok()?;
    let mut open = windows.intervals(earliest, until).into_iter();
    let to = open.find_map(|open| within(open, answer, earliest, latest))?;
    (to <= latest && to > date).then_some(to)
}

/// The windows bear the date that the event has: what is done by us opens in one before it; what
/// AWS does while an instance stands aside falls into one, and so does standing aside.
fn fits(windows: &Calendar, answer: Answer, date: Timestamp, now: Timestamp) -> bool {
    if answer == Answer::RIDE {
        let aside = timing::aside_from(date);
        return windows.contains(date) && aside.is_some_and(|from| windows.contains(from));
    }
    windows.next_open(now).is_some_and(|open| open.start() < date)
}

/// The date within a window: late where the act has to come before it, early where it is AWS's.
fn within(
    open: Interval,
    answer: Answer,
    earliest: Timestamp,
    latest: Timestamp,
) -> Option<Timestamp> {
    let from = open.start().max(earliest);
    let last = open.end().checked_sub(WITHIN_WINDOW).ok()?.min(latest);
    if answer == Answer::RIDE {
        let to = open.start().checked_add(timing::ASIDE).ok()?.max(earliest);
        return (to <= last).then_some(to);
    }
    (last.duration_since(from) >= ROOM_BEFORE_DATE).then_some(last)
}
