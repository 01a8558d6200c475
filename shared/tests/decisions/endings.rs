//! How an incident ends: verified, on a bad host, taken back, cleared, forced, gone.

use shared::plan::Order;
use shared::testing::builders::{
    GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group, in_minutes,
    incident_of, reboot_of, retirement_of, world,
};
use shared::world::InstanceState;

use super::check;

fn six() -> GroupBuilder {
    group("web").members(6)
}

/// Member 7 has served in place of member 1 for so many minutes.
fn served(minutes: i64) -> WorldBuilder {
    let web = six().without("web-1").joined("web-7");
    world().with(web).with(incident_of("web-1").served_by("web-7").minutes_ago(minutes))
}

fn served_and_clean(minutes: i64) -> WorldBuilder {
    let web = six().without("web-1").joined("web-7");
    let clean = incident_of("web-1").served_by("web-7").minutes_ago(minutes).clean_at_ten();
    world().with(web).with(clean)
}

/// A group of which a member was marked unhealthy so that another is launched first.
fn marked(minutes: i64) -> (GroupBuilder, IncidentBuilder) {
    let web = six().launching_first(150).member("web-1", InstanceBuilder::unhealthy);
    (web, incident_of("web-1").replacing(Order::LaunchFirst).minutes_ago(minutes))
}

fn seen(group: GroupBuilder) -> WorldBuilder {
    world().with(group).with(incident_of("web-1").dated(in_minutes(600)))
}

fn seen_past_its_date(group: GroupBuilder) -> WorldBuilder {
    world().with(group).with(incident_of("web-1").dated(in_minutes(-30)))
}

#[test]
fn still_clean_at_ten_minutes_and_verified_at_sixty() {
    check(served(9), &enforcing(), ["web-1 waits: waiting_for_ten_minutes"]);
    check(served(10), &enforcing(), ["web-1 records a clean host: still_clean web-7"]);
    check(served_and_clean(59), &enforcing(), ["web-1 waits: waiting_for_sixty_minutes"]);
    check(served_and_clean(60), &enforcing(), ["web-1 closes as moved: verified web-7"]);
}

#[test]
fn a_look_that_comes_late_still_wants_two_clean_ones() {
    check(served(90), &enforcing(), ["web-1 records a clean host: still_clean web-7"]);
}

#[test]
fn bad_host_ends_in_the_next_attempt() {
    for clean in [served(5), served(10), served_and_clean(60)] {
        let rows =
            ["web-1 closes as moved_again: bad_host web-7", "web-7 holds: cool_off 01 13:00"];
        check(clean.with(retirement_of("web-7")), &enforcing(), rows);
    }
}

#[test]
fn a_replacement_with_an_event_that_is_over_is_clean() {
    for over in [reboot_of("web-7").completed(), reboot_of("web-7").canceled()] {
        let fleet = served_and_clean(60).with(over);
        check(fleet, &enforcing(), ["web-1 closes as moved: verified web-7"]);
    }
}

#[test]
fn no_positive_look_closes_nothing() {
    let web = six().without("web-1").joined("web-7");
    let silent = web.member("web-7", InstanceBuilder::not_looked_at);
    let clean = incident_of("web-1").served_by("web-7").minutes_ago(60).clean_at_ten();
    let fleet = world().with(silent).with(clean);
    check(fleet, &enforcing(), ["web-1 waits: no_positive_look"]);
    check(
        served_and_clean(60).silent_about("web-7"),
        &enforcing(),
        ["web-1 waits: no_positive_look"],
    );
}

#[test]
fn no_positive_look_keeps_what_was_only_seen() {
    check(seen(six()).silent_about("web-1"), &enforcing(), ["web-1 waits: no_positive_look"]);
    let unread = six().member("web-1", InstanceBuilder::not_looked_at);
    check(seen(unread), &enforcing(), ["web-1 waits: no_positive_look"]);
}

#[test]
fn instance_gone_is_moved_all_the_same_when_the_replacement_left_in_its_turn() {
    let web = six().without("web-1").joined("web-7").without("web-7");
    let fleet = world().with(web).with(incident_of("web-1").served_by("web-7").minutes_ago(30));
    check(fleet, &enforcing(), ["web-1 closes as moved: instance_gone"]);
}

#[test]
fn launch_first_did_not_launch_within_ten_minutes_is_taken_back() {
    let waits = |minutes| {
        let (web, incident) = marked(minutes);
        world().with(web).with(reboot_of("web-1")).with(incident)
    };
    check(waits(9), &enforcing(), ["web-1 waits: launching"]);
    check(waits(10), &enforcing(), ["web-1 takes back: launch_first_did_not_launch"]);
}

#[test]
fn launch_first_did_not_launch_where_somebody_took_the_mark_away_again() {
    let (_, incident) = marked(10);
    let unmarked = six().launching_first(150);
    let fleet = world().with(unmarked).with(reboot_of("web-1")).with(incident);
    check(fleet, &enforcing(), ["web-1 takes back: launch_first_did_not_launch"]);
}

#[test]
fn group_scaled_in_where_nothing_came_and_nothing_is_missing() {
    let left = |desired, minutes| {
        let web = six().without("web-1").desired(desired);
        let replacing = incident_of("web-1").replacing(Order::TerminateFirst);
        world().with(web).with(replacing.minutes_ago(minutes))
    };
    check(left(5, 10), &enforcing(), ["web-1 closes as cleared: group_scaled_in"]);
    check(left(5, 9), &enforcing(), ["web-1 waits: launching"]);
    check(left(6, 600), &enforcing(), ["web-1 waits: launching"]);
    let silent = left(6, 600).silent_about("web-1");
    check(silent, &enforcing(), ["web-1 waits: launching"]);
}

