//! Peels an invocation's payload to the messages inside: SQS batches, SNS notifications, both, or a
//! bare event.
//!
//! Never fails and never panics, whatever comes: a record that cannot be read is an [`Unreadable`]
//! beside its neighbours, so that it alone goes to the dead-letter queue.
//!
//! ```json
//! {"Records": [{"messageId": "059f…", "eventSource": "aws:sqs", "body": "{\"source\": …}",
//!               "attributes": {"SentTimestamp": "1795162530000"}}]}
//! {"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "95df…", "Message": "{…}"}}]}
//! ```
//!
//! Shapes: AWS Lambda Developer Guide, "with-sqs" and "with-sns", read 2026-11.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::fields::shown;
use super::unreadable::{Remedy, Unreadable, Whose};
use super::{Event, date, decode, unknown};
use crate::ids::bounded;

/// Largest payload that is parsed, bytes. Lambda itself stops at about 6 MB (AWS Lambda, "Quotas",
/// read 2026-11), so only a caller on a desk reaches this.
pub const PAYLOAD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Largest message that is parsed, bytes: the largest that SQS takes (SQS, "quotas-messages", read
/// 2026-11).
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Deepest nesting that is parsed, levels. AWS's events use six; the parser's own limit of 128
/// would refuse the rest without a word of ours.
pub const DEPTH_MAX: usize = 64;

/// Most records of one invocation: the largest batch of a standard queue (AWS Lambda,
/// "services-sqs-configure", read 2026-11).
pub const RECORDS_MAX: usize = 10_000;

/// Largest copy of a message for the dead-letter queue, bytes: what SQS takes, less the room for
/// the attributes that say why.
pub const COPY_BYTES_MAX: usize = MESSAGE_BYTES_MAX - 16 * 1024;

/// The identifier that SQS gave to a message, as it must stand in `batchItemFailures`; 1 to 100
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    /// The identifier as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(text: &str) -> Option<Self> {
        (1..=100).contains(&text.len()).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message of an invocation, out of its wrappings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The message's identifier in its queue; absent outside a queue, where nothing can be handed
    /// back singly.
    pub id: Option<MessageId>,
    /// When it was sent: to the queue, else to the topic; absent for a bare event.
    pub sent_at: Option<Timestamp>,
    /// The event, or why it could not be read.
    pub event: Result<Event, Unreadable>,
    /// The text that could not be read, for the dead-letter queue: cut at [`COPY_BYTES_MAX`],
    /// characters that SQS refuses replaced. Empty where it was read.
    pub raw: String,
}

/// The messages of a payload, in their order. An empty batch has none.
///
/// ```
/// use shared::event::{Event, envelope::peel};
///
/// let messages = peel(r#"{"Records": [
///     {"messageId": "1", "eventSource": "aws:sqs", "body": "{\"reberth\": \"sweep\"}"},
///     {"messageId": "2", "eventSource": "aws:sqs", "body": "scrambled"}]}"#);
/// assert_eq!(messages[0].event, Ok(Event::Sweep));
/// let error = messages[1].event.as_ref().unwrap_err();
/// assert!(error.to_string().starts_with("message 2: body: expected JSON, found "));
/// ```
pub fn peel(payload: &str) -> Vec<Message> {
    let whose = Whose::default();
    let value = match parse(payload, PAYLOAD, &whose) {
        Ok(value) => value,
        Err(unreadable) => return vec![bare(payload, Err(unreadable))],
    };
    match value.get("Records") {
        None => {
            vec![bare(
                payload,
                within(payload.len(), MESSAGE, &whose).and_then(|()| decode(&value, &whose)),
            )]
        }
        Some(Value::Array(records)) if records.len() <= RECORDS_MAX => {
            records.iter().enumerate().map(|(place, record)| peel_record(place, record)).collect()
        }
        Some(records) => {
            let (expected, found) = ("a list of at most 10000 records", shown(records));
            let error = Unreadable::new(&whose, "Records", expected, &found, Remedy::ReportShape);
            vec![bare(payload, Err(error))]
        }
    }
}

fn bare(payload: &str, event: Result<Event, Unreadable>) -> Message {
    let (event, raw) = with_text(event, payload);
    Message { id: None, sent_at: None, event, raw }
}

/// What was read of a text, with a copy of it where that failed.
fn with_text(event: Result<Event, Unreadable>, text: &str) -> (Result<Event, Unreadable>, String) {
    let raw = if event.is_err() { copy(text) } else { String::new() };
    (event, raw)
}

