//! Standby: what it takes from desired capacity, what it leaves, and the way back.

use shared::ledger::Returns;
use shared::plan::InPlace::{Ride, StopStart};
use shared::plan::Order;
use shared::testing::builders::{
    GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group, incident_of,
    maintenance_of, reboot_of, unhurried, world,
};
use shared::world::{CheckStatus, InstanceState, TargetState};

use super::check;

/// Members that are to be stopped and started, each in standby.
fn stopped_in_place(members: u32) -> GroupBuilder {
    group("web").members(members).tagged("relaunch", "stop-start")
}

/// The members with these numbers are to be rebooted by AWS within a day.
fn scheduled(group: GroupBuilder, numbers: &[u32]) -> WorldBuilder {
    numbers.iter().fold(world().with(group), |fleet, number| {
        fleet.with(reboot_of(&format!("web-{number}")).in_hours(20))
    })
}

fn away(group: GroupBuilder, incident: IncidentBuilder) -> WorldBuilder {
    scheduled(group, &[1]).with(incident)
}

fn leaving(name: &str) -> IncidentBuilder {
    incident_of(name).leaving(StopStart).minutes_ago(2)
}

fn returning(returns: Returns) -> IncidentBuilder {
    incident_of("web-1").struck(StopStart, returns).minutes_ago(6)
}

/// A group whose first member is in standby and was launched anew.
fn moved() -> GroupBuilder {
    stopped_in_place(6).standby("web-1").member("web-1", |it| it.launched_minutes_ago(2))
}

const OPENS: [&str; 1] = ["web-1 opens stop_start: due"];

#[test]
fn a_member_is_stopped_only_in_standby() {
    let again = ["web-1 opens stop_start again: tried_again"];
    check(away(stopped_in_place(6), leaving("web-1")), &enforcing(), again);
    let entering = |desired| {
        let web = stopped_in_place(6).member("web-1", |it| it.lifecycle("EnteringStandby"));
        away(web.desired(desired), leaving("web-1"))
    };
    check(entering(5), &enforcing(), ["web-1 waits: waiting_for_drain"]);
    check(entering(6), &enforcing(), ["web-1 waits: waiting_for_drain"]);
    let out = stopped_in_place(6).standby("web-1");
    check(away(out, leaving("web-1")), &enforcing(), ["web-1 stops: out_of_service"]);
}

#[test]
fn a_member_goes_back_when_it_is_well_and_serves_when_its_targets_say_so() {
    let back = |change: fn(InstanceBuilder) -> InstanceBuilder| {
        let web = moved().behind("web").member("web-1", change);
        away(web, returning(Returns::Moved)).targets("web")
    };
    let booting = back(|it| it.but(|i| i.system_status = CheckStatus::Initializing));
    check(booting, &enforcing(), ["web-1 waits: waiting_for_checks web-1"]);
    check(back(|it| it), &enforcing(), ["web-1 exits standby: waits_for_its_place"]);
    let entering = back(|it| it.lifecycle("Pending"));
    check(entering, &enforcing(), ["web-1 waits: coming_back"]);
    let initial = back(|it| it.lifecycle("InService"));
    let initial = initial.target("web", "web-1", TargetState::Initial);
    check(initial, &enforcing(), ["web-1 waits: waiting_for_targets web-1"]);
    let serves = back(|it| it.lifecycle("InService"));
    let serves = serves.target("web", "web-1", TargetState::Healthy);
    check(serves, &enforcing(), ["web-1 records return, moved: serves_again"]);
}

#[test]
fn no_standby_room_where_minimum_desired_and_maximum_are_one() {
    let rigid = stopped_in_place(6).between(6, 6);
    check(scheduled(rigid, &[1]), &enforcing(), ["web-1 holds: no_standby_room 6 of 6"]);
}

#[test]
fn no_standby_room_unless_desired_less_one_is_at_least_the_minimum() {
    for (minimum, row) in [
        (4, "web-1 opens stop_start: due"),
        (5, "web-1 opens stop_start: due"),
        (6, "web-1 holds: no_standby_room 6 of 6"),
    ] {
        check(scheduled(stopped_in_place(6).between(minimum, 9), &[1]), &enforcing(), [row]);
    }
}

