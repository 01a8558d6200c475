//! Riding: a member waits in standby, a standalone instance out of its target groups, while AWS
//! does its work; on time, early, late, at another date, or not at all.

use shared::ledger::Returns;
use shared::plan::InPlace::Ride;
use shared::testing::builders::{
    EventBuilder, GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group,
    in_minutes, incident_of, maintenance_of, reboot_of, retirement_of, standalone, stop_of, world,
};
use shared::world::{CheckStatus, InstanceState, TargetState};

use super::check;

/// A group of which a member with instance-store data is in standby.
fn aside() -> GroupBuilder {
    let web = group("web").members(6).standby("web-1");
    web.member("web-1", InstanceBuilder::with_instance_store)
}

/// It was seen in standby ten minutes ago, for a date that was ten minutes ahead of now.
fn riding() -> IncidentBuilder {
    incident_of("web-1").leaving(Ride).minutes_ago(12).aside(10).for_date(in_minutes(10))
}

fn rides(event: EventBuilder) -> WorldBuilder {
    world().with(aside()).with(event).with(riding())
}

fn differs(
    change: impl FnOnce(InstanceBuilder) -> InstanceBuilder,
    event: EventBuilder,
) -> WorldBuilder {
    world().with(aside().member("web-1", change)).with(event).with(riding())
}

const DONE: [&str; 1] = ["web-1 turns back moved: aws_is_done"];

#[test]
fn stood_aside_once_it_is_seen_in_standby() {
    let leaving = |web: GroupBuilder, seconds| {
        let leaving = incident_of("web-1").leaving(Ride).seconds_ago(seconds);
        world().with(web).with(maintenance_of("web-1").in_minutes(20)).with(leaving)
    };
    let six = || group("web").members(6);
    check(leaving(six(), 89), &enforcing(), ["web-1 waits: intent_in_doubt"]);
    check(leaving(six(), 90), &enforcing(), ["web-1 opens ride again: tried_again"]);
    let entering = six().member("web-1", |it| it.lifecycle("EnteringStandby")).desired(5);
    check(leaving(entering, 30), &enforcing(), ["web-1 waits: waiting_for_drain"]);
    let stood = ["web-1 records standing aside: stood_aside"];
    check(leaving(aside(), 30), &enforcing(), stood);
}

#[test]
fn waiting_for_aws_until_it_has_done_its_work() {
    let waits = ["web-1 waits: waiting_for_aws 01 12:10"];
    check(rides(maintenance_of("web-1").in_minutes(10)), &enforcing(), waits);
    let late = ["web-1 waits: waiting_for_aws 01 09:00"];
    check(rides(maintenance_of("web-1").in_hours(-3)), &enforcing(), late);
}

#[test]
fn aws_is_done_on_time() {
    let date = || maintenance_of("web-1").in_minutes(-5);
    check(rides(date().completed()), &enforcing(), DONE);
    check(rides(date().ending_in_minutes(0)), &enforcing(), DONE);
    let under_way = ["web-1 waits: waiting_for_aws 01 11:55"];
    check(rides(date().ending_in_minutes(1)), &enforcing(), under_way);
    for minutes in [0, -5] {
        let vanished = world().with(aside()).with(riding().dated(in_minutes(minutes)));
        check(vanished, &enforcing(), DONE);
    }
}

#[test]
fn aws_is_done_early() {
    let early = maintenance_of("web-1").in_minutes(10).completed();
    check(rides(early), &enforcing(), DONE);
}

#[test]
fn what_aws_did_for_another_event_is_not_what_it_waits_for() {
    let other = reboot_of("web-1").nth(2).completed();
    let waits = ["web-1 waits: waiting_for_aws 01 12:10"];
    check(rides(maintenance_of("web-1").in_minutes(10)).with(other), &enforcing(), waits);
}

#[test]
fn stopped_early_by_aws_or_anybody_it_has_to_run_again() {
    for event in [stop_of, retirement_of, reboot_of] {
        let seen = |state| differs(|it| it.state(state), event("web-1").in_minutes(10));
        let stopped = seen(InstanceState::Stopped);
        check(stopped, &enforcing(), ["web-1 turns back moved: stopped"]);
        check(seen(InstanceState::Stopping), &enforcing(), ["web-1 waits: stopping"]);
        check(seen(InstanceState::Pending), &enforcing(), ["web-1 waits: starting"]);
        let anew = differs(|it| it.launched_minutes_ago(1), event("web-1").in_minutes(10));
        check(anew, &enforcing(), ["web-1 turns back moved: runs_again"]);
    }
}