fn peel_record(place: usize, record: &Value) -> Message {
    let nothing = Map::new();
    let object = record.as_object().unwrap_or(&nothing);
    let text = |field| object.get(field).and_then(Value::as_str);
    match (text("eventSource"), text("EventSource")) {
        (Some("aws:sqs"), _) => peel_queued(place, object),
        (_, Some("aws:sns")) => peel_published(place, object),
        (Some(source), _) | (None, Some(source)) => Message {
            event: Ok(unknown(source, "record")),
            ..bare(&record.to_string(), misfit(place))
        },
        (None, None) => bare(&record.to_string(), misfit(place)),
    }
}

fn misfit(place: usize) -> Result<Event, Unreadable> {
    let field = format!("Records[{place}].eventSource");
    let whose = Whose::default();
    Err(Unreadable::new(&whose, &field, "aws:sqs or aws:sns", "neither", Remedy::ReportShape))
}

fn peel_queued(place: usize, record: &Map<String, Value>) -> Message {
    let id = record.get("messageId").and_then(Value::as_str).and_then(MessageId::parse);
    let whose = Whose { message: id.as_ref().map(|id| bounded(id.as_str())), event: None };
    let sent_at = record.get("attributes").and_then(|sent| sent.get("SentTimestamp"));
    let sent_at = sent_at.and_then(Value::as_str).and_then(milliseconds);
    let (event, raw) = match record.get("body").and_then(Value::as_str) {
        Some(body) => with_text(read_body(body, &whose), body),
        None => missing_text(place, "body", record, &whose),
    };
    Message { id, sent_at, event, raw }
}

fn peel_published(place: usize, record: &Map<String, Value>) -> Message {
    let nothing = Map::new();
    let sns = record.get("Sns").and_then(Value::as_object).unwrap_or(&nothing);
    let text = |field| sns.get(field).and_then(Value::as_str);
    let whose = Whose { message: text("MessageId").map(bounded), event: None };
    let (event, raw) = match text("Message") {
        Some(body) => with_text(read_event(body, &whose), body),
        None => missing_text(place, "Sns.Message", record, &whose),
    };
    Message { id: None, sent_at: text("Timestamp").and_then(date::parse), event, raw }
}

fn missing_text(
    place: usize,
    field: &str,
    record: &Map<String, Value>,
    whose: &Whose,
) -> (Result<Event, Unreadable>, String) {
    let field = format!("Records[{place}].{field}");
    let error = Unreadable::new(whose, &field, "text", "none", Remedy::ReportShape);
    (Err(error), copy(&Value::Object(record.clone()).to_string()))
}

/// Reads a queued text: an event, or the notification of a topic that the queue subscribes to.
fn read_body(body: &str, whose: &Whose) -> Result<Event, Unreadable> {
    let value = parse(body, MESSAGE, whose)?;
    match notification(&value) {
        Some(message) => read_event(message, whose),
        None => decode(&value, whose),
    }
}

fn read_event(text: &str, whose: &Whose) -> Result<Event, Unreadable> {
    decode(&parse(text, MESSAGE, whose)?, whose)
}

/// The message of an SNS notification in a queue, unless the subscription delivers it raw.
fn notification(value: &Value) -> Option<&str> {
    let text = |field| value.get(field).and_then(Value::as_str);
    if text("Type") == Some("Notification") && text("TopicArn").is_some() {
        text("Message")
    } else {
        None
    }
}

fn milliseconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(text.parse().ok()?).ok()
}

/// A bound on a text, and how an error says it.
type Bound = (usize, &'static str);

const PAYLOAD: Bound = (PAYLOAD_BYTES_MAX, "at most 8388608 bytes");
const MESSAGE: Bound = (MESSAGE_BYTES_MAX, "at most 1048576 bytes");
const DEPTH: Bound = (DEPTH_MAX, "at most 64 levels of nesting");

fn within(found: usize, bound: Bound, whose: &Whose) -> Result<(), Unreadable> {
    let (most, expected) = bound;
    if found <= most {
        return Ok(());
    }
    Err(Unreadable::new(whose, "body", expected, &found.to_string(), Remedy::ReportShape))
}

fn parse(text: &str, size: Bound, whose: &Whose) -> Result<Value, Unreadable> {
    within(text.len(), size, whose)?;
    within(depth(text), DEPTH, whose)?;
    serde_json::from_str(text).map_err(|error| {
        Unreadable::new(whose, "body", "JSON", &error.to_string(), Remedy::ReportShape)
    })
}

/// The nesting of a text that may or may not be JSON, without recursion.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A copy that SQS takes: of bounded size, and without the characters that it refuses (SQS API
/// reference, `SendMessage`, read 2026-11).
fn copy(text: &str) -> String {
    let mut copy = String::with_capacity(text.len().min(COPY_BYTES_MAX));
    for char in text.chars() {
        let taken = match char {
            '\t' | '\n' | '\r' => char,
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
            _ => char,
        };
        if copy.len() + taken.len_utf8() > COPY_BYTES_MAX {
            break;
        }
        copy.push(taken);
    }
    copy
}
#[cfg(test)]
mod tests;
