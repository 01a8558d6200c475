//! Parts of the deployed stack that are switched off, or that nobody can read.

use shared::policy::Mode;

use super::{Code, Finding};
use crate::case::Stack;
use crate::evidence::Evidence;

/// Words by which Lambda says that an event source mapping is on, or will be in a moment
/// (`GetEventSourceMapping`, read 2026-11).
const AWAKE: [&str; 4] = ["Enabled", "Creating", "Enabling", "Updating"];

/// What is off, what the stack's own switches say, and what its ledger has of another version.
pub fn find(evidence: &Evidence) -> Vec<Finding> {
    let Some(stack) = &evidence.case.stack else { return Vec::new() };
    let off = |state: &str| state != "ENABLED";
    let rules = stack.rules.iter().filter(|(_, state)| off(state));
    let rules = rules.map(|(rule, state)| Finding::new(Code::RuleOff, rule, is(state)));
    let schedules = stack.schedules.iter().filter(|(_, state)| off(state));
    let schedules =
        schedules.map(|(schedule, state)| Finding::new(Code::ScheduleOff, schedule, is(state)));
    let unread = evidence.world().memory.unread.iter();
    let unread = unread.map(|(item, unread)| {
        let words = format!("it cannot be read, and is left as it is: {}", unread.why);
        Finding::new(Code::ItemUnread, item, words)
    });
    let off = rules.chain(schedules).chain(functions(stack)).chain(switches(evidence));
    off.chain(unread).collect()
}

fn is(state: &str) -> String {
    format!("it is {state}")
}

fn functions(stack: &Stack) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, function) in &stack.functions {
        if function.reserved_concurrency == Some(0) {
            let words = "its reserved concurrency is 0, so that it never runs";
            found.push(Finding::new(Code::FunctionOff, name, words));
        }
        let sources = function.event_sources.as_ref();
        let awake =
            |sources: &&Vec<String>| sources.iter().any(|one| AWAKE.contains(&one.as_str()));
        if let Some(sources) = sources.filter(|sources| !awake(sources)) {
            let words = match sources.first() {
                Some(state) => format!("the event source mapping of its queue is {state}"),
                None => "no event source mapping brings it its queue".to_owned(),
            };
            found.push(Finding::new(Code::QueueUnread, name, words));
        }
    }
    found
}

fn switches(evidence: &Evidence) -> Vec<Finding> {
    let thrown = [
        (evidence.ceilings.kill_switch, "KillSwitch", "the stack's parameter is on"),
        (evidence.world().memory.stopped, "the ledger's switch", "somebody wrote it"),
    ];
    let thrown = thrown.into_iter().filter(|(on, ..)| *on).map(|(_, object, words)| {
        let words = format!("{words}: nothing is opened, what is open is brought to its end");
        Finding::new(Code::SwitchThrown, object, words)
    });
    let off = (evidence.ceilings.maximum_mode == Mode::Off).then(|| {
        Finding::new(Code::NothingAllowed, "MaximumMode", "it is off: nothing is even planned")
    });
    thrown.chain(off).collect()
}