#[test]
fn event_over_without_any_work_of_aws_turns_it_back_as_it_was() {
    let back = ["web-1 turns back unwanted: event_over"];
    check(rides(maintenance_of("web-1").in_minutes(10).canceled()), &enforcing(), back);
    let vanished = world().with(aside()).with(riding().dated(in_minutes(10)));
    check(vanished, &enforcing(), back);
    check(rides(maintenance_of("web-1").in_minutes(-10).canceled()), &enforcing(), back);
}

#[test]
fn a_date_moved_earlier_is_waited_for_where_it_stands() {
    let earlier = |minutes| rides(maintenance_of("web-1").in_minutes(minutes));
    check(earlier(2), &enforcing(), ["web-1 waits: waiting_for_aws 01 12:02"]);
    let past = maintenance_of("web-1").in_minutes(-1).ending_in_minutes(-1);
    check(rides(past), &enforcing(), DONE);
}

#[test]
fn date_moved_later_by_more_than_it_takes_to_stand_aside_lets_it_serve_until_then() {
    for (minutes, row) in [
        (40, "web-1 waits: waiting_for_aws 01 12:40"),
        (41, "web-1 turns back unwanted: date_moved 01 12:41"),
        (3 * 24 * 60, "web-1 turns back unwanted: date_moved 04 12:00"),
    ] {
        check(rides(maintenance_of("web-1").in_minutes(minutes)), &enforcing(), [row]);
    }
    for (minutes, row) in [
        (25, "web-1 waits: waiting_for_aws 01 12:25"),
        (30, "web-1 waits: waiting_for_aws 01 12:30"),
        (31, "web-1 turns back unwanted: date_moved 01 12:31"),
    ] {
        let past = riding().for_date(in_minutes(-10));
        let date = maintenance_of("web-1").in_minutes(minutes);
        check(world().with(aside()).with(date).with(past), &enforcing(), [row]);
    }
}

#[test]
fn a_date_that_is_taken_away_is_waited_for() {
    let undated = rides(maintenance_of("web-1").undated());
    check(undated, &enforcing(), ["web-1 waits: no_date"]);
}

#[test]
fn silence_of_ec2_ends_no_ride() {
    let date = || maintenance_of("web-1").in_minutes(-5);
    let unread = |it: InstanceBuilder| it.but(|i| (i.status_read, i.events) = (false, Vec::new()));
    let waits = ["web-1 waits: waiting_for_aws 01 11:55"];
    let fleet = world().with(aside().member("web-1", unread));
    check(fleet.with(riding().dated(in_minutes(-5))), &enforcing(), waits);
    let silent = rides(date()).silent_about("web-1");
    check(silent, &enforcing(), ["web-1 waits: no_positive_look"]);
}

#[test]
fn what_it_says_of_its_life_before_is_forgotten_until_aws_acts() {
    let says = |value: &str, minutes| {
        let web = aside().tagged("ready", "tag").member("web-1", |it| it.tagged("is-ready", value));
        let date = reboot_of("web-1").in_minutes(minutes);
        world().with(web).with(date).with(riding().said_ready())
    };
    let forgets = ["web-1 forgets readiness: of_its_life_before"];
    check(says("true", 10), &enforcing(), forgets);
    check(says("no", 10), &enforcing(), ["web-1 waits: waiting_for_aws 01 12:10"]);
    check(says("true", 0), &enforcing(), ["web-1 waits: waiting_for_aws 01 12:00"]);
    let ready =
        || aside().tagged("ready", "tag").member("web-1", |it| it.tagged("is-ready", "true"));
    let waits = ["web-1 waits: waiting_for_aws 01 12:10"];
    let said_again = riding().said_ready().ready_forgotten();
    let early = world().with(ready()).with(reboot_of("web-1").in_minutes(10)).with(said_again);
    check(early, &enforcing(), waits);
    let late = world().with(ready()).with(reboot_of("web-1").in_minutes(10)).with(riding());
    check(late, &enforcing(), forgets);
    let blip = world().with(ready()).with(maintenance_of("web-1").in_minutes(10)).with(riding());
    check(blip, &enforcing(), waits);
}

