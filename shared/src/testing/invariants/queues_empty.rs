//! L2: every queue empties once faults stop.

use jiff::SignedDuration;

use super::Invariant;
use super::record::Verdict;
use crate::event::Function;
use crate::testing::cloud::state::State;

const HOLDS: Invariant = Invariant::QueuesEmpty;

/// Longer than a message that is received five times in vain stays in the slower queue, at 750 s
/// each.
const LONGEST: SignedDuration = SignedDuration::from_mins(65);

/// Judges the queues at rest, with no fault left: what was there to be received for so long is gone.
pub(in crate::testing) fn at_rest(state: &State, verdict: &mut Verdict) {
    verdict.judges(HOLDS);
    for function in [Function::HealthEventRouter, Function::MaintenanceReconciler] {
        let long_since = state.now - LONGEST;
        let all = state.queues.of(function).all();
        for message in all.filter(|message| message.arrives_at < long_since) {
            let words = format!("received {} times, and still there", message.receives);
            verdict.breaks(HOLDS, format_args!("{} of {}", message.id, function.name()), words);
        }
    }
}
