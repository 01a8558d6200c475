//! Opening acts: preflight, intent with slots, call, outcome. In this order, so that a crash
//! between any two of them leaves something from which the next look goes on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{MaintenancePorts, preflight, remember, transition, words};
use crate::decide::{self, guard, guard::Permit};
use crate::ids::GroupName;
use crate::ledger::{Decided, Governor, Incident, Intent, Limit, Phase};
use crate::plan::{Opening, Order, Plan, Reason, Step};
use crate::policy::Ceilings;
use crate::ports::{CloudError, Retry, Written};
use crate::report::Report;
use crate::world::World;

/// Rounds of preflight calls in one look.
const ROUNDS: usize = 3;

/// An intent that is written, and the leave to carry it out.
struct Intended {
    plan: Plan,
    incident: Incident,
    permit: Permit,
}

/// Decides again with the preflight's answers and carries out what is still to be opened. Answers
/// the final plans; an opening that did not come about is a hold among them.
pub async fn act(
    ports: &impl MaintenancePorts,
    world: &mut World,
    plans: Vec<Plan>,
    ceilings: &Ceilings,
    found_by: &'static str,
    report: &mut Report,
) -> Result<Vec<Plan>, CloudError> {
    let mut plans = asked(ports, world, plans, ceilings).await?;
    let mut intended: BTreeMap<(GroupName, bool), Vec<Intended>> = BTreeMap::new();
    let mut governor = world.memory.governor.clone();
    for plan in &mut plans {
        let Step::Open(opening) = plan.step.clone() else { continue };
        match intend(ports, world, plan, &opening, &governor, found_by).await? {
            Ok(one) => {
                governor = governor.with_act(world.observed_at);
                let first = opening.order == Order::LaunchFirst;
                intended.entry((one.permit.group().clone(), first)).or_default().push(one);
            }
            Err(reason) => {
                plan.step = Step::Hold(None);
                plan.reason = reason;
            }
        }
    }
    for ((group, _), acts) in intended {
        carry_out(ports, world, &group, acts, report).await?;
    }
    Ok(plans)
}

/// Asks every group in which an act is about to start, and decides again. What holds one group may
/// give its room to another that was not asked yet, so this goes on until none is left, or for so
/// many rounds; who was not asked by then waits for the next look.
async fn asked(
    ports: &impl MaintenancePorts,
    world: &mut World,
    mut plans: Vec<Plan>,
    ceilings: &Ceilings,
) -> Result<Vec<Plan>, CloudError> {
    for _ in 0..ROUNDS {
        let groups = guard::preflight_needed(&plans);
        if groups.is_empty() {
            return Ok(plans);
        }
        preflight::ask(ports, world, &plans, &groups).await?;
        plans = decide::decide(world, ceilings);
    }
    Ok(plans)
}

/// Writes the intent with its slots; the reason why not, where the ledger refuses.
async fn intend(
    ports: &impl MaintenancePorts,
    world: &World,
    plan: &Plan,
    opening: &Opening,
    governor: &Governor,
    found_by: &'static str,
) -> Result<Result<Intended, Reason>, CloudError> {
    if !opening.asked {
        return Ok(Err(Reason::NotAskedYet));
    }
    let Some(mut incident) = transition::incident(world, plan, found_by) else {
        return Ok(Err(Reason::NotOptedIn));
    };
    let group = plan.group.as_ref().and_then(|name| world.groups.get(name));
    let Some(group) = group else { return Ok(Err(Reason::GroupBeingDeleted)) };
    let sets: BTreeSet<_> = opening
        .takes
        .iter()
        .filter_map(|taking| match &taking.limit {
            Limit::ReplicaSet(set) => Some(set.clone()),
            _ => None,
        })
        .collect();
    incident.phase = Phase::Intended(Intent {
        order: opening.order,
        at: world.observed_at,
        members_before: group.members.keys().cloned().collect(),
        source: opening.source.clone(),
        replica_sets: sets.clone(),
    });
    incident.slots = opening.takes.iter().map(|taking| taking.limit.clone()).collect();
    incident.note(world.observed_at, words::sentence(world, plan));
    incident.decided = None;
    match ports.begin(&incident, &opening.takes, governor, world.observed_at).await? {
        Written::Yes => {}
        Written::LostTheRace => return Ok(Err(Reason::LostTheRace)),
        Written::Stopped => return Ok(Err(Reason::KillSwitch)),
        Written::LimitFull(limit) => {
            let taking = opening.takes.iter().find(|taking| taking.limit == limit);
            let capacity = taking.map_or(0, |taking| taking.capacity);
            return Ok(Err(Reason::LimitFull { limit, capacity }));
        }
    }
    incident.version += 1;
    acted_sets(ports, world, &group.name, sets).await?;
    Ok(guard::permit(&incident, plan)
        .map(|permit| Intended { plan: plan.clone(), incident, permit })
        .ok_or(Reason::LostTheRace))
}

