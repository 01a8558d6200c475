//! Time passing: sweeps on their schedule, messages as they arrive, again where a run died or
//! handed them back.

use jiff::{SignedDuration, Timestamp};

use super::executor::{block_on, interleave, or_death};
use super::faults::{Crash, Moment};
use super::messages::{Queued, batch};
use super::version::Version;
use super::{Cloud, Invocation, script};
use crate::policy::{Ceilings, Mode};
use crate::reconcile::maintenance;
use crate::report::Report;
use crate::testing::faults::Fault;

/// The schedule of the sweep.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// A run that is to die does so at one of its first so many calls; a longer look makes more.
const CALLS_MOST: u32 = 24;

/// The payload of the schedule.
const SWEEP: &str = r#"{"reberth":"sweep"}"#;

/// A function at work in the world.
pub struct Play<'c> {
    cloud: &'c Cloud,
    ceilings: Ceilings,
    next_crash: Option<Crash>,
    crash_at: Option<Crash>,
    next_sweep: Timestamp,
    /// The reports of the runs that lived, oldest first.
    pub reports: Vec<Report>,
}

impl<'c> Play<'c> {
    /// A stack that may do what tags say, at a hundred acts an hour. The first sweep comes after
    /// five minutes.
    pub fn new(cloud: &'c Cloud) -> Self {
        let ceilings =
            Ceilings { maximum_mode: Mode::Enforce, acts_per_hour: 100, ..Ceilings::default() };
        Self::within(cloud, ceilings)
    }

    /// A stack with these ceilings.
    pub fn within(cloud: &'c Cloud, ceilings: Ceilings) -> Self {
        cloud.state.borrow_mut().ceilings = ceilings.clone();
        Self {
            cloud,
            ceilings,
            next_crash: None,
            crash_at: None,
            next_sweep: cloud.now() + SWEEP_EVERY,
            reports: Vec::new(),
        }
    }

    /// The stack's ceilings, deployed anew.
    pub fn deploy(&mut self, change: impl FnOnce(&mut Ceilings)) {
        change(&mut self.ceilings);
        let mut state = self.cloud.state.borrow_mut();
        state.owner_speaks();
        state.ceilings = self.ceilings.clone();
    }

    fn version(&self) -> Version {
        let next = self.cloud.state.borrow_mut().strikes(Fault::NextVersion).is_some();
        if next { Version::Next } else { Version::This }
    }

    /// The next run dies there.
    pub fn crash_next(&mut self, crash: Crash) {
        self.next_crash = Some(crash);
    }

    /// The run that makes this call dies there. Calls are counted from 1 over all runs.
    pub fn crash_at(&mut self, crash: Crash) {
        self.crash_at = Some(crash);
    }

    /// One run with a payload; none where it died.
    pub fn invoke(&mut self, payload: &str) -> Option<Report> {
        let made = self.cloud.calls_made();
        let later = |crash: Crash| Crash { call: crash.call - made, ..crash };
        let fated = self.crash_at.filter(|crash| crash.call > made).map(later);
        let crash = self.next_crash.take().or(fated).or_else(|| self.chance_of_death());
        let first = self.cloud.doomed(crash).by(self.version());
        let raced = self.cloud.state.borrow_mut().strikes(Fault::Raced);
        let reports = if let Some(mut turns) = raced {
            let second = self.cloud.invocation().by(self.version());
            let (one, two) = (self.run(&first, payload), self.run(&second, payload));
            <[_; 2]>::from(interleave(one, two, &mut turns))
        } else {
            [block_on(self.run(&first, payload)), None]
        };
        self.cloud.assert_sound();
        if first.died() {
            self.crash_at = None;
        }
        let lived: Vec<Report> = reports.into_iter().flatten().collect();
        self.reports.extend(lived.iter().cloned());
        lived.into_iter().next()
    }

