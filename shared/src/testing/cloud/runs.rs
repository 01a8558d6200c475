//! Runs under way: any number of them, interleaved call by call.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;

use super::Invocation;
use super::executor::or_death;
use super::mapping::Batch;
use crate::event::Function;
use crate::ids::Place;
use crate::policy::Ceilings;
use crate::reconcile::{maintenance, notices};
use crate::report::Report;
use crate::testing::faults::Draw;

/// What every run of a stack begins with.
pub(super) struct Stack {
    pub place: Place,
    pub ceilings: Ceilings,
}

/// A run under way.
pub(super) struct Run<'c> {
    pub invocation: Rc<Invocation<'c>>,
    /// When it began.
    pub began: Timestamp,
    /// What it was handed; empty where nothing waits for its answer.
    pub batch: Batch,
    future: Pin<Box<dyn Future<Output = Option<Report>> + 'c>>,
}

impl<'c> Run<'c> {
    /// A run that makes its first call at its first turn.
    pub fn begin(
        invocation: Invocation<'c>,
        stack: Rc<Stack>,
        payload: String,
        batch: Batch,
    ) -> Self {
        let began = invocation.wakes_at();
        let invocation = Rc::new(invocation);
        let run = Rc::clone(&invocation);
        let future = Box::pin(async move { or_death(work(&run, &stack, &payload), &run).await });
        Self { invocation, began, batch, future }
    }
}

async fn work(run: &Invocation<'_>, stack: &Stack, payload: &str) -> Report {
    match run.function() {
        Function::HealthEventRouter => notices::run(run, &stack.place, payload).await,
        Function::MaintenanceReconciler => {
            maintenance::run(run, &stack.ceilings, &stack.place, payload).await
        }
    }
}

/// The runs under way, and whose turn it is.
pub(super) struct Runs<'c> {
    running: Vec<Run<'c>>,
    turns: Draw,
}

impl<'c> Runs<'c> {
    /// None yet. Chance decides whose turn it is.
    pub fn new(seed: u64) -> Self {
        Self { running: Vec::new(), turns: Draw::new(seed) }
    }

    /// One more.
    pub fn add(&mut self, run: Run<'c>) {
        self.running.push(run);
    }

    /// Nobody is at work.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Batches of a function that are worked on.
    pub fn batches(&self, function: Function) -> usize {
        let of_it = |run: &&Run| !run.batch.is_empty() && run.invocation.function() == function;
        self.running.iter().filter(of_it).count()
    }

    /// When the next of them goes on.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.running.iter().map(|run| run.invocation.wakes_at()).min()
    }

    /// One of those that can go on makes its next call. Answers the one that came to its end, with
    /// its report unless it died.
    pub fn turn(&mut self, now: Timestamp) -> Option<(Run<'c>, Option<Report>)> {
        let ready = |run: &Run| run.invocation.wakes_at() <= now;
        let able = self.running.iter().filter(|run| ready(run)).count() as u64;
        let chosen = if able > 1 { usize::try_from(self.turns.below(able)).unwrap() } else { 0 };
        let mut places = (0..self.running.len()).filter(|place| ready(&self.running[*place]));
        let place = places.nth(chosen)?;
        let future = self.running[place].future.as_mut();
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(report) => Some((self.running.remove(place), report)),
            Poll::Pending => None,
        }
    }
}
