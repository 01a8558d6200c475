//! A world that goes on in two ways.

use std::cell::RefCell;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use jiff::SignedDuration;

use super::Cloud;
use super::executor::block_on;
use super::faults::Faults;
use super::mapping::{Batch, payload};
use crate::event::Function;
use crate::ids::GroupName;
use crate::ledger::{Incident, Phase};
use crate::policy::Ceilings;
use crate::reconcile::notices;
use crate::report::Report;
use crate::world::InstanceState;

const ROUTER: Function = Function::HealthEventRouter;
const RECONCILER: Function = Function::MaintenanceReconciler;

/// Of which age answers of describe calls are, within the staleness of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answers {
    /// Of any: chance says it of each call.
    #[default]
    OfAnyAge,
    /// They tell what is.
    Fresh,
    /// All are as old as they may be.
    Stale,
}

/// Messages that a run is handed.
#[derive(Debug, Clone, Default)]
pub struct Handed(Batch);

impl Handed {
    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The payload that Lambda makes of them.
    pub fn payload(&self) -> String {
        payload(&self.0)
    }
}

impl Cloud {
    /// Another world that is as this one is, and goes its own way from here. What people were told,
    /// what was published and the log of calls begin anew; a deed that was still to come in the
    /// middle of a run does not come there.
    #[must_use]
    pub fn fork(&self) -> Self {
        let mut state = self.state.borrow_mut();
        let calls = mem::take(&mut state.calls);
        let told = mem::take(&mut state.told);
        let published = mem::take(&mut state.published);
        let other = state.clone();
        (state.calls, state.told, state.published) = (calls, told, published);
        Self { state: other.into(), asides: RefCell::default() }
    }

    /// From now on answers of describe calls are of this age.
    pub fn answers(&self, answers: Answers) {
        self.state.borrow_mut().answers = answers;
    }

    /// From now on a call takes so long; 20 ms unless said otherwise.
    pub fn calls_take(&self, latency: SignedDuration) {
        self.state.borrow_mut().latency = latency;
    }

    /// The stack's ceilings, to which rules hold the program where no [`super::Play`] deploys it.
    pub fn governed_by(&self, ceilings: &Ceilings) {
        self.state.borrow_mut().ceilings = ceilings.clone();
    }

    /// When the next message is there for the reconciler.
    pub fn next_arrival(&self) -> Option<jiff::Timestamp> {
        self.state.borrow().queues.of(RECONCILER).next_at()
    }

    /// The messages that are there for the reconciler, for one run of it.
    pub fn receive(&self) -> Handed {
        Handed(self.state.borrow_mut().receive(RECONCILER))
    }

    /// The health event router works off what is there for it, a batch after the other.
    pub fn route(&self) {
        let place = super::script::place();
        loop {
            let batch = self.state.borrow_mut().receive(ROUTER);
            if batch.is_empty() {
                return;
            }
            let (run, began) = (self.invocation().of(ROUTER), self.now());
            let report = block_on(notices::run(&run, &place, &payload(&batch)));
            self.state.borrow_mut().settle_batch(ROUTER, &batch, began, &report);
        }
    }

    /// A run that was handed messages has come to its end: without a report it died, and they come
    /// again.
    pub fn settle(&self, handed: &Handed, report: Option<&Report>) {
        let mut state = self.state.borrow_mut();
        let began = state.now;
        if let Some(report) = report {
            state.settle_batch(RECONCILER, &handed.0, began, report);
        }
    }

    /// Messages are lost.
    pub fn lose(&self, handed: &Handed) {
        let mut state = self.state.borrow_mut();
        for (receipt, _) in &handed.0 {
            state.queues.of_mut(RECONCILER).delete(receipt);
        }
    }

    /// Failures that were ordered and did not come about do not come any more.
    pub fn forget_orders(&self) {
        self.state.borrow_mut().faults = Faults::default();
    }

    /// Describe calls may show what was and is not any more.
    pub fn changed_lately(&self) -> bool {
        self.state.borrow().visible_past().next().is_some()
    }

    /// The ledger has an open incident.
    pub fn anything_open(&self) -> bool {
        !self.state.borrow().ledger.open.is_empty()
    }

    /// A number for what a group, its members and its open incidents look like, apart from times.
    pub fn outline(&self, group: &str) -> u64 {
        let state = self.state.borrow();
        let mut hasher = DefaultHasher::new();
        let name = GroupName::parse(group).unwrap();
        for (id, member) in state.fleet().groups.get(&name).into_iter().flat_map(|g| &g.members) {
            let power = state.fleet().instances.get(id).and_then(|one| one.state.as_ref());
            let power = power.map(InstanceState::as_str);
            (id, member.lifecycle.as_str(), member.healthy, power).hash(&mut hasher);
        }
        for incident in state.ledger.open.values() {
            if incident.group.as_ref() == Some(&name) {
                let Incident { key, attempt, phase, .. } = incident;
                let clean = match phase {
                    Phase::Serving { clean_at_ten, .. } => clean_at_ten.is_some(),
                    Phase::Back(back) => back.clean_at_ten.is_some(),
                    _ => false,
                };
                let out = incident.absence().is_some_and(|absence| absence.out_since.is_some());
                let told = (key.event.as_str(), attempt, incident.phase_code());
                (told, clean, out).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}
