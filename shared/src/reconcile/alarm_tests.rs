use super::*;
use crate::ledger::Limit;
use crate::plan::{InPlace, PlanDraft};
use crate::testing::builders::{
    IncidentBuilder, in_minutes, incident_of, key, now, standalone, world,
};

/// The incident, in a world where its instance is in this state.
fn of(incident: IncidentBuilder, state: InstanceState) -> (World, Incident) {
    let world = world().with(standalone("box").state(state)).with(incident).build();
    let incident = world.memory.incidents[&key("box")].clone();
    (world, incident)
}

/// What is decided about it, for a date in so many minutes.
fn plan(step: Step, reason: Reason, minutes: i64) -> Plan {
    let incident = of(incident_of("box"), InstanceState::Running).1;
    let draft = PlanDraft::new(key("box"), None, incident.code, Some(in_minutes(minutes)));
    draft.step(step, reason, None)
}

fn held(reason: Reason, minutes: i64) -> Plan {
    plan(Step::Hold(None), reason, minutes)
}

fn seen(minutes: i64) -> Incident {
    of(incident_of("box").minutes_ago(minutes), InstanceState::Running).1
}

#[track_caller]
fn counts_as(plan: &Plan, incident: &Incident, expected: &[&str]) {
    let world = of(incident_of("box"), InstanceState::Running).0;
    assert_eq!(stands(&world, plan, incident), expected, "{:?}", plan.reason);
}

const HOUR: i64 = 60;

#[test]
fn a_hold_counts_as_near_from_24_and_from_4_hours_before_the_date() {
    let near = ["held_within_4_hours", "held_within_24_hours"];
    for (minutes, expected) in [
        (24 * HOUR, &[][..]),
        (24 * HOUR - 1, &near[1..]),
        (4 * HOUR, &near[1..]),
        (4 * HOUR - 1, &near),
        (-HOUR, &near),
    ] {
        let plan = held(Reason::ProtectedFromScaleIn, minutes);
        counts_as(&plan, &seen(600), expected);
        counts_as(&Plan { step: Step::Withdraw, ..plan.clone() }, &seen(600), expected);
        counts_as(&Plan { step: Step::Wait, ..plan.clone() }, &seen(600), &[]);
        counts_as(&Plan { not_before: None, ..plan }, &seen(600), &[]);
    }
}

#[test]
fn a_hold_that_ends_before_the_date_is_no_reason_for_alarm() {
    let near = ["held_within_4_hours", "held_within_24_hours"];
    let busy = |until| held(Reason::Busy(in_minutes(until)), HOUR);
    counts_as(&busy(59), &seen(600), &[]);
    counts_as(&busy(60), &seen(600), &near);
    counts_as(&busy(61), &seen(600), &near);
    counts_as(&held(Reason::LostTheRace, HOUR), &seen(600), &[]);
}

#[test]
fn who_waits_for_room_has_two_hours_patience() {
    let near = ["held_within_4_hours", "held_within_24_hours"];
    let full = Reason::LimitFull { limit: Limit::Account, capacity: 1 };
    let governor = Reason::Governor { per_hour: 10, next: None };
    for reason in [full, Reason::FirstOneAlone, governor] {
        counts_as(&held(reason.clone(), HOUR), &seen(119), &[]);
        counts_as(&held(reason, HOUR), &seen(120), &near);
    }
}

/// It is out, and has waited for this reason for so many minutes.
fn waiting(reason: &Reason, minutes: i64) -> Incident {
    let out = incident_of("box").leaving(InPlace::StopStart).decided(reason.code(), minutes);
    of(out, InstanceState::Running).1
}

