//! An incident: one scheduled event of one instance, from the first look that saw it to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::ids::{EventId, GroupName, IdError, InstanceId, ReplicaSet};
use crate::ledger::{Absence, Back, Limit, Notification, Returns, Unknown, format};
use crate::plan::{InPlace, Order};
use crate::world::{Departure, EventCode};

/// History entries that an incident keeps; older ones between the first and these are dropped.
const HISTORY: usize = 60;

/// What an incident is about. One instance can have several events, one event id never two
/// instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentKey {
    /// The instance.
    pub instance: InstanceId,
    /// Its scheduled event.
    pub event: EventId,
}

impl fmt::Display for IncidentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.instance, self.event)
    }
}

impl TryFrom<String> for IncidentKey {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        let (instance, event) = text.split_once('/').unwrap_or((&text, ""));
        Ok(Self { instance: InstanceId::parse(instance)?, event: EventId::parse(event)? })
    }
}

impl From<IncidentKey> for String {
    fn from(key: IncidentKey) -> Self {
        key.to_string()
    }
}

/// One scheduled event of one instance and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// What it is about.
    pub key: IncidentKey,
    /// The format in which it was read; absent in what the first version wrote.
    #[serde(default = "first")]
    pub format: u64,
    /// Counts the writes, from the millisecond on in which it was first seen; the condition of the
    /// next one. 0 means not written yet.
    pub version: u64,
    /// The instance's group; absent for a standalone instance.
    pub group: Option<GroupName>,
    /// The instance's Name tag when it was seen first, for words; absent where it had none.
    pub name: Option<String>,
    /// What AWS scheduled.
    pub code: EventCode,
    /// AWS's date as last seen; it moves both ways.
    pub not_before: Option<Timestamp>,
    /// AWS's clock at the look that saw it first.
    pub first_seen: Timestamp,
    /// The trigger of the look that saw it first: `hint`, or `sweep` where no event told of it.
    pub found_by: String,
    /// 1 for the first; a replacement that lands on a host with an event of its own is the next.
    pub attempt: u32,
    /// Where it is.
    pub phase: Phase,
    /// Limits in which it holds a slot.
    pub slots: BTreeSet<Limit>,
    /// The last decision that differed from the one before.
    pub decided: Option<Decided>,
    /// Alarms raised: hours before AWS's date, or 0 for waiting too long for what it waits for
    /// now.
    pub alarmed: BTreeSet<u8>,
    /// AWS took no other date for the event: it is not asked again.
    #[serde(default)]
    pub no_other_date: bool,
    /// No other try before; absent where nothing keeps one.
    #[serde(default)]
    pub rests_until: Option<Timestamp>,
    /// What kept the instance from leaving when it was asked last; absent where nothing did.
    #[serde(default)]
    pub kept: Option<Kept>,
    /// Readiness documents sent, by name; each asks the instance that is to serve.
    #[serde(default)]
    pub probes: BTreeMap<String, Probe>,
    /// What happened, oldest first, at most 60 entries.
    pub history: Vec<Entry>,
    /// What is still to be told, oldest first.
    #[serde(default)]
    pub owed: Vec<Notification>,
    /// What was owed once and is not owed again: state, attempt and reason.
    #[serde(default)]
    pub said: BTreeSet<String>,
    /// What a newer version adds.
    #[serde(flatten)]
    pub unknown: Unknown,
}

fn first() -> u64 {
    format::FIRST
}

/// Where an incident is. Phases only go forward; the ledger's version keeps two writers apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Phase {
    /// Seen; nothing has been opened.
    Seen,
    /// An opening act was intended; whether the call was made, and took effect, is not known yet.
    Intended(Intent),
    /// The act took effect; the replacement is awaited.
    Replacing(Intent),
    /// The replacement serves: slots are free. Clean looks at 10 and 60 minutes are awaited.
    Serving {
        /// The new member.
        replacement: InstanceId,
        /// Since when.
        since: Timestamp,
        /// The clean look ten minutes later.
        clean_at_ten: Option<Timestamp>,
        /// What it was launched from: proven by that look.
        source: String,
        /// What a newer version adds.
        #[serde(flatten)]
        unknown: Unknown,
    },
    /// To be taken out of service, and to come back as itself; nothing is lost yet.
    Leaving(Absence),
    /// Out of service, and its stop or reboot is intended.
    Moving(Absence),
    /// On its way back into service, whatever anybody says.
    Returning {
        /// What is to be undone.
        absence: Absence,
        /// Why it comes back.
        returns: Returns,
    },
    /// It serves again: slots are free. Clean looks at 10 and 60 minutes are awaited.
    Back(Back),
    /// AWS was asked for another date.
    Rescheduling {
        /// The date asked for.
        to: Timestamp,
        /// When it was intended.
        at: Timestamp,
    },
    /// Over.
    Closed {
        /// When.
        at: Timestamp,
        /// How.
        outcome: Outcome,
    },
}

