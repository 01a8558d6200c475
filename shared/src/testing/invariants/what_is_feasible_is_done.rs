//! L1: AWS's date does not find an instance in service that could have been moved in peace.
//!
//! *In peace* is what the following says, and it errs on the side of the program. From some moment
//! on until AWS's date no fault struck, nobody changed anything, no member of its group failed, and
//! the date was known. Its owner's policy let it be replaced, stopped and started or rebooted all
//! the while, in a window that was open long enough. Nothing held it: no protection, suspended
//! process, refresh, missing room, capacity, zone or gate. It had one event and no attempt behind
//! it. And the time was enough for everybody who had an event then to be moved one after the other,
//! each as slowly as the slowest of the fleet, at the governor's pace, and to be done two hours
//! before the date; with an hour for owners to object, one for an earlier refusal to be forgotten,
//! and one for the governor's.
//!
//! Whoever stands aside while AWS works could do so in peace if the last two hours were quiet, and
//! nobody else had an event or was out.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::record::Verdict;
use super::{Invariant, rest};
use crate::ids::{EventId, InstanceId};
use crate::ledger::{IncidentKey, format};
use crate::policy::{Gate, Lead, Mode, Policy, Relaunch};
use crate::testing::cloud::has_instance_store;
use crate::testing::cloud::state::State;
use crate::testing::cloud::truth::Loss;
use crate::time::Calendar;
use crate::world::{
    EventCode, Group, Instance, LastLaunch, LifecycleState, Market, Member, RootDevice,
    ScheduledEvent, Tenancy,
};

const HOLDS: Invariant = Invariant::WhatIsFeasibleIsDone;

/// What is done two hours before AWS's date is safe, and four more for what may come before.
const BESIDES: SignedDuration = SignedDuration::from_hours(6);

/// From one step of a move to the look that takes the next, all of them together.
const LOOKS: SignedDuration = SignedDuration::from_mins(30);

/// How long it has to be quiet before AWS's date for who stands aside.
const QUIET: SignedDuration = SignedDuration::from_hours(2);

/// Without windows, a stop waits for it; so does who is to go late.
const LAST_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Judges AWS's acting on an instance in service.
pub(super) fn forced(state: &State, id: &InstanceId, event: &EventId, verdict: &mut Verdict) {
    let Some(subject) = Subject::of(state, id, event) else { return };
    let feasible = match subject.way() {
        Some(Way::Ride) => subject.rides_in_peace(),
        Some(way) => subject.moves_in_peace(way),
        None => false,
    };
    if feasible {
        let date = subject.date;
        verdict.breaks(
            HOLDS,
            id,
            format!("AWS acts on it at {date}, and it could have been moved"),
        );
    }
}

/// Judges who runs where it was once everything came to rest, with what AWS scheduled for it; but
/// for those that were given up, or wait for their date.
pub(super) fn at_rest(state: &State, verdict: &mut Verdict) {
    for (event, known) in &state.record.watch.announced {
        let key = IncidentKey { instance: known.instance.clone(), event: event.clone() };
        let instance = state.fleet().instances.get(&key.instance);
        let lives = instance.is_some_and(|instance| {
            instance.alive() && instance.active_events().any(|one| one.id == key.event)
        });
        let member = state.fleet().member(&key.instance);
        let serves = member.is_none_or(|(_, it)| it.lifecycle == LifecycleState::InService);
        let runs = serves && state.fleet().runs(&key.instance);
        if lives && runs && state.policy_of(&key.instance).mode == Mode::Enforce {
            verdict.judges(HOLDS);
            let incident = state.ledger.open.get(&key);
            if !incident.is_some_and(|incident| rest::rests(state, incident)) {
                verdict.breaks(HOLDS, &key, "is where it was, and its event stands");
            }
        }
    }
}

/// How it is to be dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Replace,
    StopStart,
    Reboot,
    Ride,
}

/// An instance whose date has come.
struct Subject<'s> {
    state: &'s State,
    instance: &'s Instance,
    event: &'s ScheduledEvent,
    member: Option<(&'s Group, &'s Member)>,
    policy: Policy,
    date: Timestamp,
    /// Since when nothing went wrong, nobody changed anything and the date was known.
    calm_since: Timestamp,
}

