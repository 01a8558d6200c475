//! I2: one member of a replica set is out at a time, by whomever, in whichever group it is.

use super::record::Verdict;
use super::{Case, Invariant, words_of};
use crate::testing::cloud::truth::Loss;

const HOLDS: Invariant = Invariant::ReplicaSetKeepsItsQuorum;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    let set = case.state.fleet().sets.get(case.id());
    let Some(set) = set.filter(|_| case.takes_a_place()) else { return };
    verdict.judges(HOLDS);
    let of_set = |loss: &&Loss| loss.set.as_ref() == Some(set);
    let others: Vec<&Loss> = case.others_out().filter(of_set).collect();
    if !others.is_empty() {
        let (out, whose) = (others.len(), words_of(&others));
        case.breaks(verdict, HOLDS, format!("{out} of replica set {set} are out{whose}"));
    }
}
