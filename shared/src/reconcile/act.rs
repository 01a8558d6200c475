//! Opening acts: preflight, intent with slots, call, outcome. In this order, so that a crash
//! between any two of them leaves something from which the next look goes on.

use jiff::{SignedDuration, Timestamp};

use super::carry_out::carry_out;
use super::{MaintenancePorts, intend, preflight};
use crate::decide::{self, guard::Permit};
use crate::ids::InstanceId;
use crate::ledger::Incident;
use crate::plan::{Plan, Reason, Step};
use crate::policy::{Ceilings, signals_ready};
use crate::ports::{Clock, CloudError, CloudErrorClass};
use crate::report::Report;
use crate::world::World;

/// So long a look is acted on. No run lives longer, but it may stand still and go on, and then its
/// owner may have said otherwise.
const LOOK_STANDS: SignedDuration = SignedDuration::from_secs(120);

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
        if matches!(plan.step, Step::Open(_) | Step::Strike { .. }) {
            fresh(ports, world)?;
        }
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

/// It says that it is ready.
pub fn says_ready(world: &World, id: &InstanceId) -> bool {
    world.instances.get(id).is_some_and(|instance| signals_ready(&instance.tags))
}

/// Fails where the look is too old for anything to be opened or closed on it: what was to be brought
/// back may be back, and ready, or aside again. Asked directly before each call: what is not carried
/// out is decided anew.
pub fn fresh(ports: &impl Clock, world: &World) -> Result<(), CloudError> {
    in_time(ports, world.observed_at)
}

/// Fails where a run stood still since then: a look whose first answers are so old is none.
pub fn in_time(ports: &impl Clock, since: Timestamp) -> Result<(), CloudError> {
    let age = ports.now().duration_since(since);
    if age <= LOOK_STANDS {
        return Ok(());
    }
    let message = format!("it is {} s old, and the run stood still meanwhile", age.as_secs());
    let (call, object) = ("An act", "what the look saw".to_owned());
    Err(CloudError { call, object, class: CloudErrorClass::Unavailable, message })
}
