//! Does an instance that runs serve: checks, targets, and whatever its owner's gates say?

use std::ops::ControlFlow::{Break, Continue};

use jiff::SignedDuration;

use super::Check;
use crate::ids::TargetGroup;
use crate::ledger::Incident;
use crate::plan::Reason;
use crate::policy::{Gate, Policy, signals_ready};
use crate::world::{AlarmState, CommandState, Instance, InstanceState, TargetState, World};

/// An alarm says something about an instance when it has had this long to notice it.
const ALARM_SETTLES: SignedDuration = SignedDuration::from_mins(10);

/// A readiness document that said no is asked again after this time.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// What the gates of an instance say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// All of them that it is ready.
    Ready,
    /// Not yet.
    NotYet(Reason),
    /// This document must be asked.
    Ask(String),
}

/// Running, and two of two checks.
pub fn runs(instance: &Instance) -> Check {
    if instance.state == Some(InstanceState::Running) && instance.checks_ok() {
        return Continue(());
    }
    Break(Reason::WaitingForChecks(instance.id.clone()))
}

/// Healthy in all of these target groups.
pub fn healthy<'t>(
    world: &World,
    instance: &Instance,
    groups: impl IntoIterator<Item = &'t TargetGroup>,
) -> Check {
    let healthy = |targets: &TargetGroup| {
        let seen = world.targets.get(targets).and_then(|targets| targets.get(&instance.id));
        seen == Some(&TargetState::Healthy)
    };
    if groups.into_iter().all(healthy) {
        return Continue(());
    }
    Break(Reason::WaitingForTargets(instance.id.clone()))
}

/// What the owner's gates say. The cheapest is asked first, documents last.
pub fn gates(
    world: &World,
    incident: &Incident,
    instance: &Instance,
    policy: &Policy,
) -> Readiness {
    let not_yet = || Readiness::NotYet(Reason::WaitingForReady(instance.id.clone()));
    let opens = |gate: &Gate| match gate {
        Gate::Tag => signals_ready(&instance.tags),
        Gate::Alarm(name) => rests(world, instance, name),
        Gate::SsmDocument(_) => true,
        Gate::Unreadable => false,
    };
    if !policy.ready.iter().all(opens) {
        return not_yet();
    }
    for gate in &policy.ready {
        let Gate::SsmDocument(document) = gate else { continue };
        match said(world, incident, instance, document) {
            Readiness::Ready => {}
            other => return other,
        }
    }
    Readiness::Ready
}

fn rests(world: &World, instance: &Instance, name: &str) -> bool {
    let settled = instance
        .launched_at
        .is_none_or(|launched| world.observed_at.duration_since(launched) >= ALARM_SETTLES);
    settled && matches!(world.alarms.get(name), Some(AlarmState::Ok(_)))
}

fn said(world: &World, incident: &Incident, instance: &Instance, document: &str) -> Readiness {
    let ask = || Readiness::Ask(document.to_owned());
    let probe = incident.probes.get(document).filter(|probe| {
        let of_this_life = instance.launched_at.is_none_or(|launched| probe.at >= launched);
        probe.instance == instance.id && of_this_life
    });
    let Some(probe) = probe else { return ask() };
    match world.commands.get(&probe.command) {
        Some(CommandState::Succeeded) => Readiness::Ready,
        Some(CommandState::Failed) if world.observed_at.duration_since(probe.at) >= ASKED_AGAIN => {
            ask()
        }
        _ => Readiness::NotYet(Reason::WaitingForReady(instance.id.clone())),
    }
}
