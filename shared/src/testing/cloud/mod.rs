//! A fake AWS in memory: every port of the edge, on one virtual clock, with the faults that a test
//! asks for.
//!
//! * [`Cloud`] is the world: fleet, ledger, queue, topic. What it *is* and what its describe calls
//!   *say* may differ by up to a minute, as with AWS.
//! * [`Invocation`] is one run of a function against it. It counts its calls, and can die at any of
//!   them.
//! * [`Play`] is time passing: sweeps, messages, redelivery. After each step it holds the world
//!   against the rules.
//! * [`Setup`] describes a group in words that chain.
//!
//! The world knows what really happened ([`truth`]), so the rules ask it and never the program's
//! own ledger. What it does not play: lifecycle hooks, standby, warm pools, instance refreshes,
//! weights.
#![allow(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a world that is built wrong ends its test, at once and loudly"
)]

mod agenda;
mod autoscaling;
mod book;
mod describe;
mod executor;
mod faults;
mod fleet;
mod invocation;
mod ledger;
mod log;
mod messages;
mod play;
mod random;
mod replace;
mod rules;
mod scheduled;
mod script;
mod setup;
mod state;
pub mod truth;

use std::cell::RefCell;

pub use executor::{block_on, interleave};
pub use faults::{Crash, Moment};
pub use invocation::Invocation;
pub use log::{Call, Port};
pub use play::{Play, Rumours};
pub use random::Xorshift;
pub use setup::{Behaviour, Setup};

use state::State;

/// The world. Cheap to make; a test makes its own.
pub struct Cloud {
    state: RefCell<State>,
    asides: RefCell<Vec<(Port, Aside)>>,
}

/// Something that a test does in the middle of a run.
type Aside = Box<dyn FnOnce(&Cloud)>;
