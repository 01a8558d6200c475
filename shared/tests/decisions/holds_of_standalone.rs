//! What makes a stop and start lose something, or not come back.

use shared::decide::{decide, guard};
use shared::plan::Reason;
use shared::testing::builders::{
    InstanceBuilder, WorldBuilder, enforcing, group, id, reboot_of, standalone, world,
};
use shared::world::{Instance, InstanceState, Market, RootDevice, Tenancy};

use super::check;

/// A standalone instance that differs, due within the day in which a stop may start.
fn changed(change: impl FnOnce(&mut Instance)) -> WorldBuilder {
    due(standalone("box").but(change))
}

fn due(instance: InstanceBuilder) -> WorldBuilder {
    world().with(instance).with(reboot_of("box").in_hours(20))
}

#[test]
fn nothing_of_all_this_holds_a_plain_instance_on_ebs() {
    check(due(standalone("box")), &enforcing(), ["box opens stop_start: due"]);
}

#[test]
fn instance_store_volumes_by_the_type_or_by_the_root() {
    let holds = ["box holds: instance_store_volumes"];
    check(changed(|it| it.instance_store = Some(true)), &enforcing(), holds);
    check(changed(|it| it.root_device = RootDevice::InstanceStore), &enforcing(), holds);
}

#[test]
fn instance_store_unknown_of_a_type_that_ec2_did_not_describe() {
    let unknown = changed(|it| it.instance_store = None);
    check(unknown, &enforcing(), ["box holds: instance_store_unknown"]);
}

#[test]
fn spot_and_any_market_of_tomorrow() {
    for market in [Market::Spot, Market::Other("reserved-moon".to_owned())] {
        check(changed(|it| it.market = market), &enforcing(), ["box holds: spot"]);
    }
}

#[test]
fn capacity_block() {
    let block = changed(|it| it.market = Market::CapacityBlock);
    check(block, &enforcing(), ["box holds: capacity_block"]);
}

#[test]
fn scheduled_instance() {
    let scheduled = changed(|it| it.market = Market::Scheduled);
    check(scheduled, &enforcing(), ["box holds: scheduled_instance"]);
}

#[test]
fn dedicated_host_but_not_dedicated_tenancy() {
    let on = |tenancy| changed(|it| it.tenancy = tenancy);
    check(on(Tenancy::Host), &enforcing(), ["box holds: dedicated_host"]);
    let fine = ["box opens stop_start: due"];
    check(on(Tenancy::Dedicated), &enforcing(), fine);
}

#[test]
fn cluster_placement_group_or_one_of_unknown_strategy() {
    for strategy in [Some(true), None] {
        let placed = changed(|it| it.cluster_placement = strategy);
        check(placed, &enforcing(), ["box holds: cluster_placement_group"]);
    }
}

#[test]
fn stop_protected() {
    let kept = changed(|it| it.stop_protected = Some(true));
    check(kept, &enforcing(), ["box holds: stop_protected"]);
}

#[test]
fn auto_assigned_address_that_a_stop_would_change() {
    let addressed = changed(|it| it.auto_assigned_address = true);
    check(addressed, &enforcing(), ["box holds: auto_assigned_address"]);
}

#[test]
fn every_hold_of_a_stop_holds_a_member_that_is_stopped_in_place_too() {
    type Change = fn(&mut Instance);
    let changes: [(Change, &str); 9] = [
        (|it| it.instance_store = Some(true), "instance_store_volumes"),
        (|it| it.instance_store = None, "instance_store_unknown"),
        (|it| it.market = Market::Spot, "spot"),
        (|it| it.market = Market::CapacityBlock, "capacity_block"),
        (|it| it.market = Market::Scheduled, "scheduled_instance"),
        (|it| it.tenancy = Tenancy::Host, "dedicated_host"),
        (|it| it.cluster_placement = Some(true), "cluster_placement_group"),
        (|it| it.stop_protected = Some(true), "stop_protected"),
        (|it| it.auto_assigned_address = true, "auto_assigned_address"),
    ];
    for (change, reason) in changes {
        let web = group("web").members(6).tagged("relaunch", "stop-start");
        let web = web.member("web-1", |it| it.but(change));
        let fleet = world().with(web).with(reboot_of("web-1").in_hours(20));
        check(fleet, &enforcing(), [&format!("web-1 holds: {reason}")]);
    }
}

#[test]
fn a_reboot_is_held_by_none_of_what_a_stop_would_lose() {
    let changes: [fn(&mut Instance); 4] = [
        |it| it.market = Market::Spot,
        |it| it.cluster_placement = Some(true),
        |it| it.stop_protected = Some(true),
        |it| it.auto_assigned_address = true,
    ];
    for change in changes {
        let asked = standalone("box").tagged("relaunch", "reboot").but(change);
        check(due(asked), &enforcing(), ["box opens reboot: due"]);
    }
}

#[test]
fn registered_by_address_which_nobody_could_restore() {
    let known = standalone("box").registered("web").known_by_address("api");
    check(due(known.clone()), &enforcing(), ["box holds: registered_by_address"]);
    let reboot = due(known.tagged("relaunch", "reboot"));
    check(reboot, &enforcing(), ["box holds: registered_by_address"]);
}

#[test]
fn what_kept_it_a_short_while_ago_is_not_asked_again() {
    let known = standalone("box").known_by_address("api");
    let mut remembered = due(known).build();
    remembered.read_again.clear();
    let plans = decide(&remembered, &enforcing());
    assert!(plans.iter().all(|plan| plan.reason.code() == "registered_by_address"));
    assert!(guard::unasked(&plans).is_empty());
}

#[test]
fn classic_load_balancer_that_knows_it() {
    let known = due(standalone("box").registered("web").behind_classic("old"));
    check(known, &enforcing(), ["box holds: classic_load_balancer old"]);
}

#[test]
fn call_failed_where_nobody_answered_what_it_would_leave() {
    let silent = standalone("box");
    let silent = silent.departing(|departure| departure.unanswered = Some("throttled".to_owned()));
    check(due(silent), &enforcing(), ["box holds: call_failed"]);
}

#[test]
fn not_running_in_any_state_but_one() {
    use InstanceState::{Pending, Running, Stopped, Stopping};
    for state in [Pending, Stopping, Stopped, InstanceState::Other("hibernating".to_owned())] {
        let word = state.as_str().to_owned();
        let held = due(standalone("box").state(state)).build();
        let [plan] = decide(&held, &enforcing()).try_into().expect("one plan");
        assert_eq!(plan.reason, Reason::NotRunning(word));
    }
    check(due(standalone("box").state(Running)), &enforcing(), ["box opens stop_start: due"]);
}

#[test]
fn what_it_would_leave_is_asked_of_those_alone_that_are_about_to_leave() {
    let quiet = || standalone("box").not_asked();
    let opening = decide(&due(quiet()).build(), &enforcing());
    let unasked = guard::unasked(&opening);
    assert_eq!(unasked.departures, [id("box")].into());
    assert_eq!((unasked.instances, unasked.groups.len()), ([id("box")].into(), 0));
    let held = decide(&due(quiet().but(|it| it.market = Market::Spot)).build(), &enforcing());
    assert!(guard::unasked(&held).is_empty());
}

#[test]
fn operator_managed_and_fleet_owned_before_anything_else() {
    let managed = changed(|it| it.operator = Some("workspaces.amazonaws.com".to_owned()));
    check(managed, &enforcing(), ["box holds: operator_managed"]);
    let launched = due(standalone("box").carrying("aws:ec2:fleet-id"));
    check(launched, &enforcing(), ["box holds: fleet_owned"]);
}
