//! I4: no more is out by our hand than the account, an owner's named limit and a zone allow, one
//! standalone instance at a time; no more is begun within an hour than the governor lets through;
//! and while a zone fails nothing is begun in a group that spans it.

use jiff::{SignedDuration, Timestamp};

use super::record::Verdict;
use super::{Case, Deed, Invariant};
use crate::testing::cloud::state::State;
use crate::testing::cloud::truth::{ActKind, Loss};
use crate::world::{Group, Instance, Member};

const HOLDS: Invariant = Invariant::CapsHold;

/// The hour of the governor, less what lies at most between an intent, which it counts, and its
/// effect.
const HOUR: SignedDuration = SignedDuration::from_mins(50);

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    verdict.judges(HOLDS);
    let lately = acts_lately(case.state);
    let most = case.state.ceilings.acts_per_hour as usize;
    // The stop of one that left is part of the same act.
    if lately >= most && !matches!(case.deed, Deed::Strikes(_)) {
        case.breaks(verdict, HOLDS, format!("the {lately}th act after {most} within the hour"));
    }
    if !case.takes_a_place() {
        return;
    }
    account(case, verdict);
    named(case, verdict);
    let Some((group, member)) = case.state.fleet().member(case.id()) else {
        let out = ours(case).filter(|loss| loss.group.is_none()).count();
        if out >= 1 {
            case.breaks(verdict, HOLDS, format!("{out} of standalone are out, 1 may be"));
        }
        return;
    };
    zone(case, group, member, verdict);
    failing_zone(case, group, verdict);
}

/// Opening acts before this one. Those from before the ledger was lost are known to nobody.
fn acts_lately(state: &State) -> usize {
    let within = |at: Timestamp| state.now.duration_since(at) < HOUR;
    let known = |at: Timestamp| state.ledger_lost_at.is_none_or(|lost| at > lost);
    let opening = |kind| matches!(kind, ActKind::Opened(_) | ActKind::Left | ActKind::Rescheduled);
    let acts = state.truth.acts.iter().rev().take_while(|act| within(act.at));
    acts.filter(|act| opening(act.kind) && known(act.at)).count()
}

fn ours<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Loss> {
    case.others_out().filter(|loss| loss.ours)
}

fn account(case: &Case<'_>, verdict: &mut Verdict) {
    let all = case.state.fleet().instances.values().filter(|one| managed(case.state, one)).count();
    let most = (all * case.state.ceilings.in_flight_percent as usize / 100).max(1);
    let out = ours(case).count();
    if out >= most {
        let words = format!("{out} of {all} are out by our hand, {most} may be");
        case.breaks(verdict, HOLDS, words);
    }
}

/// A member of a group that opted in, or a standalone instance; also one that ended lately, which a
/// look may have seen.
fn managed(state: &State, instance: &Instance) -> bool {
    let Some(name) = &instance.group else { return true };
    let group = state.fleet().groups.get(name);
    group.is_none_or(|group| group.tags.contains_key("reberth:mode"))
}

fn named(case: &Case<'_>, verdict: &mut Verdict) {
    for (name, most) in &case.policy.limits {
        let out = ours(case).filter(|loss| loss.limits.contains(name)).count();
        if case.word_is_seen() && out >= *most as usize {
            let words = format!("{out} of the limit {name} are out, {most} may be");
            case.breaks(verdict, HOLDS, words);
        }
    }
}

/// Members of a zone that are out by our hand, or that fail there and are still to be seen.
fn zone(case: &Case<'_>, group: &Group, member: &Member, verdict: &mut Verdict) {
    let Some(share) = case.policy.max_unavailable_per_zone else { return };
    let here = |one: &&Member| one.zone == member.zone && !one.lifecycle.warmed();
    let all = group.members.values().filter(here).count();
    let most = share.of(u32::try_from(all).unwrap_or(u32::MAX)) as usize;
    let known = |loss: &&Loss| loss.ours || group.members.contains_key(&loss.instance);
    let out = case.others_out().filter(known).filter(|loss| {
        loss.group.as_ref() == Some(&group.name) && loss.zone.as_ref() == Some(&member.zone)
    });
    let out = out.count();
    if case.word_is_seen() && out >= most {
        let words = format!("{out} of {} in {} are out, {most} may be", group.name, member.zone);
        case.breaks(verdict, HOLDS, words);
    }
}

/// Most members of a zone of the group are unhealthy, and were so for long enough.
fn failing_zone(case: &Case<'_>, group: &Group, verdict: &mut Verdict) {
    let fleet = case.state.fleet();
    let opted_in = |group: &&Group| group.tags.contains_key("reberth:mode");
    for zone in &group.zones {
        let members = fleet.groups.values().filter(opted_in).flat_map(|group| &group.members);
        let here = members.filter(|(_, member)| &member.zone == zone);
        let (mut all, mut failing) = (0, 0);
        for (id, member) in here {
            let mut losses = case.state.truth.open_losses();
            // Whom we took out fails by our hand, whatever had befallen it a moment before.
            let fails = |loss: &Loss| !loss.ours && case.counts(loss);
            let seen = losses.any(|loss| &loss.instance == id && fails(loss));
            all += 1;
            failing += usize::from(!member.healthy && seen);
        }
        if all >= 3 && failing * 2 > all {
            let words = format!("{failing} of {all} members in {zone} are unhealthy");
            case.breaks(verdict, HOLDS, words);
        }
    }
}