#[test]
fn nothing_happened_where_auto_scaling_took_the_call_and_let_the_member_serve() {
    let serves = |minutes| {
        let replacing = incident_of("web-1").replacing(Order::TerminateFirst);
        world().with(six()).with(reboot_of("web-1")).with(replacing.minutes_ago(minutes))
    };
    check(serves(9), &enforcing(), ["web-1 waits: launching"]);
    check(serves(10), &enforcing(), ["web-1 withdraws: nothing_happened"]);
}

#[test]
fn launch_first_that_launched_is_not_taken_back() {
    let (web, incident) = marked(30);
    let fleet = world().with(web.joined("web-7")).with(reboot_of("web-1")).with(incident);
    check(fleet, &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn event_over_before_anything_was_launched_is_taken_back() {
    let (web, incident) = marked(1);
    let canceled = reboot_of("web-1").canceled();
    let fleet = world().with(web).with(canceled).with(incident);
    check(fleet, &enforcing(), ["web-1 takes back, cleared: event_over"]);
}

#[test]
fn silence_about_an_event_is_no_reason_to_take_back() {
    let (web, incident) = marked(1);
    let silent = world().with(web).with(incident).silent_about("web-1");
    check(silent, &enforcing(), ["web-1 waits: launching"]);
}

#[test]
fn event_over_after_the_launch_goes_on_as_it_began() {
    let (web, incident) = marked(1);
    let web = web.joined("web-7").member("web-7", |it| it.lifecycle("Pending"));
    let fleet = world().with(web).with(reboot_of("web-1").canceled()).with(incident);
    check(fleet, &enforcing(), ["web-1 waits: launching"]);
}

#[test]
fn event_over_while_an_intent_is_in_doubt_waits_for_the_doubt_to_end() {
    let intended =
        |seconds| incident_of("web-1").intended(Order::TerminateFirst).seconds_ago(seconds);
    let fleet = |seconds| world().with(six()).with(intended(seconds));
    check(fleet(89), &enforcing(), ["web-1 waits: intent_in_doubt"]);
    check(fleet(90), &enforcing(), ["web-1 closes as cleared: event_over"]);
}

#[test]
fn event_over_clears_what_was_only_seen() {
    let rows = ["web-1 closes as cleared: event_over"];
    check(seen(six()), &enforcing(), rows);
    check(seen(six()).with(reboot_of("web-1").canceled()), &enforcing(), rows);
    let early = reboot_of("web-1").completed().in_hours(10);
    check(seen(six()).with(early), &enforcing(), rows);
}

#[test]
fn aws_acted_first_when_the_date_came() {
    let rows = ["web-1 closes as forced: aws_acted_first"];
    check(seen_past_its_date(six()), &enforcing(), rows);
    let rebooted = reboot_of("web-1").completed().in_minutes(-30);
    check(seen_past_its_date(six()).with(rebooted), &enforcing(), rows);
    let terminated = six().without("web-1");
    check(seen_past_its_date(terminated), &enforcing(), rows);
    let on_time = world().with(six()).with(incident_of("web-1").dated(in_minutes(0)));
    check(on_time, &enforcing(), rows);
}

#[test]
fn an_event_without_a_date_is_never_forced() {
    let undated = |group| world().with(group).with(incident_of("web-1"));
    check(undated(six()), &enforcing(), ["web-1 closes as cleared: event_over"]);
    let left = undated(six().without("web-1"));
    check(left, &enforcing(), ["web-1 closes as gone: instance_gone"]);
}

#[test]
fn an_event_called_off_on_its_date_is_cleared_and_not_forced() {
    let canceled = reboot_of("web-1").canceled().in_minutes(-30);
    let fleet = seen_past_its_date(six()).with(canceled);
    check(fleet, &enforcing(), ["web-1 closes as cleared: event_over"]);
}

#[test]
fn instance_gone_before_its_date_without_us() {
    check(seen(six().without("web-1")), &enforcing(), ["web-1 closes as gone: instance_gone"]);
    let dying = six().member("web-1", |it| it.state(InstanceState::ShuttingDown));
    check(seen(dying), &enforcing(), ["web-1 closes as gone: instance_gone"]);
}

/// What is decided when the group of an incident exists no more.
fn without_its_group(fleet: WorldBuilder) -> Vec<String> {
    let mut fleet = fleet.build();
    fleet.groups.clear();
    let plans = shared::decide::decide(&fleet, &enforcing());
    plans.iter().map(|plan| super::lines::of(&fleet, plan)).collect()
}

#[test]
fn group_being_deleted_under_an_act_ends_it() {
    let replacing = incident_of("web-1").replacing(Order::TerminateFirst).minutes_ago(5);
    let lines = without_its_group(world().with(six()).with(replacing));
    assert_eq!(lines, ["web-1 closes as gone: group_being_deleted"]);
}

#[test]
fn instance_gone_with_its_group_was_moved_all_the_same() {
    let lines = without_its_group(served(30).silent_about("web-7"));
    assert_eq!(lines, ["web-1 closes as moved: instance_gone"]);
}
