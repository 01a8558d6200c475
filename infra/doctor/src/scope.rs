//! Who is in scope: groups and instances that opted in, and those that AWS has scheduled although
//! nobody opted them in.

use serde::Serialize;

use shared::policy::{ModeReason, Read};
use shared::world::{Group, Instance};

use crate::evidence::{Evidence, named, written_mode};

/// One group, or one instance outside of groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScopeRow {
    /// `group` or `instance`.
    pub kind: &'static str,
    /// The group's name, or the instance as its people know it.
    pub name: String,
    /// `reberth:mode` as its owner wrote it; empty where there is no tag.
    pub written: String,
    /// The mode that holds.
    pub mode: &'static str,
    /// Why it is another than what its owner wrote; empty where it is not.
    pub because: &'static str,
    /// Members, 1 for an instance.
    pub members: usize,
    /// Those of them for which AWS has scheduled something that is still to come.
    pub scheduled: usize,
}

/// Everybody in scope by name, then those outside of it for whom AWS has scheduled something.
pub fn rows(evidence: &Evidence) -> Vec<ScopeRow> {
    let groups = evidence.opted_in().map(|group| of_group(evidence, group));
    let alone = evidence.opted_in_alone().map(|instance| {
        let read = evidence.policy_of(instance);
        row("instance", named(instance), written_mode(&instance.tags), &read, &[instance])
    });
    groups.chain(alone).chain(outside(evidence)).collect()
}

fn of_group(evidence: &Evidence, group: &Group) -> ScopeRow {
    let world = evidence.world();
    let members: Vec<&Instance> =
        group.members.keys().filter_map(|id| world.instances.get(id)).collect();
    let read = evidence.policy_of_group(group);
    let row = row("group", group.name.to_string(), written_mode(&group.tags), &read, &members);
    ScopeRow { members: group.members.len(), ..row }
}

fn row(
    kind: &'static str,
    name: String,
    written: Option<&str>,
    read: &Read,
    instances: &[&Instance],
) -> ScopeRow {
    let (mode, reason) = (read.policy.mode.as_str(), read.policy.mode_reason);
    let written = shared::ids::bounded(written.unwrap_or_default());
    let because = match reason {
        ModeReason::Tag if written.eq_ignore_ascii_case(mode) => "",
        ModeReason::Tag => "its tag cannot be read",
        reason => reason.words(),
    };
    ScopeRow {
        kind,
        name,
        written,
        mode,
        because,
        members: instances.len(),
        scheduled: scheduled(instances),
    }
}

fn scheduled(instances: &[&Instance]) -> usize {
    instances.iter().filter(|instance| instance.active_events().next().is_some()).count()
}

fn outside(evidence: &Evidence) -> Vec<ScopeRow> {
    let mut rows = Vec::new();
    for (group, instances) in evidence.not_opted_in() {
        let row = |kind, name, written: Option<&str>, instances: &[&Instance]| ScopeRow {
            kind,
            name,
            written: shared::ids::bounded(written.unwrap_or_default()),
            mode: "off",
            because: ModeReason::NotOptedIn.words(),
            members: instances.len(),
            scheduled: scheduled(instances),
        };
        let Some(name) = group else {
            rows.extend(instances.into_iter().map(|instance| {
                row("instance", named(instance), written_mode(&instance.tags), &[instance])
            }));
            continue;
        };
        let known = evidence.world().groups.get(name);
        let written = known.and_then(|group| written_mode(&group.tags));
        rows.push(row("group", name.to_string(), written, &instances));
    }
    rows
}
