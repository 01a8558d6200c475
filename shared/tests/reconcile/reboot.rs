//! The owner's reboot, where it migrates, and another date from AWS.

use shared::ids::{EventId, InstanceId};
use shared::ledger::Outcome;
use shared::ports::CloudErrorClass;
use shared::testing::cloud::truth::ActKind;
use shared::testing::cloud::{Cloud, Machine, Play, Port};
use shared::world::EventCode;

use crate::{changes, incident, outcome, reason, soon};

fn reboots() -> Machine {
    Machine::enforced("web-1").behind("web", &[]).tagged("reberth:relaunch", "reboot")
}

fn plays(cloud: &Cloud, machine: &Machine) -> (InstanceId, EventId) {
    let id = cloud.add_machine(machine);
    let event = soon(cloud, &id);
    (id, event)
}

#[test]
fn a_reboot_that_migrates_moves_it() {
    let cloud = Cloud::new(240);
    let (id, event) = plays(&cloud, &reboots());
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    let expected = [Port::Mark, Port::Deregister, Port::Reboot, Port::Register, Port::Unmark];
    assert_eq!(changes(&cloud), expected);
}

#[test]
fn a_reboot_that_would_not_migrate_is_held() {
    let rows = [
        reboots().but(|i| i.reboot_migration = false),
        reboots().of_type("m5d.large"),
        reboots().but(|i| i.tenancy = shared::world::Tenancy::Host),
    ];
    for machine in rows {
        let cloud = Cloud::new(241);
        let (id, event) = plays(&cloud, &machine);
        let mut play = Play::new(&cloud);
        play.hours(19);
        assert_eq!(reason(&cloud, &id, &event), "reboot_does_not_clear");
        assert_eq!(cloud.changes(), 0);
    }
}

#[test]
fn a_migration_that_fails_leaves_the_event_and_is_tried_again_ninety_minutes_later() {
    let cloud = Cloud::new(242);
    let (id, event) = plays(&cloud, &reboots());
    cloud.no_migration(1);
    let mut play = Play::new(&cloud);
    play.minutes(90);
    assert_eq!(incident(&cloud, &id, &event).attempt, 1);
    play.to_rest(5);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert_eq!(incident(&cloud, &id, &event).attempt, 2);
    assert_eq!(cloud.truth().done(ActKind::Rebooted).len(), 2);
}

#[test]
fn a_migration_that_never_succeeds_ends_in_an_alert_and_not_in_a_loop() {
    let cloud = Cloud::new(243);
    let (id, event) = plays(&cloud, &reboots());
    cloud.no_migration(u32::MAX);
    let mut play = Play::new(&cloud);
    play.hours(15);
    assert_eq!(reason(&cloud, &id, &event), "attempts_exhausted");
    assert_eq!(cloud.truth().done(ActKind::Rebooted).len(), 3, "as often as attempts are allowed");
    assert_eq!(cloud.left_open(), [""; 0]);
    let told = cloud.told();
    let alerts = told.iter().filter(|(_, text)| text.contains("ask AWS support")).count();
    assert_eq!(alerts, 1, "{told:#?}");
}

#[test]
fn readiness_of_before_a_reboot_does_not_count() {
    let cloud = Cloud::new(244);
    let slow = jiff::SignedDuration::from_mins(30);
    let (id, event) = plays(&cloud, &reboots().ready_after(slow));
    let mut play = Play::new(&cloud);
    play.to_rest(6);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    let at = |port| cloud.calls_since(0).into_iter().find(|call| call.port == port).unwrap().at;
    assert!(at(Port::Register).duration_since(at(Port::Reboot)) >= slow);
}

/// Monday 08:00; AWS's date is Monday 20:00, and its owner's window opens on Tuesday.
fn outside_its_window(cloud: &Cloud, machine: &Machine, code: EventCode) -> (InstanceId, EventId) {
    let id = cloud.add_machine(&machine.clone().tagged("reberth:window", "Tue 10:00-14:00 @ UTC"));
    let event = cloud.schedule(&id, code, 12);
    cloud.allow_until(&id, &event, 72);
    (id, event)
}

#[test]
fn aws_is_asked_for_a_date_that_its_owner_s_window_can_bear() {
    let cloud = Cloud::new(245);
    let machine = Machine::enforced("web-1").behind("web", &[]);
    let (id, event) = outside_its_window(&cloud, &machine, EventCode::SystemReboot);
    let mut play = Play::new(&cloud);
    play.hours(1);
    assert_eq!(cloud.truth().done(ActKind::Rescheduled), std::slice::from_ref(&id));
    let date = cloud.date_of(&id, &event).unwrap();
    assert_eq!(date.to_string(), "2026-11-24T13:59:00Z", "the end of the window");
    assert_eq!(reason(&cloud, &id, &event), "outside_window");
    assert!(cloud.holders().is_empty());
    play.to_rest(40);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Moved);
    assert!(cloud.truth().forced.is_empty());
}

#[test]
fn a_ride_gets_a_date_at_the_beginning_of_the_window() {
    let cloud = Cloud::new(246);
    let machine = Machine::enforced("web-1").behind("web", &[]);
    let (id, event) = outside_its_window(&cloud, &machine, EventCode::SystemMaintenance);
    let mut play = Play::new(&cloud);
    play.hours(1);
    let date = cloud.date_of(&id, &event).unwrap();
    assert_eq!(date.to_string(), "2026-11-24T10:30:00Z");
    play.to_rest(40);
    assert_eq!(outcome(&cloud, &id, &event), Outcome::Ridden);
}

#[test]
fn a_date_that_aws_refuses_or_does_not_move_is_not_asked_for_for_ever() {
    for refused in [true, false] {
        let cloud = Cloud::new(247);
        let machine = Machine::enforced("web-1").behind("web", &[]);
        let (id, event) = outside_its_window(&cloud, &machine, EventCode::SystemReboot);
        if refused {
            cloud.refuse(Port::Reschedule, CloudErrorClass::Rejected, 1);
        } else {
            cloud.dates_stick();
        }
        let mut play = Play::new(&cloud);
        play.hours(6);
        assert!(cloud.count(Port::Reschedule) <= if refused { 1 } else { 6 });
        assert_eq!(reason(&cloud, &id, &event), "outside_window");
        assert!(incident(&cloud, &id, &event).no_other_date);
        play.hours(5);
        let near = |(_, text): &(String, String)| text.contains("AWS acts in");
        assert!(cloud.told().iter().any(near), "{:#?}", cloud.told());
    }
}

#[test]
fn an_event_that_cannot_be_moved_is_not_asked_about() {
    let cloud = Cloud::new(248);
    let window = Machine::enforced("web-1").tagged("reberth:window", "Tue 10:00-14:00 @ UTC");
    let id = cloud.add_machine(&window);
    let event = cloud.schedule(&id, EventCode::SystemReboot, 12);
    let mut play = Play::new(&cloud);
    play.hours(11);
    assert_eq!(cloud.changes(), 0);
    assert_eq!(reason(&cloud, &id, &event), "outside_window");
}
