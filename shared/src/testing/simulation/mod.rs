//! The simulation: whole worlds that a seed makes, in which the code that ships runs for two days,
//! and everything goes wrong that may.
//!
//! * [`Script`] is all that makes a run, as data: fleet, rates of faults, and what people and AWS
//!   do when.
//! * [`generate`] makes a script of a seed.
//! * [`run`] plays one and judges it.
//! * [`Tally`] is what a campaign of many came to.
//! * [`shrink`] makes one short that goes wrong.

mod breach;
mod deed;
mod distribution;
mod generate;
mod reduce;
mod run;
mod script;
mod shrink;
mod table;
mod tally;

pub use breach::{Breach, note_panics};
pub use deed::{Deed, Whom};
pub use distribution::{Distribution, grouped};
pub use generate::generate;
pub use run::{CAME_ABOUT, Counts, Keep, Outcome, run};
pub use script::{Conditions, Limits, Script, Timed};
pub use shrink::{Shrunk, shrink};
pub use tally::Tally;
