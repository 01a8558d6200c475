//! Our own message on the maintenance queue: where to look, and why now.
//!
//! The router writes it for a notice, the reconciler for its own later look. It carries no facts,
//! so an old, doubled or forged one costs a look and nothing else.
//!
//! ```json
//! {"reberth": "hint", "version": 1, "kind": "notice", "instances": ["i-0aa11bb22cc33dd01"],
//!  "notice": "arn:aws:health:us-west-2::event/…", "at": "2026-12-10T09:00:00Z", "hops": 0}
//! ```

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::fields::Fields;
use super::health::ENTITIES_PER_EVENT_MAX;
use super::unreadable::{Remedy, Unreadable};
use super::{Event, Shape};
use crate::ids::InstanceId;

/// The version of the message that this code writes and reads. Two versions of a function run side
/// by side for minutes at each deployment: a message of the newer one waits in the dead-letter
/// queue, and the sweep looks instead.
pub const VERSION: u64 = 1;

/// Why to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HintKind {
    /// AWS announced something.
    Notice,
    /// AWS says that it is over; whether it is done or called off, the look tells.
    Closed,
    /// An instance changed its state.
    StateChange,
    /// The reconciler asked itself to look again.
    LookAgain,
}

impl HintKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Notice, Self::Closed, Self::StateChange, Self::LookAgain];

    /// The stable name, in the message and in logs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Closed => "closed",
            Self::StateChange => "state_change",
            Self::LookAgain => "look_again",
        }
    }
}

/// Where to look, and why now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Why.
    pub kind: HintKind,
    /// The instances to look at; empty means all that are managed. At most 10,000.
    pub subjects: BTreeSet<InstanceId>,
    /// The ARN of the Health event that led here, if one did.
    pub source: Option<String>,
    /// The time in question: AWS's date for a notice, the moment of a state change. For words
    /// only.
    pub at: Option<Timestamp>,
    /// How often the reconciler has handed this on to itself, 0 to 255; bounds a loop of messages.
    pub hops: u8,
}

/// The message in the order in which people read it.
#[derive(Serialize)]
struct Written<'a> {
    reberth: &'static str,
    version: u64,
    kind: &'static str,
    instances: &'a BTreeSet<InstanceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    hops: u8,
}

impl Hint {
    /// The body of the message, compact JSON: 25 bytes for each instance.
    pub fn encode(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Written {
            reberth: "hint",
            version: VERSION,
            kind: self.kind.code(),
            instances: &self.subjects,
            notice: self.source.as_deref(),
            at: self.at,
            hops: self.hops,
        })
    }
}

pub(super) fn recognises(shape: &Shape) -> bool {
    matches!(shape, Shape::Own { word: "hint" })
}

/// Reads a hint strictly: what is wrong in our own message is a fault to be seen, not guessed at.
pub(super) fn decode(message: &Fields<'_>) -> Result<Event, Unreadable> {
    let wrong = |field: &str, expected: &'static str| {
        message.unreadable(field, expected, Remedy::FixSender)
    };
    if message.value("version").and_then(Value::as_u64) != Some(VERSION) {
        return Err(wrong("version", "version 1"));
    }
    let kind = message.value("kind").and_then(Value::as_str);
    let kind = HintKind::ALL
        .into_iter()
        .find(|known| Some(known.code()) == kind)
        .ok_or_else(|| wrong("kind", "notice, closed, state_change or look_again"))?;
    let hops = match message.value("hops") {
        None => 0,
        Some(hops) => hops
            .as_u64()
            .and_then(|hops| u8::try_from(hops).ok())
            .ok_or_else(|| wrong("hops", "a number from 0 to 255"))?,
    };
    Ok(Event::Hint(Hint {
        kind,
        subjects: subjects(message)
            .ok_or_else(|| wrong("instances", "a list of at most 10000 instance ids"))?,
        source: optional(message, "notice", |value| {
            value.as_str().filter(|arn| arn.starts_with("arn:")).map(str::to_owned)
        })
        .map_err(|()| wrong("notice", "the ARN of a Health event"))?,
        at: optional(message, "at", |value| value.as_str()?.parse().ok())
            .map_err(|()| wrong("at", "a time such as 2026-12-10T09:00:00Z"))?,
        hops,
    }))
}

fn subjects(message: &Fields<'_>) -> Option<BTreeSet<InstanceId>> {
    let instances = message.value("instances")?.as_array()?;
    if instances.len() > ENTITIES_PER_EVENT_MAX {
        return None;
    }
    instances.iter().map(|id| InstanceId::parse(id.as_str()?).ok()).collect()
}

/// A field that may be absent but, where it stands, must be right.
fn optional<T>(
    message: &Fields<'_>,
    field: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Result<Option<T>, ()> {
    match message.value(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{only, sample};
    use super::*;

    fn hint(name: &str) -> Hint {
        match only(&sample("hint", name)) {
            Ok(Event::Hint(hint)) => hint,
            other => panic!("not a hint: {other:?}"),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for name in ["notice", "closed", "state-change", "look-again", "look-at-all"] {
            let hint = hint(name);
            let written = hint.encode().unwrap();
            assert_eq!(only(&written), Ok(Event::Hint(hint)), "{name}");
        }
    }

    #[test]
    fn a_hint_is_written_in_a_form_that_later_versions_can_rely_on() {
        let written = hint("notice").encode().unwrap();
        let sample: Value = serde_json::from_str(&sample("hint", "notice")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), sample);
        assert!(
            written.starts_with(r#"{"reberth":"hint","version":1,"kind":"notice","instances":["#)
        );
    }

    #[test]
    fn an_empty_list_means_everything() {
        assert!(hint("look-at-all").subjects.is_empty());
    }

    #[test]
    fn p12_every_wrong_field_is_named() {
        let rows = [
            ("version", json!(2)),
            ("version", json!("1")),
            ("version", Value::Null),
            ("kind", json!("rumour")),
            ("kind", json!(1)),
            ("instances", json!("i-0aa11bb22cc33dd01")),
            ("instances", json!(["vol-0123456789abcdef0"])),
            ("instances", Value::Null),
            ("notice", json!(7)),
            ("notice", json!("somewhere")),
            ("at", json!("soon")),
            ("at", json!(0)),
            ("hops", json!(256)),
            ("hops", json!(-1)),
            ("hops", json!("0")),
        ];
        for (field, value) in rows {
            let mut message: Value = serde_json::from_str(&sample("hint", "notice")).unwrap();
            message[field] = value.clone();
            let error = only(&message.to_string()).unwrap_err();
            assert_eq!((error.field.as_str(), error.remedy), (field, Remedy::FixSender), "{value}");
        }
    }
}
