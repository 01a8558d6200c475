//! A world that goes on in two ways, and two worlds that go on in one.

use std::cell::RefCell;
use std::fmt::{Result, Write};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;

use jiff::SignedDuration;

use super::Cloud;
use super::book::Book;
use super::executor::block_on;
use super::faults::Faults;
use super::mapping::{Batch, payload};
use super::state::State;
use crate::event::Function;
use crate::ids::GroupName;
use crate::ledger::{Governor, Incident, Phase};
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

    /// A number that two worlds share where everything to come is the same in both.
    ///
    /// Left out is what nothing to come depends on: what was told, published and called; the
    /// counters by which writes, messages and happenings are told apart, of which the order alone
    /// counts; the history of incidents, which is for people to read, and of closed ones all
    /// that no look asks for; and places that are filled again. Left out is also what the
    /// invariants remember of looks and dates (L1, L3, L5): where two ways meet, those are judged
    /// on the first.
    ///
    /// Only for a world whose answers are not of any age and in which chance has no say: what the
    /// dice would say next is left out too.
    pub fn digest(&self) -> u128 {
        let state = self.state.borrow();
        assert!(state.answers != Answers::OfAnyAge, "chance says what is to come");
        let fleet = state.fleet_digest.get();
        let fleet = fleet.unwrap_or_else(|| digest(|text| write!(text, "{:?}", state.fleet())));
        state.fleet_digest.set(Some(fleet));
        digest(|text| {
            write!(text, "{fleet}")?;
            state.tell_apart(text)
        })
    }
}

/// 128 bits of what is written.
fn digest(write: impl FnOnce(&mut String) -> Result) -> u128 {
    let mut text = String::with_capacity(16 * 1024);
    // A string takes everything.
    let _ = write(&mut text);
    let half = |which: u8| {
        let mut hasher = DefaultHasher::new();
        (which, &text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

impl State {
    /// Writes down everything but the fleet that tells this world from another.
    fn tell_apart(&self, text: &mut String) -> Result {
        write!(text, "{:?}", self.now)?;
        self.visible_past().try_for_each(|past| write!(text, "{past:?}"))?;
        self.agenda.coming().try_for_each(|coming| write!(text, "{coming:?}"))?;
        for function in [ROUTER, RECONCILER] {
            let mut coming = self.queues.of(function).coming();
            coming.try_for_each(|message| write!(text, "{message:?}"))?;
        }
        tell_ledger_apart(&self.ledger, self.now, text)?;
        write!(text, "{:?}", self.health)?;
        for act in &self.truth.acts {
            write!(text, "{:?}{:?}{:?}", act.at, act.kind, act.instance)?;
        }
        self.truth.open_losses().try_for_each(|loss| write!(text, "{loss:?}"))?;
        write!(text, "{:?}{:?}{:?}", self.ceilings, self.may_lose, self.desired)?;
        write!(text, "{:?}{:?}{:?}", self.full, self.falls_back, self.faults)?;
        let none_before = self.nothing_runs_until.max(self.now);
        write!(text, "{:?}{:?}{:?}", self.denied, self.cold_until.max(self.now), none_before)?;
        write!(text, "{:?}{:?}{:?}", self.unreservable, self.unmigrated, self.dates_stick)?;
        write!(text, "{:?}{:?}{:?}", self.acts_late_by, self.ledger_lost_at, self.ids)?;
        write!(text, "{:?}{:?}", self.hosts, self.outages)?;
        write!(text, "{:?}{:?}", self.sick, self.refreshes)?;
        write!(text, "{:?}", self.owner_seen_from.max(self.now))?;
        write!(text, "{:?}{:?}{:?}", self.staleness, self.description_lag, self.silent)
    }
}

fn tell_ledger_apart(book: &Book, now: jiff::Timestamp, text: &mut String) -> Result {
    let Book { open, closed, holders, governor, stopped, groups, busy, .. } = book;
    let Book { look_again, notices, unread_told, .. } = book;
    open.values().try_for_each(|incident| tell_incident_apart(incident, text))?;
    for Incident { key, phase, owed, .. } in closed.values() {
        let Phase::Closed { outcome, .. } = phase else { continue };
        write!(text, "{key:?}{outcome:?}{owed:?}")?;
    }
    let Governor { acts, .. } = governor;
    let claimed = look_again.filter(|claimed| *claimed > now);
    write!(text, "{holders:?}{acts:?}{stopped:?}{groups:?}{busy:?}{claimed:?}")?;
    write!(text, "{notices:?}{unread_told:?}")
}

fn tell_incident_apart(incident: &Incident, text: &mut String) -> Result {
    let Incident { key, format, version: _, group, name, code, not_before, .. } = incident;
    let Incident { first_seen, found_by, attempt, phase, slots, decided, alarmed, .. } = incident;
    let Incident { no_other_date, rests_until, kept, probes, history: _, owed, .. } = incident;
    let Incident { said, unknown, .. } = incident;
    write!(text, "{key:?}{format:?}{group:?}{name:?}{code:?}{not_before:?}{first_seen:?}")?;
    write!(text, "{found_by:?}{attempt:?}{phase:?}{slots:?}{decided:?}{alarmed:?}")?;
    write!(text, "{no_other_date:?}{rests_until:?}{kept:?}{probes:?}{owed:?}{said:?}{unknown:?}")
}
