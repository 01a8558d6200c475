//! Every decision, as rows of small worlds and the plans that they lead to.
//!
//! A row is a world in the builders' words and one line for each plan. Names of tests carry the
//! code of the reason that they are about. Whatever a row is about, [`check`] also holds its plans
//! against the laws that every decision obeys.

#![allow(clippy::expect_used, reason = "what is not there fails its test")]

mod adoption;
mod answers;
mod answers_that_move_dates;
mod any_world;
mod by_hand;
mod clean_again;
mod endings;
mod gates;
mod guard;
mod holds_in_place;
mod holds_of_groups;
mod holds_of_launches;
mod holds_of_members;
mod holds_of_owners;
mod holds_of_replica_sets;
mod holds_of_standalone;
mod laws;
mod limits;
mod lines;
mod looks_again;
mod mixed_instances;
mod openings;
mod pitfalls;
mod pitfalls_in_place;
mod progress;
mod properties;
mod reasons;
mod rebalancing;
mod rescheduling;
mod ride;
mod standby;
mod stop_start;
mod timing;
mod timing_of_rides;
mod timing_of_stops;
mod turning_back;
mod unread;
mod warm_pools;

use shared::decide::decide;
use shared::policy::Ceilings;
use shared::testing::builders::WorldBuilder;

/// The plans for this world are these, in this order, and lawful.
#[track_caller]
fn check<const N: usize>(world: WorldBuilder, ceilings: &Ceilings, expected: [&str; N]) {
    let world = world.build();
    let plans = decide(&world, ceilings);
    laws::obeyed(&world, ceilings, &plans);
    let lines: Vec<String> = plans.iter().map(|plan| lines::of(&world, plan)).collect();
    assert_eq!(lines, expected);
}
