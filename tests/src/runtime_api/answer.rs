//! What came of an invocation.

use std::fmt;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

/// What came of one invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// How it ended.
    pub ending: Ending,
    /// Lines of standard output since the last answer; complete, however the invocation ended.
    pub log: Vec<String>,
    /// From the event's arrival to the end, start of a process included.
    pub elapsed: Duration,
    /// Whether a process had to be started for it.
    pub cold: bool,
}

/// The three ways in which an invocation can end.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// The function answered; what it sent, byte for byte.
    Returned(String),
    /// The function reported an error: an object with `errorType` and `errorMessage`.
    Failed(Value),
    /// The process ended without an answer, or was ended for taking too long.
    Died(Death),
}

/// How a process died.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Death {
    /// What the process exited with; none if a signal ended it, or if it never started.
    pub exit_code: Option<i32>,
    /// The signal that ended it; 9 if it was killed.
    pub signal: Option<i32>,
    /// Whether it had reached its time limit, and was killed for that.
    pub timed_out: bool,
    /// Whether it had not yet been given the event: the fault lies in its start.
    pub before_event: bool,
    /// Its standard error and what it reported of its start, both since it started.
    pub words: String,
}

impl Answer {
    pub(super) fn not_started(binary: &Path, error: &io::Error, elapsed: Duration) -> Self {
        let words = format!("{} cannot be started: {error}", binary.display());
        let death = Death { before_event: true, words, ..Death::default() };
        Self { ending: Ending::Died(death), log: Vec::new(), elapsed, cold: true }
    }

    /// What the function answered, as JSON; none if it gave no answer, or one that is not JSON.
    pub fn body(&self) -> Option<Value> {
        match &self.ending {
            Ending::Returned(body) => serde_json::from_str(body).ok(),
            Ending::Failed(_) | Ending::Died(_) => None,
        }
    }

    /// The error that the function reported, if it did.
    pub fn error(&self) -> Option<&Value> {
        match &self.ending {
            Ending::Failed(error) => Some(error),
            Ending::Returned(_) | Ending::Died(_) => None,
        }
    }

    /// How the process died, if it did.
    pub fn died(&self) -> Option<&Death> {
        match &self.ending {
            Ending::Died(death) => Some(death),
            Ending::Returned(_) | Ending::Failed(_) => None,
        }
    }

    /// The reports in the log, of which a function writes one for each invocation.
    pub fn reports(&self) -> Vec<Value> {
        reports(self.log.iter().map(String::as_str)).collect()
    }
}

/// The lines of a log with a `service` and an `outcome`, whatever their level; the metric document
/// beside a report has neither.
pub(crate) fn reports<'a>(log: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Value> {
    let parsed = log.filter_map(|line| serde_json::from_str::<Value>(line).ok());
    parsed.filter(|line| ["service", "outcome"].iter().all(|field| line.get(field).is_some()))
}

impl fmt::Display for Answer {
    /// For the message of a test that expected something else.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ending {
            Ending::Returned(body) => writeln!(formatter, "returned {body}")?,
            Ending::Failed(error) => writeln!(formatter, "failed with {error}")?,
            Ending::Died(death) => writeln!(formatter, "{death}")?,
        }
        write!(formatter, "after {:?}; log:\n{}", self.elapsed, self.log.join("\n"))
    }
}

impl fmt::Display for Death {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.timed_out, self.exit_code, self.signal) {
            (true, ..) => write!(formatter, "was killed at its time limit")?,
            (false, Some(code), _) => write!(formatter, "died with exit code {code}")?,
            (false, None, Some(signal)) => write!(formatter, "died by signal {signal}")?,
            (false, None, None) => write!(formatter, "never ran")?,
        }
        if self.before_event {
            write!(formatter, " before it took the event")?;
        }
        write!(formatter, ": {}", self.words.trim_end())
    }
}
