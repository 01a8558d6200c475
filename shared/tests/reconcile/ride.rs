//! Riding: out of the way while AWS does its work, and back.

use jiff::SignedDuration;
use shared::ids::{EventId, InstanceId};
use shared::ledger::Outcome;
use shared::testing::cloud::truth::{ActKind, Hand};
use shared::testing::cloud::{Cloud, Machine, Play, Port, Setup};
use shared::world::{EventCode, InstanceState};

use crate::{changes, outcome, reason};

/// Members with data on instance-store volumes.
fn disks() -> Setup {
    Setup::enforced("disks", 4).behind_targets().of_type("i4i.large")
}

fn scheduled(cloud: &Cloud, setup: &Setup, code: EventCode) -> (InstanceId, EventId) {
    let id = cloud.add(setup).remove(0);
    let event = cloud.schedule(&id, code, 8);
    (id, event)
}

fn work() -> [EventCode; 3] {
    [EventCode::SystemReboot, EventCode::InstanceReboot, EventCode::SystemMaintenance]
}

#[test]
fn a_member_with_data_stands_by_before_aws_s_date_and_comes_back_with_it() {
    for code in work() {
        let cloud = Cloud::new(220);
        let (id, event) = scheduled(&cloud, &disks(), code.clone());
        let mut play = Play::new(&cloud);
        play.minutes(7 * 60 + 25);
        assert_eq!(reason(&cloud, &id, &event), "aside_from", "{code}");
        assert_eq!(cloud.changes(), 0, "{code}: not before its time");
        play.to_rest(5);
        assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden, "{code}");
        let expected = [Port::Mark, Port::EnterStandby, Port::ExitStandby, Port::Unmark];
        assert_eq!(changes(&cloud), expected, "{code}");
        let truth = cloud.truth();
        assert_eq!((truth.ridden, truth.forced), (vec![id.clone()], vec![]), "{code}");
        assert!(truth.data_lost.is_empty(), "{code}");
        assert_eq!(cloud.group("disks").desired, 4, "{code}");
        let away = truth.losses[0].lasted(cloud.now());
        assert!(away < SignedDuration::from_mins(60), "{code}: {away:#}");
    }
}

#[test]
fn a_member_that_aws_stops_while_it_stands_by_is_started_again() {
    let cloud = Cloud::new(221);
    let setup = Setup::enforced("web", 4).behind_targets().tagged("reberth:relaunch", "ride");
    let (id, event) = scheduled(&cloud, &setup, EventCode::InstanceStop);
    let mut play = Play::new(&cloud);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    assert_eq!(cloud.truth().done(ActKind::Started), std::slice::from_ref(&id));
    assert_eq!(cloud.truth().done(ActKind::Stopped), [], "AWS did that");
    assert_eq!(cloud.truth().ridden, [id]);
}

#[test]
fn what_aws_erases_at_its_date_is_not_our_doing() {
    let cloud = Cloud::new(222);
    let (id, event) = scheduled(&cloud, &disks(), EventCode::InstanceRetirement);
    let mut play = Play::new(&cloud);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    let lost: Vec<Hand> = cloud.truth().data_lost.iter().map(|loss| loss.by).collect();
    assert_eq!(lost, [Hand::Aws]);
}

#[test]
fn a_standalone_instance_leaves_its_target_groups_while_aws_works() {
    for code in work() {
        let cloud = Cloud::new(223);
        let machine = Machine::enforced("web-1").behind("web", &[80, 443]);
        let id = cloud.add_machine(&machine.tagged("reberth:relaunch", "ride"));
        let event = cloud.schedule(&id, code.clone(), 8);
        let mut play = Play::new(&cloud);
        play.to_rest(12);
        assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden, "{code}");
        let expected = [Port::Mark, Port::Deregister, Port::Register, Port::Unmark];
        assert_eq!(changes(&cloud), expected, "{code}");
        assert_eq!((cloud.truth().ridden, cloud.truth().forced), (vec![id], vec![]), "{code}");
    }
}

#[test]
fn a_standalone_instance_behind_nothing_stays_where_it_is_for_maintenance() {
    let cloud = Cloud::new(224);
    let id = cloud.add_machine(&Machine::enforced("batch-1").of_type("i4i.large"));
    let event = cloud.schedule(&id, EventCode::SystemMaintenance, 8);
    let mut play = Play::new(&cloud);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    assert_eq!(cloud.changes(), 0);
    assert!(cloud.truth().data_lost.is_empty());
}

