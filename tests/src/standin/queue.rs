//! A queue of the stand-in, and what Lambda makes of its messages.

use std::io;

use serde_json::{Value, json};

use super::{ACCOUNT, REGION, aws};

/// Most messages that SQS hands out at once.
const RECEIVE_MAX: usize = 10;

/// A queue, read past the gate: it holds what is due, and not what is still delayed.
#[derive(Debug, Clone)]
pub struct Queue {
    endpoint: String,
    url: String,
}

/// A message as SQS handed it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// Its id, which batch item failures are named by.
    pub id: String,
    /// What was sent, as text.
    pub body: String,
    /// Its attribute `Reason`, which functions give to what they bury; none if it has none.
    pub reason: Option<String>,
}

impl QueueMessage {
    /// A message without attributes.
    pub fn new(id: impl Into<String>, body: impl Into<String>) -> Self {
        Self { id: id.into(), body: body.into(), reason: None }
    }
}

impl Queue {
    pub(super) fn new(endpoint: &str, url: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), url: url.to_owned() }
    }

    /// The queue's URL, as functions are given it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Puts one message into the queue.
    ///
    /// # Errors
    /// SQS's words where it refuses.
    pub fn send(&self, body: &str) -> io::Result<()> {
        self.call("SendMessage", &json!({ "MessageBody": body })).map(drop)
    }

    /// Takes all messages that can be received, and deletes them.
    ///
    /// # Errors
    /// SQS's words where it refuses.
    pub fn take_all(&self) -> io::Result<Vec<QueueMessage>> {
        let mut taken = Vec::new();
        loop {
            let wanted = json!({
                "MaxNumberOfMessages": RECEIVE_MAX,
                "MessageAttributeNames": ["Reason"],
            });
            let answer = self.call("ReceiveMessage", &wanted)?;
            let messages = answer.get("Messages").and_then(Value::as_array);
            let before = taken.len();
            for message in messages.into_iter().flatten() {
                let delete = json!({ "ReceiptHandle": message["ReceiptHandle"] });
                self.call("DeleteMessage", &delete)?;
                let text = |value: &Value| value.as_str().map(str::to_owned);
                taken.push(QueueMessage {
                    id: text(&message["MessageId"]).unwrap_or_default(),
                    body: text(&message["Body"]).unwrap_or_default(),
                    reason: text(&message["MessageAttributes"]["Reason"]["StringValue"]),
                });
            }
            if taken.len() == before {
                return Ok(taken);
            }
        }
    }

    /// How many messages the queue holds, those being worked on included.
    ///
    /// # Errors
    /// SQS's words where it refuses.
    pub fn count(&self) -> io::Result<u64> {
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let answer = self.call("GetQueueAttributes", &json!({ "AttributeNames": names }))?;
        let number = |name: &&str| {
            let value = answer.get("Attributes").and_then(|all| all.get(name));
            value.and_then(Value::as_str).and_then(|value| value.parse::<u64>().ok())
        };
        Ok(names.iter().filter_map(number).sum())
    }

    fn call(&self, action: &str, fields: &Value) -> io::Result<Value> {
        let mut request = fields.clone();
        request["QueueUrl"] = json!(self.url);
        aws(&self.endpoint, &format!("AmazonSQS.{action}"), &request)
    }
}

/// The event that Lambda makes of these messages for a function whose queue has this name.
pub fn batch(queue_name: &str, messages: &[QueueMessage]) -> Value {
    let record = |message: &QueueMessage| {
        json!({
            "messageId": message.id,
            "receiptHandle": format!("handle-of-{}", message.id),
            "body": message.body,
            "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": "1796112000000" },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue_name}"),
            "awsRegion": REGION,
        })
    };
    json!({ "Records": messages.iter().map(record).collect::<Vec<_>>() })
}
