//! After AWS was asked for another date: it shows, or it does not within ten minutes.

use shared::policy::Ceilings;
use shared::testing::builders::{
    EventBuilder, GroupBuilder, IncidentBuilder, WorldBuilder, enforcing, group, incident_of,
    reboot_of, standalone, world,
};
use shared::time::Timestamp;

use super::check;

fn sundays() -> GroupBuilder {
    group("web").members(6).tagged("window", "Sun 02:00-06:00")
}

/// The date that is asked for: a minute before Sunday's window ends.
fn sunday() -> Timestamp {
    "2026-12-06T05:59Z".parse().expect("a time")
}

fn asked(seconds: i64) -> IncidentBuilder {
    incident_of("web-1").rescheduling(sunday()).seconds_ago(seconds)
}

fn thursday() -> EventBuilder {
    reboot_of("web-1").in_days(2).movable_to_days(10)
}

fn fleet(event: EventBuilder, incident: IncidentBuilder) -> WorldBuilder {
    world().with(sundays()).with(event).with(incident)
}

#[test]
fn date_taken_as_soon_as_ec2_shows_it() {
    let shown = reboot_of("web-1").at(sunday()).movable_to_days(10);
    for seconds in [0, 90, 3_600] {
        let taken = fleet(shown.clone(), asked(seconds));
        check(taken, &enforcing(), ["web-1 records another date: date_taken 06 05:59"]);
    }
}

#[test]
fn waiting_for_date_and_asking_again_after_90_seconds() {
    let waits = ["web-1 waits: waiting_for_date 06 05:59"];
    check(fleet(thursday(), asked(0)), &enforcing(), waits);
    check(fleet(thursday(), asked(89)), &enforcing(), waits);
    let again = ["web-1 opens reschedule to 06 05:59 again: tried_again"];
    check(fleet(thursday(), asked(90)), &enforcing(), again);
}

#[test]
fn date_not_taken_within_ten_minutes() {
    let again = ["web-1 opens reschedule to 06 05:59 again: tried_again"];
    check(fleet(thursday(), asked(599)), &enforcing(), again);
    let refused = ["web-1 records no other date: date_not_taken 06 05:59"];
    check(fleet(thursday(), asked(600)), &enforcing(), refused);
}

#[test]
fn no_second_request_for_a_date_that_aws_did_not_take() {
    let refused = fleet(thursday(), incident_of("web-1").no_other_date());
    check(refused, &enforcing(), ["web-1 holds: outside_window 06 02:00"]);
}

#[test]
fn a_date_that_nobody_asked_for_is_not_the_one_that_was_asked_for() {
    let elsewhere = fleet(reboot_of("web-1").in_days(8).movable_to_days(10), asked(120));
    check(elsewhere, &enforcing(), ["web-1 waits: waiting_for_date 06 05:59"]);
    let saturdays = group("web").members(6).tagged("window", "Sat 02:00-06:00");
    let other = world().with(saturdays).with(thursday()).with(asked(120));
    check(other, &enforcing(), ["web-1 waits: waiting_for_date 06 05:59"]);
}

#[test]
fn nothing_is_asked_again_against_anybodys_word() {
    let waits = ["web-1 waits: waiting_for_date 06 05:59"];
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    check(fleet(thursday(), asked(120)), &stopped, waits);
    let off = world().with(sundays().tagged("mode", "off")).with(thursday()).with(asked(120));
    check(off, &enforcing(), waits);
    let governed = fleet(thursday(), asked(120)).acts_within_the_hour(10);
    check(governed, &enforcing(), waits);
}

#[test]
fn an_event_that_is_over_needs_no_other_date() {
    let cleared = ["web-1 closes as cleared: event_over"];
    check(fleet(thursday().canceled(), asked(30)), &enforcing(), cleared);
    check(world().with(sundays()).with(asked(30)), &enforcing(), cleared);
    let silent = fleet(thursday(), asked(30)).silent_about("web-1");
    check(silent, &enforcing(), ["web-1 waits: no_positive_look"]);
}

#[test]
fn at_the_new_date_its_owners_window_opens_before_it() {
    let moved = || reboot_of("web-1").at(sunday()).movable_to_days(10);
    let seen =
        |time: &str| fleet(moved(), incident_of("web-1")).seen_at(time.parse().expect("a time"));
    let waits = ["web-1 holds: outside_window 06 02:00"];
    check(seen("2026-12-05T12:00Z"), &enforcing(), waits);
    check(seen("2026-12-06T02:00Z"), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn another_date_is_asked_for_in_the_name_of_whoever_may_act() {
    let observed = world().with(sundays().tagged("mode", "observe")).with(thursday());
    check(observed, &enforcing(), ["web-1 proposes reschedule: observe"]);
    let held = world().with(sundays().tagged("hold-until", "2026-12-02T00:00Z")).with(thursday());
    check(held, &enforcing(), ["web-1 holds: hold_until 02 00:00"]);
}

#[test]
fn another_date_takes_no_slot_and_holds_nobody_else() {
    let both = world().with(sundays()).with(thursday());
    let both = both.with(reboot_of("web-2").in_days(3).movable_to_days(10));
    let rows =
        ["web-1 opens reschedule to 06 05:59: due", "web-2 opens reschedule to 06 05:59: due"];
    check(both, &enforcing(), rows);
}

#[test]
fn another_date_is_an_act_to_the_governor() {
    let governed = world().with(sundays()).with(thursday()).acts_within_the_hour(10);
    check(governed, &enforcing(), ["web-1 holds: governor 01 12:50"]);
}

#[test]
fn what_holds_a_stop_holds_no_other_date() {
    let boxed = standalone("box").tagged("window", "Sun 02:00-06:00");
    let busy = world().with(boxed).with(reboot_of("box").in_days(2).movable_to_days(10));
    let row = ["box opens reschedule to 06 05:59: due"];
    check(busy.busy("box", 600), &enforcing(), row);
}