#[test]
fn what_is_out_is_stuck_after_the_patience_of_what_it_waits_for() {
    let targets = Reason::WaitingForTargets(key("box").instance);
    let set = Reason::ReplicaSetTagMissing(key("box").instance);
    let room = Reason::NoRoomToReturn { desired: 3, maximum: 3 };
    let failed = Reason::CallFailed("throttled".to_owned());
    for (reason, patience) in [(targets, 60), (set, 15), (room, 5), (failed, 5)] {
        let waits = plan(Step::Wait, reason.clone(), 30 * HOUR);
        counts_as(&waits, &waiting(&reason, patience - 1), &[]);
        counts_as(&waits, &waiting(&reason, patience), &["stuck"]);
        let ask = Step::Ask { instance: key("box").instance, document: "Ready".to_owned() };
        counts_as(&Plan { step: ask, ..waits.clone() }, &waiting(&reason, 90), &["stuck"]);
        counts_as(&Plan { step: Step::Adopt, ..waits.clone() }, &waiting(&reason, 90), &[]);
        let other = waiting(&Reason::Launching, 90);
        counts_as(&waits, &other, &[]);
        let in_service = Incident { phase: seen(90).phase, ..waiting(&reason, 90) };
        counts_as(&waits, &in_service, &[]);
    }
}

#[test]
fn aws_is_not_late_before_its_date() {
    let reason = Reason::WaitingForAws(in_minutes(30 * HOUR));
    counts_as(&plan(Step::Wait, reason.clone(), 30 * HOUR), &waiting(&reason, 600), &[]);
}

#[test]
fn what_was_stopped_counts_until_it_runs_and_only_after_a_start_came_to_nothing() {
    let starts = plan(Step::Wait, Reason::Starting, 30 * HOUR);
    let back = || incident_of("box").leaving(InPlace::StopStart);
    for (state, told, expected) in [
        (InstanceState::Stopped, true, &["stopped_not_started"][..]),
        (InstanceState::Pending, true, &["stopped_not_started"]),
        (InstanceState::Running, true, &[]),
        (InstanceState::Stopped, false, &[]),
    ] {
        let (world, mut incident) = of(back(), state.clone());
        if told {
            not_started(&mut incident, now(), "box", "no capacity");
        }
        assert_eq!(stands(&world, &starts, &incident), expected, "{state:?}, told: {told}");
        let over = Incident { phase: seen(0).phase, ..incident };
        assert_eq!(stands(&world, &starts, &over), [""; 0]);
    }
}

#[test]
fn each_alarm_is_raised_once_and_its_words_say_how_long() {
    let mut incident = seen(600);
    let mut raise = |minutes| {
        let plan = held(Reason::ProtectedFromScaleIn, minutes);
        raise(&plan, &mut incident, now(), || "It is held.".to_owned());
        incident.owed.iter().map(|owed| (owed.within_hours, owed.words.to_string())).collect()
    };
    let day = (Some(24), "It is held. AWS acts in 23 h 0 min.".to_owned());
    let hours = (Some(4), "It is held. AWS acts in 3 h 0 min.".to_owned());
    let owed: Vec<_> = raise(25 * HOUR);
    assert_eq!(owed, []);
    assert_eq!(raise(23 * HOUR), std::slice::from_ref(&day));
    assert_eq!(raise(22 * HOUR), std::slice::from_ref(&day));
    assert_eq!(raise(3 * HOUR), [day.clone(), hours.clone()]);
    assert_eq!(raise(2 * HOUR), [day, hours]);
}

#[test]
fn stuck_is_raised_again_for_the_next_thing_that_is_waited_for() {
    let reason = Reason::WaitingForTargets(key("box").instance);
    let waits = plan(Step::Wait, reason.clone(), 30 * HOUR);
    let mut incident = waiting(&reason, 60);
    raise(&waits, &mut incident, now(), || "It waits.".to_owned());
    raise(&waits, &mut incident, now(), || "It waits.".to_owned());
    let words: Vec<&str> = incident.owed.iter().map(|owed| owed.words.as_str()).collect();
    assert_eq!(words, ["It waits. It has been so for 60 min."]);
    assert!(incident.alarmed.contains(&STUCK));
    waits_for_something_else(&mut incident);
    assert!(!incident.alarmed.contains(&STUCK));
}

#[test]
fn it_is_given_up_where_nothing_more_comes_by_itself() {
    for (reason, gives) in [
        (Reason::AttemptsExhausted(3), true),
        (Reason::LaunchFirstDidNotLaunch, true),
        (Reason::NothingHappened, true),
        (Reason::FoundByItsMark, true),
        (Reason::GroupScaledIn, false),
    ] {
        let plan = plan(Step::Withdraw, reason, 30 * HOUR);
        assert_eq!(gives_up(&plan), gives, "{:?}", plan.reason);
    }
}
