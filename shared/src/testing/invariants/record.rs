//! What was judged, and what was found.

use std::fmt;

use jiff::Timestamp;

use super::Invariant;
use super::watch::Watch;
use crate::ledger::IncidentKey;

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
#[derive(Debug, Clone)]
pub struct Record {
    judged: [u64; Invariant::ALL.len()],
    violations: Vec<Violation>,
    pub(in crate::testing) watch: Watch,
}

impl Record {
    /// Nothing was judged yet.
    pub(in crate::testing) fn new(began: Timestamp) -> Self {
        let judged = [0; Invariant::ALL.len()];
        Self { judged, violations: Vec::new(), watch: Watch::new(began) }
    }

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
        self.watch.replaced.extend(verdict.replaces);
        self.watch.served.extend(verdict.serves);
        if verdict.judged_outage {
            self.watch.outage = None;
        }
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
    /// The replacement that is about to take effect: for which incident, in which attempt.
    pub(super) replaces: Option<(IncidentKey, u32)>,
    /// Incidents that were found to be serving.
    pub(super) serves: Vec<IncidentKey>,
    /// The last outage needs no more judging.
    pub(super) judged_outage: bool,
}

impl Verdict {
    /// Nothing is judged yet.
    pub(super) fn new(at: Timestamp) -> Self {
        Self {
            at,
            at_stake: [false; Invariant::ALL.len()],
            violations: Vec::new(),
            replaces: None,
            serves: Vec::new(),
            judged_outage: false,
        }
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
