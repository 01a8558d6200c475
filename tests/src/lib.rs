//! What the integration tests stand on: real function binaries, run without AWS and without Docker.
//!
//! * [`runtime_api`] is Lambda: it starts a function's binary, hands it events, keeps its log.
//! * [`proxy`] sits between a function and AWS's stand-in, counts calls, and says at which of them
//!   the function dies.
//! * [`standin`] starts the stand-in of AWS (Python, `tests/standin`) and talks to it.
//! * [`metrics`] takes apart the metrics that a function writes, and [`alarm`] evaluates an alarm
//!   over them.
//! * [`sample`] reads the table of sample events, and compares answers with it.
//!
//! No product code lives here, and nothing here knows what a function decides.

pub mod alarm;
pub mod http;
pub mod metrics;
pub mod proxy;
pub mod runtime_api;
pub mod sample;
pub mod server;
pub mod standin;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The folder that holds the workspace's `Cargo.toml`.
pub fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}

/// A thread that failed has already failed its test; the others go on with what it left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
