//! `EC2 Instance State-change Notification` from `aws.ec2`.
//!
//! Best effort: it hastens the look after an instance of ours stopped or went, and its loss costs
//! time only. The state is told late or out of order, so it is never a fact about the instance.
//!
//! ```json
//! {"id": "0f1e2d3c-…", "detail-type": "EC2 Instance State-change Notification",
//!  "source": "aws.ec2", "account": "123456789012", "time": "2026-11-20T08:30:00Z",
//!  "region": "us-west-2", "resources": ["arn:aws:ec2:us-west-2:123456789012:instance/i-0aa1…"],
//!  "detail": {"instance-id": "i-0aa11bb22cc33dd41", "state": "stopped"}}
//! ```
//!
//! AWS's own sample leaves `version` out. Shape: EC2 User Guide, page
//! "monitoring-instance-state-changes"; delivery: EventBridge, page "event-delivery-level"; both
//! read 2026-11.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::fields::Fields;
use super::hint::{Hint, HintKind};
use super::unreadable::{Remedy, Unreadable};
use super::{Event, Shape, date};
use crate::ids::{AccountId, InstanceId, Region};

/// An instance is said to have changed its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateChange {
    /// The instance; from `detail`, since `resources` of EC2's events are not always well-formed.
    pub instance: InstanceId,
    /// The state as AWS writes it, such as `stopped`; absent if it was unreadable. For words only.
    pub state: Option<String>,
    /// The account that the event came from.
    pub account: Option<AccountId>,
    /// The region that the event came from.
    pub region: Option<Region>,
    /// The envelope's time.
    pub at: Option<Timestamp>,
}

impl StateChange {
    /// The same as a hint: look at this instance.
    pub fn hint(&self) -> Hint {
        Hint {
            kind: HintKind::StateChange,
            subjects: BTreeSet::from([self.instance.clone()]),
            source: None,
            at: self.at,
            hops: 0,
        }
    }
}

pub(super) fn recognises(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::Bus { source: "aws.ec2", detail_type: "EC2 Instance State-change Notification" }
    )
}

pub(super) fn decode(event: &Fields<'_>) -> Result<Event, Unreadable> {
    let detail = event.detail()?;
    let instance = detail.required(
        "instance-id",
        "an instance id such as i-0123456789abcdef0",
        Remedy::ReportShape,
        InstanceId::parse,
    )?;
    Ok(Event::InstanceState(StateChange {
        instance,
        state: detail.text("state"),
        account: event.text("account").and_then(|text| AccountId::parse(&text).ok()),
        region: event.text("region").and_then(|text| Region::parse(&text).ok()),
        at: event.text("time").and_then(|text| date::parse(&text)),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{only, sample};
    use super::*;

    fn change(name: &str) -> StateChange {
        match only(&sample("instance-state", name)) {
            Ok(Event::InstanceState(change)) => change,
            other => panic!("not a state change: {other:?}"),
        }
    }

    #[test]
    fn a_state_change_is_read_with_and_without_a_version() {
        for name in ["stopped", "stopped-without-version"] {
            let change = change(name);
            assert_eq!(change.instance.as_str(), "i-0aa11bb22cc33dd41", "{name}");
            assert_eq!(change.state.as_deref(), Some("stopped"), "{name}");
            assert_eq!(change.at, "2026-11-20T08:30:00Z".parse().ok(), "{name}");
        }
        assert_eq!(change("terminated").state.as_deref(), Some("terminated"));
    }

    #[test]
    fn p44_whatever_the_state_says_the_hint_is_the_same_look() {
        let (stopped, terminated) = (change("stopped").hint(), change("terminated").hint());
        assert_eq!(stopped.kind, HintKind::StateChange);
        assert_eq!(stopped.subjects, terminated.subjects);
    }

    #[test]
    fn without_an_instance_there_is_nothing_to_look_at() {
        let text = r#"{"id":"0f1e","detail-type":"EC2 Instance State-change Notification",
            "source":"aws.ec2","detail":{"instance-id":"vol-1","state":"stopped"}}"#;
        let error = only(text).unwrap_err();
        assert_eq!(error.field, "detail.instance-id");
        assert_eq!(error.whose.to_string(), "event 0f1e");
    }
}
