//! I7: what we take out, mark, reserve or lower is put back. So whoever is out by our hand is known
//! to be: by its mark, by an incident that is open, and by slots that tell the same.

use jiff::SignedDuration;

use super::record::Verdict;
use super::{Case, Deed, Invariant};
use crate::ids::{GroupName, InstanceId};
use crate::ledger::{IncidentKey, Limit};
use crate::policy::INCIDENT_MARK;
use crate::testing::cloud::state::State;
use crate::testing::cloud::truth::Loss;
use crate::world::{Instance, InstanceState, LifecycleState};

const HOLDS: Invariant = Invariant::EverythingComesBack;

/// Auto Scaling has replaced a member by then.
const REPLACED_WITHIN: SignedDuration = SignedDuration::from_hours(2);

/// Nobody is stopped or rebooted without the mark by which it is found if all else is lost.
pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    if !matches!(case.deed, Deed::Strikes(_)) || !case.word_is_seen() {
        return;
    }
    verdict.judges(HOLDS);
    let instance = case.state.fleet().instances.get(case.id());
    if !instance.is_some_and(|instance| instance.tags.contains_key(INCIDENT_MARK)) {
        case.breaks(verdict, HOLDS, "it is not marked");
    }
}

/// Judges what stands between two runs.
pub(super) fn after_run(state: &State, verdict: &mut Verdict) {
    slots(state, verdict);
    desired(state, verdict);
    known(state, verdict);
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

/// Who stands by or is stopped by our hand has an open incident: nobody else would bring it back.
/// A ledger that is lost takes what it knew with it.
fn known(state: &State, verdict: &mut Verdict) {
    if state.ledger_lost_at.is_some() {
        return;
    }
    let fleet = state.fleet();
    let open = |id: &InstanceId| state.ledger.open.keys().any(|key| &key.instance == id);
    let stand = fleet.standing.difference(&fleet.stands_by_hand);
    // Who was terminated there does not come back, and says so before its group does.
    for id in stand.filter(|id| state.is_alive(id) && !open(id)) {
        verdict.breaks(HOLDS, id, "it is in standby, and no incident is open for it");
    }
    let stopped = fleet.instances.values().filter(|instance| stopped(state, instance));
    for instance in stopped.filter(|instance| !open(&instance.id)) {
        verdict.breaks(HOLDS, &instance.id, "it is stopped, and no incident is open for it");
    }
}

/// Stopped, and not by others.
fn stopped(state: &State, instance: &Instance) -> bool {
    let fleet = state.fleet();
    let stopped = matches!(instance.state, Some(InstanceState::Stopped | InstanceState::Stopping));
    stopped
        && !fleet.stopped_by_others.contains(&instance.id)
        && fleet.member(&instance.id).is_none_or(|(_, member)| {
            // Who waits in a warm pool is stopped, and who leaves goes as it is.
            !member.lifecycle.warmed() && !matches!(member.lifecycle, LifecycleState::Leaving(_))
        })
}

/// All it has is in service, and somebody's data is not there yet: nobody of ours took it out.
fn synchronises(state: &State, group: &GroupName) -> bool {
    let of_group = |loss: &Loss| loss.ours && loss.group.as_ref() == Some(group);
    state.fleet().whole(group) && !state.truth.open_losses().any(of_group)
}

/// Judges what is left once everything came to rest.
pub(super) fn at_rest(state: &State, verdict: &mut Verdict) {
    verdict.judges(HOLDS);
    for group in state.fleet().groups.keys().filter(|group| state.fleet().missing(group) > 0) {
        // Whom Auto Scaling replaces at AWS's date, in spite of all that was said, it replaces.
        let lately = |loss: &Loss| state.now.duration_since(loss.since) < REPLACED_WITHIN;
        let own = |loss: &&Loss| loss.group.as_ref() == Some(group) && !loss.ours && !loss.stays;
        let replaced = state.truth.losses.iter().filter(own).any(lately);
        if !replaced && !synchronises(state, group) {
            verdict.breaks(HOLDS, group, "is not whole");
        }
    }
    for words in state.left_open() {
        verdict.breaks(HOLDS, "the fleet", words);
    }
    for (limit, holders) in &state.ledger.holders {
        for key in holders {
            verdict.breaks(HOLDS, key, format!("still holds {limit}"));
        }
    }
    let out = state.ledger.open.values().filter(|incident| incident.out());
    for incident in out {
        verdict.breaks(HOLDS, &incident.key, format!("is still {}", incident.phase_code()));
    }
}
