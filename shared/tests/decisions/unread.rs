//! Items of the ledger that cannot be read: each is taken as it is safest, and what is out comes
//! back all the same.

use shared::ledger::{About, Limit, Returns, Unread, Why, format};
use shared::plan::InPlace::StopStart;
use shared::plan::Order;
use shared::testing::builders::{
    InstanceBuilder, WorldBuilder, enforcing, group, group_name, id, incident_of, key,
    limit_of_group, reboot_of, standalone, unhurried, world,
};
use shared::world::InstanceState;

use super::check;

/// The same world, and an item about this that a newer version wrote.
fn unread(world: WorldBuilder, item: &str, about: About) -> WorldBuilder {
    let why = Why::Newer(format::KNOWN + 1);
    let item = item.to_owned();
    world.remembering(|memory| {
        memory.unread.insert(item, Unread { about, why });
    })
}

fn incident_unread(world: WorldBuilder, name: &str, group: Option<&str>) -> WorldBuilder {
    let about = About::Incident { key: key(name), group: group.map(group_name) };
    unread(world, &format!("incident/{}", key(name)), about)
}

fn two_of_nine() -> WorldBuilder {
    world().with(group("web").members(9)).with(reboot_of("web-1")).with(reboot_of("web-2"))
}

#[test]
fn incident_unread_keeps_its_instance_and_counts_as_out_in_its_group() {
    let fleet = incident_unread(two_of_nine(), "web-1", Some("web"));
    let rows = ["web-1 holds: incident_unread", "web-2 holds: limit_full group/web of 0"];
    check(fleet, &unhurried(), rows);
    let roomy = group("web").members(9).tagged("max-unavailable", "2");
    let roomy = world().with(roomy).with(reboot_of("web-1")).with(reboot_of("web-2"));
    let rows = ["web-1 holds: incident_unread", "web-2 opens terminate-first: due"];
    check(incident_unread(roomy, "web-1", Some("web")), &unhurried(), rows);
}

#[test]
fn incident_unread_counts_nowhere_it_does_not_belong() {
    let fleet = incident_unread(two_of_nine().with(standalone("box")), "box", None);
    let rows = [
        "box holds: incident_unread",
        "web-1 opens terminate-first: due",
        "web-2 holds: limit_full group/web of 1",
    ];
    check(fleet, &unhurried(), rows);
}

#[test]
fn incident_unread_counts_as_out_in_its_zone_and_in_every_zone_where_nobody_sees_it() {
    let web = || {
        let web = group("web").members(9).tagged("max-unavailable", "9");
        let web = web.tagged("max-unavailable-per-zone", "1");
        world().with(web).with(reboot_of("web-1")).with(reboot_of("web-2"))
    };
    let a_is_full = "web-1 holds: limit_full zone/us-west-2a/web of 0";
    let b_is_full = "web-2 holds: limit_full zone/us-west-2b/web of 0";
    let b_has_room = "web-2 opens terminate-first: due";
    let seen = incident_unread(web(), "web-4", Some("web"));
    check(seen, &unhurried(), ["web-4 holds: incident_unread", a_is_full, b_has_room]);
    let gone = incident_unread(web(), "web-99", Some("web"));
    let unknown = format!("{} holds: incident_unread", id("web-99"));
    check(gone, &unhurried(), [&unknown, a_is_full, b_is_full]);
    let elsewhere = incident_unread(web().with(group("db").members(3)), "db-1", Some("db"));
    let a_has_room = "web-1 opens terminate-first: due";
    check(elsewhere, &unhurried(), ["db-1 holds: incident_unread", a_has_room, b_has_room]);
}

#[test]
fn incident_unread_keeps_every_event_of_its_instance() {
    let fleet = world().with(standalone("box")).with(reboot_of("box").nth(2).in_hours(20));
    let rows = ["box holds: incident_unread", "box (event 2) holds: incident_unread"];
    check(incident_unread(fleet, "box", None), &unhurried(), rows);
}

#[test]
fn incident_unread_counts_as_out_among_the_standalone_ones() {
    let fleet = world().with(standalone("box")).with(standalone("other"));
    let fleet = fleet.with(reboot_of("other").in_hours(20));
    let rows = ["box holds: incident_unread", "other holds: limit_full standalone of 0"];
    check(incident_unread(fleet, "box", None), &unhurried(), rows);
}

