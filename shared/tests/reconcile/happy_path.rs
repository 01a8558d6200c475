//! What happens when nothing goes wrong.

use jiff::SignedDuration;
use shared::ledger::{Outcome, Phase};
use shared::plan::Order;
use shared::testing::cloud::{Behaviour, Cloud, Play, Port, Setup};
use shared::world::EventCode;

use crate::{incident, outcome, reason, reboot, reboot_all};

#[test]
fn a_member_is_terminated_first_replaced_verified_and_closed() {
    let cloud = Cloud::new(1);
    let members = cloud.add(&Setup::enforced("web", 4).behind_targets());
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);

    play.minutes(6);
    assert_eq!(incident(&cloud, &members[0], &event).phase_code(), "serving");
    let held: Vec<String> = cloud.holders().keys().map(ToString::to_string).collect();
    assert_eq!(held, ["first/web"], "the slots are free as soon as it serves, but for the first");
    play.minutes(14);
    assert!(cloud.holders().is_empty(), "and that one after ten clean minutes");
    assert_eq!(reason(&cloud, &members[0], &event), "waiting_for_sixty_minutes");
    play.to_rest(3);

    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
    assert_eq!(cloud.truth().moved(), [members[0].clone()]);
    assert_eq!(cloud.changes(), 1, "exactly one call changed the fleet");
    assert!(cloud.truth().forced.is_empty());
    assert!(!cloud.group("web").members.contains_key(&members[0]));
}

#[test]
fn a_member_is_launched_first_where_its_group_says_so() {
    let cloud = Cloud::new(2);
    let members = cloud.add(&Setup::enforced("web", 2).launching_first(150));
    let event = reboot(&cloud, &members[1]);
    let mut play = Play::new(&cloud);
    play.minutes(2);
    assert!(cloud.group("web").members.contains_key(&members[1]), "it serves until another does");
    play.to_rest(3);

    assert_eq!(outcome(&cloud, &members[1], &event), Outcome::Moved);
    assert_eq!(cloud.truth().opened().count(), 1);
    assert_eq!((cloud.count(Port::MarkUnhealthy), cloud.changes()), (1, 1));
    assert_eq!(cloud.group("web").members.len(), 2);
}

#[test]
fn the_sixty_minutes_are_counted_from_serving() {
    let cloud = Cloud::new(3);
    let members = cloud.add(&Setup::enforced("web", 3));
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    let incident = incident(&cloud, &members[0], &event);
    let Phase::Closed { at, .. } = incident.phase else { panic!("{incident:#?}") };
    let served = cloud.truth().losses[0].until.unwrap();
    let verified_for = at.duration_since(served);
    assert!(verified_for >= SignedDuration::from_mins(60), "{verified_for:#}");
    assert!(verified_for <= SignedDuration::from_mins(72), "{verified_for:#}");
}

/// What a replacement waits for, and the behaviour that makes it wait.
type Row = (&'static str, fn(&mut Behaviour));

#[test]
fn a_replacement_serves_when_checks_targets_and_readiness_all_say_so() {
    let rows: [Row; 4] = [
        ("waiting_for_checks", |b| b.checked_after = SignedDuration::from_mins(20)),
        ("waiting_for_targets", |b| b.taken_after = SignedDuration::from_mins(20)),
        ("waiting_for_ready", |b| b.ready_after = Some(SignedDuration::from_mins(20))),
        ("launching", |b| b.boots_in = SignedDuration::from_mins(20)),
    ];
    for (expected, slow) in rows {
        let cloud = Cloud::new(6);
        let setup = Setup::enforced("web", 4).behind_targets();
        let members = cloud.add(&setup.ready_after(SignedDuration::from_mins(1)).behaving(slow));
        let events = reboot_all(&cloud, &members);
        let mut play = Play::new(&cloud);
        play.minutes(19);
        let moved = cloud.truth().moved();
        assert_eq!(moved.len(), 1, "{expected}: the others wait");
        let first = members.iter().position(|id| *id == moved[0]).unwrap();
        assert_eq!(reason(&cloud, &members[first], &events[first]), expected);
        play.to_rest(24);
    }
}

#[test]
fn degraded_hardware_waits_for_its_cool_off_and_not_longer() {
    let cloud = Cloud::new(4);
    let members = cloud.add(&Setup::enforced("web", 3));
    let event = cloud.schedule(&members[0], EventCode::InstanceRetirement, 14 * 24);
    let mut play = Play::new(&cloud);
    play.minutes(55);
    assert_eq!(reason(&cloud, &members[0], &event), "cool_off");
    assert_eq!(cloud.changes(), 0);
    play.minutes(12);
    assert_eq!(cloud.changes(), 1);
    play.to_rest(3);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
}

#[test]
fn the_whole_group_is_moved_one_after_another_and_the_first_one_alone() {
    let cloud = Cloud::new(5);
    let members = cloud.add(&Setup::enforced("web", 10).may_lose(3));
    let events = reboot_all(&cloud, &members);
    let mut play = Play::within(
        &cloud,
        shared::policy::Ceilings {
            maximum_mode: shared::policy::Mode::Enforce,
            acts_per_hour: 100,
            in_flight_percent: 100,
            ..shared::policy::Ceilings::default()
        },
    );
    play.minutes(9);
    assert_eq!(cloud.truth().moved().len(), 1, "the first one goes alone");
    play.to_rest(12);
    for (id, event) in members.iter().zip(&events) {
        assert_eq!(outcome(&cloud, id, event), Outcome::Moved);
    }
    let truth = cloud.truth();
    assert_eq!(truth.moved().len(), 10);
    assert_eq!(truth.most_out("web"), 3, "after the first, as many as may");
    assert!(cloud.changes() < 10, "those that go together go in one call");
    let orders = truth.opened().map(|act| act.kind);
    let first = shared::testing::cloud::truth::ActKind::Opened(Order::TerminateFirst);
    assert!(orders.into_iter().all(|kind| kind == first));
}