#[test]
fn no_standby_room_for_the_second_of_one_look_where_there_is_room_for_one() {
    let two = |minimum| stopped_in_place(6).tagged("max-unavailable", "2").between(minimum, 9);
    let both = ["web-1 opens stop_start: due", "web-2 opens stop_start: due"];
    check(scheduled(two(4), &[1, 2]), &unhurried(), both);
    let one = ["web-1 opens stop_start: due", "web-2 holds: no_standby_room 5 of 5"];
    check(scheduled(two(5), &[1, 2]), &unhurried(), one);
}

#[test]
fn no_standby_room_any_more_for_one_whose_first_call_was_lost() {
    let raised = |minimum| away(stopped_in_place(6).between(minimum, 9), leaving("web-1"));
    check(raised(5), &enforcing(), ["web-1 opens stop_start again: tried_again"]);
    check(raised(6), &enforcing(), ["web-1 turns back unwanted: no_standby_room 6 of 6"]);
    let failing = stopped_in_place(6).member("web-1", InstanceBuilder::unhealthy);
    let back = ["web-1 turns back unwanted: not_in_service Unhealthy"];
    check(away(failing, leaving("web-1")), &enforcing(), back);
    let entered = stopped_in_place(6).standby("web-1").between(5, 9);
    check(away(entered, leaving("web-1")), &enforcing(), ["web-1 stops: out_of_service"]);
}

#[test]
fn no_standby_room_beside_one_that_is_about_to_enter_and_is_still_counted_in_desired() {
    let two = || stopped_in_place(6).tagged("max-unavailable", "2").between(5, 9);
    let first = || incident_of("web-1").leaving(StopStart).seconds_ago(9);
    let about_to = scheduled(two(), &[1, 2]).with(first());
    let rows = ["web-1 waits: intent_in_doubt", "web-2 holds: no_standby_room 5 of 5"];
    check(about_to, &unhurried(), rows);
}

#[test]
fn one_that_has_entered_is_taken_from_desired_and_not_counted_twice() {
    let two = |minimum| stopped_in_place(6).tagged("max-unavailable", "2").between(minimum, 9);
    let entered = |minimum| {
        let web = two(minimum).standby("web-1");
        scheduled(web, &[1, 2]).with(incident_of("web-1").moving(StopStart).seconds_ago(9))
    };
    let room = ["web-1 waits: intent_in_doubt", "web-2 opens stop_start: due"];
    check(entered(4), &unhurried(), room);
    let none = ["web-1 waits: intent_in_doubt", "web-2 holds: no_standby_room 5 of 5"];
    check(entered(5), &unhurried(), none);
}

#[test]
fn a_share_of_desired_does_not_shrink_by_those_that_it_let_out() {
    let web = stopped_in_place(20).tagged("max-unavailable", "10pct");
    let web = web.standby("web-1").standby("web-2");
    let fleet = scheduled(web, &[1, 2]).with(leaving("web-1")).with(leaving("web-2"));
    check(fleet, &unhurried(), ["web-1 stops: out_of_service", "web-2 stops: out_of_service"]);
}

#[test]
fn no_room_to_return_where_the_exit_would_take_desired_above_the_maximum() {
    let back = |maximum, returns| {
        let web = moved().between(1, maximum);
        away(web, returning(returns))
    };
    for returns in [Returns::Moved, Returns::Unwanted, Returns::Failed] {
        let waits = ["web-1 waits: no_room_to_return 5 of 5"];
        check(back(5, returns), &enforcing(), waits);
        check(back(6, returns), &enforcing(), ["web-1 exits standby: waits_for_its_place"]);
    }
}

