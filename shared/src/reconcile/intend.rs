//! Intents: what is about to be opened is written down, with its slots, before the first call.

use std::collections::BTreeSet;

use super::act::Intended;
use super::{MaintenancePorts, owe, transition, words};
use crate::decide::{self, guard};
use crate::ids::{GroupName, ReplicaSet};
use crate::ledger::{Absence, Governor, Incident, Intent, Left, Limit, Phase, Unknown};
use crate::plan::{InPlace, Opening, Order, Plan, Reason, Way};
use crate::policy::{Ceilings, signals_ready};
use crate::ports::{CloudError, Written};
use crate::world::{Group, World};

/// What an intent is made of, besides its plan.
pub struct Look<'w> {
    /// What was seen.
    pub world: &'w World,
    /// What the stack allows.
    pub ceilings: &'w Ceilings,
    /// The trigger, for events seen first.
    pub found_by: &'static str,
}

/// Writes the intent of a first opening act, with its slots and the governor; the reason why not,
/// where the ledger refuses.
pub async fn open(
    ports: &impl MaintenancePorts,
    look: &Look<'_>,
    plan: &Plan,
    opening: &Opening,
    governor: &mut Governor,
) -> Result<Result<Intended, Reason>, CloudError> {
    let world = look.world;
    let Some(mut incident) = transition::incident(world, plan, look.found_by) else {
        return Ok(Err(Reason::NotOptedIn));
    };
    let group = plan.group.as_ref().and_then(|name| world.groups.get(name));
    let Some(phase) = phase(look, &incident, group, opening) else {
        return Ok(Err(Reason::GroupBeingDeleted));
    };
    incident.phase = phase;
    incident.note(world.observed_at, words::sentence(world, plan));
    incident.decided = None;
    // What was intended before and left no trace holds its slots, and was counted.
    let counted = opening.again && !matches!(opening.way, Way::Replace(_));
    let written = if counted {
        ports.proceed(&incident).await?
    } else {
        incident.slots.extend(opening.takes.iter().map(|taking| taking.limit.clone()));
        ports.begin(&incident, &opening.takes, governor, world.observed_at).await?
    };
    if let Some(reason) = refusal(written, opening) {
        return Ok(Err(reason));
    }
    if !counted {
        *governor = governor.with_act(world.observed_at);
    }
    incident.version = incident.next_version();
    if let Some(group) = group {
        acted_sets(ports, world, &group.name, sets(opening)).await?;
    }
    Ok(permitted(plan, incident))
}

/// Writes the intent to stop or reboot an instance that is out of service, whose slots are held
/// already.
pub async fn strike(
    ports: &impl MaintenancePorts,
    world: &World,
    plan: &Plan,
    how: InPlace,
) -> Result<Result<Intended, Reason>, CloudError> {
    let known = world.memory.incidents.get(&plan.key);
    let away = known.and_then(|incident| Some((incident, incident.absence()?)));
    let Some((known, absence)) = away else { return Ok(Err(Reason::LostTheRace)) };
    let mut incident = known.clone();
    let struck = Some(world.observed_at);
    let ready_forgotten = false;
    incident.phase = Phase::Moving(Absence { how, struck, ready_forgotten, ..absence.clone() });
    incident.note(world.observed_at, words::sentence(world, plan));
    owe::seen_started(world, plan, known, &mut incident);
    incident.decided = None;
    match ports.proceed(&incident).await? {
        Written::Yes => {}
        Written::Stopped => return Ok(Err(Reason::KillSwitch)),
        Written::LostTheRace | Written::LimitFull(_) => return Ok(Err(Reason::LostTheRace)),
    }
    incident.version = incident.next_version();
    Ok(permitted(plan, incident))
}

fn permitted(plan: &Plan, incident: Incident) -> Result<Intended, Reason> {
    let permit = guard::permit(&incident, plan).ok_or(Reason::LostTheRace)?;
    Ok(Intended { plan: plan.clone(), incident, permit })
}

