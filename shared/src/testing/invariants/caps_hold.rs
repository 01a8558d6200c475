//! I4: no more is out by our hand than the account allows, one standalone instance at a time, and
//! no more is begun within an hour than the governor lets through.

use jiff::{SignedDuration, Timestamp};

use super::record::Verdict;
use super::{Case, Invariant};
use crate::testing::cloud::state::State;
use crate::testing::cloud::truth::ActKind;

const HOLDS: Invariant = Invariant::CapsHold;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    verdict.judges(HOLDS);
    let lately = acts_within_the_hour(case.state);
    if lately > case.state.ceilings.acts_per_hour as usize {
        case.breaks(verdict, HOLDS, format!("{lately} acts within the hour"));
    }
    if !case.takes_a_place() {
        return;
    }
    let ours = || case.others_out().filter(|loss| loss.ours);
    let all = case.state.fleet().instances.len();
    let in_flight = (all * case.state.ceilings.in_flight_percent as usize / 100).max(1);
    if ours().count() >= in_flight {
        let out = ours().count();
        let words = format!("{out} of {all} are out by our hand, {in_flight} may be");
        case.breaks(verdict, HOLDS, words);
    }
    let alone = case.state.fleet().member(case.id).is_none();
    let standalone = ours().filter(|loss| loss.group.is_none()).count();
    if alone && standalone >= 1 {
        let words = format!("{standalone} of standalone are out, 1 may be");
        case.breaks(verdict, HOLDS, words);
    }
}

/// Opening acts before this one. Those from before the ledger was lost are known to nobody.
fn acts_within_the_hour(state: &State) -> usize {
    let hour = SignedDuration::from_hours(1);
    let within = |at: Timestamp| state.now.duration_since(at) < hour;
    let known = |at: Timestamp| state.ledger_lost_at.is_none_or(|lost| at > lost);
    let opening = |kind| matches!(kind, ActKind::Opened(_) | ActKind::Left | ActKind::Rescheduled);
    let acts = state.truth.acts.iter().rev().take_while(|act| within(act.at));
    acts.filter(|act| opening(act.kind) && known(act.at)).count()
}