#[test]
fn weighted_standby_is_not_tried_by_any_way_and_replacing_is() {
    let weighted = || group("web").members(6).each(|it| it.weighing(2)).desired(12);
    let asked = |way: &str| scheduled(weighted().tagged("relaunch", way), &[1]);
    check(asked("stop-start"), &enforcing(), ["web-1 holds: weighted_standby"]);
    check(asked("ride"), &enforcing(), ["web-1 holds: weighted_standby"]);
    check(asked("replace"), &enforcing(), ["web-1 opens terminate-first: due"]);
    let one = group("web").members(6).member("web-6", |it| it.weighing(2)).desired(7);
    let one = scheduled(one.tagged("relaunch", "stop-start"), &[1]);
    check(one, &enforcing(), ["web-1 holds: weighted_standby"]);
}

#[test]
fn a_group_of_one_or_two_may_use_standby_where_its_minimum_lets_it() {
    for (members, minimum, row) in [
        (1, 1, "web-1 holds: no_standby_room 1 of 1"),
        (1, 0, "web-1 opens stop_start: due"),
        (2, 2, "web-1 holds: no_standby_room 2 of 2"),
        (2, 1, "web-1 opens stop_start: due"),
    ] {
        let small = group("web").in_zones(["a"]).members(members).between(minimum, 4);
        let small = small.tagged("relaunch", "stop-start");
        check(scheduled(small, &[1]), &enforcing(), [row]);
    }
}

#[test]
fn a_group_of_one_or_two_rides_out_what_it_must_not_replace() {
    for (members, minimum) in [(1, 0), (2, 1)] {
        let small = group("web").in_zones(["a"]).members(members).between(minimum, 4);
        let fleet = world().with(small.clone()).with(maintenance_of("web-1").in_minutes(20));
        check(fleet, &enforcing(), ["web-1 opens ride: due"]);
        let replaced = world().with(small).with(reboot_of("web-1"));
        check(replaced, &enforcing(), [&format!("web-1 holds: small_group {members}")]);
    }
}

#[test]
fn standby_takes_a_slot_of_its_group_and_waits_for_a_replacement_under_way() {
    let both = scheduled(stopped_in_place(6), &[1, 2]);
    let rows = ["web-1 opens stop_start: due", "web-2 holds: limit_full group/web of 1"];
    check(both, &unhurried(), rows);
    let replaced = stopped_in_place(6).member("web-6", |it| it.lifecycle("Terminating"));
    let ours = incident_of("web-6").replacing(Order::TerminateFirst).minutes_ago(2);
    let rows = ["web-6 waits: launching", "web-1 holds: limit_full group/web of 1"];
    check(scheduled(replaced, &[1]).with(ours), &unhurried(), rows);
}

#[test]
fn lost_in_standby_where_it_ends_there_and_desired_stays_lower() {
    let ended = |word: &str, incident: IncidentBuilder| {
        let web = stopped_in_place(6).standby("web-1");
        let web = web.member("web-1", |it| it.lifecycle(word).state(InstanceState::Terminated));
        away(web, incident)
    };
    let lost = ["web-1 closes as gone: lost_in_standby web"];
    check(ended("Standby", leaving("web-1")), &enforcing(), lost);
    let moving = || incident_of("web-1").moving(StopStart).minutes_ago(2);
    check(ended("Standby", moving()), &enforcing(), lost);
    check(ended("Standby", returning(Returns::Moved)), &enforcing(), lost);
    let aside = || incident_of("web-1").leaving(Ride).minutes_ago(20).aside(10);
    check(ended("Standby", aside()), &enforcing(), lost);
    check(ended("Terminating", moving()), &enforcing(), lost);
    let left = stopped_in_place(6).standby("web-1").without("web-1");
    check(away(left, returning(Returns::Moved)), &enforcing(), lost);
}

#[test]
fn instance_gone_where_it_ends_in_service_and_auto_scaling_launches_another() {
    for word in ["InService", "Pending"] {
        let web = stopped_in_place(6);
        let web = web.member("web-1", |it| it.lifecycle(word).state(InstanceState::Terminated));
        for incident in [leaving("web-1"), returning(Returns::Moved)] {
            let rows = ["web-1 closes as gone: instance_gone"];
            check(away(web.clone(), incident), &enforcing(), rows);
        }
    }
}

#[test]
fn a_member_of_a_group_within_its_limits_opens() {
    check(scheduled(stopped_in_place(6), &[1]), &enforcing(), OPENS);
}
