//! What arrives, read and never trusted: each kind of event in a file of its own.
//!
//! An event says when and where to look, never what is true. Nothing here decides anything, and
//! nothing here fails the function: what cannot be read becomes an [`Unreadable`] beside its
//! neighbours, and what belongs to nobody is [`Event::Unknown`], dropped and counted.

pub mod date;
pub mod envelope;
mod fields;
pub mod health;
pub mod hint;
pub mod instance_state;
pub mod question;
pub mod sweep;
pub mod unreadable;

use serde_json::{Map, Value};

use crate::ids::bounded;
use crate::world::notice::Notice;
use fields::{Fields, shown};
use hint::Hint;
use instance_state::StateChange;
use question::Question;
use unreadable::{Remedy, Unreadable, Whose};

/// One event, of a kind that is known or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// AWS Health tells something.
    Health(Box<Notice>),
    /// An instance changed its state.
    InstanceState(StateChange),
    /// It is time to look at everything.
    Sweep,
    /// One of our functions says where to look.
    Hint(Hint),
    /// A person asks why.
    Question(Question),
    /// Somebody else's event. No error: rules are wider than we are, and AWS adds kinds.
    Unknown {
        /// `source`, such as `aws.autoscaling`; cut and escaped.
        source: String,
        /// `detail-type`; cut and escaped.
        detail_type: String,
    },
}

impl Event {
    /// The function that this event belongs to; `None` for an unknown kind.
    pub fn belongs_to(&self) -> Option<Function> {
        match self {
            Self::Health(_) => Some(Function::HealthEventRouter),
            Self::InstanceState(_) | Self::Sweep | Self::Hint(_) | Self::Question(_) => {
                Some(Function::MaintenanceReconciler)
            }
            Self::Unknown { .. } => None,
        }
    }

    /// The stable name of the kind, in logs and metrics; its row in [`KINDS`].
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Health(_) => "health",
            Self::InstanceState(_) => "instance-state",
            Self::Sweep => "sweep",
            Self::Hint(_) => "hint",
            Self::Question(_) => "question",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// The functions that events belong to, by the names of their crates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// Turns notices into hints.
    HealthEventRouter,
    /// Looks, decides and relaunches.
    MaintenanceReconciler,
}

impl Function {
    /// The crate's and the folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::HealthEventRouter => "health-event-router",
            Self::MaintenanceReconciler => "maintenance-reconciler",
        }
    }
}

/// One kind of event: a file beside this one, a folder of samples, a rule or an invoker.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The kind's name: the stem of its file (with `_`) and the folder in `events/`.
    pub name: &'static str,
    /// How it is recognised, in words.
    pub recognised_by: &'static str,
    /// The function that it belongs to.
    pub function: Function,
    recognises: fn(&Shape<'_>) -> bool,
    decode: fn(&Fields<'_>) -> Result<Event, Unreadable>,
}

/// Every kind that Reberth reads. A new kind is a new file and a row here.
pub const KINDS: [Kind; 5] = [
    Kind {
        name: "health",
        recognised_by: "source aws.health; AWS Health Event or AWS Health Abuse Event",
        function: Function::HealthEventRouter,
        recognises: health::recognises,
        decode: health::decode,
    },
    Kind {
        name: "instance-state",
        recognised_by: "source aws.ec2; EC2 Instance State-change Notification",
        function: Function::MaintenanceReconciler,
        recognises: instance_state::recognises,
        decode: instance_state::decode,
    },
    Kind {
        name: "sweep",
        recognised_by: "reberth = sweep; or source aws.events, Scheduled Event",
        function: Function::MaintenanceReconciler,
        recognises: sweep::recognises,
        decode: sweep::decode,
    },
    Kind {
        name: "hint",
        recognised_by: "reberth = hint",
        function: Function::MaintenanceReconciler,
        recognises: hint::recognises,
        decode: hint::decode,
    },
    Kind {
        name: "question",
        recognised_by: "reberth = why",
        function: Function::MaintenanceReconciler,
        recognises: question::recognises,
        decode: question::decode,
    },
];

/// What an event shows of itself before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape<'a> {
    /// The envelope of EventBridge.
    Bus { source: &'a str, detail_type: &'a str },
    /// A message or an input of our own.
    Own { word: &'a str },
    /// A notification of another service, without an envelope: Auto Scaling's hooks and their test
    /// messages, SNS's confirmations.
    Foreign { service: &'a str, what: &'a str },
}

impl<'a> Shape<'a> {
    fn of(event: &Fields<'a>) -> Result<Self, Unreadable> {
        let text = |field| event.value(field).and_then(Value::as_str);
        if let Some(word) = text("reberth") {
            return Ok(Self::Own { word });
        }
        if let Some(source) = text("source") {
            let detail_type = text("detail-type").ok_or_else(|| {
                let expected = "the name that EventBridge gives to the event";
                event.unreadable("detail-type", expected, Remedy::ReportShape)
            })?;
            return Ok(Self::Bus { source, detail_type });
        }
        let service = text("Service").or(text("TopicArn"));
        let what = text("Event").or(text("LifecycleTransition")).or(text("Type"));
        service.zip(what).map(|(service, what)| Self::Foreign { service, what }).ok_or_else(|| {
            let expected = "an event with `source` and `detail-type`, or with `reberth`";
            event.unreadable("source", expected, Remedy::ReportShape)
        })
    }
}

/// Reads one event out of its wrappings.
fn decode(value: &Value, whose: &Whose) -> Result<Event, Unreadable> {
    let Value::Object(object) = value else {
        let (expected, found) = ("a JSON object", shown(value));
        return Err(Unreadable::new(whose, "body", expected, &found, Remedy::ReportShape));
    };
    let whose = whose.with_event(envelope_id(object));
    let event = Fields::of(object, &whose);
    let shape = Shape::of(&event)?;
    if let Some(kind) = KINDS.iter().find(|kind| (kind.recognises)(&shape)) {
        return (kind.decode)(&event);
    }
    match shape {
        Shape::Own { .. } => {
            Err(event.unreadable("reberth", "hint, sweep or why", Remedy::FixSender))
        }
        Shape::Bus { source, detail_type } => Ok(unknown(source, detail_type)),
        Shape::Foreign { service, what } => Ok(unknown(service, what)),
    }
}

fn envelope_id(object: &Map<String, Value>) -> Option<String> {
    object.get("id").and_then(Value::as_str).map(bounded)
}

fn unknown(source: &str, detail_type: &str) -> Event {
    Event::Unknown { source: bounded(source), detail_type: bounded(detail_type) }
}

#[cfg(test)]
mod tests;
