//! Scheduled events: AWS announces, moves, cancels, and acts when the date comes.

use jiff::{SignedDuration, Timestamp};

use super::Cloud;
use super::agenda::Happening;
use super::health::Turn;
use super::state::State;
use super::truth::Hand;
use crate::ids::{EventId, InstanceId};
use crate::testing::faults::Fault;
use crate::testing::invariants;
use crate::world::{EventCode, Group, LifecycleState, ScheduledEvent};

/// EC2's description of what is over may lag by an hour, in seconds (AWS doc
/// `viewing_scheduled_events`, read 2026-11).
const LISTED_MOST: u32 = 3_600;

impl Cloud {
    /// AWS schedules something for an instance, and AWS Health tells of it.
    pub fn schedule(&self, instance: &InstanceId, code: EventCode, in_hours: i64) -> EventId {
        let mut state = self.state.borrow_mut();
        let date = state.now + SignedDuration::from_hours(in_hours);
        let id = state.is_scheduled(instance, code, date);
        state.announces(&[(instance.clone(), id.clone())]);
        id
    }

    /// AWS moves a date, to so many hours from now.
    pub fn move_date(&self, instance: &InstanceId, event: &EventId, in_hours: i64) {
        let date = self.now() + SignedDuration::from_hours(in_hours);
        self.give_date(instance, event, date);
    }

    /// AWS moves a date by so much.
    pub fn move_date_by(&self, instance: &InstanceId, event: &EventId, by: SignedDuration) {
        let date = self.date_of(instance, event).unwrap() + by;
        self.give_date(instance, event, date);
    }

    fn give_date(&self, instance: &InstanceId, event: &EventId, date: Timestamp) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.event_mut(instance, event).unwrap().not_before = Some(date);
        state.await_date(instance, event);
        state.retells(instance, event, Turn::Coming);
    }

    /// AWS calls an event off; EC2's description follows after the lag.
    pub fn cancel(&self, instance: &InstanceId, event: &EventId) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.end(instance, event, "[Canceled]");
    }

    /// AWS allows an event to be moved, to so many hours from now at most.
    pub fn allow_until(&self, instance: &InstanceId, event: &EventId, in_hours: i64) {
        let mut state = self.state.borrow_mut();
        let deadline = state.now + SignedDuration::from_hours(in_hours);
        state.event_mut(instance, event).unwrap().not_before_deadline = Some(deadline);
    }

    /// AWS says when its work will be over, so many hours from now.
    pub fn ends_within(&self, instance: &InstanceId, event: &EventId, in_hours: i64) {
        let mut state = self.state.borrow_mut();
        let end = state.now + SignedDuration::from_hours(in_hours);
        state.event_mut(instance, event).unwrap().not_after = Some(end);
    }

    /// AWS acts now, whatever date it gave.
    pub fn act_now(&self, instance: &InstanceId, event: &EventId) {
        let mut state = self.state.borrow_mut();
        state.acts_early(instance, event);
        state.make_good();
    }

    /// From now on AWS acts so many minutes after its dates.
    pub fn acts_late_by(&self, minutes: i64) {
        self.state.borrow_mut().acts_late_by = SignedDuration::from_mins(minutes);
    }

    /// From now on AWS takes calls for another date, and moves none.
    pub fn dates_stick(&self) {
        self.state.borrow_mut().dates_stick = true;
    }

    /// The date of an event as it stands.
    pub fn date_of(&self, instance: &InstanceId, event: &EventId) -> Option<Timestamp> {
        let mut state = self.state.borrow_mut();
        state.event_mut(instance, event).and_then(|event| event.not_before)
    }
}

impl State {
    fn event_mut(&mut self, id: &InstanceId, event: &EventId) -> Option<&mut ScheduledEvent> {
        let instance = self.fleet_mut().instances.get_mut(id)?;
        instance.events.iter_mut().find(|known| &known.id == event)
    }

    /// Notes the date of an event.
    pub(super) fn await_date(&mut self, id: &InstanceId, event: &EventId) {
        let date = self.event_mut(id, event).and_then(|event| event.not_before);
        self.record.watch.dated(id, event, date, self.now);
        let Some(date) = date else { return };
        self.agenda.note(date, Happening::Due(id.clone(), event.clone()));
        if let Some(mut draw) = self.strikes(Fault::AwsActsEarly) {
            let left = date.duration_since(self.now).as_secs().clamp(0, i64::from(u32::MAX));
            let after = draw.seconds(0, u32::try_from(left).unwrap());
            self.after(after, Happening::ActsEarly(id.clone(), event.clone()));
        }
    }

    /// An event ends; EC2's description follows after the lag.
    pub(super) fn end(&mut self, id: &InstanceId, event: &EventId, mark: &'static str) {
        if !self.fleet_mut().over.insert(event.clone()) {
            return;
        }
        self.owner_speaks();
        self.retells(id, event, Turn::Over);
        let late = self.strikes(Fault::DescriptionLate);
        let late = late.map_or(SignedDuration::ZERO, |mut draw| draw.seconds(60, LISTED_MOST));
        let lag = self.description_lag.max(late);
        self.after(lag, Happening::Described(id.clone(), event.clone(), mark));
    }

    pub(super) fn described(&mut self, id: &InstanceId, event: &EventId, mark: &str) {
        self.owner_speaks();
        if let Some(event) = self.event_mut(id, event) {
            event.description = format!("{mark} {}", event.description);
        }
        self.record.watch.over(event, self.now);
    }

