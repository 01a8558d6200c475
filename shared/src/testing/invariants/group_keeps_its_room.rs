//! I1: whoever is taken out of a group leaves at least as many in service as its owner wants left,
//! whoever took out the others, and whether they failed, were never launched, or stand by.

use super::record::Verdict;
use super::{Case, Deed, Invariant, words_of};
use crate::ids::InstanceId;
use crate::testing::cloud::truth::Loss;
use crate::world::{Group, LifecycleState};

const HOLDS: Invariant = Invariant::GroupKeepsItsRoom;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    let Some((group, member)) = case.state.fleet().member(case.id()) else { return };
    if !case.takes_a_place() {
        return;
    }
    verdict.judges(HOLDS);
    let of_group = |loss: &&Loss| loss.group.as_ref() == Some(&group.name);
    // That its data is not there yet is for its replica set to wait for, where it is not ours.
    let fleet = case.state.fleet();
    let serves = |new: &InstanceId| fleet.in_service(new);
    let filled = |loss: &&Loss| !loss.ours && loss.successor.as_ref().is_some_and(serves);
    let places: Vec<&Loss> =
        case.others_out().filter(of_group).filter(|loss| !filled(loss)).collect();
    let empty = places.len();
    let missing = missing(case, group) - u32::from(!member.in_service()).min(missing(case, group));
    let out = missing.max(u32::try_from(empty).unwrap_or(u32::MAX));
    let allowed = allowed(case, group);
    if out >= allowed {
        let whose = words_of(&places);
        let words = format!("{out} of {} are out{whose}, {allowed} may be", group.name);
        case.breaks(verdict, HOLDS, words);
    }
}

/// Members that are not in service while the group wants them, or that stand by through us: as many
/// of them as were there to be seen.
fn missing(case: &Case<'_>, group: &Group) -> u32 {
    let state = case.state;
    if group.weighted() || !case.word_is_seen() {
        return 0;
    }
    let of_group = |loss: &&Loss| loss.group.as_ref() == Some(&group.name);
    let unseen = state.truth.open_losses().filter(of_group).filter(|loss| !case.counts(loss));
    let unseen = u32::try_from(unseen.count()).unwrap_or(u32::MAX);
    let ours = state.truth.open_losses().filter(|loss| loss.ours);
    let stands = ours.filter_map(|loss| group.members.get(&loss.instance));
    let stands = stands.filter(|member| matches!(member.lifecycle, LifecycleState::Standby(_)));
    let absent = group.desired.saturating_sub(group.units_in_service()).saturating_sub(unseen);
    absent + u32::try_from(stands.count()).unwrap_or(0)
}

/// How many may be out by its owner's word and the stack's: the tag, else what its maintenance
/// policy lets it launch first, else one. A group of weights gives one at a time.
fn allowed(case: &Case<'_>, group: &Group) -> u32 {
    if group.weighted() {
        return 1;
    }
    let wanted = case.state.desired.get(&group.name).copied().unwrap_or(group.desired);
    let first = group.maintenance.filter(|_| case.deed == Deed::Replaces && group.launches_first());
    let surplus = first.map(|policy| (wanted * (policy.maximum - 100) / 100).max(1));
    let allowed = case.policy.unavailable(wanted, surplus);
    surplus.map_or(allowed, |surplus| allowed.min(surplus))
}