fn refusal(written: Written, opening: &Opening) -> Option<Reason> {
    match written {
        Written::Yes => None,
        Written::LostTheRace => Some(Reason::LostTheRace),
        Written::Stopped => Some(Reason::KillSwitch),
        Written::LimitFull(limit) => {
            let taking = opening.takes.iter().find(|taking| taking.limit == limit);
            let capacity = taking.map_or(0, |taking| taking.capacity);
            Some(Reason::LimitFull { limit, capacity })
        }
    }
}

/// The phase that an intent puts its incident into; none where the group is not there any more.
fn phase(
    look: &Look<'_>,
    incident: &Incident,
    group: Option<&Group>,
    opening: &Opening,
) -> Option<Phase> {
    let at = look.world.observed_at;
    Some(match opening.way {
        Way::Replace(order) => Phase::Intended(intent(look.world, group?, order, opening)),
        Way::InPlace(how) => match incident.absence() {
            Some(absence) => Phase::Leaving(Absence { at, ..absence.clone() }),
            None => Phase::Leaving(absence(look, incident, group, how)?),
        },
        Way::Reschedule(to) => {
            let since = match incident.phase {
                Phase::Rescheduling { at, .. } => at,
                _ => at,
            };
            Phase::Rescheduling { to, at: since }
        }
    })
}

fn intent(world: &World, group: &Group, order: Order, opening: &Opening) -> Intent {
    let members = group.members.iter().filter(|(_, member)| !member.lifecycle.warmed());
    Intent {
        order,
        at: world.observed_at,
        members_before: members.map(|(id, _)| id.clone()).collect(),
        source: opening.source.clone(),
        replica_sets: sets(opening),
        unknown: Unknown::new(),
    }
}

fn absence(
    look: &Look<'_>,
    incident: &Incident,
    group: Option<&Group>,
    how: InPlace,
) -> Option<Absence> {
    let Look { world, ceilings, .. } = look;
    let instance = world.instances.get(&incident.key.instance)?;
    let left = match (&incident.group, group) {
        (None, _) => {
            let departure = world.departures.get(&instance.id)?;
            Left::Targets { registrations: departure.registrations.clone() }
        }
        (Some(_), group) => {
            let group = group?;
            Left::Group {
                desired: group.desired,
                minimum: group.minimum,
                maximum: group.maximum,
                members: group.members.keys().cloned().collect(),
            }
        }
    };
    let policy = decide::policy_of(instance, group, ceilings).policy;
    let reboots = incident.code.reboots();
    Some(Absence {
        how,
        at: world.observed_at,
        left,
        date: incident.not_before,
        launched_before: instance.launched_at,
        events: instance.active_events().map(|event| event.id.clone()).collect(),
        out_since: None,
        struck: None,
        taken: None,
        reserves: policy.reserve && how == InPlace::StopStart,
        said_ready: how == InPlace::Ride && reboots && signals_ready(&instance.tags),
        ready_forgotten: false,
        stopped: None,
        unknown: Unknown::new(),
    })
}

fn sets(opening: &Opening) -> BTreeSet<ReplicaSet> {
    let limits = opening.takes.iter().map(|taking| &taking.limit);
    let sets = limits.filter_map(|limit| match limit {
        Limit::ReplicaSet(set) => Some(set.clone()),
        _ => None,
    });
    sets.collect()
}

/// The second act in a replica set needs a readiness gate, so the first is remembered.
async fn acted_sets(
    ports: &impl MaintenancePorts,
    world: &World,
    group: &GroupName,
    sets: BTreeSet<ReplicaSet>,
) -> Result<(), CloudError> {
    let mut memory = world.memory.groups.get(group).cloned().unwrap_or_default();
    if sets.iter().all(|set| memory.acted_sets.contains(set)) {
        return Ok(());
    }
    memory.acted_sets.extend(sets);
    ports.remember(group, &memory).await
}
