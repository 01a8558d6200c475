//! The owner says stop in the middle of it: nothing new opens, and what is open is finished.

use jiff::SignedDuration;
use shared::ledger::Outcome;
use shared::plan::Order;
use shared::ports::CloudErrorClass;
use shared::testing::cloud::{Cloud, Play, Port, Setup};
use shared::world::EventCode;

use crate::{incident, outcome, reason, reboot, reboot_all};

/// Plays a whole group until its first replacement is under way, says stop, and plays on for a day.
fn stopped_under_way(setup: &Setup, order: Order, stop: impl FnOnce(&Cloud, &mut Play)) -> Cloud {
    let cloud = Cloud::new(70);
    let members = cloud.add(setup);
    let events = reboot_all(&cloud, &members);
    let mut play = Play::new(&cloud);
    play.minutes(1);
    assert_eq!(cloud.truth().opened().count(), 1);
    stop(&cloud, &mut play);
    play.hours(24);
    drop(play);
    let moved = cloud.truth().moved();
    assert_eq!(moved.len(), 1, "{order:?}: nothing new was opened");
    let first = members.iter().position(|id| *id == moved[0]).unwrap();
    assert_eq!(outcome(&cloud, &members[first], &events[first]), Outcome::Moved, "{order:?}");
    assert!(cloud.holders().is_empty());
    assert!(!cloud.group("web").members.contains_key(&members[first]));
    cloud
}

fn both_orders() -> [(Setup, Order); 2] {
    [
        (Setup::enforced("web", 4), Order::TerminateFirst),
        (Setup::enforced("web", 4).launching_first(125), Order::LaunchFirst),
    ]
}

#[test]
fn the_ledgers_kill_switch_stops_what_is_new_and_nothing_else() {
    for (setup, order) in both_orders() {
        let cloud = stopped_under_way(&setup, order, |cloud, _| cloud.throw_switch(true));
        let reasons: Vec<_> =
            cloud.open().iter().map(|i| reason(&cloud, &i.key.instance, &i.key.event)).collect();
        assert_eq!(reasons, ["kill_switch"; 3]);
    }
}

#[test]
fn the_stacks_kill_switch_stops_what_is_new_and_nothing_else() {
    for (setup, order) in both_orders() {
        stopped_under_way(&setup, order, |_, play| play.deploy(|c| c.kill_switch = true));
    }
}

#[test]
fn a_mode_lowered_to_observe_stops_what_is_new_and_nothing_else() {
    for (setup, order) in both_orders() {
        stopped_under_way(&setup, order, |cloud, _| {
            cloud.change_group("web", |group| {
                group.tags.insert("reberth:mode".to_owned(), "observe".to_owned());
            });
        });
    }
}

#[test]
fn a_group_that_opts_out_altogether_keeps_what_was_begun_and_its_slots_are_freed() {
    for (setup, order) in both_orders() {
        stopped_under_way(&setup, order, |cloud, _| {
            cloud.change_group("web", |group| drop(group.tags.remove("reberth:mode")));
        });
    }
}

#[test]
fn a_switch_taken_back_lets_everything_go_on() {
    let cloud = Cloud::new(71);
    let members = cloud.add(&Setup::enforced("web", 4));
    let events = reboot_all(&cloud, &members);
    cloud.throw_switch(true);
    let mut play = Play::new(&cloud);
    play.hours(2);
    assert_eq!(cloud.changes(), 0);
    cloud.throw_switch(false);
    play.to_rest(12);
    for (id, event) in members.iter().zip(&events) {
        assert_eq!(outcome(&cloud, id, event), Outcome::Moved);
    }
}

#[test]
fn a_switch_thrown_between_look_and_intent_is_obeyed() {
    let cloud = Cloud::new(72);
    let members = cloud.add(&Setup::enforced("web", 4));
    reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    cloud.once_after(Port::Refresh, |cloud| cloud.throw_switch(true));
    play.minutes(30);
    assert_eq!(cloud.changes(), 0);
}

#[test]
fn an_intent_that_never_came_about_is_withdrawn_and_gives_its_slots_back() {
    let cloud = Cloud::new(73);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    cloud.refuse(Port::Terminate, CloudErrorClass::Throttled, 1);
    let mut play = Play::new(&cloud);
    play.minutes(1);
    assert_eq!(incident(&cloud, &members[0], &event).phase_code(), "intended");
    cloud.throw_switch(true);
    play.minutes(10);
    assert_eq!(incident(&cloud, &members[0], &event).phase_code(), "seen");
    assert!(cloud.holders().is_empty(), "{:?}", cloud.holders());
    assert!(cloud.truth().acts.is_empty());
}

/// Somebody throws the switch while a run stands still for twenty minutes, right after a call.
fn stands_still(cloud: &Cloud, after: Port) {
    cloud.once_after(after, |cloud| {
        cloud.throw_switch(true);
        cloud.advance(SignedDuration::from_mins(20));
    });
}

#[test]
fn a_run_that_stood_still_opens_nothing_on_what_it_saw_before() {
    for setup in [
        Setup::enforced("web", 4),
        Setup::enforced("web", 4).launching_first(125),
        Setup::enforced("web", 4).tagged("reberth:relaunch", "stop-start"),
    ] {
        for call in [Port::Groups, Port::Begin] {
            let cloud = Cloud::new(79);
            let members = cloud.add(&setup);
            cloud.schedule(&members[0], EventCode::SystemReboot, 20);
            stands_still(&cloud, call);
            Play::new(&cloud).hours(3);
            assert_eq!(cloud.truth().opened().count(), 0, "{call:?}");
            cloud.assert_nothing_is_out();
        }
    }
}

#[test]
fn a_run_that_stood_still_between_mark_and_standby_leaves_it_in_service() {
    let cloud = Cloud::new(79);
    let setup = Setup::enforced("web", 4).tagged("reberth:relaunch", "stop-start");
    let members = cloud.add(&setup);
    cloud.schedule(&members[0], EventCode::SystemReboot, 20);
    stands_still(&cloud, Port::Mark);
    Play::new(&cloud).hours(3);
    assert_eq!(cloud.truth().opened().count(), 0);
    cloud.assert_nothing_is_out();
}
