//! I10: a message is deleted when its effect stands, or a copy of it lies among the dead letters
//! with a reason. What is remembered as done, so that it is not done twice, is remembered with its
//! effect or after it: a notice after its hint, a word to programs after the bus has it.
//!
//! The claim of a look-again is written before its message is sent. It only hastens what the next
//! sweep does anyway, and owes nothing.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::Invariant;
use super::record::Verdict;
use crate::event::Function;
use crate::ids::InstanceId;
use crate::ledger::{Channel, Incident, IncidentKey, Notification};
use crate::policy::Mode;
use crate::testing::cloud::owes::Owes;
use crate::testing::cloud::queue::Queued;
use crate::testing::cloud::state::State;
use crate::world::InstanceState;

const HOLDS: Invariant = Invariant::MessagesOutliveTheirWork;

/// Nobody is told of what is older.
const OWED_LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Judges a message that a run has just deleted.
pub(in crate::testing) fn deleted(
    state: &State,
    function: Function,
    message: &Queued,
    began: Timestamp,
) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    match &message.owes {
        Owes::Burial => {
            verdict.judges(HOLDS);
            if !buried(state, function, &message.body) {
                verdict.breaks(HOLDS, &message.id, "nobody can read it, and nobody buried it");
            }
        }
        Owes::Hint { told_at, instances } => {
            verdict.judges(HOLDS);
            if !hinted(state, *told_at, instances) {
                verdict.breaks(HOLDS, &message.id, "no hint was sent since it was told");
            }
        }
        Owes::Word { matter } => {
            verdict.judges(HOLDS);
            if !told(state, matter) {
                verdict.breaks(HOLDS, &message.id, "nobody was told");
            }
        }
        Owes::Look { instances } if was_to_be_seen(state, message, began) => {
            for id in instances {
                looked_at(state, id, began, &message.id, &mut verdict);
            }
        }
        Owes::Nothing | Owes::Look { .. } => {}
    }
    verdict
}

/// Judges that a notice is remembered as handled with or after its effect, right before it is.
pub(in crate::testing) fn remembered(state: &State, key: &str) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    if let Some(Owes::Hint { told_at, instances }) = state.health.told.get(key) {
        verdict.judges(HOLDS);
        if !hinted(state, *told_at, instances) {
            verdict.breaks(HOLDS, key, "is remembered before its hint was sent");
        }
    }
    verdict
}

/// Judges that a word to programs is owed until the bus has it, or for a day, right before an
/// incident is written.
pub(in crate::testing) fn forgets(state: &State, next: &Incident) -> Verdict {
    let mut verdict = Verdict::new(state.now);
    let known = state.ledger.open.get(&next.key);
    let Some(before) = known.filter(|before| before.version == next.version) else {
        return verdict;
    };
    let to_bus = |word: &&Notification| word.owed_to.contains(&Channel::Bus);
    for word in before.owed.iter().filter(to_bus) {
        let id = word.id(before);
        let still = next.owed.iter().filter(to_bus).any(|other| other.id(next) == id);
        if still || state.now.duration_since(word.at) >= OWED_LONGEST {
            continue;
        }
        verdict.judges(HOLDS);
        if !state.heard.contains(&id) {
            verdict.breaks(HOLDS, id, "is forgotten, and the bus never had it");
        }
    }
    verdict
}

/// Hints about these, or one about all, were sent since then.
fn hinted(state: &State, since: Timestamp, instances: &BTreeSet<InstanceId>) -> bool {
    let hinted = || state.health.hinted.iter().rev().take_while(|(at, _)| *at >= since);
    hinted().any(|(_, whom)| whom.is_empty())
        || instances.iter().all(|id| hinted().any(|(_, whom)| whom.contains(id)))
}

fn told(state: &State, matter: &str) -> bool {
    state.told.iter().any(|message| message.email.contains(matter))
}

/// A copy with a reason, whole or cut.
fn buried(state: &State, function: Function, body: &str) -> bool {
    let mut dead = state.queues.of(function).dead.iter();
    dead.any(|letter| body.starts_with(&*letter.body) && !letter.reason.is_empty())
}

/// Whatever the message is about was shown by every describe call of the run, and nobody took the
/// ledger away meanwhile.
fn was_to_be_seen(state: &State, message: &Queued, began: Timestamp) -> bool {
    let shown_from = (message.sent_at + state.time_to_see()).max(state.owner_seen_from);
    let shown = began >= shown_from;
    shown && state.ledger_lost_at.is_none_or(|lost| lost < began)
}

/// What an instance that is opted in has coming is in the ledger.
fn looked_at(
    state: &State,
    id: &InstanceId,
    began: Timestamp,
    message: &str,
    verdict: &mut Verdict,
) {
    let shown = |announced_at: Timestamp| began >= announced_at + state.time_to_see();
    let Some(instance) = state.fleet().instances.get(id) else { return };
    let runs = instance.state == Some(InstanceState::Running);
    let policy = state.policy_of(id);
    if !runs || policy.mode == Mode::Off {
        return;
    }
    for event in instance.active_events() {
        // What was announced later than the message may not be shown yet, and has its own.
        if !state.health.announced_at(&event.id).is_some_and(shown) {
            continue;
        }
        let key = IncidentKey { instance: id.clone(), event: event.id.clone() };
        let known = state.ledger.open.contains_key(&key) || state.ledger.closed.contains_key(&key);
        verdict.judges(HOLDS);
        if !known {
            verdict.breaks(HOLDS, id, format!("{message} is deleted, and no look took it up"));
        }
    }
}