#[test]
fn incident_unread_counts_as_out_in_its_replica_set() {
    let web = group("web").members(9).tagged("max-unavailable", "5");
    let of_set = |it: InstanceBuilder| it.tagged("replica-set", "shard-1");
    let web = web.member("web-1", of_set).member("web-2", of_set);
    let fleet = world().with(web).with(reboot_of("web-2"));
    let rows = ["web-1 holds: incident_unread", "web-2 holds: limit_full replica-set/shard-1 of 0"];
    check(incident_unread(fleet, "web-1", Some("web")), &unhurried(), rows);
}

#[test]
fn a_mark_under_an_incident_that_cannot_be_read_is_no_orphan() {
    let event = key("box").event;
    let stopped = standalone("box").state(InstanceState::Stopped);
    let fleet = world().with(stopped.tagged("incident", event.as_str()));
    check(incident_unread(fleet, "box", None), &enforcing(), ["box holds: incident_unread"]);
}

#[test]
fn ledger_unread_of_a_limit_is_a_full_limit() {
    let limit = limit_of_group("web");
    let fleet = unread(two_of_nine(), "state/limit#group/web", About::Limit(limit));
    let rows = ["web-1 holds: ledger_unread", "web-2 holds: ledger_unread"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn ledger_unread_of_a_group_or_of_everything_holds_what_belongs_to_it() {
    let rows = ["web-1 holds: ledger_unread", "web-2 holds: ledger_unread"];
    let about = About::Group(group_name("web"));
    check(unread(two_of_nine(), "state/group#web", about), &unhurried(), rows);
    check(unread(two_of_nine(), "state/governor", About::Everything), &unhurried(), rows);
    let rows = ["web-1 opens terminate-first: due", "web-2 holds: limit_full group/web of 1"];
    let about = About::Group(group_name("other"));
    check(unread(two_of_nine(), "state/group#other", about), &unhurried(), rows);
    check(unread(two_of_nine(), "state/look-again", About::LookAgain), &unhurried(), rows);
}

#[test]
fn ledger_unread_of_a_busy_report_is_a_busy_instance() {
    let about = About::Busy(id("web-1"));
    let rows = ["web-1 holds: ledger_unread", "web-2 opens terminate-first: due"];
    check(unread(two_of_nine(), "state/busy#web-1", about), &unhurried(), rows);
}

#[test]
fn what_is_stopped_is_started_whatever_cannot_be_read() {
    let stopped = standalone("box").state(InstanceState::Stopped);
    let away = incident_of("box").returning(StopStart, Returns::Moved);
    let fleet = || world().with(stopped.clone()).with(away.clone());
    let rows = ["box starts: stopped"];
    check(fleet(), &enforcing(), rows);
    let limit = About::Limit(Limit::Standalone);
    for (item, about) in [
        ("state/governor", About::Everything),
        ("state/limit#standalone", limit),
        ("state/busy#box", About::Busy(id("box"))),
    ] {
        check(unread(fleet(), item, about), &enforcing(), rows);
    }
}

#[test]
fn an_incident_stays_open_while_a_slot_of_its_cannot_be_freed() {
    let gone = standalone("box").state(InstanceState::Terminated);
    let fleet =
        || world().with(gone.clone()).with(incident_of("box").returning(StopStart, Returns::Moved));
    check(fleet(), &enforcing(), ["box closes as gone: instance_gone"]);
    let limit = About::Limit(Limit::Standalone);
    let fleet = unread(fleet(), "state/limit#standalone", limit);
    check(fleet, &enforcing(), ["box holds: ledger_unread"]);
}

#[test]
fn a_mark_is_taken_back_at_once_and_its_incident_stays_open_for_its_slots() {
    let marked = || {
        let web = group("web").members(6).launching_first(150);
        let web = web.member("web-1", InstanceBuilder::unhealthy);
        let intended = incident_of("web-1").replacing(Order::LaunchFirst).minutes_ago(2);
        world().with(web).with(intended)
    };
    check(marked(), &enforcing(), ["web-1 takes back, cleared: event_over"]);
    let limit = About::Limit(limit_of_group("web"));
    let fleet = unread(marked(), "state/limit#group/web", limit);
    check(fleet, &enforcing(), ["web-1 takes back: event_over"]);
}
