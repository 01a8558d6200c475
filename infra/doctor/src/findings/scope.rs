//! Who is in scope by mistake, or out of it.

use std::collections::BTreeSet;

use shared::policy::{Bearer, Complaint};

use super::{Code, Finding};
use crate::evidence::{Evidence, named};

/// Tags that could not be read, and what AWS scheduled without anybody's opting in.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    unreadable(evidence).into_iter().chain(not_opted_in(evidence)).collect()
}

/// Each tag once, also where it shapes the policy of every member.
fn unreadable(evidence: &Evidence) -> BTreeSet<Finding> {
    let of_groups = evidence.opted_in().flat_map(|group| {
        let complaints = evidence.policy_of_group(group).complaints;
        complaints.into_iter().map(|complaint| finding(&group.name.to_string(), &complaint))
    });
    let world = evidence.world();
    let members = evidence
        .opted_in()
        .flat_map(|group| group.members.keys())
        .filter_map(|id| world.instances.get(id));
    let of_instances = members.chain(evidence.opted_in_alone()).flat_map(|instance| {
        let complaints = evidence.policy_of(instance).complaints.into_iter();
        let own = complaints.filter(|complaint| complaint.bearer == Bearer::Instance);
        own.map(|complaint| finding(&named(instance), &complaint)).collect::<Vec<_>>()
    });
    of_groups.chain(of_instances).collect()
}

fn finding(whose: &str, complaint: &Complaint) -> Finding {
    let Complaint { tag, value, expected, taken_as, .. } = complaint;
    let words = format!("{tag} is `{value}`, expected {expected}; taken as {taken_as}");
    Finding::new(Code::TagUnreadable, whose, words)
}

fn not_opted_in(evidence: &Evidence) -> Vec<Finding> {
    let mut found = Vec::new();
    for (group, instances) in evidence.not_opted_in() {
        match group {
            Some(group) => {
                let words =
                    format!("AWS scheduled an event for {} of its members", instances.len());
                found.push(Finding::new(Code::NotOptedIn, group.to_string(), words));
            }
            None => found.extend(instances.into_iter().map(|instance| {
                let words = "AWS scheduled an event for it, and it stands alone";
                Finding::new(Code::NotOptedIn, named(instance), words)
            })),
        }
    }
    found
}
