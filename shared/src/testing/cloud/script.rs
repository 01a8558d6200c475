//! What a test does to the world, and asks of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::autoscaling::{IMAGE, member};
use super::book::Book;
use super::fleet::REPLICA_SET;
use super::launched::Launched;
use super::log::Port;
use super::owes::Owes;
use super::queue::Queued;
use super::setup::Setup;
use super::state::{BEGINNING, State};
use super::truth::Truth;
use super::{Cloud, messages};
use crate::event::Function;
use crate::ids::{
    AccountId, EventId, GroupName, ImageId, InstanceId, Place, Region, TargetGroup, Zone,
};
use crate::ledger::{Incident, IncidentKey, Limit};
use crate::message::Message;
use crate::policy::READY_SIGNAL;
use crate::testing::faults::Fault;
use crate::world::{
    Group, ImageState, Instance, LaunchSource, LifecycleState, Member, TargetState, TemplateState,
};

/// The account of every sample.
pub(super) const ACCOUNT: &str = "123456789012";
/// The region of every world.
pub(super) const REGION: &str = "us-west-2";

/// Where the world's stack lives.
pub(super) fn place() -> Place {
    Place { account: AccountId::parse(ACCOUNT).unwrap(), region: Region::parse(REGION).unwrap() }
}

impl Cloud {
    /// An empty world on a Monday at 08:00 UTC. The seed decides wherever chance does.
    pub fn new(seed: u64) -> Self {
        Self::begun(seed, Timestamp::from_second(BEGINNING).unwrap())
    }

    /// An empty world that begins at another time.
    pub fn begun(seed: u64, at: Timestamp) -> Self {
        Self { state: State::new(seed, at).into(), asides: RefCell::default() }
    }

    /// The seed that it was made with.
    pub fn seed(&self) -> u64 {
        self.state.borrow().seed
    }

    /// The virtual clock.
    pub fn now(&self) -> Timestamp {
        self.state.borrow().now
    }

    /// Lets time pass.
    pub fn advance(&self, by: SignedDuration) {
        let mut state = self.state.borrow_mut();
        let until = state.now + by;
        state.advance(until);
    }

    /// Makes a group with all its members in service, long since.
    pub fn add(&self, setup: &Setup) -> Vec<InstanceId> {
        let mut state = self.state.borrow_mut();
        let zones: Vec<Zone> =
            "abcdef".chars().skip(setup.zones_before).take(setup.zones).map(zone).collect();
        let ids: Vec<InstanceId> = (0..setup.desired).map(|_| state.next_instance()).collect();
        let mut group = group_of(setup, zones.iter().cloned().collect());
        let mut targets = BTreeMap::new();
        for (id, zone) in ids.iter().zip(zones.iter().cycle()) {
            let mut new = member(LifecycleState::InService, zone.clone());
            new.weight = setup.behaviour.weight;
            new.protected = setup.protected;
            group.members.insert(id.clone(), new);
            targets.insert(id.clone(), TargetState::Healthy);
            state.begins_long_since(setup, id, zone);
        }
        for (_, zone) in (0..setup.behaviour.pool).zip(zones.iter().cycle()) {
            let id = state.next_instance();
            let lifecycle = LifecycleState::Warmed("Warmed:Stopped".to_owned());
            let weight = setup.behaviour.weight;
            let waiting = Member { weight, ..member(lifecycle, zone.clone()) };
            group.members.insert(id.clone(), waiting);
            state.begins_long_since(setup, &id, zone);
            state.waits_in_pool(&id);
        }
        let image = ImageId::parse(IMAGE).unwrap();
        let version = "1".to_owned();
        let resolves = TemplateState::Resolves { version, image: Some(image.clone()) };
        state.may_lose.insert(setup.name.clone(), setup.may_lose);
        state.desired.insert(setup.name.clone(), group.desired);
        let fleet = state.fleet_mut();
        fleet.templates.insert(format!("lt-{}", setup.name), resolves);
        fleet.images.insert(image, ImageState::Available);
        fleet.behaviour.insert(setup.name.clone(), setup.behaviour.clone());
        for group in &group.target_groups {
            fleet.targets.insert(group.clone(), targets.clone());
        }
        fleet.groups.insert(setup.name.clone(), group);
        for (id, set) in ids.iter().zip(setup.sets.iter().cycle()) {
            fleet.sets.insert(id.clone(), set.clone());
            let instance = fleet.instances.get_mut(id).unwrap();
            instance.tags.insert(REPLICA_SET.to_owned(), set.clone());
        }
        ids
    }

