//! A stage: one stand-in, the maintenance reconciler on it, and a clock that only the test moves.

use serde_json::{Value, json};
use tests::proxy::Proxy;
use tests::runtime_api::{Answer, Function};
use tests::standin::{QueueMessage, Standin, batch};

use crate::Outcome;

/// What the schedule sends to the reconciler.
pub const SWEEP: &str = r#"{"reberth":"sweep"}"#;

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

/// Settings under which one act at a time is never held back by the whole account.
pub const ENFORCE: [(&str, &str); 3] = [
    ("REBERTH_MAXIMUM_MODE", "enforce"),
    ("REBERTH_ACTS_PER_HOUR", "1000"),
    ("REBERTH_IN_FLIGHT_PERCENT", "100"),
];

/// Those settings with one of them changed, or one more.
pub fn enforce_and<'a>(further: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    ENFORCE.into_iter().chain([further]).collect()
}

/// A stand-in with nothing in it, and a reconciler that looks at it when told.
#[derive(Debug)]
pub struct Stage {
    pub standin: Standin,
    pub reconciler: Function,
}

/// An incident as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incident {
    pub instance: String,
    /// A phase's word: `seen`, `leaving`, `closed` and so on.
    pub phase: String,
    /// How it ended; empty while it is open.
    pub outcome: String,
}

impl Stage {
    /// With these environment variables of the reconciler.
    pub fn with(settings: &[(&str, &str)]) -> Outcome<Self> {
        let standin = Standin::serve(&[])?;
        let reconciler = reconciler(&standin, settings)?;
        Ok(Self { standin, reconciler })
    }

    /// As [`Stage::with`], and every call of the reconciler goes through `proxy`.
    pub fn behind(proxy: &mut Proxy, settings: &[(&str, &str)]) -> Outcome<Self> {
        let standin = Standin::serve(&[])?;
        let env = standin.env_for("maintenance-reconciler", settings)?;
        let reconciler = Function::built("maintenance-reconciler", &proxy.between(&env)?)?;
        Ok(Self { standin, reconciler })
    }

    /// The same stand-in under a reconciler with other settings, as after a deployment.
    pub fn under(self, settings: &[(&str, &str)]) -> Outcome<Self> {
        let reconciler = reconciler(&self.standin, settings)?;
        Ok(Self { standin: self.standin, reconciler })
    }

    /// Gives the fleet one command.
    pub fn control(&self, command: &Value) -> Outcome<Value> {
        Ok(self.standin.control(command)?)
    }

    /// A group whose owner opted in, in three zones, with all members in service and quick to
    /// replace; `plan` adds to it. Gives its members' ids.
    pub fn group(&self, name: &str, plan: &Value) -> Outcome<Vec<String>> {
        let group = json!({
            "do": "create_group",
            "name": name,
            "desired": 3,
            "max": 6,
            "tags": { "reberth:mode": "enforce" },
        });
        Ok(texts(&self.control(&with(group, plan))?["instances"], "id"))
    }

    /// A standalone instance whose owner opted in, running for long; `plan` adds to it. Gives its
    /// id.
    pub fn instance(&self, name: &str, plan: &Value) -> Outcome<String> {
        let instance = json!({
            "do": "create_instance",
            "name": name,
            "tags": { "reberth:mode": "enforce" },
        });
        Ok(text(&self.control(&with(instance, plan))?["id"]))
    }

    /// AWS schedules a reboot of an instance, two days ahead; gives the event's id.
    pub fn reboot_of(&self, instance: &str) -> Outcome<String> {
        self.schedule(instance, &json!({ "code": "system-reboot", "not_before": "+2d" }))
    }

    /// AWS schedules this for an instance; gives the event's id.
    pub fn schedule(&self, instance: &str, event: &Value) -> Outcome<String> {
        let scheduled = with(json!({ "do": "schedule_event", "instance": instance }), event);
        Ok(text(&self.control(&scheduled)?["event_id"]))
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) -> Outcome {
        self.control(&json!({ "do": "advance", "seconds": seconds }))?;
        Ok(())
    }

