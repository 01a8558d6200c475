//! AWS Health: what AWS announces of EC2's events, tells again and closes, on its way to the router.
//!
//! One matter is told many times, each time under another `communicationId`, in pages where it names
//! many (AWS Health User Guide, `aws-health-events-eventbridge-schema` and
//! `pagnation-of-health-events`, read 2026-11).

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::script::{ACCOUNT, REGION};
use super::state::State;
use crate::event::Function;
use crate::ids::{EventId, InstanceId};
use crate::testing::faults::Fault;
use crate::world::EventCode;

use super::owes::Owes;
use super::telling::{Place, Telling};

/// Entities on a page where nothing splits it sooner: what 256 KB hold, roughly.
const PAGE: usize = 2_000;

/// What AWS has told so far.
#[derive(Debug, Clone, Default, Hash)]
pub(in crate::testing) struct Health {
    matters: Vec<Matter>,
    of_event: BTreeMap<EventId, usize>,
    tellings: u64,
    /// What each page of each telling owes, by the key under which it may be remembered.
    pub told: BTreeMap<String, Owes>,
    /// Hints that the router sent: when, and about whom; empty means all.
    pub hinted: Vec<(Timestamp, BTreeSet<InstanceId>)>,
}

/// One event of AWS Health through all its tellings.
#[derive(Debug, Clone, Hash)]
struct Matter {
    code: &'static str,
    announced_at: Timestamp,
    instances: BTreeMap<InstanceId, EventId>,
    over: BTreeSet<InstanceId>,
}

/// What is told of a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Something will happen, at a date that is new.
    Coming,
    /// It is over: done, or called off.
    Over,
}

/// AWS Health's code for what EC2 will do, from AWS's samples and lists; the mapping is inferred.
fn code_of(code: &EventCode) -> &'static str {
    match code {
        EventCode::InstanceStop => "AWS_EC2_INSTANCE_STOP_SCHEDULED",
        EventCode::InstanceRetirement => "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
        EventCode::InstanceReboot => "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED",
        EventCode::SystemReboot => "AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED",
        EventCode::SystemMaintenance => "AWS_EC2_INSTANCE_NETWORK_MAINTENANCE_SCHEDULED",
        EventCode::Other(_) => "AWS_EC2_INSTANCE_POWER_MAINTENANCE_SCHEDULED",
    }
}

impl Health {
    /// When an event of EC2 was announced; absent where it never was.
    pub fn announced_at(&self, event: &EventId) -> Option<Timestamp> {
        let matter = self.matters.get(*self.of_event.get(event)?)?;
        Some(matter.announced_at)
    }
}

impl State {
    /// AWS announces events of EC2 as one matter.
    pub(super) fn announces(&mut self, subjects: &[(InstanceId, EventId)]) {
        let Some((id, event)) = subjects.first() else { return };
        let code = self
            .event_of(id, event)
            .map_or("AWS_EC2_INSTANCE_STOP_SCHEDULED", |(code, _)| code_of(&code));
        let matter = self.health.matters.len();
        let instances: BTreeMap<_, _> = subjects.iter().cloned().collect();
        let events = instances.values().map(|event| (event.clone(), matter));
        self.health.of_event.extend(events);
        let named: BTreeSet<InstanceId> = instances.keys().cloned().collect();
        let announced_at = self.now;
        self.health.matters.push(Matter { code, announced_at, instances, over: BTreeSet::new() });
        self.tells(matter, named.clone(), Turn::Coming);
        if self.strikes(Fault::NoticeInTwoEvents).is_some() {
            let twin = Matter { code, ..self.health.matters[matter].clone() };
            self.health.matters.push(twin);
            self.tells(matter + 1, named, Turn::Coming);
        }
    }

    /// AWS tells of an event again: its date moved, or it is over.
    pub(super) fn retells(&mut self, id: &InstanceId, event: &EventId, turn: Turn) {
        let Some(matter) = self.health.of_event.get(event).copied() else { return };
        if turn == Turn::Over && self.strikes(Fault::EndUntold).is_some() {
            return;
        }
        self.tells(matter, [id.clone()].into(), turn);
    }

