//! The events of source `reberth`, as `docs/events.md` describes them.

use jiff::Timestamp;
use serde_json::json;

use super::{News, text};
use crate::ids::{Place, Region};

/// Characters of an event's sentence.
const LONGEST_SENTENCE: usize = 1_000;

/// One event for the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When what it tells of came about.
    pub time: Timestamp,
    /// ARNs.
    pub resources: Vec<String>,
    /// JSON.
    pub detail: String,
}

impl Event {
    /// Who sends it. Names that begin with `aws.` are AWS's own.
    pub const SOURCE: &'static str = "reberth";
    /// What it is, in the manner of AWS's own services.
    pub const DETAIL_TYPE: &'static str = "Reberth Maintenance State-change Notification";
    /// Counts what a reader must change for; fields that are added do not count.
    const VERSION: &'static str = "1";

    /// The event of a notification.
    pub fn of(place: &Place, News { incident, notification }: News<'_>) -> Self {
        let instance = incident.key.instance.as_str();
        let Place { account, region } = place;
        let partition = partition(region);
        let detail = json!({
            "version": Self::VERSION,
            "id": notification.id(incident),
            "state": notification.state.code(),
            "reason": notification.reason,
            "words": text::plain(&notification.words, LONGEST_SENTENCE),
            "cure": text::plain(&notification.cure, LONGEST_SENTENCE),
            "instance_id": instance,
            "group": incident.group,
            "event_id": incident.key.event,
            "event_code": incident.code.as_str(),
            "not_before": notification.not_before,
            "within_hours": notification.within_hours,
            "attempt": notification.attempt,
            "look_again": notification.look_again,
        });
        Self {
            time: notification.at,
            resources: vec![format!("arn:{partition}:ec2:{region}:{account}:instance/{instance}")],
            detail: detail.to_string(),
        }
    }
}

/// The part of AWS that a region belongs to (AWS doc "Amazon Resource Names", read 2026-11).
fn partition(region: &Region) -> &'static str {
    match region.as_str() {
        china if china.starts_with("cn-") => "aws-cn",
        government if government.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