    /// AWS's date. Auto Scaling replaces a member in service at once; whatever else runs waits for
    /// AWS's work.
    pub(super) fn due(&mut self, id: &InstanceId, event: &EventId) {
        if !self.still_due(id, event) {
            return;
        }
        let processes = ["HealthCheck", "ReplaceUnhealthy", "Terminate"];
        let checked =
            |group: &Group| !processes.iter().any(|process| group.suspended.contains_key(*process));
        match self.fleet().member(id).map(|(group, member)| (group.clone(), member.clone())) {
            Some((group, member))
                if member.lifecycle == LifecycleState::InService && checked(&group) =>
            {
                self.forces(id, event);
                self.replaced_at_its_date(&group, id, event);
            }
            _ => {
                let late = self.strikes(Fault::AwsActsLate);
                let late = late.map_or(SignedDuration::ZERO, |mut draw| draw.seconds(60, 14_400));
                let delay = self.acts_late_by.max(late);
                self.after(delay, Happening::AwsActs(id.clone(), event.clone()));
            }
        }
    }

    /// The event stands, and its date has come.
    fn still_due(&mut self, id: &InstanceId, event: &EventId) -> bool {
        let now = self.now;
        let over = self.fleet().over.contains(event);
        let alive = self.is_alive(id);
        let date = self.event_mut(id, event).map(|known| known.not_before);
        !over && alive && date.is_some_and(|date| date.is_some_and(|date| date <= now))
    }

    /// Who stays until another serves is still on its host when AWS does its work there.
    fn replaced_at_its_date(&mut self, group: &Group, id: &InstanceId, event: &EventId) {
        if self.behaviour(&group.name).dates_launch_first && group.launches_first() {
            self.lose(id, false);
            if let Some(member) = self.fleet_mut().member_mut(id) {
                member.healthy = false;
            }
            self.settle(&group.name);
            self.after(self.acts_late_by, Happening::AwsActs(id.clone(), event.clone()));
        } else {
            self.end(id, event, "[Completed]");
            self.terminate(id, Hand::AutoScaling);
        }
    }

    /// AWS does what it scheduled, at its date.
    pub(super) fn aws_acts(&mut self, id: &InstanceId, event: &EventId) {
        if self.still_due(id, event) {
            self.does_it(id, event);
        }
    }

    /// AWS does what it scheduled, before its date.
    pub(super) fn acts_early(&mut self, id: &InstanceId, event: &EventId) {
        if self.fleet().runs(id) && !self.fleet().over.contains(event) {
            self.truth.early.push(id.clone());
            self.does_it(id, event);
        }
    }

    /// What AWS does to an instance that runs. What is stopped has left the host already.
    fn does_it(&mut self, id: &InstanceId, event: &EventId) {
        let Some(code) = self.event_mut(id, event).map(|known| known.code.clone()) else { return };
        if !self.fleet().runs(id) || self.fleet().over.contains(event) {
            return;
        }
        let alone = self.fleet().instances[id].group.is_none();
        let aside = self.fleet().aside(id) && (!alone || self.took_aside(id));
        let harmless = alone && code == EventCode::SystemMaintenance;
        if aside || harmless {
            if self.truth.ridden.last() != Some(id) {
                self.truth.ridden.push(id.clone());
            }
        } else {
            self.forces(id, event);
        }
        let late = self.event_mut(id, event).and_then(|known| known.not_before);
        let late = late.is_some_and(|date| date < self.now);
        if late && self.fleet().ready.contains(id) || invariants::unforeseen(self, event) {
            self.truth.unforeseen.push(id.clone());
        }
        self.owner_speaks();
        self.end(id, event, "[Completed]");
        match code {
            EventCode::SystemMaintenance => {}
            code if code.degraded_hardware() => {
                if self.stop(id, Hand::Aws).is_err() {
                    self.ends(id, Hand::Aws);
                }
            }
            _ => {
                let _ = self.reboot(id, Hand::Aws);
            }
        }
    }

    /// AWS, or Auto Scaling on its behalf, acts on an instance in service: once for the date,
    /// however many act on it.
    pub(super) fn forces(&mut self, id: &InstanceId, event: &EventId) {
        if self.truth.forced.last() == Some(id) {
            return;
        }
        let verdict = invariants::forced(self, id, event);
        self.record.take(verdict);
        self.truth.forced.push(id.clone());
    }

    /// Its owner's requests do not reach it, by our hand.
    fn took_aside(&mut self, id: &InstanceId) -> bool {
        self.truth.open_loss_of(id).is_some_and(|loss| loss.ours)
    }

    /// It runs on its old host again: AWS acts there at its dates, at once where they are past.
    pub(super) fn await_dates(&mut self, id: &InstanceId) {
        let now = self.now;
        for event in self.fleet().instances[id].active_events().cloned().collect::<Vec<_>>() {
            if let Some(date) = event.not_before {
                self.agenda.note(date.max(now), Happening::Due(id.clone(), event.id));
            }
        }
    }

    /// EC2 shows a date that it was asked for.
    pub(super) fn date_shows(&mut self, id: &InstanceId, event: &EventId, date: Timestamp) {
        if let Some(known) = self.event_mut(id, event) {
            known.not_before = Some(date);
            self.await_date(id, event);
        }
    }
}
