//! After its return: EC2 shows it clean at ten and sixty minutes, lists the event on for an hour,
//! or shows an event of the new host.

use shared::plan::InPlace::{self, Reboot, Ride, StopStart};
use shared::testing::builders::{
    EventBuilder, IncidentBuilder, WorldBuilder, enforcing, in_minutes, incident_of,
    maintenance_of, reboot_of, retirement_of, standalone, unhurried, world,
};
use shared::world::InstanceState;

use super::check;

/// It has served again for so many minutes.
fn back(how: InPlace, minutes: i64) -> IncidentBuilder {
    incident_of("box").back(how).minutes_ago(minutes)
}

fn clean(incident: IncidentBuilder) -> WorldBuilder {
    world().with(standalone("box")).with(incident)
}

fn listed(incident: IncidentBuilder, event: EventBuilder) -> WorldBuilder {
    clean(incident).with(event.in_hours(19))
}

#[test]
fn it_is_clean_at_ten_minutes_and_at_sixty() {
    for (how, outcome) in [(StopStart, "moved"), (Reboot, "moved"), (Ride, "ridden")] {
        let at = |minutes| clean(back(how, minutes));
        check(at(9), &enforcing(), ["box waits: waiting_for_ten_minutes"]);
        check(at(10), &enforcing(), ["box records a clean host: still_clean box"]);
        let looked = |minutes| clean(back(how, minutes).clean_at_ten());
        check(looked(59), &enforcing(), ["box waits: waiting_for_sixty_minutes"]);
        let closes = format!("box closes as {outcome}: it_is_clean");
        check(looked(60), &enforcing(), [&closes]);
    }
}

#[test]
fn an_event_that_is_over_counts_as_clean() {
    for over in [reboot_of("box").completed(), reboot_of("box").canceled()] {
        let fleet = clean(back(StopStart, 60).clean_at_ten()).with(over);
        check(fleet, &enforcing(), ["box closes as moved: it_is_clean"]);
    }
}

#[test]
fn waiting_for_listing_while_ec2_lags() {
    for minutes in [1, 10, 59, 70, 89] {
        for how in [StopStart, Reboot, Ride] {
            let lags = listed(back(how, minutes), reboot_of("box"));
            check(lags, &enforcing(), ["box waits: waiting_for_listing"]);
        }
    }
}

#[test]
fn a_lag_of_seventy_minutes_ends_in_two_clean_looks() {
    let lags = listed(back(StopStart, 69), reboot_of("box"));
    check(lags, &enforcing(), ["box waits: waiting_for_listing"]);
    let first = clean(back(StopStart, 70));
    check(first, &enforcing(), ["box records a clean host: still_clean box"]);
    let second = clean(back(StopStart, 75).clean_at_ten());
    check(second, &enforcing(), ["box closes as moved: it_is_clean"]);
}

#[test]
fn still_listed_after_ninety_minutes_is_another_attempt() {
    for how in [StopStart, Reboot, Ride] {
        let event = if how == Ride { maintenance_of("box") } else { reboot_of("box") };
        let still = listed(back(how, 90), event);
        check(still, &enforcing(), ["box records another attempt: still_listed"]);
    }
}

#[test]
fn attempts_exhausted_by_an_event_that_no_move_clears() {
    let attempt = |attempt| listed(incident_of("box").attempt(attempt), reboot_of("box"));
    check(attempt(3), &enforcing(), ["box opens stop_start: due"]);
    check(attempt(4), &enforcing(), ["box holds: attempts_exhausted"]);
}

#[test]
fn bad_host_where_it_landed_beside_an_event_of_its_own() {
    let landed = |minutes, attempt| {
        let landed = back(StopStart, minutes).attempt(attempt);
        listed(landed, retirement_of("box").nth(2).seen_minutes_ago(120))
    };
    for minutes in [1, 30] {
        let rows =
            ["box closes as moved_again: bad_host box", "box (event 2) opens stop_start: due"];
        check(landed(minutes, 1), &unhurried(), rows);
    }
}

