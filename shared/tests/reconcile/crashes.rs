//! Death at every call of one replacement, on either side of its effect: what is left is always
//! enough to go on from.

use jiff::SignedDuration;
use shared::ledger::Outcome;
use shared::testing::cloud::{Cloud, Crash, Moment, Play, Setup};
use shared::testing::faults::Fault;

use crate::{outcome, reboot};

/// Kills the run that opens at one of its calls, plays on, and asks for the same end. False where
/// the run has no such call.
fn dies_at(setup: &Setup, run: usize, crash: Crash) -> bool {
    let cloud = Cloud::new(9);
    let members = cloud.add(setup);
    let event = reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    for _ in 0..run {
        play.sweep();
        play.minutes(3);
    }
    play.crash_next(crash);
    if play.sweep().is_some() {
        return false;
    }
    play.to_rest(4);
    assert_eq!(outcome(&cloud, &members[0], &event), Outcome::Moved, "{run}: {crash:?}");
    assert_eq!(cloud.truth().moved(), [members[0].clone()], "{run}: {crash:?}");
    assert!(cloud.truth().forced.is_empty());
    true
}

/// Kills every run of a replacement at every call; answers how many deaths there were.
fn dies_everywhere(setup: &Setup) -> usize {
    let mut deaths = 0;
    for run in 0..6 {
        for moment in [Moment::BeforeEffect, Moment::AfterEffect] {
            deaths += (1..500)
                .take_while(|call| dies_at(setup, run, Crash { call: *call, moment }))
                .count();
        }
    }
    deaths
}

#[test]
fn p21_a_terminate_first_replacement_survives_death_at_every_call() {
    let deaths = dies_everywhere(&Setup::enforced("web", 4).behind_targets());
    assert!(deaths > 100, "only {deaths} deaths");
}

#[test]
fn p21_a_launch_first_replacement_survives_death_at_every_call() {
    let deaths = dies_everywhere(&Setup::enforced("web", 2).launching_first(150));
    assert!(deaths > 100, "only {deaths} deaths");
}

#[test]
fn p28_a_launch_first_act_that_is_taken_back_survives_death_at_every_call() {
    let never = SignedDuration::from_hours(1_000);
    let setup = Setup::enforced("web", 4).launching_first(150);
    let setup = setup.behaving(|behaviour| behaviour.answers_after = never);
    let mut deaths = 0;
    for moment in [Moment::BeforeEffect, Moment::AfterEffect] {
        let dies = |call: &usize| dies_taking_back(&setup, Crash { call: *call, moment });
        deaths += (1..500).take_while(dies).count();
    }
    assert!(deaths > 12, "only {deaths} deaths");
}

/// Kills the run that takes the act back. False where the run has no such call.
fn dies_taking_back(setup: &Setup, crash: Crash) -> bool {
    let cloud = Cloud::new(10);
    let members = cloud.add(setup);
    reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    cloud.often(Fault::MessageLost, 1_000);
    play.sweep();
    cloud.advance(SignedDuration::from_mins(11));
    play.crash_next(crash);
    if play.sweep().is_some() {
        return false;
    }
    play.hours(3);
    assert!(cloud.holders().is_empty(), "{crash:?}: {:?}", cloud.holders());
    assert!(cloud.group("web").members[&members[0]].healthy, "{crash:?}");
    assert_eq!(cloud.truth().opened().count(), 3, "{crash:?}: as often as attempts are allowed");
    true
}
