//! L3: before AWS acts on an instance in service that its owner opted in, people were told of it,
//! with the date at which AWS acts; unless no look could come to its end since that date was known.

use super::record::Verdict;
use super::{Invariant, LOOKS};
use crate::ids::{EventId, InstanceId};
use crate::message::Event;
use crate::policy::Mode;
use crate::testing::cloud::state::State;

const HOLDS: Invariant = Invariant::PeopleAreToldBefore;

/// Judges AWS's acting on an instance in service.
pub(super) fn forced(state: &State, id: &InstanceId, event: &EventId, verdict: &mut Verdict) {
    let watch = &state.record.watch;
    let Some(known) = watch.announced.get(event) else { return };
    let since = known.dated.max(state.owner_seen_from) + state.time_to_see();
    // Of whom we are about to replace, people know that.
    if state.truth.open_losses().any(|loss| loss.ours && &loss.instance == id) {
        return;
    }
    // EC2 lists the status of what runs.
    if !state.fleet().runs(id) {
        return;
    }
    if state.policy_of(id).mode == Mode::Off || watch.looks_since(since) < LOOKS {
        return;
    }
    verdict.judges(HOLDS);
    let dated = known.date.map_or_else(|| "without a date".to_owned(), |d| format!("dated {d}"));
    let told = |text: &str| text.contains(id.as_str()) && text.contains(&dated);
    let mut paragraphs = state.told.iter().flat_map(|message| message.email.split("\n\n"));
    // A mail names fifty at most: the bus has them all.
    let date = known.date.map_or_else(|| "null".to_owned(), |date| date.to_string());
    let heard = |event: &Event| event.detail.contains(id.as_str()) && event.detail.contains(&date);
    if !paragraphs.any(told) && !state.published.iter().any(heard) {
        let words = format!("AWS acts on it, {dated}, and nobody was told of that");
        verdict.breaks(HOLDS, id, words);
    }
}

/// Judges what is owed to anybody once everything came to rest.
pub(super) fn at_rest(state: &State, verdict: &mut Verdict) {
    for incident in state.ledger.open.values().chain(state.ledger.closed.values()) {
        if let Some(owed) = incident.owed.first() {
            verdict.breaks(HOLDS, &incident.key, format!("still to be told: {}", owed.words));
        }
    }
}
