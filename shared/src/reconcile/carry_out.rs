//! Makes the calls of opening acts whose intents are written, and writes their outcomes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::act::{self, Intended};
use super::transition::RESTS;
use super::{MaintenancePorts, owe, remember, words};
use crate::decide::guard::{self, Act, Permit};
use crate::ids::GroupName;
use crate::ledger::{Absence, Decided, Incident, Limit, Phase, Returns};
use crate::plan::{InPlace, Order, Plan, Reason};
use crate::ports::{CloudError, CloudErrorClass, Retry, Written};
use crate::report::Report;
use crate::world::{LifecycleState, World};

/// Members that one call terminates at most (`API_TerminateInstanceInAutoScalingGroup`, read
/// 2026-11).
const TERMINATED_AT_ONCE: usize = 100;

/// Reserved capacity ends by itself after this time, whatever becomes of us.
const RESERVED_LONGEST: SignedDuration = SignedDuration::from_hours(6);

/// Makes the calls and writes what came of each.
pub async fn carry_out(
    ports: &impl MaintenancePorts,
    world: &World,
    acts: Vec<Intended>,
    report: &mut Report,
) -> Result<(), CloudError> {
    let mut terminations: BTreeMap<GroupName, Vec<Intended>> = BTreeMap::new();
    for mut act in acts {
        let terminates = act.permit.act() == Act::Replace(Order::TerminateFirst);
        if let Some(group) = act.permit.group().filter(|_| terminates).cloned() {
            terminations.entry(group).or_default().push(act);
            continue;
        }
        let called = call(ports, world, &mut act).await;
        outcome(ports, world, act, called, report).await?;
    }
    for (group, acts) in terminations {
        for acts in in_calls(acts) {
            let permits: Vec<Permit> = acts.iter().map(|act| act.permit.clone()).collect();
            let called = match act::fresh(ports, world) {
                Ok(()) => ports.terminate(&group, &permits).await,
                Err(stale) => Err(stale),
            };
            for act in acts {
                outcome(ports, world, act, called.clone(), report).await?;
            }
        }
    }
    Ok(())
}

fn in_calls(mut acts: Vec<Intended>) -> Vec<Vec<Intended>> {
    let mut calls = Vec::new();
    while !acts.is_empty() {
        let later = acts.split_off(acts.len().min(TERMINATED_AT_ONCE));
        calls.push(std::mem::replace(&mut acts, later));
    }
    calls
}

async fn call(
    ports: &impl MaintenancePorts,
    world: &World,
    act: &mut Intended,
) -> Result<(), CloudError> {
    let permit = &act.permit;
    act::fresh(ports, world)?;
    match permit.act() {
        Act::Replace(Order::LaunchFirst) => ports.mark_unhealthy(permit).await,
        Act::Leave(_) => {
            leave(ports, world, permit, act.incident.absence()).await?;
            forget_ready(ports, world, act).await
        }
        Act::Strike(InPlace::Reboot) => reboot(ports, world, act).await,
        Act::Strike(InPlace::StopStart) => ports.stop(permit).await,
        Act::Reschedule(to) => ports.reschedule(permit, to).await,
        // Terminations of a group are called together; who rides is not struck.
        Act::Replace(Order::TerminateFirst) | Act::Strike(InPlace::Ride) => Ok(()),
    }
}

/// What it says of its readiness is of the life that ends here, and is taken away before that: later
/// it may be said of the life after, or the run may be dead.
async fn reboot(
    ports: &impl MaintenancePorts,
    world: &World,
    act: &Intended,
) -> Result<(), CloudError> {
    let says = act::says_ready(world, act.permit.instance());
    if let Some(closing) = guard::closing(&act.incident).filter(|_| says) {
        ports.forget_ready(&closing).await?;
        act::fresh(ports, world)?;
    }
    ports.reboot(&act.permit).await
}

/// The same of the life that AWS's reboot ends, as soon as it is on its way out, where AWS's date is
/// still to come. Where that is refused, later looks try it again.
async fn forget_ready(
    ports: &impl MaintenancePorts,
    world: &World,
    act: &mut Intended,
) -> Result<(), CloudError> {
    let closing = guard::closing(&act.incident);
    let Phase::Leaving(absence) = &mut act.incident.phase else { return Ok(()) };
    let early = absence.date.is_some_and(|date| ports.now() < date);
    let says = act::says_ready(world, act.permit.instance());
    let Some(closing) = closing.filter(|_| absence.said_ready && early && says) else {
        return Ok(());
    };
    match ports.forget_ready(&closing).await {
        Err(error) if error.class.retry() == Retry::Never => Ok(()),
        forgotten => {
            absence.ready_forgotten = forgotten.is_ok();
            forgotten
        }
    }
}

/// Capacity, then the mark, then out of service: what follows takes the mark for granted, and the
/// mark that there is capacity to come back to.
async fn leave(
    ports: &impl MaintenancePorts,
    world: &World,
    permit: &Permit,
    absence: Option<&Absence>,
) -> Result<(), CloudError> {
    let reserves = absence.is_some_and(|absence| absence.reserves);
    let instance = world.instances.get(permit.instance()).filter(|_| reserves);
    if let Some(instance) = instance
        && let Ok(until) = world.observed_at.checked_add(RESERVED_LONGEST)
    {
        ports.reserve(permit, instance, until).await?;
    }
    ports.mark(permit).await?;
    act::fresh(ports, world)?;
    if permit.group().is_some() {
        return if stands(world, permit) { Ok(()) } else { ports.enter_standby(permit).await };
    }
    let registrations: BTreeSet<_> =
        absence.into_iter().flat_map(Absence::registrations).cloned().collect();
    if registrations.is_empty() { Ok(()) } else { ports.deregister(permit, &registrations).await }
}

