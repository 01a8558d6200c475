//! Tells one instance's incidents in words: what was seen, what was decided, what will happen when,
//! what would change it. Looks, and changes nothing.

use std::fmt::Write as _;

use super::{LookPorts, look, words};
use crate::decide;
use crate::ids::{InstanceId, Place};
use crate::ledger::{Incident, Phase};
use crate::plan::Plan;
use crate::policy::Ceilings;
use crate::ports::CloudError;
use crate::world::World;

/// The story of an instance.
pub async fn tell(
    ports: &impl LookPorts,
    ceilings: &Ceilings,
    place: &Place,
    instance: &InstanceId,
) -> Result<String, CloudError> {
    let incidents = ports.incidents_of(instance).await?;
    let world = look::look(ports, ceilings, place, false).await?;
    let plans = decide::decide(&world, ceilings);
    let about: Vec<&Plan> = plans.iter().filter(|plan| &plan.key.instance == instance).collect();
    if incidents.is_empty() && about.is_empty() {
        return Ok(format!("{instance}: no scheduled event is in sight and none is remembered.\n"));
    }
    let mut story = String::new();
    for incident in &incidents {
        past(&mut story, incident);
    }
    for plan in about {
        future(&mut story, &world, plan);
    }
    intent(&mut story, &world, ceilings, instance);
    Ok(story)
}

fn past(story: &mut String, incident: &Incident) {
    let group = incident
        .group
        .as_ref()
        .map_or_else(|| "standalone".to_owned(), |group| format!("group {group}"));
    let Incident { key, code, attempt, .. } = incident;
    let _ = writeln!(story, "{} ({group}), {} {}", key.instance, code.as_str(), key.event);
    let date = incident.not_before.map_or_else(|| "unknown".to_owned(), |date| date.to_string());
    let _ = writeln!(
        story,
        "  AWS's date: {date}. Attempt {attempt}. Phase: {}.",
        incident.phase_code()
    );
    let _ = writeln!(story, "  What happened:");
    for entry in &incident.history {
        let _ = writeln!(story, "    {}  {}", entry.at, entry.what);
    }
    if let Phase::Closed { at, outcome } = incident.phase {
        let _ = writeln!(story, "  Over since {at}: {}.", outcome.code());
    }
    if !incident.slots.is_empty() {
        let slots: Vec<String> = incident.slots.iter().map(ToString::to_string).collect();
        let _ = writeln!(story, "  Holds a slot in: {}.", slots.join(", "));
    }
}

fn future(story: &mut String, world: &World, plan: &Plan) {
    let _ = writeln!(story, "  Now ({}): {}", world.observed_at, words::sentence(world, plan));
    if let Some(at) = plan.look_again {
        let _ = writeln!(story, "  Next look at the latest: {at}.");
    }
    if let Some(date) = plan.not_before {
        let left = words::time_left(world.observed_at, date);
        let _ = writeln!(story, "  Time left before AWS's date: {left}.");
    }
    if !plan.reason.cure().is_empty() {
        let _ = writeln!(story, "  What would change it: {}.", plan.reason.cure());
    }
}

fn intent(story: &mut String, world: &World, ceilings: &Ceilings, instance: &InstanceId) {
    let Some(known) = world.instances.get(instance) else { return };
    let read = decide::policy_of(known, world.group_of(instance), ceilings);
    let _ = writeln!(story, "  Its owner's wishes:");
    for line in read.policy.explain() {
        let _ = writeln!(story, "    {line}");
    }
    for complaint in read.complaints {
        let _ = writeln!(story, "    unreadable: {complaint}");
    }
}
