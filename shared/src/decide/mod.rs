//! Decisions: total, pure functions of what was seen. No events, no clouds, no clocks, nothing that
//! can fail.
//!
//! Order inside every decision: *not ours, already so, forbidden, too early, act*; one early return
//! each.

mod answer;
mod fresh;
pub mod guard;
mod holds;
mod launch;
pub mod notice;
mod out;
mod progress;
mod room;
mod stop_start;
mod subject;
mod timing;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::ids::InstanceId;
use crate::ledger::{Incident, IncidentKey, Phase};
use crate::plan::{Plan, PlanDraft, Reason, Step};
use crate::policy::Ceilings;
use crate::world::World;

pub use launch::source_key;
pub use out::replica_sets_shown;
pub use progress::replacements;
pub use subject::{Complaint, Subject, complaints};

/// What to do about every scheduled event in sight and every open incident: one plan each, the most
/// urgent first. Slots that earlier plans of this look would take are taken for the later ones.
pub fn decide(world: &World, ceilings: &Ceilings) -> Vec<Plan> {
    let replacements = replacements(world);
    let mut room = room::Room::new(world, ceilings, &replacements);
    let mut plans: Vec<Plan> = world
        .memory
        .incidents
        .values()
        .filter(|incident| incident.phase != Phase::Seen)
        .map(|incident| progress::decide(world, incident, &replacements, ceilings, &mut room))
        .collect();
    for subject in subject::all(world, ceilings) {
        if subject.incident.is_some_and(|incident| incident.phase != Phase::Seen) {
            continue;
        }
        plans.push(
            first_of_its_instance(&plans, &subject)
                .unwrap_or_else(|| fresh::decide(world, &subject, ceilings, &mut room)),
        );
    }
    let planned: BTreeSet<_> = plans.iter().map(|plan| plan.key.clone()).collect();
    let silent =
        world.memory.incidents.values().filter(|incident| !planned.contains(&incident.key));
    let over: Vec<_> = silent.map(|incident| progress::over(world, incident)).collect();
    plans.extend(over);
    plans
}

/// A second event of an instance waits while the first is dealt with: moving the instance clears
/// both.
fn first_of_its_instance(plans: &[Plan], subject: &Subject<'_>) -> Option<Plan> {
    let acting = |plan: &Plan| {
        plan.key.instance == subject.key.instance
            && matches!(plan.step, Step::Open(_) | Step::Propose(_) | Step::Wait | Step::Record(_))
    };
    plans.iter().any(acting).then(|| subject.plan(Step::Wait, Reason::OtherEventFirst, None))
}

/// One check of a decision: go on, or stop with the reason. Not a `Result`: nothing in here can
/// fail.
type Check<T = ()> = ControlFlow<Reason, T>;

/// New members by the incident that they replace.
pub type Replacements = BTreeMap<IncidentKey, InstanceId>;

/// A plan about an incident whose event may not be listed any more.
fn draft(incident: &Incident) -> PlanDraft {
    PlanDraft::new(
        incident.key.clone(),
        incident.group.clone(),
        incident.code.clone(),
        incident.not_before,
    )
}