    /// Sets a tag of an instance.
    pub fn tag(&self, id: &InstanceId, key: &str, value: &str) {
        let fleet = &mut *self.state.borrow_mut();
        fleet.owner_speaks();
        let fleet = fleet.fleet_mut();
        if key == REPLICA_SET {
            fleet.sets.insert(id.clone(), value.to_owned());
        }
        if key == READY_SIGNAL && value == "true" {
            fleet.ready.insert(id.clone());
        }
        let instance = fleet.instances.get_mut(id).unwrap();
        instance.tags.insert(key.to_owned(), value.to_owned());
    }

    /// Changes a group, by whoever may.
    pub fn change_group(&self, name: &str, change: impl FnOnce(&mut Group)) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        change(state.fleet_mut().groups.get_mut(&group_name(name)).unwrap());
    }

    /// Changes the speeds of a group.
    pub fn change_behaviour(&self, name: &str, change: impl FnOnce(&mut super::Behaviour)) {
        let mut state = self.state.borrow_mut();
        change(state.fleet_mut().behaviour.get_mut(&group_name(name)).unwrap());
    }

    /// A group's owner wants another capacity.
    pub fn scale(&self, name: &str, desired: u32) {
        let mut state = self.state.borrow_mut();
        let name = group_name(name);
        state.owner_speaks();
        let standing = state.desired[&name] - state.fleet().groups[&name].desired;
        state.desired.insert(name.clone(), desired + standing);
        let group = state.fleet_mut().groups.get_mut(&name).unwrap();
        group.desired = desired;
        group.minimum = group.minimum.min(desired);
        group.maximum = group.maximum.max(desired);
        state.settle(&name);
    }

    /// When the world itself does something next.
    pub(super) fn next_happening(&self) -> Option<Timestamp> {
        self.state.borrow().agenda.next_at()
    }

    /// Runs of functions so far, those that died included.
    pub fn runs(&self) -> usize {
        self.state.borrow().invocations
    }

    /// Throws the ledger's kill switch, or takes it back.
    pub fn throw_switch(&self, stopped: bool) {
        let mut state = self.state.borrow_mut();
        state.owner_speaks();
        state.ledger.stopped = stopped;
    }

    /// Somebody deletes the table, and an empty one takes its place. What we took out looks like
    /// anybody's loss now.
    pub fn lose_ledger(&self) {
        let mut state = self.state.borrow_mut();
        state.ledger = Book::default();
        state.ledger_lost_at = Some(state.now);
        state.truth.losses.iter_mut().for_each(|loss| loss.ours = false);
        state.make_good();
    }

    /// Answers of describe calls are from now on up to so many seconds old, all of them.
    pub fn stale_by(&self, seconds: i64) {
        let mut state = self.state.borrow_mut();
        state.staleness = SignedDuration::from_secs(seconds);
        state.dice.set(Fault::StaleAnswer, if seconds > 0 { 1_000 } else { 0 });
    }

    /// EC2's description follows the truth after so many minutes.
    pub fn describe_after(&self, minutes: i64) {
        self.state.borrow_mut().description_lag = SignedDuration::from_mins(minutes);
    }

    /// No event of AWS reaches the bus any more.
    pub fn silence(&self) {
        self.state.borrow_mut().silent = true;
    }

    /// Events of AWS reach the bus again.
    pub fn speak(&self) {
        self.state.borrow_mut().silent = false;
    }

    /// Puts a message into the maintenance queue.
    pub fn put(&self, body: &str) {
        let to = Function::MaintenanceReconciler;
        self.state.borrow_mut().post(to, body, Owes::Nothing, SignedDuration::ZERO);
    }

    /// Whatever is on its way arrives now.
    pub fn hasten(&self) {
        let mut state = self.state.borrow_mut();
        let now = state.now;
        for function in [Function::HealthEventRouter, Function::MaintenanceReconciler] {
            state.queues.of_mut(function).hasten(now);
        }
    }

    /// Somebody redrives the dead letters of both functions. Answers how many there were.
    pub fn redrive(&self) -> usize {
        let mut state = self.state.borrow_mut();
        let now = state.now;
        let functions = [Function::HealthEventRouter, Function::MaintenanceReconciler];
        functions.into_iter().map(|function| state.queues.of_mut(function).redrive(now)).sum()
    }

    /// Messages that are there to be received, or are worked on, in both queues.
    pub fn backlog(&self) -> usize {
        let state = self.state.borrow();
        let waits = |message: &&Queued| message.arrives_at <= state.now;
        let functions = [Function::HealthEventRouter, Function::MaintenanceReconciler];
        let of = |function| state.queues.of(function).all().filter(waits).count();
        functions.into_iter().map(of).sum()
    }

    /// Puts a message into the router's queue.
    pub fn put_notice(&self, body: &str) {
        let to = Function::HealthEventRouter;
        self.state.borrow_mut().post(to, body, Owes::Nothing, SignedDuration::ZERO);
    }

    /// EC2's event about a change of state, as a message.
    pub fn state_change(&self, id: &InstanceId, word: &str) -> String {
        messages::state_change(self.now(), id, word).to_string()
    }

    /// What really happened so far.
    pub fn truth(&self) -> Truth {
        self.state.borrow().truth.clone()
    }

    /// The open incidents.
    pub fn open(&self) -> Vec<Incident> {
        self.state.borrow().ledger.open.values().cloned().collect()
    }

    /// The closed incidents.
    pub fn closed(&self) -> Vec<Incident> {
        self.state.borrow().ledger.closed.values().cloned().collect()
    }

    /// An incident, open or closed.
    pub fn incident(&self, instance: &InstanceId, event: &EventId) -> Option<Incident> {
        let key = IncidentKey { instance: instance.clone(), event: event.clone() };
        let ledger = &self.state.borrow().ledger;
        ledger.open.get(&key).or_else(|| ledger.closed.get(&key)).cloned()
    }

    /// Who holds a slot in which limit.
    pub fn holders(&self) -> BTreeMap<Limit, BTreeSet<IncidentKey>> {
        self.state.borrow().ledger.holders.clone()
    }

    /// A group as it is.
    pub fn group(&self, name: &str) -> Group {
        self.state.borrow().fleet().groups[&group_name(name)].clone()
    }

    /// Whether there is a group of this name.
    pub fn has_group(&self, name: &GroupName) -> bool {
        self.state.borrow().fleet().groups.contains_key(name)
    }

    /// Whether members of a group name replica sets.
    pub fn replicates(&self, name: &str) -> bool {
        let state = self.state.borrow();
        let fleet = state.fleet();
        let members = fleet.groups.get(&group_name(name)).map(|group| &group.members);
        members.is_some_and(|members| members.keys().any(|id| fleet.sets.contains_key(id)))
    }

    /// An instance as it is; absent where EC2 has forgotten it.
    pub fn instance(&self, id: &InstanceId) -> Option<Instance> {
        self.state.borrow().fleet().instances.get(id).cloned()
    }

    /// All instances as they are, those included that EC2 has not forgotten yet.
    pub fn instances(&self) -> Vec<Instance> {
        self.state.borrow().fleet().instances.values().cloned().collect()
    }

    /// How healthy an instance is, by target group; one that does not know it is absent.
    pub fn health_of(&self, id: &InstanceId) -> BTreeMap<TargetGroup, TargetState> {
        let state = self.state.borrow();
        let health = |(group, targets): (&TargetGroup, &BTreeMap<InstanceId, TargetState>)| {
            Some((group.clone(), *targets.get(id)?))
        };
        state.fleet().targets.iter().filter_map(health).collect()
    }

    /// Somebody deregisters the image that every group launches from.
    pub fn lose_the_image(&self) {
        let image = ImageId::parse(IMAGE).unwrap();
        let gone = ImageState::Gone(image.clone());
        self.state.borrow_mut().fleet_mut().images.insert(image, gone);
    }

    /// Messages that people read in their mail: subject and text.
    pub fn told(&self) -> Vec<(String, String)> {
        let told = &self.state.borrow().told;
        told.iter().map(|message| (message.subject.clone(), message.email.clone())).collect()
    }

    /// Messages as SNS takes them.
    pub fn documents(&self) -> Vec<String> {
        self.state.borrow().told.iter().map(Message::document).collect()
    }

    /// Messages that people read in a chat: Amazon Q's documents.
    pub fn chats(&self) -> Vec<Value> {
        let told = &self.state.borrow().told;
        told.iter().map(|message| serde_json::from_str(&message.chat).unwrap()).collect()
    }

    /// The details of the events on the bus.
    pub fn published(&self) -> Vec<Value> {
        let published = &self.state.borrow().published;
        published.iter().map(|event| serde_json::from_str(&event.detail).unwrap()).collect()
    }

    /// From now on the bus does not take events in whose detail this stands.
    pub fn deaf_to(&self, words: Option<&str>) {
        self.state.borrow_mut().deaf_to = words.map(str::to_owned);
    }

    /// Dead letters of both functions: text and reason.
    pub fn dead_letters(&self) -> Vec<(String, String)> {
        let state = self.state.borrow();
        let of = |function| &state.queues.of(function).dead;
        let router = of(Function::HealthEventRouter).iter();
        let all = router.chain(of(Function::MaintenanceReconciler));
        all.map(|letter| (letter.body.to_string(), letter.reason.clone())).collect()
    }

    /// Calls that changed the fleet, effective or not.
    pub fn changes(&self) -> usize {
        Port::ALL.iter().filter(|port| port.changes()).map(|port| self.count(*port)).sum()
    }
}