#[test]
fn a_date_moved_two_hours_later_brings_it_back_until_then() {
    let cloud = Cloud::new(225);
    let (id, event) = scheduled(&cloud, &disks(), EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.minutes(7 * 60 + 50);
    assert_eq!(cloud.group("disks").members[&id].lifecycle.as_str(), "Standby");
    cloud.move_date(&id, &event, 3);
    play.minutes(30);
    assert!(cloud.group("disks").members[&id].in_service());
    play.to_rest(8);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    assert_eq!((cloud.count(Port::EnterStandby), cloud.count(Port::ExitStandby)), (2, 2));
}

#[test]
fn a_date_moved_a_little_later_is_waited_for_where_it_stands() {
    let cloud = Cloud::new(226);
    let (id, event) = scheduled(&cloud, &disks(), EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.minutes(7 * 60 + 50);
    cloud.move_date_by(&id, &event, SignedDuration::from_mins(25));
    play.to_rest(8);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    assert_eq!(cloud.count(Port::EnterStandby), 1);
}

#[test]
fn an_event_cancelled_at_the_last_minute_brings_it_back_as_it_was() {
    let cloud = Cloud::new(227);
    let (id, event) = scheduled(&cloud, &disks(), EventCode::SystemMaintenance);
    let mut play = Play::new(&cloud);
    play.minutes(7 * 60 + 55);
    cloud.cancel(&id, &event);
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Cleared);
    assert!(cloud.truth().ridden.is_empty());
    assert!(cloud.group("disks").members[&id].in_service());
}

#[test]
fn aws_acting_early_while_it_stands_by_is_ridden_all_the_same() {
    let cloud = Cloud::new(228);
    let (id, event) = scheduled(&cloud, &disks(), EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.minutes(7 * 60 + 45);
    cloud.act_now(&id, &event);
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    assert_eq!(cloud.truth().ridden, [id]);
}

#[test]
fn aws_acting_hours_late_is_waited_for_in_standby() {
    let cloud = Cloud::new(229);
    cloud.acts_late_by(200);
    let (id, event) = scheduled(&cloud, &disks(), EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.minutes(11 * 60);
    assert_eq!(reason(&cloud, &id, &event), "waiting_for_aws");
    assert_eq!(cloud.group("disks").members[&id].lifecycle.as_str(), "Standby");
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    assert_eq!((cloud.truth().ridden, cloud.truth().forced), (vec![id], vec![]));
}

#[test]
fn a_description_that_lags_fifty_minutes_is_waited_for_in_standby() {
    let cloud = Cloud::new(230);
    cloud.describe_after(50);
    let (id, event) = scheduled(&cloud, &disks(), EventCode::SystemMaintenance);
    let mut play = Play::new(&cloud);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    let away = cloud.truth().losses[0].lasted(cloud.now());
    assert!(away < SignedDuration::from_mins(95), "{away:#}");
}

#[test]
fn what_was_said_of_readiness_before_aws_s_reboot_does_not_count() {
    let cloud = Cloud::new(231);
    let slow = SignedDuration::from_mins(40);
    let (id, event) = scheduled(&cloud, &disks().ready_after(slow), EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    let away = cloud.truth().losses[0].lasted(cloud.now());
    assert!(
        away >= SignedDuration::from_mins(60),
        "half an hour before, 40 minutes after: {away:#}"
    );
    let back = cloud.calls_since(0).into_iter().find(|call| call.port == Port::ExitStandby);
    let rebooted = cloud.date_of(&id, &event).unwrap();
    assert!(back.unwrap().at.duration_since(rebooted) >= slow, "not before it was ready");
}

#[test]
fn who_is_not_rebooted_after_all_says_again_that_it_is_ready() {
    let cloud = Cloud::new(234);
    let slow = SignedDuration::from_mins(40);
    let (id, event) = scheduled(&cloud, &disks().ready_after(slow), EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.minutes(7 * 60 + 50);
    assert_eq!(cloud.count(Port::ForgetReady), 1);
    cloud.cancel(&id, &event);
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Cleared);
    assert_eq!(cloud.left_open(), [""; 0], "its readiness among it");
}

#[test]
fn who_stays_ready_through_a_blip_is_taken_back_at_once() {
    let cloud = Cloud::new(232);
    let slow = SignedDuration::from_mins(40);
    let (id, event) = scheduled(&cloud, &disks().ready_after(slow), EventCode::SystemMaintenance);
    let mut play = Play::new(&cloud);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    let away = cloud.truth().losses[0].lasted(cloud.now());
    assert!(away < SignedDuration::from_mins(45), "{away:#}");
}

#[test]
fn a_ride_waits_for_its_owner_s_window_before_the_date() {
    let cloud = Cloud::new(233);
    // Monday 08:00; AWS's date is 16:00, and the last window before it ends at 14:00.
    let setup = disks().tagged("reberth:window", "Mon 10:00-14:00 @ UTC");
    let (id, event) = scheduled(&cloud, &setup, EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.minutes(5 * 60 + 40);
    assert_eq!(cloud.changes(), 0);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
    let away = cloud.truth().losses[0].lasted(cloud.now());
    assert!(away >= SignedDuration::from_mins(120), "{away:#}");
    assert_eq!(cloud.instance(&id).unwrap().state, Some(InstanceState::Running));
}
