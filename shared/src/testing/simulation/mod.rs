//! The simulation: whole worlds that a seed makes, in which the code that ships runs for two days,
//! and everything goes wrong that may.
//!
//! * [`Script`] is all that makes a run, as data: fleet, rates of faults, and what people and AWS
//!   do when.
//! * [`generate`] makes a script of a seed.
//! * [`run`] plays one and judges it.

mod deed;
mod generate;
mod run;
mod script;

pub use deed::{Deed, Whom};
pub use generate::generate;
pub use run::{Counts, Keep, Outcome, run};
pub use script::{Conditions, Limits, Script, Timed};
