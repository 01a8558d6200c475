//! Auto Scaling rebalances zones, scales, or replaces members of its own while acts are under way.

use shared::ledger::Returns;
use shared::plan::InPlace::{Ride, StopStart};
use shared::plan::Order;
use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, incident_of, maintenance_of,
    reboot_of, unhurried, world,
};

use super::check;

/// Three members more in zone a than in zone b.
fn unbalanced() -> GroupBuilder {
    let web = group("web").members(6).in_zones(["a", "b"]);
    web.member("web-2", |it| it.in_zone("a")).member("web-4", |it| it.in_zone("a"))
}

fn due(web: GroupBuilder) -> WorldBuilder {
    world().with(web).with(reboot_of("web-1").in_minutes(20))
}

#[test]
fn zones_unbalanced_hold_a_replacement_and_a_stop_and_let_a_ride_go() {
    for (way, row) in [
        ("replace", "web-1 holds: zones_unbalanced"),
        ("stop-start", "web-1 holds: zones_unbalanced"),
        ("ride", "web-1 opens ride: due"),
    ] {
        check(due(unbalanced().tagged("relaunch", way)), &enforcing(), [row]);
    }
}

#[test]
fn zones_unbalanced_are_nobodys_matter_where_az_rebalance_is_suspended() {
    let suspended = || unbalanced().suspended("AZRebalance");
    let stop = due(suspended().tagged("relaunch", "stop-start"));
    check(stop, &enforcing(), ["web-1 opens stop_start: due"]);
    check(due(suspended()), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn the_zone_that_our_own_standby_leaves_short_is_not_unbalanced() {
    let web = group("web").members(5).in_zones(["a", "b"]).tagged("relaunch", "stop-start");
    let web = web.tagged("max-unavailable", "2").standby("web-2");
    let fleet = due(web).with(reboot_of("web-2").in_hours(20));
    let fleet = fleet.with(incident_of("web-2").moving(StopStart).seconds_ago(30));
    let rows = ["web-2 waits: intent_in_doubt", "web-1 opens stop_start: due"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn a_rebalance_during_a_stop_changes_nothing_on_its_way_back() {
    let shifted = || unbalanced().tagged("relaunch", "stop-start").standby("web-1").joined("web-7");
    let moving = incident_of("web-1").moving(StopStart).seconds_ago(30);
    check(due(shifted()).with(moving), &enforcing(), ["web-1 waits: intent_in_doubt"]);
    let back = incident_of("web-1").struck(StopStart, Returns::Moved).minutes_ago(5);
    let back = due(shifted()).with(back);
    check(back, &enforcing(), ["web-1 exits standby: waits_for_its_place"]);
}

#[test]
fn a_member_that_a_rebalance_launched_is_nobodys_replacement_while_another_one_rides() {
    let web = group("web").members(6).standby("web-1").joined("web-7");
    let riding = incident_of("web-1").leaving(Ride).minutes_ago(12).aside(10);
    let fleet = world().with(web).with(maintenance_of("web-1").in_minutes(10)).with(riding);
    check(fleet, &enforcing(), ["web-1 waits: waiting_for_aws 01 12:10"]);
}

#[test]
fn a_member_that_a_rebalance_takes_counts_against_the_limit_of_its_group() {
    let taken = group("web").members(6).tagged("relaunch", "stop-start");
    let taken = taken.member("web-6", |it| it.lifecycle("Terminating"));
    check(due(taken), &unhurried(), ["web-1 holds: limit_full group/web of 0"]);
}

#[test]
fn scaled_out_to_its_maximum_the_group_has_no_room_for_the_return() {
    let grown = group("web").members(6).standby("web-1").joined("web-7").desired(6);
    let grown = grown.between(1, 6);
    let back = incident_of("web-1").struck(StopStart, Returns::Moved).minutes_ago(5);
    check(due(grown).with(back), &enforcing(), ["web-1 waits: no_room_to_return 6 of 6"]);
}

#[test]
fn scaled_in_to_its_minimum_the_group_takes_the_return_all_the_same() {
    let shrunk = group("web").members(6).standby("web-1").without("web-6").between(4, 6).desired(4);
    let back = incident_of("web-1").struck(StopStart, Returns::Moved).minutes_ago(5);
    let row = ["web-1 exits standby: waits_for_its_place"];
    check(due(shrunk).with(back), &enforcing(), row);
}

#[test]
fn replaced_by_auto_scaling_while_it_was_to_leave_it_is_gone() {
    let replaced = group("web").members(6).without("web-1").joined("web-7");
    let leaving = incident_of("web-1").leaving(StopStart).minutes_ago(2);
    let fleet = world().with(replaced).with(leaving);
    check(fleet, &enforcing(), ["web-1 closes as gone: instance_gone"]);
}

#[test]
fn a_replacement_under_way_elsewhere_in_the_group_keeps_a_ride_waiting_for_its_slot() {
    let web =
        group("web").members(6).member("web-6", |it: InstanceBuilder| it.lifecycle("Terminating"));
    let ours = incident_of("web-6").replacing(Order::TerminateFirst).minutes_ago(2);
    let fleet = world().with(web).with(maintenance_of("web-1").in_minutes(20)).with(ours);
    let rows = ["web-6 waits: launching", "web-1 holds: limit_full group/web of 1"];
    check(fleet, &unhurried(), rows);
}
