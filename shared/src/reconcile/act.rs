//! Opening acts: preflight, intent with slots, call, outcome. In this order, so that a crash
//! between any two of them leaves something from which the next look goes on.

use super::carry_out::carry_out;
use super::{MaintenancePorts, intend, preflight};
use crate::decide::{self, guard, guard::Permit};
use crate::ledger::Incident;
use crate::plan::{Plan, Reason, Step};
use crate::policy::Ceilings;
use crate::ports::CloudError;
use crate::report::Report;
use crate::world::World;

/// Rounds of preflight calls in one look.
const ROUNDS: usize = 3;

/// An intent that is written, and the leave to carry it out.
pub struct Intended {
    /// What was decided.
    pub plan: Plan,
    /// The incident as it was written.
    pub incident: Incident,
    /// The leave.
    pub permit: Permit,
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
    let mut intended = Vec::new();
    let mut governor = world.memory.governor.clone();
    for plan in &mut plans {
        let written = match plan.step.clone() {
            Step::Open(opening) if !opening.asked => Err(Reason::NotAskedYet),
            Step::Open(opening) => {
                let look = intend::Look { world, ceilings, found_by };
                intend::open(ports, &look, plan, &opening, &mut governor).await?
            }
            Step::Strike { asked: false, .. } => Err(Reason::NotAskedYet),
            Step::Strike { how, .. } => intend::strike(ports, world, plan, how).await?,
            _ => continue,
        };
        match written {
            Ok(one) => intended.push(one),
            Err(reason) => {
                plan.step = Step::Hold(None);
                plan.reason = reason;
            }
        }
    }
    carry_out(ports, world, intended, report).await?;
    Ok(plans)
}

/// Asks what stands before every act that is about to start, and decides again. What holds one
/// group may give its room to another that was not asked yet, so this goes on until none is left,
/// or for so many rounds; who was not asked by then waits for the next look.
async fn asked(
    ports: &impl MaintenancePorts,
    world: &mut World,
    mut plans: Vec<Plan>,
    ceilings: &Ceilings,
) -> Result<Vec<Plan>, CloudError> {
    for _ in 0..ROUNDS {
        let unasked = guard::unasked(&plans);
        if unasked.is_empty() {
            return Ok(plans);
        }
        preflight::ask(ports, world, &unasked, ceilings).await?;
        plans = decide::decide(world, ceilings);
    }
    Ok(plans)
}
