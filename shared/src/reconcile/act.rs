//! Opening acts: preflight, intent with slots, call, outcome. In this order, so that a crash
//! between any two of them leaves something from which the next look goes on.

use super::carry_out::carry_out;
use super::{MaintenancePorts, intend, preflight};
use crate::decide::{self, guard::Permit};
use crate::ledger::Incident;
use crate::plan::{Plan, Reason, Step};
use crate::policy::Ceilings;
use crate::ports::CloudError;
use crate::report::Report;
use crate::world::World;

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
    let mut plans = preflight::asked(ports, world, plans, ceilings, decide::decide).await?;
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
