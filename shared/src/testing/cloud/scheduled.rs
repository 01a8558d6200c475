//! Scheduled events: AWS announces, moves, cancels, and acts when the date comes.

use jiff::{SignedDuration, Timestamp};

use super::Cloud;
use super::agenda::Happening;
use super::state::State;
use crate::event::hint::{Hint, HintKind};
use crate::ids::{EventId, InstanceId};
use crate::world::{EventCode, InstanceState, ScheduledEvent};

impl Cloud {
    /// AWS schedules something for an instance, and its notice becomes a hint.
    pub fn schedule(&self, instance: &InstanceId, code: EventCode, in_hours: i64) -> EventId {
        let mut state = self.state.borrow_mut();
        let id = state.next_event();
        let date = state.now + SignedDuration::from_hours(in_hours);
        let event = ScheduledEvent {
            id: id.clone(),
            code,
            description: "The instance is running on degraded hardware".to_owned(),
            not_before: Some(date),
            not_after: None,
            not_before_deadline: None,
        };
        state.fleet_mut().instances.get_mut(instance).unwrap().events.push(event);
        state.await_date(instance, &id);
        state.hint(HintKind::Notice, instance);
        id
    }

    /// AWS moves a date, to so many hours from now.
    pub fn move_date(&self, instance: &InstanceId, event: &EventId, in_hours: i64) {
        let mut state = self.state.borrow_mut();
        let date = state.now + SignedDuration::from_hours(in_hours);
        state.event_mut(instance, event).unwrap().not_before = Some(date);
        state.await_date(instance, event);
        state.hint(HintKind::Notice, instance);
    }

    /// AWS calls an event off; EC2's description follows after the lag.
    pub fn cancel(&self, instance: &InstanceId, event: &EventId) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.end(instance, event, "[Canceled]");
        state.hint(HintKind::Closed, instance);
    }

    /// The date of an event as it stands.
    pub fn date_of(&self, instance: &InstanceId, event: &EventId) -> Option<Timestamp> {
        let mut state = self.state.borrow_mut();
        state.event_mut(instance, event).and_then(|event| event.not_before)
    }
}

impl State {
    pub(super) fn hint(&mut self, kind: HintKind, instance: &InstanceId) {
        if self.silent {
            return;
        }
        let subjects = [instance.clone()].into();
        let hint = Hint { kind, subjects, source: None, at: Some(self.now), hops: 0 };
        self.queue.put(self.now, hint.encode().unwrap());
    }

    fn event_mut(&mut self, id: &InstanceId, event: &EventId) -> Option<&mut ScheduledEvent> {
        let instance = self.fleet_mut().instances.get_mut(id)?;
        instance.events.iter_mut().find(|known| &known.id == event)
    }

    /// Notes the date of an event.
    pub(super) fn await_date(&mut self, id: &InstanceId, event: &EventId) {
        if let Some(date) = self.event_mut(id, event).and_then(|event| event.not_before) {
            self.agenda.note(date, Happening::Due(id.clone(), event.clone()));
        }
    }

    fn end(&mut self, id: &InstanceId, event: &EventId, mark: &'static str) {
        self.fleet_mut().over.insert(event.clone());
        self.after(self.description_lag, Happening::Described(id.clone(), event.clone(), mark));
    }

    pub(super) fn described(&mut self, id: &InstanceId, event: &EventId, mark: &str) {
        if let Some(event) = self.event_mut(id, event) {
            event.description = format!("{mark} {}", event.description);
        }
    }

    /// AWS's date: the member is terminated by Auto Scaling, a standalone instance stopped or
    /// rebooted by AWS.
    pub(super) fn due(&mut self, id: &InstanceId, event: &EventId) {
        let now = self.now;
        let over = self.fleet().over.contains(event);
        let Some(known) = self.event_mut(id, event) else { return };
        let moved = known.not_before.is_none_or(|date| date > now);
        let reboots = !known.code.degraded_hardware();
        let gone = self.fleet().instances.get(id).is_none_or(|instance| !instance.alive());
        if over || moved || gone {
            return;
        }
        self.truth.forced.push(id.clone());
        self.end(id, event, "[Completed]");
        match self.fleet().member(id).map(|(group, _)| group.clone()) {
            Some(group) if !group.suspended.contains_key("HealthCheck") => {
                let launches_first = self.behaviour(&group.name).dates_launch_first;
                if launches_first && group.launches_first() {
                    self.lose(id, false);
                    self.fleet_mut().member_mut(id).unwrap().healthy = false;
                    self.settle(&group.name);
                } else {
                    self.terminate(id, false);
                }
            }
            Some(_) | None if reboots => {}
            Some(_) | None => {
                let instance = self.fleet_mut().instances.get_mut(id).unwrap();
                instance.state = Some(InstanceState::Stopped);
                self.announce_state(id, "stopped");
            }
        }
    }
}
