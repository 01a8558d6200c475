//! What cannot be read of the ledger: people are told once of each item, and again when an instance
//! stays out because of it.

use std::collections::BTreeMap;

use super::{MaintenancePorts, words};
use crate::ids::InstanceId;
use crate::ledger::{About, IncidentKey};
use crate::plan::Plan;
use crate::ports::CloudError;
use crate::report::Report;
use crate::world::{InstanceState, LifecycleState, World};

/// A plan is about an incident that cannot be read: there is nothing to write.
pub fn leaves_alone(world: &World, plan: &Plan) -> bool {
    world.memory.unread_incidents().any(|(key, ..)| *key == plan.key)
}

/// The word for the phase of an incident that the ledger does not hold, or that cannot be read.
pub fn phase(world: &World, plan: &Plan) -> &'static str {
    if leaves_alone(world, plan) { "unread" } else { "seen" }
}

/// Counts what cannot be read, and tells people what they were not told yet.
pub async fn tell(
    ports: &impl MaintenancePorts,
    world: &World,
    plans: &[Plan],
    report: &mut Report,
) -> Result<(), CloudError> {
    let memory = &world.memory;
    report.count("ledger_unread", memory.unread.len());
    report.count("given_up", memory.unread.len());
    let mut sentences: BTreeMap<String, String> = BTreeMap::new();
    for (item, unread) in &memory.unread {
        let mut name = format!("{item}: {}", unread.why);
        let mut words = format!("{item} in the ledger cannot be read: {}. ", unread.why);
        match &unread.about {
            About::Incident { key, .. } => {
                let out = stays_out(world, &key.instance);
                if out == Some("stopped") {
                    report.count("stopped_not_started", 1);
                }
                name.extend(out);
                words += &of_incident(world, plans, key, out);
            }
            about => words += consequence(about),
        }
        words += " The item is left as it is. Cure: deploy the version that wrote it, or follow \
                  docs/operating.md, Upgrade and roll back.";
        sentences.insert(name, words);
    }
    let told = sentences.keys().cloned().collect();
    if told != memory.unread_told {
        ports.remember_told(&told).await?;
    }
    let news = sentences.into_iter().filter(|(name, _)| !memory.unread_told.contains(name));
    report.alerts.extend(news.map(|(_, words)| words));
    Ok(())
}

/// The word for an instance that does not serve, and that nobody brings back.
fn stays_out(world: &World, instance: &InstanceId) -> Option<&'static str> {
    let state = world.instances.get(instance).and_then(|instance| instance.state.as_ref());
    let group = world.group_of(instance);
    let member = group.and_then(|group| group.members.get(instance));
    match (state, member.map(|member| &member.lifecycle)) {
        (Some(InstanceState::Stopped | InstanceState::Stopping), _) => Some("stopped"),
        (_, Some(LifecycleState::Standby(_))) => Some("in standby"),
        _ => None,
    }
}

fn of_incident(
    world: &World,
    plans: &[Plan],
    key: &IncidentKey,
    out: Option<&'static str>,
) -> String {
    let plan = plans.iter().find(|plan| plan.key == *key);
    let who = plan.map_or_else(|| key.instance.to_string(), |plan| words::who(world, plan));
    match out {
        Some(out) => format!("{who} is {out}, and this version does not bring it back: do it."),
        None => format!("{who} counts as out, and this version does nothing about it."),
    }
}

fn consequence(about: &About) -> &'static str {
    match about {
        About::Incident { .. } => "",
        About::Limit(_) => "The limit counts as full.",
        About::Group(_) => "Nothing is opened in the group, nor in replica sets.",
        About::Busy(_) => "The instance counts as busy.",
        About::LookAgain => "Looks between sweeps may not come.",
        About::Everything => "Nothing is opened anywhere; what is open is closed.",
    }
}
