//! The ledger's layout: one table with the keys `pk` and `sk`, both strings, and the TTL attribute
//! `expires_at`.
//!
//! | `pk` | `sk` | attributes |
//! | --- | --- | --- |
//! | `incident` | `i-…/instance-event-…` | JSON `document`, `version`, words for people |
//! | `closed` | `i-…/instance-event-…` | the same, and `expires_at` 90 days after the end |
//! | `state` | `limit#group/web` | `holders`, incident keys; absent where there are none |
//! | `state` | `governor` | `acts` (JSON list of times), `version` |
//! | `state` | `switch` | `stopped`: a boolean; absent means not thrown |
//! | `state` | `group#web` | `proven`, and the string sets `replica_sets`, `acted_sets` |
//! | `state` | `busy#i-…` | `until`, epoch seconds |
//! | `state` | `look-again` | `due`, epoch seconds |
//! | `notice` | its key | `expires_at` 30 days after it was handled |
//!
//! Everything that decisions rest on lies in two partitions, so one look reads it with two queries.
//! A partition takes 1,000 writes a second (`DynamoDB` doc "Burst and adaptive capacity", read
//! 2026-11); the governor allows far fewer acts.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::ids::{GroupName, InstanceId, ReplicaSet};
use crate::ledger::{Governor, Incident, IncidentKey, Limit, Phase};
use crate::world::{GroupMemory, Memory};

/// Partition of open incidents.
pub(super) const OPEN: &str = "incident";
/// Partition of closed incidents.
pub(super) const CLOSED: &str = "closed";
/// Partition of what is not about one incident.
pub(super) const STATE: &str = "state";
/// Partition of handled notices.
pub(super) const NOTICE: &str = "notice";

/// Closed incidents are kept for people this long.
const CLOSED_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Handled notices are remembered this long; AWS repeats an event for 14 days at most.
const NOTICE_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An item as the SDK gives it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// An item that this version cannot read: somebody else wrote it, or a newer version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("item {pk}/{sk}, attribute {attribute}: {why}; repair or delete the item")]
pub(super) struct Unreadable {
    pk: String,
    sk: String,
    attribute: &'static str,
    why: String,
}

/// A string attribute.
pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(super) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// The set with this one holder.
pub(super) fn only(holder: &IncidentKey) -> AttributeValue {
    AttributeValue::Ss(vec![holder.to_string()])
}

/// The sort key of a limit.
pub(super) fn limit_key(limit: &Limit) -> String {
    format!("limit#{limit}")
}

/// The sort key of a group's memory.
pub(super) fn group_key(group: &GroupName) -> String {
    format!("group#{group}")
}

/// When a notice handled now is forgotten, in epoch seconds.
pub(super) fn notice_expiry(now: Timestamp) -> i64 {
    expiry(now, NOTICE_KEPT)
}

fn expiry(from: Timestamp, kept: SignedDuration) -> i64 {
    from.as_second().saturating_add(kept.as_secs())
}

