//! AWS refuses, throttles, or does not answer.

use shared::ledger::Outcome;
use shared::policy::{Ceilings, Mode};
use shared::ports::CloudErrorClass;
use shared::testing::cloud::{Cloud, Moment, Play, Port, Setup};

use crate::{incident, outcome, reason, reboot};

/// Plays one replacement in which the first so many terminations fail, and answers the world at its
/// end.
fn with_failures(class: CloudErrorClass, moment: Moment, times: usize) -> (Cloud, Vec<u64>) {
    let cloud = Cloud::new(40);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    cloud.fail(Port::Terminate, class, moment, 0, times);
    let mut play = Play::new(&cloud);
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved, "{class} {moment:?}");
    assert_eq!(cloud.truth().moved(), [members[0].clone()], "{class} {moment:?}");
    let failed = play.reports.iter().filter_map(|report| report.counts.get("acts_failed"));
    let failed = failed.copied().collect();
    drop(play);
    (cloud, failed)
}

#[test]
fn p29_a_group_that_is_being_scaled_is_tried_again_without_an_alarm() {
    let (cloud, _) = with_failures(CloudErrorClass::Contended, Moment::BeforeEffect, 3);
    assert_eq!(cloud.count(Port::Terminate), 4);
    let alarms = cloud.told();
    let refused = alarms.iter().filter(|(_, text)| text.contains("AWS refused")).count();
    assert_eq!(refused, 0, "{alarms:#?}");
}

#[test]
fn p29_a_throttled_act_is_tried_again_after_its_doubt_and_not_before() {
    let (cloud, failed) = with_failures(CloudErrorClass::Throttled, Moment::BeforeEffect, 2);
    assert_eq!((cloud.count(Port::Terminate), failed.len()), (3, 2));
    let calls = cloud.calls_since(0);
    let at: Vec<_> = calls.iter().filter(|c| c.port == Port::Terminate).map(|c| c.at).collect();
    for pair in at.windows(2) {
        assert!(pair[1].duration_since(pair[0]).as_secs() >= 90);
    }
}

#[test]
fn an_act_whose_answer_is_lost_is_seen_to_have_taken_effect_and_not_repeated() {
    let (cloud, _) = with_failures(CloudErrorClass::Unavailable, Moment::AfterEffect, 1);
    assert_eq!(cloud.count(Port::Terminate), 1);
}

#[test]
fn an_act_that_the_role_may_not_gives_its_slots_back_and_is_told() {
    let cloud = Cloud::new(41);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    cloud.refuse(Port::Terminate, CloudErrorClass::Denied, 1);
    let mut play = Play::new(&cloud);
    play.minutes(1);
    assert!(cloud.holders().is_empty());
    assert_eq!(incident(&cloud, &members[0], &event).phase_code(), "seen");
    let told = cloud.told();
    assert!(told.iter().any(|(_, text)| text.contains("AWS refused")), "{told:#?}");
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved, "once the role may");
}

#[test]
fn an_act_that_the_role_may_not_is_no_attempt_and_is_made_once_somebody_allows_it() {
    let cloud = Cloud::new(44);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = reboot(&cloud, &members[0]);
    cloud.refuse(Port::Terminate, CloudErrorClass::Denied, 5);
    let mut play = Play::new(&cloud);
    play.to_rest(9);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved);
    assert_eq!(cloud.count(Port::Terminate), 6, "one an hour until it was allowed");
    assert_eq!(incident(&cloud, &members[0], &event).attempt, 1);
}

#[test]
fn a_lost_answer_of_any_call_leads_to_the_same_end() {
    for port in Port::ALL {
        for moment in [Moment::BeforeEffect, Moment::AfterEffect] {
            for after in 0..4 {
                let cloud = Cloud::new(42);
                let members = cloud.add(&Setup::enforced("web", 4).behind_targets());
                let event = reboot(&cloud, &members[0]);
                cloud.fail(*port, CloudErrorClass::Unavailable, moment, after, 1);
                let mut play = Play::new(&cloud);
                play.to_rest(5);
                let case = format!("{port:?} {moment:?} after {after}");
                assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved, "{case}");
                assert_eq!(cloud.truth().opened().count(), 1, "{case}");
            }
        }
    }
}

#[test]
fn a_group_whose_calls_are_denied_holds_nobody_else_up() {
    let cloud = Cloud::new(43);
    let odd = cloud.add(&Setup::enforced("odd", 4));
    let web = cloud.add(&Setup::enforced("web", 4));
    cloud.deny_history("odd");
    let (first, second) = (reboot(&cloud, &odd[0]), reboot(&cloud, &web[0]));
    let mut play = Play::within(&cloud, half_in_flight());
    play.hours(4);
    assert_eq!(outcome(&cloud, &web[0], &second), Outcome::Moved);
    assert_eq!(reason(&cloud, &odd[0], &first), "call_failed");
    assert_eq!(cloud.truth().moved(), [web[0].clone()]);
}

#[test]
fn a_closing_act_that_is_denied_holds_nobody_else_up() {
    let cloud = Cloud::new(44);
    let never = jiff::SignedDuration::from_hours(1_000);
    let odd = Setup::enforced("odd", 4).launching_first(125);
    let odd = cloud.add(&odd.behaving(|behaviour| behaviour.answers_after = never));
    let web = cloud.add(&Setup::enforced("web", 4));
    reboot(&cloud, &odd[0]);
    cloud.refuse(Port::MarkHealthy, CloudErrorClass::Denied, 1_000);
    let mut play = Play::within(&cloud, half_in_flight());
    play.minutes(20);
    let event = reboot(&cloud, &web[0]);
    play.hours(4);
    assert_eq!(outcome(&cloud, &web[0], &event), Outcome::Moved);
    let told = cloud.told();
    assert!(told.iter().any(|(_, text)| text.contains("SetInstanceHealth")), "{told:#?}");
}

fn half_in_flight() -> Ceilings {
    let maximum_mode = Mode::Enforce;
    Ceilings { maximum_mode, in_flight_percent: 50, acts_per_hour: 60, ..Ceilings::default() }
}

#[test]
fn a_group_that_gets_the_room_of_one_that_cannot_launch_is_asked_as_well() {
    let cloud = Cloud::new(48);
    // Room for one at a time: what holds the first group makes way for the second, in one look.
    let first = cloud.add(&Setup::enforced("first", 6)).remove(0);
    let second = cloud.add(&Setup::enforced("second", 6)).remove(0);
    let events = [reboot(&cloud, &first), reboot(&cloud, &second)];
    cloud.lose_the_image();
    let mut play = Play::new(&cloud);
    play.hours(1);
    assert_eq!(cloud.count(Port::Terminate), 0);
    for (instance, event) in [&first, &second].into_iter().zip(&events) {
        assert_eq!(reason(&cloud, instance, event), "image_gone");
    }
}
