//! One run of a function: every port, its calls counted, until it ends or dies.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;

use jiff::{SignedDuration, Timestamp};

use super::Cloud;
use super::calls::Way;
use super::compute::Machine;
use super::faults::{Crash, Moment, error};
use super::log::{Call, Port};
use super::state::State;
use super::version::Version;
use crate::event::Function;
use crate::ports::{Clock, CloudError, CloudErrorClass};

/// One run of a function against the world. It implements every port.
pub struct Invocation<'c> {
    pub(super) cloud: &'c Cloud,
    number: usize,
    function: Function,
    version: Version,
    wakes_at: Cell<Timestamp>,
    calls: Cell<usize>,
    crash: Option<Crash>,
    died: Cell<bool>,
    pub(super) machine: Machine,
    pub(super) began: Timestamp,
    /// How long it stood still, unnoticed by whoever counts its time.
    pub(super) frozen: Cell<SignedDuration>,
    /// AWS has answered: its clock is known.
    answered: Cell<bool>,
}

impl Cloud {
    /// A run that lives to its end.
    pub fn invocation(&self) -> Invocation<'_> {
        self.doomed(None)
    }

    /// A run that dies where told.
    pub fn doomed(&self, crash: Option<Crash>) -> Invocation<'_> {
        let mut state = self.state.borrow_mut();
        state.invocations += 1;
        Invocation {
            cloud: self,
            number: state.invocations,
            function: Function::MaintenanceReconciler,
            version: Version::This,
            wakes_at: Cell::new(state.now),
            calls: Cell::new(0),
            crash,
            died: Cell::new(false),
            machine: state.machine(),
            began: state.now,
            frozen: Cell::default(),
            answered: Cell::new(false),
        }
    }
}

impl Invocation<'_> {
    /// The same run, of that function; without this it is the reconciler's.
    #[must_use]
    pub fn of(mut self, function: Function) -> Self {
        self.function = function;
        self
    }

    /// The same run, made by that version.
    #[must_use]
    pub fn by(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// The version that makes it.
    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// The function that runs.
    pub(super) fn function(&self) -> Function {
        self.function
    }

    /// When it goes on.
    pub(super) fn wakes_at(&self) -> Timestamp {
        self.wakes_at.get()
    }

    /// Does nothing for so long, while others go on. Whoever asks it to go on sooner makes the time
    /// pass for all.
    pub(super) async fn wait(&self, time: SignedDuration) {
        let until = self.cloud.now() + time;
        self.wakes_at.set(until);
        let mut waited = false;
        poll_fn(|_| {
            if waited {
                let state = &mut *self.cloud.state.borrow_mut();
                if state.now < until {
                    state.advance(until);
                }
                return Poll::Ready(());
            }
            waited = true;
            Poll::Pending
        })
        .await;
    }

    /// It died; its future will never end.
    pub fn died(&self) -> bool {
        self.died.get()
    }

    /// Calls made.
    pub fn calls(&self) -> usize {
        self.calls.get()
    }

    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Makes a call of one request.
    pub(super) async fn call<T>(
        &self,
        port: Port,
        effect: impl FnOnce(&mut State) -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        self.paged(port, |_| 1, effect).await
    }

    /// Makes a call: yields, logs, has its effect, and fails or dies on either side of that where
    /// told.
    pub(super) async fn paged<T>(
        &self,
        port: Port,
        requests: impl FnOnce(&T) -> usize,
        effect: impl FnOnce(&mut State) -> Result<T, CloudError>,
    ) -> Result<T, CloudError> {
        self.wait(SignedDuration::ZERO).await;
        self.calls.set(self.calls.get() + 1);
        self.die_at(Moment::BeforeEffect).await;
        let way = self.cloud.state.borrow_mut().way();
        self.sets_out(way).await;
        let (answer, fault, number) = self.arrives(port, way, requests, effect);
        self.note(port, fault.as_ref(), answer.as_ref().err());
        self.answered.set(self.answered.get() || !way.lost);
        self.cloud.aside(port, number);
        self.die_at(Moment::AfterEffect).await;
        self.comes_back(port, way).await;
        fault.map_or(answer, Err)
    }

    /// A call has its effect, where it gets so far. Answers what AWS says, why that is not heard, and
    /// which call it was.
    fn arrives<T>(
        &self,
        port: Port,
        way: Way,
        requests: impl FnOnce(&T) -> usize,
        effect: impl FnOnce(&mut State) -> Result<T, CloudError>,
    ) -> (Result<T, CloudError>, Option<CloudError>, usize) {
        let state = &mut *self.cloud.state.borrow_mut();
        state.advance(state.now + state.latency);
        state.run_age = state.now.duration_since(self.began) - self.frozen.get();
        let lost = || (Moment::BeforeEffect, error(port, CloudErrorClass::Unavailable));
        let fault = if way.lost { Some(lost()) } else { state.goes_wrong(port) };
        let place = state.calls.len();
        let (at, invocation) = (state.now, self.number);
        state.calls.push(Call { at, invocation, port, requests: 1 });
        let unheard = match fault {
            Some((Moment::BeforeEffect, error)) => return (Err(error), None, place + 1),
            Some((Moment::AfterEffect, error)) => Some(error),
            None => None,
        };
        let answer = effect(state);
        if let (Ok(answer), Some(call)) = (&answer, state.calls.get_mut(place)) {
            call.requests = requests(answer);
        }
        (answer, unheard, place + 1)
    }

    /// Calls that change something or fail are lines of the story; what was only asked is hashed.
    fn note(&self, port: Port, unheard: Option<&CloudError>, refused: Option<&CloudError>) {
        let (run, action) = (self.number, port.action());
        let mut state = self.cloud.state.borrow_mut();
        match (unheard, refused) {
            (Some(error), _) => {
                let class = error.class;
                state.note(format_args!("run {run}: {port:?} ({action}), unanswered: {class}"));
            }
            (None, Some(error)) => {
                let class = error.class;
                state.note(format_args!("run {run}: {port:?} ({action}) fails: {class}"));
            }
            (None, None) if port.asks() => state.pass(&[run as u64, port as u64]),
            (None, None) => state.note(format_args!("run {run}: {port:?} ({action})")),
        }
    }

    async fn die_at(&self, moment: Moment) {
        let own = self.crash == Some(Crash { call: self.calls.get(), moment });
        if own || self.makes_fatal_call(moment) {
            self.die("dies").await;
        }
    }

    /// It ends here, and nobody hears of it again.
    pub(super) async fn die(&self, how: &str) {
        self.died.set(true);
        self.cloud.note(format_args!("run {} {how}", self.number));
        std::future::pending::<()>().await;
    }

    /// This is the call of all runs at which somebody is to die.
    fn makes_fatal_call(&self, moment: Moment) -> bool {
        let mut state = self.cloud.state.borrow_mut();
        let made = state.calls.len() + usize::from(moment == Moment::BeforeEffect);
        let fatal = state.fatal == Some(Crash { call: made, moment });
        if fatal {
            state.fatal = None;
        }
        fatal
    }
}

impl Clock for Invocation<'_> {
    /// AWS's time once AWS has answered; before, the machine's own.
    fn now(&self) -> Timestamp {
        let now = self.cloud.now();
        if self.answered.get() { now } else { now + self.machine.ahead }
    }
}
