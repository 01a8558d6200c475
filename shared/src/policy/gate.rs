//! Who says that an instance is ready, drained, or that something is wrong elsewhere.

use std::collections::BTreeSet;
use std::fmt;

use super::setting::{Narrowed, Reading};

/// What must say that a relaunched instance is ready, beyond status checks and targets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// The instance carries [`READY_SIGNAL`](super::READY_SIGNAL) with the value `true`.
    Tag,
    /// An SSM command document succeeds on the instance.
    SsmDocument(String),
    /// A `CloudWatch` alarm is in state OK.
    Alarm(String),
    /// The tag could not be read: never ready, until it is mended.
    Unreadable,
}

/// What finishes the work of an instance before it goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drain {
    /// The application sets `reberth:drained=true`.
    Tag,
    /// An SSM command document, sent once.
    SsmDocument(String),
    /// The tag could not be read: never drained, until it is mended or the drain's time is over.
    Unreadable,
}

/// Alarms any of which holds new acts while it is in ALARM or `INSUFFICIENT_DATA`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StopAlarms {
    /// `CloudWatch` alarm names, 1 to 255 characters each.
    pub names: BTreeSet<String>,
    /// A name could not be read: an alarm that nobody can look at holds new acts too.
    pub unreadable: bool,
}

impl Gate {
    pub(super) fn read(text: &str) -> Reading<BTreeSet<Self>> {
        let gate = match split(text) {
            (word, None) if word.eq_ignore_ascii_case("tag") => Some(Self::Tag),
            (kind, Some(name)) if kind.eq_ignore_ascii_case("ssm") => {
                document(name).map(Self::SsmDocument)
            }
            (kind, Some(name)) if kind.eq_ignore_ascii_case("alarm") => {
                alarm(name).map(Self::Alarm)
            }
            _ => None,
        };
        gate.map(|gate| BTreeSet::from([gate])).ok_or_else(|| Narrowed {
            taken: BTreeSet::from([Self::Unreadable]),
            taken_as: "never ready".to_owned(),
            expected: "tag, ssm:DOCUMENT or alarm:NAME \
                       (the instance's own signal is the tag reberth:is-ready=true)"
                .to_owned(),
        })
    }
}

impl Drain {
    /// No drain is the empty set.
    pub(super) fn read(text: &str) -> Reading<BTreeSet<Self>> {
        let drain = match split(text) {
            (word, None) if word.eq_ignore_ascii_case("none") => return Ok(BTreeSet::new()),
            (word, None) if word.eq_ignore_ascii_case("tag") => Some(Self::Tag),
            (kind, Some(name)) if kind.eq_ignore_ascii_case("ssm") => {
                document(name).map(Self::SsmDocument)
            }
            _ => None,
        };
        drain.map(|drain| BTreeSet::from([drain])).ok_or_else(|| Narrowed {
            taken: BTreeSet::from([Self::Unreadable]),
            taken_as: "never drained".to_owned(),
            expected: "none, tag or ssm:DOCUMENT".to_owned(),
        })
    }
}

impl StopAlarms {
    /// Whether there is any alarm to look at.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && !self.unreadable
    }

    pub(super) fn read(text: &str) -> Reading<Self> {
        let mut alarms = Self::default();
        for name in text.split('+').map(str::trim) {
            match alarm(name) {
                Some(name) => drop(alarms.names.insert(name)),
                None => alarms.unreadable = true,
            }
        }
        if !alarms.unreadable {
            return Ok(alarms);
        }
        Err(Narrowed {
            taken: alarms,
            taken_as: "an alarm that never rests".to_owned(),
            expected: "CloudWatch alarm names of 1 to 255 characters, joined by +".to_owned(),
        })
    }

    pub(super) fn both(group: Self, member: Self) -> Self {
        Self {
            names: group.names.into_iter().chain(member.names).collect(),
            unreadable: group.unreadable || member.unreadable,
        }
    }
}

fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((kind, name)) => (kind.trim(), Some(name.trim())),
        None => (text, None),
    }
}

/// A document's name, or its ARN where another account shares it: 3 to 128 characters (AWS doc
/// "`SendCommand`", read 2026-11).
fn document(name: &str) -> Option<String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_-.:/".contains(letter);
    ((3..=128).contains(&name.len()) && name.chars().all(fits)).then(|| name.to_owned())
}

fn alarm(name: &str) -> Option<String> {
    let fits = (1..=255).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag => write!(f, "its tag {}=true", super::READY_SIGNAL),
            Self::SsmDocument(name) => write!(f, "SSM document {name}"),
            Self::Alarm(name) => write!(f, "alarm {name} in state OK"),
            Self::Unreadable => f.write_str("a gate whose tag cannot be read"),
        }
    }
}

impl fmt::Display for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag => f.write_str("its tag reberth:drained=true"),
            Self::SsmDocument(name) => write!(f, "SSM document {name}"),
            Self::Unreadable => f.write_str("a drain whose tag cannot be read"),
        }
    }
}

impl fmt::Display for StopAlarms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unreadable = self.unreadable.then_some("a name that cannot be read");
        let names: Vec<&str> = self.names.iter().map(String::as_str).chain(unreadable).collect();
        f.write_str(&names.join(", "))
    }
}
