//! Readiness gates: the tag, an alarm that rests, a document that succeeds; for replacements and
//! for instances that return.

use shared::ledger::Returns;
use shared::plan::InPlace::{Ride, StopStart};
use shared::plan::Order;
use shared::testing::builders::{
    IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group, incident_of, reboot_of,
    standalone, world,
};
use shared::world::{AlarmState, CommandState};

use super::check;

const WAITS: [&str; 1] = ["box waits: waiting_for_ready box"];
const READY: [&str; 1] = ["box records return, moved: serves_again"];

fn returning() -> IncidentBuilder {
    incident_of("box").struck(StopStart, Returns::Moved).minutes_ago(30)
}

/// A standalone instance with this gate, launched anew so many minutes ago.
fn gated(gate: &str, launched: i64, incident: IncidentBuilder) -> WorldBuilder {
    let returned = standalone("box").tagged("ready", gate).launched_minutes_ago(launched);
    world().with(returned).with(reboot_of("box").in_hours(20)).with(incident)
}

#[test]
fn waiting_for_ready_until_the_instance_says_so_by_its_tag() {
    let says = |value: &str| {
        let returned = standalone("box").tagged("ready", "tag").tagged("is-ready", value);
        let returned = returned.launched_minutes_ago(5);
        world().with(returned).with(reboot_of("box").in_hours(20)).with(returning())
    };
    check(gated("tag", 5, returning()), &enforcing(), WAITS);
    check(says("no"), &enforcing(), WAITS);
    check(says("true"), &enforcing(), READY);
}

#[test]
fn waiting_for_ready_until_the_alarm_rests_and_has_had_ten_minutes_to_ring() {
    let alarmed =
        |launched, state| gated("alarm:box-lag", launched, returning()).alarm("box-lag", state);
    check(alarmed(9, AlarmState::Ok(None)), &enforcing(), WAITS);
    check(alarmed(10, AlarmState::Ok(None)), &enforcing(), READY);
    let states = [
        AlarmState::Alarm,
        AlarmState::InsufficientData,
        AlarmState::Missing,
        AlarmState::Unanswered,
    ];
    for state in states {
        check(alarmed(10, state), &enforcing(), WAITS);
    }
    check(gated("alarm:box-lag", 10, returning()), &enforcing(), WAITS);
}

#[test]
fn a_document_is_asked_once_and_its_answer_waited_for() {
    let asked = || gated("ssm:BoxReady", 20, returning().sent("BoxReady", "box", "c-1", 4));
    check(
        gated("ssm:BoxReady", 20, returning()),
        &enforcing(),
        ["box asks BoxReady: waiting_for_ready box"],
    );
    check(asked(), &enforcing(), WAITS);
    check(asked().command("c-1", CommandState::Running), &enforcing(), WAITS);
    check(asked().command("c-1", CommandState::Succeeded), &enforcing(), READY);
}

#[test]
fn a_document_that_failed_is_asked_again_five_minutes_after_it_was_sent() {
    let failed = |minutes| {
        let asked = returning().sent("BoxReady", "box", "c-1", minutes);
        gated("ssm:BoxReady", 20, asked).command("c-1", CommandState::Failed)
    };
    check(failed(4), &enforcing(), WAITS);
    check(failed(5), &enforcing(), ["box asks BoxReady: waiting_for_ready box"]);
}

#[test]
fn an_answer_of_its_life_before_the_stop_is_none() {
    let before = returning().sent("BoxReady", "box", "c-1", 25);
    let before = gated("ssm:BoxReady", 20, before).command("c-1", CommandState::Succeeded);
    check(before, &enforcing(), ["box asks BoxReady: waiting_for_ready box"]);
    let other = returning().sent("BoxReady", "crate", "c-1", 4);
    let other = gated("ssm:BoxReady", 20, other).command("c-1", CommandState::Succeeded);
    check(other, &enforcing(), ["box asks BoxReady: waiting_for_ready box"]);
}

#[test]
fn a_gate_that_became_unreadable_meanwhile_never_opens() {
    check(gated("when it is done", 20, returning()), &enforcing(), WAITS);
}

#[test]
fn checks_come_before_gates_and_documents_last() {
    let both = |say: &str| {
        let web = group("web").members(6).standby("web-1").tagged("ready", "tag");
        let web = web.member("web-1", |it| {
            it.tagged("ready", "ssm:WebReady").tagged("is-ready", say).launched_minutes_ago(5)
        });
        let returning = incident_of("web-1").struck(StopStart, Returns::Moved).minutes_ago(30);
        world().with(web).with(reboot_of("web-1").in_hours(20)).with(returning)
    };
    check(both("no"), &enforcing(), ["web-1 waits: waiting_for_ready web-1"]);
    check(both("true"), &enforcing(), ["web-1 asks WebReady: waiting_for_ready web-1"]);
    let booting = both("true").changing("web-1", |it| {
        it.system_status = shared::world::CheckStatus::Initializing;
    });
    check(booting, &enforcing(), ["web-1 waits: waiting_for_checks web-1"]);
}

#[test]
fn nobody_is_asked_about_an_instance_that_was_not_touched() {
    let unwanted = incident_of("box").returning(StopStart, Returns::Unwanted).minutes_ago(30);
    let gated = standalone("box").tagged("ready", "ssm:BoxReady");
    let fleet = world().with(gated).with(reboot_of("box").in_hours(20)).with(unwanted);
    check(fleet, &enforcing(), ["box records return, unwanted: turned_back"]);
}

#[test]
fn who_rode_is_asked_before_it_leaves_standby() {
    let rode = incident_of("web-1").returning(Ride, Returns::Moved).minutes_ago(30);
    let web = group("web").members(6).standby("web-1").tagged("ready", "ssm:WebReady");
    let fleet = world().with(web).with(reboot_of("web-1").completed()).with(rode);
    check(fleet, &enforcing(), ["web-1 asks WebReady: waiting_for_ready web-1"]);
}

/// Member 7 came for member 1, launched so many minutes ago.
fn replaced(gate: &str, launched: i64, incident: IncidentBuilder) -> WorldBuilder {
    let web = group("web").members(6).without("web-1").joined("web-7").tagged("ready", gate);
    let web = web.member("web-7", |it: InstanceBuilder| it.launched_minutes_ago(launched));
    world().with(web).with(incident)
}

fn replacing() -> IncidentBuilder {
    incident_of("web-1").replacing(Order::TerminateFirst).minutes_ago(15)
}

#[test]
fn a_replacement_is_asked_by_alarm_and_document_too() {
    let waits = ["web-1 waits: waiting_for_ready web-7"];
    let serves = ["web-1 records service: serving web-7"];
    let alarmed = |launched| {
        let web = replaced("alarm:web-lag", launched, replacing());
        web.alarm("web-lag", AlarmState::Ok(None))
    };
    check(alarmed(9), &enforcing(), waits);
    check(alarmed(10), &enforcing(), serves);
    let asks = ["web-1 asks WebReady: waiting_for_ready web-7"];
    check(replaced("ssm:WebReady", 12, replacing()), &enforcing(), asks);
    let asked = replacing().sent("WebReady", "web-7", "c-1", 2);
    let said = replaced("ssm:WebReady", 12, asked).command("c-1", CommandState::Succeeded);
    check(said, &enforcing(), serves);
}
