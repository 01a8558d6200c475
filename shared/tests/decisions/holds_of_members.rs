//! What holds a member: its own state, its work, and whoever else owns it.

use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, maintenance_of, reboot_of,
    retirement_of, world,
};

use super::check;

/// Six members of which the first is to be rebooted in two weeks.
fn web(group: GroupBuilder) -> WorldBuilder {
    world().with(group).with(reboot_of("web-1"))
}

fn first(change: impl FnOnce(InstanceBuilder) -> InstanceBuilder) -> WorldBuilder {
    web(group("web").members(6).member("web-1", change))
}

#[test]
fn busy_until_the_report_expires() {
    let web = || first(|it| it);
    check(web().busy("web-1", 30), &enforcing(), ["web-1 holds: busy 01 12:30"]);
    check(web().busy("web-1", 0), &enforcing(), ["web-1 opens terminate-first: due"]);
    check(web().busy("web-2", 30), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn protected_from_scale_in_until_somebody_releases_it() {
    let protected = first(InstanceBuilder::protected);
    check(protected, &enforcing(), ["web-1 holds: protected_from_scale_in"]);
}

#[test]
fn busy_and_protected_give_way_to_a_forced_deadline_at_the_latest_safe_start() {
    let forced = |minutes, deadline| {
        let web = group("web").members(6).tagged("deadline", deadline);
        let web = web.member("web-1", InstanceBuilder::protected);
        let soon = reboot_of("web-1").in_minutes(minutes);
        world().with(web).with(soon).busy("web-1", 600)
    };
    check(forced(120, "force"), &enforcing(), ["web-1 opens terminate-first: due"]);
    check(forced(121, "force"), &enforcing(), ["web-1 holds: busy 01 22:00"]);
    check(forced(120, "hold"), &enforcing(), ["web-1 holds: busy 01 22:00"]);
}

#[test]
fn busy_without_a_date_has_no_latest_safe_start() {
    let forced = group("web").members(6).tagged("deadline", "force");
    let undated = world().with(forced).with(reboot_of("web-1").undated()).busy("web-1", 30);
    check(undated, &enforcing(), ["web-1 holds: busy 01 12:30"]);
}

const ELSEWHERE: [&str; 13] = [
    "Pending",
    "Pending:Wait",
    "Pending:Proceed",
    "Terminating",
    "Terminating:Wait",
    "Terminating:Proceed",
    "Terminated",
    "Detaching",
    "Detached",
    "Warmed:Stopped",
    "Warmed:Running",
    "Warmed:Pending:Wait",
    "A state of tomorrow",
];

#[test]
fn not_in_service_in_any_state_but_one() {
    for state in ELSEWHERE {
        let row = format!("web-1 holds: not_in_service {state}");
        check(first(|it| it.lifecycle(state)), &enforcing(), [&row]);
    }
}

#[test]
fn not_in_service_when_auto_scaling_finds_it_unhealthy_and_replaces_it_anyway() {
    let unhealthy = first(InstanceBuilder::unhealthy);
    check(unhealthy, &enforcing(), ["web-1 holds: not_in_service Unhealthy"]);
}

#[test]
fn in_standby_by_somebody_else() {
    for state in ["Standby", "EnteringStandby"] {
        check(first(|it| it.lifecycle(state)), &enforcing(), ["web-1 holds: in_standby"]);
    }
}

#[test]
fn its_own_impairment_is_a_reason_to_act_and_holds_nothing() {
    check(first(InstanceBuilder::impaired), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn operator_managed_by_another_service_of_aws() {
    let managed = first(|it| it.but(|i| i.operator = Some("eks.amazonaws.com".to_owned())));
    check(managed, &enforcing(), ["web-1 holds: operator_managed"]);
}

#[test]
fn emr_owned_batch_owned_eks_owned_and_fleet_owned_by_their_tags() {
    for (tag, row) in [
        ("aws:elasticmapreduce:job-flow-id", "web-1 holds: emr_owned"),
        ("AWSBatchServiceTag", "web-1 holds: batch_owned"),
        ("eks:cluster-name", "web-1 holds: eks_owned"),
        ("eks:nodegroup-name", "web-1 holds: eks_owned"),
        ("kubernetes.io/cluster/blue", "web-1 holds: eks_owned"),
        ("aws:ec2spot:fleet-request-id", "web-1 holds: fleet_owned"),
    ] {
        check(first(|it| it.carrying(tag)), &enforcing(), [row]);
    }
}

#[test]
fn eks_owned_by_a_tag_of_its_group_too() {
    let tagged = |web: GroupBuilder| {
        web.but(|web| web.tags.extend([("eks:nodegroup-name".to_owned(), "n".to_owned())]))
    };
    check(web(tagged(group("web").members(6))), &enforcing(), ["web-1 holds: eks_owned"]);
}

#[test]
fn a_member_that_auto_scaling_launched_through_a_fleet_is_not_fleet_owned() {
    let launched = first(|it| it.carrying("aws:ec2:fleet-id"));
    check(launched, &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn no_standby_room_where_desired_less_one_is_below_the_minimum() {
    let ridden = |minimum| {
        let web = group("web").members(6).but(|web| web.minimum = minimum);
        world().with(web).with(maintenance_of("web-1").in_minutes(20))
    };
    check(ridden(6), &enforcing(), ["web-1 holds: no_standby_room 6 of 6"]);
    check(ridden(5), &enforcing(), ["web-1 opens ride: due"]);
}

#[test]
fn weighted_standby_is_not_tried_whatever_room_there_is() {
    let web = group("web").members(3).each(|it| it.weighing(4)).desired(12);
    let ridden = world().with(web).with(maintenance_of("web-1").in_minutes(20));
    check(ridden, &enforcing(), ["web-1 holds: weighted_standby"]);
}

#[test]
fn instance_store_unknown_of_a_type_that_ec2_did_not_describe() {
    let unknown = first(|it| it.but(|i| i.instance_store = None));
    check(unknown, &enforcing(), ["web-1 holds: instance_store_unknown"]);
}

#[test]
fn aws_is_acting_once_its_date_has_come() {
    let date = |minutes| {
        let late = retirement_of("web-1").in_minutes(minutes).seen_minutes_ago(600);
        world().with(group("web").members(6)).with(late)
    };
    check(date(0), &enforcing(), ["web-1 holds: aws_is_acting"]);
    check(date(-1), &enforcing(), ["web-1 holds: aws_is_acting"]);
    check(date(1), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn other_event_first_where_an_instance_has_two() {
    let two = first(|it| it).with(reboot_of("web-1").nth(2).in_days(20));
    let rows = ["web-1 opens terminate-first: due", "web-1 (event 2) waits: other_event_first"];
    check(two, &enforcing(), rows);
}
