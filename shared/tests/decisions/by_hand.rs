//! Somebody starts, stops, ends, registers, detaches an instance by hand, or takes it out of
//! standby, while we have it away. Row by row: the phase, what is seen, what is done about it.

use shared::ledger::Returns;
use shared::plan::InPlace::{Ride, StopStart};
use shared::testing::builders::{
    GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group, incident_of,
    maintenance_of, reboot_of, standalone, world,
};
use shared::world::{InstanceState, TargetState};

use super::check;

fn leaving(name: &str) -> IncidentBuilder {
    incident_of(name).leaving(StopStart).registered("web").minutes_ago(2)
}

fn moving(name: &str) -> IncidentBuilder {
    incident_of(name).moving(StopStart).registered("web").minutes_ago(2)
}

fn returning(name: &str) -> IncidentBuilder {
    incident_of(name).struck(StopStart, Returns::Moved).registered("web").minutes_ago(5)
}

fn alone(instance: InstanceBuilder, incident: IncidentBuilder) -> WorldBuilder {
    world().with(instance).with(reboot_of("box").in_hours(20)).with(incident)
}

fn state(state: InstanceState) -> InstanceBuilder {
    standalone("box").state(state)
}

fn member(web: GroupBuilder, incident: IncidentBuilder) -> WorldBuilder {
    let web = web.tagged("relaunch", "stop-start");
    world().with(web).with(reboot_of("web-1").in_hours(20)).with(incident)
}

fn six() -> GroupBuilder {
    group("web").members(6)
}

#[test]
fn stopped_by_its_owner_before_anything_was_opened_it_is_left_to_its_owner() {
    for held in [InstanceState::Stopped, InstanceState::Stopping, InstanceState::Pending] {
        let fleet = world().with(state(held)).with(reboot_of("box").in_hours(20));
        check(fleet, &enforcing(), ["box holds: not_running"]);
    }
}

#[test]
fn stopped_by_hand() {
    let stopped = || state(InstanceState::Stopped);
    for (incident, row) in [
        (leaving("box"), "box turns back moved: stopped"),
        (moving("box"), "box turns back moved: stopped"),
        (returning("box"), "box starts: stopped"),
        (returning("box").taken(300), "box starts: stopped"),
    ] {
        check(alone(stopped(), incident).targets("web"), &enforcing(), [row]);
    }
    let member_of = |incident| {
        let web = six().standby("web-1");
        member(web.member("web-1", |it| it.state(InstanceState::Stopped)), incident)
    };
    for (incident, row) in [
        (leaving("web-1"), "web-1 turns back moved: stopped"),
        (moving("web-1"), "web-1 turns back moved: stopped"),
        (returning("web-1"), "web-1 starts: stopped"),
    ] {
        check(member_of(incident), &enforcing(), [row]);
    }
}

#[test]
fn started_by_hand() {
    let anew = || standalone("box").launched_minutes_ago(1);
    for (incident, row) in [
        (leaving("box"), "box turns back moved: runs_again"),
        (moving("box"), "box turns back moved: runs_again"),
        (returning("box"), "box registers: waits_for_its_place"),
    ] {
        check(alone(anew(), incident).targets("web"), &enforcing(), [row]);
    }
}

#[test]
fn registered_by_hand() {
    let back = |incident| alone(standalone("box"), incident).target("web", "box", HEALTHY);
    for (incident, row) in [
        (leaving("box"), "box opens stop_start again: tried_again"),
        (moving("box"), "box turns back failed: brought_back_by_hand"),
        (returning("box"), "box records return, moved: serves_again"),
    ] {
        check(back(incident), &enforcing(), [row]);
    }
}

const HEALTHY: TargetState = TargetState::Healthy;

#[test]
fn a_target_group_that_did_not_answer_says_nothing_about_anybodys_hand() {
    check(alone(standalone("box"), moving("box")), &enforcing(), ["box waits: waiting_for_drain"]);
}

#[test]
fn deregistered_by_hand_while_it_returns_it_is_registered_again() {
    let left = alone(standalone("box"), returning("box").minutes_ago(90)).targets("web");
    check(left, &enforcing(), ["box registers: waits_for_its_place"]);
}

