//! Writes down what a look led to: new incidents, changed decisions, progress, slots that are free
//! again.

use std::collections::BTreeSet;

use super::alarm::{self, Alarm};
use super::{MaintenancePorts, transition, words};
use crate::decide::{self, guard};
use crate::ledger::{Decided, Incident, Limit, Outcome, Phase};
use crate::plan::{Plan, Progress, Reason, Step};
use crate::ports::{CloudError, Written};
use crate::report::{DecisionLine, Report};
use crate::world::World;

/// One incident before and after its plan.
struct Change<'p> {
    plan: &'p Plan,
    before: Incident,
    next: Incident,
    freed: BTreeSet<Limit>,
    news: bool,
    alarms: Vec<Alarm>,
}

/// Writes down everything but opening acts, which `act` wrote already. Answers whether slots became
/// free, so that holds by limits are worth another look at once.
pub async fn remember(
    ports: &impl MaintenancePorts,
    world: &World,
    plans: &[Plan],
    found_by: &'static str,
    report: &mut Report,
) -> Result<bool, CloudError> {
    let mut failed = Vec::new();
    let mut kept = Vec::new();
    let mut freed = false;
    for plan in plans.iter().filter(|plan| !matches!(plan.step, Step::Open(_))) {
        let Some(before) = transition::incident(world, plan, found_by) else {
            report.count("not_opted_in", 1);
            report.decisions.push(line(world, plan, None, "left_alone"));
            continue;
        };
        let change = change(world, plan, before);
        if change.freed.is_empty() && !matches!(plan.step, Step::TakeBack(_)) {
            kept.push(change);
            continue;
        }
        match close(ports, &change).await {
            Ok(written) => {
                freed = true;
                proven(ports, world, plan, &change.before).await?;
                announce(world, &change, &written, report);
            }
            Err(error) => {
                report.count("closings_failed", 1);
                failed.push((held(plan, &error), change.before));
            }
        }
    }
    kept.extend(failed.iter().map(|(plan, before)| change(world, plan, before.clone())));
    save(ports, world, kept, report).await?;
    sets(ports, world).await?;
    Ok(freed)
}

/// A closing act that did not come about is told as a hold, and tried again at the next look. It
/// keeps nobody else.
fn held(plan: &Plan, error: &CloudError) -> Plan {
    let reason = Reason::CallFailed(error.to_string());
    Plan { step: Step::Hold(None), reason, ..plan.clone() }
}

/// The incident after its plan: phase, slots, words, alarms.
fn change<'p>(world: &World, plan: &'p Plan, before: Incident) -> Change<'p> {
    let now = world.observed_at;
    let (mut next, freed) = transition::apply(world, plan, before.clone());
    let words = words::sentence(world, plan);
    let alarms = alarm::raise(plan, &mut next, now, &words);
    let news = next
        .decided
        .as_ref()
        .is_none_or(|told| told.action != plan.action() || told.reason != plan.reason.code());
    if news {
        alarm::waits_for_something_else(&mut next);
        next.note(now, words.clone());
        next.decided = Some(Decided {
            at: now,
            action: plan.action().to_owned(),
            reason: plan.reason.code().to_owned(),
            words,
            cure: plan.reason.cure().to_owned(),
        });
    }
    Change { plan, before, next, freed, news, alarms }
}

async fn close(ports: &impl MaintenancePorts, change: &Change<'_>) -> Result<Written, CloudError> {
    if let (Step::TakeBack(_), Some(closing)) = (&change.plan.step, guard::closing(&change.before))
    {
        ports.mark_healthy(&closing).await?;
    }
    ports.release(&change.next, &change.freed).await
}

/// A first replacement that was clean after ten minutes proves its launch source.
async fn proven(
    ports: &impl MaintenancePorts,
    world: &World,
    plan: &Plan,
    incident: &Incident,
) -> Result<(), CloudError> {
    let (Step::Record(Progress::CleanAtTen), Phase::Serving { source, .. }, Some(group)) =
        (&plan.step, &incident.phase, &incident.group)
    else {
        return Ok(());
    };
    let mut memory = world.memory.groups.get(group).cloned().unwrap_or_default();
    memory.proven = Some(source.clone());
    ports.remember(group, &memory).await
}

/// Writes the incidents that only changed in themselves.
async fn save(
    ports: &impl MaintenancePorts,
    world: &World,
    mut changes: Vec<Change<'_>>,
    report: &mut Report,
) -> Result<(), CloudError> {
    changes.retain(|change| change.next != change.before || change.before.version == 0);
    if changes.is_empty() {
        return Ok(());
    }
    let incidents: Vec<Incident> = changes.iter().map(|change| change.next.clone()).collect();
    let written = ports.save(&incidents).await?;
    for (change, written) in changes.iter().zip(&written) {
        announce(world, change, written, report);
    }
    Ok(())
}

/// One line of the report for a decision that changed, and its alarms. Who lost the race says
/// nothing: the winner does.
fn announce(world: &World, change: &Change<'_>, written: &Written, report: &mut Report) {
    if *written != Written::Yes {
        report.count("lost_the_race", 1);
        return;
    }
    for (name, words) in &change.alarms {
        report.count(name, 1);
        report.alerts.push(words.clone());
    }
    if change.news {
        let outcome = how_it_went(&change.plan.step);
        report.decisions.push(line(world, change.plan, Some(&change.next), outcome));
    }
}

fn how_it_went(step: &Step) -> &'static str {
    match step {
        Step::Open(_) => "applied",
        Step::Propose(_) | Step::Notify => "planned",
        Step::Hold(_) | Step::Withdraw => "held",
        Step::Wait | Step::Record(Progress::TookEffect) => "under_way",
        Step::Record(Progress::Serving(_)) => "serving",
        Step::Record(Progress::CleanAtTen) => "clean",
        Step::TakeBack(_) => "taken_back",
        Step::Close(Outcome::Moved) => "moved",
        Step::Close(_) => "closed",
    }
}

/// The report's line about a plan.
pub fn line(
    world: &World,
    plan: &Plan,
    incident: Option<&Incident>,
    outcome: &'static str,
) -> DecisionLine {
    DecisionLine {
        instance_id: plan.key.instance.to_string(),
        group: plan.group.as_ref().map(ToString::to_string),
        event_id: plan.key.event.to_string(),
        event_code: plan.code.as_str().to_owned(),
        not_before: plan.not_before,
        action: plan.action(),
        reason: plan.reason.code(),
        outcome,
        phase: incident.map_or("seen", Incident::phase_code),
        words: words::sentence(world, plan),
        look_again: plan.look_again,
    }
}

/// Replica sets that a group shows for the first time.
async fn sets(ports: &impl MaintenancePorts, world: &World) -> Result<(), CloudError> {
    for group in world.groups.values() {
        let shown = decide::replica_sets_shown(world, group);
        let known = world.memory.groups.get(&group.name);
        if shown.iter().all(|set| known.is_some_and(|known| known.replica_sets.contains(set))) {
            continue;
        }
        let mut memory = known.cloned().unwrap_or_default();
        memory.replica_sets.extend(shown);
        ports.remember(&group.name, &memory).await?;
    }
    Ok(())
}
