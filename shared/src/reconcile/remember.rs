//! Writes down what a look led to: new incidents, changed decisions, progress, slots that are free
//! again.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::{MaintenancePorts, alarm, owe, restore, transition, unread, words};
use crate::decide;
use crate::ids::{GroupName, ReplicaSet};
use crate::ledger::{Decided, Incident, Limit, Outcome, Phase, Returns};
use crate::plan::{Plan, Progress, Reason, Restore, Step};
use crate::ports::{CloudError, Written};
use crate::report::{DecisionLine, Report};
use crate::world::World;

/// One incident before and after its plan.
pub struct Change<'p> {
    /// The plan.
    pub plan: &'p Plan,
    /// The incident as it was read.
    pub before: Incident,
    /// The incident as it is to be written.
    pub next: Incident,
    freed: BTreeSet<Limit>,
    news: bool,
}

impl Change<'_> {
    /// A start that EC2 took before came to nothing, and is made again.
    pub fn starts_again(&self) -> bool {
        let taken = self.before.absence().is_some_and(|absence| absence.taken.is_some());
        self.plan.step == Step::Restore(Restore::Start) && taken
    }
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
    let opened = |plan: &&Plan| matches!(plan.step, Step::Open(_) | Step::Strike { .. });
    for plan in plans.iter().filter(|plan| !opened(plan)) {
        if unread::leaves_alone(world, plan) {
            report.decisions.push(line(world, plan, None, "left_alone"));
            continue;
        }
        let Some(before) = transition::incident(world, plan, found_by) else {
            match plan.reason {
                Reason::MarkNotBelieved => report.count("given_up", 1),
                _ => report.count("not_opted_in", 1),
            }
            report.decisions.push(line(world, plan, None, "left_alone"));
            continue;
        };
        let mut change = change(world, plan, before);
        if change.freed.is_empty() && !restore::calls(&change) {
            kept.push(change);
            continue;
        }
        match close(ports, world, &mut change).await {
            Ok(written) => {
                freed |= !change.freed.is_empty();
                count(world, &change, report);
                proven(ports, world, plan, &change.before).await?;
                announce(world, &change, &written, report);
            }
            Err(error) => {
                report.count("closings_failed", 1);
                let mut before = change.before;
                if plan.step == Step::Restore(Restore::Start) {
                    let (who, why) = (words::who(world, plan), error.to_string());
                    alarm::not_started(&mut before, world.observed_at, &who, &why);
                }
                failed.push((held(plan, &error), before));
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
    alarm::raise(plan, &mut next, now, || words::sentence(world, plan));
    owe::seen_started(world, plan, &before, &mut next);
    let news = next
        .decided
        .as_ref()
        .is_none_or(|told| told.action != plan.action() || told.reason != plan.reason.code());
    if news {
        owe::decided(world, plan, &before, &mut next);
        alarm::waits_for_something_else(&mut next);
        let words = SmolStr::from(words::sentence(world, plan));
        next.note(now, words.clone());
        next.decided = Some(Decided {
            at: now,
            action: plan.action().into(),
            reason: plan.reason.code().into(),
            words,
            cure: plan.reason.cure().into(),
        });
    }
    Change { plan, before, next, freed, news }
}

async fn close(
    ports: &impl MaintenancePorts,
    world: &World,
    change: &mut Change<'_>,
) -> Result<Written, CloudError> {
    restore::carry_out(ports, world, change).await?;
    if !change.freed.is_empty() {
        return ports.release(&change.next, &change.freed).await;
    }
    let written = ports.save(std::slice::from_ref(&change.next)).await?;
    Ok(written.into_iter().next().unwrap_or(Written::LostTheRace))
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
    for change in &changes {
        count(world, change, report);
    }
    // As the ledger has it: a date that AWS moved is written, whatever the plan says.
    let known = |change: &Change<'_>| world.memory.incidents.get(&change.plan.key);
    changes.retain(|change| known(change) != Some(&change.next));
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

/// How the incident stands after its plan, whoever writes that down first.
fn count(world: &World, change: &Change<'_>, report: &mut Report) {
    for name in alarm::stands(world, change.plan, &change.next) {
        report.count(name, 1);
    }
}

/// One line of the report for a decision that changed. Who lost the race says nothing: the winner
/// does.
fn announce(world: &World, change: &Change<'_>, written: &Written, report: &mut Report) {
    if *written != Written::Yes {
        report.count("lost_the_race", 1);
        return;
    }
    if let Phase::Closed { outcome, .. } = change.next.phase {
        report.count(outcome.code(), 1);
    }
    report.wrote(&change.next);
    if change.news {
        let outcome =
            if change.starts_again() { "under_way" } else { how_it_went(&change.plan.step) };
        report.decisions.push(line(world, change.plan, Some(&change.next), outcome));
    }
}

fn how_it_went(step: &Step) -> &'static str {
    match step {
        Step::Open(_) | Step::Strike { .. } => "applied",
        Step::TurnBack(Returns::Unwanted | Returns::Failed) => "turned_back",
        Step::Restore(Restore::Start | Restore::ExitStandby | Restore::Register) => "restored",
        Step::Ask { .. } => "asked",
        Step::Adopt => "adopted",
        Step::Propose(_) | Step::Notify => "planned",
        Step::Hold(_) | Step::Withdraw => "held",
        Step::Wait
        | Step::TurnBack(Returns::Moved)
        | Step::Restore(Restore::ForgetReady)
        | Step::Record(Progress::TookEffect | Progress::Out | Progress::Rescheduled { .. }) => {
            "under_way"
        }
        Step::Record(Progress::StillListed) => "still_listed",
        Step::Record(Progress::Back(_) | Progress::Serving(_)) => "serving",
        Step::Record(Progress::CleanAtTen) => "clean",
        Step::TakeBack(_) => "taken_back",
        Step::Close(Outcome::Moved) => "moved",
        Step::Close(Outcome::Ridden) => "ridden",
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
        phase: incident.map_or_else(|| unread::phase(world, plan), Incident::phase_code),
        words: words::sentence(world, plan),
        look_again: plan.look_again,
    }
}

/// Replica sets that a group shows for the first time.
async fn sets(ports: &impl MaintenancePorts, world: &World) -> Result<(), CloudError> {
    let known = |group: &GroupName| world.memory.groups.get(group);
    let mut new: BTreeMap<&GroupName, BTreeSet<ReplicaSet>> = BTreeMap::new();
    for (group, set) in decide::replica_sets_shown(world) {
        if known(&group.name).is_none_or(|known| !known.replica_sets.contains(&set)) {
            new.entry(&group.name).or_default().insert(set);
        }
    }
    for (group, mut sets) in new {
        let mut memory = known(group).cloned().unwrap_or_default();
        memory.replica_sets.append(&mut sets);
        ports.remember(group, &memory).await?;
    }
    Ok(())
}
