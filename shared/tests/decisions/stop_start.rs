//! A stop and start of a standalone instance, and a reboot, look by look: it leaves its target
//! groups, is stopped, is started, and is registered again.

use shared::ledger::Returns;
use shared::plan::InPlace::{Reboot, StopStart};
use shared::testing::builders::{
    IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, incident_of, reboot_of, standalone,
    world,
};
use shared::world::{CapacityState, CheckStatus, InstanceState, TargetState};

use super::check;

/// An instance whose incident has come so far; AWS acts in twenty hours.
fn away(instance: InstanceBuilder, incident: IncidentBuilder) -> WorldBuilder {
    world().with(instance).with(reboot_of("box").in_hours(20)).with(incident)
}

fn state(state: InstanceState) -> InstanceBuilder {
    standalone("box").state(state)
}

fn leaving() -> IncidentBuilder {
    incident_of("box").leaving(StopStart).registered("web")
}

/// The stop was intended some minutes ago.
fn moving() -> IncidentBuilder {
    incident_of("box").moving(StopStart).registered("web").minutes_ago(3)
}

/// It was seen stopped.
fn returning() -> IncidentBuilder {
    incident_of("box").struck(StopStart, Returns::Moved).registered("web").minutes_ago(5)
}

/// It runs again, launched anew a minute ago.
fn anew() -> InstanceBuilder {
    standalone("box").launched_minutes_ago(1)
}

#[test]
fn an_intent_to_leave_is_in_doubt_for_90_seconds_and_then_tried_again() {
    let registered = |seconds| {
        let fleet = away(standalone("box"), leaving().seconds_ago(seconds));
        fleet.target("web", "box", TargetState::Healthy)
    };
    check(registered(0), &enforcing(), ["box waits: intent_in_doubt"]);
    check(registered(89), &enforcing(), ["box waits: intent_in_doubt"]);
    check(registered(90), &enforcing(), ["box opens stop_start again: tried_again"]);
}

#[test]
fn a_launch_that_ec2_does_not_date_keeps_nobody_who_runs_from_its_place() {
    let undated = standalone("box").but(|it| it.launched_at = None);
    let fleet = away(undated, returning().stopped()).targets("web");
    check(fleet, &enforcing(), ["box registers: waits_for_its_place"]);
}

#[test]
fn waiting_for_drain_until_no_target_group_knows_it() {
    let waits = ["box waits: waiting_for_drain"];
    let left = || away(standalone("box"), leaving().registered("api")).targets("web");
    check(left().target("api", "box", TargetState::Draining), &enforcing(), waits);
    check(left(), &enforcing(), waits);
    check(left().targets("api"), &enforcing(), ["box stops: out_of_service"]);
}

#[test]
fn a_deregistration_that_was_done_in_part_is_made_again() {
    for state in [TargetState::Healthy, TargetState::Unhealthy] {
        let left = |incident: IncidentBuilder| {
            let fleet = away(standalone("box"), incident.registered("api")).targets("web");
            fleet.target("api", "box", state)
        };
        check(left(leaving()), &enforcing(), ["box waits: intent_in_doubt"]);
        let again = ["box opens stop_start again: tried_again"];
        check(left(leaving().minutes_ago(2)), &enforcing(), again);
    }
}

#[test]
fn out_of_service_at_once_where_nothing_knows_it() {
    let alone = incident_of("box").leaving(StopStart).seconds_ago(5);
    check(away(standalone("box"), alone), &enforcing(), ["box stops: out_of_service"]);
}

#[test]
fn a_stop_is_asked_for_again_directly_before_it() {
    let not_read_again = standalone("box").not_asked();
    let out = away(not_read_again, leaving().seconds_ago(5)).targets("web");
    check(out, &enforcing(), ["box stops, unasked: out_of_service"]);
}

#[test]
fn waiting_for_capacity_until_what_was_reserved_is_its_own() {
    let reserved = |state| {
        let leaving = leaving().reserving().seconds_ago(30);
        away(standalone("box"), leaving).targets("web").capacity("box", state)
    };
    for (state, row) in [
        (CapacityState::Held, "box stops: out_of_service"),
        (CapacityState::Pending, "box waits: waiting_for_capacity"),
        (CapacityState::Taken, "box turns back failed: capacity_taken"),
        (CapacityState::Missing, "box turns back failed: capacity_taken"),
    ] {
        check(reserved(state), &enforcing(), [row]);
    }
    let not_asked = away(standalone("box"), leaving().reserving()).targets("web");
    check(not_asked, &enforcing(), ["box stops, unasked: out_of_service"]);
}

