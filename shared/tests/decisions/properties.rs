//! The laws of decisions over worlds that nobody thought of.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use shared::decide::decide;
use shared::plan::Step;
use shared::testing::builders::unhurried;

use super::any_world::{ceilings, worlds};
use super::laws;

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
