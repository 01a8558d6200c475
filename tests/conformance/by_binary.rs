//! Plays a script against the stand-in, with the functions' binaries.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::ledger::format;
use tests::runtime_api::{Answer, Function};
use tests::standin::{Queue, QueueMessage, Standin, batch};

use crate::script::{Deed, Script};
use crate::seen::{Record, Seen, Sighting};
use crate::{BEGINS, Outcome, SWEEP, SWEEP_EVERY, speeds};

/// What SQS hands to Lambda at once.
const BATCH: usize = 10;

/// A message that was not finished is seen again after this time, as in `infra/template.yaml`.
const VISIBILITY: SignedDuration = SignedDuration::from_secs(90);

struct Stage<'s> {
    script: &'s Script,
    standin: Standin,
    router: Function,
    reconciler: Function,
    notices: Queue,
    hints: Queue,
    bus: Queue,
    record: Record,
    now: Timestamp,
    next_sweep: Timestamp,
    /// Messages that come again.
    again: Vec<(Timestamp, QueueMessage)>,
}

/// Plays it to its end.
pub fn play(script: &Script) -> Outcome<Seen> {
    let standin = Standin::serve(&["--start", BEGINS])?;
    let began: Timestamp = BEGINS.parse()?;
    let mut stage = Stage {
        script,
        router: function(&standin, "health-event-router", script, &BTreeMap::new())?,
        reconciler: function(&standin, "maintenance-reconciler", script, &BTreeMap::new())?,
        notices: standin.queue("HealthEventRouterQueue")?,
        hints: standin.queue("MaintenanceReconcilerQueue")?,
        bus: standin.listen_to_bus("conformance")?,
        standin,
        record: Record::default(),
        now: began,
        next_sweep: began + SWEEP_EVERY,
        again: Vec::new(),
    };
    stage.build()?;
    for step in &script.timeline {
        stage.until(began + step.at.duration())?;
        stage.does(&step.deed)?;
        stage.look()?;
        stage.deliver()?;
    }
    stage.until(began + script.lasts.duration())?;
    stage.end()
}

