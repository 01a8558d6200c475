//! What people are told: a queue that listens to the notices topic.

use std::io;

use serde_json::json;

use super::{ACCOUNT, Queue, REGION, Standin, authorization, aws, send};
use crate::http::Message;

impl Standin {
    /// A new queue of this name that receives whatever is published on the notices topic from now
    /// on, message by message as it was written.
    ///
    /// # Errors
    /// SQS's or SNS's words where they refuse.
    pub fn listen(&self, name: &str) -> io::Result<Queue> {
        let endpoint = &self.addresses.serverless;
        let topic = self.addresses.output("NoticesTopic")?;
        let arn = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}");
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "sns.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }],
        });
        let queue = json!({ "QueueName": name, "Attributes": { "Policy": policy.to_string() } });
        let queue = aws(endpoint, "AmazonSQS.CreateQueue", &queue)?;
        let form = format!(
            "Action=Subscribe&Version=2010-03-31&TopicArn={topic}&Protocol=sqs&Endpoint={arn}\
             &Attributes.entry.1.key=RawMessageDelivery&Attributes.entry.1.value=true"
        );
        let request = Message::request("POST", "/", form)
            .with("Content-Type", "application/x-www-form-urlencoded")
            .with("Authorization", authorization("sns"));
        send(endpoint, request)?;
        Ok(Queue::new(endpoint, queue["QueueUrl"].as_str().unwrap_or_default()))
    }
}
