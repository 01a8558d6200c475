//! What makes a stop and start lose something, or not come back.

use shared::testing::builders::{
    InstanceBuilder, WorldBuilder, enforcing, reboot_of, standalone, world,
};
use shared::world::{Instance, Market, RootDevice, Tenancy};

use super::check;

/// A standalone instance that differs, due within the day in which a stop may start.
fn changed(change: impl FnOnce(&mut Instance)) -> WorldBuilder {
    due(standalone("box").but(change))
}

fn due(instance: InstanceBuilder) -> WorldBuilder {
    world().with(instance).with(reboot_of("box").in_hours(20))
}

#[test]
fn not_carried_out_yet_by_this_version_but_decided() {
    check(due(standalone("box")), &enforcing(), ["box holds: not_carried_out_yet stop_start"]);
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
    let fine = ["box holds: not_carried_out_yet stop_start"];
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
fn operator_managed_and_fleet_owned_before_anything_else() {
    let managed = changed(|it| it.operator = Some("workspaces.amazonaws.com".to_owned()));
    check(managed, &enforcing(), ["box holds: operator_managed"]);
    let launched = due(standalone("box").carrying("aws:ec2:fleet-id"));
    check(launched, &enforcing(), ["box holds: fleet_owned"]);
}