    /// Lets time pass until the clock next shows this time of day, UTC, as in `08:00:00`.
    pub fn pass_until(&self, time: &str) -> Outcome {
        let now = text(&self.control(&json!({ "do": "clock" }))?["now"]);
        let (_, of_day) =
            now.trim_end_matches('Z').split_once('T').ok_or("a clock without time")?;
        self.pass((seconds(time)? + DAY - seconds(of_day)?) % DAY)
    }

    /// One sweep; its report. A sweep that fails is an error.
    pub fn sweep(&self) -> Outcome<Value> {
        report(&self.reconciler.invoke(SWEEP))
    }

    /// The hint of a notice about these instances, as the queue delivers it; its report.
    pub fn hint(&self, instances: &[String]) -> Outcome<Value> {
        report(&self.reconciler.invoke(&hints(&[instances])))
    }

    /// A sweep each time after so many minutes have passed.
    pub fn sweep_after(&self, minutes: &[u64]) -> Outcome {
        for minutes in minutes {
            self.pass(minutes * 60)?;
            self.sweep()?;
        }
        Ok(())
    }

    /// Throws the ledger's kill switch, or releases it.
    pub fn switch(&self, thrown: bool) -> Outcome {
        let item = json!({
            "pk": { "S": "state" }, "sk": { "S": "switch" }, "stopped": { "BOOL": thrown },
        });
        Ok(self.standin.put_ledger_item(&item)?)
    }

    /// The incident of an instance.
    pub fn incident_of(&self, instance: &str) -> Outcome<Option<Incident>> {
        Ok(self.incidents()?.into_iter().find(|incident| incident.instance == instance))
    }

    /// How often a call about an instance succeeded since the last reset.
    pub fn times(&self, action: &str, instance: &str) -> Outcome<usize> {
        let call = format!("{action} 200 {instance}");
        Ok(self.acts()?.iter().filter(|act| **act == call).count())
    }

    /// Every incident of the ledger, by instance.
    pub fn incidents(&self) -> Outcome<Vec<Incident>> {
        incidents(&self.standin)
    }

    /// Who holds a slot, as `LIMIT: INCIDENT`.
    pub fn slots(&self) -> Outcome<Vec<String>> {
        let mut slots = Vec::new();
        for item in self.standin.ledger()? {
            let limit = text(&item["sk"]["S"]);
            let holders = item["holders"]["SS"].as_array();
            let slot = |holder: &Value| format!("{limit}: {}", text(holder));
            slots.extend(holders.into_iter().flatten().map(slot));
        }
        slots.sort();
        Ok(slots)
    }

    /// The calls to the fleet since the last reset, in their order.
    pub fn calls(&self) -> Outcome<Vec<Value>> {
        let calls = self.control(&json!({ "do": "calls" }))?;
        Ok(calls["entries"].as_array().cloned().unwrap_or_default())
    }

    /// Of those, the ones that change something, as `ACTION STATUS INSTANCES`.
    pub fn acts(&self) -> Outcome<Vec<String>> {
        let act = |call: &Value| {
            let action = text(&call["action"]);
            let ids = call["ids"].as_array().into_iter().flatten().map(text);
            let ids: Vec<_> = ids.collect();
            (!action.starts_with("Describe"))
                .then(|| format!("{action} {} {}", call["status"], ids.join(",")))
        };
        Ok(self.calls()?.iter().filter_map(act).collect())
    }

    /// What really happened, by the fleet's own account, whatever the reconciler believes.
    pub fn truth(&self) -> Outcome<Truth> {
        Ok(Truth(self.control(&json!({ "do": "truth" }))?))
    }

    /// What the fleet says became of an instance's event.
    pub fn truth_of(&self, instance: &str) -> Outcome<String> {
        Ok(self.truth()?.outcome_of(instance))
    }
}

/// The fleet's own account.
#[derive(Debug)]
pub struct Truth(Value);

impl Truth {
    fn list(&self, field: &str) -> impl DoubleEndedIterator<Item = &Value> {
        self.0[field].as_array().into_iter().flatten()
    }

