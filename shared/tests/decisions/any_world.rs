//! Worlds that nobody thought of: up to three groups of up to three members in any state, with any
//! tags, events, incidents and answers of the preflight.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use shared::ledger::Returns;
use shared::plan::{InPlace, Order};
use shared::policy::{Ceilings, Mode};
use shared::testing::builders::{
    EventBuilder, GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, event_of, group,
    image, in_minutes, incident_of, key, maintenance_of, reboot_of, standalone, unhurried, world,
};
use shared::world::{
    AlarmState, CommandState, EventCode, ImageState, InstanceState, LastLaunch, MaintenancePolicy,
    Market, Preflight, TargetState, TemplateState,
};

const LIFECYCLES: [&str; 8] = [
    "Pending",
    "Standby",
    "Standby",
    "Standby",
    "EnteringStandby",
    "Terminating:Wait",
    "Terminated",
    "Warmed:Stopped",
];

/// Tags that mean something on a group, on a member, or on both; some of them unreadable.
const TAGS: [(&str, &str); 31] = [
    ("mode", "off"),
    ("mode", "observe"),
    ("mode", "approve"),
    ("mode", "maybe"),
    ("hold-until", "2026-12-02T00:00Z"),
    ("hold-until", "later"),
    ("relaunch", "replace"),
    ("relaunch", "ride"),
    ("relaunch", "stop-start"),
    ("relaunch", "reboot"),
    ("relaunch", "notify"),
    ("max-unavailable", "2"),
    ("max-unavailable", "0"),
    ("max-unavailable", "100pct"),
    ("max-unavailable-per-zone", "1"),
    ("limits", "rack=1"),
    ("limits", "rack=2+disk=0"),
    ("replica-set", "s"),
    ("replica-set", "t"),
    ("ready", "tag"),
    ("ready", "alarm:a"),
    ("ready", "ssm:Ready"),
    ("is-ready", "true"),
    ("stop-alarms", "a"),
    ("window", "Tue 10:00-14:00"),
    ("window", "Sun 02:00-06:00"),
    ("lead", "late"),
    ("lead", "asap"),
    ("deadline", "force"),
    ("tolerance", "low"),
    ("tolerance", "high"),
];

const CODES: [&str; 8] = [
    "system-reboot",
    "system-reboot",
    "instance-retirement",
    "instance-stop",
    "instance-reboot",
    "system-reboot",
    "system-maintenance",
    "system-relocation",
];

fn tags(most: usize) -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    prop::collection::vec(select(&TAGS[..]), 0..=most)
}

const NAMES: [&str; 11] =
    ["web-1", "web-2", "web-3", "web-4", "db-1", "db-2", "db-3", "db-4", "job-1", "job-2", "box"];

fn instance_states() -> impl Strategy<Value = Option<InstanceState>> {
    use InstanceState::{Pending, Running, ShuttingDown, Stopped, Stopping, Terminated};
    let rare = [Pending, Stopping, Stopped, Stopped, ShuttingDown, Terminated];
    let rare = rare.map(Some).to_vec();
    prop_oneof![8 => Just(Some(Running)), 2 => select(rare), 1 => Just(None)]
}

/// Minutes since it was launched: long ago, or while it was away.
fn launches() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(43_200), 1 => 0..=30_i64]
}

/// How a member differs from a healthy one.
#[derive(Debug, Clone)]
struct Difference {
    lifecycle: &'static str,
    state: Option<InstanceState>,
    unhealthy: bool,
    protected: bool,
    impaired: bool,
    weight: u32,
    stored: Option<bool>,
    launched: i64,
    tags: Vec<(&'static str, &'static str)>,
}

impl Difference {
    fn applied(self, it: InstanceBuilder) -> InstanceBuilder {
        let it = it.lifecycle(self.lifecycle).weighing(self.weight).but(|instance| {
            instance.status_read = self.state.is_some();
            instance.state = self.state;
            instance.instance_store = self.stored;
            instance.launched_at = Some(in_minutes(-self.launched));
        });
        let it = if self.unhealthy { it.unhealthy() } else { it };
        let it = if self.protected { it.protected() } else { it };
        let it = if self.impaired { it.impaired() } else { it };
        self.tags.iter().fold(it, |it, (key, value)| it.tagged(key, value))
    }
}

