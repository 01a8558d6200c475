//! Decides about instances that leave service and come back as themselves: is it still wanted, is
//! it out, has it moved, and what brings it back?
//!
//! Leaving and moving are opening acts, and want what every one of them wants. From `Returning` on
//! nothing is asked but what AWS shows: no mode, window, limit or switch keeps an instance out.

use std::collections::BTreeSet;
use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::back::LISTED_LONGEST;
use super::ready::{self, Readiness};
use super::room::Room;
use super::{draft, fresh, launch, subject, timing};
use crate::ids::TargetGroup;
use crate::ledger::{Absence, Incident, Left, Outcome, Phase, Returns};
use crate::plan::{InPlace, Opening, Plan, PlanDraft, Progress, Reason, Restore, Step, Way};
use crate::policy::{Ceilings, INCIDENT_MARK, Policy, signals_ready};
use crate::world::{
    CapacityState, Group, Instance, InstanceState, LifecycleState, Member, ScheduledEvent,
    TargetState, World,
};

/// How often an act under way is looked at.
const WATCH: SignedDuration = SignedDuration::from_mins(1);
/// How soon a step that follows at once is taken.
const AT_ONCE: SignedDuration = SignedDuration::from_secs(5);
/// How often AWS's work is looked at while it is awaited.
const AWAIT: SignedDuration = SignedDuration::from_mins(5);
/// A reboot that was called has begun after this time.
const REBOOTS: SignedDuration = SignedDuration::from_mins(3);
/// A start that EC2 took shows after this time, or came to nothing.
const STARTS: SignedDuration = SignedDuration::from_secs(90);

/// One instance that is away, with all that its next step rests on.
struct Away<'w> {
    world: &'w World,
    incident: &'w Incident,
    absence: &'w Absence,
    instance: &'w Instance,
    group: Option<&'w Group>,
}

/// What to do about an instance that is away.
pub fn decide(
    world: &World,
    incident: &Incident,
    absence: &Absence,
    ceilings: &Ceilings,
    room: &Room<'_>,
) -> Plan {
    let group = incident.group.as_ref().and_then(|name| world.groups.get(name));
    let Some(instance) = world.instances.get(&incident.key.instance) else {
        return draft(incident).step(Step::Wait, Reason::NoPositiveLook, after(world, WATCH));
    };
    let away = Away { world, incident, absence, instance, group };
    if !instance.alive() {
        return away.gone();
    }
    match incident.phase {
        Phase::Leaving(_) if absence.how == InPlace::Ride => away.riding(ceilings, room),
        Phase::Leaving(_) => away.leaving(ceilings, room),
        Phase::Moving(_) => away.moving(ceilings, room),
        Phase::Returning { returns, .. } => away.returning(returns, ceilings),
        _ => away.wait(Reason::NoPositiveLook, WATCH),
    }
}

