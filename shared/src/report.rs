//! The report: what one invocation was asked, decided and did. One struct makes the log line, the
//! metric document and the answer of a direct invocation. Its fields are described in
//! `docs/report.md`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ledger::{Incident, IncidentKey};

/// Decisions that one log line carries at most: CloudWatch Logs takes 256 KiB a line. Changed ones
/// come first.
const DECISIONS_MOST: usize = 100;

/// Where the metrics are. Their one dimension is AWS's own `FunctionName`, so that two stacks in one
/// account do not answer for each other.
const NAMESPACE: &str = "Reberth";

/// The counts that are metrics too: those that an alarm or the dashboard of `infra/template.yaml`
/// rests on. `CloudWatch` charges for each metric and month; every other count is a field of the log
/// line, where Logs Insights finds it.
pub const METRICS: [&str; 26] = [
    "acts_applied",
    "acts_failed",
    "acts_refused",
    "circuit_open",
    "closings_failed",
    "forced",
    "found_by_sweep",
    "given_up",
    "governor_binding",
    "held",
    "held_within_24_hours",
    "held_within_4_hours",
    "hinted",
    "incidents",
    "looks_failed",
    "moved",
    "out",
    "permission_denied",
    "received",
    "retained",
    "ridden",
    "stopped_not_started",
    "stuck",
    "sweeps_completed",
    "tellings_failed",
    "unreadable",
];

/// What one invocation was asked, decided and did.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `INFO`, or `WARN` where somebody should look.
    pub level: &'static str,
    /// A constant sentence.
    pub message: &'static str,
    /// The function.
    pub service: &'static str,
    /// The version of the code.
    pub version: &'static str,
    /// Lambda's id of the invocation; empty outside Lambda.
    pub request_id: String,
    /// What woke it.
    pub trigger: Trigger,
    /// AWS's clock; absent where nothing was asked of AWS.
    pub now: Option<Timestamp>,
    /// The stack's maximum mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<&'static str>,
    /// `on` or `off`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kill_switch: Option<&'static str>,
    /// How it went.
    pub outcome: Outcome,
    /// Numbers by stable name.
    pub counts: BTreeMap<&'static str, u64>,
    /// Decisions about incidents: those that changed, or all where a question or hint asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<DecisionLine>,
    /// Decisions about notices of AWS Health.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<NoticeLine>,
    /// Messages that nobody can use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<UnreadableLine>,
    /// Sentences for people who should act.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<String>,
    /// What failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The answer to a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<String>,
    /// Incidents as this run wrote them: what it owes to people and programs stands in them.
    #[serde(skip)]
    pub written: BTreeMap<IncidentKey, Incident>,
    /// Messages of the batch that come again; Lambda's partial batch response.
    #[serde(skip)]
    pub failed_messages: Vec<String>,
    /// The payload was a batch of queue messages.
    #[serde(skip)]
    pub batch: bool,
}

/// What woke an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// An event of AWS.
    Event,
    /// A hint on the maintenance queue.
    Hint,
    /// The reconciler's own delayed message.
    LookAgain,
    /// The schedule.
    Sweep,
    /// A person.
    Question,
}

/// How an invocation went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something was changed or sent.
    Applied,
    /// Something is wanted and held.
    Held,
    /// Something is proposed, and nothing was changed.
    Observed,
    /// There was nothing to do.
    Nothing,
    /// Something could not be read, and there was nothing else to do.
    Unreadable,
    /// It failed, and comes again.
    Failed,
    /// A question was answered.
    Answered,
}

impl Outcome {
    /// A stable word for logs and metrics.
    pub fn code(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Held => "held",
            Self::Observed => "observed",
            Self::Nothing => "nothing",
            Self::Unreadable => "unreadable",
            Self::Failed => "failed",
            Self::Answered => "answered",
        }
    }
}

/// A decision about one incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are described in docs/report.md")]
pub struct DecisionLine {
    pub instance_id: String,
    pub group: Option<String>,
    pub event_id: String,
    pub event_code: String,
    pub not_before: Option<Timestamp>,
    pub action: &'static str,
    pub reason: &'static str,
    pub outcome: &'static str,
    pub phase: &'static str,
    pub words: String,
    pub look_again: Option<Timestamp>,
}

/// A decision about one notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are described in docs/report.md")]
pub struct NoticeLine {
    pub event_arn: String,
    pub type_code: String,
    pub status: String,
    pub decision: &'static str,
    pub reason: &'static str,
    pub severity: &'static str,
    pub instances: usize,
    pub words: String,
}

/// A message that nobody can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are described in docs/report.md")]
pub struct UnreadableLine {
    pub message_id: Option<String>,
    pub field: String,
    pub error: String,
}

impl Report {
    /// An empty report of a function.
    pub fn new(service: &'static str, message: &'static str, trigger: Trigger) -> Self {
        Self {
            level: "INFO",
            message,
            service,
            version: env!("CARGO_PKG_VERSION"),
            request_id: String::new(),
            trigger,
            now: None,
            mode: None,
            kill_switch: None,
            outcome: Outcome::Nothing,
            counts: BTreeMap::new(),
            decisions: Vec::new(),
            notices: Vec::new(),
            unreadable: Vec::new(),
            alerts: Vec::new(),
            error: None,
            story: None,
            written: BTreeMap::new(),
            failed_messages: Vec::new(),
            batch: false,
        }
    }

