//! The tags that policy is written in, and what is said of those that cannot be read.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::ids::{GroupName, bounded};

/// All tags of a group or an instance, by key. AWS allows 50 of a user's on one resource. A copy
/// costs nothing until one of the two is changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Tags(Arc<BTreeMap<String, String>>);

impl Deref for Tags {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Tags {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl From<BTreeMap<String, String>> for Tags {
    fn from(tags: BTreeMap<String, String>) -> Self {
        Self(Arc::new(tags))
    }
}

impl FromIterator<(String, String)> for Tags {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(tags: I) -> Self {
        Self(Arc::new(tags.into_iter().collect()))
    }
}

/// The prefix of every tag that Reberth reads. Fixed: IAM condition keys cannot take a parameter.
pub const PREFIX: &str = "reberth:";

/// The tag by which an instance says that it is ready, with the value `true`, where its policy is
/// `reberth:ready=tag`.
///
/// It has a key of its own: a group may copy its tags to members at launch, and a policy copied so
/// would otherwise look like a signal, or a signal like a policy.
pub const READY_SIGNAL: &str = "reberth:is-ready";
/// The tag by which an application says that its work is done, with the value `true`.
pub const DRAINED_SIGNAL: &str = "reberth:drained";
/// The tag that Reberth sets on an instance it is about to stop.
pub const INCIDENT_MARK: &str = "reberth:incident";
/// The tag that Reberth sets on an instance whose protection it has taken away.
pub const UNPROTECTED_MARK: &str = "reberth:unprotected";

/// Signals and marks: they belong to one instance, and a group that carries them would copy them to
/// every new member.
pub const STATE: [&str; 4] = [READY_SIGNAL, DRAINED_SIGNAL, INCIDENT_MARK, UNPROTECTED_MARK];

/// Every setting's name, without the prefix, in the order of the documentation.
pub const SETTINGS: [&str; 21] = [
    "mode",
    "approved",
    "hold-until",
    "relaunch",
    "max-unavailable",
    "max-unavailable-per-zone",
    "limits",
    "replica-set",
    "ready",
    "stop-alarms",
    "window",
    "lead",
    "deadline",
    "drain",
    "drain-timeout",
    "on-drain-failure",
    "reserve",
    "drain-repeatable",
    "busy-expiry",
    "scale-in-busy",
    "tolerance",
];

/// Whether an instance says that it is ready.
pub fn signals_ready(instance: &Tags) -> bool {
    instance.get(READY_SIGNAL).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

/// What carries a tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearer {
    /// The Auto Scaling group.
    Group(GroupName),
    /// The instance that the policy was read for.
    Instance,
}

/// A tag that could not be taken as it stands, and what it was taken as instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// What carries the tag.
    pub bearer: Bearer,
    /// The tag's whole key, cut to 80 characters with control characters escaped.
    pub tag: String,
    /// The tag's value, cut and escaped likewise.
    pub value: String,
    /// What should stand there.
    pub expected: String,
    /// The reading that holds until the tag is mended.
    pub taken_as: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tag, value, expected, taken_as, .. } = self;
        match &self.bearer {
            Bearer::Group(group) => write!(f, "group {group}: ")?,
            Bearer::Instance => f.write_str("instance: ")?,
        }
        write!(f, "tag {tag}=`{value}`: expected {expected}; taken as {taken_as} until mended")
    }
}

/// Complains of tags that look like ours and are not: a misspelt key would otherwise protect
/// nobody, in silence.
pub(super) fn strangers(bearer: &Bearer, tags: &Tags) -> Vec<Complaint> {
    let complaint = |(key, value): (&String, &String)| {
        let expected = stranger(bearer, key)?;
        Some(Complaint {
            bearer: bearer.clone(),
            tag: bounded(key),
            value: bounded(value),
            expected,
            taken_as: "absent".to_owned(),
        })
    };
    tags.iter().filter_map(complaint).collect()
}

/// What was expected instead of a key; `None` where the key is in its place or none of our
/// business.
fn stranger(bearer: &Bearer, key: &str) -> Option<String> {
    let name = key.strip_prefix(PREFIX).unwrap_or_default();
    if SETTINGS.contains(&name) {
        return None;
    }
    if STATE.contains(&key) {
        let misplaced = matches!(bearer, Bearer::Group(_));
        return misplaced.then(|| "this tag on instances only".to_owned());
    }
    let mut name = plain(key);
    if !plain(PREFIX).all(|char| name.next() == Some(char)) {
        return None;
    }
    let meant = SETTINGS.iter().find(|known| plain(known).eq(name.clone()));
    let prefixed = key.split_once(':').is_some_and(|(owner, _)| plain(owner).eq(plain(PREFIX)));
    match meant {
        Some(known) => Some(format!("the key {PREFIX}{known}")),
        None => prefixed.then(|| format!("a key such as {PREFIX}mode")),
    }
}

/// A key without what people mistype: letter case, spaces and punctuation.
fn plain(key: &str) -> impl Iterator<Item = char> + Clone {
    key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase())
}
