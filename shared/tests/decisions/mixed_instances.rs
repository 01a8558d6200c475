//! Groups of several instance types: each member is moved as its own type lets it.

use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, enforcing, group, maintenance_of, reboot_of, retirement_of,
    unhurried, world,
};
use shared::world::Market;

use super::check;

/// The first member has instance-store volumes, the second has none, of the third nobody knows.
fn mixed() -> GroupBuilder {
    let web = group("web").members(6).tagged("max-unavailable", "6");
    let web = web.member("web-1", InstanceBuilder::with_instance_store);
    web.member("web-3", |it| it.but(|i| i.instance_store = None))
}

#[test]
fn each_member_of_a_mixed_group_gets_the_answer_of_its_own_type() {
    let fleet = ["web-1", "web-2", "web-3"]
        .iter()
        .fold(world().with(mixed()), |fleet, name| fleet.with(reboot_of(name).in_minutes(20)));
    let rows = [
        "web-1 opens ride: due",
        "web-2 opens terminate-first: due",
        "web-3 holds: instance_store_unknown",
    ];
    check(fleet, &unhurried(), rows);
}

#[test]
fn system_maintenance_is_ridden_out_by_every_type() {
    let fleet = ["web-1", "web-2", "web-3"]
        .iter()
        .fold(world().with(mixed()), |fleet, name| fleet.with(maintenance_of(name).in_minutes(20)));
    let rows = ["web-1 opens ride: due", "web-2 opens ride: due", "web-3 opens ride: due"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn a_ride_waits_for_its_time_while_a_replacement_beside_it_goes_at_once() {
    let fleet = world().with(mixed()).with(reboot_of("web-1")).with(reboot_of("web-2"));
    let rows = ["web-1 holds: aside_from 15 11:30", "web-2 opens terminate-first: due"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn a_ride_and_a_replacement_share_the_limits_of_their_group() {
    let narrow = mixed().tagged("max-unavailable", "1");
    let fleet = world().with(narrow).with(reboot_of("web-1").in_minutes(20));
    let fleet = fleet.with(reboot_of("web-2").in_minutes(25));
    let rows = ["web-1 opens ride: due", "web-2 holds: limit_full group/web of 1"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn an_owner_who_asks_for_stops_gets_them_where_nothing_is_lost_by_them() {
    let asked = mixed().tagged("relaunch", "stop-start");
    let asked = asked.member("web-4", |it| it.but(|i| i.market = Market::Spot));
    let fleet = (1..=4).fold(world().with(asked), |fleet, number| {
        fleet.with(reboot_of(&format!("web-{number}")).in_hours(20))
    });
    let rows = [
        "web-1 holds: instance_store_volumes",
        "web-2 opens stop_start: due",
        "web-3 holds: instance_store_unknown",
        "web-4 holds: spot",
    ];
    check(fleet, &unhurried(), rows);
}

#[test]
fn a_member_may_choose_its_way_where_its_group_leaves_the_choice_open() {
    let chosen = mixed().member("web-2", |it| it.tagged("relaunch", "stop-start"));
    let fleet = world().with(chosen).with(reboot_of("web-2").in_hours(20));
    check(fleet, &enforcing(), ["web-2 opens stop_start: due"]);
}

#[test]
fn degraded_hardware_under_instance_store_data_is_ridden_out_after_no_cool_off() {
    let late = retirement_of("web-1").in_minutes(20);
    check(world().with(mixed()).with(late), &enforcing(), ["web-1 opens ride: due"]);
}