impl<'s> Subject<'s> {
    fn of(state: &'s State, id: &InstanceId, event: &EventId) -> Option<Self> {
        let watch = &state.record.watch;
        let instance = state.fleet().instances.get(id)?;
        let event = instance.events.iter().find(|one| &one.id == event)?;
        let member = state.fleet().member(id);
        let known = watch.announced.get(&event.id)?;
        let date = event.not_before.filter(|date| *date <= state.now)?;
        let failed = state.truth.losses.iter().rev().find(|loss| {
            !loss.ours && member.is_some_and(|(group, _)| loss.group.as_ref() == Some(&group.name))
        });
        let calm_since = [
            Some(watch.disturbed_at),
            Some(state.owner_seen_from),
            Some(known.dated),
            failed.map(|loss| loss.until.unwrap_or(state.now)),
        ];
        Some(Self {
            state,
            instance,
            event,
            member,
            policy: state.policy_of(id),
            date,
            calm_since: calm_since.into_iter().flatten().max()? + state.time_to_see(),
        })
    }

    /// The way by its owner's word, or by what it is; absent where none of them is certain.
    fn way(&self) -> Option<Way> {
        let stores = self.instance.instance_type.as_deref().is_none_or(has_instance_store);
        let way = match self.policy.relaunch {
            Relaunch::Replace => Way::Replace,
            Relaunch::Reboot => Way::Reboot,
            Relaunch::Ride => Way::Ride,
            Relaunch::Notify => return None,
            Relaunch::Auto if self.event.code == EventCode::SystemMaintenance => Way::Ride,
            Relaunch::Auto if self.member.is_some() && stores => Way::Ride,
            Relaunch::Auto if self.member.is_some() => Way::Replace,
            Relaunch::Auto | Relaunch::StopStart => Way::StopStart,
        };
        let fits = match way {
            Way::Replace | Way::Ride => self.member.is_some(),
            Way::StopStart => !stores && self.stops(),
            Way::Reboot => {
                !stores && self.member.is_none() && self.event.code == EventCode::SystemReboot
            }
        };
        fits.then_some(way)
    }

    /// Nothing of it would be lost by a stop.
    fn stops(&self) -> bool {
        let Instance { id, root_device, market, tenancy, .. } = self.instance;
        let fleet = self.state.fleet();
        let none = |count: Option<usize>| count.unwrap_or(0) == 0;
        *root_device == RootDevice::Ebs
            && *market == Market::OnDemand
            && *tenancy == Tenancy::Default
            && self.instance.cluster_placement == Some(false)
            && !self.instance.auto_assigned_address
            && !fleet.stop_protected.contains(id)
            && none(fleet.by_address.get(id).map(BTreeSet::len))
            && none(fleet.classic.get(id).map(BTreeSet::len))
            && !self.state.full.contains_key(id)
    }

    fn moves_in_peace(&self, way: Way) -> bool {
        let needed = self.needed();
        self.unheld(way) && self.open_for(way).is_some_and(|time| time >= needed)
    }

    /// The longest time within the calm in which it could have been begun.
    fn open_for(&self, way: Way) -> Option<SignedDuration> {
        let waits = way == Way::StopStart || self.policy.lead == Some(Lead::Late);
        let from = if self.policy.window == Calendar::Always && waits {
            self.calm_since.max(self.date - LAST_DAY)
        } else {
            self.calm_since
        };
        if self.policy.lead == Some(Lead::Late) && self.policy.window != Calendar::Always {
            return None;
        }
        let open = self.policy.window.intervals(from, self.date);
        open.iter().map(|open| open.end().duration_since(open.start())).max()
    }

    /// What it takes to move everybody, one after the other.
    fn needed(&self) -> SignedDuration {
        let state = self.state;
        let announced = state.record.watch.announced.values();
        let waiting = announced.filter(|event| event.over.is_none_or(|at| at > self.calm_since));
        let out = state
            .truth
            .losses
            .iter()
            .filter(|loss| loss.ours && loss.until.is_none_or(|until| until > self.calm_since));
        let many = i32::try_from(waiting.count() + out.count()).unwrap_or(i32::MAX);
        let pace = SignedDuration::from_hours(1)
            / i32::try_from(state.ceilings.acts_per_hour).unwrap_or(1);
        BESIDES + (slowest(state) + pace) * many
    }

