//! Notifications: what people and programs are to be told of an incident. Each is owed from the
//! write of what it tells of, and taken out when it was sent; so a crash or a failed topic in
//! between costs time, and no word.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Incident, Phase};

/// What another run has just written is left to that run to tell: longer than a run may last (120 s,
/// the reconciler's timeout).
const LEFT_TO_ITS_WRITER: SignedDuration = SignedDuration::from_secs(150);

/// Nobody is told of what is older: the ledger and the log know it, and a channel that nobody
/// mends must not keep an incident for good.
const OWED_LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How an incident stands. Not every incident passes every state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Something came to nothing, or nothing more will come of it without people.
    Failed,
    /// It is out of service, and has waited for the same thing too long.
    Stuck,
    /// It is wanted, and something other than time is in the way.
    Held,
    /// An opening act was called for, and AWS took the call.
    Started,
    /// What was opened is not wanted any more, and is undone.
    Withdrawn,
    /// The replacement, or the instance itself, serves.
    Serving,
    /// It is over: moved, and shown clean an hour later.
    Verified,
    /// It is known what would be done; time or an owner's yes is all that is missing.
    Planned,
    /// It is over, and nothing had to be moved any more.
    Closed,
    /// AWS scheduled an event, or moved its date.
    Received,
}

impl Standing {
    /// The stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Held => "held",
            Self::Started => "started",
            Self::Withdrawn => "withdrawn",
            Self::Serving => "serving",
            Self::Verified => "verified",
            Self::Planned => "planned",
            Self::Closed => "closed",
            Self::Received => "received",
        }
    }

    /// What makes room for this state to be told again within the same attempt.
    fn ends(self) -> &'static [Self] {
        match self {
            Self::Started => &[Self::Withdrawn, Self::Serving],
            Self::Withdrawn | Self::Serving => &[Self::Started],
            _ => &[],
        }
    }
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// People, by the topic.
    Topic,
    /// Programs, by the event bus.
    Bus,
}

/// One thing to be told of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Notification {
    /// How the incident stands.
    pub state: Standing,
    /// AWS's clock when it came to stand so.
    pub at: Timestamp,
    /// The incident's attempt then, from 1.
    pub attempt: u32,
    /// Why, as a stable code of `docs/reasons.md` or `docs/events.md`.
    pub reason: SmolStr,
    /// AWS's date as seen then; absent where AWS gave none.
    pub not_before: Option<Timestamp>,
    /// AWS's date is nearer than so many hours (24 or 4), and it is still held; absent otherwise.
    pub within_hours: Option<u8>,
    /// The sentence, with what others wrote in it: escape it before anybody reads it.
    pub words: SmolStr,
    /// What would change it; empty where nobody has to do anything.
    pub cure: SmolStr,
    /// The next look that is wanted then; absent where the next sweep is soon enough.
    pub look_again: Option<Timestamp>,
    /// Who is still to be told. Never empty while it is owed.
    pub owed_to: BTreeSet<Channel>,
}

impl Notification {
    /// How an incident stands, with its sentence.
    pub fn of(
        incident: &Incident,
        state: Standing,
        reason: &str,
        at: Timestamp,
        words: impl Into<SmolStr>,
    ) -> Self {
        Self {
            state,
            at,
            attempt: incident.attempt,
            reason: reason.into(),
            not_before: incident.not_before,
            within_hours: None,
            words: words.into(),
            cure: SmolStr::default(),
            look_again: None,
            owed_to: BTreeSet::from([Channel::Topic, Channel::Bus]),
        }
    }

    /// With what would change it.
    #[must_use]
    pub fn cured_by(self, cure: &str) -> Self {
        Self { cure: cure.into(), ..self }
    }

    /// The same whenever it is sent again: a reader drops the second by it.
    pub fn id(&self, incident: &Incident) -> String {
        let near = self.within_hours.map_or_else(String::new, |hours| format!("/{hours}h"));
        let (state, at) = (self.state.code(), self.at.as_millisecond());
        format!("{}/{at}/{state}/{}{near}", incident.key, self.reason)
    }

    /// Somebody should act on it.
    pub fn alarms(&self) -> bool {
        matches!(self.state, Standing::Failed | Standing::Stuck) || self.within_hours.is_some()
    }

    /// Whether it is to be sent now, by a run that wrote it itself or not.
    pub fn due(&self, wrote_it: bool, now: Timestamp) -> bool {
        wrote_it || now.duration_since(self.at) >= LEFT_TO_ITS_WRITER
    }

    /// It is told once: of the same attempt, state and reason, and for each of AWS's dates.
    fn key(&self, within_hours: Option<u8>) -> String {
        let dated = self.state == Standing::Received || within_hours.is_some();
        let date = self.not_before.filter(|_| dated);
        let date = date.map_or_else(String::new, |date| format!("/{}", date.as_second()));
        let near = within_hours.map_or_else(String::new, |hours| format!("/{hours}h"));
        format!("{}/{}/{}{date}{near}", self.state.code(), self.attempt, self.reason)
    }
}

impl Incident {
    /// Owes a notification, unless the same was owed before.
    pub fn owe(&mut self, notification: Notification) {
        for ended in notification.state.ends() {
            let of_it = format!("{}/", ended.code());
            self.said.retain(|key| !key.starts_with(&of_it));
        }
        // Who hears that a held one comes near its date hears that it is held.
        self.said.extend(notification.within_hours.map(|_| notification.key(None)));
        if self.said.insert(notification.key(notification.within_hours)) {
            self.owed.push(notification);
        }
    }

    /// It was told that it stands so in its present attempt, for that reason.
    pub fn told(&self, state: Standing, reason: &str) -> bool {
        self.said.contains(&format!("{}/{}/{reason}", state.code(), self.attempt))
    }

    /// Takes out what was sent, and what nobody will be told any more. Answers how many those are.
    pub fn settle(&mut self, sent: &BTreeSet<(String, Channel)>, now: Timestamp) -> usize {
        let mut owed = std::mem::take(&mut self.owed);
        for notification in &mut owed {
            let id = notification.id(self);
            notification.owed_to.retain(|channel| !sent.contains(&(id.clone(), *channel)));
        }
        owed.retain(|notification| !notification.owed_to.is_empty());
        let still_owed = owed.len();
        owed.retain(|notification| now.duration_since(notification.at) < OWED_LONGEST);
        self.owed = owed;
        still_owed - self.owed.len()
    }

    /// It is over, and nobody waits for a word about it.
    pub fn settled(&self) -> bool {
        matches!(self.phase, Phase::Closed { .. }) && self.owed.is_empty()
    }
}
