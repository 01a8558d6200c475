//! What an opening says besides its way: what the group launches from, whether everything was asked
//! that stands before it, and what the guard has asked then.

use std::collections::BTreeSet;

use shared::decide::{decide, guard};
use shared::plan::InPlace::StopStart;
use shared::plan::{Opening, Step};
use shared::policy::Ceilings;
use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, group_name, id, incident_of,
    key, maintenance_of, reboot_of, standalone, world,
};
use shared::world::{AlarmState, World};

use super::check;

/// The first opening that is decided.
fn opening(fleet: &World) -> Opening {
    let mut plans = decide(fleet, &enforcing()).into_iter();
    let found = plans.find_map(|plan| match plan.step {
        Step::Open(opening) => Some(opening),
        _ => None,
    });
    found.expect("an opening")
}

fn six() -> GroupBuilder {
    group("web").members(6)
}

fn replaced(web: GroupBuilder) -> WorldBuilder {
    world().with(web).with(reboot_of("web-1"))
}

fn stopped(change: impl FnOnce(InstanceBuilder) -> InstanceBuilder) -> WorldBuilder {
    world().with(change(standalone("box"))).with(reboot_of("box").in_hours(20))
}

/// Away since two minutes, and still to be taken out: a second opening of the same act.
fn stopped_again() -> WorldBuilder {
    let leaving = incident_of("box").leaving(StopStart).registered("web").minutes_ago(2);
    stopped(|it| it.registered("web")).with(leaving.unmarked())
}

#[test]
fn a_replacement_names_what_its_group_launches_from() {
    assert_eq!(opening(&replaced(six()).build()).source, "lt-web:7");
    assert_eq!(opening(&replaced(six().not_asked()).build()).source, "lt-web:$Latest");
    assert_eq!(opening(&stopped(|it| it).build()).source, "");
}

/// What a look may not have asked yet.
type Forgotten = fn(&mut World);

const PREFLIGHT: Forgotten = |fleet| fleet.preflight.clear();
const DEPARTURES: Forgotten = |fleet| fleet.departures.clear();
const READ_AGAIN: Forgotten = |fleet| fleet.read_again.clear();
const ALARMS: Forgotten = |fleet| fleet.alarms.clear();

#[track_caller]
fn asked_without(fleet: WorldBuilder, rows: [(Forgotten, bool); 4]) {
    let fleet = fleet.alarm("web-5xx", AlarmState::Ok(None)).build();
    assert!(opening(&fleet).asked, "everything was asked");
    for (number, (forgotten, asked)) in rows.into_iter().enumerate() {
        let mut fleet = fleet.clone();
        forgotten(&mut fleet);
        assert_eq!(opening(&fleet).asked, asked, "row {number}");
    }
}

#[test]
fn a_replacement_is_asked_by_the_preflight_its_alarms_and_a_second_look() {
    let web = six().tagged("stop-alarms", "web-5xx");
    asked_without(
        replaced(web),
        [(PREFLIGHT, false), (ALARMS, false), (READ_AGAIN, false), (DEPARTURES, true)],
    );
}

#[test]
fn leaving_is_asked_by_what_would_be_left_too_and_by_no_preflight_without_a_group() {
    asked_without(
        stopped(|it| it.tagged("stop-alarms", "web-5xx")),
        [(PREFLIGHT, true), (ALARMS, false), (READ_AGAIN, false), (DEPARTURES, false)],
    );
}

#[test]
fn what_an_instance_left_is_written_and_not_asked_again() {
    asked_without(
        stopped_again(),
        [(PREFLIGHT, true), (ALARMS, true), (READ_AGAIN, false), (DEPARTURES, true)],
    );
}

/// What the guard has asked before these acts start.
fn unasked(fleet: WorldBuilder) -> guard::Unasked {
    guard::unasked(&decide(&fleet.build(), &enforcing()))
}

#[test]
fn what_was_not_asked_is_asked_of_the_very_act() {
    let box_alone = || BTreeSet::from([id("box")]);
    let replaces = unasked(replaced(six().not_asked()));
    let web = guard::Unasked {
        groups: BTreeSet::from([group_name("web")]),
        instances: BTreeSet::from([id("web-1")]),
        ..guard::Unasked::default()
    };
    assert_eq!(replaces, web);
    let leaves = unasked(stopped(InstanceBuilder::not_asked));
    let departs = guard::Unasked {
        departures: box_alone(),
        instances: box_alone(),
        ..guard::Unasked::default()
    };
    assert_eq!(leaves, departs);
    let out = incident_of("box").leaving(StopStart).registered("web").minutes_ago(2);
    let strikes = unasked(stopped(InstanceBuilder::not_asked).with(out).targets("web"));
    let struck = guard::Unasked {
        strikes: BTreeSet::from([key("box")]),
        instances: box_alone(),
        ..guard::Unasked::default()
    };
    assert_eq!(strikes, struck);
    for something in [web, departs, struck] {
        assert!(!something.is_empty(), "{something:?}");
    }
}

#[test]
fn nothing_is_asked_twice_nor_of_what_is_held() {
    let asked = replaced(six());
    let held = stopped(InstanceBuilder::not_asked).busy("box", 600);
    for fleet in [asked, held] {
        let unasked = unasked(fleet);
        assert_eq!(unasked, guard::Unasked::default());
        assert!(unasked.is_empty());
    }
}

/// Two that AWS works on in ten minutes, and of which nobody has asked what they would leave.
fn two(fleet: WorldBuilder, first: &str, second: &str) -> WorldBuilder {
    let soon = |name| maintenance_of(name).in_minutes(10);
    fleet.with(soon(first)).with(soon(second))
}

#[test]
fn who_may_have_nothing_to_leave_takes_no_room_before_that_is_known() {
    let not_asked = |name: &str| standalone(name).not_asked();
    let alone = world().with(not_asked("box")).with(not_asked("crate"));
    let both = ["box opens ride: due", "crate opens ride: due"];
    check(two(alone, "box", "crate"), &enforcing(), both);
    let asked = world().with(standalone("box").registered("web"));
    let asked = asked.with(standalone("crate").registered("web"));
    let rows = ["box opens ride: due", "crate holds: limit_full standalone of 1"];
    let unhurried = Ceilings { in_flight_percent: 100, ..enforcing() };
    check(two(asked, "box", "crate"), &unhurried, rows);
    let members = world().with(six().each(InstanceBuilder::not_asked));
    let rows = ["web-1 opens ride: due", "web-2 holds: limit_full group/web of 1"];
    check(two(members, "web-1", "web-2"), &unhurried, rows);
}
