//! Everything that changes in the world, and how time passes in it.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::agenda::{Agenda, Happening};
use super::book::Book;
use super::faults::Faults;
use super::fleet::Fleet;
use super::log::Call;
use super::messages::Queue;
use super::random::Xorshift;
use super::truth::Truth;
use crate::ids::{GroupName, InstanceId};
use crate::policy::Ceilings;
use crate::world::{CheckStatus, InstanceState, LifecycleState, TargetState};

/// When every world begins: a Monday, 08:00 UTC.
const BEGINNING: i64 = 1_795_420_800;

/// How long EC2 shows a terminated instance.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// A change in the world is seen by a look that begins this long after it, staleness aside.
pub(super) const TIME_TO_SEE: SignedDuration = SignedDuration::from_secs(5);

pub(super) struct State {
    pub seed: u64,
    pub now: Timestamp,
    pub random: Xorshift,
    pub agenda: Agenda,
    pub ledger: Book,
    pub queue: Queue,
    pub told: Vec<(String, String)>,
    pub faults: Faults,
    pub calls: Vec<Call>,
    pub invocations: usize,
    pub truth: Truth,
    pub ceilings: Ceilings,
    /// How many of a group may be out by its owner's word.
    pub may_lose: BTreeMap<GroupName, u32>,
    /// Desired capacity, which nobody here may write.
    pub desired: BTreeMap<GroupName, u32>,
    /// From when a look shows what an owner changed last in tags, protection, processes or the
    /// switch, or AWS in its mind.
    pub owner_seen_from: Timestamp,
    /// Ids given out.
    pub ids: u64,
    /// How old an answer of a describe call may be.
    pub staleness: SignedDuration,
    /// From the end of an event to EC2's saying so.
    pub description_lag: SignedDuration,
    /// EC2 and Auto Scaling put no event on the bus.
    pub silent: bool,
    fleet: Rc<Fleet>,
    changed_at: Timestamp,
    past: VecDeque<(Timestamp, Rc<Fleet>)>,
}

impl State {
    pub fn new(seed: u64) -> Self {
        let now = Timestamp::from_second(BEGINNING).unwrap();
        Self {
            seed,
            now,
            random: Xorshift::new(seed),
            agenda: Agenda::default(),
            ledger: Book::default(),
            queue: Queue::default(),
            told: Vec::new(),
            faults: Faults::default(),
            calls: Vec::new(),
            invocations: 0,
            truth: Truth::default(),
            ceilings: Ceilings::default(),
            may_lose: BTreeMap::new(),
            desired: BTreeMap::new(),
            owner_seen_from: now,
            ids: 0,
            staleness: SignedDuration::ZERO,
            description_lag: SignedDuration::ZERO,
            silent: false,
            fleet: Rc::default(),
            changed_at: now,
            past: VecDeque::new(),
        }
    }

    /// The fleet as it is.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The fleet, to be changed. What it was stays visible to stale describe calls.
    pub fn fleet_mut(&mut self) -> &mut Fleet {
        if self.staleness.is_positive() && self.changed_at != self.now {
            self.past.push_back((self.changed_at, Rc::clone(&self.fleet)));
            self.changed_at = self.now;
            let oldest = self.now - self.staleness;
            while self.past.get(1).is_some_and(|(from, _)| *from < oldest) {
                self.past.pop_front();
            }
        }
        Rc::make_mut(&mut self.fleet)
    }

    /// The fleet as one describe call shows it: up to the staleness ago, each call for itself.
    pub fn shown(&mut self) -> Rc<Fleet> {
        let most = u64::try_from(self.staleness.as_secs()).unwrap_or(0);
        let age = i64::try_from(self.random.below(most + 1)).unwrap_or(0);
        let seen_at = self.now - SignedDuration::from_secs(if most == 0 { 0 } else { age });
        if self.changed_at <= seen_at {
            return Rc::clone(&self.fleet);
        }
        let then = self.past.iter().rev().find(|(from, _)| *from <= seen_at);
        then.or(self.past.front()).map_or_else(|| Rc::clone(&self.fleet), |(_, f)| Rc::clone(f))
    }

    /// Somebody changes what the rules hold the program to; looks see it a little later.
    pub fn owner_speaks(&mut self) {
        let seen_from = self.now + self.staleness + self.description_lag + TIME_TO_SEE;
        self.owner_seen_from = self.owner_seen_from.max(seen_from);
    }

    /// Notes what happens after a while.
    pub fn after(&mut self, delay: SignedDuration, happening: Happening) {
        self.agenda.note(self.now + delay, happening);
    }

