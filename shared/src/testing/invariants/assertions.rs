//! The invariants as assertions of a test.
#![allow(clippy::missing_panics_doc, reason = "each ends its test where something is broken")]

use super::{Invariant, Violation, after_run};
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

    /// Ends the test unless everything came to rest: no open incident, and nothing left open.
    pub fn assert_at_rest(&self) {
        self.assert_sound();
        let open: Vec<String> = self.open().iter().map(|i| format!("{i:#?}")).collect();
        assert!(open.is_empty(), "seed {}: still open: {}", self.seed(), open.join("\n"));
        self.assert_nothing_is_out();
    }

    /// Ends the test unless nobody is out: no slot held, every group whole, nothing left open.
    /// Incidents of which nothing is opened may stand.
    pub fn assert_nothing_is_out(&self) {
        self.assert_sound();
        let state = self.state.borrow();
        let out: Vec<_> = state.ledger.open.values().filter(|incident| incident.out()).collect();
        assert!(out.is_empty(), "seed {}: out: {out:#?}", state.seed);
        let held: Vec<_> = state.ledger.holders.iter().filter(|(_, h)| !h.is_empty()).collect();
        assert!(held.is_empty(), "seed {}: slots leaked: {held:?}", state.seed);
        let names = state.fleet().groups.keys();
        let short: Vec<_> = names.filter(|name| state.fleet().missing(name) > 0).collect();
        assert!(short.is_empty(), "seed {}: not whole: {short:?}", state.seed);
        let left_open = state.left_open();
        assert!(left_open.is_empty(), "seed {}: left open: {left_open:#?}", state.seed);
    }
}
