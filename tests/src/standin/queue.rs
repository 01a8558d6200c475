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
        self.call("SendMessage", "MessageBody", &json!(body)).map(drop)
    }

    /// Takes all messages that can be received, and deletes them.
    ///
    /// # Errors
    /// SQS's words where it refuses.
    pub fn take_all(&self) -> io::Result<Vec<QueueMessage>> {
        let mut taken = Vec::new();
        loop {
            let most = json!(RECEIVE_MAX);
            let answer = self.call("ReceiveMessage", "MaxNumberOfMessages", &most)?;
            let messages = answer.get("Messages").and_then(Value::as_array);
            let before = taken.len();
            for message in messages.into_iter().flatten() {
                let handle = message.get("ReceiptHandle").cloned().unwrap_or_default();
                self.call("DeleteMessage", "ReceiptHandle", &handle)?;
                let text = |field| {
                    message.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                taken.push(QueueMessage { id: text("MessageId"), body: text("Body") });
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
        let answer = self.call("GetQueueAttributes", "AttributeNames", &json!(names))?;
        let number = |name: &&str| {
            let value = answer.get("Attributes").and_then(|all| all.get(name));
            value.and_then(Value::as_str).and_then(|value| value.parse::<u64>().ok())
        };
        Ok(names.iter().filter_map(number).sum())
    }

    fn call(&self, action: &str, field: &str, value: &Value) -> io::Result<Value> {
        let request = json!({ "QueueUrl": self.url, field: value });
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
