//! Hints that are lost, doubled, late, out of order or not ours, and messages that nobody can read.

use shared::ledger::Outcome;
use shared::ports::CloudErrorClass;
use shared::report::Report;
use shared::testing::cloud::{Cloud, Play, Port, Setup};
use shared::testing::faults::Fault;
use shared::testing::orders::permutations;

use crate::{outcome, reboot, reboot_all};

/// What the reconciler reported first; the router was there before it.
fn first_look<'p>(play: &'p Play<'_>) -> &'p Report {
    let mut reports = play.reports.iter();
    reports.find(|report| report.service == "maintenance-reconciler").unwrap()
}

#[test]
fn with_every_message_lost_the_sweep_alone_moves_everything() {
    let cloud = Cloud::new(30);
    let members = cloud.add(&Setup::enforced("web", 4));
    cloud.silence();
    let events = reboot_all(&cloud, &members);
    let mut play = Play::new(&cloud);
    cloud.often(Fault::MessageLost, 1_000);
    play.to_rest(12);
    for (id, event) in members.iter().zip(&events) {
        assert_eq!(outcome(&cloud, id, event), Outcome::Moved);
    }
    assert_eq!(cloud.truth().opened().count(), 4);
    let found_by: Vec<_> = cloud.closed().into_iter().map(|incident| incident.found_by).collect();
    assert_eq!(found_by, ["sweep"; 4]);
}

#[test]
fn ten_copies_of_every_message_have_the_effects_of_one() {
    let play_with = |repeated| {
        let cloud = Cloud::new(31);
        let members = cloud.add(&Setup::enforced("web", 4));
        let events = reboot_all(&cloud, &members);
        let mut play = Play::new(&cloud);
        cloud.often(Fault::MessageRepeated, repeated);
        play.to_rest(12);
        let outcomes = members.iter().zip(&events).map(|(id, event)| outcome(&cloud, id, event));
        (outcomes.collect::<Vec<_>>(), cloud.truth().moved(), cloud.changes())
    };
    let once = play_with(0);
    assert_eq!(once.2, 4);
    assert_eq!(play_with(1_000), once);
}

#[test]
fn p12_poison_is_buried_once_with_its_reason_and_its_neighbours_go_on() {
    let cloud = Cloud::new(32);
    let members = cloud.add(&Setup::enforced("web", 4));
    cloud.put("{\"reberth\": \"hint\", \"version\": 99}");
    let event = reboot(&cloud, &members[0]);
    cloud.put("scrambled");
    let mut play = Play::new(&cloud);
    play.minutes(1);
    let report = first_look(&play);
    assert_eq!((report.unreadable.len(), report.failed_messages.len()), (2, 0));
    assert_eq!(cloud.changes(), 1, "the hint between them did its work in the same run");
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
    let dead = cloud.dead_letters();
    assert_eq!(dead.len(), 2);
    assert!(dead[0].1.contains("version 1"), "{dead:?}");
    assert!(dead[1].0.contains("scrambled"), "{dead:?}");
}

#[test]
fn p13_a_message_that_cannot_be_buried_comes_again_alone() {
    let cloud = Cloud::new(33);
    let members = cloud.add(&Setup::enforced("web", 4));
    cloud.put("scrambled");
    let event = reboot(&cloud, &members[0]);
    cloud.refuse(Port::Bury, CloudErrorClass::Throttled, 1);
    let mut play = Play::new(&cloud);
    play.minutes(1);
    let failed = &first_look(&play).failed_messages;
    assert_eq!(failed.len(), 1, "only the one that could not be buried: {failed:?}");
    assert_eq!(cloud.changes(), 1);
    assert!(cloud.dead_letters().is_empty());
    // The visibility timeout of its queue is 750 s.
    play.minutes(13);
    assert_eq!(cloud.dead_letters().len(), 1);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
}

#[test]
fn p13_a_look_that_fails_hands_back_its_hints_and_changes_nothing() {
    let cloud = Cloud::new(34);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    cloud.refuse(Port::Scheduled, CloudErrorClass::Unavailable, 1);
    let mut play = Play::new(&cloud);
    play.minutes(1);
    assert_eq!(first_look(&play).failed_messages.len(), 1);
    assert_eq!(cloud.changes(), 0);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
}

#[test]
fn p15_somebody_elses_instance_is_dropped_at_once_and_counted() {
    let cloud = Cloud::new(35);
    let ours = cloud.add(&Setup::enforced("web", 4));
    let theirs = cloud.add(&Setup::group("theirs", 4));
    let mut play = Play::new(&cloud);
    play.invoke(&cloud.state_change(&theirs[0], "stopped"));
    let report = play.reports.last().unwrap();
    assert_eq!(report.counts["not_ours"], 1);
    assert_eq!(cloud.requests(0, |call| call.port.describes()).len(), 0, "not even a look");

    let event = reboot(&cloud, &theirs[0]);
    play.hours(2);
    assert_eq!(cloud.changes(), 0);
    assert!(cloud.incident(&theirs[0], &event).is_none(), "and nothing is remembered of it");
    assert!(cloud.dead_letters().is_empty());
    assert_eq!(cloud.group("web").members.keys().next(), ours.first());
}

#[test]
fn p44_every_order_of_five_messages_about_one_instance_ends_the_same() {
    let orders = permutations(5);
    assert_eq!(orders.len(), 120);
    for order in orders {
        let cloud = Cloud::new(36);
        let members = cloud.add(&Setup::enforced("web", 4));
        cloud.silence();
        let event = reboot(&cloud, &members[0]);
        let hint = |kind: &str| {
            let id = &members[0];
            format!(r#"{{"reberth":"hint","version":1,"kind":"{kind}","instances":["{id}"]}}"#)
        };
        let messages = [
            hint("notice"),
            hint("closed"),
            cloud.state_change(&members[0], "stopped"),
            cloud.state_change(&members[0], "terminated"),
            r#"{"reberth":"sweep"}"#.to_owned(),
        ];
        let mut play = Play::new(&cloud);
        for place in &order {
            play.invoke(&messages[*place]);
            cloud.advance(jiff::SignedDuration::from_secs(37));
        }
        play.to_rest(4);
        assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved, "{order:?}");
        assert_eq!(cloud.truth().moved(), [members[0].clone()], "{order:?}");
        assert_eq!(cloud.changes(), 1, "{order:?}");
    }
}
