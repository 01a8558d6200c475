//! What people change while an instance is away. While it leaves, it is turned back; once it is
//! struck, nothing they say keeps it from coming back; and what rides stays aside.

use shared::ledger::Returns;
use shared::plan::InPlace::{Ride, StopStart};
use shared::policy::Ceilings;
use shared::testing::builders::{
    EventBuilder, GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group,
    in_minutes, incident_of, maintenance_of, reboot_of, standalone, world,
};
use shared::world::{AlarmState, InstanceState};

use super::check;

/// What a change may touch: the instance, what AWS scheduled, the rest of the world, the stack.
struct Scene {
    instance: InstanceBuilder,
    event: EventBuilder,
    ceilings: Ceilings,
    rest: fn(WorldBuilder) -> WorldBuilder,
}

/// One thing that people change, and the reason that it gives for turning back.
type Change = (&'static str, fn(Scene) -> Scene);

fn tagged(scene: Scene, key: &str, value: &str) -> Scene {
    Scene { instance: scene.instance.tagged(key, value), ..scene }
}

/// Everything by which its owner or the stack takes back what they allowed.
const CHANGES: [Change; 13] = [
    ("kill_switch", |scene| {
        let ceilings = Ceilings { kill_switch: true, ..scene.ceilings };
        Scene { ceilings, ..scene }
    }),
    ("kill_switch", |scene| Scene {
        rest: |fleet| fleet.remembering(|memory| memory.stopped = true),
        ..scene
    }),
    ("not_opted_in", |scene| tagged(scene, "mode", "off")),
    ("observe", |scene| tagged(scene, "mode", "observe")),
    ("observe", |scene| Scene { ceilings: Ceilings::default(), ..scene }),
    ("awaiting_approval", |scene| tagged(scene, "mode", "approve")),
    ("hold_until 02 06:00", |scene| tagged(scene, "hold-until", "2026-12-02T06:00Z")),
    ("hold_until_unreadable", |scene| tagged(scene, "hold-until", "later")),
    ("stop_alarm web-5xx ALARM", |scene| {
        let rest = |fleet: WorldBuilder| fleet.alarm("web-5xx", AlarmState::Alarm);
        tagged(Scene { rest, ..scene }, "stop-alarms", "web-5xx")
    }),
    ("outside_window 06 02:00", |scene| tagged(scene, "window", "Sun 02:00-06:00")),
    ("owner_asked_to_notify", |scene| tagged(scene, "relaunch", "notify")),
    ("another_answer reboot", |scene| tagged(scene, "relaunch", "reboot")),
    ("busy 01 13:00", |scene| Scene { rest: |fleet| fleet.busy("box", 60), ..scene }),
];

/// A standalone instance in this state, after the change.
fn changed(
    change: &Change,
    state: InstanceState,
    incident: &IncidentBuilder,
) -> (WorldBuilder, Ceilings) {
    let scene = Scene {
        instance: standalone("box").state(state),
        event: reboot_of("box").in_hours(20),
        ceilings: enforcing(),
        rest: |fleet| fleet,
    };
    let Scene { instance, event, ceilings, rest } = change.1(scene);
    let fleet = world().with(instance).with(event).with(incident.clone()).targets("web");
    (rest(fleet), ceilings)
}

#[track_caller]
fn after_every_change(
    state: &InstanceState,
    incident: &IncidentBuilder,
    row: impl Fn(&str) -> String,
) {
    for change in &CHANGES {
        let (fleet, ceilings) = changed(change, state.clone(), incident);
        check(fleet, &ceilings, [&row(change.0)]);
    }
}

fn leaving() -> IncidentBuilder {
    incident_of("box").leaving(StopStart).registered("web").minutes_ago(2)
}

fn moving() -> IncidentBuilder {
    incident_of("box").moving(StopStart).registered("web").minutes_ago(2)
}

fn returning(returns: Returns) -> IncidentBuilder {
    incident_of("box").struck(StopStart, returns).registered("web").minutes_ago(5)
}

#[test]
fn turned_back_by_every_change_while_it_leaves() {
    let back = |reason: &str| format!("box turns back unwanted: {reason}");
    after_every_change(&InstanceState::Running, &leaving(), back);
}

#[test]
fn turned_back_by_every_change_where_the_stop_was_intended_and_came_to_nothing() {
    let back = |reason: &str| format!("box turns back unwanted: {reason}");
    after_every_change(&InstanceState::Running, &moving(), back);
}

#[test]
fn no_change_keeps_a_stopped_instance_from_coming_back() {
    use InstanceState::{Pending, Running, Stopped, Stopping};
    let doubtful = moving().seconds_ago(30);
    let moved = || returning(Returns::Moved);
    for (state, incident, row) in [
        (Running, doubtful, "box waits: intent_in_doubt"),
        (Stopping, moving(), "box waits: stopping"),
        (Stopped, moving(), "box turns back moved: stopped"),
        (Stopped, moved(), "box starts: stopped"),
        (Stopped, moved().taken(30), "box waits: starting"),
        (Pending, moved(), "box waits: starting"),
        (Running, moved(), "box registers: waits_for_its_place"),
        (Stopped, returning(Returns::Unwanted), "box starts: stopped"),
        (Running, returning(Returns::Unwanted), "box registers: waits_for_its_place"),
        (Running, returning(Returns::Failed), "box registers: waits_for_its_place"),
    ] {
        after_every_change(&state, &incident, |_| row.to_owned());
    }
}

#[test]
fn an_exhausted_governor_changes_nothing_for_what_it_counted_already() {
    use InstanceState::{Running, Stopped, Stopping};
    for (state, incident, row) in [
        (Running, leaving(), "box stops: out_of_service"),
        (Running, moving(), "box stops: out_of_service"),
        (Stopping, moving(), "box waits: stopping"),
        (Stopped, moving(), "box turns back moved: stopped"),
        (Stopped, returning(Returns::Moved), "box starts: stopped"),
        (Running, returning(Returns::Moved), "box registers: waits_for_its_place"),
    ] {
        let fleet = world().with(standalone("box").state(state)).with(incident).targets("web");
        let fleet = fleet.with(reboot_of("box").in_hours(20)).acts_within_the_hour(10);
        check(fleet, &enforcing(), [row]);
    }
    let registered = standalone("box").registered("web");
    let again = world().with(registered).with(reboot_of("box").in_hours(20)).with(leaving());
    let again = again.target("web", "box", shared::world::TargetState::Healthy);
    let row = "box opens stop_start again: tried_again";
    check(again.acts_within_the_hour(10), &enforcing(), [row]);
}

#[test]
fn what_aws_changes_turns_it_back_too() {
    let told = |event: EventBuilder| {
        world().with(standalone("box")).with(event).with(leaving()).targets("web")
    };
    for (event, row) in [
        (reboot_of("box").canceled(), "box turns back unwanted: event_over"),
        (reboot_of("box").completed(), "box turns back moved: aws_is_done"),
        (
            reboot_of("box").in_hours(48),
            "box turns back unwanted: waiting_for_late_window 02 12:00",
        ),
        (reboot_of("box").in_minutes(1), "box stops: out_of_service"),
        (reboot_of("box").in_minutes(-1), "box stops: out_of_service"),
    ] {
        check(told(event), &enforcing(), [row]);
    }
    let over = told(reboot_of("box").in_hours(20)).told_over("box");
    check(over, &enforcing(), ["box turns back unwanted: notice_over 01 13:00"]);
}

/// A member that is to be stopped, and one that is to ride.
fn member(web: GroupBuilder, incident: IncidentBuilder) -> WorldBuilder {
    world().with(web).with(reboot_of("web-1").in_hours(20)).with(incident)
}

fn rider(web: GroupBuilder, incident: IncidentBuilder) -> WorldBuilder {
    world().with(web).with(maintenance_of("web-2").in_minutes(10)).with(incident)
}

#[test]
fn nobody_turns_back_what_another_run_may_be_about_to_take_out() {
    let member = || group("web").members(6).tagged("relaunch", "stop-start");
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    let fleet = |seconds| {
        let leaving = incident_of("web-2").leaving(StopStart).seconds_ago(seconds);
        world().with(member()).with(reboot_of("web-2").in_hours(20)).with(leaving)
    };
    check(fleet(89), &stopped, ["web-2 waits: intent_in_doubt"]);
    check(fleet(90), &stopped, ["web-2 turns back unwanted: kill_switch"]);
}

fn leaving_member() -> IncidentBuilder {
    incident_of("web-1").leaving(StopStart).minutes_ago(2)
}

fn in_place() -> GroupBuilder {
    group("web").members(6).tagged("relaunch", "stop-start").standby("web-1")
}

#[test]
fn what_changes_in_its_group_turns_a_member_back_before_its_stop() {
    let web = in_place;
    for (group, row) in [
        (web(), "web-1 stops: out_of_service"),
        (web().tagged("mode", "off"), "web-1 turns back unwanted: not_opted_in"),
        (web().suspended("Launch"), "web-1 turns back unwanted: process_suspended Launch"),
        (
            web().member("web-1", InstanceBuilder::protected),
            "web-1 turns back unwanted: protected_from_scale_in",
        ),
        (
            web().member("web-6", InstanceBuilder::unhealthy),
            "web-1 turns back unwanted: limit_full group/web of 0",
        ),
        (
            web()
                .member("web-5", InstanceBuilder::unhealthy)
                .member("web-6", InstanceBuilder::unhealthy),
            "web-1 turns back unwanted: others_out 2 of 1",
        ),
        (web().but(|web| web.deleting = true), "web-1 turns back unwanted: group_being_deleted"),
    ] {
        check(member(group, leaving_member()), &enforcing(), [row]);
    }
}

#[test]
fn an_instance_refresh_that_starts_meanwhile_turns_a_member_back_before_its_stop() {
    let refreshed = in_place().preflight(|seen| seen.refresh = Some("08b91cf7".to_owned()));
    let back = ["web-1 turns back unwanted: refresh_running"];
    check(member(refreshed, leaving_member()), &enforcing(), back);
    let silent = in_place().preflight(|seen| seen.unanswered = Some("throttled".to_owned()));
    check(member(silent, leaving_member()), &enforcing(), ["web-1 waits: call_failed"]);
}

#[test]
fn nothing_that_people_change_ends_a_ride_early() {
    let riding = || {
        let aside = incident_of("web-2").leaving(Ride).minutes_ago(12).aside(10);
        aside.for_date(in_minutes(10))
    };
    let web = || group("web").members(6).standby("web-2");
    let waits = ["web-2 waits: waiting_for_aws 01 12:10"];
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    for (group, ceilings) in [
        (web(), stopped),
        (web(), Ceilings::default()),
        (web().tagged("mode", "off"), enforcing()),
        (web().tagged("mode", "approve"), enforcing()),
        (web().tagged("hold-until", "2026-12-09T00:00Z"), enforcing()),
        (web().tagged("window", "Sun 02:00-06:00"), enforcing()),
        (web().tagged("relaunch", "replace"), enforcing()),
        (web().suspended("Terminate"), enforcing()),
    ] {
        let fleet = rider(group, riding()).acts_within_the_hour(10);
        check(fleet, &ceilings, waits);
    }
}

#[test]
fn a_ride_that_has_not_begun_is_not_begun_against_anybodys_word() {
    let riding = || incident_of("web-2").leaving(Ride).minutes_ago(2);
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    let back = ["web-2 turns back unwanted: kill_switch"];
    check(rider(group("web").members(6), riding()), &stopped, back);
    let off = group("web").members(6).tagged("mode", "off");
    let back = ["web-2 turns back unwanted: not_opted_in"];
    check(rider(off, riding()), &enforcing(), back);
    let doubtful = riding().seconds_ago(30);
    let waits = ["web-2 waits: intent_in_doubt"];
    check(rider(group("web").members(6), doubtful), &stopped, waits);
}
