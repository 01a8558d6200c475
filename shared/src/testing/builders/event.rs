//! Scheduled events.

use jiff::{SignedDuration, Timestamp};

use super::{IncidentBuilder, in_minutes, incident_of, now, nth_key};
use crate::ledger::IncidentKey;
use crate::world::{EventCode, ScheduledEvent};

/// A scheduled event of an instance, in 14 days unless said otherwise.
#[derive(Debug, Clone)]
#[must_use]
pub struct EventBuilder {
    pub(super) key: IncidentKey,
    pub(super) event: ScheduledEvent,
    first_seen: Option<Timestamp>,
    name: String,
}

/// The host is failing: `instance-retirement`.
pub fn retirement_of(name: &str) -> EventBuilder {
    event_of(name, EventCode::InstanceRetirement)
}

/// The host is failing: `instance-stop`.
pub fn stop_of(name: &str) -> EventBuilder {
    event_of(name, EventCode::InstanceStop)
}

/// The host is rebooted: `system-reboot`. It has no cool-off, so it is due at once.
pub fn reboot_of(name: &str) -> EventBuilder {
    event_of(name, EventCode::SystemReboot)
}

/// The instance is rebooted: `instance-reboot`.
pub fn instance_reboot_of(name: &str) -> EventBuilder {
    event_of(name, EventCode::InstanceReboot)
}

/// The host's network or power is worked on: `system-maintenance`.
pub fn maintenance_of(name: &str) -> EventBuilder {
    event_of(name, EventCode::SystemMaintenance)
}

/// An event of any code.
pub fn event_of(name: &str, code: EventCode) -> EventBuilder {
    let key = nth_key(name, 1);
    let event = ScheduledEvent {
        id: key.event.clone(),
        code,
        description: "The instance is running on degraded hardware".to_owned(),
        not_before: Some(in_minutes(14 * 24 * 60)),
        not_after: None,
        not_before_deadline: None,
    };
    EventBuilder { key, event, first_seen: None, name: name.to_owned() }
}

impl EventBuilder {
    /// AWS acts in so many days.
    pub fn in_days(self, days: i64) -> Self {
        self.in_hours(days * 24)
    }

    /// AWS acts in so many hours; negative is past.
    pub fn in_hours(self, hours: i64) -> Self {
        self.in_minutes(hours * 60)
    }

    /// AWS acts in so many minutes; negative is past.
    pub fn in_minutes(self, minutes: i64) -> Self {
        self.but(|event| event.not_before = Some(in_minutes(minutes)))
    }

    /// AWS acts at this time.
    pub fn at(self, date: Timestamp) -> Self {
        self.but(|event| event.not_before = Some(date))
    }

    /// AWS is done by so many minutes from now; negative is past.
    pub fn ending_in_minutes(self, minutes: i64) -> Self {
        self.but(|event| event.not_after = Some(in_minutes(minutes)))
    }

    /// AWS named no date.
    pub fn undated(self) -> Self {
        self.but(|event| event.not_before = None)
    }

    /// The owner may move it, to so many days from now at the latest.
    pub fn movable_to_days(self, days: i64) -> Self {
        self.movable_until(in_minutes(days * 24 * 60))
    }

    /// The owner may move it, to this time at the latest.
    pub fn movable_until(self, latest: Timestamp) -> Self {
        self.but(|event| event.not_before_deadline = Some(latest))
    }

    /// Done.
    pub fn completed(self) -> Self {
        self.described("[Completed] scheduled reboot")
    }

    /// Called off.
    pub fn canceled(self) -> Self {
        self.described("[Canceled] scheduled reboot")
    }

    /// Not the first event of its instance but another one.
    pub fn nth(mut self, nth: u32) -> Self {
        self.key = nth_key(&self.name, nth);
        self.event.id = self.key.event.clone();
        self
    }

    /// The ledger knows it since so many minutes, and nothing was opened.
    pub fn seen_minutes_ago(mut self, minutes: i64) -> Self {
        self.first_seen = now().checked_sub(SignedDuration::from_mins(minutes)).ok();
        self
    }

    /// The incident that it makes.
    pub fn key(&self) -> &IncidentKey {
        &self.key
    }

    pub(super) fn seen(self) -> Option<IncidentBuilder> {
        let mut seen = incident_of(&self.name);
        seen.incident.key = self.key;
        seen.incident.first_seen = self.first_seen?;
        Some(seen)
    }

    fn described(self, text: &str) -> Self {
        self.but(|event| text.clone_into(&mut event.description))
    }

    fn but(mut self, change: impl FnOnce(&mut ScheduledEvent)) -> Self {
        change(&mut self.event);
        self
    }
}