    fn event_of(&self, id: &InstanceId, event: &EventId) -> Option<(EventCode, Option<Timestamp>)> {
        let mut events = self.fleet().instances.get(id)?.events.iter();
        let known = events.find(|known| &known.id == event)?;
        Some((known.code.clone(), known.not_before))
    }

    fn tells(&mut self, place: usize, instances: BTreeSet<InstanceId>, turn: Turn) {
        if self.silent {
            return;
        }
        self.health.tellings += 1;
        let number = self.health.tellings;
        let matter = &mut self.health.matters[place];
        if turn == Turn::Over {
            matter.over.extend(instances.iter().cloned());
        }
        let closed = matter.over.len() == matter.instances.len();
        let first = instances.first().and_then(|id| Some((id, matter.instances.get(id)?)));
        let start = first.map(|(id, event)| (id.clone(), event.clone()));
        let code = matter.code;
        let start = start.and_then(|(id, event)| self.event_of(&id, &event)?.1);
        let telling = Telling {
            number,
            matter: place,
            code,
            now: self.now,
            start,
            ended: turn == Turn::Over,
            closed,
            place: Place::Here,
        };
        self.disturbances_of(&telling, &instances);
        let named = self.names(&telling, instances);
        self.tells_in_pages(&telling, named);
    }

    /// Whom a telling names: sometimes many that are nobody's.
    fn names(&mut self, telling: &Telling, instances: BTreeSet<InstanceId>) -> Vec<InstanceId> {
        let mut named: Vec<InstanceId> = instances.into_iter().collect();
        if let Some(mut draw) = self.strikes(Fault::NoticeCrowded) {
            named.extend(nobodys(telling, draw.between(100, 400)));
        }
        named
    }

    fn tells_in_pages(&mut self, telling: &Telling, mut named: Vec<InstanceId>) {
        let split = self.strikes(Fault::NoticeSplit);
        let lost = self.strikes(Fault::NoticePageLost);
        if lost.is_some() {
            named.extend(nobodys(telling, 3));
        }
        let short = split.is_some() || lost.is_some();
        let page = if short { named.len().div_ceil(10) } else { PAGE };
        let mut pages: Vec<(usize, &[InstanceId])> =
            named.chunks(page.max(1)).enumerate().collect();
        let total = pages.len();
        if split.is_some_and(|mut draw| draw.chance(500)) {
            pages.reverse();
        }
        if let Some(mut draw) = lost {
            pages.remove(usize::try_from(draw.below(total as u64)).unwrap());
        }
        let late = self.until_after_the_fact(telling);
        for (place, entities) in pages {
            let owes = telling.owes(entities);
            self.health.told.insert(telling.key(place + 1), owes.clone());
            let page = telling.page(entities, place + 1, total);
            self.put_on_bus(Function::HealthEventRouter, page, owes, late);
        }
    }

    /// A notice that arrives when everything is over already.
    fn until_after_the_fact(&mut self, telling: &Telling) -> SignedDuration {
        let Some(start) = telling.start.filter(|_| !telling.ended) else {
            return SignedDuration::ZERO;
        };
        let late = self.strikes(Fault::NoticeAfterTheFact).map(|mut draw| draw.seconds(60, 7_200));
        late.map_or(SignedDuration::ZERO, |after| start.duration_since(self.now) + after)
    }
}

/// Instances of a telling that nobody has.
fn nobodys(telling: &Telling, many: u32) -> impl Iterator<Item = InstanceId> {
    let first = telling.number << 20;
    let others = (0..u64::from(many)).map(move |other| first + other);
    others.map(|other| InstanceId::parse(&format!("i-f{other:016x}")).unwrap())
}

/// Where the stack lives, as events write it.
pub(super) fn here() -> (&'static str, &'static str) {
    (ACCOUNT, REGION)
}
