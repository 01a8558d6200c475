//! Closing acts: what brings an instance back, and what is tidied up when it is back. They ask for
//! nothing but the open incident.

use super::remember::Change;
use super::{MaintenancePorts, act, alarm, words};
use crate::decide::guard::{self, Closing};
use crate::ids::TargetGroup;
use crate::ledger::{Absence, Incident, Left, Phase, Probe, Registration};
use crate::plan::{Restore, Step};
use crate::ports::{CloudError, CloudErrorClass, Retry};
use crate::world::World;

/// Whether a change wants calls before it is written.
pub fn calls(change: &Change<'_>) -> bool {
    matches!(change.plan.step, Step::TakeBack(_) | Step::Restore(_) | Step::Ask { .. })
        || comes_back(change)
}

/// The instance is back, or gone: nothing of its absence remains.
fn comes_back(change: &Change<'_>) -> bool {
    change.before.absence().is_some() && change.next.absence().is_none()
}

/// Makes the calls. Their answers go into the incident that is written next.
pub async fn carry_out(
    ports: &impl MaintenancePorts,
    world: &World,
    change: &mut Change<'_>,
) -> Result<(), CloudError> {
    if let Step::Ask { instance, document } = &change.plan.step {
        let Some(asking) = guard::asking(&change.before, change.plan) else { return Ok(()) };
        let command = ports.send_document(&asking).await?;
        let probe = Probe { instance: instance.clone(), command, at: ports.now() };
        change.next.probes.insert(document.clone(), probe);
        return Ok(());
    }
    let Some(closing) = guard::closing(&change.before) else { return Ok(()) };
    if matches!(change.plan.step, Step::TakeBack(_) | Step::Restore(_)) {
        act::fresh(ports, world)?;
    }
    match &change.plan.step {
        Step::TakeBack(_) => ports.mark_healthy(&closing).await?,
        Step::Restore(Restore::ForgetReady) => ports.forget_ready(&closing).await?,
        Step::Restore(Restore::Start) => start(ports, world, &closing, change).await?,
        Step::Restore(Restore::ExitStandby) => ports.exit_standby(&closing).await?,
        Step::Restore(Restore::Register) => register(ports, &closing, change).await?,
        _ => {}
    }
    if comes_back(change) { tidy(ports, &closing, change).await } else { Ok(()) }
}

/// While it is stopped, what it said of its readiness is of its life before.
async fn start(
    ports: &impl MaintenancePorts,
    world: &World,
    closing: &Closing,
    change: &mut Change<'_>,
) -> Result<(), CloudError> {
    if act::says_ready(world, closing.instance()) {
        ports.forget_ready(closing).await?;
    }
    if change.starts_again() {
        let who = words::who(world, change.plan);
        let why = "EC2 took the call, and it stopped again";
        alarm::not_started(&mut change.next, ports.now(), &who, why);
    }
    ports.start(closing).await?;
    if let Phase::Returning { absence, .. } = &mut change.next.phase {
        absence.taken = Some(ports.now());
    }
    Ok(())
}

/// A target group that was deleted meanwhile takes nobody back, and keeps nobody from the others.
async fn register(
    ports: &impl MaintenancePorts,
    closing: &Closing,
    change: &mut Change<'_>,
) -> Result<(), CloudError> {
    let Some(absence) = change.before.absence() else { return Ok(()) };
    for target_group in absence.target_groups() {
        let of_this = |one: &&Registration| one.target_group == target_group;
        let registrations = absence.registrations().filter(of_this).cloned().collect();
        match ports.register(closing, &registrations).await {
            Err(error) if error.class == CloudErrorClass::Missing => {
                let words = format!("{target_group} is gone: its registration is not restored.");
                change.next.note(ports.now(), words);
                forget(&mut change.next, &target_group);
            }
            called => called?,
        }
    }
    Ok(())
}

fn forget(incident: &mut Incident, target_group: &TargetGroup) {
    if let Phase::Returning { absence, .. } = &mut incident.phase
        && let Left::Targets { registrations } = &mut absence.left
    {
        registrations.retain(|one| one.target_group != *target_group);
    }
}

/// Capacity first, the mark last, and in between the readiness of one that was not rebooted after
/// all: nobody would say it again. As long as the mark is there a sweep finds what is left. What AWS
/// refuses for good does not keep the slots of an instance that serves again.
async fn tidy(
    ports: &impl MaintenancePorts,
    closing: &Closing,
    change: &mut Change<'_>,
) -> Result<(), CloudError> {
    if change.before.absence().is_some_and(|absence| absence.reserves) {
        let released = ports.release_capacity(closing).await;
        left_behind(&mut change.next, "reserved capacity", released, ports.now())?;
    }
    let unsaid = |absence: &Absence| absence.said_ready || absence.ready_forgotten;
    if change.before.absence().is_some_and(unsaid) && change.next.phase == Phase::Seen {
        let restored = ports.say_ready(closing).await;
        left_behind(&mut change.next, "its readiness unsaid", restored, ports.now())?;
    }
    let unmarked = ports.unmark(closing).await;
    left_behind(&mut change.next, "the tag reberth:incident", unmarked, ports.now())
}

fn left_behind(
    incident: &mut Incident,
    what: &str,
    called: Result<(), CloudError>,
    now: jiff::Timestamp,
) -> Result<(), CloudError> {
    match called {
        Err(error) if error.class.retry() == Retry::Never => {
            incident.note(now, format!("Left behind: {what}, because {error}."));
            Ok(())
        }
        called => called,
    }
}
