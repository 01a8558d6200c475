//! Stop and start: out of service, to a new host, and back to where it was.

use jiff::SignedDuration;
use shared::ids::{EventId, InstanceId};
use shared::ledger::Outcome;
use shared::testing::cloud::truth::ActKind;
use shared::testing::cloud::{Cloud, Machine, Play, Port, Setup};
use shared::world::{AlarmState, EventCode, InstanceState, TargetState};

use crate::{changes, outcome, reason, soon};

/// A web server behind two target groups, in one of them with two ports.
fn web() -> Machine {
    Machine::enforced("web-1").behind("web", &[8080, 8081]).behind("admin", &[])
}

/// A database with an hour's worth of patience.
fn with_gate(gate: &str) -> Machine {
    let slow = SignedDuration::from_mins(30);
    Machine::enforced("db-1").ready_after(slow).tagged("reberth:ready", gate)
}

fn plays(cloud: &Cloud, machine: &Machine) -> (InstanceId, EventId) {
    let id = cloud.add_machine(machine);
    let event = soon(cloud, &id);
    (id, event)
}

#[test]
fn a_standalone_instance_leaves_its_target_groups_moves_and_comes_back_to_them() {
    let cloud = Cloud::new(200);
    let (id, event) = plays(&cloud, &web());
    let before = cloud.instance(&id).unwrap();
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    let expected = [
        Port::Mark,
        Port::Deregister,
        Port::Stop,
        Port::Start,
        Port::Register,
        Port::Register,
        Port::Unmark,
    ];
    assert_eq!(changes(&cloud), expected);
    let after = cloud.instance(&id).unwrap();
    assert!(after.launched_at > before.launched_at, "on a new host");
    assert_eq!(after.tags, before.tags);
    let truth = cloud.truth();
    assert_eq!((truth.losses.len(), truth.forced.len(), truth.data_lost.len()), (1, 0, 0));
    let away = truth.losses[0].lasted(cloud.now());
    assert!(away < SignedDuration::from_mins(10), "{away:#}");
}

#[test]
fn a_standalone_instance_behind_nothing_is_marked_stopped_and_started() {
    let cloud = Cloud::new(201);
    let (id, event) = plays(&cloud, &Machine::enforced("batch-1"));
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert_eq!(changes(&cloud), [Port::Mark, Port::Stop, Port::Start, Port::Unmark]);
}

#[test]
fn a_member_that_keeps_its_disks_goes_through_standby() {
    let cloud = Cloud::new(202);
    let setup = Setup::enforced("web", 4).behind_targets();
    let members = cloud.add(&setup.tagged("reberth:relaunch", "stop-start"));
    let event = soon(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
    let expected =
        [Port::Mark, Port::EnterStandby, Port::Stop, Port::Start, Port::ExitStandby, Port::Unmark];
    assert_eq!(changes(&cloud), expected);
    let group = cloud.group("web");
    assert_eq!((group.desired, group.members.len()), (4, 4));
    assert!(group.members.keys().eq(members.iter()), "nobody was replaced");
}

#[test]
fn its_slots_are_free_when_it_serves_and_not_before() {
    let cloud = Cloud::new(203);
    let slow = |b: &mut shared::testing::cloud::Behaviour| {
        b.checked_after = SignedDuration::from_mins(25);
    };
    let (id, event) = plays(&cloud, &web().behaving(slow));
    let other = cloud.add_machine(&Machine::enforced("web-2"));
    let other_event = soon(&cloud, &other);
    let mut play = Play::new(&cloud);
    play.minutes(20);
    assert_eq!(reason(&cloud, &id, &event), "waiting_for_checks");
    assert_eq!(reason(&cloud, &other, &other_event), "limit_full");
    play.to_rest(6);
    assert_eq!(outcome(&cloud, &other, &other_event), Outcome::Moved);
    assert_eq!(cloud.truth().most_standalone_out(), 1);
}

#[test]
fn it_is_not_registered_before_every_gate_says_that_it_is_ready() {
    for gate in ["tag", "ssm:IsReady", "alarm:db-lag"] {
        let cloud = Cloud::new(204);
        let (id, event) = plays(&cloud, &with_gate(gate).behind("db", &[]));
        cloud.alarm_follows("db-lag", &id);
        let mut play = Play::new(&cloud);
        play.minutes(25);
        assert_eq!(reason(&cloud, &id, &event), "waiting_for_ready", "{gate}");
        assert_eq!(cloud.count(Port::Register), 0, "{gate}");
        play.to_rest(5);
        assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved, "{gate}");
        let away = cloud.truth().losses[0].lasted(cloud.now());
        assert!(away >= SignedDuration::from_mins(30), "{gate}: {away:#}");
        assert!(away < SignedDuration::from_mins(45), "{gate}: {away:#}");
    }
}

