//! The calls that change the fleet.

use super::agenda::Happening;
use super::faults::error;
use super::invocation::Invocation;
use super::log::Port;
use super::state::State;
use super::truth::{Act, ActKind, Hand};
use crate::decide::guard::{Closing, Permit};
use crate::ids::{GroupName, InstanceId};
use crate::plan::Order;
use crate::ports::{CloudError, CloudErrorClass, ReplaceMembers};
use crate::testing::invariants;

/// Members that one `TerminateInstanceInAutoScalingGroup` may name.
const TERMINATED_AT_ONCE: usize = 100;

impl ReplaceMembers for Invocation<'_> {
    async fn terminate(&self, group: &GroupName, permits: &[Permit]) -> Result<(), CloudError> {
        let requests = |(): &()| permits.len().div_ceil(TERMINATED_AT_ONCE);
        self.paged(Port::Terminate, requests, |state| {
            for permit in permits {
                let known = state.fleet().member(permit.instance());
                if known.is_none_or(|(owner, _)| &owner.name != group) {
                    return Err(not_a_member(Port::Terminate, permit.instance()));
                }
            }
            let some = state.does_only(permits.len());
            for permit in permits.iter().take(some.unwrap_or(permits.len())) {
                if !state.leaves(permit.instance()) {
                    self.opens(state, permit, Order::TerminateFirst);
                    state.terminate(permit.instance(), Hand::Ours);
                }
            }
            let failed = || error(Port::Terminate, CloudErrorClass::Contended);
            some.map_or(Ok(()), |_| Err(failed()))
        })
        .await
    }

    async fn mark_unhealthy(&self, permit: &Permit) -> Result<(), CloudError> {
        self.call(Port::MarkUnhealthy, |state| {
            let id = permit.instance();
            let group = member_of(state, id, Port::MarkUnhealthy)?;
            if state.fleet().member(id).is_some_and(|(_, member)| member.in_service()) {
                self.opens(state, permit, Order::LaunchFirst);
                state.lose(id, true);
                state.fleet_mut().member_mut(id).unwrap().healthy = false;
                let delay = state.behaviour(&group).answers_after;
                state.after(delay, Happening::Settle(group));
            }
            Ok(())
        })
        .await
    }

    async fn mark_healthy(&self, closing: &Closing) -> Result<(), CloudError> {
        self.call(Port::MarkHealthy, |state| {
            let id = closing.instance();
            let group = member_of(state, id, Port::MarkHealthy)?;
            let unhealthy = state.fleet().member(id).is_some_and(|(_, member)| !member.healthy);
            if unhealthy && !state.leaves(id) {
                let (at, invocation) = (state.now, self.number());
                let kind = ActKind::TakenBack;
                state.truth.acts.push(Act { at, invocation, kind, instance: id.clone() });
                state.fleet_mut().member_mut(id).unwrap().healthy = true;
                let mut losses = state.truth.losses.iter_mut();
                let loss = losses.find(|loss| &loss.instance == id && loss.until.is_none());
                if let Some(loss) = loss {
                    loss.until = Some(at);
                }
                // What anybody says of its health holds until Auto Scaling looks again (AWS doc
                // `ec2-auto-scaling-health-checks`, read 2026-11).
                let (life, looks_in) =
                    (state.fleet().life(id), state.behaviour(&group).impaired_after);
                state.after(looks_in, Happening::HealthChecked(id.clone(), life));
                state.after(jiff::SignedDuration::ZERO, Happening::Settle(group));
            }
            Ok(())
        })
        .await
    }
}

impl Invocation<'_> {
    /// Notes an act that changes something, after it was judged.
    fn opens(&self, state: &mut State, permit: &Permit, order: Order) {
        let verdict = invariants::before(state, permit.key(), permit.act().into());
        state.record.take(verdict);
        let (at, invocation) = (state.now, self.number());
        let (kind, instance) = (ActKind::Opened(order), permit.instance().clone());
        state.truth.acts.push(Act { at, invocation, kind, instance });
    }
}

fn member_of(state: &State, id: &InstanceId, port: Port) -> Result<GroupName, CloudError> {
    let group = state.fleet().member(id).map(|(group, _)| group.name.clone());
    group.ok_or_else(|| not_a_member(port, id))
}

fn not_a_member(port: Port, id: &InstanceId) -> CloudError {
    CloudError { object: id.to_string(), ..error(port, CloudErrorClass::Missing) }
}
