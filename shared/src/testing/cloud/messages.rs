//! The maintenance queue, its dead letters, and what the bus would put there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::state::State;
use crate::ids::InstanceId;

/// A message that was not finished is seen again after this time.
pub(super) const VISIBILITY: SignedDuration = SignedDuration::from_secs(90);

/// A message that was received so often goes to the dead letters.
const RECEIVES_MOST: u32 = 20;

/// A message in flight or to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// SQS's id.
    pub id: String,
    /// The text.
    pub body: String,
    /// How often it was received.
    pub receives: u32,
}

#[derive(Debug, Clone, Default)]
pub(in crate::testing) struct Queue {
    sent: u64,
    coming: BTreeMap<(Timestamp, u64), Queued>,
    /// What could not be used, by whoever gave up: text and reason.
    pub dead: Vec<(String, String)>,
}

impl Queue {
    /// Puts a message, to arrive at a time.
    pub fn put(&mut self, at: Timestamp, body: String) {
        let id = format!("message-{:08}", self.sent);
        self.put_again(at, Queued { id, body, receives: 0 });
    }

    fn put_again(&mut self, at: Timestamp, message: Queued) {
        self.sent += 1;
        self.coming.insert((at, self.sent), message);
    }

    /// Messages to come, in order, as they will arrive.
    pub fn coming(&self) -> impl Iterator<Item = (Timestamp, &str, u32)> {
        let coming = self.coming.iter();
        coming.map(|((at, _), message)| (*at, message.body.as_str(), message.receives))
    }

    /// When the next message arrives.
    pub fn next_arrival(&self) -> Option<Timestamp> {
        self.coming.keys().next().map(|(at, _)| *at)
    }

    /// Receives up to ten messages that have arrived.
    pub fn receive(&mut self, now: Timestamp) -> Vec<Queued> {
        let mut batch = Vec::new();
        while let Some(entry) = self.coming.first_entry().filter(|e| e.key().0 <= now) {
            batch.push(Queued { receives: entry.get().receives + 1, ..entry.get().clone() });
            entry.remove();
            if batch.len() == 10 {
                break;
            }
        }
        batch
    }

    /// Gives back what was not finished.
    pub fn give_back(&mut self, now: Timestamp, message: Queued) {
        if message.receives >= RECEIVES_MOST {
            self.dead.push((message.body, "received too often".to_owned()));
        } else {
            self.put_again(now + VISIBILITY, message);
        }
    }
}

impl State {
    /// EC2 tells the bus, and the rule puts it into the queue.
    pub(super) fn announce_state(&mut self, id: &InstanceId, state: &str) {
        if self.silent {
            return;
        }
        let body = state_change(self.now, id, state);
        self.queue.put(self.now, body);
    }
}

/// EC2's event about a change of state.
pub(super) fn state_change(at: Timestamp, id: &InstanceId, state: &str) -> String {
    json!({
        "version": "0",
        "id": format!("0f1e2d3c-{}", at.as_second()),
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": super::script::ACCOUNT,
        "time": at.to_string(),
        "region": super::script::REGION,
        "resources": [format!("arn:aws:ec2:us-west-2:123456789012:instance/{id}")],
        "detail": {"instance-id": id.as_str(), "state": state},
    })
    .to_string()
}

/// The payload that Lambda makes of a batch.
pub fn batch(messages: &[Queued]) -> String {
    let records: Vec<_> = messages
        .iter()
        .map(|message| {
            json!({"messageId": message.id, "eventSource": "aws:sqs", "body": message.body})
        })
        .collect();
    json!({ "Records": records }).to_string()
}