fn after(world: &World, time: SignedDuration) -> Option<Timestamp> {
    world.observed_at.checked_add(time).ok()
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

    // Leaving.

    /// AWS acted early, or somebody stopped it by hand: it has moved by that, and has to run again.
    fn stopped_by_others(&self) -> Option<Plan> {
        let anew = self.absence.launched_again(self.instance.launched_at);
        match &self.instance.state {
            Some(InstanceState::Stopping) => Some(self.wait(Reason::Stopping, WATCH)),
            Some(InstanceState::Stopped) => Some(self.turn_back(Returns::Moved, Reason::Stopped)),
            Some(InstanceState::Pending) => Some(self.wait(Reason::Starting, WATCH)),
            _ if anew => Some(self.turn_back(Returns::Moved, Reason::RunsAgain)),
            _ => None,
        }
    }

    /// Stands aside until AWS is done. Nothing more is opened, so nobody's word ends it early: in
    /// service, Auto Scaling would end the member at AWS's date.
    fn riding(&self, ceilings: &Ceilings, room: &Room<'_>) -> Plan {
        if let Some(plan) = self.stopped_by_others() {
            return plan;
        }
        if self.aws_is_done() {
            return self.turn_back(Returns::Moved, Reason::AwsIsDone);
        }
        if self.event_over() {
            return self.turn_back(Returns::Unwanted, Reason::EventOver);
        }
        let Some(date) = self.date() else { return self.wait(Reason::NoDate, AWAIT) };
        if self.moved_later(date) {
            return self.turn_back(Returns::Unwanted, Reason::DateMoved(date));
        }
        if self.out() {
            return self.aside(date);
        }
        if !self.in_service() {
            return self.wait(Reason::WaitingForDrain, WATCH);
        }
        if self.absence.out_since.is_some() {
            return self.turn_back(Returns::Failed, Reason::BroughtBackByHand);
        }
        self.leave_again(ceilings, room)
    }

    fn aside(&self, date: Timestamp) -> Plan {
        if self.absence.out_since.is_none() {
            let stood = Step::Record(Progress::Out);
            return self.at_once(stood, Reason::StoodAside);
        }
        let early = self.world.observed_at < date;
        if early && self.absence.said_ready && signals_ready(&self.instance.tags) {
            let forget = Step::Restore(Restore::ForgetReady);
            return self.plan(forget, Reason::OfItsLifeBefore, Some(date));
        }
        let look_again = after(self.world, AWAIT).map(|again| again.max(date));
        self.plan(Step::Wait, Reason::WaitingForAws(date), look_again)
    }

    /// AWS gave it a later date than the one for which it stands aside, and there is time to serve
    /// until then.
    fn moved_later(&self, date: Timestamp) -> bool {
        let before = self.absence.date;
        let later = before.is_some_and(|before| date.duration_since(before) > timing::ASIDE);
        later && timing::aside_from(date).is_some_and(|from| self.world.observed_at < from)
    }

    /// EC2 says that it is completed; or the date has come, and EC2 lists the event no more, or its
    /// time is over.
    fn aws_is_done(&self) -> bool {
        let now = self.world.observed_at;
        if self.completed() {
            return true;
        }
        if self.date().is_none_or(|date| now < date) {
            return false;
        }
        let ended = self.event().and_then(|event| event.not_after).is_some_and(|end| now >= end);
        self.event_over() || ended
    }

    fn completed(&self) -> bool {
        let events = self.instance.events.iter();
        let mut own = events.filter(|event| event.id == self.incident.key.event && !event.active());
        own.any(|event| event.description.to_ascii_lowercase().contains("completed"))
    }

    fn leaving(&self, ceilings: &Ceilings, room: &Room<'_>) -> Plan {
        if let Some(plan) = self.stopped_by_others() {
            return plan;
        }
        if self.entering_standby() {
            return self.wait(Reason::WaitingForDrain, WATCH);
        }
        if self.event_over() && self.aws_is_done() {
            return self.turn_back(Returns::Moved, Reason::AwsIsDone);
        }
        if self.event_over() {
            return self.turn_back(Returns::Unwanted, Reason::EventOver);
        }
        let subjects = subject::all(self.world, ceilings);
        let Some(subject) = subjects.iter().find(|one| one.key == self.incident.key) else {
            return self.wait(Reason::NoPositiveLook, WATCH);
        };
        let how = self.absence.how;
        if let Break(reason) = fresh::still_wanted(self.world, subject, how, ceilings, room) {
            return self.turn_back(Returns::Unwanted, reason);
        }
        if !self.marked() {
            return self.leave_again(ceilings, room);
        }
        if self.out() {
            let asked = fresh::asked(self.world, subject, Way::InPlace(how));
            return self.strike(how, asked);
        }
        if !self.in_service() {
            return self.wait(Reason::WaitingForDrain, WATCH);
        }
        self.leave_again(ceilings, room)
    }

    /// Stops or reboots it, once the capacity that its owner wants reserved is its own, and unless
    /// the preflight, as far as it was asked, has something against it by now.
    fn strike(&self, how: InPlace, asked: bool) -> Plan {
        let preflight = self.group.and_then(|group| self.world.preflight.get(&group.name));
        let now = self.world.observed_at;
        match preflight.map(|seen| launch::check(seen, Way::InPlace(how), now)) {
            Some(Break(reason @ Reason::CallFailed(_))) => return self.wait(reason, WATCH),
            Some(Break(reason)) => return self.turn_back(Returns::Unwanted, reason),
            Some(Continue(())) | None => {}
        }
        let strike = |asked| self.at_once(Step::Strike { how, asked }, Reason::OutOfService);
        if !self.absence.reserves {
            return strike(asked);
        }
        match self.world.capacity.get(&self.instance.id) {
            None => strike(false),
            Some(CapacityState::Held) => strike(asked),
            Some(CapacityState::Pending) => self.wait(Reason::WaitingForCapacity, WATCH),
            Some(CapacityState::Taken | CapacityState::Missing) => {
                self.turn_back(Returns::Failed, Reason::CapacityTaken)
            }
        }
    }

    /// Half way into standby there is no way back yet, and desired capacity may or may not be
    /// lowered.
    fn entering_standby(&self) -> bool {
        matches!(self.lifecycle(), Some(LifecycleState::Standby(word)) if word != "Standby")
    }

    /// It carries our mark, which is set last before it leaves: a sweep would find it stopped even if
    /// the ledger were lost.
    fn marked(&self) -> bool {
        let mark = self.instance.tags.get(INCIDENT_MARK);
        mark.is_some_and(|mark| mark == self.incident.key.event.as_str())
    }

    /// The act of leaving was intended, and neither call nor effect is seen.
    fn leave_again(&self, ceilings: &Ceilings, room: &Room<'_>) -> Plan {
        if self.in_doubt() {
            return self.wait(Reason::IntentInDoubt, WATCH);
        }
        let how = self.absence.how;
        let subjects = subject::all(self.world, ceilings);
        let Some(subject) = subjects.iter().find(|one| one.key == self.incident.key) else {
            return self.wait(Reason::NoPositiveLook, WATCH);
        };
        if let Break(reason) = fresh::still_wanted(self.world, subject, how, ceilings, room) {
            return self.turn_back(Returns::Unwanted, reason);
        }
        let way = Way::InPlace(how);
        let opening = Opening {
            way,
            takes: Vec::new(),
            source: String::new(),
            asked: fresh::asked(self.world, subject, way),
            again: true,
        };
        self.plan(Step::Open(opening), Reason::TriedAgain, after(self.world, WATCH))
    }

    // Moving.

    fn moving(&self, ceilings: &Ceilings, room: &Room<'_>) -> Plan {
        match self.absence.how {
            InPlace::Ride => return self.riding(ceilings, room),
            InPlace::Reboot => return self.rebooting(ceilings, room),
            InPlace::StopStart => {}
        }
        let launched_again = self.absence.launched_again(self.instance.launched_at);
        match &self.instance.state {
            Some(InstanceState::Stopped) => self.turn_back(Returns::Moved, Reason::Stopped),
            Some(InstanceState::Running) if launched_again => {
                self.turn_back(Returns::Moved, Reason::RunsAgain)
            }
            Some(InstanceState::Running) if self.in_doubt() => {
                self.wait(Reason::IntentInDoubt, WATCH)
            }
            Some(InstanceState::Running) => self.strike_again(ceilings, room),
            _ => self.wait(Reason::Stopping, WATCH),
        }
    }

    /// The stop was intended, and it runs on. It is stopped only while it is out of service: a
    /// member that is in service would be replaced.
    fn strike_again(&self, ceilings: &Ceilings, room: &Room<'_>) -> Plan {
        if !self.out() && self.in_service() {
            return self.turn_back(Returns::Failed, Reason::BroughtBackByHand);
        }
        self.leaving(ceilings, room)
    }

    fn rebooting(&self, ceilings: &Ceilings, room: &Room<'_>) -> Plan {
        match self.absence.taken {
            Some(taken) if self.world.observed_at.duration_since(taken) >= REBOOTS => {
                self.turn_back(Returns::Moved, Reason::RunsAgain)
            }
            Some(_) => self.wait(Reason::Rebooting, WATCH),
            None if self.in_doubt() => self.wait(Reason::IntentInDoubt, WATCH),
            // The answer to the call was lost, and it migrated.
            None if self.event_over() => self.turn_back(Returns::Moved, Reason::RunsAgain),
            None => self.strike_again(ceilings, room),
        }
    }

    // Returning.

    fn returning(&self, returns: Returns, ceilings: &Ceilings) -> Plan {
        let now = self.world.observed_at;
        let just = self.absence.taken.is_some_and(|at| now.duration_since(at) < STARTS);
        match &self.instance.state {
            Some(InstanceState::Stopped) if just => self.wait(Reason::Starting, WATCH),
            Some(InstanceState::Stopped) => {
                self.plan(Step::Restore(Restore::Start), Reason::Stopped, after(self.world, WATCH))
            }
            Some(InstanceState::Running) if self.moved_after_all(returns) => self.moved(ceilings),
            Some(InstanceState::Running) => self.unmoved(returns),
            Some(InstanceState::Pending) => self.wait(Reason::Starting, WATCH),
            Some(InstanceState::Stopping) => self.wait(Reason::Stopping, WATCH),
            _ => self.wait(Reason::NoPositiveLook, WATCH),
        }
    }

    /// A stop that nobody wanted any more when it took effect has moved it all the same.
    fn moved_after_all(&self, returns: Returns) -> bool {
        returns == Returns::Moved || self.absence.launched_again(self.instance.launched_at)
    }

    /// It comes back other than it went: nothing is taken on trust.
    fn moved(&self, ceilings: &Ceilings) -> Plan {
        if let Break(reason) = ready::runs(self.instance) {
            return self.wait(reason, WATCH);
        }
        let tags = self.group.map(|group| (&group.name, &group.tags));
        let policy = Policy::read(ceilings, tags, &self.instance.tags).policy;
        match ready::gates(self.world, self.incident, self.instance, &policy) {
            Readiness::Ready => {}
            Readiness::NotYet(reason) => return self.wait(reason, WATCH),
            Readiness::Ask(document) => {
                let step = Step::Ask { instance: self.instance.id.clone(), document };
                let reason = Reason::WaitingForReady(self.instance.id.clone());
                return self.plan(step, reason, after(self.world, WATCH));
            }
        }
        if !self.in_service() {
            return self.back_into_service();
        }
        let groups = self.target_groups();
        if let Break(reason) = ready::healthy(self.world, self.instance, &groups) {
            return self.wait(reason, WATCH);
        }
        let returns = if self.has_moved() { Returns::Moved } else { Returns::Unwanted };
        self.at_once(Step::Record(Progress::Back(returns)), Reason::ServesAgain)
    }

    /// What was found by its mark has moved where it was launched lately: EC2 lists for up to an
    /// hour what it left behind. Otherwise its event stands, and is decided anew at once: a member
    /// in service would not outlive AWS's date.
    fn has_moved(&self) -> bool {
        let age = |launched| self.world.observed_at.duration_since(launched);
        let lately = self.instance.launched_at.map(age).is_some_and(|age| age < LISTED_LONGEST);
        self.absence.left != Left::Unknown || lately
    }

    /// Nothing was done to it: it goes back as it came, as soon as no act of ours can still be
    /// under way.
    fn unmoved(&self, returns: Returns) -> Plan {
        if self.in_doubt() {
            return self.wait(Reason::IntentInDoubt, WATCH);
        }
        if !self.in_service() {
            return self.back_into_service();
        }
        if self.judged_again() {
            return self.at_once(Step::Record(Progress::Back(returns)), Reason::TurnedBack);
        }
        self.wait(Reason::WaitingForTargets(self.instance.id.clone()), WATCH)
    }

    /// Its target groups have made up their minds, whichever way: it is as healthy as it came.
    fn judged_again(&self) -> bool {
        self.target_groups().iter().all(|targets| {
            let seen = self.world.targets.get(targets).and_then(|all| all.get(&self.instance.id));
            seen != Some(&TargetState::Initial)
        })
    }

    /// The target groups that are to take it: its group's, or those that it left.
    fn target_groups(&self) -> BTreeSet<TargetGroup> {
        let of_group = self.member().and(self.group).map(|group| group.target_groups.clone());
        of_group.unwrap_or_else(|| self.absence.target_groups())
    }

    fn back_into_service(&self) -> Plan {
        let restore = match (self.lifecycle(), &self.absence.left) {
            (Some(LifecycleState::Standby(word)), _) if word == "Standby" => Restore::ExitStandby,
            (_, Left::Targets { .. }) if self.asked() => Restore::Register,
            _ => return self.wait(Reason::ComingBack, WATCH),
        };
        if let (Restore::ExitStandby, Some(group)) = (restore, self.group)
            && group.desired >= group.maximum
        {
            let (desired, maximum) = (group.desired, group.maximum);
            return self.wait(Reason::NoRoomToReturn { desired, maximum }, WATCH);
        }
        let watch = after(self.world, WATCH);
        self.plan(Step::Restore(restore), Reason::WaitsForItsPlace, watch)
    }
}
