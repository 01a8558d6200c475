//! The ledger's layout: one table with the keys `pk` and `sk`, both strings, and the TTL attribute
//! `expires_at`.
//!
//! | `pk` | `sk` | attributes |
//! | --- | --- | --- |
//! | `incident` | `i-…/instance-event-…` | JSON `document`, `version`, words for people |
//! | `closed` | `i-…/instance-event-…` | the same, told in full, and `expires_at` 90 days after the end |
//! | `state` | `limit#group/web` | `holders`, incident keys; absent where there are none |
//! | `state` | `governor` | `acts` (JSON list of times), `version` |
//! | `state` | `switch` | `stopped`: a boolean; absent means not thrown |
//! | `state` | `group#web` | `proven`, and the string sets `replica_sets`, `acted_sets` |
//! | `state` | `busy#i-…` | `until`, epoch seconds |
//! | `state` | `look-again` | `due`, epoch seconds |
//! | `state` | `unread` | `told`, a string set: what people were told of items that cannot be read |
//! | `notice` | its key | `expires_at` 30 days after it was handled |
//!
//! Each item also carries `format` (see `ledger/format.rs`); absent means 1. What must not be lost
//! stands in an incident's document: the attributes beside it are made of it anew at each write.
//!
//! Everything that decisions rest on lies in two partitions, so one look reads it with two queries.
//! A partition takes 1,000 writes a second (`DynamoDB` doc "Burst and adaptive capacity", read
//! 2026-11); the governor allows far fewer acts.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use crate::ids::{GroupName, IdError, InstanceId, ReplicaSet};
use crate::ledger::format::{self, KNOWN};
use crate::ledger::{About, Governor, Incident, IncidentKey, Limit, Phase, Unread, Why};
use crate::world::{GroupMemory, Memory};

/// Partition of open incidents.
pub(super) const OPEN: &str = "incident";
/// Partition of closed incidents.
pub(super) const CLOSED: &str = "closed";
/// Partition of what is not about one incident.
pub(super) const STATE: &str = "state";
/// Partition of handled notices.
pub(super) const NOTICE: &str = "notice";
/// The sort key of what people were told of items that cannot be read.
pub(super) const UNREAD: &str = "unread";
/// The attribute that says how an item is to be read.
pub(super) const FORMAT: &str = "format";

/// Closed incidents are kept for people this long.
const CLOSED_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Handled notices are remembered this long; AWS repeats an event for 14 days at most.
const NOTICE_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An item as the SDK gives it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Holds unless a newer version wrote the item. `format` is a reserved word of `DynamoDB`, hence the
/// sign in front (doc `ReservedWords`, read 2026-11).
pub(super) const READABLE: &str = "attribute_not_exists(#format) OR #format <= :known";

/// Gives an item that has no format the one that this version writes, and leaves another.
pub(super) const KEEPS_FORMAT: &str = "#format = if_not_exists(#format, :format)";

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
        Phase::Closed { at, .. } if incident.settled() => Some(number(expiry(at, CLOSED_KEPT))),
        _ => None,
    };
    let partition = if expires_at.is_some() { CLOSED } else { OPEN };
    let attributes = [
        ("pk", Some(text(partition))),
        ("sk", Some(text(incident.key.to_string()))),
        ("document", Some(text(serde_json::to_string(incident)?))),
        (FORMAT, Some(number(incident.format))),
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
    let mut expression = format!("SET {KEEPS_FORMAT}");
    if let Some(proven) = &memory.proven {
        values.insert(":proven".to_owned(), text(proven));
        expression += ", proven = :proven";
    }
    let sets = [("replica_sets", &memory.replica_sets), ("acted_sets", &memory.acted_sets)];
    let mut added = Vec::new();
    for (attribute, set) in sets.into_iter().filter(|(_, set)| !set.is_empty()) {
        values.insert(format!(":{attribute}"), words(set));
        added.push(format!("{attribute} :{attribute}"));
    }
    if !added.is_empty() {
        expression.push_str(" ADD ");
        expression.push_str(&added.join(", "));
    }
    (!values.is_empty()).then_some((expression, values))
}

/// The update that replaces what people were told. `DynamoDB` has no empty sets.
pub(super) fn told_update(told: &BTreeSet<String>) -> (String, Item) {
    if told.is_empty() {
        return (format!("SET {KEEPS_FORMAT} REMOVE told"), Item::new());
    }
    (format!("SET {KEEPS_FORMAT}, told = :told"), [(":told".to_owned(), words(told))].into())
}

fn words<T: ToString>(set: &BTreeSet<T>) -> AttributeValue {
    AttributeValue::Ss(set.iter().map(ToString::to_string).collect())
}

/// The incident in an item.
pub(super) fn incident(item: &Item) -> Result<Incident, Why> {
    format_known(item)?;
    format::incident(string(item, "document")?)
}

