//! Everything that changes in the world, and how time passes in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::agenda::{Agenda, Happening};
use super::book::Book;
use super::buckets::Buckets;
use super::capacity::Full;
use super::faults::{Crash, Faults};
use super::fleet::Fleet;
use super::fork::Answers;
use super::health::Health;
use super::hosts::Hosts;
use super::log::Call;
use super::mapping::Queues;
use super::refresh::Refresh;
use super::story::Story;
use super::truth::Truth;
use super::version::Renews;
use crate::ids::{GroupName, InstanceId, Zone};
use crate::message::{Event, Message};
use crate::policy::Ceilings;
use crate::testing::faults::{Dice, Draw, Fault, Rates};
use crate::testing::invariants::Record;
use crate::testing::trace::Trace;

/// When a world begins unless said otherwise: a Monday, 08:00 UTC.
pub(super) const BEGINNING: i64 = 1_795_420_800;

/// What a call takes, unless said otherwise.
const LATENCY: SignedDuration = SignedDuration::from_millis(20);

/// A change in the world is seen by a look that begins this long after it, staleness aside.
const TIME_TO_SEE: SignedDuration = SignedDuration::from_secs(5);

#[derive(Clone)]
pub(in crate::testing) struct State {
    pub seed: u64,
    pub now: Timestamp,
    /// Which faults strike.
    pub dice: Dice,
    /// What happened, line by line, where somebody wants to know.
    pub trace: Option<Trace>,
    /// What a reader of the trace knows of the fleet.
    pub story: Story,
    pub agenda: Agenda,
    pub ledger: Book,
    /// What AWS Health told.
    pub health: Health,
    /// The functions' queues.
    pub queues: Queues,
    /// No run begins before this.
    pub nothing_runs_until: Timestamp,
    /// The call over all runs at which a run dies.
    pub fatal: Option<Crash>,
    pub told: Vec<Message>,
    pub published: Vec<Event>,
    /// The identifiers of all that the bus ever had.
    pub heard: BTreeSet<String>,
    /// The bus does not take events in whose detail this stands.
    pub deaf_to: Option<String>,
    pub faults: Faults,
    pub buckets: Buckets,
    /// Actions that the role may not call, and until when.
    pub denied: BTreeMap<&'static str, Timestamp>,
    /// Runs that begin before begin cold.
    pub cold_until: Timestamp,
    pub calls: Vec<Call>,
    pub invocations: usize,
    pub truth: Truth,
    /// What was judged, and what was found.
    pub record: Record,
    pub ceilings: Ceilings,
    /// How many of a group may be out by its owner's word.
    pub may_lose: BTreeMap<GroupName, u32>,
    /// Desired capacity by its owner's word, members in standby included. Nobody here may write it.
    pub desired: BTreeMap<GroupName, u32>,
    /// Instances for which EC2 has no capacity when they are to start.
    pub full: BTreeMap<InstanceId, Full>,
    /// Starts to come that EC2 takes, and after which the instance falls back to stopped.
    pub falls_back: BTreeMap<InstanceId, u32>,
    /// Capacity reservations to come that EC2 refuses.
    pub unreservable: u32,
    /// Reboots by owners to come that do not migrate.
    pub unmigrated: u32,
    /// AWS takes a call for another date, and does not move it.
    pub dates_stick: bool,
    /// From AWS's date to its work.
    pub acts_late_by: SignedDuration,
    /// When the ledger was lost last.
    pub ledger_lost_at: Option<Timestamp>,
    /// What went otherwise than well, by a word for it, and how often.
    pub fired: BTreeMap<&'static str, usize>,
    /// From when a look shows what an owner changed last in tags, protection, processes or the
    /// switch, or AWS in its mind.
    pub owner_seen_from: Timestamp,
    /// How old the run is that made the last call, and what it saw: it looks first, and acts on that.
    /// What it was frozen does not count, since a clock shows it that.
    pub run_age: SignedDuration,
    /// Ids given out.
    pub ids: u64,
    /// How old an answer of a describe call may be.
    pub staleness: SignedDuration,
    /// How old it is.
    pub answers: Answers,
    /// What a call takes.
    pub latency: SignedDuration,
    /// Who shares a host, and what is scheduled there.
    pub hosts: Hosts,
    /// Zones that are out, and until when.
    pub outages: BTreeMap<Zone, Timestamp>,
    /// Instances whose checks do not pass in this life of theirs.
    pub sick: BTreeSet<InstanceId>,
    /// Processes that somebody suspended since the world began, by group.
    pub suspended: BTreeSet<(GroupName, String)>,
    /// Instance refreshes under way.
    pub refreshes: BTreeMap<GroupName, Refresh>,
    /// From the end of an event to EC2's saying so.
    pub description_lag: SignedDuration,
    /// EC2 and Auto Scaling put no event on the bus.
    pub silent: bool,
    /// Incidents that the next version writes in the next format.
    pub renews: Renews,
    fleet: Rc<Fleet>,
    changed_at: Timestamp,
    past: VecDeque<(Timestamp, Rc<Fleet>)>,
}

