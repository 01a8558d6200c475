//! Riding: aside until AWS has done its work.

use std::ops::ControlFlow::{Break, Continue};

use jiff::Timestamp;

use super::{AWAIT, Away};
use crate::decide::room::Room;
use crate::decide::timing;
use crate::decide::{WATCH, after};
use crate::ledger::Returns;
use crate::plan::{Plan, Progress, Reason, Restore, Step};
use crate::policy::signals_ready;
use crate::world::ScheduledEvent;

impl Away<'_> {
    /// Stands aside until AWS is done. Nothing more is opened, so nobody's word ends it early: in
    /// service, Auto Scaling would end the member at AWS's date.
    pub(super) fn riding(&self, room: &Room<'_>) -> Plan {
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
        if self.goes() {
            // AWS may be early, or the way out late: its last requests do not need the signal.
            let wait = || self.wait(Reason::WaitingForDrain, WATCH);
            return self.forget_ready(date).unwrap_or_else(wait);
        }
        if self.absence.out_since.is_some() {
            return self.turn_back(Returns::Failed, Reason::BroughtBackByHand);
        }
        if self.in_doubt() {
            return self.wait(Reason::IntentInDoubt, WATCH);
        }
        match self.wanted(room) {
            Continue(subject) => self.leave_again(subject),
            Break(otherwise) => otherwise,
        }
    }

    fn aside(&self, date: Timestamp) -> Plan {
        if self.absence.out_since.is_none() {
            let stood = Step::Record(Progress::Out);
            return self.at_once(stood, Reason::StoodAside);
        }
        if let Some(forget) = self.forget_ready(date) {
            return forget;
        }
        let look_again = after(self.world, AWAIT).map(|again| again.max(date));
        self.plan(Step::Wait, Reason::WaitingForAws(date), look_again)
    }

    /// What it says of its readiness is of the life that AWS's reboot ends, and is taken away before
    /// that: once, though it may have come to say so only after it stood aside; and once more where
    /// another reboot of AWS is near.
    fn forget_ready(&self, date: Timestamp) -> Option<Plan> {
        let now = self.world.observed_at;
        let own = self.incident.code.reboots() && now < date && !self.absence.ready_forgotten;
        let near = |date: Timestamp| now < date && date.duration_since(now) <= timing::ASIDE;
        let mut others = self
            .instance
            .active_events()
            .filter(|event| event.id != self.incident.key.event && event.code.reboots());
        let says = (own || others.any(|event| event.not_before.is_some_and(near)))
            && signals_ready(&self.instance.tags);
        let look_again = if self.out() { Some(date) } else { after(self.world, WATCH) };
        let forget = Step::Restore(Restore::ForgetReady);
        says.then(|| self.plan(forget, Reason::OfItsLifeBefore, look_again))
    }

    /// AWS gave it a later date than the one for which it stands aside, and there is time to serve
    /// until then.
    fn moved_later(&self, date: Timestamp) -> bool {
        let before = self.absence.date;
        let later = before.is_some_and(|before| date.duration_since(before) > timing::ASIDE);
        later && timing::aside_from(date).is_some_and(|from| self.world.observed_at < from)
    }

    /// EC2 says that it is completed; or the date has come, and EC2 lists the event no more, or its
    /// time is over. Not where EC2 says that it is cancelled.
    pub(super) fn aws_is_done(&self) -> bool {
        let now = self.world.observed_at;
        if self.listed().any(ScheduledEvent::completed) {
            return true;
        }
        if self.listed().any(ScheduledEvent::called_off)
            || self.date().is_none_or(|date| now < date)
        {
            return false;
        }
        let ended = self.event().and_then(|event| event.not_after).is_some_and(|end| now >= end);
        self.event_over() || ended
    }

    /// The event as EC2 lists it, whatever became of it.
    fn listed(&self) -> impl Iterator<Item = &ScheduledEvent> {
        self.instance.events.iter().filter(|event| event.id == self.incident.key.event)
    }
}
