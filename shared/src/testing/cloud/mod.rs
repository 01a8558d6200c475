//! A fake AWS in memory: every port of the edge, on one virtual clock, with the faults that a test
//! asks for.
//!
//! * [`Cloud`] is the world: fleet, ledger, queue, topic. What it *is* and what its describe calls
//!   *say* may differ by up to a minute, as with AWS.
//! * [`Invocation`] is one run of a function against it. It counts its calls, and can die at any of
//!   them.
//! * [`Play`] is time passing: sweeps, messages, redelivery. After each step it holds the world
//!   against the rules.
//! * [`Setup`] describes a group in words that chain, [`Machine`] a standalone instance.
//!
//! The world knows what really happened ([`truth`]), so the rules ask it and never the program's
//! own ledger.
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a world that is built wrong ends its test, at once and loudly"
)]

mod agenda;
mod autoscaling;
pub(super) mod book;
mod bring_back;
mod buckets;
mod calls;
mod capacity;
mod checks;
mod compute;
mod describe;
mod digest;
mod distortions;
mod executor;
mod faults;
pub(super) mod fleet;
mod fork;
mod gates;
mod hands;
pub(super) mod health;
mod hooks;
mod hosts;
mod invocation;
mod launched;
mod leaving;
mod ledger;
mod leftovers;
mod log;
mod losses;
mod machine;
pub(super) mod mapping;
mod messages;
pub(super) mod owes;
mod play;
mod power;
mod processes;
pub(super) mod queue;
mod random;
mod refresh;
mod replace;
mod runs;
mod scheduled;
mod script;
mod setup;
mod spot;
mod standby;
pub(super) mod state;
mod story;
mod take_out;
mod targets;
mod telling;
pub mod truth;
mod version;
mod warm_pool;
mod zones;

use std::cell::RefCell;

pub(super) use describe::has_instance_store;
pub use executor::{block_on, interleave};
pub use faults::{Crash, Moment};
pub use fork::{Answers, Handed};
pub use hooks::{Hook, HookResult};
pub use invocation::Invocation;
pub use log::{Call, Port};
pub use machine::Machine;
pub use play::Play;
pub use random::Xorshift;
pub use refresh::RefreshPlan;
pub use setup::{Behaviour, Setup};
pub use version::{ADDED, Renews, Version};

use state::State;

/// The world. Cheap to make; a test makes its own.
pub struct Cloud {
    pub(super) state: RefCell<State>,
    asides: RefCell<Vec<(When, Aside)>>,
}

/// Something that a test does in the middle of a run.
type Aside = Box<dyn FnOnce(&Cloud)>;

/// When it does so: right after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// The next one of this port.
    Next(Port),
    /// The one with this number, counted from 1 over all runs.
    Call(usize),
}
