//! Time passing: sweeps on their schedule, messages as they arrive, again where a run died or
//! handed them back.

use jiff::{SignedDuration, Timestamp};

use super::executor::{block_on, interleave, or_death};
use super::faults::{Crash, Moment};
use super::messages::{Queued, batch};
use super::version::Version;
use super::{Cloud, Invocation, Xorshift, script};
use crate::policy::{Ceilings, Mode};
use crate::reconcile::maintenance;
use crate::report::Report;

/// The schedule of the sweep.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// The payload of the schedule.
const SWEEP: &str = r#"{"reberth":"sweep"}"#;

/// What becomes of messages on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rumours {
    /// Of a thousand, so many never arrive.
    pub lost: u64,
    /// How often each arrives, 1 being once.
    pub copies: u32,
}

/// A function at work in the world.
pub struct Play<'c> {
    cloud: &'c Cloud,
    ceilings: Ceilings,
    rumours: Rumours,
    /// Runs that die, of a thousand.
    deadly: u64,
    /// Payloads on which two runs work at once, of a thousand.
    crowded: u64,
    /// Runs that the next version makes, of a thousand.
    next_version: u64,
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
            rumours: Rumours { lost: 0, copies: 1 },
            deadly: 0,
            crowded: 0,
            next_version: 0,
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

    /// From now on messages fare like this.
    pub fn rumours(&mut self, rumours: Rumours) {
        self.rumours = rumours;
    }

    /// From now on so many runs of a thousand die at some call.
    pub fn deadly(&mut self, permille: u64) {
        self.deadly = permille;
    }

    /// From now on so many payloads of a thousand are worked on by two runs at once.
    pub fn crowded(&mut self, permille: u64) {
        self.crowded = permille;
    }

    /// From now on so many runs of a thousand are made by the next version: 0 is a rollback, 1,000
    /// an upgrade, and what is between them a deployment that never ends.
    pub fn next_version(&mut self, permille: u64) {
        self.next_version = permille;
    }

    fn version(&self) -> Version {
        let next = self.cloud.state.borrow_mut().random.chance(self.next_version);
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
        let crowd = self.cloud.state.borrow_mut().random.chance(self.crowded);
        let reports = if crowd {
            self.cloud.state.borrow_mut().fires("races");
            let second = self.cloud.invocation().by(self.version());
            let mut turns = Xorshift::new(self.cloud.state.borrow_mut().random.next());
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
        let random = &mut self.cloud.state.borrow_mut().random;
        random.chance(self.deadly).then(|| Crash {
            call: usize::try_from(random.below(24)).unwrap_or(0) + 1,
            moment: if random.chance(500) { Moment::BeforeEffect } else { Moment::AfterEffect },
        })
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
        let Rumours { lost, copies } = self.rumours;
        let arrives = |_: &Queued| !self.cloud.state.borrow_mut().random.chance(lost);
        let messages: Vec<Queued> = messages.into_iter().filter(arrives).collect();
        if messages.is_empty() {
            return;
        }
        for _ in 1..copies {
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
