//! How long a campaign took, by the clock on the wall and by what it had of the processors.

use std::fmt;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use shared::testing::simulation::{Tally, grouped};

/// Seconds of a Julian year.
const YEAR: f64 = 365.25 * 86_400.0;

/// A clock that runs.
pub struct Clock {
    began: Instant,
    used: Duration,
}

/// How long it took.
pub struct Speed {
    elapsed: Duration,
    processors: Duration,
}

impl Clock {
    /// Starts it.
    pub fn start() -> nix::Result<Self> {
        Ok(Self { began: Instant::now(), used: used()? })
    }

    /// Stops it.
    pub fn stop(&self) -> nix::Result<Speed> {
        Ok(Speed { elapsed: self.began.elapsed(), processors: used()?.saturating_sub(self.used) })
    }
}

/// What this process had of the processors, all threads together.
fn used() -> nix::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

impl Speed {
    /// How fast these runs were, in words. On a machine that others use too, seeds for a second of
    /// a processor say more than seconds on the wall.
    #[allow(clippy::cast_precision_loss, reason = "seeds per second, to one digit")]
    pub fn of(&self, tally: &Tally, threads: usize) -> impl fmt::Display {
        let (elapsed, processors) = (self.elapsed.as_secs_f64(), self.processors.as_secs_f64());
        let (runs, threads) = (tally.runs() as f64, threads as f64);
        let years = tally.seconds() as f64 / YEAR / (elapsed / 3_600.0);
        let (runs_all, a_second, a_core) =
            (grouped(tally.runs()), runs / elapsed, runs / elapsed / threads);
        let of_processor = runs / processors;
        fmt::from_fn(move |f| {
            write!(
                f,
                "{runs_all} seeds in {elapsed:.1} s: {a_second:.1} a second, {a_core:.1} a second \
                 and thread, {of_processor:.1} for a second of a processor; {years:.0} simulated \
                 years an hour."
            )
        })
    }
}