#[test]
fn what_it_says_between_two_reboots_of_aws_is_forgotten_before_the_second() {
    let another = |minutes| {
        let web = aside().member("web-1", |it| it.tagged("is-ready", "true"));
        let first = reboot_of("web-1").in_minutes(-10);
        let away = riding().said_ready().ready_forgotten();
        let second = reboot_of("web-1").nth(2).in_minutes(minutes);
        world().with(web).with(first).with(second).with(away)
    };
    let waits = "web-1 (event 2) waits: other_event_first";
    for (minutes, row) in [
        (30, "web-1 forgets readiness: of_its_life_before"),
        (31, "web-1 waits: waiting_for_aws 01 11:50"),
        (0, "web-1 waits: waiting_for_aws 01 11:50"),
    ] {
        check(another(minutes), &enforcing(), [row, waits]);
    }
}

#[test]
fn after_the_ride_it_passes_every_check_and_leaves_standby() {
    let back = |change: fn(InstanceBuilder) -> InstanceBuilder| {
        let returning = incident_of("web-1").returning(Ride, Returns::Moved).minutes_ago(40);
        let web = aside().member("web-1", change);
        world().with(web).with(maintenance_of("web-1").completed()).with(returning)
    };
    let booting = back(|it| it.but(|i| i.instance_status = CheckStatus::Initializing));
    check(booting, &enforcing(), ["web-1 waits: waiting_for_checks web-1"]);
    let stopped = back(|it| it.state(InstanceState::Stopped));
    check(stopped, &enforcing(), ["web-1 starts: stopped"]);
    check(back(|it| it), &enforcing(), ["web-1 exits standby: waits_for_its_place"]);
    let serves = group("web").members(6);
    let returning = incident_of("web-1").returning(Ride, Returns::Moved).minutes_ago(40);
    let fleet = world().with(serves).with(maintenance_of("web-1").completed()).with(returning);
    check(fleet, &enforcing(), ["web-1 records return, moved: serves_again"]);
}

#[test]
fn half_way_into_standby_there_is_no_way_back_yet() {
    let web = group("web").members(6).member("web-1", |it| it.lifecycle("EnteringStandby"));
    let returning = incident_of("web-1").returning(Ride, Returns::Unwanted).minutes_ago(2);
    let fleet = world().with(web.desired(5)).with(maintenance_of("web-1")).with(returning);
    check(fleet, &enforcing(), ["web-1 waits: coming_back"]);
}

/// A standalone instance that is to ride, ten minutes before AWS's date.
fn alone(instance: InstanceBuilder, event: EventBuilder) -> WorldBuilder {
    world().with(instance.tagged("relaunch", "ride")).with(event.in_minutes(10))
}

#[test]
fn rides_where_it_is_what_nothing_knows_and_nothing_stops() {
    let stays = ["box waits: rides_where_it_is"];
    for event in [maintenance_of, reboot_of] {
        check(alone(standalone("box"), event("box")), &enforcing(), stays);
        let by_address = standalone("box").known_by_address("web");
        check(alone(by_address, event("box")), &enforcing(), stays);
    }
}

#[test]
fn rides_where_it_is_keeps_no_other_event_of_its_instance_waiting() {
    let known = maintenance_of("box").seen_minutes_ago(600);
    let fleet = alone(standalone("box"), known).with(maintenance_of("box").nth(2).in_minutes(20));
    let both = ["box waits: rides_where_it_is", "box (event 2) waits: rides_where_it_is"];
    check(fleet, &enforcing(), both);
}

#[test]
fn what_can_be_registered_again_or_must_be_started_again_is_taken_along() {
    let opens = ["box opens ride: due"];
    let registered = standalone("box").registered("web").known_by_address("api");
    check(alone(registered, maintenance_of("box")), &enforcing(), opens);
    for event in [stop_of, retirement_of] {
        check(alone(standalone("box"), event("box")), &enforcing(), opens);
    }
}

