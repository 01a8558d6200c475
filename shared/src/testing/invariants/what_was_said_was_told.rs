//! I10, for words: what the ledger says was told was told, and at its end an incident owes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Invariant;
use super::record::Verdict;
use crate::testing::cloud::Cloud;
use crate::testing::cloud::state::State;

const HOLDS: Invariant = Invariant::MessagesOutliveTheirWork;

impl Cloud {
    /// Judges the words of the incidents that are closed. Only for a world that kept every event
    /// that was published: a fork has not.
    pub fn judge_words(&self) {
        let mut state = self.state.borrow_mut();
        let mut verdict = Verdict::new(state.now);
        judge(&state, &mut verdict);
        state.record.take(verdict);
    }
}

fn judge(state: &State, verdict: &mut Verdict) {
    let told = told(state);
    let nothing = BTreeSet::new();
    for incident in state.ledger.closed.values() {
        verdict.judges(HOLDS);
        let key = &incident.key;
        if !incident.owed.is_empty() {
            verdict.breaks(HOLDS, key, format!("closed, and owes {} words", incident.owed.len()));
        }
        let subject = (key.instance.to_string(), key.event.to_string());
        let told = told.get(&subject).unwrap_or(&nothing);
        for said in &incident.said {
            if !told.iter().any(|told| said.starts_with(told.as_str())) {
                verdict.breaks(HOLDS, key, format!("{said} counts as told, and never was"));
            }
        }
    }
}

/// What the bus was told of each instance and event: state, attempt, reason, as the ledger names it.
fn told(state: &State) -> BTreeMap<(String, String), BTreeSet<String>> {
    let mut told: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for event in &state.published {
        let Ok(detail) = serde_json::from_str::<Value>(&event.detail) else { continue };
        let word = |field: &str| detail[field].as_str().unwrap_or_default().to_owned();
        let name = format!("{}/{}/{}", word("state"), detail["attempt"], word("reason"));
        told.entry((word("instance_id"), word("event_id"))).or_default().insert(name);
    }
    told
}
