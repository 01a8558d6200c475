//! When a plan wants its next look. Whatever says nothing waits for the sweep.

use shared::decide::decide;
use shared::ledger::Returns;
use shared::plan::InPlace::{Reboot, Ride, StopStart};
use shared::plan::Order;
use shared::testing::builders::{
    GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, group, in_minutes, incident_of,
    key, maintenance_of, now, reboot_of, standalone, unhurried, world,
};
use shared::world::InstanceState;

const SECONDS: i64 = 1;
const MINUTES: i64 = 60;

/// The next look for the first event of this instance, in seconds from now.
fn next_look(fleet: WorldBuilder, name: &str) -> Option<i64> {
    let plans = decide(&fleet.build(), &unhurried());
    let plan = plans.into_iter().find(|plan| plan.key == key(name)).expect("a plan");
    plan.look_again.map(|at| at.duration_since(now()).as_secs())
}

fn six() -> GroupBuilder {
    group("web").members(6)
}

fn scheduled(web: GroupBuilder) -> WorldBuilder {
    world().with(web).with(reboot_of("web-1"))
}

fn away(incident: IncidentBuilder, state: InstanceState) -> WorldBuilder {
    let fleet = world().with(standalone("box").state(state)).with(incident);
    fleet.with(reboot_of("box").in_hours(20)).targets("web")
}

#[test]
fn an_act_under_way_is_watched_every_minute() {
    let leaving = six().member("web-1", |it| it.lifecycle("Terminating"));
    let replacing = incident_of("web-1").replacing(Order::TerminateFirst).minutes_ago(2);
    assert_eq!(next_look(scheduled(leaving).with(replacing), "web-1"), Some(MINUTES));
    let stopping = incident_of("box").moving(StopStart).minutes_ago(2);
    assert_eq!(next_look(away(stopping, InstanceState::Stopping), "box"), Some(MINUTES));
    let back = incident_of("box").struck(StopStart, Returns::Moved).minutes_ago(2);
    assert_eq!(next_look(away(back, InstanceState::Stopped), "box"), Some(MINUTES));
}

#[test]
fn what_follows_at_once_follows_within_seconds() {
    let stopped = incident_of("box").moving(StopStart).minutes_ago(2);
    assert_eq!(next_look(away(stopped, InstanceState::Stopped), "box"), Some(5 * SECONDS));
    let out = incident_of("box").leaving(StopStart).registered("web").minutes_ago(2);
    assert_eq!(next_look(away(out, InstanceState::Running), "box"), Some(5 * SECONDS));
}

#[test]
fn an_opening_is_watched_as_soon_as_it_can_show() {
    assert_eq!(next_look(scheduled(six()), "web-1"), Some(5 * MINUTES));
    let soon = world().with(standalone("box")).with(reboot_of("box").in_hours(20));
    assert_eq!(next_look(soon, "box"), Some(MINUTES));
}

#[test]
fn a_ride_looks_again_at_the_date_and_then_every_five_minutes() {
    let riding = |minutes| {
        let web = six().standby("web-1");
        let aside = incident_of("web-1").leaving(Ride).minutes_ago(20).aside(15);
        let date = maintenance_of("web-1").in_minutes(minutes);
        world().with(web).with(date).with(aside.for_date(in_minutes(minutes)))
    };
    assert_eq!(next_look(riding(12), "web-1"), Some(12 * MINUTES));
    assert_eq!(next_look(riding(5), "web-1"), Some(5 * MINUTES));
    assert_eq!(next_look(riding(-7), "web-1"), Some(5 * MINUTES));
}

#[test]
fn the_two_clean_looks_come_ten_and_sixty_minutes_after_it_serves() {
    let served = |minutes| {
        let web = six().without("web-1").joined("web-7");
        world().with(web).with(incident_of("web-1").served_by("web-7").minutes_ago(minutes))
    };
    assert_eq!(next_look(served(3), "web-1"), Some(7 * MINUTES));
    assert_eq!(next_look(served(10), "web-1"), Some(50 * MINUTES));
}

#[test]
fn what_ec2_lists_on_is_read_every_five_minutes() {
    let back = incident_of("box").back(Reboot).minutes_ago(15);
    assert_eq!(next_look(away(back, InstanceState::Running), "box"), Some(5 * MINUTES));
}

#[test]
fn a_hold_that_another_act_may_lift_is_looked_at_in_five_minutes() {
    let two = scheduled(six()).with(reboot_of("web-2"));
    assert_eq!(next_look(two, "web-2"), Some(5 * MINUTES));
    let first_alone = six().unproven().tagged("max-unavailable", "2");
    let two = scheduled(first_alone).with(reboot_of("web-2"));
    assert_eq!(next_look(two, "web-2"), Some(5 * MINUTES));
}

#[test]
fn a_hold_with_an_end_is_looked_at_then_and_any_other_by_the_sweep() {
    assert_eq!(next_look(scheduled(six()).busy("web-1", 30), "web-1"), Some(30 * MINUTES));
    let told = scheduled(six()).told_over("web-1");
    assert_eq!(next_look(told, "web-1"), Some(60 * MINUTES));
    let refused = scheduled(six()).with(incident_of("web-1").resting(25));
    assert_eq!(next_look(refused, "web-1"), Some(25 * MINUTES));
    let protected = six().member("web-1", InstanceBuilder::protected);
    assert_eq!(next_look(scheduled(protected), "web-1"), None);
}