/// An incident as an item of its partition. The caller has counted its version up.
pub(super) fn incident_item(incident: &Incident) -> Result<Item, serde_json::Error> {
    let expires_at = match incident.phase {
        Phase::Closed { at, .. } => Some(number(expiry(at, CLOSED_KEPT))),
        _ => None,
    };
    let partition = if expires_at.is_some() { CLOSED } else { OPEN };
    let attributes = [
        ("pk", Some(text(partition))),
        ("sk", Some(text(incident.key.to_string()))),
        ("document", Some(text(serde_json::to_string(incident)?))),
        ("version", Some(number(incident.version))),
        ("instance", Some(text(incident.key.instance.as_str()))),
        ("group", incident.group.as_ref().map(|group| text(group.as_str()))),
        ("phase", Some(text(incident.phase_code()))),
        ("expires_at", expires_at),
    ];
    let present = attributes.into_iter().filter_map(|(name, value)| Some((name, value?)));
    Ok(present.map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The update that adds what a group showed, with its values; none where there is nothing to add.
/// Sets only ever grow, and what is proven is only ever replaced: so two writers need no version
/// between them, and the one that knows less takes nothing away.
pub(super) fn growth(memory: &GroupMemory) -> Option<(String, Item)> {
    let mut values = Item::new();
    let mut clauses = Vec::new();
    if let Some(proven) = &memory.proven {
        values.insert(":proven".to_owned(), text(proven));
        clauses.push("SET proven = :proven".to_owned());
    }
    let sets = [("replica_sets", &memory.replica_sets), ("acted_sets", &memory.acted_sets)];
    let mut added = Vec::new();
    for (attribute, set) in sets.into_iter().filter(|(_, set)| !set.is_empty()) {
        let members = set.iter().map(ToString::to_string).collect();
        values.insert(format!(":{attribute}"), AttributeValue::Ss(members));
        added.push(format!("{attribute} :{attribute}"));
    }
    if !added.is_empty() {
        clauses.push(format!("ADD {}", added.join(", ")));
    }
    (!clauses.is_empty()).then(|| (clauses.join(" "), values))
}

/// The incident in an item.
pub(super) fn incident(item: &Item) -> Result<Incident, Unreadable> {
    let document = string(item, "document")?;
    serde_json::from_str(document).map_err(|error| unreadable(item, "document", error.to_string()))
}

/// Adds what an item of the partition [`STATE`] says. Kinds that are unknown here belong to other
/// functions.
pub(super) fn remember(memory: &mut Memory, item: &Item) -> Result<(), Unreadable> {
    let sk = string(item, "sk")?;
    let (kind, name) = sk.split_once('#').unwrap_or((sk, ""));
    match kind {
        "limit" => {
            let limit = Limit::try_from(name.to_owned());
            let limit = limit.map_err(|error| unreadable(item, "sk", error))?;
            memory.holders.insert(limit, members(item, "holders", IncidentKey::try_from)?);
        }
        "governor" => memory.governor = governor(item)?,
        "switch" => memory.stopped = boolean(item, "stopped")?,
        "group" => {
            let group = GroupName::parse(name)
                .map_err(|error| unreadable(item, "sk", error.to_string()))?;
            let proven = item.get("proven").map(|_| string(item, "proven")).transpose()?;
            let shown = GroupMemory {
                proven: proven.map(str::to_owned),
                replica_sets: members(item, "replica_sets", ReplicaSet::try_from)?,
                acted_sets: members(item, "acted_sets", ReplicaSet::try_from)?,
            };
            memory.groups.insert(group, shown);
        }
        "busy" => {
            let id = InstanceId::parse(name)
                .map_err(|error| unreadable(item, "sk", error.to_string()))?;
            memory.busy.insert(id, time(item, "until")?);
        }
        "look-again" => memory.look_again = Some(time(item, "due")?),
        _ => {}
    }
    Ok(())
}

fn governor(item: &Item) -> Result<Governor, Unreadable> {
    let acts = serde_json::from_str(string(item, "acts")?);
    let acts = acts.map_err(|error| unreadable(item, "acts", error.to_string()))?;
    Ok(Governor { acts, version: integer(item, "version")? })
}

fn string<'a>(item: &'a Item, attribute: &'static str) -> Result<&'a str, Unreadable> {
    let value = item.get(attribute).and_then(|value| value.as_s().ok());
    value.map(String::as_str).ok_or_else(|| unreadable(item, attribute, "not a string"))
}

fn boolean(item: &Item, attribute: &'static str) -> Result<bool, Unreadable> {
    match item.get(attribute) {
        None => Ok(false),
        Some(AttributeValue::Bool(value)) => Ok(*value),
        Some(_) => Err(unreadable(item, attribute, "not a boolean")),
    }
}

fn integer<T: std::str::FromStr>(item: &Item, attribute: &'static str) -> Result<T, Unreadable> {
    let value = item.get(attribute).and_then(|value| value.as_n().ok());
    let value = value.and_then(|digits| digits.parse().ok());
    value.ok_or_else(|| unreadable(item, attribute, "not a whole number"))
}

fn time(item: &Item, attribute: &'static str) -> Result<Timestamp, Unreadable> {
    let seconds = integer(item, attribute)?;
    Timestamp::from_second(seconds).map_err(|error| unreadable(item, attribute, error.to_string()))
}

/// The members of a string set; `DynamoDB` has no empty sets, so an absent one is empty.
fn members<T: Ord, E: ToString>(
    item: &Item,
    attribute: &'static str,
    parse: impl Fn(String) -> Result<T, E>,
) -> Result<BTreeSet<T>, Unreadable> {
    let Some(value) = item.get(attribute) else { return Ok(BTreeSet::new()) };
    let words = value.as_ss().map_err(|_| unreadable(item, attribute, "not a string set"))?;
    let parsed = words.iter().map(|word| parse(word.clone()));
    let parsed: Result<_, _> = parsed.collect();
    parsed.map_err(|error| unreadable(item, attribute, error.to_string()))
}

fn unreadable(item: &Item, attribute: &'static str, why: impl Into<String>) -> Unreadable {
    let key = |name| {
        let value = item.get(name).and_then(|value: &AttributeValue| value.as_s().ok());
        value.cloned().unwrap_or_default()
    };
    Unreadable { pk: key("pk"), sk: key("sk"), attribute, why: why.into() }
}

#[cfg(test)]
#[path = "dynamodb_items_tests.rs"]
mod tests;
