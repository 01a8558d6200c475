//! Decides about instances that leave service and come back as themselves: is it still wanted, is
//! it out, has it moved, and what brings it back?
//!
//! Leaving and moving are opening acts, and want what every one of them wants. From `Returning` on
//! nothing is asked but what AWS shows: no mode, window, limit or switch keeps an instance out.

mod leaving;
mod moving;
mod returning;
mod riding;

use jiff::{SignedDuration, Timestamp};

use super::room::Room;
use super::{AT_ONCE, Subject, WATCH, after, draft};
use crate::ledger::{Absence, Incident, Left, Outcome, Phase, Returns};
use crate::plan::{InPlace, Plan, PlanDraft, Reason, Step};
use crate::policy::Ceilings;
use crate::world::{Group, Instance, LifecycleState, Member, ScheduledEvent, TargetState, World};

/// How often AWS's work is looked at while it is awaited.
const AWAIT: SignedDuration = SignedDuration::from_mins(5);

/// One instance that is away, with all that its next step rests on.
struct Away<'w> {
    world: &'w World,
    incident: &'w Incident,
    absence: &'w Absence,
    instance: &'w Instance,
    group: Option<&'w Group>,
    /// Its event with all that a decision asks for; absent where EC2 lists it no more.
    subject: Option<&'w Subject<'w>>,
    ceilings: &'w Ceilings,
}

/// What to do about an instance that is away.
pub fn decide(
    world: &World,
    (incident, subject): (&Incident, Option<&Subject<'_>>),
    absence: &Absence,
    ceilings: &Ceilings,
    room: &Room<'_>,
) -> Plan {
    let group = incident.group.as_ref().and_then(|name| world.groups.get(name));
    let Some(instance) = world.instances.get(&incident.key.instance) else {
        return draft(incident).step(Step::Wait, Reason::NoPositiveLook, after(world, WATCH));
    };
    let away = Away { world, incident, absence, instance, group, subject, ceilings };
    if !instance.alive() {
        return away.gone();
    }
    match incident.phase {
        Phase::Leaving(_) if absence.how == InPlace::Ride => away.riding(room),
        Phase::Leaving(_) => away.leaving(room),
        Phase::Moving(_) => away.moving(room),
        Phase::Returning { returns, .. } => away.returning(returns),
        _ => away.wait(Reason::NoPositiveLook, WATCH),
    }
}

impl<'w> Away<'w> {
    fn plan(&self, step: Step, reason: Reason, look_again: Option<Timestamp>) -> Plan {
        let Incident { key, group, code, .. } = self.incident;
        let draft = PlanDraft::new(key.clone(), group.clone(), code.clone(), self.date());
        draft.step(step, reason, look_again)
    }

    fn wait(&self, reason: Reason, time: SignedDuration) -> Plan {
        self.plan(Step::Wait, reason, after(self.world, time))
    }

    fn at_once(&self, step: Step, reason: Reason) -> Plan {
        self.plan(step, reason, after(self.world, AT_ONCE))
    }

    fn turn_back(&self, returns: Returns, reason: Reason) -> Plan {
        self.at_once(Step::TurnBack(returns), reason)
    }

    /// Its end leaves nothing to bring back but what standby took from desired capacity.
    fn gone(&self) -> Plan {
        let entered = self.absence.struck.or(self.absence.out_since).is_some();
        let stands = match self.lifecycle() {
            Some(LifecycleState::Standby(_)) => true,
            Some(LifecycleState::InService | LifecycleState::Pending(_)) => false,
            _ => entered,
        };
        let standby = matches!(self.absence.left, Left::Group { .. }) && stands;
        let reason = match &self.incident.group {
            Some(group) if standby => Reason::LostInStandby(group.clone()),
            _ => Reason::InstanceGone,
        };
        self.plan(Step::Close(Outcome::Gone), reason, None)
    }

    fn member(&self) -> Option<&'w Member> {
        self.group.and_then(|group| group.members.get(&self.instance.id))
    }

    fn lifecycle(&self) -> Option<&'w LifecycleState> {
        self.member().map(|member| &member.lifecycle)
    }

    fn targets(&self) -> impl Iterator<Item = Option<TargetState>> {
        self.absence.registrations().map(|registration| {
            let targets = self.world.targets.get(&registration.target_group)?;
            targets.get(&self.instance.id).copied()
        })
    }

    /// Takes no requests any more. Target groups that were not asked say nothing.
    fn out(&self) -> bool {
        match &self.absence.left {
            Left::Group { .. } => {
                matches!(self.lifecycle(), Some(LifecycleState::Standby(word)) if word == "Standby")
            }
            Left::Targets { .. } => self.asked() && self.targets().all(|state| state.is_none()),
            Left::Unknown => false,
        }
    }

    /// Nothing is missing of what it left. A member that its group has let go has nothing to
    /// return to.
    fn in_service(&self) -> bool {
        match &self.absence.left {
            Left::Group { .. } | Left::Unknown => {
                self.lifecycle().is_none_or(|lifecycle| *lifecycle == LifecycleState::InService)
            }
            Left::Targets { .. } => {
                let back = |state| !matches!(state, None | Some(TargetState::Draining));
                self.asked() && self.targets().all(back)
            }
        }
    }

    /// On its way out of all that it leaves: a deregistration may have been done in part.
    fn goes(&self) -> bool {
        match &self.absence.left {
            Left::Group { .. } | Left::Unknown => !self.in_service(),
            Left::Targets { .. } => {
                let gone = |state| matches!(state, None | Some(TargetState::Draining));
                !self.asked() || self.targets().all(gone)
            }
        }
    }

    fn asked(&self) -> bool {
        let groups = self.absence.target_groups();
        groups.iter().all(|targets| self.world.targets.contains_key(targets))
    }

    fn in_doubt(&self) -> bool {
        self.absence.in_doubt(self.world.observed_at)
    }

    fn event(&self) -> Option<&'w ScheduledEvent> {
        self.instance.active_events().find(|event| event.id == self.incident.key.event)
    }

    /// EC2 answered about the instance, and does not list the event as active.
    fn event_over(&self) -> bool {
        self.instance.status_read && self.event().is_none()
    }

    fn date(&self) -> Option<Timestamp> {
        self.event().map_or(self.incident.not_before, |event| event.not_before)
    }
}
