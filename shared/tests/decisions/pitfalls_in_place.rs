//! What trips others up when an instance stays itself, by its number in the project's list of
//! pitfalls.

use shared::decide::{decide, guard};
use shared::ledger::Returns;
use shared::plan::InPlace::{Ride, StopStart};
use shared::plan::{Step, Way};
use shared::ports::{CloudErrorClass, Retry};
use shared::testing::builders::{
    GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group, in_minutes,
    incident_of, key, maintenance_of, reboot_of, retirement_of, standalone, unhurried, world,
};
use shared::world::InstanceState;

use super::check;
use super::pitfalls::sources_name;

fn alone(instance: InstanceBuilder, incident: IncidentBuilder) -> WorldBuilder {
    world().with(instance).with(reboot_of("box").in_hours(20)).with(incident)
}

fn in_place(members: u32) -> GroupBuilder {
    group("web").members(members).tagged("relaunch", "stop-start")
}

#[test]
fn p04_a_completed_event_ends_a_ride_and_starts_none() {
    let over = || maintenance_of("web-1").in_minutes(10).completed();
    check(world().with(group("web").members(6)).with(over()), &enforcing(), []);
    let aside = incident_of("web-1").leaving(Ride).minutes_ago(12).aside(10);
    let rode = world().with(group("web").members(6).standby("web-1")).with(over()).with(aside);
    check(rode, &enforcing(), ["web-1 turns back moved: aws_is_done"]);
}

#[test]
fn p04_an_instance_is_clean_when_all_that_is_listed_is_over() {
    let looked = incident_of("box").back(StopStart).minutes_ago(61).clean_at_ten();
    let fleet = world().with(standalone("box")).with(looked);
    let fleet =
        fleet.with(reboot_of("box").completed()).with(retirement_of("box").nth(2).canceled());
    check(fleet, &enforcing(), ["box closes as moved: it_is_clean"]);
}

#[test]
fn p05_an_event_that_ec2_lists_for_70_minutes_is_not_acted_on_again() {
    for minutes in 1..70 {
        let served = incident_of("box").back(StopStart).minutes_ago(minutes);
        check(alone(standalone("box"), served), &enforcing(), ["box waits: waiting_for_listing"]);
    }
    let cleared = incident_of("box").back(StopStart).minutes_ago(70);
    let cleared = world().with(standalone("box")).with(cleared);
    let cleared = cleared.with(reboot_of("box").completed());
    check(cleared, &enforcing(), ["box records a clean host: still_clean box"]);
}

#[test]
fn p06_an_instance_on_its_disks_waits_for_the_last_day_and_for_its_owners_word() {
    let early = |instance| world().with(instance).with(reboot_of("box").in_days(20));
    let waits = ["box holds: waiting_for_late_window 20 12:00"];
    check(early(standalone("box")), &enforcing(), waits);
    let off = early(standalone("box").tagged("mode", "off"));
    check(off, &enforcing(), ["box holds: not_opted_in"]);
    let held = early(standalone("box").tagged("hold-until", "2026-12-20T12:00Z"));
    check(held, &enforcing(), ["box holds: hold_until 20 12:00"]);
}

#[test]
fn p24_no_source_file_terminates_through_ec2() {
    sources_name(&["terminate_instances("], false);
}

#[test]
fn p25_no_source_file_detaches_and_no_member_is_stopped_in_service() {
    sources_name(&["detach_instances("], false);
    let fleet = world().with(in_place(6)).with(reboot_of("web-1").in_hours(20));
    for seconds in [0, 60, 90, 3_600] {
        let leaving = incident_of("web-1").leaving(StopStart).seconds_ago(seconds);
        let fleet = fleet.clone().with(leaving).build();
        let plans = decide(&fleet, &unhurried());
        let struck = plans.iter().any(|plan| matches!(plan.step, Step::Strike { .. }));
        assert!(!struck, "{plans:?}");
    }
}

#[test]
fn p26_membership_is_looked_at_again_before_the_stop_and_before_the_return() {
    let detached = in_place(6).without("web-1");
    let detached = detached.member("web-1", |it| it.state(InstanceState::Running));
    let leaving = incident_of("web-1").leaving(StopStart).minutes_ago(2);
    let fleet = world().with(detached.clone()).with(reboot_of("web-1").in_hours(20));
    let back = ["web-1 turns back unwanted: not_opted_in"];
    check(fleet.clone().with(leaving), &enforcing(), back);
    let returning = incident_of("web-1").struck(StopStart, Returns::Moved).minutes_ago(5);
    let serves = ["web-1 records return, moved: serves_again"];
    check(fleet.with(returning), &enforcing(), serves);
}

#[test]
fn p27_standby_is_taken_and_given_back_in_pairs_and_desired_is_never_written() {
    sources_name(&["set_desired_capacity(", "update_auto_scaling_group("], false);
    sources_name(&["enter_standby(", "exit_standby("], true);
}

