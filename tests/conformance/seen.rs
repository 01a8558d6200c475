//! What of a played script can be seen from outside, without the seconds.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use shared::ids::InstanceId;
use shared::ledger::{Incident, Phase};

/// An instance at a moment.
#[derive(Debug, Clone)]
pub struct Sighting {
    pub id: String,
    /// EC2's word.
    pub state: String,
    /// Auto Scaling's word; absent for what is no member, or waits in a warm pool.
    pub lifecycle: Option<String>,
}

/// Subject and aspect with what was seen of it, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<(String, &'static str), Vec<String>>);

impl Seen {
    /// Something of a subject that comes after what was seen of it before. The same once more is
    /// the same.
    pub fn add(&mut self, subject: &str, aspect: &'static str, what: impl Into<String>) {
        let known = self.0.entry((subject.to_owned(), aspect)).or_default();
        let what = what.into();
        if known.last() != Some(&what) {
            known.push(what);
        }
    }

    /// What was seen of an aspect of a subject.
    pub fn of(&self, subject: &str, aspect: &'static str) -> &[String] {
        let known = self.0.iter().find(|((of, which), _)| of == subject && *which == aspect);
        known.map_or(&[], |(_, seen)| seen.as_slice())
    }

    /// What one world shows and the other does not, in words.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let keys: std::collections::BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        let differs = |key: &&(String, &'static str)| self.0.get(*key) != other.0.get(*key);
        let words = |(subject, aspect): &(String, &'static str)| {
            let line = |seen: &[String]| seen.join("\n        ");
            format!(
                "{subject}, {aspect}\n  in memory:\n        {}\n  stand-in:\n        {}",
                line(self.of(subject, aspect)),
                line(other.of(subject, aspect)),
            )
        };
        keys.into_iter().filter(differs).map(words).collect()
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((subject, aspect), seen) in &self.0 {
            writeln!(formatter, "{subject}, {aspect}: {}", seen.join(" | "))?;
        }
        Ok(())
    }
}

/// Names that mean the same in both worlds, where ids do not.
#[derive(Debug, Default)]
pub struct Names {
    instances: BTreeMap<String, String>,
    events: BTreeMap<String, String>,
    scheduled: BTreeMap<String, usize>,
}

impl Names {
    pub fn instance(&mut self, id: &str, name: &str) {
        self.instances.entry(id.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// The next event of an instance, unless it is known.
    pub fn event(&mut self, event: &str, instance: &str) {
        if !self.events.contains_key(event) {
            let whose = self.of(instance);
            let number = self.scheduled.entry(instance.to_owned()).or_default();
            *number += 1;
            let name = format!("event {number} of {whose}");
            self.events.insert(event.to_owned(), name);
        }
    }

    /// The id of the newest event of an instance, by its name.
    pub fn newest_event(&self, instance: &str) -> Option<&str> {
        let of = format!("of {instance}");
        let own = self.events.iter().filter(|(_, name)| name.ends_with(&of));
        own.max_by_key(|(_, name)| *name).map(|(id, _)| id.as_str())
    }

    pub fn knows(&self, id: &str) -> bool {
        self.instances.contains_key(id)
    }

    /// The name of an instance or event; its id where nobody named it.
    pub fn of(&self, id: &str) -> String {
        let known = self.instances.get(id).or_else(|| self.events.get(id));
        known.map_or_else(|| id.to_owned(), Clone::clone)
    }

    /// The id of an instance by its name: the newest of that name.
    pub fn id(&self, name: &str) -> Option<&str> {
        let named = self.instances.iter().find(|(_, of)| of.as_str() == name);
        named.map(|(id, _)| id.as_str())
    }
}

/// Writes down what is seen, by names.
#[derive(Debug, Default)]
pub struct Record {
    pub names: Names,
    pub seen: Seen,
}

impl Record {
    /// All instances at a moment.
    pub fn look(&mut self, sightings: &[Sighting]) {
        for Sighting { id, state, lifecycle } in sightings {
            let name = self.names.of(id);
            self.seen.add(&name, "states", state);
            if let Some(lifecycle) = lifecycle {
                self.seen.add(&name, "lifecycle", lifecycle);
            }
        }
    }

    /// A report as the log has it: its decisions. What is waited for depends on the second of the
    /// look.
    pub fn report(&mut self, report: &Value) {
        for line in report["decisions"].as_array().into_iter().flatten() {
            let word = |field: &str| line[field].as_str().unwrap_or_default();
            if word("action") == "wait" {
                continue;
            }
            let event = self.names.of(word("event_id"));
            let decision = format!("{} {} {}", word("action"), word("reason"), word("outcome"));
            self.seen.add(&event, "decisions", decision);
        }
    }

    /// An event of source `reberth`.
    pub fn told(&mut self, detail: &Value) {
        let word = |field: &str| detail[field].as_str().unwrap_or_default();
        let event = self.names.of(word("event_id"));
        self.seen.add(&event, "told", format!("{} {}", word("state"), word("reason")));
    }

    /// An incident at the end.
    pub fn incident(&mut self, incident: &Incident) {
        let event = self.names.of(incident.key.event.as_str());
        let outcome = match &incident.phase {
            Phase::Closed { outcome, .. } => outcome.code(),
            _ => incident.phase_code(),
        };
        self.seen.add(&event, "ends", outcome);
        self.seen.add(&event, "ends", format!("attempt {}", incident.attempt));
        for limit in &incident.slots {
            self.seen.add(&event, "slots", limit.to_string());
        }
    }
}

/// An instance id of either world.
pub fn instance(id: &str) -> InstanceId {
    InstanceId::parse(id).unwrap_or_else(|error| panic!("{id}: {error}"))
}
