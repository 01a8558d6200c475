//! Groups that could not be relaunched as they are, whether or not AWS has scheduled anything.

use std::collections::BTreeSet;

use shared::decide;
use shared::policy::{Gate, Relaunch};
use shared::world::{Group, ImageState, LastLaunch, Preflight, TemplateState};

use super::{Code, Finding};
use crate::evidence::Evidence;

/// Processes whose suspension breaks a replacement (Auto Scaling user guide
/// `as-suspend-resume-processes`, read 2026-11).
const NEEDED: [&str; 5] =
    ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"];

/// Groups of at most so many lose too much to a replacement that terminates first.
const SMALL: u32 = 2;

/// What does not fit of every group that opted in.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    evidence.opted_in().flat_map(|group| of_group(evidence, group)).collect()
}

fn of_group(evidence: &Evidence, group: &Group) -> Vec<Finding> {
    let suspended = NEEDED.iter().filter_map(|process| group.suspended.get_key_value(*process));
    let mut found: Vec<Finding> = suspended
        .map(|(process, by)| {
            let words = format!("{process} is suspended: {}", shared::ids::bounded(by));
            Finding::new(Code::ProcessSuspended, group.name.to_string(), words)
        })
        .collect();
    let preflight = evidence.world().preflight.get(&group.name);
    found.extend(preflight.and_then(|preflight| launch(group, preflight)));
    found.extend(gate(evidence, group));
    found.extend(small(evidence, group));
    found.extend(protected(evidence, group));
    found
}

fn launch(group: &Group, preflight: &Preflight) -> Option<Finding> {
    if let Some(why) = &preflight.unanswered {
        return Some(Finding::new(Code::GroupUnanswered, group.name.to_string(), why.clone()));
    }
    let source = match (&preflight.template, &preflight.image) {
        (TemplateState::Missing { message }, _) => {
            Some(format!("the launch template does not resolve ({message})"))
        }
        (_, ImageState::Gone(image)) => Some(format!("the image {image} is gone")),
        (_, ImageState::Deprecated(image, since)) => {
            Some(format!("the image {image} is deprecated since {since}"))
        }
        (_, ImageState::Available | ImageState::Unknown) => None,
    };
    let last = match &preflight.last_launch {
        LastLaunch::Failed { at, message } => {
            Some(format!("the launch of {at} failed ({message})"))
        }
        LastLaunch::None | LastLaunch::Fine => None,
    };
    let words: Vec<String> = source.into_iter().chain(last).collect();
    let doubtful = !words.is_empty();
    doubtful.then(|| Finding::new(Code::LaunchDoubtful, group.name.to_string(), words.join("; ")))
}

/// The second act in a set is held without a gate, so that nobody trusts a replica that has not
/// caught up.
fn gate(evidence: &Evidence, group: &Group) -> Option<Finding> {
    let shown = decide::replica_sets_shown(evidence.world());
    let own = shown.filter(|(named, _)| named.name == group.name);
    let sets: BTreeSet<_> = own.map(|(_, set)| set).collect();
    let told = !evidence.policy_of_group(group).policy.ready.is_empty();
    let of_member = |id| {
        let instance = evidence.world().instances.get(id)?;
        let ready = evidence.policy_of(instance).policy.ready;
        Some(!ready.is_empty() && !ready.contains(&Gate::Unreadable))
    };
    let all_told = told || group.members.keys().all(|id| of_member(id).unwrap_or(false));
    (!sets.is_empty() && !all_told).then(|| {
        let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
        let words = format!(
            "its members belong to replica sets ({}), and no readiness gate tells when one is whole",
            sets.join(", ")
        );
        Finding::new(Code::SetWithoutGate, group.name.to_string(), words)
    })
}

fn small(evidence: &Evidence, group: &Group) -> Option<Finding> {
    let relaunch = evidence.policy_of_group(group).policy.relaunch;
    let replaces = matches!(relaunch, Relaunch::Auto | Relaunch::Replace);
    (group.desired <= SMALL && replaces && !group.launches_first()).then(|| {
        let Group { minimum, maximum, desired, .. } = group;
        let words = format!(
            "it has minimum {minimum}, desired {desired}, maximum {maximum}, and terminates before \
             it launches: a replacement is held"
        );
        Finding::new(Code::SmallGroup, group.name.to_string(), words)
    })
}

fn protected(evidence: &Evidence, group: &Group) -> Option<Finding> {
    let facts = evidence.case.groups.get(&group.name)?;
    let serving = || group.members.values().filter(|member| member.in_service());
    let all = serving().next().is_some() && serving().all(|member| member.protected);
    (facts.new_members_protected && all).then(|| {
        let words = format!(
            "all {} members are protected from scale-in, and new ones are born so: each is held \
             until somebody takes that away",
            serving().count()
        );
        Finding::new(Code::ProtectedForEver, group.name.to_string(), words)
    })
}
