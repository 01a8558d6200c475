//! AWS changes its mind: earlier, later, not at all.

use shared::ledger::Outcome;
use shared::testing::cloud::{Cloud, Play, Port, Setup};
use shared::world::EventCode;

use crate::{incident, outcome, reason, reboot};

/// A group whose owner wants everything as late as the last day.
fn late() -> Setup {
    Setup::enforced("web", 4).tagged("reberth:lead", "late")
}

#[test]
fn p08_a_date_that_moves_earlier_is_followed() {
    let cloud = Cloud::new(20);
    let members = cloud.add(&late());
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 96);
    let mut play = Play::new(&cloud);
    play.hours(1);
    assert_eq!(reason(&cloud, &members[0], &event), "waiting_for_late_window");
    assert_eq!(cloud.changes(), 0);

    cloud.move_date(&members[0], &event, 20);
    play.minutes(6);
    assert_eq!(cloud.changes(), 1);
    let date = cloud.date_of(&members[0], &event);
    assert_eq!(incident(&cloud, &members[0], &event).not_before, date);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
}

#[test]
fn p08_a_date_that_moves_later_is_waited_for_again() {
    let cloud = Cloud::new(21);
    let members = cloud.add(&late());
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 26);
    let mut play = Play::new(&cloud);
    play.hours(1);
    cloud.move_date(&members[0], &event, 72);
    play.hours(40);
    assert_eq!(cloud.changes(), 0, "the date of the old notice says nothing any more");
    assert_eq!(reason(&cloud, &members[0], &event), "waiting_for_late_window");
    play.to_rest(40);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
    assert!(cloud.truth().forced.is_empty());
}

#[test]
fn a_date_that_moves_is_written_and_told_where_the_decision_stays_the_same() {
    let cloud = Cloud::new(28);
    let members = cloud.add(&Setup::group("web", 4).tagged("reberth:mode", "observe"));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 20);
    let mut play = Play::new(&cloud);
    play.minutes(20);
    cloud.move_date(&members[0], &event, 2);
    play.minutes(20);
    let date = cloud.date_of(&members[0], &event);
    assert_eq!(incident(&cloud, &members[0], &event).not_before, date);
    let published = cloud.published();
    let moved: Vec<_> = published.iter().filter(|one| one["reason"] == "date_moved").collect();
    assert_eq!(moved.len(), 1, "told once: {published:#?}");
}

#[test]
fn p08_an_event_cancelled_before_the_act_changes_nothing() {
    let cloud = Cloud::new(22);
    let members = cloud.add(&late());
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 48);
    let mut play = Play::new(&cloud);
    play.hours(1);
    cloud.cancel(&members[0], &event);
    play.to_rest(60);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Cleared);
    assert_eq!(cloud.changes(), 0);
}

#[test]
fn p08_an_event_cancelled_between_the_look_and_the_act_changes_nothing() {
    let cloud = Cloud::new(23);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    let scheduled = cloud.count(Port::Scheduled);
    // The look is made, and then AWS takes the event back before anything else is asked.
    let (member, called_off) = (members[0].clone(), event.clone());
    cloud.once_after(Port::Members, move |cloud| cloud.cancel(&member, &called_off));
    play.sweep();
    assert_eq!(cloud.count(Port::Scheduled), scheduled + 1);
    play.to_rest(3);
    assert_eq!(cloud.changes(), 0);
    assert!(cloud.truth().acts.is_empty());
}

#[test]
fn p08_an_event_cancelled_during_a_launch_first_replacement_gives_the_member_its_health_back() {
    let cloud = Cloud::new(24);
    let slow = jiff::SignedDuration::from_mins(30);
    let setup = Setup::enforced("web", 2).launching_first(150);
    let members = cloud.add(&setup.behaving(|behaviour| behaviour.answers_after = slow));
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.minutes(2);
    assert!(!cloud.group("web").members[&members[0]].healthy);
    cloud.cancel(&members[0], &event);
    play.to_rest(3);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Cleared);
    assert_eq!((cloud.count(Port::MarkUnhealthy), cloud.count(Port::MarkHealthy)), (1, 1));
    assert_eq!(cloud.group("web").members.len(), 2);
    assert!(cloud.group("web").members[&members[0]].in_service());
}

#[test]
fn a_launch_first_replacement_that_never_comes_is_taken_back_and_told() {
    let cloud = Cloud::new(25);
    let never = jiff::SignedDuration::from_hours(1_000);
    let setup = Setup::enforced("web", 2).launching_first(150);
    let members = cloud.add(&setup.behaving(|behaviour| behaviour.answers_after = never));
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.hours(3);
    assert_eq!(cloud.count(Port::MarkUnhealthy), 3, "as often as attempts are allowed");
    assert_eq!(cloud.count(Port::MarkHealthy), 3);
    assert_eq!(reason(&cloud, &members[0], &event), "attempts_exhausted");
    assert!(cloud.holders().is_empty());
    assert!(cloud.told().iter().any(|(_, text)| text.contains("launched nothing")));
}

#[test]
fn p05_a_description_that_lags_an_hour_makes_no_second_replacement() {
    let cloud = Cloud::new(26);
    cloud.describe_after(60);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
    assert_eq!(cloud.truth().opened().count(), 1);
}

#[test]
fn aws_acting_before_us_is_told_as_what_it_is() {
    let cloud = Cloud::new(27);
    let members =
        cloud.add(&Setup::enforced("web", 4).tagged("reberth:hold-until", "2027-12-01T06:00Z"));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 30);
    let mut play = Play::new(&cloud);
    play.hours(29);
    assert_eq!(reason(&cloud, &members[0], &event), "hold_until");
    let told = cloud.told();
    let alarms: Vec<_> = told.iter().filter(|(_, text)| text.contains("AWS acts in")).collect();
    assert_eq!(alarms.len(), 2, "a day before, and four hours before: {told:#?}");
    play.to_rest(4);
    assert_eq!(cloud.truth().forced, [members[0].clone()]);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Forced);
    assert_eq!(cloud.changes(), 0);
}