#[test]
fn terminated_by_hand() {
    for ended in [InstanceState::ShuttingDown, InstanceState::Terminated] {
        for incident in [leaving("box"), moving("box"), returning("box")] {
            let fleet = alone(state(ended.clone()), incident).targets("web");
            check(fleet, &enforcing(), ["box closes as gone: instance_gone"]);
        }
    }
    let back = incident_of("box").back(StopStart).minutes_ago(5);
    let fleet = alone(state(InstanceState::Terminated), back);
    check(fleet, &enforcing(), ["box closes as moved: instance_gone"]);
}

#[test]
fn taken_out_of_standby_by_hand() {
    for (incident, row) in [
        (leaving("web-1"), "web-1 opens stop_start again: tried_again"),
        (moving("web-1"), "web-1 turns back failed: brought_back_by_hand"),
        (returning("web-1"), "web-1 records return, moved: serves_again"),
    ] {
        check(member(six(), incident), &enforcing(), [row]);
    }
    let rode = incident_of("web-1").leaving(Ride).minutes_ago(20).aside(10);
    let fleet = world().with(six()).with(maintenance_of("web-1").in_minutes(10)).with(rode);
    check(fleet, &enforcing(), ["web-1 turns back failed: brought_back_by_hand"]);
}

#[test]
fn on_its_way_out_of_standby_by_hand_it_is_waited_for() {
    let entering = || six().member("web-1", |it| it.lifecycle("Pending"));
    for (incident, row) in [
        (moving("web-1"), "web-1 waits: waiting_for_drain"),
        (returning("web-1"), "web-1 waits: coming_back"),
    ] {
        check(member(entering(), incident), &enforcing(), [row]);
    }
}

#[test]
fn put_into_standby_by_somebody_else_it_is_left_to_them() {
    let theirs = member(six().standby("web-1"), incident_of("web-1"));
    check(theirs, &enforcing(), ["web-1 holds: in_standby"]);
}

#[test]
fn put_back_into_standby_by_hand_while_it_returns_it_is_taken_out_again() {
    let fleet = member(six().standby("web-1"), returning("web-1"));
    check(fleet, &enforcing(), ["web-1 exits standby: waits_for_its_place"]);
}

/// A member that its group has let go; whether its tags still name the group.
fn detached(incident: IncidentBuilder, named: bool) -> WorldBuilder {
    let web = six()
        .behind("web")
        .but(|web| drop(web.members.remove(&shared::testing::builders::id("web-1"))));
    let fleet = member(web.desired(5), incident.of_group("web"));
    fleet.changing("web-1", |it| {
        if !named {
            it.group = None;
        }
    })
}

#[test]
fn detached_by_hand_it_has_nothing_to_return_to() {
    for named in [true, false] {
        for (incident, row) in [
            (leaving("web-1"), "web-1 turns back unwanted: not_opted_in"),
            (moving("web-1"), "web-1 turns back failed: brought_back_by_hand"),
            (returning("web-1"), "web-1 records return, moved: serves_again"),
        ] {
            check(detached(incident, named), &enforcing(), [row]);
        }
    }
}

#[test]
fn detached_by_hand_and_stopped_it_is_started_all_the_same() {
    let stopped = detached(returning("web-1"), false);
    let stopped = stopped.changing("web-1", |it| it.state = Some(InstanceState::Stopped));
    check(stopped, &enforcing(), ["web-1 starts: stopped"]);
}

#[test]
fn brought_back_by_hand_it_rests_for_an_hour_and_is_tried_again() {
    let rested = |minutes| {
        let seen = incident_of("box").resting(minutes).attempt(2);
        alone(standalone("box"), seen)
    };
    check(rested(60), &enforcing(), ["box holds: refused 01 13:00"]);
    check(rested(0), &enforcing(), ["box opens stop_start: due"]);
    let fourth = alone(standalone("box"), incident_of("box").attempt(4));
    check(fourth, &enforcing(), ["box holds: attempts_exhausted"]);
}
