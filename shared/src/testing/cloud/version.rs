//! Two versions of the program on one ledger: this one, and the next, which adds a field wherever it
//! may and writes some incidents in a format that this one does not know.

use serde_json::json;

use super::Cloud;
use crate::ledger::{Incident, IncidentKey, Phase, Unknown, format};

/// The field that the next version adds.
pub const ADDED: &str = "added_by_the_next_version";

/// Which version of the program makes a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The one that ships.
    This,
    /// The one after it.
    Next,
}

/// Whether the next version writes an incident in the next format, once it has opened something.
pub type Renews = fn(&IncidentKey) -> bool;

impl Version {
    /// The newest format that it knows.
    pub(super) fn knows(self) -> u64 {
        match self {
            Self::This => format::KNOWN,
            Self::Next => format::KNOWN + 1,
        }
    }

    /// An incident as it writes it.
    pub(super) fn written(self, incident: &Incident, renews: Renews) -> Incident {
        let mut incident = incident.clone();
        incident.format = incident.format_written();
        if self == Self::Next {
            if renews(&incident.key) && incident.phase != Phase::Seen {
                incident.format = self.knows();
            }
            add(&mut incident);
        }
        incident
    }
}

fn add(incident: &mut Incident) {
    let added = || Unknown::from([(ADDED.to_owned(), json!({ "deep": [1, null, "x"] }))]);
    incident.unknown = added();
    match &mut incident.phase {
        Phase::Intended(intent) | Phase::Replacing(intent) => intent.unknown = added(),
        Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } => {
            absence.unknown = added();
        }
        Phase::Back(back) => back.unknown = added(),
        Phase::Serving { unknown, .. } => *unknown = added(),
        Phase::Seen | Phase::Rescheduling { .. } | Phase::Closed { .. } => {}
    }
}

impl Cloud {
    /// The next version writes these incidents in the next format.
    pub fn renews(&self, renews: Renews) {
        self.state.borrow_mut().renews = renews;
    }

    /// An older version wrote this incident: its document with all that stands in it, and its slots.
    pub fn put_document(&self, document: &str) {
        let written = format::incident(document).unwrap();
        let ledger = &mut self.state.borrow_mut().ledger;
        let version = ledger.open.get(&written.key).map_or(1, |known| known.version);
        for holders in ledger.holders.values_mut() {
            holders.remove(&written.key);
        }
        for limit in &written.slots {
            ledger.holders.entry(limit.clone()).or_default().insert(written.key.clone());
        }
        ledger.open.insert(written.key.clone(), Incident { version, ..written });
    }
}