impl State {
    pub fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            seed,
            now,
            dice: Dice::new(seed, &Rates::default()),
            trace: None,
            story: Story::default(),
            agenda: Agenda::default(),
            ledger: Book::default(),
            health: Health::default(),
            queues: Queues::default(),
            nothing_runs_until: now,
            fatal: None,
            told: Vec::new(),
            published: Vec::new(),
            heard: BTreeSet::new(),
            deaf_to: None,
            faults: Faults::default(),
            buckets: Buckets::default(),
            denied: BTreeMap::new(),
            cold_until: now,
            calls: Vec::new(),
            invocations: 0,
            truth: Truth::default(),
            record: Record::new(now),
            ceilings: Ceilings::default(),
            may_lose: BTreeMap::new(),
            desired: BTreeMap::new(),
            full: BTreeMap::new(),
            falls_back: BTreeMap::new(),
            unreservable: 0,
            unmigrated: 0,
            dates_stick: false,
            acts_late_by: SignedDuration::ZERO,
            ledger_lost_at: None,
            fired: BTreeMap::new(),
            owner_seen_from: now,
            run_age: SignedDuration::ZERO,
            ids: 0,
            staleness: SignedDuration::ZERO,
            answers: Answers::default(),
            latency: LATENCY,
            hosts: Hosts::default(),
            outages: BTreeMap::new(),
            sick: BTreeSet::new(),
            suspended: BTreeSet::new(),
            refreshes: BTreeMap::new(),
            description_lag: SignedDuration::ZERO,
            silent: false,
            renews: |_| false,
            fleet: Rc::default(),
            changed_at: now,
            past: VecDeque::new(),
        }
    }

    /// The fleet as it is.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The fleet as it is, to be kept.
    pub fn fleet_now(&self) -> &Rc<Fleet> {
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
        if self.changed_at <= self.now - self.staleness {
            return Rc::clone(&self.fleet);
        }
        let most = u32::try_from(self.staleness.as_secs()).unwrap_or(0);
        let age = match self.answers {
            Answers::OfAnyAge => self.strikes(Fault::StaleAnswer).map(|mut d| d.seconds(1, most)),
            Answers::Fresh => None,
            Answers::Stale => Some(self.staleness),
        };
        let seen_at = self.now - age.unwrap_or_default();
        if self.changed_at <= seen_at {
            return Rc::clone(&self.fleet);
        }
        let then = self.past.iter().rev().find(|(from, _)| *from <= seen_at);
        then.or(self.past.front()).map_or_else(|| Rc::clone(&self.fleet), |(_, f)| Rc::clone(f))
    }

    /// What the fleet was when a describe call may still see it.
    pub fn visible_past(&self) -> impl Iterator<Item = &(Timestamp, Rc<Fleet>)> {
        let oldest = self.now - self.staleness;
        let superseded = self.past.iter().skip(1).take_while(|(from, _)| *from <= oldest).count();
        let all_gone = self.changed_at <= oldest;
        self.past.iter().skip(if all_gone { self.past.len() } else { superseded })
    }

    /// An opportunity for a fault: the numbers of this occurrence where it strikes.
    pub fn strikes(&mut self, fault: Fault) -> Option<Draw> {
        let draw = self.dice.strikes(fault)?;
        self.record.watch.disturbed(self.now);
        self.note(format_args!("fault: {}", fault.words()));
        Some(draw)
    }

    /// Counts something that went otherwise than well.
    pub fn fires(&mut self, what: &'static str) {
        *self.fired.entry(what).or_default() += 1;
    }

    /// Somebody changes what the rules hold the program to; looks see it a little later.
    pub fn owner_speaks(&mut self) {
        self.record.watch.disturbed(self.now);
        let seen_from = self.now + self.staleness + self.description_lag + TIME_TO_SEE;
        self.owner_seen_from = self.owner_seen_from.max(seen_from);
    }

    /// An act is blamed for what had changed this long before it.
    pub fn time_to_see(&self) -> SignedDuration {
        self.staleness + TIME_TO_SEE + self.run_age
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
            self.tell_fleet();
        }
        self.now = self.now.max(until);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Settle(group) => self.settle(&group),
            Happening::InService(id) => self.in_service(&id),
            Happening::ChecksPass(id, life) => self.checks_pass(&id, life),
            Happening::TargetsHealthy(id) => self.take_requests(&id),
            Happening::Ready(id, life) => self.ready(&id, life),
            Happening::Stopped(id) => self.stopped(&id),
            Happening::Runs(id) => self.runs(&id),
            Happening::StandsBy(id) => self.stands_by(&id),
            Happening::Rejoins(id) => self.rejoins(&id),
            Happening::Drained(id, targets) => self.drained(&id, &targets),
            Happening::Terminated(id) => self.terminated(&id),
            Happening::LetGo(id) => self.let_go(&id),
            Happening::HookEnds(id, result) => self.hook_ends(&id, result),
            Happening::Detached(id) => self.detached(&id),
            Happening::Warmed(id) => self.warmed(&id),
            Happening::Interrupted(id) => self.interrupted(&id),
            Happening::Flaps(id, life, lasts) => self.flaps(&id, life, lasts),
            Happening::TargetsFlap(id, life, lasts) => self.targets_flap(&id, life, lasts),
            Happening::Recovers(id, life) => self.recovers(&id, life),
            Happening::HealthChecked(id, life) => self.health_checked(&id, life),
            Happening::ZoneReturns(zone) => self.zone_returns(&zone),
            Happening::RefreshGoesOn(group, id) => self.refresh_goes_on(&group, &id),
            Happening::ActsEarly(id, event) => self.acts_early(&id, &event),
            Happening::Forgotten(id) => self.forgotten(&id),
            Happening::Due(id, event) => self.due(&id, &event),
            Happening::AwsActs(id, event) => self.aws_acts(&id, &event),
            Happening::DateShows(id, event, date) => self.date_shows(&id, &event, date),
            Happening::Found(command) => self.found(&command),
            Happening::ReservationEnds(key) => {
                self.fleet_mut().reservations.remove(&key);
            }
            Happening::Described(id, event, mark) => self.described(&id, &event, mark),
        }
    }
}
