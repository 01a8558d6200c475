//! Leaving service to be stopped or rebooted. Both steps are opening acts, and want what every one
//! of them wants, each time anew.

use std::ops::ControlFlow::{self, Break, Continue};

use super::Away;
use crate::decide::room::Room;
use crate::decide::{Subject, WATCH, after, fresh, launch};
use crate::ledger::Returns;
use crate::plan::{Opening, Plan, Reason, Step, Way};
use crate::policy::INCIDENT_MARK;
use crate::world::{CapacityState, InstanceState, LifecycleState};

impl Away<'_> {
    /// AWS acted early, or somebody stopped it by hand: it has moved by that, and has to run again.
    pub(super) fn stopped_by_others(&self) -> Option<Plan> {
        let anew = self.absence.launched_again(self.instance.launched_at);
        match &self.instance.state {
            Some(InstanceState::Stopping) => Some(self.wait(Reason::Stopping, WATCH)),
            Some(InstanceState::Stopped) => Some(self.turn_back(Returns::Moved, Reason::Stopped)),
            Some(InstanceState::Pending) => Some(self.wait(Reason::Starting, WATCH)),
            _ if anew => Some(self.turn_back(Returns::Moved, Reason::RunsAgain)),
            _ => None,
        }
    }

    pub(super) fn leaving(&self, room: &Room<'_>) -> Plan {
        if let Some(plan) = self.stopped_by_others() {
            return plan;
        }
        if self.entering_standby() {
            return self.wait(Reason::WaitingForDrain, WATCH);
        }
        // The run that wrote the intent may be about to call: what was turned back would leave then.
        if self.in_service() && !self.out() && self.in_doubt() {
            return self.wait(Reason::IntentInDoubt, WATCH);
        }
        if self.event_over() && self.aws_is_done() {
            return self.turn_back(Returns::Moved, Reason::AwsIsDone);
        }
        if self.event_over() {
            return self.turn_back(Returns::Unwanted, Reason::EventOver);
        }
        let subject = match self.wanted(room) {
            Continue(subject) => subject,
            Break(otherwise) => return otherwise,
        };
        if self.marked() && self.out() {
            return self.strike(subject);
        }
        if self.marked() && self.goes() {
            return self.wait(Reason::WaitingForDrain, WATCH);
        }
        if self.in_doubt() {
            return self.wait(Reason::IntentInDoubt, WATCH);
        }
        self.leave_again(subject)
    }

    /// Its event, if what was opened for it is still wanted.
    pub(super) fn wanted(&self, room: &Room<'_>) -> ControlFlow<Plan, &Subject<'_>> {
        let Some(subject) = self.subject else {
            return Break(self.wait(Reason::NoPositiveLook, WATCH));
        };
        let how = self.absence.how;
        match fresh::still_wanted(self.world, subject, how, self.ceilings, room) {
            Continue(()) => Continue(subject),
            Break(reason) => Break(self.turn_back(Returns::Unwanted, reason)),
        }
    }

    /// Stops or reboots it, once the capacity that its owner wants reserved is its own, and unless
    /// the preflight, as far as it was asked, has something against it by now.
    fn strike(&self, subject: &Subject<'_>) -> Plan {
        let how = self.absence.how;
        let asked = fresh::asked(self.world, subject, Way::InPlace(how));
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

    /// The act of leaving was intended, and neither call nor effect is seen, or not all of it. From
    /// AWS's date on it is AWS's turn.
    pub(super) fn leave_again(&self, subject: &Subject<'_>) -> Plan {
        if self.date().is_some_and(|date| self.world.observed_at >= date) {
            return self.turn_back(Returns::Unwanted, Reason::AwsIsActing);
        }
        let way = Way::InPlace(self.absence.how);
        let opening = Opening {
            way,
            takes: Vec::new(),
            source: String::new(),
            asked: fresh::asked(self.world, subject, way),
            again: true,
        };
        self.plan(Step::Open(opening), Reason::TriedAgain, after(self.world, WATCH))
    }
}