#[test]
fn a_stop_that_shows_no_effect_is_tried_again_after_90_seconds() {
    let intended = |seconds| {
        let moving = incident_of("box").moving(StopStart).registered("web").seconds_ago(seconds);
        away(standalone("box"), moving).targets("web")
    };
    check(intended(89), &enforcing(), ["box waits: intent_in_doubt"]);
    check(intended(90), &enforcing(), ["box stops: out_of_service"]);
}

#[test]
fn stopping_and_stopped() {
    let seen = |it| away(state(it), moving()).targets("web");
    check(seen(InstanceState::Stopping), &enforcing(), ["box waits: stopping"]);
    check(seen(InstanceState::Stopped), &enforcing(), ["box turns back moved: stopped"]);
}

#[test]
fn runs_again_where_the_stop_was_over_between_two_looks() {
    let fleet = away(anew(), moving()).targets("web");
    check(fleet, &enforcing(), ["box turns back moved: runs_again"]);
    let at_once = away(anew(), moving().seconds_ago(30)).targets("web");
    check(at_once, &enforcing(), ["box turns back moved: runs_again"]);
}

#[test]
fn who_had_nothing_to_leave_is_not_taken_for_brought_back_by_hand() {
    let alone = incident_of("box").moving(StopStart).seconds_ago(90);
    check(away(standalone("box"), alone), &enforcing(), ["box stops: out_of_service"]);
}

#[test]
fn a_stopped_instance_is_started_until_it_starts() {
    let stopped = |incident| away(state(InstanceState::Stopped), incident).targets("web");
    check(stopped(returning()), &enforcing(), ["box starts: stopped"]);
    check(stopped(returning().taken(89)), &enforcing(), ["box waits: starting"]);
    check(stopped(returning().taken(90)), &enforcing(), ["box starts: stopped"]);
}

#[test]
fn an_answer_from_before_its_stop_is_not_taken_for_its_return() {
    let stale = away(standalone("box"), returning().stopped()).target("web", "box", HEALTHY);
    check(stale, &enforcing(), ["box waits: no_positive_look"]);
    let back = away(anew(), returning().stopped()).target("web", "box", HEALTHY);
    check(back, &enforcing(), ["box records return, moved: serves_again"]);
}

#[test]
fn starting_and_waiting_for_checks() {
    let seen = |instance| away(instance, returning().taken(30)).targets("web");
    check(seen(state(InstanceState::Pending)), &enforcing(), ["box waits: starting"]);
    for status in [CheckStatus::Initializing, CheckStatus::Impaired, CheckStatus::Unknown] {
        let waits = ["box waits: waiting_for_checks box"];
        check(seen(anew().but(|it| it.system_status = status)), &enforcing(), waits);
        check(seen(anew().but(|it| it.instance_status = status)), &enforcing(), waits);
    }
}

#[test]
fn waits_for_its_place_in_every_target_group_that_it_left() {
    let back = || away(anew(), returning().registered("api")).target("web", "box", HEALTHY);
    let registers = ["box registers: waits_for_its_place"];
    check(back().targets("api"), &enforcing(), registers);
    check(back().target("api", "box", TargetState::Draining), &enforcing(), registers);
    check(back(), &enforcing(), ["box waits: coming_back"]);
    let initial = back().target("api", "box", TargetState::Initial);
    check(initial, &enforcing(), ["box waits: waiting_for_targets box"]);
    let healthy = back().target("api", "box", HEALTHY);
    check(healthy, &enforcing(), ["box records return, moved: serves_again"]);
}

const HEALTHY: TargetState = TargetState::Healthy;

#[test]
fn serves_again_where_it_had_nothing_to_leave() {
    let alone = incident_of("box").struck(StopStart, Returns::Moved).minutes_ago(5);
    check(away(anew(), alone), &enforcing(), ["box records return, moved: serves_again"]);
}