/// An opening act that was decided and written down before it was called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Intent {
    /// Which way the group replaces.
    pub order: Order,
    /// AWS's clock when it was written.
    pub at: Timestamp,
    /// The group's members then; whoever is not among them was launched later.
    pub members_before: BTreeSet<InstanceId>,
    /// What the group launched from, for the first-one-alone rule.
    pub source: String,
    /// The replica sets of the instance; its replacement must name one of them again.
    pub replica_sets: BTreeSet<ReplicaSet>,
    /// What a newer version adds.
    #[serde(flatten)]
    pub unknown: Unknown,
}

/// What keeps an instance where it is. It takes a call for each target group of the account to find
/// out, so it is not asked at every look.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Kept {
    /// When it was asked.
    pub at: Timestamp,
    /// Where the instance is registered.
    pub departure: Departure,
    /// It is protected from being stopped.
    pub stop_protected: bool,
}

impl Kept {
    /// Asked so lately that it still counts: an hour.
    pub fn counts(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) < SignedDuration::from_hours(1)
    }
}

/// A readiness document that was sent to an instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Probe {
    /// The instance.
    pub instance: InstanceId,
    /// `CommandId` of the answer to `SendCommand`.
    pub command: String,
    /// When it was sent.
    pub at: Timestamp,
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Moved: the replacement serves and EC2 shows no event for it after 60 minutes.
    Moved,
    /// The replacement landed on a host with an event of its own; that incident goes on with the
    /// next attempt.
    MovedAgain,
    /// It stood aside while AWS did its work, and serves again.
    Ridden,
    /// EC2 shows the event completed or cancelled, or shows it no more.
    Cleared,
    /// The instance left without us, before AWS's date.
    Gone,
    /// AWS, or Auto Scaling on its behalf, acted first.
    Forced,
    /// The owner opted out.
    OptedOut,
}

impl Outcome {
    /// A stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::MovedAgain => "moved_again",
            Self::Ridden => "ridden",
            Self::Cleared => "cleared",
            Self::Gone => "gone",
            Self::Forced => "forced",
            Self::OptedOut => "opted_out",
        }
    }
}

/// A decision as it was last reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// When.
    pub at: Timestamp,
    /// The action's stable code.
    pub action: SmolStr,
    /// The reason's stable code.
    pub reason: SmolStr,
    /// The sentence for people.
    pub words: SmolStr,
    /// What would change it; empty where nothing is held.
    pub cure: SmolStr,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// AWS's clock.
    pub at: Timestamp,
    /// A sentence. Every copy of the incident shares it.
    pub what: SmolStr,
}

impl Incident {
    /// The number of the next writing. The first is the time of its first sight: one that is opened
    /// anew after its end shares no number with what a run that stood still may hold of it.
    pub fn next_version(&self) -> u64 {
        match self.version {
            0 => u64::try_from(self.first_seen.as_millisecond()).map_or(1, |first| first.max(1)),
            read => read + 1,
        }
    }

    /// Adds a sentence to the history, keeping the first and the newest ones.
    pub fn note(&mut self, at: Timestamp, what: impl Into<SmolStr>) {
        if self.history.len() >= HISTORY {
            self.history.remove(1);
        }
        self.history.push(Entry { at, what: what.into() });
    }

    /// The intent of a replacement that is not serving yet.
    pub fn intent(&self) -> Option<&Intent> {
        match &self.phase {
            Phase::Intended(intent) | Phase::Replacing(intent) => Some(intent),
            _ => None,
        }
    }

    /// What is opened for an instance that is to come back as itself.
    pub fn absence(&self) -> Option<&Absence> {
        match &self.phase {
            Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } => {
                Some(absence)
            }
            _ => None,
        }
    }

    /// The new member, once it serves.
    pub fn replacement(&self) -> Option<&InstanceId> {
        match &self.phase {
            Phase::Serving { replacement, .. } => Some(replacement),
            _ => None,
        }
    }

    /// The event of `key` came with the host on which this incident's move ended.
    pub fn led_to(&self, key: &IncidentKey) -> bool {
        let (how, events) = match &self.phase {
            Phase::Serving { replacement, .. } => return *replacement == key.instance,
            Phase::Returning { absence, returns: Returns::Moved } => (absence.how, &absence.events),
            Phase::Back(back) => (back.how, &back.events),
            _ => return false,
        };
        let same = self.key.instance == key.instance && self.key.event != key.event;
        same && how != InPlace::Ride && !events.contains(&key.event)
    }

    /// It counts as out: something was opened, and nothing serves again yet.
    pub fn out(&self) -> bool {
        self.intent().is_some() || self.absence().is_some()
    }

    /// A stable word for its phase.
    pub fn phase_code(&self) -> &'static str {
        match self.phase {
            Phase::Seen => "seen",
            Phase::Intended(_) => "intended",
            Phase::Replacing(_) => "replacing",
            Phase::Serving { .. } => "serving",
            Phase::Leaving(_) => "leaving",
            Phase::Moving(_) => "moving",
            Phase::Returning { .. } => "returning",
            Phase::Back(_) => "back",
            Phase::Rescheduling { .. } => "rescheduling",
            Phase::Closed { .. } => "closed",
        }
    }
}
