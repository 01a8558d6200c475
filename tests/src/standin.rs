//! The stand-in of AWS: a child process in Python (`tests/standin`), its addresses, its controls.
//!
//! Most tests run the function binaries themselves and start it without functions: its queues fill
//! and nobody is woken. Where the wiring itself is tested it wakes the functions as the template
//! says. Its clock stands still but for [`Standin::control`].

mod bus;
mod child;
mod ledger;
mod queue;
mod topic;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde_json::{Value, json};

use child::Child;
pub use queue::{Queue, QueueMessage, batch};

use crate::http::{self, Message};
use crate::runtime_api;

/// Account of everything in the stand-in, which takes an access key id of twelve digits for it.
pub const ACCOUNT: &str = "123456789012";
/// Region of everything in the stand-in.
pub const REGION: &str = "us-west-2";

/// A running stand-in with the template deployed; it ends when this is dropped.
#[derive(Debug)]
pub struct Standin {
    _child: Option<Child>,
    addresses: Addresses,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// URL of EC2, Auto Scaling, Elastic Load Balancing, CloudWatch and Systems Manager, and of the
    /// fleet's controls.
    pub fleet: String,
    /// URL of DynamoDB, SNS, EventBridge and, without the clock's delays, SQS.
    pub serverless: String,
    /// URL of SQS, with delays on the stand-in's clock.
    pub gate: String,
    /// The folder of the logs of functions that the stand-in wakes.
    pub logs: PathBuf,
    /// What the template's Outputs say, by their logical ids.
    pub outputs: BTreeMap<String, String>,
    /// A session of each function's role, by the function's folder, as Lambda's variables.
    pub credentials: BTreeMap<String, BTreeMap<String, String>>,
}

impl Standin {
    /// Starts a stand-in that wakes no function, with these further arguments of
    /// `python -m standin serve`.
    ///
    /// # Errors
    /// Tells what to do where it does not start within a minute.
    pub fn serve(arguments: &[&str]) -> io::Result<Self> {
        Self::start(&[&["--no-functions"], arguments].concat())
    }

    /// Starts a stand-in that wakes the built functions as the template says; its schedule rests.
    ///
    /// # Errors
    /// As [`Standin::serve`].
    pub fn deployed(arguments: &[&str]) -> io::Result<Self> {
        Self::start(&[&["--deploy"], arguments].concat())
    }

    fn start(arguments: &[&str]) -> io::Result<Self> {
        let (child, ready) = Child::start(arguments)?;
        Ok(Self { _child: Some(child), addresses: Addresses::read(&ready)? })
    }

    /// Where everything is.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Gives the fleet one command, as in `{"do":"advance","seconds":90}`.
    ///
    /// # Errors
    /// The stand-in's own words where it refuses.
    pub fn control(&self, command: &Value) -> io::Result<Value> {
        control(&self.addresses.fleet, command)
    }

    /// Gives the gate one command: `{"do":"deliver"}` or `{"do":"log"}`.
    ///
    /// # Errors
    /// The stand-in's own words where it refuses.
    pub fn gate_control(&self, command: &Value) -> io::Result<Value> {
        control(&self.addresses.gate, command)
    }

    /// The environment of a function, with `settings` on top.
    ///
    /// # Errors
    /// The template has no output that the environment needs.
    pub fn env_for(
        &self,
        function: &str,
        settings: &[(&str, &str)],
    ) -> io::Result<Vec<(String, String)>> {
        self.addresses.env_for(function, settings)
    }

    /// The queue whose URL the template puts out under this logical id.
    ///
    /// # Errors
    /// There is no such output.
    pub fn queue(&self, logical_id: &str) -> io::Result<Queue> {
        let url = self.addresses.output(logical_id)?;
        Ok(Queue::new(&self.addresses.serverless, url))
    }

    /// Puts an event on the bus, with the source, detail-type and detail of the one given; account,
    /// region and time are the bus's.
    ///
    /// # Errors
    /// EventBridge's words where it refuses.
    pub fn put_event(&self, event: &Value) -> io::Result<()> {
        let entry = json!({
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": event["detail"].to_string(),
        });
        let request = json!({ "Entries": [entry] });
        let answer = aws(&self.addresses.serverless, "AWSEvents.PutEvents", &request)?;
        match answer["FailedEntryCount"].as_u64() {
            Some(0) => Ok(()),
            _ => Err(io::Error::other(format!("PutEvents: {answer}"))),
        }
    }

    /// What a function that the stand-in wakes has reported so far, process by process.
    ///
    /// # Errors
    /// The template has no such function, or its logs cannot be read.
    pub fn reports(&self, function: &str) -> io::Result<Vec<Value>> {
        let name = self.addresses.output(&format!("{}Function", logical_id(function)))?;
        let mut reports = Vec::new();
        for file in fs::read_dir(&self.addresses.logs)? {
            let file = file?;
            if file.file_name().to_string_lossy().starts_with(name) {
                let log = fs::read_to_string(file.path())?;
                reports.extend(runtime_api::reports(log.lines()));
            }
        }
        Ok(reports)
    }
}