#[test]
fn turned_back_before_the_stop_it_goes_back_as_it_came_without_any_check() {
    let unwanted = |seconds| {
        let incident = incident_of("box").returning(StopStart, Returns::Unwanted);
        let failing = standalone("box").impaired();
        away(failing, incident.registered("web").seconds_ago(seconds))
    };
    let out = |seconds| unwanted(seconds).targets("web");
    check(out(89), &enforcing(), ["box waits: intent_in_doubt"]);
    check(out(90), &enforcing(), ["box registers: waits_for_its_place"]);
    let initial = unwanted(90).target("web", "box", TargetState::Initial);
    check(initial, &enforcing(), ["box waits: waiting_for_targets box"]);
    let as_it_was = unwanted(90).target("web", "box", TargetState::Unhealthy);
    check(as_it_was, &enforcing(), ["box records return, unwanted: turned_back"]);
}

#[test]
fn a_stop_that_nobody_wanted_any_more_when_it_took_effect_has_moved_it_all_the_same() {
    let unwanted = || {
        let incident = incident_of("box").struck(StopStart, Returns::Unwanted);
        incident.registered("web").minutes_ago(5)
    };
    let seen = |instance| away(instance, unwanted()).targets("web");
    check(seen(state(InstanceState::Stopping)), &enforcing(), ["box waits: stopping"]);
    check(seen(state(InstanceState::Stopped)), &enforcing(), ["box starts: stopped"]);
    let booting = anew().but(|it| it.instance_status = CheckStatus::Initializing);
    check(seen(booting), &enforcing(), ["box waits: waiting_for_checks box"]);
    let served = away(anew(), unwanted()).target("web", "box", HEALTHY);
    check(served, &enforcing(), ["box records return, moved: serves_again"]);
}

#[test]
fn no_positive_look_leaves_it_where_it_is_in_every_phase() {
    for incident in [leaving(), moving(), returning()] {
        let silent = away(standalone("box"), incident.minutes_ago(9)).silent_about("box");
        check(silent, &enforcing(), ["box waits: no_positive_look"]);
    }
}

fn rebooted(incident: IncidentBuilder) -> WorldBuilder {
    let asked = standalone("box").tagged("relaunch", "reboot");
    away(asked, incident.registered("web")).targets("web")
}

#[test]
fn a_reboot_is_made_out_of_service() {
    let leaving = incident_of("box").leaving(Reboot).seconds_ago(30);
    check(rebooted(leaving), &enforcing(), ["box reboots: out_of_service"]);
}

#[test]
fn a_reboot_that_ec2_took_is_given_three_minutes_and_one_that_it_did_not_is_tried_again() {
    let intended = |seconds| incident_of("box").moving(Reboot).seconds_ago(seconds);
    check(rebooted(intended(89)), &enforcing(), ["box waits: intent_in_doubt"]);
    check(rebooted(intended(90)), &enforcing(), ["box reboots: out_of_service"]);
    check(rebooted(intended(90).taken(179)), &enforcing(), ["box waits: rebooting"]);
    check(rebooted(intended(200).taken(180)), &enforcing(), ["box turns back moved: runs_again"]);
}

#[test]
fn a_reboot_whose_answer_was_lost_is_seen_by_what_it_cleared() {
    let lost = |seconds| {
        let moving = incident_of("box").moving(Reboot).registered("web").seconds_ago(seconds);
        world().with(standalone("box")).with(moving).targets("web")
    };
    check(lost(89), &enforcing(), ["box waits: intent_in_doubt"]);
    check(lost(90), &enforcing(), ["box turns back moved: runs_again"]);
}

#[test]
fn after_a_reboot_it_passes_every_check_before_it_serves() {
    let back = |incident: IncidentBuilder, status| {
        let booting = standalone("box").but(|it| it.instance_status = status);
        away(booting, incident.registered("web")).targets("web")
    };
    let rebooted = || incident_of("box").struck(Reboot, Returns::Moved).minutes_ago(5).taken(280);
    let waits = ["box waits: waiting_for_checks box"];
    check(back(rebooted(), CheckStatus::Initializing), &enforcing(), waits);
    let registers = ["box registers: waits_for_its_place"];
    check(back(rebooted(), CheckStatus::Ok), &enforcing(), registers);
}
