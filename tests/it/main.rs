//! The shipped binaries, run as Lambda runs them, against the stand-in of AWS.
//!
//! Build them first, one by one, as they ship: `cargo build --release -p health-event-router` and
//! `-p maintenance-reconciler`.

mod alarm_plays;
mod alarms;
mod alarms_of_aws;
mod crash;
mod direction;
mod docs;
mod doctor;
mod faults;
mod garbage;
mod notifications;
mod revoked;
mod samples;
mod stage;
mod standin;
mod stopped;
mod storm;
mod subject;
mod switches;
mod threats;
mod upgrade;
mod wiring;

use std::error::Error;

use tests::runtime_api::Function;
use tests::standin::Standin;

/// All functions of this repository.
const FUNCTIONS: [&str; 2] = ["health-event-router", "maintenance-reconciler"];

/// How a test ends: what it did not even get to compare is an error.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The function of this name, allowed to act, on this stand-in.
fn function(standin: &Standin, name: &str) -> Result<Function, Box<dyn Error>> {
    let env = standin.env_for(name, &[("REBERTH_MAXIMUM_MODE", "enforce")])?;
    Ok(Function::built(name, &env)?)
}
