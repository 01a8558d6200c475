//! Replica sets over three groups, and what is held by name.

use jiff::SignedDuration;
use shared::ids::{EventId, InstanceId};
use shared::ledger::Outcome;
use shared::policy::{Ceilings, Mode};
use shared::testing::cloud::{Cloud, Play, Setup};

use crate::{incident, outcome, reason, reboot, reboot_all};

/// Three groups of three; the first members of all are one set, the second another, the third a
/// third.
fn three_groups(cloud: &Cloud) -> Vec<(InstanceId, EventId)> {
    let mut subjects = Vec::new();
    for zone in ["db-a", "db-b", "db-c"] {
        let setup = Setup::enforced(zone, 3).ready_after(SignedDuration::from_mins(20));
        let members = cloud.add(&setup.may_lose(3));
        for (member, set) in members.iter().zip(["one", "two", "three"]) {
            cloud.tag(member, "reberth:replica-set", set);
            subjects.push((member.clone(), reboot(cloud, member)));
        }
    }
    subjects
}

fn tag_all(cloud: &Cloud, instances: &[InstanceId], key: &str, value: &str) {
    for instance in instances {
        cloud.tag(instance, key, value);
    }
}

#[test]
fn nobody_of_a_replica_set_goes_while_another_one_fails_its_checks_and_no_group_has_noticed() {
    let cloud = Cloud::new(101);
    let mut of_one = Vec::new();
    for zone in ["db-a", "db-b", "db-c"] {
        let members = cloud.add(&Setup::enforced(zone, 3).may_lose(3));
        cloud.tag(&members[0], "reberth:replica-set", "one");
        of_one.push(members[0].clone());
    }
    cloud.suspend("db-b", "HealthCheck");
    cloud.sicken(&of_one[1]);
    let event = reboot(&cloud, &of_one[0]);
    let mut play = Play::new(&cloud);
    play.hours(2);
    assert_eq!(reason(&cloud, &of_one[0], &event), "replica_set_out");
    assert_eq!(cloud.changes(), 0);
}

#[test]
fn never_two_of_a_replica_set_are_out_across_groups_with_slow_readiness() {
    let cloud = Cloud::new(100);
    let subjects = three_groups(&cloud);
    let ceilings = Ceilings {
        maximum_mode: Mode::Enforce,
        in_flight_percent: 100,
        acts_per_hour: 100,
        ..Ceilings::default()
    };
    let mut play = Play::within(&cloud, ceilings);
    play.minutes(9);
    // One in each group, because the first one goes alone, and no two of one set: the rules see to
    // that at each act.
    assert!(cloud.truth().moved().len() <= 3);
    play.to_rest(48);
    for (id, event) in &subjects {
        assert_eq!(outcome(&cloud, id, event), Outcome::Moved);
    }
    assert_eq!(cloud.truth().moved().len(), 9);
}

#[test]
fn a_replica_set_without_a_readiness_gate_loses_one_member_and_no_second() {
    let cloud = Cloud::new(101);
    let members = cloud.add(&Setup::enforced("db", 3));
    tag_all(&cloud, &members, "reberth:replica-set", "one");
    let events = reboot_all(&cloud, &members);
    cloud.change_behaviour("db", |b| b.ready_after = Some(SignedDuration::from_mins(3)));
    tag_all(&cloud, &members, "reberth:is-ready", "true");
    let mut play = Play::new(&cloud);
    play.hours(12);
    assert_eq!(cloud.truth().moved().len(), 1);
    let held = members.iter().zip(&events).filter(|(id, event)| {
        let open = cloud.open().iter().any(|incident| &incident.key.instance == *id);
        open && reason(&cloud, id, event) == "no_readiness_gate"
    });
    assert_eq!(held.count(), 2);
}

#[test]
fn a_replacement_that_never_names_its_set_holds_the_set() {
    let cloud = Cloud::new(102);
    let never = SignedDuration::from_hours(1_000);
    let members = cloud.add(&Setup::enforced("db", 3).ready_after(never));
    tag_all(&cloud, &members, "reberth:replica-set", "one");
    let events = reboot_all(&cloud, &members);
    let mut play = Play::new(&cloud);
    play.hours(12);
    let moved = cloud.truth().moved();
    assert_eq!(moved.len(), 1);
    for (id, event) in members.iter().zip(&events).filter(|(id, _)| !moved.contains(id)) {
        let held = reason(&cloud, id, event);
        assert!(
            ["limit_full", "first_one_alone", "replica_set_out"].contains(&held.as_str()),
            "{held}"
        );
    }
}

#[test]
fn what_is_suspended_protected_or_alone_is_held_and_told_what_auto_scaling_will_do() {
    let rows = [
        (Setup::enforced("web", 4).suspending("Launch"), "process_suspended"),
        (Setup::enforced("web", 4).suspending("ReplaceUnhealthy"), "process_suspended"),
        (Setup::enforced("web", 4).protected(), "protected_from_scale_in"),
        (Setup::enforced("web", 1), "small_group"),
        (Setup::enforced("web", 2), "small_group"),
    ];
    for (setup, expected) in rows {
        let cloud = Cloud::new(103);
        let members = cloud.add(&setup);
        let event = reboot(&cloud, &members[0]);
        let mut play = Play::new(&cloud);
        play.hours(6);
        assert_eq!(reason(&cloud, &members[0], &event), expected);
        assert_eq!(cloud.changes(), 0, "{expected}");
        let date = cloud.date_of(&members[0], &event).unwrap();
        let words = incident(&cloud, &members[0], &event).decided.unwrap().words;
        let sentence = format!("Auto Scaling will replace this at {date}.");
        assert!(words.ends_with(&sentence), "{expected}: {words}");
    }
}

#[test]
fn a_member_of_the_set_that_somebody_else_took_from_another_group_holds_the_set() {
    let cloud = Cloud::new(105);
    let slow = SignedDuration::from_mins(20);
    let setup = |name| Setup::enforced(name, 3).ready_after(slow).may_lose(3);
    let (here, there) = (cloud.add(&setup("db-a")), cloud.add(&setup("db-b")));
    for members in [&here, &there] {
        for (member, set) in members.iter().zip(["one", "two", "three"]) {
            cloud.tag(member, "reberth:replica-set", set);
        }
    }
    // The sets are known from a sweep that has nothing in sight.
    let mut play = Play::new(&cloud);
    play.minutes(6);
    cloud.terminate_by_hand(&there[0]);
    play.minutes(5);
    let event = reboot(&cloud, &here[0]);
    play.minutes(10);
    assert_eq!(reason(&cloud, &here[0], &event), "replica_set_out");
    assert_eq!(cloud.changes(), 0);
    play.to_rest(12);
    assert_eq!(outcome(&cloud, &here[0], &event), Outcome::Moved);
}
