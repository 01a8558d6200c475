//! I6: what was taken out counts as back when it serves, and not before; the first replacement from
//! what a group launches from goes alone; and where many fail already, or one fails again and
//! again, nothing more is begun.

use super::record::Verdict;
use super::{Case, Deed, Invariant};
use crate::ids::InstanceId;
use crate::ledger::Phase;
use crate::testing::cloud::state::State;
use crate::testing::cloud::truth::Loss;

const HOLDS: Invariant = Invariant::WavesWaitForHealth;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    if !matches!(case.deed, Deed::Replaces | Deed::Leaves(_)) {
        return;
    }
    attempts(case, verdict);
    let Some((group, _)) = case.state.fleet().member(case.id()) else { return };
    verdict.judges(HOLDS);
    let of_group = |loss: &&Loss| loss.group.as_ref() == Some(&group.name);
    let failing = case.others_out().filter(of_group).filter(|loss| !loss.ours).count();
    let wanted = case.state.desired.get(&group.name).copied().unwrap_or(group.desired);
    let tolerated = (wanted / 5).max(1);
    if failing > tolerated as usize {
        let words = format!("{failing} of {} fail already, {tolerated} may", group.name);
        case.breaks(verdict, HOLDS, words);
    }
    if case.deed == Deed::Replaces {
        first_alone(case, verdict);
    }
}

/// No more attempts than the stack allows, each of them one that took effect. One that was taken
/// back may be made again.
fn attempts(case: &Case<'_>, verdict: &mut Verdict) {
    let now = case.state.ledger.open.get(case.key).map(|incident| incident.attempt);
    let made = case.state.record.watch.replaced.iter();
    let made = made.filter(|(key, attempt)| key == case.key && Some(*attempt) != now).count();
    let most = case.state.ceilings.maximum_attempts as usize;
    if made >= most {
        let words = format!("an attempt after {made}, of {most} that may be");
        case.breaks(verdict, HOLDS, words);
    }
}

/// Until one replacement of ours has served, no two are under way in a group.
fn first_alone(case: &Case<'_>, verdict: &mut Verdict) {
    let Some((group, _)) = case.state.fleet().member(case.id()) else { return };
    let replaced =
        |loss: &&Loss| loss.group.as_ref() == Some(&group.name) && loss.ours && !loss.stays;
    let losses = || case.state.truth.losses.iter().filter(replaced);
    let served = losses().any(|loss| loss.until.is_some() && loss.successor.is_some());
    let under_way = losses().filter(|loss| loss.until.is_none()).count();
    if !served && under_way > 0 && case.state.ledger_lost_at.is_none() {
        let words = format!("the first of {} is still under way", group.name);
        case.breaks(verdict, HOLDS, words);
    }
}

/// Judges incidents that were found to be serving since the last run: somebody has to have served.
/// What was found by its mark alone is known to be back by nobody.
pub(super) fn after_run(state: &State, verdict: &mut Verdict) {
    if state.ledger_lost_at.is_some() {
        return;
    }
    for incident in state.ledger.open.values() {
        let serves = matches!(incident.phase, Phase::Serving { .. } | Phase::Back(_));
        if !serves || state.record.watch.served.contains(&incident.key) {
            continue;
        }
        verdict.judges(HOLDS);
        verdict.judges(Invariant::WhatIsFeasibleIsDone);
        verdict.serves.push(incident.key.clone());
        // Places of a group are alike: who was launched for another may serve in this one.
        if incident.replacement().is_some_and(|new| state.fleet().serves(new)) {
            continue;
        }
        // What it said of its life before could not be taken away; or the same run took it out for
        // another event at once.
        let id = &incident.key.instance;
        let mut others = state.ledger.open.values().filter(|other| &other.key.instance == id);
        let mut whose = incident.replacement().into_iter().chain([id]);
        let unforeseen = whose.any(|one| state.truth.unforeseen.contains(one));
        if unforeseen || others.any(|other| other.absence().is_some()) {
            continue;
        }
        let of_it = |loss: &&Loss| loss.instance == incident.key.instance;
        let last = state.truth.losses.iter().rev().find(of_it);
        if last.is_some_and(|loss| loss.until.is_none() && loss.ours) {
            verdict.breaks(HOLDS, &incident.key, "counts as serving, and nobody serves there");
        }
    }
}

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
