//! I1: whoever is taken out of a group leaves at least as many in service as its owner wants left,
//! whoever took out the others.

use super::record::Verdict;
use super::{Case, Invariant};

const HOLDS: Invariant = Invariant::GroupKeepsItsRoom;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    let Some((group, _)) = case.state.fleet().member(case.id) else { return };
    if !case.takes_a_place() {
        return;
    }
    verdict.judges(HOLDS);
    let out = case.others_out().filter(|loss| loss.group.as_ref() == Some(&group.name)).count();
    let may_lose = case.state.may_lose.get(&group.name).copied().unwrap_or(1);
    if out >= may_lose as usize {
        let words = format!("{out} of {} are out, {may_lose} may be", group.name);
        case.breaks(verdict, HOLDS, words);
    }
}
