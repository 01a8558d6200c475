//! Warm pools: who waits in one is no member yet, and no replacement before it serves.

use shared::plan::Order;
use shared::testing::builders::{
    GroupBuilder, IncidentBuilder, WorldBuilder, enforcing, group, incident_of, reboot_of,
    unhurried, world,
};
use shared::world::InstanceState;

use super::check;

const POOL: [&str; 4] = ["Warmed:Stopped", "Warmed:Running", "Warmed:Hibernated", "Warmed:Pending"];

/// Six members, and a seventh instance that waits in the pool.
fn pooled(word: &str) -> GroupBuilder {
    let web = group("web").members(6).with_warm("web-7");
    web.member("web-7", |it| it.lifecycle(word))
}

fn replacing() -> IncidentBuilder {
    incident_of("web-1").replacing(Order::TerminateFirst).minutes_ago(4)
}

fn web(group: GroupBuilder) -> WorldBuilder {
    world().with(group).with(reboot_of("web-1"))
}

#[test]
fn a_warm_instance_is_no_replacement_while_it_waits() {
    for word in POOL {
        let left = pooled(word).without("web-1");
        check(world().with(left).with(replacing()), &enforcing(), ["web-1 waits: launching"]);
    }
}

#[test]
fn a_warm_instance_that_enters_the_group_is_the_replacement() {
    let entered = |word: &str| {
        let web = pooled("Warmed:Stopped").without("web-1");
        let web = web.member("web-7", |it| it.lifecycle(word).state(InstanceState::Running));
        world().with(web).with(replacing())
    };
    check(entered("Pending"), &enforcing(), ["web-1 waits: launching"]);
    check(entered("InService"), &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn a_warm_instance_is_not_acted_on() {
    for word in POOL {
        let fleet = world().with(pooled(word)).with(reboot_of("web-7"));
        let row = format!("web-7 holds: not_in_service {word}");
        check(fleet, &enforcing(), [&row]);
    }
}

#[test]
fn a_warm_instance_is_neither_out_nor_there() {
    let opens = ["web-1 opens terminate-first: due"];
    for word in POOL {
        check(web(pooled(word)), &unhurried(), opens);
        let by_zone = pooled(word).tagged("max-unavailable-per-zone", "1");
        let by_zone = by_zone.member("web-7", |it| it.in_zone("a"));
        check(web(by_zone), &unhurried(), opens);
        let of_set = pooled(word).tagged("replica-set", "s");
        check(web(of_set), &unhurried(), opens);
    }
}

#[test]
fn a_share_of_a_zone_counts_no_warm_instances() {
    let web = group("web").members(4).in_zones(["a"]).with_warm("web-7").with_warm("web-8");
    let web = web.tagged("max-unavailable-per-zone", "50pct").tagged("max-unavailable", "4");
    let fleet = (1..=3)
        .fold(world().with(web), |fleet, number| fleet.with(reboot_of(&format!("web-{number}"))));
    let rows = [
        "web-1 opens terminate-first: due",
        "web-2 opens terminate-first: due",
        "web-3 holds: limit_full zone/us-west-2a/web of 2",
    ];
    check(fleet, &unhurried(), rows);
}

#[test]
fn a_member_that_goes_back_to_the_pool_has_left() {
    let intended = incident_of("web-1").intended(Order::TerminateFirst);
    let reused = group("web").members(6).member("web-1", |it| it.lifecycle("Warmed:Stopped"));
    check(web(reused).with(intended), &enforcing(), ["web-1 records an effect: took_effect"]);
}