impl Addresses {
    /// Reads the line that the stand-in prints when it is ready.
    fn read(ready: &str) -> io::Result<Self> {
        let wrong = |field: &str| {
            let words = format!("the stand-in's first line has no {field:?}: {ready:?}");
            io::Error::new(io::ErrorKind::InvalidData, words)
        };
        let value: Value = serde_json::from_str(ready).map_err(|_| wrong("JSON object"))?;
        let text = |field: &str| {
            value.get(field).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| wrong(field))
        };
        let credentials = value.get("credentials").and_then(Value::as_object);
        let session = |(function, variables): (&String, &Value)| {
            texts(variables).map(|variables| (function.clone(), variables))
        };
        Ok(Self {
            fleet: text("fleet")?,
            serverless: text("serverless")?,
            gate: text("gate")?,
            logs: text("logs")?.into(),
            outputs: value.get("outputs").and_then(texts).ok_or_else(|| wrong("outputs"))?,
            credentials: credentials.into_iter().flatten().filter_map(session).collect(),
        })
    }

    fn output(&self, logical_id: &str) -> io::Result<&str> {
        self.outputs.get(logical_id).map(String::as_str).ok_or_else(|| {
            let words =
                format!("infra/template.yaml puts out no {logical_id:?}; add it to Outputs");
            io::Error::new(io::ErrorKind::NotFound, words)
        })
    }

    fn env_for(
        &self,
        function: &str,
        settings: &[(&str, &str)],
    ) -> io::Result<Vec<(String, String)>> {
        let dead_letters = format!("{}DeadLetterQueue", logical_id(function));
        let own = [
            ("REBERTH_LEDGER_TABLE", self.output("LedgerTable")?),
            ("REBERTH_MAINTENANCE_QUEUE_URL", self.output("MaintenanceReconcilerQueue")?),
            ("REBERTH_DEAD_LETTER_QUEUE_URL", self.output(&dead_letters)?),
            ("REBERTH_NOTICES_TOPIC_ARN", self.output("NoticesTopic")?),
            ("AWS_ENDPOINT_URL_AUTO_SCALING", &self.fleet),
            ("AWS_ENDPOINT_URL_CLOUDWATCH", &self.fleet),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.serverless),
            ("AWS_ENDPOINT_URL_EC2", &self.fleet),
            ("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING", &self.fleet),
            ("AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", &self.fleet),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.serverless),
            ("AWS_ENDPOINT_URL_SNS", &self.serverless),
            ("AWS_ENDPOINT_URL_SQS", &self.gate),
            ("AWS_ENDPOINT_URL_SSM", &self.fleet),
            ("AWS_REGION", REGION),
        ];
        let session = self.credentials.get(function).into_iter().flatten();
        let session = session.map(|(name, value)| (name.clone(), value.clone()));
        let all = own.iter().chain(settings);
        let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(session.chain(all).collect())
    }
}

/// The texts of a JSON object, by field; none for what is no object.
fn texts(object: &Value) -> Option<BTreeMap<String, String>> {
    let text =
        |(field, value): (&String, &Value)| Some((field.clone(), value.as_str()?.to_owned()));
    Some(object.as_object()?.iter().filter_map(text).collect())
}

/// `health-event-router` is `HealthEventRouter` in the template.
fn logical_id(function: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    function.split('-').map(capital).collect()
}

fn control(url: &str, command: &Value) -> io::Result<Value> {
    let request = Message::request("POST", "/control", command.to_string())
        .with("Content-Type", "application/json");
    json_of(&send(url, request)?)
}

/// Calls an operation of a service that speaks JSON (SQS, DynamoDB, EventBridge).
fn aws(url: &str, target: &str, request: &Value) -> io::Result<Value> {
    let service = match target.split('.').next() {
        Some("AmazonSQS") => "sqs",
        Some("AWSEvents") => "events",
        _ => "dynamodb",
    };
    let request = Message::request("POST", "/", request.to_string())
        .with("Content-Type", "application/x-amz-json-1.0")
        .with("X-Amz-Target", target)
        .with("Authorization", authorization(service));
    json_of(&send(url, request)?)
}

/// Not signed: the stand-in reads account, region and service from the scope, and no more.
fn authorization(service: &str) -> String {
    let scope = format!("{ACCOUNT}/20261201/{REGION}/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

fn send(url: &str, request: Message) -> io::Result<Message> {
    let (authority, _) = http::split_url(url)?;
    let answer = http::exchange(authority, &request.with("Host", authority))?;
    if answer.status() == 200 {
        return Ok(answer);
    }
    Err(io::Error::other(format!("{url}: {}: {}", answer.start, answer.text())))
}

fn json_of(answer: &Message) -> io::Result<Value> {
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&answer.body).map_err(io::Error::other)
}

#[cfg(test)]
mod tests;
