//! Decisions: total, pure functions of what was seen. No events, no clouds, no clocks, nothing that
//! can fail.
//!
//! Order inside every decision: *not ours, already so, forbidden, too early, act*; one early return
//! each.

mod absence;
mod adopt;
mod answer;
mod back;
mod fresh;
pub mod guard;
mod holds;
mod launch;
pub mod notice;
mod out;
mod progress;
mod ready;
mod room;
mod stop_start;
mod subject;
mod timing;
mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use jiff::{SignedDuration, Timestamp};

use crate::ids::InstanceId;
use crate::ledger::{Incident, IncidentKey, Phase};
use crate::plan::{Plan, PlanDraft, Reason, Step};
use crate::policy::Ceilings;
use crate::world::World;

pub use launch::source_key;
pub use out::replica_sets_shown;
pub use progress::replacements;
pub use subject::{Complaint, Subject, complaints, policy_of};

/// What to do about every scheduled event in sight and every open incident: one plan each, the most
/// urgent first. Slots that earlier plans of this look would take are taken for the later ones.
pub fn decide(world: &World, ceilings: &Ceilings) -> Vec<Plan> {
    let replacements = replacements(world);
    let subjects = subject::all(world, ceilings);
    let mut room = room::Room::new(world, ceilings, &replacements);
    let mut plans: Vec<Plan> = adopt::orphans(world, ceilings).collect();
    plans.extend(unread::plans(world, &subjects));
    for incident in world.memory.incidents.values().filter(|one| one.phase != Phase::Seen) {
        let subject = subjects.iter().find(|subject| subject.key == incident.key);
        let new = replacements.get(&incident.key);
        plans.push(progress::decide(world, (incident, subject), new, ceilings, &mut room));
    }
    for subject in &subjects {
        if plans.iter().any(|plan| plan.key == subject.key) {
            continue;
        }
        plans.push(
            first_of_its_instance(world, &plans, subject)
                .unwrap_or_else(|| fresh::decide(world, subject, ceilings, &mut room)),
        );
    }
    let planned: BTreeSet<_> = plans.iter().map(|plan| plan.key.clone()).collect();
    let silent =
        world.memory.incidents.values().filter(|incident| !planned.contains(&incident.key));
    let over: Vec<_> = silent.map(|incident| progress::over(world, incident)).collect();
    plans.extend(over);
    plans.into_iter().map(|plan| unread::stays_open(world, plan)).collect()
}

/// A second event of an instance waits while the first is dealt with: moving the instance clears
/// both, and EC2 may list both for an hour after.
fn first_of_its_instance(world: &World, plans: &[Plan], subject: &Subject<'_>) -> Option<Plan> {
    let under_way = |plan: &Plan| match plan.step {
        Step::Open(_) | Step::Propose(_) | Step::Adopt => true,
        Step::Hold(_) | Step::Notify => false,
        _ => world.memory.incidents.get(&plan.key).is_some_and(|first| match &first.phase {
            Phase::Seen | Phase::Closed { .. } => false,
            Phase::Back(back) => {
                back::left_its_host(first, back, subject.instance)
                    && back.events.contains(&subject.key.event)
            }
            _ => true,
        }),
    };
    let mut others = plans.iter().filter(|plan| plan.key.instance == subject.key.instance);
    others.any(under_way).then(|| subject.plan(Step::Wait, Reason::OtherEventFirst, None))
}

/// How often an act under way is looked at.
const WATCH: SignedDuration = SignedDuration::from_mins(1);

/// How soon a step that follows at once is taken.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(5);

/// The look that comes so long after this one.
fn after(world: &World, time: SignedDuration) -> Option<Timestamp> {
    world.observed_at.checked_add(time).ok()
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
