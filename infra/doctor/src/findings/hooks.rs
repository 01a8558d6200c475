//! Lifecycle hooks that would lose an instance, or that nobody answers.

use jiff::SignedDuration;

use shared::world::Group;

use super::{Code, Finding};
use crate::evidence::Evidence;

/// A member that waits for longer than the longest default heartbeat timeout is not answered
/// (Auto Scaling user guide `lifecycle-hooks`, read 2026-11).
const UNANSWERED: SignedDuration = SignedDuration::from_hours(1);

/// What does not fit of the hooks of groups that opted in.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    let given_up = evidence.opted_in().flat_map(|group| continues(evidence, group));
    let waiting = evidence.opted_in().filter_map(|group| unanswered(evidence, group));
    given_up.chain(waiting).collect()
}

/// An instance lifecycle policy retains what is abandoned. A hook that times out with CONTINUE
/// lets the instance go with its work unsaved (Auto Scaling user guide `instance-lifecycle-policy`,
/// read 2026-11).
fn continues(evidence: &Evidence, group: &Group) -> Vec<Finding> {
    let Some(facts) = evidence.case.groups.get(&group.name).filter(|facts| facts.retains) else {
        return Vec::new();
    };
    let hooks = facts.hooks.iter().filter(|hook| hook.terminating);
    let continues = hooks.filter(|hook| hook.default_result == "CONTINUE");
    continues
        .map(|hook| {
            let words = format!(
                "its hook {} ends with CONTINUE when it times out, which its lifecycle policy does \
                 not retain",
                shared::ids::bounded(&hook.name)
            );
            Finding::new(Code::ContinueWithRetention, group.name.to_string(), words)
        })
        .collect()
}

fn unanswered(evidence: &Evidence, group: &Group) -> Option<Finding> {
    let preflight = evidence.world().preflight.get(&group.name)?;
    let (instance, since) = preflight.waiting_to_terminate.as_ref()?;
    let waited = evidence.now().duration_since(*since);
    (waited > UNANSWERED).then(|| {
        let words = format!("{instance} has waited for a termination hook since {since}");
        Finding::new(Code::HookUnanswered, group.name.to_string(), words)
    })
}
