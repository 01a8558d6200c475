//! What was judged, and what was found.

use std::fmt;

use jiff::Timestamp;

use super::Invariant;

/// An invariant that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// When.
    pub at: Timestamp,
    /// Whom it concerns: an instance, a group, or what else the invariant is about.
    pub subject: String,
    /// What was the case.
    pub words: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, at, subject, words } = self;
        write!(f, "{} {at} {subject}: {words}", invariant.code())
    }
}

/// What was judged since the world began.
#[derive(Debug, Clone, Default)]
pub struct Record {
    judged: [u64; Invariant::ALL.len()],
    violations: Vec<Violation>,
}

impl Record {
    /// What was broken, oldest first. What stays broken is there once.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How often an invariant was judged with something at stake.
    pub fn judged(&self, invariant: Invariant) -> u64 {
        self.judged[invariant as usize]
    }

    /// Counts a verdict.
    pub(in crate::testing) fn take(&mut self, verdict: Verdict) {
        for (times, more) in self.judged.iter_mut().zip(verdict.at_stake) {
            *times += u64::from(more);
        }
        for found in verdict.violations {
            let same = |known: &Violation| {
                (known.invariant, &known.subject, &known.words)
                    == (found.invariant, &found.subject, &found.words)
            };
            if !self.violations.iter().any(same) {
                self.violations.push(found);
            }
        }
    }
}

/// What one judgement came to.
#[derive(Debug)]
#[must_use]
pub(in crate::testing) struct Verdict {
    at: Timestamp,
    at_stake: [bool; Invariant::ALL.len()],
    violations: Vec<Violation>,
}

impl Verdict {
    /// Nothing is judged yet.
    pub(super) fn new(at: Timestamp) -> Self {
        Self { at, at_stake: [false; Invariant::ALL.len()], violations: Vec::new() }
    }

    /// An invariant is judged, and could be broken.
    pub(super) fn judges(&mut self, invariant: Invariant) {
        self.at_stake[invariant as usize] = true;
    }

    /// An invariant is broken.
    pub(super) fn breaks(
        &mut self,
        invariant: Invariant,
        subject: impl fmt::Display,
        words: impl Into<String>,
    ) {
        self.judges(invariant);
        let (at, subject, words) = (self.at, subject.to_string(), words.into());
        self.violations.push(Violation { invariant, at, subject, words });
    }
}
