//! `reconcile` against the fake AWS, in more worlds than the dev profile has time for: every order,
//! every crash point, every hostile word. Ordinary tests, in the `simulation` profile:
//!
//! `cargo test --profile simulation --package shared --features testing --test suites`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on ends, and says where"
)]

mod burst;
mod confluence;
mod crash_points;
mod day_2014;
mod each_fault;
mod exhaustive;
mod golden;
mod hostile;
mod regressions;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