    /// Adds to a count.
    pub fn count(&mut self, name: &'static str, more: usize) {
        *self.counts.entry(name).or_default() += more as u64;
    }

    /// Keeps an incident that the ledger took.
    pub fn wrote(&mut self, incident: &Incident) {
        let version = incident.next_version();
        self.written.insert(incident.key.clone(), Incident { version, ..incident.clone() });
    }

    /// The log line: one JSON object on one line.
    pub fn line(&self) -> String {
        let mut shown = self.clone();
        if shown.decisions.len() > DECISIONS_MOST {
            shown.count("decisions_left_off", self.decisions.len() - DECISIONS_MOST);
            shown.decisions.truncate(DECISIONS_MOST);
        }
        if !shown.alerts.is_empty() || shown.error.is_some() || !shown.unreadable.is_empty() {
            shown.level = "WARN";
        }
        shown.story = None;
        serde_json::to_string(&shown).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
    }

    /// The metric document in CloudWatch's embedded metric format (AWS doc
    /// `CloudWatch_Embedded_Metric_Format_Specification`, read 2026-11), of the counts in
    /// [`METRICS`]. `function_name` is Lambda's name of the function; no id is a dimension.
    pub fn metrics(&self, function_name: &str) -> String {
        let timestamp = self.now.map_or(0, Timestamp::as_millisecond);
        let counts = self.counts.iter().filter(|(name, _)| METRICS.contains(name));
        let values: BTreeMap<String, u64> =
            counts.map(|(name, count)| (metric_name(name), *count)).collect();
        let metrics: Vec<Value> =
            values.keys().map(|name| json!({"Name": name, "Unit": "Count"})).collect();
        let mut document = json!({
            "_aws": {
                "Timestamp": timestamp,
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["FunctionName"]],
                    "Metrics": metrics,
                }],
            },
            "FunctionName": function_name,
        });
        if let Value::Object(fields) = &mut document {
            fields.extend(values.into_iter().map(|(name, count)| (name, json!(count))));
        }
        document.to_string()
    }

    /// What the function answers: for a batch exactly Lambda's partial batch response (AWS doc
    /// `services-sqs-errorhandling`, read 2026-11), else the report itself.
    pub fn answer(&self) -> Value {
        if self.batch {
            let failures: Vec<Value> =
                self.failed_messages.iter().map(|id| json!({"itemIdentifier": id})).collect();
            return json!({"batchItemFailures": failures});
        }
        serde_json::to_value(self).unwrap_or_else(|error| json!({"error": error.to_string()}))
    }

    /// Whether a direct invocation must be told as an error, so that its caller tries again.
    pub fn failed(&self) -> bool {
        self.outcome == Outcome::Failed && !self.batch
    }
}

/// `unknown_kind` becomes `UnknownKind`; what alarms rest on says what it counts.
fn metric_name(count: &str) -> String {
    match count {
        "received" => return "EventsReceived".to_owned(),
        "unreadable" => return "EventsUnreadable".to_owned(),
        _ => {}
    }
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    count.split('_').map(capital).collect::<Vec<String>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_answered_with_its_failures_and_nothing_else() {
        let mut report = Report::new("f", "Done.", Trigger::Hint);
        report.batch = true;
        assert_eq!(report.answer(), json!({"batchItemFailures": []}));
        report.failed_messages.push("m-1".to_owned());
        assert_eq!(report.answer(), json!({"batchItemFailures": [{"itemIdentifier": "m-1"}]}));
        report.batch = false;
        assert_eq!(report.answer()["service"], "f");
    }

    #[test]
    fn metrics_are_the_counts_that_something_rests_on_under_the_functions_own_name() {
        let mut report = Report::new("f", "Done.", Trigger::Sweep);
        report.count("held_within_4_hours", 0);
        report.count("received", 2);
        report.count("unknown_kind", 2);
        let document: Value = serde_json::from_str(&report.metrics("stack-f-1")).unwrap();
        assert_eq!(document["FunctionName"], "stack-f-1");
        assert_eq!(document["HeldWithin4Hours"], 0, "a level that is 0 is told too");
        assert_eq!(document["EventsReceived"], 2);
        let declared = &document["_aws"]["CloudWatchMetrics"][0];
        let unit = |name: &str| json!({"Name": name, "Unit": "Count"});
        assert_eq!(declared["Metrics"], json!(["EventsReceived", "HeldWithin4Hours"].map(unit)));
        assert_eq!(declared["Dimensions"], json!([["FunctionName"]]));
    }

    #[test]
    fn a_log_line_is_one_line_and_bounded() {
        let mut report = Report::new("f", "Done.", Trigger::Sweep);
        report.alerts.push("a\nb".to_owned());
        assert!(!report.line().contains('\n'));
        assert!(report.line().contains("\"level\":\"WARN\""));
    }
}