/// Adds what an item says, or that it cannot be read. Kinds that are unknown here belong to other
/// functions.
pub(super) fn remember(memory: &mut Memory, item: &Item) {
    let (pk, sk) = (name_of(item, "pk"), name_of(item, "sk"));
    let (kind, name) = if pk == OPEN { (OPEN, sk) } else { sk.split_once('#').unwrap_or((sk, "")) };
    if let Err(why) = read(memory, kind, name, item) {
        // What nobody can read of the switch may say that it is thrown.
        memory.stopped |= kind == "switch";
        let about = about(kind, name, item);
        memory.unread.insert(format!("{pk}/{sk}"), Unread { about, why });
    }
}

fn read(memory: &mut Memory, kind: &str, name: &str, item: &Item) -> Result<(), Why> {
    format_known(item)?;
    match kind {
        OPEN => memory.add(incident(item)?),
        "limit" => {
            let limit = Limit::try_from(name.to_owned()).map_err(Why::Damaged)?;
            memory.holders.insert(limit, members(item, "holders", IncidentKey::try_from)?);
        }
        "governor" => memory.governor = governor(item)?,
        "switch" => memory.stopped = boolean(item, "stopped")?,
        "group" => {
            let proven = item.get("proven").map(|_| string(item, "proven")).transpose()?;
            let shown = GroupMemory {
                proven: proven.map(str::to_owned),
                replica_sets: members(item, "replica_sets", |name| ReplicaSet::parse(&name))?,
                acted_sets: members(item, "acted_sets", |name| ReplicaSet::parse(&name))?,
            };
            memory.groups.insert(named(GroupName::parse(name))?, shown);
        }
        "busy" => {
            memory.busy.insert(named(InstanceId::parse(name))?, time(item, "until")?);
        }
        "look-again" => memory.look_again = Some(time(item, "due")?),
        UNREAD => memory.unread_told = members(item, "told", Ok::<_, String>)?,
        _ => {}
    }
    Ok(())
}

/// What an item is about that cannot be read, by its name and by what stands beside its content.
fn about(kind: &str, name: &str, item: &Item) -> About {
    let about = match kind {
        OPEN => IncidentKey::try_from(name.to_owned()).ok().map(|key| {
            let group = string(item, "group").ok().and_then(|name| GroupName::parse(name).ok());
            About::Incident { key, group }
        }),
        "limit" => Limit::try_from(name.to_owned()).ok().map(About::Limit),
        "group" => GroupName::parse(name).ok().map(About::Group),
        "busy" => InstanceId::parse(name).ok().map(About::Busy),
        "look-again" => Some(About::LookAgain),
        _ => None,
    };
    about.unwrap_or(About::Everything)
}

fn governor(item: &Item) -> Result<Governor, Why> {
    let acts = serde_json::from_str(string(item, "acts")?);
    let acts = acts.map_err(|error| damaged("acts", &error.to_string()))?;
    Ok(Governor { acts, version: integer(item, "version")? })
}

fn format_known(item: &Item) -> Result<(), Why> {
    let format = item.get(FORMAT).map(|_| integer(item, FORMAT)).transpose()?;
    format::readable(format, KNOWN)
}

fn string<'a>(item: &'a Item, attribute: &'static str) -> Result<&'a str, Why> {
    let value = item.get(attribute).and_then(|value| value.as_s().ok());
    value.map(String::as_str).ok_or_else(|| damaged(attribute, "not a string"))
}

fn boolean(item: &Item, attribute: &'static str) -> Result<bool, Why> {
    match item.get(attribute) {
        None => Ok(false),
        Some(AttributeValue::Bool(value)) => Ok(*value),
        Some(_) => Err(damaged(attribute, "not a boolean")),
    }
}

fn integer<T: std::str::FromStr>(item: &Item, attribute: &'static str) -> Result<T, Why> {
    let value = item.get(attribute).and_then(|value| value.as_n().ok());
    let value = value.and_then(|digits| digits.parse().ok());
    value.ok_or_else(|| damaged(attribute, "not a whole number"))
}

fn time(item: &Item, attribute: &'static str) -> Result<Timestamp, Why> {
    let seconds = integer(item, attribute)?;
    Timestamp::from_second(seconds).map_err(|error| damaged(attribute, &error.to_string()))
}

/// The members of a string set; `DynamoDB` has no empty sets, so an absent one is empty.
fn members<T: Ord, E: ToString>(
    item: &Item,
    attribute: &'static str,
    parse: impl Fn(String) -> Result<T, E>,
) -> Result<BTreeSet<T>, Why> {
    let Some(value) = item.get(attribute) else { return Ok(BTreeSet::new()) };
    let words = value.as_ss().map_err(|_| damaged(attribute, "not a string set"))?;
    let parsed = words.iter().map(|word| parse(word.clone()));
    let parsed: Result<_, _> = parsed.collect();
    parsed.map_err(|error| damaged(attribute, &error.to_string()))
}

fn named<T>(parsed: Result<T, IdError>) -> Result<T, Why> {
    parsed.map_err(|error| damaged("sk", &error.to_string()))
}

fn name_of<'a>(item: &'a Item, attribute: &'static str) -> &'a str {
    string(item, attribute).unwrap_or_default()
}

fn damaged(attribute: &'static str, why: &str) -> Why {
    Why::Damaged(format!("attribute {attribute}: {why}"))
}

#[cfg(test)]
#[path = "dynamodb_items_tests.rs"]
mod tests;
