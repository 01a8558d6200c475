//! I5: an act takes effect once for each attempt at an event of an instance, and its intent stands
//! in the ledger before.

use super::record::Verdict;
use super::{Case, DECIDED, Deed, Invariant};
use crate::ledger::{Incident, Phase};
use crate::testing::cloud::truth::{ActKind, Loss};

const HOLDS: Invariant = Invariant::ActsHaveAnIntent;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    verdict.judges(HOLDS);
    let state = case.state;
    let mut incidents = state.ledger.open.values();
    let intended = incidents.any(|one| &one.key.instance == case.id && intends(one, case.deed));
    let ledger_stands = state.ledger_lost_at.is_none_or(|lost| state.now >= lost + DECIDED);
    if !intended && ledger_stands {
        case.breaks(verdict, HOLDS, "an act without an intent in the ledger");
    }
    if opened_before(case) {
        case.breaks(verdict, HOLDS, "a second act while the first is not made good");
    }
    if stopped_before(case) {
        case.breaks(verdict, HOLDS, "it is stopped a second time");
    }
}

fn intends(incident: &Incident, deed: Deed) -> bool {
    match (deed, &incident.phase) {
        (Deed::Replaces, Phase::Intended(_) | Phase::Replacing(_))
        | (Deed::Leaves, Phase::Leaving(_)) => true,
        (Deed::Strikes, Phase::Moving(absence)) => absence.struck.is_some(),
        (Deed::Reschedules(to), Phase::Rescheduling { to: intended, .. }) => *intended == to,
        _ => false,
    }
}

fn opened_before(case: &Case<'_>) -> bool {
    if !matches!(case.deed, Deed::Replaces | Deed::Leaves) {
        return false;
    }
    // Whom people bring back in the middle of it may be taken out again, by the same slots.
    let again = |loss: &Loss| case.deed == Deed::Leaves && loss.stays && loss.ours;
    let first = |loss: &Loss| &loss.instance == case.id && case.counts(loss) && !again(loss);
    case.state.truth.open_losses().any(first)
}

fn stopped_before(case: &Case<'_>) -> bool {
    if case.deed != Deed::Strikes {
        return false;
    }
    let mut open = case.state.truth.open_losses();
    let own = open.find(|loss| &loss.instance == case.id);
    own.is_some_and(|loss| case.lately(ActKind::Stopped, loss.lasted(case.state.now)))
}

impl Case<'_> {
    /// We did this to it within this time.
    pub(super) fn lately(&self, kind: ActKind, within: jiff::SignedDuration) -> bool {
        let since = self.state.now - within;
        let mut acts = self.state.truth.acts.iter().rev().take_while(|act| act.at >= since);
        acts.any(|act| act.kind == kind && &act.instance == self.id)
    }
}