#[test]
fn bad_host_after_bad_host_ends_in_attempts_exhausted() {
    let landed = |attempt| {
        let landed = back(StopStart, 5).attempt(attempt);
        clean(landed).with(reboot_of("box").nth(2).in_hours(19))
    };
    let again = "box closes as moved_again: bad_host box";
    check(landed(2), &unhurried(), [again, "box (event 2) opens stop_start: due"]);
    check(landed(3), &unhurried(), [again, "box (event 2) holds: attempts_exhausted"]);
}

#[test]
fn both_events_that_it_had_are_cleared_by_one_move() {
    let two = |minutes| {
        let fleet = listed(back(StopStart, minutes).with_event(2), reboot_of("box"));
        fleet.with(retirement_of("box").nth(2).in_hours(40))
    };
    let rows = ["box waits: waiting_for_listing", "box (event 2) waits: other_event_first"];
    check(two(30), &enforcing(), rows);
    let other = clean(back(StopStart, 30).with_event(2));
    let other = other.with(retirement_of("box").nth(2).in_hours(40));
    check(other, &enforcing(), rows);
}

#[test]
fn the_other_event_that_is_listed_after_ninety_minutes_is_decided_when_the_first_is_closed() {
    let late = |incident: IncidentBuilder| {
        clean(incident.with_event(2)).with(reboot_of("box").nth(2).in_hours(19))
    };
    let rows =
        ["box records a clean host: still_clean box", "box (event 2) waits: other_event_first"];
    check(late(back(StopStart, 90)), &enforcing(), rows);
    let rows = ["box closes as moved: it_is_clean", "box (event 2) waits: other_event_first"];
    check(late(back(StopStart, 91).clean_at_ten()), &enforcing(), rows);
}

#[test]
fn another_event_of_an_instance_that_rode_is_not_cleared_by_that() {
    let rode = || clean(back(Ride, 5).with_event(2));
    let other = rode().with(reboot_of("box").nth(2).in_hours(19));
    let rows = ["box waits: waiting_for_ten_minutes", "box (event 2) opens stop_start: due"];
    check(other, &unhurried(), rows);
    let new = clean(back(Ride, 5)).with(reboot_of("box").nth(2).in_hours(19));
    check(new, &unhurried(), rows);
}

#[test]
fn what_an_instance_had_that_aws_stopped_while_it_rode_is_of_its_old_host() {
    let moved = || clean(back(Ride, 5).with_event(2)).changing("box", started);
    let other = moved().with(reboot_of("box").nth(2).in_minutes(20));
    let rows = ["box waits: waiting_for_listing", "box (event 2) waits: other_event_first"];
    check(other, &enforcing(), rows);
}

fn started(instance: &mut shared::world::Instance) {
    instance.launched_at = Some(in_minutes(-6));
}

#[test]
fn no_positive_look_closes_nothing() {
    let looked = || clean(back(StopStart, 60).clean_at_ten());
    let waits = ["box waits: no_positive_look"];
    check(looked().silent_about("box"), &enforcing(), waits);
    check(looked().changing("box", |it| it.status_read = false), &enforcing(), waits);
}

#[test]
fn stopped_by_its_owner_after_its_return_it_is_clean_all_the_same() {
    let stopped = |it: &mut shared::world::Instance| it.state = Some(InstanceState::Stopped);
    let looked = clean(back(StopStart, 60).clean_at_ten()).changing("box", stopped);
    check(looked, &enforcing(), ["box closes as moved: it_is_clean"]);
}

#[test]
fn while_it_is_away_a_second_event_waits() {
    for incident in [
        incident_of("box").leaving(StopStart).minutes_ago(2),
        incident_of("box").moving(StopStart).seconds_ago(30),
    ] {
        let fleet = world().with(standalone("box")).with(reboot_of("box").in_hours(20));
        let fleet = fleet.with(reboot_of("box").nth(2).in_hours(10)).with(incident).build();
        let plans = shared::decide::decide(&fleet, &unhurried());
        let lines: Vec<_> = plans.iter().map(|plan| super::lines::of(&fleet, plan)).collect();
        assert_eq!(
            lines.last().map(String::as_str),
            Some("box (event 2) waits: other_event_first")
        );
    }
}
