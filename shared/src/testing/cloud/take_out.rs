//! The calls that take an instance out of service and move it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::agenda::Happening;
use super::faults::error;
use super::invocation::Invocation;
use super::log::Port;
use super::state::State;
use super::truth::{Act, ActKind, Hand};
use crate::decide::guard::Permit;
use crate::ids::InstanceId;
use crate::ledger::Registration;
use crate::policy::INCIDENT_MARK;
use crate::ports::{CloudError, CloudErrorClass, TakeOut};
use crate::testing::faults::Fault;
use crate::testing::invariants;
use crate::world::{CapacityState, Instance};

impl TakeOut for Invocation<'_> {
    async fn mark(&self, permit: &Permit) -> Result<(), CloudError> {
        self.call(Port::Mark, |state| {
            let id = permit.instance();
            if !state.is_alive(id) {
                return Err(refusal(Port::Mark, id, CloudErrorClass::Missing));
            }
            let instance = state.fleet_mut().instances.get_mut(id).unwrap();
            instance.tags.insert(INCIDENT_MARK.to_owned(), permit.key().event.to_string());
            Ok(())
        })
        .await
    }

    async fn reserve(
        &self,
        permit: &Permit,
        instance: &Instance,
        until: Timestamp,
    ) -> Result<(), CloudError> {
        self.call(Port::Reserve, |state| {
            let key = permit.key().clone();
            if state.fleet().reservations.contains_key(&key) {
                return Ok(());
            }
            if state.reservation_fails() {
                return Err(refusal(Port::Reserve, &instance.id, CloudErrorClass::NoCapacity));
            }
            state.fleet_mut().reservations.insert(key.clone(), CapacityState::Held);
            state.agenda.note(until, Happening::ReservationEnds(key));
            Ok(())
        })
        .await
    }

    async fn enter_standby(&self, permit: &Permit) -> Result<(), CloudError> {
        self.changes(Port::EnterStandby, permit.instance(), ActKind::Left, |state, id| {
            let verdict = invariants::before(state, permit.key(), permit.act().into());
            state.enter_standby(id)?;
            state.record.take(verdict);
            state.stand_aside(id);
            Ok(true)
        })
        .await
    }

    async fn deregister(
        &self,
        permit: &Permit,
        registrations: &BTreeSet<Registration>,
    ) -> Result<(), CloudError> {
        self.changes(Port::Deregister, permit.instance(), ActKind::Left, |state, id| {
            let known = state.fleet().registered.get(id);
            if known.is_some_and(|known| !known.is_disjoint(registrations)) {
                let verdict = invariants::before(state, permit.key(), permit.act().into());
                state.record.take(verdict);
                state.stand_aside(id);
            }
            let Some(some) = Self::only_some(state, registrations) else {
                return Ok(state.deregister(id, registrations));
            };
            if state.deregister(id, &some) {
                self.acts(state, ActKind::Left, id);
            }
            Err(CloudErrorClass::Unavailable)
        })
        .await
    }

    async fn stop(&self, permit: &Permit) -> Result<(), CloudError> {
        self.changes(Port::Stop, permit.instance(), ActKind::Stopped, |state, id| {
            let verdict = invariants::before(state, permit.key(), permit.act().into());
            let changed = state.stop(id, Hand::Ours)?;
            if changed {
                state.record.take(verdict);
                state.stand_aside(id);
            }
            Ok(changed)
        })
        .await
    }

    async fn reboot(&self, permit: &Permit) -> Result<(), CloudError> {
        self.changes(Port::Reboot, permit.instance(), ActKind::Rebooted, |state, id| {
            let verdict = invariants::before(state, permit.key(), permit.act().into());
            state.reboot(id, Hand::Ours)?;
            state.record.take(verdict);
            state.stand_aside(id);
            Ok(true)
        })
        .await
    }

    /// The event must allow it and be more than five minutes away, the date at least an hour, and
    /// no later than its deadline (AWS doc `reschedule-event`, read 2026-11).
    async fn reschedule(&self, permit: &Permit, to: Timestamp) -> Result<(), CloudError> {
        self.changes(Port::Reschedule, permit.instance(), ActKind::Rescheduled, |state, id| {
            let verdict = invariants::before(state, permit.key(), permit.act().into());
            let now = state.now;
            let event = &permit.key().event;
            let known = state.fleet().instances.get(id).and_then(|instance| {
                instance.active_events().find(|known| &known.id == event).cloned()
            });
            let Some(known) = known.filter(|_| !state.fleet().over.contains(event)) else {
                return Err(CloudErrorClass::Rejected);
            };
            let near = now + SignedDuration::from_mins(5);
            let soonest = now + SignedDuration::from_hours(1);
            let started = known.not_before.is_none_or(|date| date <= near);
            let late = known.not_before_deadline.is_none_or(|deadline| to > deadline);
            if started || late || to < soonest {
                return Err(CloudErrorClass::Rejected);
            }
            state.record.take(verdict);
            if !state.dates_stick && state.strikes(Fault::DateSticks).is_none() {
                let shows = Happening::DateShows(id.clone(), event.clone(), to);
                state.after(SignedDuration::from_secs(90), shows);
            }
            Ok(known.not_before != Some(to))
        })
        .await
    }
}

impl Invocation<'_> {
    /// Makes a call on an instance, and notes it among our acts where it changed something.
    pub(super) async fn changes(
        &self,
        port: Port,
        id: &InstanceId,
        kind: ActKind,
        effect: impl FnOnce(&mut State, &InstanceId) -> Result<bool, CloudErrorClass>,
    ) -> Result<(), CloudError> {
        self.call(port, |state| {
            let power = [Port::Stop, Port::Start, Port::Reboot].contains(&port);
            if power && state.strikes(Fault::StateIncorrect).is_some() {
                return Err(refusal(port, id, CloudErrorClass::Contended));
            }
            if effect(state, id).map_err(|class| refusal(port, id, class))? {
                self.acts(state, kind, id);
            }
            Ok(())
        })
        .await
    }

    fn acts(&self, state: &mut State, kind: ActKind, id: &InstanceId) {
        let (at, invocation) = (state.now, self.number());
        state.truth.acts.push(Act { at, invocation, kind, instance: id.clone() });
    }

    /// There is one call for each target group: those that were made before one of them failed.
    fn only_some(
        state: &mut State,
        registrations: &BTreeSet<Registration>,
    ) -> Option<BTreeSet<Registration>> {
        let groups: BTreeSet<_> = registrations.iter().map(|one| &one.target_group).collect();
        let some = state.does_only(groups.len())?;
        let made: BTreeSet<_> = groups.into_iter().take(some).collect();
        let made = registrations.iter().filter(|one| made.contains(&one.target_group));
        Some(made.cloned().collect())
    }
}

/// AWS refuses a call on an instance.
pub(super) fn refusal(port: Port, id: &InstanceId, class: CloudErrorClass) -> CloudError {
    CloudError { object: id.to_string(), ..error(port, class) }
}
