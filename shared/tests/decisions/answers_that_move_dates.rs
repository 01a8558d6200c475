//! Rescheduling: into the owner's window, where AWS allows it and no window opens before.
//!
//! Noon of every world is a Tuesday's; the window is Sunday's, and AWS's date lies before it.

use shared::decide::decide;
use shared::plan::{Answer, Step};
use shared::testing::builders::{
    EventBuilder, GroupBuilder, enforcing, group, in_minutes, reboot_of, world,
};
use shared::time::Timestamp;

use super::check;

fn sundays() -> GroupBuilder {
    group("web").members(6).tagged("window", "Sun 02:00-06:00")
}

/// The time to which the event would be moved.
fn moved_to(group: GroupBuilder, event: EventBuilder) -> Option<Timestamp> {
    let plans = decide(&world().with(group).with(event).build(), &enforcing());
    plans.into_iter().find_map(|plan| match plan.step {
        Step::Hold(Some(Answer::Reschedule(to))) => Some(to),
        _ => None,
    })
}

fn sunday() -> Option<Timestamp> {
    "2026-12-06T02:00Z".parse().ok()
}

#[test]
fn reschedule_into_the_owners_window() {
    let movable = reboot_of("web-1").in_days(2).movable_to_days(10);
    assert_eq!(moved_to(sundays(), movable.clone()), sunday());
    let fleet = world().with(sundays()).with(movable);
    check(fleet, &enforcing(), ["web-1 holds: not_carried_out_yet reschedule"]);
}

#[test]
fn reschedule_to_the_very_deadline_but_not_beyond() {
    let until = |window| group("web").members(6).tagged("window", window);
    let movable = || reboot_of("web-1").in_days(2).movable_to_days(4);
    assert_eq!(moved_to(until("Sat 12:00-13:00"), movable()), Some(in_minutes(4 * 24 * 60)));
    assert_eq!(moved_to(until("Sat 12:01-13:00"), movable()), None);
}

#[test]
fn no_reschedule_into_a_window_that_opens_with_the_date_itself() {
    let thursday = group("web").members(6).tagged("window", "Thu 12:00-13:00");
    assert_eq!(moved_to(thursday, reboot_of("web-1").in_days(2).movable_to_days(10)), None);
}

#[test]
fn no_reschedule_where_aws_does_not_allow_it_at_all_or_so_late() {
    assert_eq!(moved_to(sundays(), reboot_of("web-1").in_days(2)), None);
    assert_eq!(moved_to(sundays(), reboot_of("web-1").in_days(2).movable_to_days(4)), None);
}

#[test]
fn no_reschedule_where_a_window_opens_before_the_date() {
    let after_sunday = reboot_of("web-1").in_days(6).movable_to_days(20);
    assert_eq!(moved_to(sundays(), after_sunday), None);
}

#[test]
fn no_reschedule_without_windows_nor_with_unreadable_ones() {
    let movable = || reboot_of("web-1").in_days(2).movable_to_days(10);
    assert_eq!(moved_to(group("web").members(6), movable()), None);
    assert_eq!(moved_to(sundays().tagged("window", "at night"), movable()), None);
}

#[test]
fn no_reschedule_of_an_event_without_a_date() {
    assert_eq!(moved_to(sundays(), reboot_of("web-1").undated().movable_to_days(10)), None);
}

#[test]
fn no_reschedule_within_five_minutes_of_the_date() {
    let soon = |minutes| reboot_of("web-1").in_minutes(minutes).movable_to_days(10);
    assert_eq!(moved_to(sundays(), soon(6)), sunday());
    assert_eq!(moved_to(sundays(), soon(5)), None);
}

#[test]
fn a_new_date_lies_an_hour_ahead_at_least() {
    let tonight = group("web").members(6).tagged("window", "Tue 12:30-14:00");
    let soon = reboot_of("web-1").in_minutes(20).movable_to_days(10);
    assert_eq!(moved_to(tonight, soon), Some(in_minutes(60)));
}

#[test]
fn no_reschedule_for_an_owner_who_asked_only_to_be_told() {
    let told = sundays().tagged("relaunch", "notify");
    let movable = reboot_of("web-1").in_days(2).movable_to_days(10);
    let fleet = world().with(told).with(movable);
    check(fleet, &enforcing(), ["web-1 notifies: owner_asked_to_notify"]);
}

#[test]
fn no_reschedule_where_a_forced_deadline_lets_windows_give_way() {
    let forced = sundays().tagged("deadline", "force");
    let movable = reboot_of("web-1").in_minutes(90).movable_to_days(10);
    let fleet = world().with(forced).with(movable);
    check(fleet, &enforcing(), ["web-1 opens terminate-first: due"]);
}
