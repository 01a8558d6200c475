//! Incidents that the ledger remembers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{absence, group_name, id, in_minutes, key, now, replica_set};
use crate::ledger::{Back, Decided, Incident, IncidentKey, Intent, Limit, Phase, Unknown, format};
use crate::plan::Order;
use crate::world::EventCode;

/// An incident of an instance's first event. The world that it joins fills in what EC2 says of the
/// event, the group, its members before, and the slots of the limits that every act belongs to.
#[derive(Debug, Clone)]
#[must_use]
pub struct IncidentBuilder {
    pub(super) incident: Incident,
    pub(super) extra_slots: BTreeSet<Limit>,
    pub(super) name: String,
    pub(super) marks: bool,
}

/// An incident first seen a day ago, of which nothing was opened.
pub fn incident_of(name: &str) -> IncidentBuilder {
    let seen = now().checked_sub(SignedDuration::from_hours(24)).expect("a time near now");
    IncidentBuilder {
        incident: Incident {
            key: key(name),
            format: format::WRITTEN,
            version: 1,
            name: Some(name.to_owned()),
            group: None,
            code: EventCode::SystemReboot,
            not_before: None,
            first_seen: seen,
            found_by: "hint".to_owned(),
            attempt: 1,
            phase: Phase::Seen,
            slots: BTreeSet::new(),
            decided: None,
            alarmed: BTreeSet::new(),
            no_other_date: false,
            rests_until: None,
            kept: None,
            probes: BTreeMap::new(),
            history: Vec::new(),
            owed: Vec::new(),
            said: BTreeSet::new(),
            unknown: Unknown::new(),
        },
        extra_slots: BTreeSet::new(),
        name: name.to_owned(),
        marks: true,
    }
}

impl IncidentBuilder {
    /// A replacement was intended now; whether it was called for is not known.
    pub fn intended(mut self, order: Order) -> Self {
        self.incident.phase = Phase::Intended(intent(order));
        self
    }

    /// A replacement was called for now, and took effect.
    pub fn replacing(mut self, order: Order) -> Self {
        self.incident.phase = Phase::Replacing(intent(order));
        self
    }

    /// Its replacement serves since now.
    pub fn served_by(mut self, replacement: &str) -> Self {
        self.incident.phase = Phase::Serving {
            replacement: id(replacement),
            since: now(),
            clean_at_ten: None,
            source: "lt-web:7".to_owned(),
            unknown: Unknown::new(),
        };
        self
    }

    /// So many minutes ago instead of now.
    pub fn minutes_ago(self, minutes: i64) -> Self {
        self.seconds_ago(minutes * 60)
    }

    /// So many seconds ago instead of now.
    pub fn seconds_ago(mut self, seconds: i64) -> Self {
        let then = now().checked_sub(SignedDuration::from_secs(seconds)).expect("a time near now");
        match &mut self.incident.phase {
            Phase::Intended(Intent { at, .. })
            | Phase::Replacing(Intent { at, .. })
            | Phase::Serving { since: at, .. }
            | Phase::Back(Back { since: at, .. })
            | Phase::Rescheduling { at, .. } => *at = then,
            Phase::Leaving(away) | Phase::Moving(away) | Phase::Returning { absence: away, .. } => {
                absence::at(away, then);
            }
            Phase::Seen | Phase::Closed { .. } => self.incident.first_seen = then,
        }
        self
    }

    /// Its look at ten minutes was clean.
    pub fn clean_at_ten(mut self) -> Self {
        let later = |since: Timestamp| since.checked_add(SignedDuration::from_mins(10)).ok();
        match &mut self.incident.phase {
            Phase::Serving { clean_at_ten, since, .. } => *clean_at_ten = later(*since),
            Phase::Back(back) => back.clean_at_ten = later(back.since),
            _ => {}
        }
        self
    }

    /// The instance was in this replica set when it was taken out.
    pub fn of_set(mut self, set: &str) -> Self {
        if let Phase::Intended(intent) | Phase::Replacing(intent) = &mut self.incident.phase {
            intent.replica_sets.insert(replica_set(set));
        }
        self.holding(Limit::ReplicaSet(replica_set(set)))
    }

    /// It was a member of this group, whatever its tags say now.
    pub fn of_group(mut self, group: &str) -> Self {
        self.incident.group = Some(group_name(group));
        self
    }

    /// Which attempt it is.
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.incident.attempt = attempt;
        self
    }

    /// AWS's date as the ledger has it, for an event that EC2 lists no more.
    pub fn dated(mut self, date: Timestamp) -> Self {
        self.incident.not_before = Some(date);
        self
    }

    /// It was told of before, as the ledger notes it: state, attempt, reason.
    pub fn told(mut self, word: &str) -> Self {
        self.incident.said.insert(word.to_owned());
        self
    }

    /// It was held for the reason of this code, decided so many minutes ago.
    pub fn decided(mut self, reason: &str, minutes: i64) -> Self {
        self.incident.decided = Some(Decided {
            at: in_minutes(-minutes),
            action: "hold".into(),
            reason: reason.into(),
            words: "".into(),
            cure: "".into(),
        });
        self
    }

    /// AWS took no other date for it.
    pub fn no_other_date(mut self) -> Self {
        self.incident.no_other_date = true;
        self
    }

    /// It is not tried again for so many minutes from now.
    pub fn resting(mut self, minutes: i64) -> Self {
        self.incident.rests_until = Some(in_minutes(minutes));
        self
    }

    /// What it is about.
    pub fn key(&self) -> &IncidentKey {
        &self.incident.key
    }

    /// It holds a slot in one more limit.
    pub fn holding(mut self, limit: Limit) -> Self {
        self.extra_slots.insert(limit);
        self
    }
}

fn intent(order: Order) -> Intent {
    Intent {
        order,
        at: now(),
        members_before: BTreeSet::new(),
        source: "lt-web:7".to_owned(),
        replica_sets: BTreeSet::new(),
        unknown: Unknown::new(),
    }
}
