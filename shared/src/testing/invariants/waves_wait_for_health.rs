//! I6: nobody counts as serving before it does.

use super::Invariant;
use super::record::Verdict;
use crate::ids::InstanceId;
use crate::testing::cloud::state::State;

const HOLDS: Invariant = Invariant::WavesWaitForHealth;

/// Judges the readiness signal that somebody else writes in an instance's name: true only if it is
/// so.
pub(in crate::testing) fn said_ready(state: &State, id: &InstanceId) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    verdict.judges(HOLDS);
    if !state.fleet().ready(id) {
        verdict.breaks(HOLDS, id, "it is said to be ready, and is not");
    }
    verdict
}
