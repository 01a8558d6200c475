//! Rescheduling: into the owner's window, where AWS allows it and no window opens before.
//!
//! Noon of every world is a Tuesday's; the window is Sunday's, and AWS's date lies before it.

use shared::decide::decide;
use shared::plan::{InPlace, Opening, Step, Way};
use shared::testing::builders::{
    EventBuilder, GroupBuilder, enforcing, group, in_minutes, incident_of, maintenance_of,
    reboot_of, standalone, world,
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
        Step::Open(Opening { way: Way::Reschedule(to), .. }) => Some(to),
        _ => None,
    })
}

/// A minute before the window ends, so that there is all of it to act before.
fn sunday() -> Option<Timestamp> {
    "2026-12-06T05:59Z".parse().ok()
}

#[test]
fn reschedule_into_the_owners_window() {
    let movable = reboot_of("web-1").in_days(2).movable_to_days(10);
    assert_eq!(moved_to(sundays(), movable.clone()), sunday());
    let fleet = world().with(sundays()).with(movable);
    check(fleet, &enforcing(), ["web-1 opens reschedule to 06 05:59: due"]);
}

#[test]
fn reschedule_to_the_very_deadline_but_not_beyond() {
    let until = |window| group("web").members(6).tagged("window", window);
    let movable = || reboot_of("web-1").in_days(2).movable_to_days(4);
    assert_eq!(moved_to(until("Sat 11:30-13:00"), movable()), Some(in_minutes(4 * 24 * 60)));
    assert_eq!(moved_to(until("Sat 12:01-13:00"), movable()), None);
}

#[test]
fn a_window_that_opens_with_the_date_itself_lies_before_the_new_one() {
    let thursday = group("web").members(6).tagged("window", "Thu 12:00-13:00");
    let moved = moved_to(thursday, reboot_of("web-1").in_days(2).movable_to_days(10));
    assert_eq!(moved, Some(in_minutes(2 * 24 * 60 + 59)));
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
    let soon = |window: &str| {
        let tonight = group("web").members(6).tagged("window", window);
        moved_to(tonight, reboot_of("web-1").in_minutes(20).movable_to_days(4))
    };
    assert_eq!(soon("Tue 12:30-14:00"), Some(in_minutes(119)));
    assert_eq!(soon("Tue 12:30-13:31"), Some(in_minutes(90)));
    assert_eq!(soon("Tue 12:30-13:30"), None);
}

/// A member that rides, with this window, and AWS's date on Thursday at this time.
fn ridden(window: &str, date: &str, deadline: &str) -> Option<Timestamp> {
    let event = maintenance_of("web-1").at(december(date)?).movable_until(december(deadline)?);
    moved_to(group("web").members(6).tagged("window", window), event)
}

fn december(time: &str) -> Option<Timestamp> {
    format!("2026-12-{time}Z").parse().ok()
}

#[test]
fn a_ride_is_moved_to_half_an_hour_after_its_window_opens() {
    let moved = ridden("Sun 02:00-06:00", "03T12:00", "11T12:00");
    assert_eq!(moved, december("06T02:30"));
}

#[test]
fn a_ride_stays_at_a_date_that_its_window_holds_together_with_the_half_hour_before() {
    let on_thursday = |date| ridden("Thu 02:00-06:00", date, "20T12:00");
    assert_eq!(on_thursday("03T02:30"), None);
    assert_eq!(on_thursday("03T05:59"), None);
    assert_eq!(on_thursday("03T02:29"), december("03T02:59"));
    assert_eq!(on_thursday("03T06:00"), december("10T02:30"));
}

#[test]
fn a_ride_is_moved_to_the_very_deadline_but_not_beyond() {
    let until = |deadline| ridden("Sun 02:00-06:00", "03T12:00", deadline);
    assert_eq!(until("06T02:30"), december("06T02:30"));
    assert_eq!(until("06T02:29"), None);
}

#[test]
fn a_window_of_half_an_hour_holds_no_ride_and_the_next_one_may() {
    assert_eq!(ridden("Sun 02:00-02:30", "03T12:00", "20T12:00"), None);
    assert_eq!(ridden("Sun 02:00-02:31", "03T12:00", "20T12:00"), december("06T02:30"));
    let two = ridden("Sun 02:00-02:30 + Mon 02:00-04:00", "03T12:00", "20T12:00");
    assert_eq!(two, december("07T02:30"));
}

#[test]
fn a_stop_is_moved_like_a_replacement_to_the_end_of_its_window() {
    let boxed = standalone("box").tagged("window", "Sun 02:00-06:00");
    let movable = reboot_of("box").in_days(2).movable_to_days(10);
    let fleet = world().with(boxed).with(movable);
    check(fleet, &enforcing(), ["box opens reschedule to 06 05:59: due"]);
}

#[test]
fn a_new_date_across_a_change_of_clocks_is_in_the_owners_hours() {
    let seen = |window: &str, event: EventBuilder| {
        let boxed = standalone("box").tagged("window", window);
        world().with(boxed).with(event).seen_at("2026-10-20T12:00Z".parse().expect("a time"))
    };
    let date = || reboot_of("box").at("2026-10-22T12:00Z".parse().expect("a time"));
    let movable = date().movable_until("2026-10-30T12:00Z".parse().expect("a time"));
    let fleet = seen("Sun 02:00-03:00 @ Europe/Paris", movable);
    check(fleet, &enforcing(), ["box opens reschedule to 25 01:59: due"]);
}

#[test]
fn no_reschedule_of_what_has_left_service_already() {
    let boxed = standalone("box").tagged("window", "Sun 02:00-06:00");
    let movable = reboot_of("box").in_days(2).movable_to_days(10);
    let away = incident_of("box").leaving(InPlace::StopStart).minutes_ago(2);
    let fleet = world().with(boxed).with(movable).with(away);
    let row = "box turns back unwanted: outside_window 06 02:00";
    check(fleet, &enforcing(), [row]);
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
