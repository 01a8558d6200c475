//! Instances that carry our mark while the ledger knows nothing of them: it was lost. They are
//! brought back, unless anybody could have written the mark.

use shared::ledger::Returns;
use shared::plan::InPlace::StopStart;
use shared::policy::Ceilings;
use shared::testing::builders::{
    InstanceBuilder, WorldBuilder, enforcing, group, incident_of, key, reboot_of, standalone,
    unhurried, world,
};
use shared::world::{InstanceState, TargetState};

use super::check;

const ADOPTED: [&str; 1] = ["box is adopted: found_by_its_mark"];

/// Marked by us for its first event.
fn marked(instance: InstanceBuilder, name: &str) -> InstanceBuilder {
    let event = key(name).event;
    instance.tagged("incident", event.as_str())
}

fn alone(instance: InstanceBuilder) -> WorldBuilder {
    world().with(marked(instance, "box"))
}

#[test]
fn found_by_its_mark_in_any_state_in_which_it_may_still_run() {
    use InstanceState::{Pending, Running, Stopped, Stopping};
    for state in [Pending, Running, Stopping, Stopped] {
        check(alone(standalone("box").state(state)), &enforcing(), ADOPTED);
    }
}

#[test]
fn found_by_its_mark_whatever_mode_and_switch_say() {
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    for mode in ["off", "observe", "nonsense", "enforce"] {
        check(alone(standalone("box").tagged("mode", mode)), &stopped, ADOPTED);
    }
}

#[test]
fn mark_not_believed_where_the_stack_may_take_nothing_out() {
    let observing = Ceilings::default();
    let stopped = standalone("box").state(InstanceState::Stopped);
    check(alone(stopped), &observing, ["box holds: mark_not_believed"]);
    let event = reboot_of("box").in_hours(20);
    check(alone(standalone("box")).with(event), &observing, ["box proposes stop_start: observe"]);
}

#[test]
fn its_event_waits_for_it_and_so_does_any_other() {
    let fleet = alone(standalone("box")).with(reboot_of("box").in_hours(20));
    let fleet = fleet.with(reboot_of("box").nth(2).in_hours(19));
    let rows = [ADOPTED[0], "box (event 2) waits: other_event_first"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn a_member_in_standby_is_found_by_its_groups_word() {
    let web = group("web").members(6).standby("web-1");
    let web = web.member("web-1", |it| marked(it, "web-1"));
    check(world().with(web.clone()), &enforcing(), ["web-1 is adopted: found_by_its_mark"]);
    check(world().with(web.not_opted_in()), &enforcing(), []);
}

#[test]
fn a_mark_on_an_instance_without_a_mode_is_not_ours() {
    let bare = standalone("box").but(|it| drop(it.tags.remove("reberth:mode")));
    check(alone(bare), &enforcing(), []);
}

#[test]
fn a_mark_that_is_no_event_is_not_ours() {
    check(world().with(standalone("box").tagged("incident", "")), &enforcing(), []);
}

#[test]
fn what_has_ended_is_not_brought_back() {
    for ended in [InstanceState::ShuttingDown, InstanceState::Terminated] {
        check(alone(standalone("box").state(ended)), &enforcing(), []);
    }
}

#[test]
fn an_instance_that_the_ledger_knows_is_decided_by_the_ledger() {
    let known = alone(standalone("box")).with(incident_of("box").back(StopStart).minutes_ago(5));
    check(known, &enforcing(), ["box waits: waiting_for_ten_minutes"]);
    let by_another = marked(standalone("box"), "crate");
    let by_another = world().with(by_another).with(incident_of("box").unmarked());
    check(by_another, &enforcing(), ["box closes as cleared: event_over"]);
}

#[test]
fn adopted_it_is_started_passes_every_check_and_leaves_standby() {
    let adopted = || {
        let incident = incident_of("web-1").returning(StopStart, Returns::Moved).forgotten();
        incident.minutes_ago(5)
    };
    let web = |state| {
        let web = group("web").members(6).standby("web-1").behind("web");
        world().with(web.member("web-1", |it| it.state(state))).with(adopted())
    };
    check(web(InstanceState::Stopped), &enforcing(), ["web-1 starts: stopped"]);
    let runs = ["web-1 exits standby: waits_for_its_place"];
    check(web(InstanceState::Running), &enforcing(), runs);
    let serves = world().with(group("web").members(6).behind("web")).with(adopted());
    let serves = serves.target("web", "web-1", TargetState::Healthy);
    check(serves, &enforcing(), ["web-1 records return, unwanted: serves_again"]);
}

#[test]
fn adopted_it_has_moved_where_it_was_launched_lately_and_is_decided_anew_otherwise() {
    let launched = |minutes| {
        let adopted = incident_of("box").returning(StopStart, Returns::Moved).forgotten();
        let instance = standalone("box").launched_minutes_ago(minutes);
        world().with(instance).with(adopted.minutes_ago(5))
    };
    check(launched(89), &enforcing(), ["box records return, moved: serves_again"]);
    check(launched(90), &enforcing(), ["box records return, unwanted: serves_again"]);
}

#[test]
fn adopted_and_alone_it_serves_as_soon_as_it_is_well() {
    let adopted = || incident_of("box").returning(StopStart, Returns::Moved).forgotten();
    let stopped = standalone("box").state(InstanceState::Stopped);
    let stopped = world().with(stopped).with(adopted().minutes_ago(5));
    check(stopped, &enforcing(), ["box starts: stopped"]);
    let failing = world().with(standalone("box").impaired()).with(adopted().minutes_ago(5));
    check(failing, &enforcing(), ["box waits: waiting_for_checks box"]);
    let well = world().with(standalone("box")).with(adopted().minutes_ago(5));
    check(well, &enforcing(), ["box records return, unwanted: serves_again"]);
}
