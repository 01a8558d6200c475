//! The laws of decisions over worlds that nobody thought of.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use shared::decide::decide;
use shared::ledger::{Incident, Phase};
use shared::plan::{Plan, Step};
use shared::policy::{Ceilings, Mode};
use shared::testing::builders::{in_minutes, unhurried};
use shared::world::World;

use super::any_world::{ceilings, worlds};
use super::{laws, lines};

/// The plans of those who are on their way back, or are back.
fn of_the_returning(world: &World, ceilings: &Ceilings) -> Vec<Plan> {
    let returning = |incident: &Incident| {
        matches!(incident.phase, Phase::Returning { .. } | Phase::Back(_) | Phase::Serving { .. })
    };
    let known = |plan: &Plan| world.memory.incidents.get(&plan.key).is_some_and(returning);
    decide(world, ceilings).into_iter().filter(known).collect()
}

proptest! {
    // Nothing is written beside the sources: a failure prints its whole world.
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_world_gets_lawful_plans(fleet in worlds(), ceilings in ceilings()) {
        let world = fleet.build();
        laws::obeyed(&world, &ceilings, &decide(&world, &ceilings));
    }

    #[test]
    fn no_switch_mode_or_governor_changes_the_way_back(fleet in worlds(), ceilings in ceilings()) {
        let mut world = fleet.build();
        let before = of_the_returning(&world, &ceilings);
        world.memory.stopped = true;
        world.memory.governor.acts = vec![in_minutes(-1); 1_000];
        let off = Ceilings { maximum_mode: Mode::Off, kill_switch: true, ..ceilings };
        prop_assert_eq!(of_the_returning(&world, &off), before);
    }
}

#[test]
fn the_worlds_of_these_properties_do_open_something() {
    let runner = &mut TestRunner::deterministic();
    let opens = (0..500).filter(|_| {
        let fleet = worlds().new_tree(runner).expect("a world").current().build();
        let plans = decide(&fleet, &unhurried());
        plans.iter().any(|plan| matches!(plan.step, Step::Open(_)))
    });
    assert!(opens.count() >= 25);
}

/// Every kind of step, as it begins in a line.
const STEPS: [&str; 25] = [
    "opens terminate-first:",
    "opens launch-first:",
    "opens ride:",
    "opens stop_start:",
    "opens stop_start again:",
    "opens reschedule",
    "stops:",
    "turns back moved:",
    "turns back unwanted:",
    "turns back failed:",
    "starts:",
    "exits standby:",
    "registers:",
    "asks Ready:",
    "is adopted:",
    "records standing aside:",
    "records return, moved:",
    "records return, unwanted:",
    "records another attempt:",
    "records no other date:",
    "records service:",
    "proposes",
    "withdraws:",
    "closes as gone:",
    "closes as moved:",
];

#[test]
fn the_worlds_of_these_properties_come_to_every_kind_of_step() {
    let runner = &mut TestRunner::deterministic();
    let mut missing = BTreeSet::from(STEPS);
    for _ in 0..6_000 {
        let fleet = worlds().new_tree(runner).expect("a world").current().build();
        for plan in decide(&fleet, &unhurried()) {
            let line = lines::of(&fleet, &plan);
            missing.retain(|step| !line.contains(&format!(" {step}")));
        }
        if missing.is_empty() {
            return;
        }
    }
    panic!("no world came to {missing:?}");
}
