//! What the caller may not, and what the reconciler's role may not.

use super::{Code, Finding};
use crate::case::{TrialOutcome, Unanswered};
use crate::evidence::Evidence;

/// Calls that were not answered, acts that the caller may not do, and what the role lacks.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    let silent = evidence.unanswered.iter().chain(&evidence.case.unanswered);
    let silent = silent.map(|Unanswered { call, object, words, .. }| {
        Finding::new(Code::CallUnanswered, call, format!("on {object}: {words}"))
    });
    let denied = evidence.case.trials.iter();
    let denied = denied.filter(|trial| trial.outcome == TrialOutcome::Denied).map(|trial| {
        let words = format!("the caller may not, on {}: {}", trial.object, trial.words);
        Finding::new(Code::CallerDenied, &trial.action, words)
    });
    let role = evidence.case.stack.as_ref().and_then(|stack| stack.role.as_ref());
    let lacks = role.into_iter().flat_map(|role| {
        role.denied.iter().map(|(action, decision)| {
            let words = format!("IAM says {decision} for {}", role.arn);
            Finding::new(Code::RoleDenied, action, words)
        })
    });
    silent.chain(denied).chain(lacks).collect()
}
