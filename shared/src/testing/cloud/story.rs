//! What happens in the world, in words for whoever reads a run: what changed in the fleet, and what
//! each run of a function saw, decided and did.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::rc::Rc;

use super::Cloud;
use super::fleet::Fleet;
use super::state::State;
use crate::report::Report;
use crate::testing::trace::Trace;
use crate::world::{CheckStatus, Group, Instance, ScheduledEvent};

/// What is known of each thing: what it is about, and what is so.
type Facts = BTreeMap<String, BTreeMap<String, String>>;

/// What a reader knows so far.
#[derive(Debug, Clone, Default)]
pub(in crate::testing) struct Story {
    fleet: Rc<Fleet>,
    facts: Facts,
    /// Runs since the last line that had nothing new to say.
    quiet: usize,
}

impl Cloud {
    /// From now on what happens is written down.
    pub fn keep(&self, trace: Trace) {
        self.state.borrow_mut().trace = Some(trace);
    }

    /// Adds a line to what is written down.
    pub fn note(&self, words: fmt::Arguments<'_>) {
        self.state.borrow_mut().note(words);
    }

    /// What happened since.
    pub fn trace(&self) -> Option<Trace> {
        self.state.borrow().trace.clone()
    }

    /// A run ended, by its death where there is no report.
    pub(super) fn run_ended(&self, run: usize, report: Option<&Report>) {
        let Some(report) = report else { return };
        self.state.borrow_mut().run_ended(run, report);
    }
}

impl State {
    /// Adds a line.
    pub fn note(&mut self, words: fmt::Arguments<'_>) {
        self.tell_fleet();
        self.tell_of_quiet_runs();
        if let Some(trace) = &mut self.trace {
            trace.line(self.now, words);
        }
    }

    /// Adds what nobody reads.
    pub fn pass(&mut self, numbers: &[u64]) {
        if let Some(trace) = &mut self.trace {
            trace.numbers(self.now, numbers);
        }
    }

    /// Tells what changed in the fleet since it was told last.
    pub fn tell_fleet(&mut self) {
        let read = self.trace.as_ref().is_some_and(Trace::is_read);
        if !read || Rc::ptr_eq(&self.story.fleet, self.fleet_now()) {
            return;
        }
        self.tell_of_quiet_runs();
        self.story.fleet = Rc::clone(self.fleet_now());
        let facts = facts(&self.story.fleet);
        let before = mem::replace(&mut self.story.facts, facts);
        let Some(trace) = &mut self.trace else { return };
        for (subject, facts) in &self.story.facts {
            let nothing = BTreeMap::new();
            let changed = changed(before.get(subject).unwrap_or(&nothing), facts);
            if !changed.is_empty() {
                trace.tell(self.now, format_args!("  {subject}: {}", changed.join(", ")));
            }
        }
        for subject in before.keys().filter(|subject| !self.story.facts.contains_key(*subject)) {
            trace.tell(self.now, format_args!("  {subject}: gone"));
        }
    }

    fn run_ended(&mut self, run: usize, report: &Report) {
        let Report { trigger, outcome, decisions, notices, .. } = report;
        self.pass(&[run as u64, *trigger as u64, *outcome as u64]);
        for line in decisions {
            let (action, reason, outcome) = (line.action, line.reason, line.outcome);
            let words = &line.words;
            self.note(format_args!("run {run}: {action} ({reason}), {outcome}: {words}"));
        }
        for line in notices {
            let (decision, reason, words) = (line.decision, line.reason, &line.words);
            self.note(format_args!("run {run}: notice {decision} ({reason}): {words}"));
        }
        for words in report.alerts.iter().chain(&report.error) {
            self.note(format_args!("run {run}: {words}"));
        }
        let silent = decisions.is_empty() && notices.is_empty() && report.alerts.is_empty();
        if silent && report.error.is_none() {
            self.story.quiet += 1;
        } else {
            let outcome = outcome.code();
            self.note(format_args!("run {run} ({trigger:?}) ends: {outcome}"));
        }
    }

    fn tell_of_quiet_runs(&mut self) {
        let quiet = mem::take(&mut self.story.quiet);
        if let Some(trace) = self.trace.as_mut().filter(|_| quiet > 0) {
            trace.tell(self.now, format_args!("({quiet} runs have nothing new to say)"));
        }
    }
}

/// What is so now and was not, in words.
fn changed(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = Vec::new();
    for (about, is) in now {
        match before.get(about) {
            Some(was) if was == is => {}
            Some(was) => words.push(format!("{about} {was} -> {is}")),
            None => words.push(format!("{about} {is}")),
        }
    }
    let gone = before.keys().filter(|about| !now.contains_key(*about));
    words.extend(gone.map(|about| format!("no {about}")));
    words
}

fn facts(fleet: &Fleet) -> Facts {
    let mut all: Facts = fleet.groups.values().map(|g| (g.name.to_string(), of_group(g))).collect();
    for instance in fleet.instances.values() {
        all.insert(instance.id.to_string(), of_instance(fleet, instance));
    }
    all
}

fn of_group(group: &Group) -> BTreeMap<String, String> {
    let (minimum, desired, maximum) = (group.minimum, group.desired, group.maximum);
    let mut facts = BTreeMap::from([
        ("desired".to_owned(), desired.to_string()),
        ("bounds".to_owned(), format!("{minimum} to {maximum}")),
    ]);
    let suspended = group.suspended.keys().map(|process| ("suspended".to_owned(), process.clone()));
    facts.extend(suspended);
    facts.extend(group.tags.iter().map(|(key, value)| (format!("tag {key}"), value.clone())));
    facts
}

fn of_instance(fleet: &Fleet, instance: &Instance) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let mut so = |about: &str, is: String| facts.insert(about.to_owned(), is);
    if let Some(state) = &instance.state {
        so("state", state.as_str().to_owned());
    }
    so("checks", checks(instance).to_owned());
    if let Some((group, member)) = fleet.member(&instance.id) {
        let health = if member.healthy { "" } else { ", unhealthy" };
        so("lifecycle", format!("{}{health} in {}", member.lifecycle.as_str(), group.name));
    }
    for event in &instance.events {
        so(event.id.as_str(), event_words(event));
    }
    for (targets, known) in &fleet.targets {
        if let Some(state) = known.get(&instance.id) {
            let name = targets.as_str().split('/').nth(1).unwrap_or_default();
            so(&format!("target of {name}"), format!("{state:?}"));
        }
    }
    for (key, value) in instance.tags.iter() {
        so(&format!("tag {key}"), value.clone());
    }
    facts
}

fn checks(instance: &Instance) -> &'static str {
    match (instance.system_status, instance.instance_status) {
        (CheckStatus::Ok, CheckStatus::Ok) => "pass",
        (CheckStatus::Impaired, _) | (_, CheckStatus::Impaired) => "fail",
        _ => "not yet",
    }
}

fn event_words(event: &ScheduledEvent) -> String {
    let date = event
        .not_before
        .map_or_else(String::new, |date| format!(" on {}", date.strftime("%b %d %H:%M:%S")));
    let over = if event.active() { "" } else { ", over" };
    format!("{}{date}{over}", event.code.as_str())
}
