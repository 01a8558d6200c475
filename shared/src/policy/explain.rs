//! A policy in words, for whoever asks why.

use super::{Bound, Policy};
use crate::time::{Calendar, duration};

impl Policy {
    /// The policy in lines of words: what governs every relaunch first, then what somebody set.
    pub fn explain(&self) -> Vec<String> {
        let mut lines = vec![
            format!("mode {}: {}", self.mode, self.mode_reason.words()),
            format!("relaunch: {}", self.relaunch),
            self.explain_bound(),
            format!("window: {}", self.window),
            format!("deadline: {}", self.explain_deadline()),
        ];
        lines.extend(self.explain_holds());
        lines.extend(self.explain_limits());
        lines.extend(self.explain_drain());
        lines
    }

    fn explain_bound(&self) -> String {
        let bound = self.max_unavailable.as_ref().map_or_else(
            || "as the group's maintenance policy says, else 1".to_owned(),
            Bound::to_string,
        );
        format!(
            "out at once in its group: {bound}; the stack's maximum is {}",
            self.maximum_unavailable
        )
    }

    fn explain_deadline(&self) -> &'static str {
        match (self.deadline, &self.window) {
            (super::Deadline::Hold, _) => "hold: nothing gives way to AWS's date",
            (super::Deadline::Force, Calendar::Always) => "force: busy work gives way at the end",
            (super::Deadline::Force, _) => {
                "force: windows and busy work give way after the latest safe start"
            }
        }
    }

    fn explain_holds(&self) -> Vec<String> {
        let line =
            |name: &str, value: Option<String>| value.map(|value| format!("{name}: {value}"));
        let stop_alarms = (!self.stop_alarms.is_empty()).then(|| self.stop_alarms.to_string());
        [
            line("held", self.hold_until.map(|hold| hold.to_string())),
            line("approved", self.approved.as_ref().map(ToString::to_string)),
            line("lead", self.lead.map(|lead| lead.to_string())),
            line("tolerance", self.tolerance.map(|tolerance| tolerance.to_string())),
            line("stop alarms", stop_alarms),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn explain_limits(&self) -> Vec<String> {
        let limits =
            self.limits.iter().map(|(name, most)| format!("limit {name}: {most} out at once"));
        let sets = self.replica_sets.iter().map(|set| format!("replica set {set}: 1 out at once"));
        let zone = self.max_unavailable_per_zone.iter();
        let zone = zone.map(|bound| format!("out at once in its group's zone: {bound}"));
        let ready = self.ready.iter().map(|gate| format!("ready by {gate}"));
        zone.chain(limits).chain(sets).chain(ready).collect()
    }

    fn explain_drain(&self) -> Vec<String> {
        let limit =
            self.drain_timeout.map_or_else(|| "its hook's limits".to_owned(), duration::show);
        let drained = |drain: &super::Drain| {
            format!("drained by {drain}, within {limit}, else {}", self.on_drain_failure)
        };
        let expiry = duration::show(self.busy_expiry);
        let busy = format!("busy reports count for {expiry}");
        self.drain.iter().map(drained).chain([busy]).collect()
    }
}
