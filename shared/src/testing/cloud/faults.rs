//! Faults that a test asks for, by name or by chance.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::log::Port;
use super::state::State;
use super::{Cloud, When};
use crate::ports::{CloudError, CloudErrorClass};
use crate::testing::faults::{Fault, Occurrence, Rates};

/// Where an invocation dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crash {
    /// The call at which it dies, from 1.
    pub call: usize,
    /// On which side of its effect.
    pub moment: Moment,
}

/// On which side of a call's effect something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// AWS never hears of the call.
    BeforeEffect,
    /// AWS did it, and the answer is lost.
    AfterEffect,
}

#[derive(Debug, Clone, Default, Hash)]
pub(in crate::testing) struct Faults {
    injected: Vec<Injected>,
}

#[derive(Debug, Clone, Hash)]
struct Injected {
    port: Port,
    class: CloudErrorClass,
    moment: Moment,
    /// Matching calls that are let through before.
    after: usize,
    times: usize,
}

impl Faults {
    /// The failure that a test ordered for the next call of this port.
    fn ordered(&mut self, port: Port) -> Option<(Moment, CloudErrorClass)> {
        let injected = self.injected.iter_mut().find(|i| i.port == port && i.times > 0)?;
        if injected.after > 0 {
            injected.after -= 1;
            return None;
        }
        injected.times -= 1;
        Some((injected.moment, injected.class))
    }
}

impl State {
    /// What goes wrong with the next call, if anything.
    pub(super) fn goes_wrong(&mut self, port: Port) -> Option<(Moment, CloudError)> {
        let (moment, class) = self.faults.ordered(port).or_else(|| self.chances_of(port))?;
        Some((moment, error(port, class)))
    }
}

/// A failure as AWS tells it.
pub(super) fn error(port: Port, class: CloudErrorClass) -> CloudError {
    let message = match class {
        CloudErrorClass::Throttled => "Throttling: Rate exceeded",
        CloudErrorClass::Contended => "ScalingActivityInProgress: the group is being scaled",
        CloudErrorClass::Unavailable => "timed out",
        CloudErrorClass::Denied => "AccessDenied: not authorized",
        CloudErrorClass::Missing => "ValidationError: not found",
        CloudErrorClass::Rejected => "ValidationError: refused",
        CloudErrorClass::NoCapacity => "InsufficientInstanceCapacity: none left here",
    };
    CloudError {
        call: port.action(),
        object: "the fake world".to_owned(),
        class,
        message: message.to_owned(),
    }
}

impl Cloud {
    /// The next so many calls of a port fail before their effect.
    pub fn refuse(&self, port: Port, class: CloudErrorClass, times: usize) {
        self.fail(port, class, Moment::BeforeEffect, 0, times);
    }

    /// No call of a port fails any more by a test's wish.
    pub fn relent(&self, port: Port) {
        self.state.borrow_mut().faults.injected.retain(|injected| injected.port != port);
    }

    /// Calls of a port fail on one side of their effect: after so many that succeed, so many times.
    pub fn fail(
        &self,
        port: Port,
        class: CloudErrorClass,
        moment: Moment,
        after: usize,
        times: usize,
    ) {
        let injected = Injected { port, class, moment, after, times };
        self.state.borrow_mut().faults.injected.push(injected);
    }

    /// The role may not read the scaling activities of a group.
    pub fn deny_history(&self, group: &str) {
        let name = crate::ids::GroupName::parse(group).unwrap();
        self.state.borrow_mut().fleet_mut().denied.insert(name);
    }

    /// Something happens once, right after the next call of a port.
    pub fn once_after(&self, port: Port, what: impl FnOnce(&Self) + 'static) {
        self.asides.borrow_mut().push((When::Next(port), Box::new(what)));
    }

    /// Something happens once, right after the call with this number, counted from 1 over all runs.
    pub fn once_at(&self, call: usize, what: impl FnOnce(&Self) + 'static) {
        self.asides.borrow_mut().push((When::Call(call), Box::new(what)));
    }

    /// What was to happen right after a call of this port, with this number.
    pub(super) fn aside(&self, port: Port, number: usize) {
        let now = |when: &When| [When::Next(port), When::Call(number)].contains(when);
        let mut asides = self.asides.borrow_mut();
        let Some(place) = asides.iter().position(|(when, _)| now(when)) else { return };
        let (_, what) = asides.remove(place);
        drop(asides);
        what(self);
    }

    /// From now on so many of a thousand calls are throttled, and so many take effect without an
    /// answer.
    pub fn disturb(&self, throttled: u32, unacknowledged: u32) {
        self.often(Fault::CallThrottled, throttled);
        self.often(Fault::AnswerLost, unacknowledged);
    }

    /// From now on a fault strikes in so many of a thousand opportunities.
    pub fn often(&self, fault: Fault, permille: u32) {
        self.state.borrow_mut().dice.set(fault, permille);
    }

    /// From now on faults strike so often. Answers are a minute old at most, where any are old.
    pub fn rates(&self, rates: &Rates) {
        let mut state = self.state.borrow_mut();
        state.dice.change(rates);
        state.staleness = SignedDuration::from_secs(if rates.stale_answer > 0 { 60 } else { 0 });
    }

    /// Nothing strikes any more, and what struck and lasts is over.
    pub fn calm(&self) {
        self.rates(&Rates::default());
        self.state.borrow_mut().calm();
    }

    /// Only these occurrences of faults strike, of those that would.
    pub fn only(&self, occurrences: impl IntoIterator<Item = Occurrence>) {
        self.state.borrow_mut().dice.only(occurrences.into_iter().collect());
    }

    /// How often a fault struck so far.
    pub fn struck(&self, fault: Fault) -> u64 {
        self.state.borrow().dice.fired(fault)
    }

    /// Which faults struck so far, in order.
    pub fn occurrences(&self) -> Vec<Occurrence> {
        self.state.borrow().dice.struck().to_vec()
    }

    /// What went otherwise than well so far, by a word for it, and how often.
    pub fn fired(&self) -> BTreeMap<&'static str, usize> {
        self.state.borrow().fired.clone()
    }
}

/// A group of three in a world in which a fault strikes whenever it can.
#[cfg(test)]
pub(super) fn world(fault: Fault) -> Cloud {
    let cloud = Cloud::new(1);
    cloud.add(&super::Setup::enforced("web", 3));
    cloud.often(fault, 1_000);
    cloud
}