    /// Nothing is in the way but time.
    fn unheld(&self, way: Way) -> bool {
        let state = self.state;
        let id = &self.instance.id;
        let blocked = |loss: &Loss| loss.lasted(state.now) > slowest(state) * 2;
        let came = |loss: &Loss| loss.successor.as_ref() == Some(id);
        let attempted = state.truth.acts.iter().any(|act| &act.instance == id);
        let old = |format| format <= format::KNOWN;
        self.allowed()
            && !attempted
            && self.instance.active_events().count() == 1
            && !matches!(self.event.code, EventCode::Other(_))
            && !state.truth.open_losses().any(blocked)
            && !state.truth.losses.iter().any(came)
            && state.ledger_lost_at.is_none()
            && state.ledger.open.values().all(|incident| old(incident.format))
            && self.member.is_none_or(|(group, member)| self.unheld_member(way, group, member))
    }

    /// Its owner's word, and the stack's.
    fn allowed(&self) -> bool {
        let policy = &self.policy;
        let behaviour = self.state.fleet().behaviour_of(&self.instance.id);
        let gates = |gate: &Gate| *gate == Gate::Tag && behaviour.ready_after.is_some();
        policy.mode == Mode::Enforce
            && policy.hold_until.is_none()
            && policy.stop_alarms.names.is_empty()
            && !policy.stop_alarms.unreadable
            && policy.ready.iter().all(gates)
            && policy.tolerance.is_none()
            && policy.limits.values().all(|most| *most > 0)
            && policy.max_unavailable_per_zone.is_none_or(|share| share.of(1) > 0)
            && policy.unavailable(1, None) > 0
            && self.instance.operator.is_none()
            && !self.state.ledger.stopped
            && !self.state.ceilings.kill_switch
    }

    fn unheld_member(&self, way: Way, group: &Group, member: &Member) -> bool {
        let fleet = self.state.fleet();
        let replicated = fleet.sets.contains_key(&self.instance.id);
        let room = match way {
            Way::Replace => group.launches_first() || group.desired >= 3,
            _ => group.desired > group.minimum && !group.weighted(),
        };
        let launches = fleet.last_launches.get(&group.name);
        room && !member.protected
            && !group.deleting
            && group.suspended.is_empty()
            && !fleet.refreshes.contains_key(&group.name)
            && (!replicated || !self.policy.ready.is_empty())
            && launches.is_none_or(|last| matches!(last, LastLaunch::Fine | LastLaunch::None))
            && balanced(group)
    }

    fn rides_in_peace(&self) -> bool {
        let Some((group, member)) = self.member else { return false };
        let state = self.state;
        let others = state.record.watch.announced.values();
        let waits = |over: Option<Timestamp>| over.is_none_or(|at| at > self.date - QUIET);
        let mut others = others.filter(|event| event.instance != self.instance.id);
        let crowded = others.any(|event| waits(event.over));
        let mut losses = state.truth.losses.iter();
        let out = losses.any(|loss| loss.until.is_none_or(|until| until > self.date - QUIET));
        self.policy.window == Calendar::Always
            && self.calm_since <= self.date - QUIET
            && !crowded
            && !out
            && self.unheld(Way::Ride)
            && self.unheld_member(Way::Ride, group, member)
    }
}

/// What the slowest of the fleet takes to go and be back, or replaced.
fn slowest(state: &State) -> SignedDuration {
    let fleet = state.fleet();
    let all = fleet.behaviour.values().chain(fleet.machines.values());
    let longest = all.map(|behaviour| {
        behaviour.answers_after
            + behaviour.boots_in
            + behaviour.stops_in
            + behaviour.starts_in
            + behaviour.drains_in
            + behaviour.rejoins_in
            + behaviour.checked_after
            + behaviour.taken_after
            + behaviour.leaves_in
            + behaviour.ready_after.unwrap_or_default()
    });
    longest.max().unwrap_or_default() + LOOKS
}

/// Members per zone differ by one at most.
fn balanced(group: &Group) -> bool {
    let here =
        |zone| group.members.values().filter(|it| &it.zone == zone && it.in_service()).count();
    let counts = || group.zones.iter().map(here);
    counts().max().unwrap_or(0) <= counts().min().unwrap_or(0) + 1
}
