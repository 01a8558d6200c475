//! The simulation as a program: `make sim`.
//!
//! It plays thousands of seeds on all cores and says what came of them, or one and tells its story,
//! or makes one that goes wrong short.

mod arguments;
mod campaign;
mod clock;
mod progress;
mod replay;

use std::error::Error;
use std::process::ExitCode;

use arguments::{Task, USAGE};
use shared::testing::simulation::note_panics;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let task = match Task::read(lexopt::Parser::from_env()) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return Ok(ExitCode::from(2));
        }
    };
    note_panics();
    match task {
        Task::Campaign { first, end, threads } => campaign::campaign(first, end, threads),
        Task::Replay { of, shrink } => replay::replay(&of, shrink),
    }
}