impl Stage<'_> {
    fn control(&self, command: &Value) -> Outcome<Value> {
        Ok(self.standin.control(command)?)
    }

    fn build(&mut self) -> Outcome {
        for (name, group) in &self.script.groups {
            let mut command = json!(group);
            command["do"] = json!("create_group");
            command["name"] = json!(name);
            let mut behaviour = behaviour();
            if let Some(delay) = &group.ready_after {
                behaviour["ready_after_seconds"] = json!(delay.seconds());
                command["tags"]["reberth:ready"] = json!("tag");
            }
            command["behaviour"] = behaviour;
            self.control(&command)?;
        }
        for (name, machine) in &self.script.instances {
            let mut command = json!(machine);
            command["do"] = json!("create_instance");
            command["name"] = json!(name);
            let mut behaviour = behaviour();
            if let Some(delay) = &machine.ready_after {
                behaviour["ready_after_seconds"] = json!(delay.seconds());
                command["tags"]["reberth:ready"] = json!("tag");
            }
            command["behaviour"] = behaviour;
            self.control(&command)?;
        }
        for (name, state) in &self.script.alarms {
            self.control(&json!({ "do": "alarm", "name": name, "state": state }))?;
        }
        self.look()
    }

    /// Everything that comes until a time.
    fn until(&mut self, end: Timestamp) -> Outcome {
        while self.now < end {
            let next = self.next_due()?.max(self.now + SignedDuration::from_secs(1)).min(end);
            self.control(&json!({ "do": "advance", "to": next.to_string() }))?;
            self.now = next;
            self.look()?;
            if self.next_sweep <= next {
                self.next_sweep += SWEEP_EVERY;
                let answer = self.reconciler.invoke(SWEEP);
                self.reported(&answer)?;
            }
            self.deliver()?;
        }
        Ok(())
    }

    fn next_due(&self) -> Outcome<Timestamp> {
        let fleet = self.control(&json!({ "do": "clock" }))?;
        let gate = self.standin.gate_control(&json!({ "do": "deliver" }))?;
        let due = [&fleet["next_due"]["at"], &gate["next_due"]];
        let due = due.iter().filter_map(|at| at.as_str()?.parse().ok());
        let again = self.again.iter().map(|(at, _)| *at);
        Ok(due.chain(again).chain([self.next_sweep]).min().unwrap_or(Timestamp::MAX))
    }

    /// Hands what lies in the queues to the functions, until nothing does.
    fn deliver(&mut self) -> Outcome {
        loop {
            self.standin.gate_control(&json!({ "do": "deliver" }))?;
            let notices = self.notices.take_all()?;
            let mut hints = self.hints.take_all()?;
            let now = self.now;
            hints.extend(self.again.extract_if(.., |(at, _)| *at <= now).map(|(_, one)| one));
            if notices.is_empty() && hints.is_empty() {
                return Ok(());
            }
            for notices in notices.chunks(BATCH) {
                let answer = self.router.invoke(&batch("notices", notices).to_string());
                whole(&answer)?;
            }
            for hints in hints.chunks(BATCH) {
                let answer = self.reconciler.invoke(&batch("hints", hints).to_string());
                self.reported(&answer)?;
                let failed = |message: &&QueueMessage| failed(&answer).contains(&message.id);
                let again = hints.iter().filter(failed);
                self.again.extend(again.map(|message| (now + VISIBILITY, message.clone())));
            }
        }
    }

    fn reported(&mut self, answer: &Answer) -> Outcome {
        whole(answer)?;
        self.look()?;
        answer.reports().iter().for_each(|report| self.record.report(report));
        Ok(())
    }

    fn look(&mut self) -> Outcome {
        let truth = self.control(&json!({ "do": "truth" }))?;
        let list = |field: &str| truth[field].as_array().cloned().unwrap_or_default();
        let mut sightings = Vec::new();
        for one in list("instances") {
            self.record.names.instance(&text(&one["id"]), &text(&one["name"]));
            sightings.push(Sighting {
                id: text(&one["id"]),
                state: text(&one["state"]),
                lifecycle: one["lifecycle"].as_str().map(str::to_owned),
            });
        }
        for event in list("events") {
            self.record.names.event(&text(&event["event_id"]), &text(&event["instance"]));
        }
        self.record.look(&sightings);
        Ok(())
    }

    fn does(&mut self, deed: &Deed) -> Outcome {
        match deed {
            Deed::Schedule { instance, code, not_before, lost, .. } => {
                let mut command = json!(deed);
                command["do"] = json!("schedule_event");
                self.control(&command)?;
                if !lost {
                    let start = String::from(not_before.clone());
                    self.notice(instance, type_code(code), "upcoming", &start)?;
                }
            }
            Deed::MoveEvent { instance, not_before } => {
                self.control(&json!(deed))?;
                let start = String::from(not_before.clone());
                self.notice(instance, type_code(""), "upcoming", &start)?;
            }
            Deed::CancelEvent { instance } => {
                self.control(&json!(deed))?;
                self.notice(instance, type_code(""), "closed", "+1h")?;
            }
            Deed::Switch { stopped } => self.standin.put_ledger_item(&json!({
                "pk": { "S": "state" }, "sk": { "S": "switch" }, "stopped": { "BOOL": stopped },
            }))?,
            Deed::LoseLedger => self.standin.lose_ledger()?,
            Deed::Deploy { settings } => {
                let name = "maintenance-reconciler";
                self.reconciler = function(&self.standin, name, self.script, settings)?;
            }
            Deed::SweepTwice => {
                for answer in self.reconciler.invoke_together(&[SWEEP, SWEEP]) {
                    self.reported(&answer)?;
                }
            }
            Deed::Tag { instance, .. } => {
                let event = self.record.names.newest_event(instance).unwrap_or_default();
                let command = json!(deed).to_string().replace("{event}", event);
                self.control(&serde_json::from_str(&command)?)?;
            }
            of_the_fleet => {
                self.control(&json!(of_the_fleet))?;
            }
        }
        Ok(())
    }

    /// AWS Health tells of an event.
    fn notice(&self, instance: &str, type_code: &str, status: &str, start: &str) -> Outcome {
        self.control(&json!({
            "do": "publish_notice",
            "instances": [instance],
            "type_code": type_code,
            "status": status,
            "start": start,
        }))?;
        Ok(())
    }

    fn end(mut self) -> Outcome<Seen> {
        self.acts()?;
        for event in self.bus.take_all()? {
            let event: Value = serde_json::from_str(&event.body)?;
            self.record.told(&event["detail"]);
        }
        for item in self.standin.ledger()? {
            if let Some(document) = item["document"]["S"].as_str() {
                let incident = format::incident(document);
                self.record.incident(&incident.map_err(|why| format!("{why:?}"))?);
            }
            if item["holders"]["SS"].is_array() {
                self.record.seen.add("ledger", "slots", text(&item["sk"]["S"]));
            }
        }
        self.ends()?;
        Ok(self.record.seen)
    }

    /// Calls that changed the fleet.
    fn acts(&mut self) -> Outcome {
        let calls = self.control(&json!({ "do": "calls" }))?;
        for call in calls["entries"].as_array().into_iter().flatten() {
            let action = text(&call["action"]);
            let told = call["function"].is_string() && call["status"] == 200;
            if !told || !ACTIONS.contains(&action.as_str()) {
                continue;
            }
            for id in call["ids"].as_array().into_iter().flatten() {
                let name = self.record.names.of(&text(id));
                self.record.seen.add(&name, "acts", &*action);
            }
        }
        Ok(())
    }

    /// How everything is at the end.
    fn ends(&mut self) -> Outcome {
        let truth = self.control(&json!({ "do": "truth" }))?;
        for one in truth["instances"].as_array().into_iter().flatten() {
            if ["shutting-down", "terminated"].contains(&text(&one["state"]).as_str()) {
                continue;
            }
            let name = text(&one["name"]);
            self.record.seen.add(&name, "serves", one["serves"].to_string());
            let left = truth["leftovers"].as_array().into_iter().flatten();
            let marks = left.filter(|left| left["kind"] == "incident_tag" && left["name"] == name);
            let marks = marks.map(|left| text(&left["words"]).replace("reberth:incident=", ""));
            let event = marks.map(|event| self.record.names.of(&event)).next();
            self.record.seen.add(&name, "mark", event.unwrap_or_default());
        }
        for (group, desired) in truth["desired"].as_object().into_iter().flatten() {
            self.record.seen.add(group, "desired", desired.to_string());
        }
        for event in truth["events"].as_array().into_iter().flatten() {
            let outcome = text(&event["outcome"]);
            if ["forced", "ridden"].contains(&outcome.as_str()) {
                self.record.seen.add(&text(&event["name"]), "aws", outcome);
            }
        }
        for lost in truth["data_lost"].as_array().into_iter().flatten() {
            self.record.seen.add(&text(&lost["name"]), "data", "lost");
        }
        Ok(())
    }
}

