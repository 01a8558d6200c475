//! What holds a group as a whole: its processes, its balance, its zones, its failing members.

use shared::plan::Order;
use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, incident_of, reboot_of,
    unhurried, world,
};
use shared::world::{CheckStatus, InstanceState};

use super::check;

fn web(group: GroupBuilder) -> WorldBuilder {
    world().with(group).with(reboot_of("web-1"))
}

/// So many members of which the last ones are unhealthy, and a limit that never binds.
fn failing(members: u32, unhealthy: u32) -> GroupBuilder {
    let web = group("web").members(members).tagged("max-unavailable", "100");
    (members - unhealthy + 1..=members)
        .fold(web, |web, number| web.member(&format!("web-{number}"), InstanceBuilder::unhealthy))
}

#[test]
fn group_being_deleted() {
    let ending = group("web").members(6).but(|web| web.deleting = true);
    check(web(ending), &enforcing(), ["web-1 holds: group_being_deleted"]);
}

#[test]
fn process_suspended_where_a_replacement_needs_it() {
    for process in ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"] {
        let row = format!("web-1 holds: process_suspended {process}");
        check(web(group("web").members(6).suspended(process)), &enforcing(), [&row]);
    }
}

#[test]
fn a_suspended_process_that_no_replacement_needs_holds_nothing() {
    for process in ["AZRebalance", "AlarmNotification", "ScheduledActions", "InstanceRefresh"] {
        let suspended = web(group("web").members(6).suspended(process));
        check(suspended, &enforcing(), ["web-1 opens terminate-first: due"]);
    }
}

#[test]
fn zones_unbalanced_by_more_than_one_member() {
    let moved = |count: u32| {
        let web = group("web").members(6).in_zones(["a", "b"]);
        (1..=count).fold(web, |web, n| web.member(&format!("web-{}", 2 * n), |it| it.in_zone("a")))
    };
    check(web(moved(0)), &enforcing(), ["web-1 opens terminate-first: due"]);
    check(web(moved(1)), &enforcing(), ["web-1 holds: zones_unbalanced"]);
}