#[test]
fn p28_a_crash_in_any_phase_leaves_standby_sooner_or_later() {
    use InstanceState::{Running, Stopped};
    let there = |incident: IncidentBuilder, state| {
        let web = in_place(6).standby("web-1").tagged("mode", "off");
        let web = web.member("web-1", |it| it.state(state));
        world().with(web).with(reboot_of("web-1").in_hours(20)).with(incident)
    };
    let incident = || incident_of("web-1");
    for (incident, state, row) in [
        (incident().leaving(StopStart), Running, "web-1 turns back unwanted: not_opted_in"),
        (incident().moving(StopStart), Running, "web-1 turns back unwanted: not_opted_in"),
        (incident().moving(StopStart), Stopped, "web-1 turns back moved: stopped"),
        (incident().struck(StopStart, Returns::Moved), Stopped, "web-1 starts: stopped"),
        (
            incident().struck(StopStart, Returns::Moved),
            Running,
            "web-1 exits standby: waits_for_its_place",
        ),
        (
            incident().returning(StopStart, Returns::Unwanted),
            Running,
            "web-1 exits standby: waits_for_its_place",
        ),
    ] {
        check(there(incident.minutes_ago(600), state), &enforcing(), [row]);
    }
}

#[test]
fn p28_a_lost_ledger_leaves_nothing_in_standby() {
    let event = key("web-1").event;
    let lost = in_place(6).standby("web-1");
    let lost = lost.member("web-1", |it| it.tagged("incident", event.as_str()));
    check(world().with(lost), &enforcing(), ["web-1 is adopted: found_by_its_mark"]);
}

#[test]
fn p29_contention_and_missing_capacity_are_tried_again_and_refusals_are_not() {
    use CloudErrorClass::{
        Contended, Denied, Missing, NoCapacity, Rejected, Throttled, Unavailable,
    };
    for class in [Throttled, Contended, Unavailable, NoCapacity] {
        assert_eq!(class.retry(), Retry::NextLook, "{class}");
    }
    for class in [Denied, Missing, Rejected] {
        assert_eq!(class.retry(), Retry::Never, "{class}");
    }
}

#[test]
fn p45_of_two_that_decide_the_same_only_who_wrote_the_intent_gets_a_permit() {
    let fleet = world().with(standalone("box")).with(reboot_of("box").in_hours(20));
    let one = decide(&fleet.clone().build(), &enforcing());
    let two = decide(&fleet.build(), &enforcing());
    assert_eq!(one, two);
    let [plan] = one.try_into().expect("one plan");
    assert!(matches!(&plan.step, Step::Open(opening) if opening.way == Way::InPlace(StopStart)));
    let leaving = incident_of("box").leaving(StopStart).seconds_ago(0);
    let written = alone(standalone("box"), leaving).build();
    let mut winner = written.memory.incidents.get(&key("box")).expect("an incident").clone();
    assert!(guard::permit(&winner, &plan).is_some());
    winner.version = 0;
    assert_eq!(guard::permit(&winner, &plan), None);
}

#[test]
fn p45_the_one_that_looks_later_finds_the_intent_in_doubt() {
    let leaving = incident_of("box").leaving(StopStart).registered("web").seconds_ago(1);
    let fleet = alone(standalone("box").registered("web"), leaving);
    let fleet = fleet.target("web", "box", shared::world::TargetState::Healthy);
    check(fleet, &enforcing(), ["box waits: intent_in_doubt"]);
}

#[test]
fn p48_nothing_is_stopped_whose_mark_or_deregistration_failed() {
    let leaving = || incident_of("box").leaving(StopStart).registered("web");
    let again = ["box opens stop_start again: tried_again"];
    let unmarked = |seconds| {
        let leaving = leaving().unmarked().seconds_ago(seconds);
        alone(standalone("box").registered("web"), leaving).targets("web")
    };
    check(unmarked(89), &enforcing(), ["box waits: intent_in_doubt"]);
    check(unmarked(90), &enforcing(), again);
    let registered = alone(standalone("box").registered("web"), leaving().minutes_ago(9));
    let registered = registered.target("web", "box", shared::world::TargetState::Healthy);
    check(registered, &enforcing(), again);
    let standing = world().with(in_place(6).standby("web-1")).with(reboot_of("web-1").in_hours(20));
    let standing = standing.with(incident_of("web-1").leaving(StopStart).unmarked().minutes_ago(9));
    check(standing, &enforcing(), ["web-1 opens stop_start again: tried_again"]);
    let of_another = standalone("box").tagged("incident", key("crate").event.as_str());
    let of_another = alone(of_another, leaving().unmarked().minutes_ago(9)).targets("web");
    check(of_another, &enforcing(), again);
}

#[test]
fn p08_a_date_that_moves_while_it_is_away_is_followed() {
    let aside = || incident_of("web-1").leaving(Ride).minutes_ago(12).aside(10);
    let moved = |minutes| {
        let web = group("web").members(6).standby("web-1");
        let date = maintenance_of("web-1").in_minutes(minutes);
        world().with(web).with(date).with(aside().for_date(in_minutes(10)))
    };
    check(moved(5), &enforcing(), ["web-1 waits: waiting_for_aws 01 12:05"]);
    check(moved(600), &enforcing(), ["web-1 turns back unwanted: date_moved 01 22:00"]);
}