fn difference() -> impl Strategy<Value = Difference> {
    let flags = (prop::bool::weighted(0.15), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let weights = prop_oneof![9 => Just(1_u32), 1 => Just(2_u32)];
    let disks = prop_oneof![8 => Just(Some(false)), 1 => Just(Some(true)), 1 => Just(None)];
    let lifecycles = prop_oneof![5 => Just("InService"), 1 => select(&LIFECYCLES[..])];
    let life = (lifecycles, instance_states(), launches());
    (life, flags, weights, disks, tags(1)).prop_map(|(life, flags, weight, stored, tags)| {
        let ((lifecycle, state, launched), (unhealthy, protected, impaired)) = (life, flags);
        Difference {
            lifecycle,
            state,
            unhealthy,
            protected,
            impaired,
            weight,
            stored,
            launched,
            tags,
        }
    })
}

fn preflight() -> impl Strategy<Value = Preflight> {
    let failed = LastLaunch::Failed { at: in_minutes(-9), message: "no capacity".to_owned() };
    let missing = TemplateState::Missing { message: "no version 9".to_owned() };
    let fine = TemplateState::Resolves { version: "7".to_owned(), image: Some(image()) };
    let launches = prop_oneof![9 => Just(LastLaunch::Fine), 1 => Just(failed)];
    let templates = prop_oneof![9 => Just(fine), 1 => Just(missing)];
    let images =
        prop_oneof![9 => Just(ImageState::Available), 1 => Just(ImageState::Gone(image()))];
    let refreshes = prop::option::weighted(0.05, Just("refresh".to_owned()));
    let failures = prop::option::weighted(0.05, Just("throttled".to_owned()));
    let parts = (launches, templates, images, refreshes, failures);
    parts.prop_map(|(last_launch, template, image, refresh, unanswered)| Preflight {
        refresh,
        last_launch,
        template,
        image,
        waiting_to_terminate: None,
        unanswered,
    })
}

fn any_group(name: &'static str) -> impl Strategy<Value = GroupBuilder> {
    let members = prop_oneof![
        1 => prop::collection::vec(difference(), 1..=2),
        3 => prop::collection::vec(difference(), 3),
    ];
    let percents = (select(vec![90_u32, 100, 100]), select(vec![100_u32, 110, 200]));
    let policies = prop::option::of(percents).prop_map(|percents| {
        percents.map(|(minimum, maximum)| MaintenancePolicy { minimum, maximum })
    });
    let asked = prop::option::weighted(0.8, preflight());
    let flags =
        (prop::bool::weighted(0.7), prop::bool::weighted(0.03), any::<bool>(), any::<bool>());
    let more_or_less = prop_oneof![6 => Just(0), 1 => -1..=1];
    let shape = (members, more_or_less, policies, tags(2), asked, flags, 0..=2_u32);
    shape.prop_map(move |(members, more, policy, tags, asked, flags, minimum)| {
        let (one_zone, deleting, proven, new) = flags;
        let count = u32::try_from(members.len()).unwrap_or(3);
        let web = group(name).members(count).desired(count.saturating_add_signed(more));
        let web = if one_zone { web.in_zones(["a"]) } else { web };
        let web = if new { web.joined(&format!("{name}-4")) } else { web };
        let web = if proven { web } else { web.unproven() };
        let web = web.but(|web| {
            (web.deleting, web.maintenance, web.minimum) = (deleting, policy, minimum);
        });
        let web = match asked {
            Some(answers) => web.preflight(|preflight| *preflight = answers),
            None => web.not_asked(),
        };
        let web = (1..).zip(members).fold(web, |web, (number, difference)| {
            web.member(&format!("{name}-{number}"), |it| difference.applied(it))
        });
        tags.iter().fold(web, |web, (key, value)| web.tagged(key, value))
    })
}

/// Minutes until AWS acts: about now, within a day, or within three weeks.
fn dates() -> impl Strategy<Value = i64> {
    prop_oneof![-90..=60_i64, 60..=1_500_i64, 1_500..=30_000_i64]
}

fn event() -> impl Strategy<Value = EventBuilder> {
    let dates = prop_oneof![1 => Just(None), 9 => dates().prop_map(Some)];
    let flags = (any::<bool>(), prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    let parts = (select(&NAMES[..]), select(&CODES[..]), dates, 1..=2_u32, flags);
    parts.prop_map(|(name, code, date, nth, (known, movable, over))| {
        let event = event_of(name, EventCode::from(code.to_owned())).nth(nth);
        let event = match date {
            Some(minutes) => event.in_minutes(minutes),
            None => event.undated(),
        };
        let event = if known { event.seen_minutes_ago(300) } else { event };
        let event = if movable { event.movable_to_days(30) } else { event };
        if over { event.completed() } else { event }
    })
}

/// An incident, and its event if EC2 lists it still.
type Known = (IncidentBuilder, Option<EventBuilder>);

fn incident() -> impl Strategy<Value = Known> {
    let orders = select(vec![Order::TerminateFirst, Order::LaunchFirst]);
    let parts = (select(&NAMES[..]), 0..=3, orders, 0..=90_i64, 1..=4_u32, any::<bool>());
    let replaced = parts.prop_map(|(name, phase, order, minutes, attempt, clean)| {
        let replacement =
            name.rsplit_once('-').map_or("box-4".to_owned(), |(g, _)| format!("{g}-4"));
        let incident = incident_of(name).attempt(attempt);
        let incident = match phase {
            0 => incident.intended(order),
            1 => incident.replacing(order).of_set("s"),
            2 => incident.served_by(&replacement),
            _ => incident,
        };
        let incident = incident.minutes_ago(minutes);
        (if clean { incident.clean_at_ten() } else { incident }, None)
    });
    prop_oneof![replaced, absence()]
}

/// An incident of an instance that stays itself, in any phase.
fn absence() -> impl Strategy<Value = Known> {
    let ways = select(vec![InPlace::Ride, InPlace::StopStart, InPlace::StopStart, InPlace::Reboot]);
    let returns = select(vec![Returns::Moved, Returns::Unwanted, Returns::Failed]);
    let phases = (0..=7, ways, returns);
    let flags = (any::<bool>(), prop::bool::weighted(0.1), any::<bool>(), any::<bool>());
    let names = prop_oneof![1 => Just("box"), 2 => select(&NAMES[..])];
    let event = prop::option::weighted(0.8, dates());
    let parts = (names, phases, 0..=6_000_i64, 1..=4_u32, flags, event);
    parts.prop_map(|(name, (phase, how, returns), seconds, attempt, flags, date)| {
        let (registered, unmarked, seen_out, taken) = flags;
        let incident = incident_of(name).attempt(attempt);
        let rides = how == InPlace::Ride;
        let incident = match phase {
            0 | 1 => incident.leaving(how),
            2 if rides => incident.leaving(how),
            2 => incident.moving(how),
            3 => incident.returning(how, returns),
            4 | 5 if rides => incident.returning(how, returns),
            4 => incident.struck(how, returns),
            5 => incident.struck(how, returns).forgotten(),
            6 => incident.back(how),
            _ => incident.rescheduling(in_minutes(3 * 24 * 60)),
        };
        let incident = if registered { incident.registered("targets") } else { incident };
        let incident = if unmarked { incident.unmarked() } else { incident };
        let incident = if rides && seen_out { incident.aside(seconds / 60) } else { incident };
        let incident = if taken { incident.taken(seconds / 2) } else { incident };
        let event = if rides { maintenance_of(name) } else { reboot_of(name) };
        let event = date.map(|minutes| event.in_minutes(minutes));
        (incident.seconds_ago(seconds).sent("Ready", name, "command", 3), event)
    })
}

fn alone() -> impl Strategy<Value = InstanceBuilder> {
    let markets = select(vec![Market::OnDemand, Market::OnDemand, Market::Spot]);
    let flags = (prop::bool::weighted(0.3), prop::bool::weighted(0.8), prop::bool::weighted(0.1));
    let life = (instance_states(), launches());
    (markets, flags, life, tags(2)).prop_map(|(market, flags, (state, launched), tags)| {
        let (addressed, asked, marked) = flags;
        let alone = standalone("box").registered("targets").but(|it| {
            it.market = market;
            it.auto_assigned_address = addressed;
            it.status_read = state.is_some();
            it.state = state;
            it.launched_at = Some(in_minutes(-launched));
        });
        let alone = if asked { alone } else { alone.not_asked() };
        let mark = key("box").event;
        let alone = if marked { alone.tagged("incident", mark.as_str()) } else { alone };
        tags.iter().fold(alone, |it, (key, value)| it.tagged(key, value))
    })
}

/// What target groups, alarms and documents may say; the later one wins.
const SEEN_ELSEWHERE: [fn(WorldBuilder) -> WorldBuilder; 8] = [
    |fleet| fleet.targets("targets"),
    |fleet| fleet.target("targets", "box", TargetState::Healthy),
    |fleet| fleet.target("targets", "box", TargetState::Draining),
    |fleet| fleet.target("targets", "web-4", TargetState::Healthy),
    |fleet| fleet.alarm("a", AlarmState::Ok(None)),
    |fleet| fleet.alarm("a", AlarmState::Alarm),
    |fleet| fleet.command("command", CommandState::Succeeded),
    |fleet| fleet.command("command", CommandState::Failed),
];

/// Worlds in which only the instances that are there have events.
pub fn worlds() -> impl Strategy<Value = WorldBuilder> {
    let events = prop::collection::vec(event(), 0..=12);
    let incidents = prop::collection::vec(incident(), 0..=3);
    let ledger = (prop::bool::weighted(0.05), 0..=11_i64, prop::option::weighted(0.2, 1..=60_i64));
    let others = (
        prop::option::weighted(0.8, any_group("db")),
        prop::option::weighted(0.8, any_group("job")),
    );
    let elsewhere = prop::sample::subsequence(&SEEN_ELSEWHERE[..], 0..=4);
    let parts = (any_group("web"), others, alone(), events, incidents, ledger, elsewhere);
    parts.prop_map(|(web, (db, job), alone, events, incidents, ledger, seen_elsewhere)| {
        let (stopped, acts, busy) = ledger;
        let fleet = world().with(alone).with(web);
        let fleet = [db, job].into_iter().flatten().fold(fleet, WorldBuilder::with);
        let there = fleet.clone().build().instances;
        let listed = incidents.iter().filter_map(|(_, event)| event.clone());
        let events: BTreeMap<_, _> =
            events.into_iter().chain(listed).map(|event| (event.key().clone(), event)).collect();
        let events = events.into_values();
        let events = events.filter(|event| there.contains_key(&event.key().instance));
        let fleet = events.fold(fleet, WorldBuilder::with);
        let known = |incident: &IncidentBuilder| there.contains_key(&incident.key().instance);
        let incidents = incidents.into_iter().map(|(incident, _)| incident);
        let (known, forgotten): (Vec<_>, Vec<_>) = incidents.partition(known);
        let incidents = known.into_iter().chain(forgotten.into_iter().take(1));
        let fleet = incidents.fold(fleet, WorldBuilder::with);
        let fleet = seen_elsewhere.into_iter().fold(fleet, |fleet, seen| seen(fleet));
        let fleet = fleet.acts_within_the_hour(acts);
        let fleet = fleet.remembering(|memory| memory.stopped = stopped);
        busy.into_iter().fold(fleet, |fleet, minutes| fleet.busy("web-1", minutes))
    })
}

/// Stacks of every mode, wide and narrow.
pub fn ceilings() -> impl Strategy<Value = Ceilings> {
    let modes = select(vec![Mode::Off, Mode::Observe, Mode::Approve, Mode::Enforce, Mode::Enforce]);
    (modes, prop::bool::weighted(0.05), any::<bool>()).prop_map(|(mode, kill_switch, wide)| {
        let ceilings = if wide { unhurried() } else { Ceilings::default() };
        Ceilings { maximum_mode: mode, kill_switch, ..ceilings }
    })
}
