//! When who rides stands aside: half an hour before AWS's date, or in the last window before that.
//! Noon of every world is Tuesday the first's, in UTC.

use shared::testing::builders::{
    EventBuilder, WorldBuilder, enforcing, group, maintenance_of, world,
};
use shared::time::Timestamp;

use super::check;

const OPENS: &str = "web-1 opens ride: due";

fn utc(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

fn plain(event: EventBuilder) -> WorldBuilder {
    world().with(group("web").members(6)).with(event)
}

/// A group with this window, seen at this time, of which a member is to be ridden out at that one.
fn within(window: &str, seen: &str, date: &str) -> WorldBuilder {
    let web = group("web").members(6).tagged("window", window);
    world().with(web).with(maintenance_of("web-1").at(utc(date))).seen_at(utc(seen))
}

#[track_caller]
fn rows(window: &str, date: &str, expected: &[(&str, &str)]) {
    for (seen, row) in expected {
        check(within(window, seen, date), &enforcing(), [row]);
    }
}

#[test]
fn aside_from_thirty_minutes_before_the_date() {
    let date = |minutes| plain(maintenance_of("web-1").in_minutes(minutes));
    check(date(31), &enforcing(), ["web-1 holds: aside_from 01 12:01"]);
    check(date(30), &enforcing(), [OPENS]);
    check(date(1), &enforcing(), [OPENS]);
    check(date(0), &enforcing(), ["web-1 holds: aws_is_acting"]);
    check(date(14 * 24 * 60), &enforcing(), ["web-1 holds: aside_from 15 11:30"]);
}

#[test]
fn no_date_is_nothing_to_stand_aside_for() {
    check(plain(maintenance_of("web-1").undated()), &enforcing(), ["web-1 holds: no_date"]);
}

#[test]
fn a_window_that_is_open_half_an_hour_before_changes_nothing() {
    rows(
        "Wed 02:00-06:00",
        "2026-12-02T05:30Z",
        &[
            ("2026-12-02T03:00Z", "web-1 holds: aside_from 02 05:00"),
            ("2026-12-02T05:00Z", OPENS),
            ("2026-12-02T05:29Z", OPENS),
        ],
    );
}

#[test]
fn a_window_that_closed_before_sends_it_aside_in_its_last_quarter() {
    rows(
        "Wed 02:00-04:00",
        "2026-12-02T07:00Z",
        &[
            ("2026-12-02T02:30Z", "web-1 holds: aside_from 02 03:45"),
            ("2026-12-02T03:45Z", OPENS),
            ("2026-12-02T03:59Z", OPENS),
            ("2026-12-02T04:00Z", "web-1 holds: outside_window 09 02:00"),
        ],
    );
}

#[test]
fn a_window_of_ten_minutes_has_no_last_quarter() {
    rows(
        "Wed 03:50-04:00",
        "2026-12-02T07:00Z",
        &[("2026-12-02T03:40Z", "web-1 holds: aside_from 02 03:50"), ("2026-12-02T03:50Z", OPENS)],
    );
}

#[test]
fn the_last_of_two_windows_is_the_one_to_leave_in() {
    rows(
        "Wed 03:00-03:30 + Wed 05:00-05:30",
        "2026-12-02T07:00Z",
        &[("2026-12-02T03:20Z", "web-1 holds: aside_from 02 05:15"), ("2026-12-02T05:20Z", OPENS)],
    );
}

#[test]
fn nobody_stands_aside_more_than_four_hours_early() {
    rows(
        "daily 02:00-03:00",
        "2026-12-02T07:29Z",
        &[("2026-12-02T02:58Z", "web-1 holds: aside_from 02 02:59"), ("2026-12-02T02:59Z", OPENS)],
    );
    rows(
        "daily 02:00-03:00",
        "2026-12-02T07:30Z",
        &[
            ("2026-12-01T12:00Z", "web-1 holds: outside_window 03 02:00"),
            ("2026-12-02T02:59Z", "web-1 holds: outside_window 03 02:00"),
            ("2026-12-02T07:15Z", "web-1 holds: outside_window 03 02:00"),
        ],
    );
}

#[test]
fn a_window_that_opens_in_the_last_half_hour_is_better_than_none() {
    rows(
        "Wed 07:15-09:00",
        "2026-12-02T07:30Z",
        &[("2026-12-02T07:00Z", "web-1 holds: aside_from 02 07:15"), ("2026-12-02T07:15Z", OPENS)],
    );
}

#[test]
fn window_never_opens_where_it_cannot_be_read() {
    let row = "web-1 holds: window_never_opens";
    check(within("at night", "2026-12-02T07:00Z", "2026-12-02T07:10Z"), &enforcing(), [row]);
}

#[test]
fn a_forced_deadline_needs_no_window() {
    let forced = |minutes| {
        let web = group("web").members(6).tagged("window", "Sun 02:00-03:00");
        let event = maintenance_of("web-1").in_minutes(minutes);
        world().with(web.tagged("deadline", "force")).with(event)
    };
    check(forced(31), &enforcing(), ["web-1 holds: aside_from 01 12:01"]);
    check(forced(30), &enforcing(), [OPENS]);
}

#[test]
fn a_window_over_midnight_is_one_window() {
    rows(
        "Tue 23:00-01:00",
        "2026-12-02T01:15Z",
        &[("2026-12-02T00:44Z", "web-1 holds: aside_from 02 00:45"), ("2026-12-02T00:45Z", OPENS)],
    );
    rows(
        "Tue 23:00-01:00",
        "2026-12-02T03:00Z",
        &[
            ("2026-12-01T23:59Z", "web-1 holds: aside_from 02 00:45"),
            ("2026-12-02T00:50Z", OPENS),
            ("2026-12-02T01:00Z", "web-1 holds: outside_window 08 23:00"),
        ],
    );
}

#[test]
fn a_window_over_the_weeks_end_is_one_window() {
    rows(
        "Sun 23:00-02:00",
        "2026-12-07T01:30Z",
        &[("2026-12-07T00:59Z", "web-1 holds: aside_from 07 01:00"), ("2026-12-07T01:00Z", OPENS)],
    );
}

#[test]
fn the_hour_that_a_clock_shows_twice_is_in_the_window_both_times() {
    rows(
        "Sun 02:00-03:00 @ Europe/Paris",
        "2026-10-25T01:45Z",
        &[
            ("2026-10-25T00:30Z", "web-1 holds: aside_from 25 01:15"),
            ("2026-10-25T01:15Z", OPENS),
            ("2026-10-25T01:44Z", OPENS),
        ],
    );
}

#[test]
fn the_hour_that_a_clock_leaves_out_is_no_window() {
    rows(
        "Sun 02:00-03:00 @ Europe/Paris",
        "2027-03-28T01:45Z",
        &[("2027-03-28T01:15Z", "web-1 holds: outside_window 04 00:00")],
    );
    rows(
        "Sun 01:30-03:30 @ Europe/Paris",
        "2027-03-28T03:00Z",
        &[
            ("2027-03-28T01:14Z", "web-1 holds: aside_from 28 01:15"),
            ("2027-03-28T01:15Z", OPENS),
            ("2027-03-28T01:30Z", "web-1 holds: outside_window 03 23:30"),
        ],
    );
}
