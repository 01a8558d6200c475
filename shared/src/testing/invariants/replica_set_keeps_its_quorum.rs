//! I2: one member of a replica set is out at a time, by whomever, in whichever group it is.

use super::record::Verdict;
use super::{Case, Invariant};

const HOLDS: Invariant = Invariant::ReplicaSetKeepsItsQuorum;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    let set = case.state.fleet().sets.get(case.id());
    let Some(set) = set.filter(|_| case.takes_a_place()) else { return };
    verdict.judges(HOLDS);
    let others = case.others_out().filter(|loss| loss.set.as_ref() == Some(set)).count();
    if others > 0 {
        case.breaks(verdict, HOLDS, format!("{others} of replica set {set} are out"));
    }
}