/// The calls that are looked for: those that change a fleet.
const ACTIONS: [&str; 10] = [
    "TerminateInstanceInAutoScalingGroup",
    "SetInstanceHealth",
    "EnterStandby",
    "ExitStandby",
    "DeregisterTargets",
    "RegisterTargets",
    "StopInstances",
    "StartInstances",
    "RebootInstances",
    "ModifyInstanceEventStartTime",
];

fn behaviour() -> Value {
    json!({
        "launch_seconds": speeds::LAUNCH,
        "checks_seconds": speeds::CHECKS,
        "targets_seconds": speeds::TARGETS,
        "drain_seconds": speeds::DRAIN,
        "terminate_seconds": speeds::TERMINATE,
        "stop_seconds": speeds::STOP,
        "standby_seconds": speeds::STANDBY,
        "description_lag_seconds": speeds::DESCRIPTION_LAG,
        "reschedule_lag_seconds": speeds::RESCHEDULE_LAG,
    })
}

fn function(
    standin: &Standin,
    name: &str,
    script: &Script,
    settings: &BTreeMap<String, String>,
) -> Outcome<Function> {
    let ceilings = script.ceilings(settings);
    let settings: Vec<_> = ceilings.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    Ok(Function::built(name, &standin.env_for(name, &settings)?)?)
}

/// An invocation that came to its end; anything else is an error that shows it.
fn whole(answer: &Answer) -> Outcome {
    if answer.error().is_none() && answer.died().is_none() {
        return Ok(());
    }
    Err(answer.to_string().into())
}

/// Ids of the messages of a batch that come again.
fn failed(answer: &Answer) -> Vec<String> {
    let body = answer.body().unwrap_or_default();
    let failed = body["batchItemFailures"].as_array().into_iter().flatten();
    failed.map(|one| text(&one["itemIdentifier"])).collect()
}

/// The Health type code under which AWS announces an event. AWS Health user guide, read 2026-11;
/// which code goes with which event is not documented, these are the likely ones.
fn type_code(code: &str) -> &'static str {
    match code {
        "instance-reboot" => "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED",
        "instance-retirement" => "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
        "instance-stop" => "AWS_EC2_INSTANCE_STOP_SCHEDULED",
        "system-maintenance" => "AWS_EC2_SYSTEM_MAINTENANCE_EVENT",
        _ => "AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED",
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
