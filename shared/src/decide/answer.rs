//! Which answer clears an event, were nothing in the way.

use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::{Check, Subject, timing};
use crate::plan::{Answer, Order, Reason};
use crate::policy::Relaunch;
use crate::time::Calendar;
use crate::world::{EventCode, Tenancy};

/// A new start lies at least this far in the future (AWS doc `reschedule-event`, read 2026-11).
const RESCHEDULE_LEAST: SignedDuration = SignedDuration::from_mins(60);

/// An event that starts within this time cannot be moved any more (same page).
const RESCHEDULE_CLOSED: SignedDuration = SignedDuration::from_mins(5);

/// The answer by the owner's wish, or by what the instance is; an error where that would not clear
/// the event.
pub fn choose(subject: &Subject<'_>, now: Timestamp) -> Check<Answer> {
    if let Some(to) = reschedule(subject, now) {
        return Continue(Answer::Reschedule(to));
    }
    match subject.policy.relaunch {
        Relaunch::Auto => automatic(subject),
        Relaunch::Replace if subject.member.is_some() => Continue(replace(subject)),
        Relaunch::Replace => Break(Reason::NotCarriedOutYet("replace of a standalone instance")),
        Relaunch::Ride => Continue(Answer::Ride),
        Relaunch::StopStart => Continue(Answer::StopStart),
        Relaunch::Reboot if reboot_clears(subject) => Continue(Answer::Reboot),
        Relaunch::Reboot => Break(Reason::RebootDoesNotClear),
        Relaunch::Notify => Continue(Answer::Notify),
    }
}

fn automatic(subject: &Subject<'_>) -> Check<Answer> {
    if let EventCode::Other(_) = subject.event.code {
        return Break(Reason::CodeUnknown(subject.event.code.clone()));
    }
    if subject.event.code == EventCode::SystemMaintenance {
        return Continue(Answer::Ride);
    }
    if subject.member.is_none() {
        return Continue(Answer::StopStart);
    }
    match subject.instance.instance_store {
        Some(false) => Continue(replace(subject)),
        Some(true) => Continue(Answer::Ride),
        None => Break(Reason::InstanceStoreUnknown),
    }
}

fn replace(subject: &Subject<'_>) -> Answer {
    let launches_first = subject.member.is_some_and(|(group, _)| group.launches_first());
    Answer::Replace(if launches_first { Order::LaunchFirst } else { Order::TerminateFirst })
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

/// The start of a window to which AWS allows the event to be moved, where no window opens before
/// AWS's date. Who asked only to be told gets no other date, and an act that `deadline=force`
/// starts needs no window.
fn reschedule(subject: &Subject<'_>, now: Timestamp) -> Option<Timestamp> {
    let windows = &subject.policy.window;
    let told_only = subject.policy.relaunch == Relaunch::Notify;
    if *windows == Calendar::Always || told_only || timing::forced(subject, now) {
        return None;
    }
    let date = subject.event.not_before?;
    let latest = subject.event.not_before_deadline?;
    if now.checked_add(RESCHEDULE_CLOSED).ok()? >= date {
        return None;
    }
    if windows.next_open(now).is_some_and(|open| open.start() < date) {
        return None;
    }
    let earliest = now.checked_add(RESCHEDULE_LEAST).ok()?;
    let open = windows.next_open(earliest.max(date))?;
    let start = open.start().max(earliest);
    (start <= latest && start > date).then_some(start)
}
