//! When a stop and start may begin: in a window of its owner's, or within the last day before AWS's
//! date where there is none. Noon of every world is Tuesday the first's, in UTC.

use shared::testing::builders::{
    EventBuilder, InstanceBuilder, WorldBuilder, enforcing, group, reboot_of, retirement_of,
    standalone, world,
};
use shared::time::Timestamp;

use super::check;

const OPENS: [&str; 1] = ["box opens stop_start: due"];

fn due(instance: InstanceBuilder, event: EventBuilder) -> WorldBuilder {
    world().with(instance).with(event)
}

fn plain(event: EventBuilder) -> WorldBuilder {
    due(standalone("box"), event)
}

fn within(window: &str, event: EventBuilder) -> WorldBuilder {
    due(standalone("box").tagged("window", window), event)
}

fn utc(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

#[test]
fn waiting_for_late_window_until_24_hours_before_the_date_where_there_is_no_window() {
    let date = |minutes| plain(reboot_of("box").in_minutes(minutes));
    let waits = ["box holds: waiting_for_late_window 01 12:01"];
    check(date(24 * 60 + 1), &enforcing(), waits);
    check(date(24 * 60), &enforcing(), OPENS);
    check(date(1), &enforcing(), OPENS);
    check(date(0), &enforcing(), ["box holds: aws_is_acting"]);
}

#[test]
fn a_member_that_is_stopped_in_place_waits_for_the_last_day_too() {
    let stopped = |hours| {
        let web = group("web").members(6).tagged("relaunch", "stop-start");
        world().with(web).with(reboot_of("web-1").in_hours(hours))
    };
    check(stopped(25), &enforcing(), ["web-1 holds: waiting_for_late_window 01 13:00"]);
    check(stopped(24), &enforcing(), ["web-1 opens stop_start: due"]);
}

#[test]
fn degraded_hardware_waits_for_the_last_day_after_its_cool_off() {
    let seen = |minutes| plain(retirement_of("box").seen_minutes_ago(minutes));
    check(seen(59), &enforcing(), ["box holds: cool_off 01 12:01"]);
    check(seen(60), &enforcing(), ["box holds: waiting_for_late_window 14 12:00"]);
    let asap = standalone("box").tagged("lead", "asap");
    let asap = due(asap, retirement_of("box").seen_minutes_ago(60));
    check(asap, &enforcing(), ["box holds: waiting_for_late_window 14 12:00"]);
}

#[test]
fn a_stop_without_a_date_has_no_last_day_to_wait_for() {
    check(plain(reboot_of("box").undated()), &enforcing(), OPENS);
}

#[test]
fn a_window_of_its_owners_is_open_weeks_before_the_date() {
    check(within("Tue 12:00-14:00", reboot_of("box")), &enforcing(), OPENS);
    let tonight = within("Tue 22:00-23:00", reboot_of("box"));
    check(tonight, &enforcing(), ["box holds: outside_window 01 22:00"]);
}

#[test]
fn outside_window_on_the_last_day_too_unless_the_deadline_is_forced() {
    let forced = |minutes, deadline: &str| {
        let sundays = standalone("box").tagged("window", "Sun 02:00-03:00");
        due(sundays.tagged("deadline", deadline), reboot_of("box").in_minutes(minutes))
    };
    let held = ["box holds: outside_window 06 02:00"];
    check(forced(120, "hold"), &enforcing(), held);
    check(forced(121, "force"), &enforcing(), held);
    check(forced(120, "force"), &enforcing(), OPENS);
}

#[test]
fn a_reboot_waits_for_windows_and_for_nothing_else() {
    let reboot = || standalone("box").tagged("relaunch", "reboot");
    check(due(reboot(), reboot_of("box")), &enforcing(), ["box opens reboot: due"]);
    let tonight = due(reboot().tagged("window", "Tue 22:00-23:00"), reboot_of("box"));
    check(tonight, &enforcing(), ["box holds: outside_window 01 22:00"]);
}

#[test]
fn busy_wins_over_the_last_day_and_gives_way_to_a_forced_deadline() {
    let busy = |minutes, deadline: &str| {
        let working = standalone("box").tagged("deadline", deadline);
        due(working, reboot_of("box").in_minutes(minutes)).busy("box", 600)
    };
    check(busy(120, "hold"), &enforcing(), ["box holds: busy 01 22:00"]);
    check(busy(121, "force"), &enforcing(), ["box holds: busy 01 22:00"]);
    check(busy(120, "force"), &enforcing(), OPENS);
}

#[test]
fn a_window_over_midnight_over_the_weeks_end_and_across_a_change_of_clocks() {
    for (window, seen, row) in [
        ("Tue 23:00-01:00", "2026-12-02T00:59Z", "box opens stop_start: due"),
        ("Tue 23:00-01:00", "2026-12-02T01:00Z", "box holds: outside_window 08 23:00"),
        ("Sun 23:00-01:00", "2026-12-07T00:30Z", "box opens stop_start: due"),
        ("Sat-Mon 23:00-01:00", "2026-12-07T00:30Z", "box opens stop_start: due"),
        ("Sun 02:00-03:00 @ Europe/Paris", "2026-10-25T00:30Z", "box opens stop_start: due"),
        ("Sun 02:00-03:00 @ Europe/Paris", "2026-10-25T01:30Z", "box opens stop_start: due"),
        (
            "Sun 02:00-03:00 @ Europe/Paris",
            "2026-10-25T02:00Z",
            "box holds: outside_window 01 01:00",
        ),
        (
            "Sun 02:00-03:00 @ Europe/Paris",
            "2027-03-28T01:00Z",
            "box holds: outside_window 04 00:00",
        ),
    ] {
        let date = utc(seen).checked_add(shared::time::SignedDuration::from_hours(72));
        let event = reboot_of("box").at(date.expect("a date"));
        check(within(window, event).seen_at(utc(seen)), &enforcing(), [row]);
    }
}

#[test]
fn standalone_instances_go_one_at_a_time() {
    let two = world().with(standalone("box")).with(standalone("crate"));
    let two = two.with(reboot_of("box").in_hours(9)).with(reboot_of("crate").in_hours(20));
    let rows = ["box opens stop_start: due", "crate holds: limit_full standalone of 1"];
    check(two, &shared::testing::builders::unhurried(), rows);
}
