//! Members that stand by, in groups of every shape.

use shared::ids::{EventId, InstanceId};
use shared::ledger::Outcome;
use shared::policy::{Ceilings, Mode};
use shared::testing::cloud::truth::{ActKind, Hand};
use shared::testing::cloud::{Cloud, Play, Port, Setup};
use shared::world::EventCode;

use crate::{outcome, reason, soon};

/// Members that keep their disks: they are stopped and started.
fn keeps(name: &str, desired: u32) -> Setup {
    Setup::enforced(name, desired).tagged("reberth:relaunch", "stop-start").behind_targets()
}

/// Members with data that a stop would erase: they ride.
fn disks(name: &str, desired: u32) -> Setup {
    Setup::enforced(name, desired).of_type("i4i.large").behind_targets()
}

fn wide() -> Ceilings {
    let maximum_mode = Mode::Enforce;
    Ceilings { maximum_mode, in_flight_percent: 100, acts_per_hour: 100, ..Ceilings::default() }
}

/// The first member of a group, with a reboot.
fn first(cloud: &Cloud, setup: &Setup) -> (InstanceId, EventId) {
    let id = cloud.add(setup).remove(0);
    let event = soon(cloud, &id);
    (id, event)
}

#[test]
fn minimum_equals_desired_equals_maximum_leaves_no_room_to_stand_by() {
    for setup in [keeps("web", 4), disks("web", 4)] {
        let cloud = Cloud::new(320);
        let (id, event) = first(&cloud, &setup.between(4, 4));
        let mut play = Play::new(&cloud);
        play.minutes(19 * 60 + 45);
        assert_eq!(reason(&cloud, &id, &event), "no_standby_room");
        assert_eq!(cloud.changes(), 0);
        let told = cloud.told();
        let said = |(_, text): &(String, String)| text.contains("lower the group's minimum by one");
        assert!(told.iter().any(said), "{told:#?}");
    }
}

#[test]
fn minimum_equals_desired_equals_maximum_is_no_hindrance_to_a_replacement() {
    let cloud = Cloud::new(321);
    let (id, event) = first(&cloud, &Setup::enforced("web", 4).between(4, 4));
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
}

#[test]
fn a_group_scaled_out_to_its_maximum_meanwhile_keeps_it_out_until_there_is_room() {
    let cloud = Cloud::new(322);
    let (id, event) = first(&cloud, &keeps("web", 3).between(1, 3));
    let mut play = Play::new(&cloud);
    play.minutes(2);
    assert_eq!(cloud.group("web").desired, 2);
    cloud.scale("web", 3);
    play.minutes(20);
    assert_eq!(reason(&cloud, &id, &event), "no_room_to_return");
    let told = cloud.told();
    let said = |(_, text): &(String, String)| text.contains("and the maximum 3");
    assert!(told.iter().any(said), "{told:#?}");
    cloud.change_group("web", |group| group.maximum = 4);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert_eq!(cloud.group("web").desired, 4, "what its owner wants, and the one that came back");
}

#[test]
fn groups_of_one_and_of_two_stand_by_where_their_minimum_allows_it() {
    for size in [1, 2] {
        for setup in [keeps("web", size), disks("web", size)] {
            let cloud = Cloud::new(323);
            let (id, event) = first(&cloud, &setup);
            let mut play = Play::new(&cloud);
            play.to_rest(24);
            let ended = outcome(&cloud, &id, &event);
            assert!([Outcome::Moved, Outcome::Ridden].contains(&ended), "{size}: {ended:?}");
            assert!(cloud.group("web").members.contains_key(&id), "{size}: nobody was replaced");
            assert_eq!(cloud.group("web").desired, size);
            assert_eq!(cloud.truth().forced, []);
        }
    }
}

#[test]
fn weighted_groups_do_not_stand_by_and_are_replaced_one_at_a_time() {
    let cloud = Cloud::new(324);
    let (id, event) = first(&cloud, &disks("disks", 4).weighing(2));
    let web = cloud.add(&Setup::enforced("web", 4).weighing(3));
    let events: Vec<EventId> = web.iter().map(|id| soon(&cloud, id)).collect();
    let mut play = Play::within(&cloud, wide());
    play.minutes(19 * 60 + 45);
    assert_eq!(reason(&cloud, &id, &event), "weighted_standby");
    assert_eq!(cloud.count(Port::EnterStandby), 0);
    for (id, event) in web.iter().zip(&events) {
        assert_eq!(outcome(&cloud, id, event), Outcome::Moved);
    }
    assert_eq!(cloud.truth().most_out("web"), 1);
    assert_eq!(cloud.group("web").units_in_service(), 12);
}

#[test]
fn mixed_instances_each_get_the_answer_of_their_own_type() {
    let cloud = Cloud::new(325);
    let members = cloud.add(&Setup::enforced("mixed", 4).behind_targets());
    let local = |instance: &mut shared::world::Instance| {
        instance.instance_type = Some("m5d.large".into());
    };
    cloud.change_instance(&members[0], local);
    cloud.change_instance(&members[1], local);
    let events: Vec<EventId> = members.iter().map(|id| soon(&cloud, id)).collect();
    let mut play = Play::within(&cloud, wide());
    play.to_rest(30);
    let ends: Vec<Outcome> =
        members.iter().zip(&events).map(|(id, event)| outcome(&cloud, id, event)).collect();
    assert_eq!(ends, [Outcome::Ridden, Outcome::Forced, Outcome::Moved, Outcome::Moved]);
}