    /// What became of the newest event of an instance.
    pub fn outcome_of(&self, instance: &str) -> String {
        let event = self.list("events").rev().find(|event| event["instance"] == instance);
        event.map(|event| text(&event["outcome"])).unwrap_or_default()
    }

    /// Whether an instance serves, or each member of a group.
    pub fn serving(&self, subject: &str) -> Vec<bool> {
        let gone = |one: &Value| one["state"] == "shutting-down" || one["state"] == "terminated";
        let alive = self.list("instances").filter(|one| is_of(one, subject) && !gone(one));
        alive.map(|one| one["serves"] == true).collect()
    }

    /// By whose hand an instance, or a group's capacity, was out of service, each time.
    pub fn outages(&self, subject: &str) -> Vec<String> {
        self.list("outages").filter(|one| is_of(one, subject)).map(|one| text(&one["by"])).collect()
    }

    /// What somebody opened and nobody closed, as `KIND of NAME: WORDS`, data lost included.
    pub fn left_open(&self) -> Vec<String> {
        let open = self.list("leftovers");
        let words = |one: &Value| {
            format!("{} of {}: {}", text(&one["kind"]), text(&one["name"]), text(&one["words"]))
        };
        let lost = self.list("data_lost").map(|one| format!("data lost of {}", text(&one["name"])));
        open.map(words).chain(lost).collect()
    }
}

/// Whether something is an instance's, by id, or a group's, by name.
fn is_of(one: &Value, subject: &str) -> bool {
    ["id", "instance", "group"].iter().any(|field| one[*field] == subject)
}

/// A command with further fields, which win.
fn with(mut command: Value, further: &Value) -> Value {
    if let (Some(command), Some(further)) = (command.as_object_mut(), further.as_object()) {
        command.extend(further.clone());
    }
    command
}

fn reconciler(standin: &Standin, settings: &[(&str, &str)]) -> Outcome<Function> {
    let env = standin.env_for("maintenance-reconciler", settings)?;
    Ok(Function::built("maintenance-reconciler", &env)?)
}

/// `08:00:00` in seconds since midnight.
fn seconds(of_day: &str) -> Outcome<u64> {
    of_day.split(':').try_fold(0, |sum, part| Ok(sum * 60 + part.parse::<u64>()?))
}

/// Every incident of a stand-in's ledger, by instance.
pub fn incidents(standin: &Standin) -> Outcome<Vec<Incident>> {
    let mut incidents = Vec::new();
    for item in standin.ledger()? {
        let Some(document) = item["document"]["S"].as_str() else { continue };
        let document: Value = serde_json::from_str(document)?;
        incidents.push(Incident {
            instance: text(&item["instance"]["S"]),
            phase: text(&item["phase"]["S"]),
            outcome: text(&document["phase"]["outcome"]),
        });
    }
    incidents.sort();
    Ok(incidents)
}

/// The event of Lambda with one message of the router for each of these lists of instances.
pub fn hints(instances: &[&[String]]) -> String {
    let message = |(number, instances): (usize, &&[String])| {
        let body = json!({
            "reberth": "hint",
            "version": 1,
            "kind": "notice",
            "instances": instances,
            "hops": 0,
        });
        QueueMessage::new(format!("message-{number}"), body.to_string())
    };
    let messages: Vec<_> = instances.iter().enumerate().map(message).collect();
    batch("maintenance", &messages).to_string()
}

/// The one report of an invocation that came to its end; anything else is an error that shows it.
pub fn report(answer: &Answer) -> Outcome<Value> {
    let whole = answer.error().is_none() && answer.died().is_none();
    match <[Value; 1]>::try_from(answer.reports()) {
        Ok([report]) if whole && report["outcome"] != "failed" => Ok(report),
        _ => Err(answer.to_string().into()),
    }
}

/// A JSON string; empty for anything else.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// One text field of each object in a list.
pub fn texts(list: &Value, field: &str) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|one| text(&one[field])).collect()
}
