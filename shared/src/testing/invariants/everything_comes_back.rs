//! I7: what we take out, mark, reserve or lower is put back, so whoever is out is known to be:
//! by its mark, and by slots and incidents that tell the same.

use super::record::Verdict;
use super::{Case, Deed, Invariant};
use crate::ledger::{IncidentKey, Limit};
use crate::policy::INCIDENT_MARK;
use crate::testing::cloud::state::State;

const HOLDS: Invariant = Invariant::EverythingComesBack;

/// Nobody is stopped or rebooted without the mark by which it is found if all else is lost.
pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    if case.deed != Deed::Strikes || !case.word_is_seen() {
        return;
    }
    verdict.judges(HOLDS);
    let instance = case.state.fleet().instances.get(case.id);
    if !instance.is_some_and(|instance| instance.tags.contains_key(INCIDENT_MARK)) {
        case.breaks(verdict, HOLDS, "it is not marked");
    }
}

/// Judges what stands between two runs.
pub(in crate::testing) fn after_run(state: &State) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    slots(state, &mut verdict);
    desired(state, &mut verdict);
    verdict
}

/// The ledger's slots and its incidents tell the same.
fn slots(state: &State, verdict: &mut Verdict) {
    let ledger = &state.ledger;
    let knows = |key: &IncidentKey, limit: &Limit| {
        ledger.open.get(key).is_some_and(|incident| incident.slots.contains(limit))
    };
    for (limit, holders) in &ledger.holders {
        verdict.judges(HOLDS);
        for key in holders.iter().filter(|key| !knows(key, limit)) {
            verdict.breaks(HOLDS, key, format!("holds {limit} and does not know"));
        }
    }
    for incident in ledger.open.values() {
        let held = |limit| ledger.holders.get(limit).is_some_and(|h| h.contains(&incident.key));
        for limit in incident.slots.iter().filter(|limit| !held(limit)) {
            verdict.breaks(HOLDS, &incident.key, format!("thinks it holds {limit}"));
        }
    }
}

/// Desired capacity is what its owner wants, less exactly what stands by.
fn desired(state: &State, verdict: &mut Verdict) {
    for group in state.fleet().groups.values() {
        let Some(wanted) = state.desired_of(&group.name) else { continue };
        if group.desired != wanted {
            let words = format!("desired is {}, not {wanted}", group.desired);
            verdict.breaks(HOLDS, &group.name, words);
        }
    }
}
