//! How far a campaign is, for whoever waits: a bar, or a line now and then where nobody looks on.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// From one line to the next.
const EVERY: Duration = Duration::from_secs(10);

/// The bar of a campaign.
const BAR: &str =
    "{bar:30} {human_pos} of {human_len} seeds, {per_sec}, {eta} left, {msg} went wrong";

/// Tells standard error.
pub struct Progress {
    bar: ProgressBar,
    /// When the last line was written; absent where there is a bar.
    line: Option<Instant>,
    began: Instant,
    broken: u64,
}

impl Progress {
    /// Of so many seeds.
    pub fn of(seeds: u64) -> Self {
        let lines = !io::stderr().is_terminal();
        let bar = if lines { ProgressBar::hidden() } else { ProgressBar::new(seeds) };
        bar.set_length(seeds);
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        bar.set_message("0");
        Self { bar, line: lines.then(Instant::now), began: Instant::now(), broken: 0 }
    }

    /// One more seed is done.
    pub fn step(&mut self, went_wrong: bool) {
        self.bar.inc(1);
        self.broken += u64::from(went_wrong);
        if went_wrong {
            self.bar.set_message(self.broken.to_string());
        }
        if self.line.is_some_and(|last| last.elapsed() >= EVERY) {
            self.line = Some(Instant::now());
            self.say();
        }
    }

    /// Writes to standard output above the bar.
    pub fn print(&self, words: &str) {
        self.bar.suspend(|| println!("{words}"));
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }

    #[allow(clippy::cast_precision_loss, reason = "seeds per second, to one digit")]
    fn say(&self) {
        let done = self.bar.position();
        let speed = done as f64 / self.began.elapsed().as_secs_f64();
        let (of, broken) = (self.bar.length().unwrap_or(0), self.broken);
        eprintln!("{done} of {of} seeds, {speed:.1} a second, {broken} went wrong");
    }
}