#[test]
fn one_member_more_in_a_zone_is_still_balanced() {
    let seven = group("web").members(7).in_zones(["a", "b"]);
    check(web(seven), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn a_zone_without_any_member_counts_for_zones_unbalanced() {
    let web = world()
        .with(group("web").members(4).each(|it| it.in_zone("a")).desired(4))
        .with(reboot_of("web-1"));
    check(web, &enforcing(), ["web-1 holds: zones_unbalanced"]);
}

#[test]
fn zones_unbalanced_is_not_judged_while_one_of_ours_is_under_way() {
    let web = group("web").members(5).in_zones(["a", "b"]).tagged("max-unavailable", "2");
    let web = web.member("web-5", |it| it.lifecycle("Terminating").in_zone("b"));
    let web = web.member("web-4", |it| it.in_zone("a"));
    let ours = incident_of("web-5").replacing(Order::TerminateFirst).minutes_ago(1);
    let fleet = world().with(web).with(reboot_of("web-1")).with(reboot_of("web-5")).with(ours);
    let rows = ["web-5 waits: launching", "web-1 opens terminate-first: due"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn zone_impaired_where_most_of_three_or_more_members_fail() {
    let nine = failing(9, 0).tagged("max-unavailable", "9");
    let zone_a = |numbers: &[u32]| {
        numbers.iter().fold(nine.clone().desired(5), |web, number| {
            web.member(&format!("web-{number}"), InstanceBuilder::unhealthy)
        })
    };
    check(web(zone_a(&[4, 7])), &unhurried(), ["web-1 holds: zone_impaired"]);
    check(web(zone_a(&[4])), &unhurried(), ["web-1 opens terminate-first: due"]);
    check(web(zone_a(&[5, 8])), &unhurried(), ["web-1 holds: zone_impaired"]);
}

#[test]
fn zone_impaired_counts_the_members_of_every_managed_group() {
    let calm = group("web").members(6);
    let sick = |zone| {
        let db = group("db").in_zones([zone]).members(3);
        world()
            .with(calm.clone())
            .with(reboot_of("web-1"))
            .with(db.each(InstanceBuilder::unhealthy))
    };
    check(sick("d"), &enforcing(), ["web-1 opens terminate-first: due"]);
    check(sick("a"), &enforcing(), ["web-1 holds: zone_impaired"]);
}

#[test]
fn others_out_beyond_a_fifth_of_desired() {
    check(web(failing(10, 2)), &unhurried(), ["web-1 opens terminate-first: due"]);
    check(web(failing(10, 3)), &unhurried(), ["web-1 holds: others_out 3 of 2"]);
}

#[test]
fn others_out_tolerates_one_in_a_group_of_less_than_ten() {
    check(web(failing(9, 1)), &unhurried(), ["web-1 opens terminate-first: due"]);
    check(web(failing(9, 2)), &unhurried(), ["web-1 holds: others_out 2 of 1"]);
    check(web(failing(3, 1)), &unhurried(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn others_out_counts_members_that_ec2_ends_before_their_group_has_noticed() {
    let ending = |it: InstanceBuilder| it.state(InstanceState::ShuttingDown);
    let two = failing(9, 0).member("web-8", ending).member("web-9", ending);
    check(web(two), &unhurried(), ["web-1 holds: others_out 2 of 1"]);
}

#[test]
fn others_out_counts_members_that_fail_their_checks_before_their_group_has_noticed() {
    let rows = ["web-1 holds: others_out 2 of 1"];
    for status in [CheckStatus::Impaired, CheckStatus::Initializing] {
        let fails = |it: InstanceBuilder| it.but(|it| it.instance_status = status);
        let two = failing(9, 0).member("web-8", fails).member("web-9", fails);
        check(web(two), &unhurried(), rows);
        let full = group("web").members(9).member("web-9", fails);
        check(web(full), &unhurried(), ["web-1 holds: limit_full group/web of 0"]);
        let itself = group("web").members(9).member("web-1", fails);
        check(web(itself), &unhurried(), ["web-1 opens terminate-first: due"]);
    }
}

#[test]
fn others_out_counts_members_that_are_missing() {
    let missing = |desired| web(failing(9, 0).desired(desired));
    check(missing(10), &unhurried(), ["web-1 opens terminate-first: due"]);
    check(missing(12), &unhurried(), ["web-1 holds: others_out 3 of 2"]);
}

#[test]
fn others_out_does_not_count_what_we_took_out_ourselves() {
    let names = ["web-7", "web-8", "web-9"];
    let web = names.iter().fold(failing(9, 0), |web, name| web.without(name));
    let fleet = names.iter().fold(world().with(web).with(reboot_of("web-1")), |fleet, name| {
        fleet.with(incident_of(name).replacing(Order::TerminateFirst).minutes_ago(2))
    });
    let [a, b, c] = names.map(|name| format!("{name} waits: launching"));
    check(fleet, &unhurried(), [&a, &b, &c, "web-1 opens terminate-first: due"]);
}

#[test]
fn others_out_is_not_excused_by_what_we_took_out_of_another_group() {
    let db = group("db").members(6).without("db-6");
    let ours = incident_of("db-6").replacing(Order::TerminateFirst).minutes_ago(2);
    let fleet = web(failing(9, 2)).with(db).with(ours);
    let rows = ["db-6 waits: launching", "web-1 holds: others_out 2 of 1"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn others_out_does_not_count_members_that_aws_merely_scheduled() {
    let all = (2..=9).fold(web(failing(9, 0)), |fleet, number| {
        fleet.with(reboot_of(&format!("web-{number}")).in_days(20))
    });
    let plans = shared::decide::decide(&all.build(), &unhurried());
    assert!(plans.iter().all(|plan| plan.reason.code() == "due"));
}

#[test]
fn small_group_of_one_or_two_that_terminates_first() {
    for (members, row) in [
        (1, "web-1 holds: small_group 1"),
        (2, "web-1 holds: small_group 2"),
        (3, "web-1 opens terminate-first: due"),
    ] {
        let web = web(group("web").in_zones(["a"]).members(members));
        check(web, &enforcing(), [row]);
    }
}

#[test]
fn a_small_group_that_launches_first_loses_nothing() {
    for members in [1, 2] {
        let web = web(group("web").in_zones(["a"]).members(members).launching_first(200));
        check(web, &enforcing(), ["web-1 opens launch-first: due"]);
    }
}