    /// Lets time pass, and everything happen that is due until then.
    pub fn advance(&mut self, until: Timestamp) {
        while let Some((at, happening)) = self.agenda.take(until) {
            self.now = self.now.max(at);
            self.happen(happening);
            self.make_good();
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Settle(group) => self.settle(&group),
            Happening::InService(id) => self.in_service(&id),
            Happening::ChecksPass(id) => {
                if let Some(instance) = self.fleet_mut().instances.get_mut(&id) {
                    instance.system_status = CheckStatus::Ok;
                    instance.instance_status = CheckStatus::Ok;
                }
            }
            Happening::TargetsHealthy(id) => self.take_requests(&id),
            Happening::Ready(id) => self.ready(&id),
            Happening::Terminated(id) => self.terminated(&id),
            Happening::Forgotten(id) => {
                self.fleet_mut().instances.remove(&id);
            }
            Happening::Due(id, event) => self.due(&id, &event),
            Happening::Described(id, event, mark) => self.described(&id, &event, mark),
        }
    }

    fn take_requests(&mut self, id: &InstanceId) {
        for targets in self.fleet_mut().targets.values_mut() {
            if let Some(health) = targets.get_mut(id).filter(|h| **h == TargetState::Initial) {
                *health = TargetState::Healthy;
            }
        }
    }

    fn ready(&mut self, id: &InstanceId) {
        let fleet = self.fleet_mut();
        let set = fleet.sets.get(id).cloned();
        if let Some(instance) = fleet.instances.get_mut(id) {
            instance.tags.insert(crate::policy::READY_SIGNAL.to_owned(), "true".to_owned());
            instance.tags.extend(set.map(|set| (super::fleet::REPLICA_SET.to_owned(), set)));
        }
    }

    fn terminated(&mut self, id: &InstanceId) {
        let fleet = self.fleet_mut();
        let group = fleet.instances.get(id).and_then(|instance| instance.group.clone());
        if let Some(known) = group.as_ref().and_then(|name| fleet.groups.get_mut(name)) {
            known.members.remove(id);
        }
        fleet.targets.values_mut().for_each(|targets| targets.retain(|target, _| target != id));
        fleet.terminating.remove(id);
        if let Some(instance) = fleet.instances.get_mut(id) {
            instance.state = Some(InstanceState::Terminated);
        }
        self.after(REMEMBERED, Happening::Forgotten(id.clone()));
        if let Some(group) = group {
            self.after(self.behaviour(&group).answers_after, Happening::Settle(group));
        }
        self.announce_state(id, "terminated");
    }

    /// Losses end when another one serves in the place. One that is not ours ends as soon as the
    /// look over all members shows nothing any more: in service, and in a replica set ready. Where
    /// desired was lowered, nobody has to come.
    pub fn make_good(&mut self) {
        let fleet = Rc::clone(&self.fleet);
        let now = self.now;
        for loss in self.truth.losses.iter_mut().filter(|loss| loss.until.is_none()) {
            let good = |new| {
                let seen = fleet.in_service(new) && (loss.set.is_none() || fleet.ready(new));
                if loss.ours { fleet.serves(new) } else { seen }
            };
            let served = loss.successor.as_ref().is_some_and(good);
            let somebody = loss.successor.iter().chain([&loss.instance]);
            let nobody = somebody.into_iter().all(|id| fleet.member(id).is_none());
            loss.until = (served || nobody && fleet.whole(&loss.group)).then_some(now);
        }
    }

    /// Takes away a member, by whomever: the place is empty until a successor serves.
    pub fn lose(&mut self, id: &InstanceId, ours: bool) {
        let Some((group, _)) = self.fleet().member(id) else { return };
        let (group, set) = (group.name.clone(), self.fleet().sets.get(id).cloned());
        let open = |loss: &&mut super::truth::Loss| loss.until.is_none();
        let mut losses = self.truth.losses.iter_mut().filter(open);
        if losses.any(|loss| &loss.instance == id) {
            return;
        }
        // A successor that goes before it ever served leaves the same place empty once more.
        let mut losses = self.truth.losses.iter_mut().filter(open);
        if let Some(loss) = losses.find(|loss| loss.successor.as_ref() == Some(id)) {
            loss.successor = None;
            return;
        }
        let since = self.now;
        let instance = id.clone();
        let (successor, until) = (None, None);
        let loss = super::truth::Loss { group, instance, set, since, ours, successor, until };
        self.truth.losses.push(loss);
    }

    /// Whether a member is on its way out.
    pub fn leaves(&self, id: &InstanceId) -> bool {
        let lifecycle = self.fleet().member(id).map(|(_, member)| &member.lifecycle);
        lifecycle.is_none_or(|state| {
            matches!(state, LifecycleState::Leaving(_) | LifecycleState::Terminated)
        })
    }
}