#[test]
fn a_warm_member_comes_in_place_of_a_replaced_one_and_is_verified() {
    let cloud = Cloud::new(326);
    let (id, event) = first(&cloud, &Setup::enforced("web", 4).warmed(2).behind_targets());
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    let members = cloud.group("web").members;
    assert_eq!(members.values().filter(|member| member.in_service()).count(), 4);
    assert_eq!(members.values().filter(|member| member.lifecycle.warmed()).count(), 2);
}

#[test]
fn a_warm_pool_is_no_part_of_the_group_that_somebody_stands_by_from() {
    let cloud = Cloud::new(327);
    let (id, event) = first(&cloud, &keeps("web", 3).warmed(2));
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    let warm = cloud.group("web").members.into_values().filter(|m| m.lifecycle.warmed()).count();
    assert_eq!(warm, 2, "nobody was launched for the one that stood by");
}

#[test]
fn zones_out_of_balance_hold_a_stop_and_not_a_ride() {
    for (setup, expected) in [(keeps("web", 6), "zones_unbalanced"), (disks("web", 6), "due")] {
        let cloud = Cloud::new(328);
        let members = cloud.add(&setup.suspending("AZRebalance"));
        // Two zones lose one each, and Auto Scaling may not bring them back into balance.
        let zone = cloud.group("web").members[&members[0]].zone.clone();
        cloud.change_group("web", |group| {
            for member in group.members.values_mut().take(4) {
                member.zone = zone.clone();
            }
            group.suspended.clear();
        });
        let event = soon(&cloud, &members[0]);
        let mut play = Play::new(&cloud);
        let ride = expected == "due";
        play.minutes(if ride { 19 * 60 + 45 } else { 0 });
        play.sweep();
        let stands = cloud.count(Port::EnterStandby);
        assert_eq!((stands, expected), (usize::from(ride), expected));
        if !ride {
            assert_eq!(reason(&cloud, &members[0], &event), expected);
        }
    }
}

#[test]
fn zones_rebalanced_during_a_ride_cost_it_neither_its_place_nor_its_data() {
    let cloud = Cloud::new(329);
    let members = cloud.add(&disks("disks", 6));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 2);
    let mut play = Play::new(&cloud);
    play.minutes(95);
    assert_eq!(cloud.group("disks").members[&members[0]].lifecycle.as_str(), "Standby");
    cloud.rebalance(&members[1]);
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Ridden);
    let truth = cloud.truth();
    assert!(truth.data_lost.iter().all(|loss| loss.by == Hand::AutoScaling));
    assert!(truth.data_lost.iter().all(|loss| loss.instance != members[0]));
}

#[test]
fn an_instance_refresh_holds_what_has_not_begun_and_lets_the_rest_come_back() {
    let cloud = Cloud::new(330);
    let (id, event) = first(&cloud, &keeps("web", 4));
    cloud.refresh("web", true);
    let mut play = Play::new(&cloud);
    play.hours(1);
    assert_eq!(reason(&cloud, &id, &event), "refresh_running");
    assert_eq!(cloud.changes(), 0);
    cloud.refresh("web", false);
    cloud.once_after(Port::Stop, |cloud| cloud.refresh("web", true));
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
}

#[test]
fn as_many_stand_by_at_once_as_its_owner_and_its_minimum_allow() {
    let cloud = Cloud::new(331);
    let members = cloud.add(&disks("disks", 6).between(3, 8).may_lose(4));
    let events: Vec<EventId> = members.iter().map(|id| soon(&cloud, id)).collect();
    let mut play = Play::within(&cloud, wide());
    play.minutes(19 * 60 + 50);
    let standing = cloud.group("disks").members.into_values();
    let standing = standing.filter(|member| member.lifecycle.as_str() == "Standby").count();
    assert_eq!(standing, 3, "four may be out, and the minimum leaves room for three");
    play.to_rest(5);
    let ridden = members.iter().zip(&events);
    let ridden = ridden.filter(|(id, event)| outcome(&cloud, id, event) == Outcome::Ridden);
    assert_eq!(ridden.count(), 3, "the others were replaced at AWS's date");
}

#[test]
fn a_member_terminated_in_standby_is_told_with_what_it_leaves_behind() {
    let cloud = Cloud::new(332);
    let (id, event) = first(&cloud, &keeps("web", 4));
    cloud.once_after(Port::Stop, {
        let id = id.clone();
        move |cloud| cloud.terminate_by_hand(&id)
    });
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Gone);
    assert_eq!(cloud.truth().ended_in_standby, [id]);
    assert_eq!(cloud.group("web").desired, 3);
    let told = cloud.told();
    let said = |(_, text): &(String, String)| text.contains("raise the group's desired capacity");
    assert!(told.iter().any(said), "{told:#?}");
    assert_eq!(cloud.truth().done(ActKind::Started), []);
}
