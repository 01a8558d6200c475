//! I5: an act takes effect once for each attempt at an event of an instance, and its intent stands
//! in the ledger before, with its slots.

use jiff::SignedDuration;

use super::record::Verdict;
use super::{Case, Deed, Invariant, decided};
use crate::ledger::{Incident, Limit, Phase};
use crate::testing::cloud::truth::{ActKind, Loss};

const HOLDS: Invariant = Invariant::ActsHaveAnIntent;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    verdict.judges(HOLDS);
    let state = case.state;
    let known = state.ledger.open.get(case.key);
    let ledger_stands = state.ledger_lost_at.is_none_or(|lost| decided(state) >= lost);
    match known.filter(|incident| intends(incident, case.deed)) {
        Some(incident) => slots(case, incident, verdict),
        None if ledger_stands => {
            case.breaks(verdict, HOLDS, "an act without an intent in the ledger");
        }
        None => {}
    }
    if let (Some(incident), Deed::Replaces) = (known, case.deed) {
        let act = (case.key.clone(), incident.attempt);
        if state.record.watch.replaced.contains(&act) && !taken_back(case) {
            case.breaks(verdict, HOLDS, format!("attempt {} takes effect again", act.1));
        }
        verdict.replaces = Some(act);
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
        | (Deed::Leaves(_), Phase::Leaving(_)) => true,
        (Deed::Strikes(_), Phase::Moving(absence)) => absence.struck.is_some(),
        (Deed::Reschedules(to), Phase::Rescheduling { to: intended, .. }) => *intended == to,
        _ => false,
    }
}

/// Whoever is taken out holds a slot of the account, and one of its group or of those that stand
/// alone.
fn slots(case: &Case<'_>, incident: &Incident, verdict: &mut Verdict) {
    if let Deed::Reschedules(_) = case.deed {
        return;
    }
    let own = incident.group.clone().map_or(Limit::Standalone, Limit::Group);
    for limit in [Limit::Account, own] {
        if !incident.slots.contains(&limit) {
            case.breaks(verdict, HOLDS, format!("an intent without a slot of {limit}"));
        }
    }
}

/// The last of what we did to it was to mark it healthy again: the act may be made once more.
fn taken_back(case: &Case<'_>) -> bool {
    let last = case.state.truth.acts.iter().rev().find(|act| &act.instance == case.id());
    last.is_some_and(|act| act.kind == ActKind::TakenBack)
}

fn opened_before(case: &Case<'_>) -> bool {
    if !matches!(case.deed, Deed::Replaces | Deed::Leaves(_)) {
        return false;
    }
    // Whom people bring back in the middle of it may be taken out again, by the same slots.
    let again = |loss: &Loss| matches!(case.deed, Deed::Leaves(_)) && loss.stays && loss.ours;
    // That it fails its checks where it is, is a reason to act.
    let gone = |loss: &Loss| case.counts(loss) && (loss.ours || loss.shows);
    let first = |loss: &Loss| &loss.instance == case.id() && gone(loss) && !again(loss);
    case.state.truth.open_losses().any(first)
}

fn stopped_before(case: &Case<'_>) -> bool {
    let Deed::Strikes(_) = case.deed else { return false };
    let mut open = case.state.truth.open_losses();
    let own = open.find(|loss| &loss.instance == case.id());
    own.is_some_and(|loss| lately(case, ActKind::Stopped, loss.lasted(case.state.now)))
}

/// We did this to it within this time.
fn lately(case: &Case<'_>, kind: ActKind, within: SignedDuration) -> bool {
    let since = case.state.now - within;
    let mut acts = case.state.truth.acts.iter().rev().take_while(|act| act.at >= since);
    acts.any(|act| act.kind == kind && &act.instance == case.id())
}
