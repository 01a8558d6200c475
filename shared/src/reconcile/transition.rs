//! What a plan makes of its incident. Pure: the ledger writes it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::words;
use crate::decide;
use crate::ledger::{Incident, Limit, Outcome, Phase};
use crate::plan::{Plan, Progress, Reason, Step};
use crate::world::World;

/// The incident of a plan; a new one for an event seen for the first time; none where the owner did
/// not opt in.
pub fn incident(world: &World, plan: &Plan, found_by: &'static str) -> Option<Incident> {
    if let Some(known) = world.memory.incidents.get(&plan.key) {
        let mut known = known.clone();
        move_date(world, plan, &mut known);
        return Some(known);
    }
    if matches!(plan.reason, Reason::NotOptedIn | Reason::GroupNotAllowed) {
        return None;
    }
    let now = world.observed_at;
    let replacements = decide::replacements(world);
    let parent = world.memory.incidents.values().find(|parent| {
        parent.replacement().or(replacements.get(&parent.key)) == Some(&plan.key.instance)
    });
    let mut incident = Incident {
        key: plan.key.clone(),
        version: 0,
        group: plan.group.clone(),
        name: words::name_tag(world, &plan.key.instance),
        code: plan.code.clone(),
        not_before: plan.not_before,
        first_seen: now,
        found_by: found_by.to_owned(),
        attempt: parent.map_or(1, |parent| parent.attempt + 1),
        phase: Phase::Seen,
        slots: BTreeSet::new(),
        decided: None,
        alarmed: BTreeSet::new(),
        history: Vec::new(),
    };
    let date = plan.not_before.map_or_else(|| "no date".to_owned(), |date| date.to_string());
    incident.note(
        now,
        format!("Seen by a {found_by}: AWS scheduled {} for {date}.", plan.code.as_str()),
    );
    if let Some(parent) = parent {
        let words = format!("It replaced {}: attempt {}.", parent.key.instance, incident.attempt);
        incident.note(now, words);
    }
    Some(incident)
}

/// AWS moves dates both ways; the incident follows.
fn move_date(world: &World, plan: &Plan, incident: &mut Incident) {
    if plan.not_before == incident.not_before || plan.not_before.is_none() {
        return;
    }
    incident.not_before = plan.not_before;
    incident.alarmed.clear();
    if let Some(date) = plan.not_before {
        incident.note(world.observed_at, format!("AWS moved its date to {date}."));
    }
}

/// The incident after the plan's step, and the limits that it gives back.
pub fn apply(world: &World, plan: &Plan, mut incident: Incident) -> (Incident, BTreeSet<Limit>) {
    let now = world.observed_at;
    let all = incident.slots.clone();
    let freed = match &plan.step {
        Step::Record(Progress::TookEffect) => {
            if let Phase::Intended(intent) = incident.phase.clone() {
                incident.phase = Phase::Replacing(intent);
            }
            BTreeSet::new()
        }
        Step::Record(Progress::Serving(replacement)) => {
            let source = incident.intent().map(|intent| intent.source.clone()).unwrap_or_default();
            let replacement = replacement.clone();
            incident.phase = Phase::Serving { replacement, since: now, clean_at_ten: None, source };
            all.into_iter().filter(|limit| !matches!(limit, Limit::First(_))).collect()
        }
        Step::Record(Progress::CleanAtTen) => {
            if let Phase::Serving { clean_at_ten, .. } = &mut incident.phase {
                *clean_at_ten = Some(now);
            }
            all
        }
        Step::Close(outcome) | Step::TakeBack(Some(outcome)) => {
            close_at(&mut incident, now, *outcome, all)
        }
        Step::TakeBack(None) => {
            incident.attempt += 1;
            incident.phase = Phase::Seen;
            all
        }
        Step::Withdraw => {
            // A call that was made and did nothing was an attempt; an intent that is not wanted any
            // more was none.
            incident.attempt += u32::from(matches!(incident.phase, Phase::Replacing(_)));
            incident.phase = Phase::Seen;
            all
        }
        Step::Open(_) | Step::Propose(_) | Step::Notify | Step::Hold(_) | Step::Wait => {
            BTreeSet::new()
        }
    };
    incident.slots.retain(|limit| !freed.contains(limit));
    (incident, freed)
}

fn close_at(
    incident: &mut Incident,
    at: Timestamp,
    outcome: Outcome,
    all: BTreeSet<Limit>,
) -> BTreeSet<Limit> {
    incident.phase = Phase::Closed { at, outcome };
    all
}