#[test]
fn what_was_said_of_readiness_in_the_life_before_does_not_count() {
    let cloud = Cloud::new(205);
    let (id, _) = plays(&cloud, &with_gate("tag").behind("db", &[]));
    let mut play = Play::new(&cloud);
    assert!(cloud.instance(&id).unwrap().tags.contains_key("reberth:is-ready"));
    play.minutes(15);
    assert_eq!((cloud.count(Port::ForgetReady), cloud.count(Port::Start)), (1, 1));
    assert!(!cloud.instance(&id).unwrap().tags.contains_key("reberth:is-ready"));
    play.to_rest(5);
}

#[test]
fn a_stop_alarm_that_rings_holds_the_act_and_lets_it_go_when_it_rests() {
    let cloud = Cloud::new(206);
    let (id, event) = plays(&cloud, &web().tagged("reberth:stop-alarms", "errors"));
    cloud.alarm("errors", AlarmState::Alarm);
    let mut play = Play::new(&cloud);
    play.hours(2);
    assert_eq!(reason(&cloud, &id, &event), "stop_alarm");
    assert_eq!(cloud.changes(), 0);
    cloud.alarm("errors", AlarmState::Ok(None));
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
}

#[test]
fn a_start_without_capacity_is_tried_until_it_succeeds_and_alarmed_at_once() {
    let cloud = Cloud::new(207);
    let (id, event) = plays(&cloud, &web());
    cloud.no_capacity_for(&id, 5);
    let mut play = Play::new(&cloud);
    play.minutes(15);
    assert_eq!(cloud.instance(&id).unwrap().state, Some(InstanceState::Stopped));
    let alarms = |cloud: &Cloud| {
        let told = cloud.told();
        told.iter().filter(|(_, text)| text.contains("does not start")).count()
    };
    assert_eq!(alarms(&cloud), 1, "{:#?}", cloud.told());
    play.hours(4);
    assert_eq!(alarms(&cloud), 1, "told once");
    assert!(cloud.count(Port::Start) > 40, "tried at every look: {}", cloud.count(Port::Start));
    play.to_rest(6);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert_eq!(cloud.truth().done(ActKind::Started), [id]);
}

#[test]
fn a_start_that_is_taken_and_falls_back_is_tried_again_and_alarmed() {
    let cloud = Cloud::new(208);
    let (id, event) = plays(&cloud, &web());
    cloud.falls_back(&id, 3);
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert_eq!(cloud.count(Port::Start), 4);
    let told = cloud.told();
    let alarms = told.iter().filter(|(_, text)| text.contains("does not start")).count();
    assert_eq!(alarms, 1, "{told:#?}");
}

#[test]
fn reserved_capacity_brings_it_back_and_is_given_back() {
    let cloud = Cloud::new(209);
    let (id, event) = plays(&cloud, &web().tagged("reberth:reserve", "yes"));
    cloud.no_capacity_for(&id, 5);
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert_eq!((cloud.count(Port::Reserve), cloud.count(Port::ReleaseCapacity)), (1, 1));
    assert_eq!(cloud.count(Port::Start), 1);
}

