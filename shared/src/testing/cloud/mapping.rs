//! The event source mappings: Lambda's pollers between a queue and its function.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::queue::{Attributes, Queue, Queued, Receipt};
use super::state::State;
use crate::event::Function;
use crate::report::Report;
use crate::testing::faults::Fault;
use crate::testing::invariants::messages_outlive_their_work;

/// Largest payload of an invocation, bytes (Lambda Developer Guide, `services-sqs-configure`, read
/// 2026-11). The records' own fields take the rest.
const PAYLOAD_BYTES_MOST: usize = 5 * 1024 * 1024;

/// How a queue feeds its function, as `infra/template.yaml` sets it.
pub(in crate::testing) struct Mapping {
    /// Messages of one invocation.
    pub batch_size: usize,
    /// How long the first message of a batch waits for others.
    pub batching_window: SignedDuration,
    /// Batches that are worked on at once.
    pub maximum_concurrency: usize,
}

impl Mapping {
    /// The mapping of a function.
    pub const fn of(function: Function) -> Self {
        match function {
            Function::HealthEventRouter => Self {
                batch_size: 10,
                batching_window: SignedDuration::from_secs(1),
                maximum_concurrency: 5,
            },
            Function::MaintenanceReconciler => Self {
                batch_size: 100,
                batching_window: SignedDuration::from_secs(5),
                maximum_concurrency: 2,
            },
        }
    }
}

/// The attributes of a function's queue, as `infra/template.yaml` sets them.
const fn attributes(function: Function) -> Attributes {
    let seconds = match function {
        Function::HealthEventRouter => 240,
        Function::MaintenanceReconciler => 750,
    };
    let visibility_timeout = SignedDuration::from_secs(seconds);
    Attributes { visibility_timeout, max_receive_count: 5 }
}

/// The queues of the stack.
#[derive(Debug, Clone)]
pub(in crate::testing) struct Queues {
    health: Queue,
    maintenance: Queue,
}

impl Default for Queues {
    fn default() -> Self {
        Self {
            health: Queue::new(attributes(Function::HealthEventRouter)),
            maintenance: Queue::new(attributes(Function::MaintenanceReconciler)),
        }
    }
}

impl Queues {
    /// The queue of a function.
    pub fn of(&self, function: Function) -> &Queue {
        match function {
            Function::HealthEventRouter => &self.health,
            Function::MaintenanceReconciler => &self.maintenance,
        }
    }

    /// The queue of a function, to be changed.
    pub fn of_mut(&mut self, function: Function) -> &mut Queue {
        match function {
            Function::HealthEventRouter => &mut self.health,
            Function::MaintenanceReconciler => &mut self.maintenance,
        }
    }
}

/// What a run was handed: messages with the leave to delete them.
pub(in crate::testing) type Batch = Vec<(Receipt, Queued)>;

impl State {
    /// When a function's next batch is ready; absent where its queue is empty.
    pub fn next_batch_at(&self, function: Function) -> Option<Timestamp> {
        let Mapping { batch_size, batching_window, .. } = Mapping::of(function);
        self.queues.of(function).batch_at(batch_size, batching_window)
    }

    /// Receives a batch of what is to be seen.
    pub fn receive(&mut self, function: Function) -> Batch {
        let now = self.now;
        let visible = self.queues.of(function).visible(now);
        let numbers: Vec<u64> = visible.take(Mapping::of(function).batch_size).collect();
        let (mut batch, mut bytes) = (Batch::new(), 0);
        for number in numbers {
            if let Some(mut draw) = self.strikes(Fault::MessageOvertaken) {
                self.queues.of_mut(function).hide(number, now + draw.seconds(1, 600));
                continue;
            }
            let message = self.queues.of(function).message(number);
            bytes += message.map_or(0, |message| message.body.len());
            if bytes > PAYLOAD_BYTES_MOST && !batch.is_empty() {
                break;
            }
            batch.extend(self.queues.of_mut(function).receive(now, number));
        }
        self.lets_expire(function, &batch);
        batch
    }

    /// A second poller sees the messages while the first is still at work on them, or soon after.
    fn lets_expire(&mut self, function: Function, batch: &Batch) {
        if batch.is_empty() {
            return;
        }
        if let Some(mut draw) = self.strikes(Fault::VisibilityExpired) {
            let soon = SignedDuration::from_millis(i64::from(draw.between(0, 900)));
            let after = if draw.chance(700) { soon } else { draw.seconds(1, 60) };
            for (receipt, _) in batch {
                self.queues.of_mut(function).expire(receipt, self.now + after);
            }
        }
    }

    /// Deletes what a run finished. What it did not finish is seen again when its time is over, and
    /// so is everything where the run died or its answer was lost.
    pub fn settle_batch(
        &mut self,
        function: Function,
        batch: &Batch,
        began: Timestamp,
        report: &Report,
    ) {
        if !batch.is_empty() && self.strikes(Fault::ResponseLost).is_some() {
            return;
        }
        for (receipt, message) in batch {
            if !report.failed_messages.contains(&message.id) {
                let deleted = self.queues.of_mut(function).delete(receipt);
                if let Some(message) = deleted {
                    let verdict =
                        messages_outlive_their_work::deleted(self, function, &message, began);
                    self.record.take(verdict);
                }
            }
        }
    }
}

/// A message as Lambda hands it over.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'m> {
    message_id: &'m str,
    event_source: &'static str,
    body: &'m str,
    attributes: BTreeMap<&'static str, String>,
}

impl<'m> Record<'m> {
    fn of(message: &'m Queued) -> Self {
        Self {
            message_id: &message.id,
            event_source: "aws:sqs",
            body: &message.body,
            attributes: BTreeMap::from([
                ("ApproximateReceiveCount", message.receives.to_string()),
                ("SentTimestamp", message.sent_at.as_millisecond().to_string()),
            ]),
        }
    }
}

/// The payload that Lambda makes of a batch.
pub(super) fn payload(batch: &Batch) -> String {
    let records: Vec<_> = batch.iter().map(|(_, message)| Record::of(message)).collect();
    serde_json::to_string(&BTreeMap::from([("Records", records)])).unwrap()
}
