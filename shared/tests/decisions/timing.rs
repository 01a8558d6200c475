//! When: cool-off, windows and lead against AWS's date. Noon of every world is a Tuesday's.

use shared::testing::builders::{
    EventBuilder, WorldBuilder, enforcing, group, incident_of, reboot_of, retirement_of, stop_of,
    world,
};

use super::check;

/// A group with this window, and an event of its first member.
fn within(window: &str, event: EventBuilder) -> WorldBuilder {
    world().with(group("web").members(6).tagged("window", window)).with(event)
}

fn leading(lead: &str, event: EventBuilder) -> WorldBuilder {
    world().with(group("web").members(6).tagged("lead", lead)).with(event)
}

fn plain(event: EventBuilder) -> WorldBuilder {
    world().with(group("web").members(6)).with(event)
}

const OPENS: [&str; 1] = ["web-1 opens terminate-first: due"];

#[test]
fn cool_off_of_an_hour_before_degraded_hardware_is_left() {
    let seen = |minutes| retirement_of("web-1").seen_minutes_ago(minutes);
    check(plain(retirement_of("web-1")), &enforcing(), ["web-1 holds: cool_off 01 13:00"]);
    check(plain(stop_of("web-1")), &enforcing(), ["web-1 holds: cool_off 01 13:00"]);
    check(plain(seen(59)), &enforcing(), ["web-1 holds: cool_off 01 12:01"]);
    check(plain(seen(60)), &enforcing(), OPENS);
}

#[test]
fn cool_off_is_left_out_where_it_would_end_after_the_latest_safe_start() {
    let date = |minutes| plain(retirement_of("web-1").in_minutes(minutes));
    check(date(3 * 60), &enforcing(), ["web-1 holds: cool_off 01 13:00"]);
    check(date(3 * 60 - 1), &enforcing(), OPENS);
}

#[test]
fn cool_off_of_a_retirement_without_a_date_is_an_hour_too() {
    let undated = plain(retirement_of("web-1").undated());
    check(undated, &enforcing(), ["web-1 holds: cool_off 01 13:00"]);
}

#[test]
fn no_cool_off_for_reboots_nor_where_the_owner_waits_for_a_window_anyway() {
    check(plain(reboot_of("web-1")), &enforcing(), OPENS);
    check(leading("window", retirement_of("web-1")), &enforcing(), OPENS);
}

#[test]
fn outside_window_until_it_opens() {
    let tonight = within("Tue 22:00-23:00", reboot_of("web-1"));
    check(tonight, &enforcing(), ["web-1 holds: outside_window 01 22:00"]);
}

#[test]
fn outside_window_is_judged_in_the_owners_time_zone() {
    let paris = |window| within(window, reboot_of("web-1"));
    check(paris("Tue 13:00-14:00 @ Europe/Paris"), &enforcing(), OPENS);
    let closed = paris("Tue 12:00-13:00 @ Europe/Paris");
    check(closed, &enforcing(), ["web-1 holds: outside_window 08 11:00"]);
}

#[test]
fn inside_the_window_a_reboot_opens_and_a_retirement_still_cools_off() {
    check(within("Tue 12:00-13:00", reboot_of("web-1")), &enforcing(), OPENS);
    let cooling = within("Tue 12:00-14:00", retirement_of("web-1"));
    check(cooling, &enforcing(), ["web-1 holds: cool_off 01 13:00"]);
}

#[test]
fn window_never_opens_where_the_tag_cannot_be_read() {
    let never = within("at night", reboot_of("web-1"));
    check(never, &enforcing(), ["web-1 holds: window_never_opens"]);
}

#[test]
fn outside_window_gives_way_to_a_forced_deadline_at_the_latest_safe_start() {
    let forced = |minutes| {
        let web = group("web").members(6).tagged("window", "Sun 02:00-03:00");
        world().with(web.tagged("deadline", "force")).with(reboot_of("web-1").in_minutes(minutes))
    };
    check(forced(121), &enforcing(), ["web-1 holds: outside_window 06 02:00"]);
    check(forced(120), &enforcing(), OPENS);
}

#[test]
fn outside_window_wins_over_the_date_where_the_deadline_holds() {
    let soon = within("Sun 02:00-03:00", reboot_of("web-1").in_minutes(60));
    check(soon, &enforcing(), ["web-1 holds: outside_window 06 02:00"]);
}

#[test]
fn waiting_for_late_window_until_the_last_day_where_there_are_no_windows() {
    let waits = leading("late", reboot_of("web-1").in_days(14));
    check(waits, &enforcing(), ["web-1 holds: waiting_for_late_window 14 12:00"]);
    check(leading("late", reboot_of("web-1").in_hours(24)), &enforcing(), OPENS);
}

#[test]
fn waiting_for_late_window_means_the_last_one_before_the_date() {
    let late = |days| {
        let web =
            group("web").members(6).tagged("window", "Tue 12:00-13:00").tagged("lead", "late");
        world().with(web).with(reboot_of("web-1").in_days(days))
    };
    check(late(8), &enforcing(), ["web-1 holds: waiting_for_late_window 08 12:00"]);
    check(late(15), &enforcing(), ["web-1 holds: waiting_for_late_window 15 12:00"]);
    check(late(6), &enforcing(), OPENS);
}

#[test]
fn a_window_after_the_latest_safe_start_is_not_worth_waiting_for_late_window() {
    let web = group("web").members(6).tagged("window", "daily 12:00-13:00").tagged("lead", "late");
    let tomorrow = world().with(web).with(reboot_of("web-1").in_hours(25));
    check(tomorrow, &enforcing(), OPENS);
}

#[test]
fn a_cool_off_is_counted_from_the_look_that_saw_the_event_first() {
    let event = retirement_of("web-1");
    let world = plain(event).with(incident_of("web-1").minutes_ago(61));
    check(world, &enforcing(), OPENS);
}

#[test]
fn a_hold_that_ends_by_itself_says_when_to_look_again() {
    let world = plain(retirement_of("web-1")).build();
    let [plan] = shared::decide::decide(&world, &enforcing()).try_into().expect("one plan");
    assert_eq!(plan.look_again, Some(shared::testing::builders::in_minutes(60)));
}
