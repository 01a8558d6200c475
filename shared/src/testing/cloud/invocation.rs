//! One run of a function: every port, its calls counted, until it ends or dies.

use std::cell::Cell;

use jiff::Timestamp;

use super::Cloud;
use super::executor::give_way;
use super::faults::{Crash, Moment};
use super::log::{Call, Port};
use super::state::State;
use super::version::Version;
use crate::ports::{Clock, CloudError};

/// One run of a function against the world. It implements every port.
pub struct Invocation<'c> {
    pub(super) cloud: &'c Cloud,
    number: usize,
    version: Version,
    calls: Cell<usize>,
    crash: Option<Crash>,
    died: Cell<bool>,
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
        let number = state.invocations;
        let (calls, died) = (Cell::new(0), Cell::new(false));
        Invocation { cloud: self, number, version: Version::This, calls, crash, died }
    }
}

impl Invocation<'_> {
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
        give_way().await;
        self.calls.set(self.calls.get() + 1);
        self.die_at(Moment::BeforeEffect).await;
        let (answer, fault, number) = {
            let state = &mut *self.cloud.state.borrow_mut();
            state.advance(state.now + state.latency);
            let fault = state.goes_wrong(port);
            let place = state.calls.len();
            let (at, invocation) = (state.now, self.number);
            state.calls.push(Call { at, invocation, port, requests: 1 });
            match fault {
                Some((Moment::BeforeEffect, error)) => (Err(error), None, place + 1),
                fault => {
                    let answer = effect(state);
                    if let (Ok(answer), Some(call)) = (&answer, state.calls.get_mut(place)) {
                        call.requests = requests(answer);
                    }
                    (answer, fault, place + 1)
                }
            }
        };
        self.note(port, fault.as_ref().map(|(_, error)| error), answer.as_ref().err());
        self.cloud.aside(port, number);
        self.die_at(Moment::AfterEffect).await;
        match fault {
            Some((_, error)) => Err(error),
            None => answer,
        }
    }

    fn note(&self, port: Port, unheard: Option<&CloudError>, refused: Option<&CloudError>) {
        let (run, action) = (self.number, port.action());
        let mut state = self.cloud.state.borrow_mut();
        match (unheard, refused) {
            (Some(error), _) => {
                state.note(format_args!(
                    "run {run}: {action}, done and not answered: {}",
                    error.class
                ));
            }
            (None, Some(error)) => {
                state.note(format_args!("run {run}: {action} fails: {}", error.class));
            }
            (None, None) => state.note(format_args!("run {run}: {action}")),
        }
    }

    async fn die_at(&self, moment: Moment) {
        if self.crash == Some(Crash { call: self.calls.get(), moment }) {
            self.died.set(true);
            self.cloud.note(format_args!("run {} dies", self.number));
            std::future::pending::<()>().await;
        }
    }
}

impl Clock for Invocation<'_> {
    fn now(&self) -> Timestamp {
        self.cloud.now()
    }
}
