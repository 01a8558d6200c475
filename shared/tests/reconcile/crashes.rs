//! Death at every call of one replacement, on either side of its effect: what is left is always enough to go on from.

use shared::ledger::Outcome;
use shared::testing::cloud::{Cloud, Crash, Moment, Play, Setup};

use crate::{outcome, reboot};

/// Kills the run that opens at one of its calls, plays on, and asks for the same end. False where the run has no such
/// call.
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
            deaths += (1..).take_while(|call| dies_at(setup, run, Crash { call: *call, moment })).count();
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
