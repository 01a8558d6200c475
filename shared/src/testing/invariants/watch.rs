//! What the invariants remember of a run, because the world as it stands does not tell it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::ids::{EventId, InstanceId};
use crate::ledger::IncidentKey;
use crate::report::Report;

/// No run came to its end for so long: an outage. Sweeps come every five minutes.
const OUTAGE: SignedDuration = SignedDuration::from_mins(30);

/// What was announced, what was done about it, and when runs came to their end.
#[derive(Debug, Clone)]
pub(in crate::testing) struct Watch {
    /// Scheduled events since the world began.
    pub(super) announced: BTreeMap<EventId, Announced>,
    /// When something last went otherwise than well, or somebody changed what rules hold.
    pub(super) disturbed_at: Timestamp,
    /// Replacements that took effect: for which incident, in which attempt.
    pub(super) replaced: BTreeSet<(IncidentKey, u32)>,
    /// Incidents that were found to be serving.
    pub(super) served: BTreeSet<IncidentKey>,
    /// When runs began that came to their end, saw everything and told everybody, in order.
    pub(super) looks: Vec<Timestamp>,
    /// The last outage, until it is judged whether it was caught up with.
    pub(super) outage: Option<Outage>,
}

/// A scheduled event.
#[derive(Debug, Clone)]
pub(super) struct Announced {
    /// The instance that it concerns.
    pub(super) instance: InstanceId,
    /// When EC2 listed it first.
    pub(super) since: Timestamp,
    /// When EC2 last listed another date than before; at first that of its announcement.
    pub(super) dated: Timestamp,
    /// AWS's date.
    pub(super) date: Option<Timestamp>,
    /// Since when EC2 lists it as completed or cancelled; absent while it is active.
    pub(super) over: Option<Timestamp>,
}

/// A time in which no run came to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outage {
    pub(super) began: Timestamp,
    pub(super) ended: Timestamp,
}

impl Watch {
    /// Nothing has happened yet.
    pub(in crate::testing) fn new(began: Timestamp) -> Self {
        Self {
            announced: BTreeMap::new(),
            disturbed_at: began,
            replaced: BTreeSet::new(),
            served: BTreeSet::new(),
            looks: Vec::new(),
            outage: None,
        }
    }

    /// Something goes otherwise than well until then, or somebody changes what the rules hold.
    pub(in crate::testing) fn disturbed(&mut self, until: Timestamp) {
        self.disturbed_at = self.disturbed_at.max(until);
    }

    /// What was to last is over.
    pub(in crate::testing) fn calm(&mut self, now: Timestamp) {
        self.disturbed_at = self.disturbed_at.min(now);
    }

    /// EC2 lists an event with this date from now on.
    pub(in crate::testing) fn dated(
        &mut self,
        instance: &InstanceId,
        event: &EventId,
        date: Option<Timestamp>,
        now: Timestamp,
    ) {
        let new =
            || Announced { instance: instance.clone(), since: now, dated: now, date, over: None };
        let known = self.announced.entry(event.clone()).or_insert_with(new);
        if known.date != date {
            (known.date, known.dated) = (date, now);
        }
    }

    /// EC2 lists an event as completed or cancelled from now on.
    pub(in crate::testing) fn over(&mut self, event: &EventId, now: Timestamp) {
        if let Some(known) = self.announced.get_mut(event) {
            known.over.get_or_insert(now);
        }
    }

    /// A run came to its end. What counts is that it saw everything, and told everybody.
    pub(in crate::testing) fn ended(&mut self, began: Timestamp, report: &Report) {
        let count = |name| report.counts.get(name).copied();
        let looked = count("looks_failed") == Some(0) && count("incidents").is_some();
        if !looked || count("tellings_failed") != Some(0) {
            return;
        }
        if let Some(last) = self.looks.last().copied()
            && began.duration_since(last) >= OUTAGE
        {
            self.outage = Some(Outage { began: last, ended: began });
        }
        let place = self.looks.partition_point(|look| *look <= began);
        self.looks.insert(place, began);
    }

    /// Runs that began after a time, and came to their end.
    pub(super) fn looks_since(&self, since: Timestamp) -> usize {
        self.looks.len() - self.looks.partition_point(|look| *look <= since)
    }
}