/// It is in standby already: only the mark was missing.
fn stands(world: &World, permit: &Permit) -> bool {
    let group = world.group_of(permit.instance());
    let member = group.and_then(|group| group.members.get(permit.instance()));
    member.is_some_and(|member| matches!(member.lifecycle, LifecycleState::Standby(_)))
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
    let Intended { plan, mut incident, permit } = act;
    let now = ports.now();
    if let (Phase::Moving(absence), Err(error)) = (&mut incident.phase, &called) {
        let never_taken = error.class != CloudErrorClass::Unavailable;
        absence.ready_forgotten |= absence.how == InPlace::Reboot && never_taken;
    }
    let how_it_went = match called {
        Ok(()) => {
            let taken = Taken { act: permit.act(), at: now, plan: &plan };
            let intended = incident.clone();
            taken.apply(world, &mut incident);
            report.count("acts_applied", 1);
            if !save(ports, &incident, report).await? {
                once_more(ports, world, &intended, &taken, report).await?;
            }
            "applied"
        }
        Err(error) if comes_again(&error) => {
            let words = format!("The call did not succeed: {error}. It will be tried again.");
            incident.note(now, words);
            report.count("acts_failed", 1);
            save(ports, &incident, report).await?;
            "failed"
        }
        Err(error) => {
            let words = format!("{}: AWS refused: {error}.", words::who(world, &plan));
            owe::refused(&mut incident, now, words);
            let freed = refused(&mut incident, now, &error);
            report.count("acts_refused", 1);
            if freed.is_empty() {
                save(ports, &incident, report).await?;
            } else if ports.release(&incident, &freed).await? == Written::Yes {
                report.wrote(&incident);
            }
            "refused"
        }
    };
    report.decisions.push(remember::line(world, &plan, Some(&incident), how_it_went));
    Ok(())
}

/// Writes an incident; false where another run wrote it first.
async fn save(
    ports: &impl MaintenancePorts,
    incident: &Incident,
    report: &mut Report,
) -> Result<bool, CloudError> {
    let written = ports.save(std::slice::from_ref(incident)).await?;
    let stands = written == [Written::Yes];
    if stands {
        report.wrote(incident);
    }
    Ok(stands)
}

/// Another run wrote its words between the intent and the outcome. Without the outcome a reboot
/// would be made twice.
async fn once_more(
    ports: &impl MaintenancePorts,
    world: &World,
    intended: &Incident,
    taken: &Taken<'_>,
    report: &mut Report,
) -> Result<(), CloudError> {
    let known = ports.incidents_of(&intended.key.instance).await?;
    let same = |one: &Incident| one.key == intended.key && one.phase == intended.phase;
    if let Some(mut incident) = known.into_iter().find(same) {
        taken.apply(world, &mut incident);
        save(ports, &incident, report).await?;
    }
    Ok(())
}

/// Missing capacity is not waited for with an instance half out of service.
fn comes_again(error: &CloudError) -> bool {
    error.class.retry() == Retry::NextLook && error.class != CloudErrorClass::NoCapacity
}

/// A call that AWS took.
struct Taken<'p> {
    act: Act,
    at: Timestamp,
    plan: &'p Plan,
}

impl Taken<'_> {
    fn apply(&self, world: &World, incident: &mut Incident) {
        match (&mut incident.phase, self.act) {
            (Phase::Intended(intent), Act::Replace(_)) => {
                incident.phase = Phase::Replacing(intent.clone());
            }
            (Phase::Moving(absence), Act::Strike(InPlace::Reboot)) => absence.taken = Some(self.at),
            _ => incident.note(self.at, "AWS took the call."),
        }
        owe::started(incident, self.plan, self.at, &words::sentence(world, self.plan));
    }
}

/// The incident after a call that cannot succeed as it is. Of a replacement nothing was opened: its
/// slots are free. What may be half out of service is brought back first. AWS is not asked again
/// for a date that it refused. Each refusal of an act is an attempt, so that they come to an end; but
/// that nothing was allowed says nothing of the instance, and somebody may allow it yet.
fn refused(incident: &mut Incident, now: Timestamp, error: &CloudError) -> BTreeSet<Limit> {
    let words = format!("The call was refused: {error}.");
    incident.note(now, words.clone());
    match &incident.phase {
        Phase::Rescheduling { .. } => {
            incident.phase = Phase::Seen;
            incident.no_other_date = true;
            return BTreeSet::new();
        }
        Phase::Leaving(absence) | Phase::Moving(absence) => {
            let full = error.class == CloudErrorClass::NoCapacity;
            let returns = if full { Returns::Unwanted } else { Returns::Failed };
            incident.phase = Phase::Returning { absence: absence.clone(), returns };
            incident.rests_until = now.checked_add(RESTS).ok();
            return BTreeSet::new();
        }
        _ => {}
    }
    incident.phase = Phase::Seen;
    incident.attempt += u32::from(error.class != CloudErrorClass::Denied);
    let held = Reason::Refused(now);
    incident.decided = Some(Decided {
        at: now,
        action: "hold".into(),
        reason: held.code().into(),
        words: words.into(),
        cure: held.cure().into(),
    });
    std::mem::take(&mut incident.slots)
}
