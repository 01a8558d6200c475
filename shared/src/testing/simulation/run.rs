//! Plays a script and judges what came of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::SignedDuration;

use super::breach::Breach;
use super::deed::Roll;
use super::script::Script;
use crate::testing::cloud::truth::{ActKind, Truth};
use crate::testing::cloud::{Cloud, Play};
use crate::testing::faults::{Fault, Occurrence};
use crate::testing::invariants::Invariant;
use crate::testing::trace::Trace;

/// Hours beyond its end in which a script that is not at rest may still come to it.
const GRACE: i64 = 96;

/// What to keep of a run's trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Its hash.
    Hash,
    /// Its lines, too.
    Story,
}

/// What may come about for an instance.
pub const CAME_ABOUT: [&str; 10] = [
    "replaced",
    "kept after all",
    "put aside",
    "stopped",
    "rebooted",
    "given another date",
    "started",
    "brought back",
    "ridden",
    "forced",
];

/// How much happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Groups with which it began.
    pub groups: usize,
    /// Instances with which it began, standalone ones included.
    pub instances: usize,
    /// Events that AWS scheduled.
    pub notices: usize,
    /// Opening acts that changed something.
    pub opening_acts: usize,
    /// What we did, and what became of those with whom we did not, in the order of [`CAME_ABOUT`].
    pub came_about: [usize; CAME_ABOUT.len()],
    /// Deeds of people and of AWS that found somebody.
    pub deeds: usize,
    /// Runs of functions.
    pub runs: usize,
    /// Calls that they made.
    pub calls: usize,
    /// Virtual seconds that passed.
    pub seconds: i64,
}

/// What came of a script.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What should not have come about. Nothing is the aim.
    pub breaches: Vec<Breach>,
    /// How much happened.
    pub counts: Counts,
    /// How often each fault struck, in the order of [`Fault::ALL`].
    pub fired: Vec<u64>,
    /// Which faults struck, in order.
    pub struck: Vec<Occurrence>,
    /// How often each invariant was judged, in the order of [`Invariant::ALL`].
    pub judged: Vec<u64>,
    /// The trace's hash: the same script has the same.
    pub hash: u64,
    /// The trace's lines, where they were kept.
    pub story: Option<String>,
}

/// Plays a script to its end. A panic of the code that is played is a breach like another.
pub fn run(script: &Script, keep: Keep) -> Outcome {
    let begins = script.conditions.begins;
    let cloud = begins.map_or_else(|| Cloud::new(script.seed), |at| Cloud::begun(script.seed, at));
    cloud.keep(match keep {
        Keep::Hash => Trace::hashed(),
        Keep::Story => Trace::kept(),
    });
    let began = cloud.now();
    let mut counts =
        Counts { groups: script.groups.len(), instances: script.instances(), ..Counts::default() };
    let played = catch_unwind(AssertUnwindSafe(|| play_out(script, &cloud, &mut counts)));
    let mut breaches: Vec<Breach> = cloud.violations().iter().map(Breach::from).collect();
    if let Err(panic) = played {
        let panic = Breach::panicked(panic.as_ref());
        // An invariant that is broken ends its run by a panic, of which nothing more is to be said.
        breaches.extend(breaches.is_empty().then_some(panic));
    }
    let trace = cloud.trace();
    let truth = cloud.truth();
    counts.opening_acts = truth.opened().count();
    counts.came_about = came_about(&truth);
    counts.runs = cloud.runs();
    counts.calls = cloud.calls_made();
    counts.seconds = cloud.now().duration_since(began).as_secs();
    Outcome {
        breaches,
        counts,
        fired: Fault::ALL.iter().map(|fault| cloud.struck(*fault)).collect(),
        struck: cloud.occurrences(),
        judged: Invariant::ALL.iter().map(|invariant| cloud.judged(*invariant)).collect(),
        hash: trace.as_ref().map_or(0, Trace::hash),
        story: trace.and_then(|trace| trace.text().map(str::to_owned)),
    }
}

fn came_about(truth: &Truth) -> [usize; CAME_ABOUT.len()] {
    let acts = |which: fn(ActKind) -> bool| truth.acts.iter().filter(|act| which(act.kind)).count();
    [
        acts(|kind| matches!(kind, ActKind::Opened(_))),
        acts(|kind| kind == ActKind::TakenBack),
        acts(|kind| kind == ActKind::Left),
        acts(|kind| kind == ActKind::Stopped),
        acts(|kind| kind == ActKind::Rebooted),
        acts(|kind| kind == ActKind::Rescheduled),
        acts(|kind| kind == ActKind::Started),
        acts(|kind| kind == ActKind::Returned),
        truth.ridden.len(),
        truth.forced.len(),
    ]
}

fn play_out(script: &Script, cloud: &Cloud, counts: &mut Counts) {
    let began = cloud.now();
    let minute = |minute: u32| began + SignedDuration::from_mins(i64::from(minute));
    let roll = make(script, cloud);
    disturb(script, cloud);
    let mut play = Play::within(cloud, script.limits.ceilings());
    for timed in script.deeds.iter().filter(|timed| timed.minute < script.calm_after) {
        play.until(minute(timed.minute));
        let words = serde_json::to_string(&timed.deed).unwrap_or_default();
        cloud.note(format_args!("deed: {words}"));
        let done = timed.deed.take_place(cloud, &roll);
        if !done {
            cloud.note(format_args!("deed: there is nobody to do it to"));
        }
        counts.deeds += usize::from(done);
        counts.notices += usize::from(done && timed.deed.announces());
    }
    play.until(minute(script.calm_after));
    calm(cloud, &mut play);
    play.until(began + SignedDuration::from_hours(i64::from(script.hours)));
    // What AWS stopped at a date since the calm stays stopped until its owner starts it.
    cloud.tidy_up_by_hand();
    play.to_rest(GRACE);
    // Weeks later, as far as anybody in the world can tell.
    if cloud.redrive() > 0 {
        play.minutes(15);
        play.to_rest(GRACE);
    }
    cloud.judge_words();
}

fn make(script: &Script, cloud: &Cloud) -> Roll {
    for group in &script.groups {
        cloud.add(group);
    }
    Roll(script.machines.iter().map(|machine| cloud.add_machine(machine)).collect())
}

fn disturb(script: &Script, cloud: &Cloud) {
    cloud.rates(&script.rates);
    if let Some(only) = &script.only {
        cloud.only(only.iter().copied());
    }
    let conditions = &script.conditions;
    cloud.describe_after(i64::from(conditions.described_after_minutes));
    cloud.acts_late_by(i64::from(conditions.acts_late_by_minutes));
}

/// Everything that went wrong stops, and people undo what they did.
fn calm(cloud: &Cloud, play: &mut Play<'_>) {
    cloud.calm();
    cloud.hasten();
    cloud.describe_after(0);
    cloud.no_reservations(0);
    cloud.throw_switch(false);
    // What is stopping cannot be started yet.
    play.minutes(10);
    cloud.tidy_up_by_hand();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::simulation::generate;

    #[test]
    fn a_seed_has_the_same_trace_twice_and_its_script_survives_a_file() {
        let script = generate(1);
        let text = serde_json::to_string_pretty(&script).unwrap();
        let read: Script = serde_json::from_str(&text).unwrap();
        let (first, second) = (run(&script, Keep::Hash), run(&read, Keep::Story));
        assert_eq!(first.breaches, []);
        assert_eq!(first.hash, second.hash);
        assert!(second.story.unwrap().lines().count() > 1_000);
        assert_ne!(run(&generate(2), Keep::Hash).hash, first.hash);
    }
}
