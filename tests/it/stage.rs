//! A stage: one stand-in, the maintenance reconciler on it, and a clock that only the test moves.

use serde_json::{Value, json};
use tests::proxy::Proxy;
use tests::runtime_api::{Answer, Function};
use tests::standin::{QueueMessage, Standin, batch};

use crate::Outcome;

/// What the schedule sends to the reconciler.
pub const SWEEP: &str = r#"{"reberth":"sweep"}"#;

/// Settings under which one act at a time is never held back by the whole account.
pub const ENFORCE: [(&str, &str); 3] = [
    ("REBERTH_MAXIMUM_MODE", "enforce"),
    ("REBERTH_ACTS_PER_HOUR", "1000"),
    ("REBERTH_IN_FLIGHT_PERCENT", "100"),
];

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
    /// `seen`, `intended`, `replacing`, `serving` or `closed`.
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
        let mut command = json!({
            "do": "create_group",
            "name": name,
            "desired": 3,
            "max": 6,
            "tags": { "reberth:mode": "enforce" },
        });
        if let (Some(command), Some(plan)) = (command.as_object_mut(), plan.as_object()) {
            command.extend(plan.clone());
        }
        Ok(texts(&self.control(&command)?["instances"], "id"))
    }

    /// AWS schedules a reboot of an instance, two days ahead; gives the event's id.
    pub fn reboot_of(&self, instance: &str) -> Outcome<String> {
        let event = json!({
            "do": "schedule_event",
            "instance": instance,
            "code": "system-reboot",
            "not_before": "+2d",
        });
        Ok(text(&self.control(&event)?["event_id"]))
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: u64) -> Outcome {
        self.control(&json!({ "do": "advance", "seconds": seconds }))?;
        Ok(())
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

    /// What the fleet says became of an instance's event, whatever the reconciler believes.
    pub fn truth_of(&self, instance: &str) -> Outcome<String> {
        let truth = self.control(&json!({ "do": "truth" }))?;
        let events = truth["events"].as_array().into_iter().flatten();
        let event = events.rev().find(|event| event["instance"] == instance);
        Ok(event.map(|event| text(&event["outcome"])).unwrap_or_default())
    }
}

fn reconciler(standin: &Standin, settings: &[(&str, &str)]) -> Outcome<Function> {
    let env = standin.env_for("maintenance-reconciler", settings)?;
    Ok(Function::built("maintenance-reconciler", &env)?)
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