impl State {
    fn begins_long_since(&mut self, setup: &Setup, id: &InstanceId, zone: &Zone) {
        let mut tags = setup.member_tags.clone();
        let tells = setup.behaviour.ready_after.is_some();
        tags.extend(tells.then(|| (READY_SIGNAL.to_owned(), "true".to_owned())));
        let launched = Launched {
            group: Some(setup.name.clone()),
            zone: zone.clone(),
            instance_type: setup.instance_type.as_str().into(),
            tags: tags.into(),
        };
        let instance = launched.long_since(id, self.now);
        let fleet = self.fleet_mut();
        fleet.instances.insert(id.clone(), instance);
        if tells {
            fleet.ready.insert(id.clone());
        }
    }
}

/// A target group by its name.
pub(super) fn target_group(name: &str) -> TargetGroup {
    let arn = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}/1");
    TargetGroup::parse(&arn).unwrap()
}

pub(super) fn zone(letter: char) -> Zone {
    Zone::parse(&format!("{REGION}{letter}")).unwrap()
}

fn group_name(name: &str) -> GroupName {
    GroupName::parse(name).unwrap()
}

fn group_of(setup: &Setup, zones: BTreeSet<Zone>) -> Group {
    let targets = setup.behind_targets.then(|| target_group(setup.name.as_str()));
    let (minimum, maximum) =
        setup.bounds.unwrap_or((setup.desired.saturating_sub(1), setup.desired + 2));
    let weight = setup.behaviour.weight;
    Group {
        name: setup.name.clone(),
        minimum: minimum * weight,
        maximum: maximum * weight,
        desired: setup.desired * weight,
        zones,
        members: BTreeMap::new(),
        suspended: setup.suspended.clone(),
        maintenance: setup.maintenance(),
        deleting: false,
        target_groups: targets.into_iter().collect(),
        source: LaunchSource::Template {
            id: format!("lt-{}", setup.name),
            version: "$Latest".to_owned(),
        },
        tags: setup.tags.clone().into(),
    }
}