#[test]
fn what_would_hold_a_stop_does_not_hold_a_ride() {
    let odd = standalone("box").registered("web").behind_classic("old").with_instance_store();
    let odd = odd.but(|it| (it.auto_assigned_address, it.stop_protected) = (true, Some(true)));
    let fleet = alone(odd, maintenance_of("box")).busy("box", 600);
    check(fleet, &enforcing(), ["box opens ride: due"]);
}

#[test]
fn a_protected_and_busy_member_stands_aside_all_the_same() {
    let web = group("web").members(6).member("web-1", InstanceBuilder::protected);
    let fleet = world().with(web).with(maintenance_of("web-1").in_minutes(20));
    check(fleet.busy("web-1", 600), &enforcing(), ["web-1 opens ride: due"]);
}

#[test]
fn lived_through_where_a_standalone_instance_ran_on() {
    let before = || incident_of("box").dated(in_minutes(-30));
    let over = || maintenance_of("box").in_minutes(-30).completed();
    let ran = world().with(standalone("box")).with(over()).with(before());
    check(ran, &enforcing(), ["box closes as ridden: lived_through"]);
    let stopped = standalone("box").state(InstanceState::Stopped);
    let stopped = world().with(stopped).with(over()).with(before());
    check(stopped, &enforcing(), ["box closes as forced: aws_acted_first"]);
    let rebooted = reboot_of("box").in_minutes(-30).completed();
    let rebooted = world().with(standalone("box")).with(rebooted).with(before());
    check(rebooted, &enforcing(), ["box closes as forced: aws_acted_first"]);
    let member = maintenance_of("web-1").in_minutes(-30).completed();
    let past = incident_of("web-1").dated(in_minutes(-30));
    let member = world().with(group("web").members(6)).with(member).with(past);
    check(member, &enforcing(), ["web-1 closes as forced: aws_acted_first"]);
}

#[test]
fn a_standalone_instance_stands_aside_out_of_its_target_groups() {
    let leaving = || incident_of("box").leaving(Ride).registered("web").seconds_ago(30);
    let left = || alone(standalone("box").registered("web"), maintenance_of("box")).with(leaving());
    let draining = left().target("web", "box", TargetState::Draining);
    check(draining, &enforcing(), ["box waits: waiting_for_drain"]);
    check(left().targets("web"), &enforcing(), ["box records standing aside: stood_aside"]);
    check(left(), &enforcing(), ["box waits: waiting_for_drain"]);
}

#[test]
fn what_it_says_of_its_life_before_is_forgotten_while_its_last_requests_are_answered() {
    let draining = |minutes| {
        let leaving = incident_of("box").leaving(Ride).registered("web").seconds_ago(30);
        let says = standalone("box").registered("web").tagged("is-ready", "true");
        world()
            .with(says.tagged("relaunch", "ride").tagged("ready", "tag"))
            .with(reboot_of("box").in_minutes(minutes))
            .with(leaving.said_ready())
            .target("web", "box", TargetState::Draining)
    };
    check(draining(4), &enforcing(), ["box forgets readiness: of_its_life_before"]);
    check(draining(0), &enforcing(), ["box waits: waiting_for_drain"]);
}

#[test]
fn too_many_at_once_are_told_days_before_and_all_who_fit_wait_for_their_time() {
    let fleet = |web: GroupBuilder, minutes: i64| {
        let fleet = world().with(web).with(maintenance_of("web-1").in_days(3));
        let second = maintenance_of("web-2").in_minutes(3 * 24 * 60 + minutes);
        fleet.with(second)
    };
    let six = || group("web").members(6).between(4, 9);
    let fits = "web-1 holds: aside_from 04 11:30";
    let told = "web-2 holds: too_many_at_once";
    check(fleet(six(), 0), &enforcing(), [fits, told]);
    check(fleet(six(), 89), &enforcing(), [fits, told]);
    check(fleet(six(), 90), &enforcing(), [fits, "web-2 holds: aside_from 04 13:00"]);
    let two = six().tagged("max-unavailable", "2");
    check(fleet(two, 0), &enforcing(), [fits, "web-2 holds: aside_from 04 11:30"]);
    let pinned = group("web").members(6).between(5, 9).tagged("max-unavailable", "2");
    check(fleet(pinned, 0), &enforcing(), [fits, told]);
}