#[test]
fn what_cannot_be_reserved_is_not_stopped_and_serves_on() {
    let cloud = Cloud::new(210);
    let (id, event) = plays(&cloud, &web().tagged("reberth:reserve", "yes"));
    cloud.no_reservations(1);
    let mut play = Play::new(&cloud);
    play.minutes(30);
    assert_eq!(cloud.count(Port::Stop), 0);
    assert_eq!(cloud.left_open(), [""; 0]);
    play.to_rest(6);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved, "an hour later");
}

#[test]
fn capacity_that_another_takes_is_not_stopped_upon() {
    let cloud = Cloud::new(211);
    let (id, event) = plays(&cloud, &web().tagged("reberth:reserve", "yes"));
    cloud.once_after(Port::Deregister, Cloud::take_reservations);
    let mut play = Play::new(&cloud);
    play.minutes(30);
    assert_eq!(cloud.count(Port::Stop), 0);
    assert_eq!(cloud.left_open(), [""; 0]);
    play.to_rest(6);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved, "an hour later");
}

#[test]
fn a_description_that_lags_seventy_minutes_makes_no_second_stop() {
    let cloud = Cloud::new(212);
    cloud.describe_after(70);
    let (id, event) = plays(&cloud, &web());
    let mut play = Play::new(&cloud);
    play.minutes(60);
    assert_eq!(reason(&cloud, &id, &event), "waiting_for_listing");
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert_eq!(cloud.count(Port::Stop), 1);
}

#[test]
fn a_new_host_with_an_event_of_its_own_is_left_in_its_turn() {
    let cloud = Cloud::new(214);
    let (id, event) = plays(&cloud, &web().behaving(|behaviour| behaviour.bad_hosts = 1));
    let mut play = Play::new(&cloud);
    play.hours(2);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::MovedAgain);
    let open = cloud.open();
    assert_eq!((open.len(), open[0].attempt), (1, 2));
    cloud.move_date(&id, &open[0].key.event, 20);
    play.to_rest(5);
    assert_eq!(cloud.truth().done(ActKind::Stopped), [id.clone(), id]);
    assert!(cloud.truth().forced.is_empty());
}

#[test]
fn what_a_stop_would_lose_is_held_by_its_name() {
    let rows: [(&str, Machine); 9] = [
        ("instance_store_volumes", web().of_type("m5d.large")),
        ("spot", web().but(|i| i.market = shared::world::Market::Spot)),
        ("capacity_block", web().but(|i| i.market = shared::world::Market::CapacityBlock)),
        ("dedicated_host", web().but(|i| i.tenancy = shared::world::Tenancy::Host)),
        ("cluster_placement_group", web().but(|i| i.cluster_placement = Some(true))),
        ("stop_protected", web().stop_protected()),
        ("auto_assigned_address", web().but(|i| i.auto_assigned_address = true)),
        ("registered_by_address", web().known_by_address("edge")),
        ("classic_load_balancer", web().behind_classic("front")),
    ];
    for (expected, machine) in rows {
        let cloud = Cloud::new(215);
        let (id, event) = plays(&cloud, &machine);
        let mut play = Play::new(&cloud);
        play.hours(19);
        assert_eq!(reason(&cloud, &id, &event), expected);
        assert_eq!(cloud.changes(), 0, "{expected}");
        let targets = cloud.health_of(&id);
        assert!(targets.values().all(|state| *state == TargetState::Healthy), "{expected}");
    }
}

#[test]
fn a_retirement_waits_for_its_cool_off_and_for_the_last_day() {
    let cloud = Cloud::new(216);
    let id = cloud.add_machine(&web());
    let event = cloud.schedule(&id, EventCode::InstanceRetirement, 72);
    let mut play = Play::new(&cloud);
    play.hours(47);
    assert_eq!(reason(&cloud, &id, &event), "waiting_for_late_window");
    assert_eq!(cloud.changes(), 0);
    play.to_rest(6);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
}