/// The second act in a replica set needs a readiness gate, so the first is remembered.
async fn acted_sets(
    ports: &impl MaintenancePorts,
    world: &World,
    group: &GroupName,
    sets: BTreeSet<crate::ids::ReplicaSet>,
) -> Result<(), CloudError> {
    let mut memory = world.memory.groups.get(group).cloned().unwrap_or_default();
    if sets.iter().all(|set| memory.acted_sets.contains(set)) {
        return Ok(());
    }
    memory.acted_sets.extend(sets);
    ports.remember(group, &memory).await
}

/// Makes the calls of one group and writes their outcomes.
async fn carry_out(
    ports: &impl MaintenancePorts,
    world: &World,
    group: &GroupName,
    acts: Vec<Intended>,
    report: &mut Report,
) -> Result<(), CloudError> {
    let (first, terminate): (Vec<_>, Vec<_>) =
        acts.into_iter().partition(|act| act.permit.order() == Order::LaunchFirst);
    for act in first {
        let called = ports.mark_unhealthy(&act.permit).await;
        outcome(ports, world, act, called, report).await?;
    }
    for acts in in_calls(terminate) {
        let permits: Vec<Permit> = acts.iter().map(|act| act.permit.clone()).collect();
        let called = ports.terminate(group, &permits).await;
        for act in acts {
            outcome(ports, world, act, called.clone(), report).await?;
        }
    }
    Ok(())
}

/// Members that one call terminates at most (`API_TerminateInstanceInAutoScalingGroup`, read
/// 2026-11).
const TERMINATED_AT_ONCE: usize = 100;

fn in_calls(mut acts: Vec<Intended>) -> Vec<Vec<Intended>> {
    let mut calls = Vec::new();
    while !acts.is_empty() {
        let later = acts.split_off(acts.len().min(TERMINATED_AT_ONCE));
        calls.push(std::mem::replace(&mut acts, later));
    }
    calls
}

/// Writes what came of one call. An unknown effect stays an intent: the next look sees, and tries
/// again after 90 s.
async fn outcome(
    ports: &impl MaintenancePorts,
    world: &World,
    act: Intended,
    called: Result<(), CloudError>,
    report: &mut Report,
) -> Result<(), CloudError> {
    let Intended { plan, mut incident, .. } = act;
    let now = ports.now();
    let how_it_went = match called {
        Ok(()) => {
            if let Phase::Intended(intent) = incident.phase.clone() {
                incident.phase = Phase::Replacing(intent);
            }
            report.count("acts_applied", 1);
            ports.save(std::slice::from_ref(&incident)).await?;
            "applied"
        }
        Err(error) if error.class.retry() == Retry::NextLook => {
            incident
                .note(now, format!("The call did not succeed: {error}. It will be tried again."));
            report.count("acts_failed", 1);
            ports.save(std::slice::from_ref(&incident)).await?;
            "failed"
        }
        Err(error) => {
            let freed = refused(&mut incident, now, &error);
            report.count("acts_refused", 1);
            report.alerts.push(format!("{}: AWS refused: {error}", words::who(world, &plan)));
            ports.release(&incident, &freed).await?;
            "refused"
        }
    };
    report.decisions.push(remember::line(world, &plan, Some(&incident), how_it_went));
    Ok(())
}

/// The incident after a call that cannot succeed as it is: nothing was opened, its slots are free,
/// and the hold that follows keeps the next looks from repeating it. Each refusal is an attempt, so
/// that they come to an end.
fn refused(incident: &mut Incident, now: Timestamp, error: &CloudError) -> BTreeSet<Limit> {
    let words = format!("The call was refused: {error}.");
    incident.note(now, words.clone());
    incident.phase = Phase::Seen;
    incident.attempt += 1;
    let held = Reason::Refused(now);
    incident.decided = Some(Decided {
        at: now,
        action: "hold".to_owned(),
        reason: held.code().to_owned(),
        words,
        cure: held.cure().to_owned(),
    });
    std::mem::take(&mut incident.slots)
}
