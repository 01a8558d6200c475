//! The invariants as assertions of a test.
#![allow(clippy::missing_panics_doc, reason = "each ends its test where something is broken")]

use super::{Invariant, Violation, after_run, at_rest, open_still, rest};
use crate::ledger::Phase;
use crate::testing::cloud::Cloud;

impl Cloud {
    /// What was broken so far, oldest first.
    pub fn violations(&self) -> Vec<Violation> {
        self.state.borrow().record.violations().to_vec()
    }

    /// How often an invariant was judged so far with something at stake.
    pub fn judged(&self, invariant: Invariant) -> u64 {
        self.state.borrow().record.judged(invariant)
    }

    /// Judges what stands between two runs.
    pub fn judge(&self) {
        let mut state = self.state.borrow_mut();
        let verdict = after_run(&state);
        state.record.take(verdict);
    }

    /// Ends the test if any invariant was broken so far.
    pub fn assert_sound(&self) {
        self.judge();
        let state = self.state.borrow();
        let broken = state.record.violations();
        let words = || broken.iter().map(Violation::to_string).collect::<Vec<_>>().join("\n");
        assert!(broken.is_empty(), "seed {}: {}", state.seed, words());
    }

    /// No incident is open, but such as were given up and told.
    pub fn rests(&self) -> bool {
        let state = self.state.borrow();
        state.ledger.open.values().all(|incident| rest::given_up(&state, incident))
    }

    /// Something was opened, and is not at its end.
    pub fn anything_under_way(&self) -> bool {
        self.state.borrow().ledger.open.values().any(|incident| incident.phase != Phase::Seen)
    }

    /// Judges the incidents that are still open, and what is still owed or scheduled.
    pub fn judge_open(&self) {
        let mut state = self.state.borrow_mut();
        let verdict = open_still(&state);
        state.record.take(verdict);
    }

    /// Ends the test unless everything came to rest: no open incident but such as were given up and
    /// told, and nothing left open.
    pub fn assert_at_rest(&self) {
        self.judge_open();
        self.assert_nothing_is_out();
    }

    /// Judges whether anybody is out: no slot is held, every group whole, nothing left open.
    /// Incidents of which nothing is opened may stand.
    pub fn judge_out(&self) {
        let mut state = self.state.borrow_mut();
        let verdict = at_rest(&state);
        state.record.take(verdict);
    }

    /// Ends the test unless nobody is out.
    pub fn assert_nothing_is_out(&self) {
        self.judge_out();
        self.assert_sound();
    }
}
