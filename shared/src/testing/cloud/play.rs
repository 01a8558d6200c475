//! Time passing: sweeps on their schedule and messages as they arrive, each in a run of its own
//! beside those that are still under way.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::faults::{Crash, Moment};
use super::mapping::{Batch, Mapping, payload};
use super::runs::{Run, Runs, Stack};
use super::version::Version;
use super::{Cloud, script};
use crate::event::Function;
use crate::policy::{Ceilings, Mode};
use crate::report::Report;
use crate::testing::faults::Fault;

/// The schedule of the sweep.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// What is under way at the end is given this much more.
const LATE: SignedDuration = SignedDuration::from_hours(12);

/// A run that is to die does so at one of its first so many calls; a longer look makes more.
const CALLS_MOST: u32 = 24;

/// The payload of the schedule.
const SWEEP: &str = r#"{"reberth":"sweep"}"#;

/// The functions, each with a queue.
pub(super) const FUNCTIONS: [Function; 2] =
    [Function::HealthEventRouter, Function::MaintenanceReconciler];

/// The functions at work in the world.
pub struct Play<'c> {
    cloud: &'c Cloud,
    stack: Rc<Stack>,
    runs: Runs<'c>,
    next_crash: Option<Crash>,
    next_sweep: Timestamp,
    /// When the schedule delivers its last sweep once more.
    same_sweep: Option<Timestamp>,
    sweeps_completed: usize,
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
            stack: Rc::new(Stack { place: script::place(), ceilings }),
            runs: Runs::new(cloud.seed()),
            next_crash: None,
            next_sweep: cloud.now() + SWEEP_EVERY,
            same_sweep: None,
            sweeps_completed: 0,
            reports: Vec::new(),
        }
    }

    /// The stack's ceilings, deployed anew. Runs under way go on with the old ones.
    pub fn deploy(&mut self, change: impl FnOnce(&mut Ceilings)) {
        let mut ceilings = self.stack.ceilings.clone();
        change(&mut ceilings);
        let mut state = self.cloud.state.borrow_mut();
        state.owner_speaks();
        state.ceilings = ceilings.clone();
        self.stack = Rc::new(Stack { place: script::place(), ceilings });
    }

    /// The next run dies there.
    pub fn crash_next(&mut self, crash: Crash) {
        self.next_crash = Some(crash);
    }

    /// The run that makes this call dies there. Calls are counted from 1 over all runs.
    pub fn crash_at(&mut self, crash: Crash) {
        self.cloud.state.borrow_mut().fatal = Some(crash);
    }

    /// One run of the reconciler with a payload; none where it died.
    pub fn invoke(&mut self, payload: &str) -> Option<Report> {
        let first = self.cloud.runs() + 1;
        self.start(Function::MaintenanceReconciler, payload.to_owned(), Batch::new());
        let mut under_way = self.cloud.runs() + 1 - first;
        let mut answer = None;
        while under_way > 0 {
            let Some((number, lived)) = self.go_on() else { continue };
            if number == first && lived {
                answer = self.reports.last().cloned();
            }
            under_way -= usize::from(number >= first);
        }
        answer
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

    /// Everything that comes until a time. Runs under way then come to their ends.
    pub fn until(&mut self, end: Timestamp) {
        while self.step(end) {}
        self.finish();
    }

    /// Everything that comes until no incident is open, for so many hours at most.
    pub fn to_rest(&mut self, hours: i64) {
        let end = self.cloud.now() + SignedDuration::from_hours(hours);
        // Before a look was completed the ledger is empty because nothing is known.
        let looked = self.sweeps_completed;
        let resting = |play: &Self| {
            play.sweeps_completed > looked && play.cloud.rests() && !play.messages_wait()
        };
        while !resting(self) && self.step(end) {}
        // What AWS's date began shortly before the end goes its way.
        let late = end + LATE;
        while self.cloud.anything_under_way() && self.step(late) {}
        self.finish();
        self.cloud.judge_open();
        // Auto Scaling may still be about something of its own.
        self.cloud.advance(SignedDuration::from_hours(1));
        self.cloud.assert_nothing_is_out();
    }

    /// A message waits, or is hidden by a run that died on it.
    fn messages_wait(&self) -> bool {
        let state = self.cloud.state.borrow();
        FUNCTIONS.into_iter().any(|function| state.queues.of(function).all().next().is_some())
    }

    /// The next thing that comes: a start, a call, or time. False where nothing comes before the
    /// end.
    fn step(&mut self, end: Timestamp) -> bool {
        let now = self.cloud.now();
        if now <= end {
            self.start_what_is_due(now);
        }
        if self.runs.wakes_at().is_some_and(|at| at <= now) {
            self.go_on();
            return true;
        }
        // A call may have taken time beyond the end: what is ready then waits for the next step.
        let start = self.next_start().filter(|_| now <= end);
        let next = [self.runs.wakes_at(), start, self.cloud.next_happening()];
        let next = next.into_iter().flatten().min().filter(|at| *at <= end);
        self.cloud.state.borrow_mut().advance(next.unwrap_or(end));
        next.is_some()
    }

    /// Lets the runs under way come to their ends, and starts no other.
    fn finish(&mut self) {
        while !self.runs.is_empty() {
            self.go_on();
        }
    }

    /// When something is to be started, if anything can be.
    fn next_start(&self) -> Option<Timestamp> {
        let state = self.cloud.state.borrow();
        let free = FUNCTIONS.into_iter().filter(|function| self.has_room(*function));
        let batches = free.filter_map(|function| state.next_batch_at(function));
        let batches = batches.map(|at| at.max(state.nothing_runs_until));
        batches.chain(self.same_sweep).chain([self.next_sweep]).min()
    }

    fn has_room(&self, function: Function) -> bool {
        self.runs.batches(function) < Mapping::of(function).maximum_concurrency
    }

    fn start_what_is_due(&mut self, now: Timestamp) {
        if self.next_sweep <= now {
            while self.next_sweep <= now {
                self.next_sweep += SWEEP_EVERY;
            }
            self.scheduled(now);
        }
        if self.same_sweep.is_some_and(|at| at <= now) {
            self.same_sweep = None;
            self.starts_sweep(now);
        }
        for function in FUNCTIONS {
            while self.has_room(function) && self.receives(function, now) {}
        }
    }

    /// The schedule's time has come. It delivers at least once, and tries for a minute at most.
    fn scheduled(&mut self, now: Timestamp) {
        self.cloud.state.borrow_mut().may_go_out();
        let strikes = |fault| self.cloud.state.borrow_mut().strikes(fault);
        if strikes(Fault::SweepLost).is_some() {
            return;
        }
        if strikes(Fault::DeadLettersRedriven).is_some() {
            self.cloud.redrive();
        }
        let again = strikes(Fault::SweepRepeated);
        self.same_sweep = again.map(|mut draw| now + draw.seconds(0, 60));
        self.starts_sweep(now);
    }

    fn starts_sweep(&mut self, now: Timestamp) {
        if self.cloud.state.borrow().nothing_runs_until <= now {
            self.start(Function::MaintenanceReconciler, SWEEP.to_owned(), Batch::new());
        }
    }

    /// A poller hands a batch to its function; false where none is ready.
    fn receives(&mut self, function: Function, now: Timestamp) -> bool {
        let mut state = self.cloud.state.borrow_mut();
        let ready = state.next_batch_at(function).is_some_and(|at| at <= now);
        if !ready || state.nothing_runs_until > now {
            return false;
        }
        let batch = state.receive(function);
        drop(state);
        if !batch.is_empty() {
            self.start(function, payload(&batch), batch);
        }
        true
    }

    /// Starts a run, or two at once.
    fn start(&mut self, function: Function, payload: String, batch: Batch) {
        let crash = self.next_crash.take().or_else(|| self.chance_of_death());
        let raced = self.cloud.state.borrow_mut().strikes(Fault::Raced).is_some();
        let twin = raced.then(|| (payload.clone(), batch.clone()));
        self.begin(function, crash, payload, batch);
        if let Some((payload, batch)) = twin {
            self.begin(function, None, payload, batch);
        }
    }

    fn begin(&mut self, function: Function, crash: Option<Crash>, payload: String, batch: Batch) {
        let invocation = self.cloud.doomed(crash).of(function).by(self.version());
        let (number, messages) = (invocation.number(), batch.len());
        let name = function.name();
        let mut state = self.cloud.state.borrow_mut();
        state.note(format_args!("run {number}: {name} begins with {messages} messages"));
        drop(state);
        self.runs.add(Run::begin(invocation, Rc::clone(&self.stack), payload, batch));
    }

    fn version(&self) -> Version {
        let next = self.cloud.state.borrow_mut().strikes(Fault::NextVersion).is_some();
        if next { Version::Next } else { Version::This }
    }

    fn chance_of_death(&self) -> Option<Crash> {
        let mut state = self.cloud.state.borrow_mut();
        let mut before = state.strikes(Fault::DeathBeforeCall);
        let mut after = state.strikes(Fault::DeathAfterCall);
        let moment = if before.is_some() { Moment::BeforeEffect } else { Moment::AfterEffect };
        let draw = before.as_mut().or(after.as_mut())?;
        Some(Crash { call: draw.between(1, CALLS_MOST) as usize, moment })
    }

    /// One of the runs under way makes its next call, when its time has come. Answers the number of
    /// one that came to its end, and whether it lived.
    fn go_on(&mut self) -> Option<(usize, bool)> {
        let wakes_at = self.runs.wakes_at()?;
        if wakes_at > self.cloud.now() {
            self.cloud.state.borrow_mut().advance(wakes_at);
        }
        let (run, report) = self.runs.turn(self.cloud.now())?;
        let (number, function) = (run.invocation.number(), run.invocation.function());
        self.cloud.run_ended(number, report.as_ref());
        if let Some(report) = &report {
            let mut state = self.cloud.state.borrow_mut();
            state.settle_batch(function, &run.batch, run.began, report);
            state.record.watch.ended(run.began, report);
        }
        self.cloud.assert_sound();
        let lived = report.is_some();
        if let Some(report) = report {
            let swept = report.counts.get("sweeps_completed") == Some(&1);
            self.sweeps_completed += usize::from(swept);
            self.reports.push(report);
        }
        Some((number, lived))
    }
}
