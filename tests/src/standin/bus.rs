//! What programs are told: a queue that listens to events of source `reberth`.

use std::io;

use serde_json::json;

use super::{ACCOUNT, Queue, REGION, Standin, aws};

impl Standin {
    /// A new queue of this name that receives every event of our own from now on, as EventBridge
    /// delivers it.
    ///
    /// # Errors
    /// SQS's or EventBridge's words where they refuse.
    pub fn listen_to_bus(&self, name: &str) -> io::Result<Queue> {
        let endpoint = &self.addresses.serverless;
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}");
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "events.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }],
        });
        let queue = json!({ "QueueName": name, "Attributes": { "Policy": policy.to_string() } });
        let queue = aws(endpoint, "AmazonSQS.CreateQueue", &queue)?;
        let pattern = json!({ "source": ["reberth"] }).to_string();
        aws(endpoint, "AWSEvents.PutRule", &json!({ "Name": name, "EventPattern": pattern }))?;
        let targets = json!({ "Rule": name, "Targets": [{ "Id": "queue", "Arn": arn }] });
        aws(endpoint, "AWSEvents.PutTargets", &targets)?;
        Ok(Queue::new(endpoint, queue["QueueUrl"].as_str().unwrap_or_default()))
    }
}
