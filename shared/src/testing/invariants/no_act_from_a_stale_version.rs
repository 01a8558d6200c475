//! I11: nothing is opened for an event that EC2 lists as completed or cancelled, or not at all, nor
//! once AWS's date has come. An event may be over while EC2 still lists it (AWS doc
//! `viewing_scheduled_events`, read 2026-11): what nobody can know counts for nothing here.

use super::record::Verdict;
use super::{Case, Deed, Invariant, decided};

const HOLDS: Invariant = Invariant::NoActFromAStaleVersion;

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    verdict.judges(HOLDS);
    let state = case.state;
    let Some(event) = state.record.watch.announced.get(&case.key.event) else {
        case.breaks(verdict, HOLDS, "nothing is scheduled for it");
        return;
    };
    let seen = |since| decided(state) >= since + state.time_to_see();
    if &event.instance != case.id() {
        case.breaks(verdict, HOLDS, format!("its event is one of {}", event.instance));
    }
    if event.over.is_some_and(seen) {
        case.breaks(verdict, HOLDS, "its event is over");
    }
    let opens = matches!(case.deed, Deed::Replaces | Deed::Leaves(_));
    let acting = event.date.is_some_and(|date| decided(state) >= date);
    if opens && acting && seen(event.dated) {
        case.breaks(verdict, HOLDS, "AWS's date has come");
    }
}