    async fn run(&self, run: &Invocation<'_>, payload: &str) -> Option<Report> {
        let place = script::place();
        or_death(maintenance::run(run, &self.ceilings, &place, payload), run).await
    }

    fn chance_of_death(&self) -> Option<Crash> {
        let mut state = self.cloud.state.borrow_mut();
        let mut before = state.strikes(Fault::DeathBeforeCall);
        let mut after = state.strikes(Fault::DeathAfterCall);
        let moment = if before.is_some() { Moment::BeforeEffect } else { Moment::AfterEffect };
        let draw = before.as_mut().or(after.as_mut())?;
        Some(Crash { call: draw.between(1, CALLS_MOST) as usize, moment })
    }

    /// One sweep now.
    pub fn sweep(&mut self) -> Option<Report> {
        self.invoke(SWEEP)
    }

    /// Everything that comes in the next hours.
    pub fn hours(&mut self, hours: i64) {
        self.until(self.cloud.now() + SignedDuration::from_hours(hours));
    }

    /// Everything that comes in the next minutes.
    pub fn minutes(&mut self, minutes: i64) {
        self.until(self.cloud.now() + SignedDuration::from_mins(minutes));
    }

    /// Everything that comes until a time.
    pub fn until(&mut self, end: Timestamp) {
        while self.step(end) {}
    }

    /// Everything that comes until no incident is open, for so many hours at most.
    pub fn to_rest(&mut self, hours: i64) {
        let end = self.cloud.now() + SignedDuration::from_hours(hours);
        // Before a look was completed the ledger is empty because nothing is known.
        let looked = self.sweeps_completed();
        let resting = |play: &Self| {
            play.sweeps_completed() > looked && play.cloud.state.borrow().ledger.open.is_empty()
        };
        while !resting(self) && self.step(end) {}
        // Auto Scaling may still be about something of its own.
        self.cloud.advance(SignedDuration::from_hours(1));
        self.cloud.assert_at_rest();
    }

    fn sweeps_completed(&self) -> usize {
        let completed = |report: &&Report| report.counts.get("sweeps_completed") == Some(&1);
        self.reports.iter().rev().filter(completed).count()
    }

    /// The next thing that comes; false where nothing comes before the end.
    fn step(&mut self, end: Timestamp) -> bool {
        let arrival = self.cloud.state.borrow().queue.next_arrival();
        // The world itself may put a message before the next one known, so time goes in small
        // steps.
        let soon = self.cloud.now() + SignedDuration::from_secs(15);
        let next = arrival.unwrap_or(Timestamp::MAX).min(self.next_sweep).min(soon);
        if next > end {
            self.cloud.state.borrow_mut().advance(end);
            return false;
        }
        self.cloud.state.borrow_mut().advance(next);
        if self.next_sweep <= next {
            self.next_sweep = next + SWEEP_EVERY;
            self.sweep();
        }
        let now = self.cloud.now();
        let messages = self.cloud.state.borrow_mut().queue.receive(now);
        if !messages.is_empty() {
            self.deliver(messages);
        }
        true
    }

    fn deliver(&mut self, messages: Vec<Queued>) {
        let strikes = |fault| self.cloud.state.borrow_mut().strikes(fault);
        let arrives = |_: &Queued| strikes(Fault::MessageLost).is_none();
        let messages: Vec<Queued> = messages.into_iter().filter(arrives).collect();
        if messages.is_empty() {
            return;
        }
        let again = strikes(Fault::MessageRepeated).map_or(0, |mut draw| draw.between(1, 9));
        for _ in 0..again {
            self.invoke(&batch(&messages));
        }
        let report = self.invoke(&batch(&messages));
        let finished = |message: &Queued| {
            report.as_ref().is_some_and(|report| !report.failed_messages.contains(&message.id))
        };
        let mut state = self.cloud.state.borrow_mut();
        let now = state.now;
        for message in messages.into_iter().filter(|message| !finished(message)) {
            state.queue.give_back(now, message);
        }
    }
}
