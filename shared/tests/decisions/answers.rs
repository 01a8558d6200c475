//! Which answer clears which event of which instance, were nothing in the way.

use shared::plan::{Answer, Order};
use shared::testing::builders::{
    EventBuilder, GroupBuilder, InstanceBuilder, enforcing, event_of, group, instance_reboot_of,
    maintenance_of, reboot_of, retirement_of, standalone, stop_of, world,
};
use shared::world::{EventCode, MaintenancePolicy, Tenancy};

use super::check;

fn member(group: GroupBuilder, event: EventBuilder, row: &str) {
    check(world().with(group).with(event.seen_minutes_ago(120)), &enforcing(), [row]);
}

/// A standalone instance within the last day before AWS's date.
fn alone(instance: InstanceBuilder, event: EventBuilder, row: &str) {
    let event = event.in_hours(20).seen_minutes_ago(120);
    check(world().with(instance).with(event), &enforcing(), [row]);
}

fn six() -> GroupBuilder {
    group("web").members(6)
}

const EVERY: [fn(&str) -> EventBuilder; 4] =
    [retirement_of, stop_of, reboot_of, instance_reboot_of];

#[test]
fn replace_terminates_first_for_retirement_stop_and_both_reboots() {
    for event in EVERY {
        member(six(), event("web-1"), "web-1 opens terminate-first: due");
    }
}

#[test]
fn replace_launches_first_where_the_maintenance_policy_says_so() {
    for event in EVERY {
        let first = six().launching_first(110);
        member(first, event("web-1"), "web-1 opens launch-first: due");
    }
}

#[test]
fn replace_terminates_first_unless_the_minimum_is_100_and_the_maximum_above() {
    for (minimum, maximum, order) in [
        (100, 101, "launch-first"),
        (100, 200, "launch-first"),
        (100, 100, "terminate-first"),
        (99, 110, "terminate-first"),
        (0, 100, "terminate-first"),
    ] {
        let policy = MaintenancePolicy { minimum, maximum };
        let web = six().but(|web| web.maintenance = Some(policy));
        member(web, reboot_of("web-1"), &format!("web-1 opens {order}: due"));
    }
}

#[test]
fn ride_for_members_with_instance_store_data() {
    let stored = six().member("web-1", |it| it.but(|i| i.instance_store = Some(true)));
    for event in EVERY {
        let row = "web-1 holds: aside_from 15 11:30";
        member(stored.clone(), event("web-1"), row);
    }
}

#[test]
fn ride_for_system_maintenance_whatever_the_disks() {
    for stored in [Some(true), Some(false), None] {
        let web = six().member("web-1", |it| it.but(|i| i.instance_store = stored));
        member(web, maintenance_of("web-1"), "web-1 holds: aside_from 15 11:30");
    }
    let row = "box holds: aside_from 02 07:30";
    alone(standalone("box"), maintenance_of("box"), row);
}

#[test]
fn stop_start_for_standalone_instances_on_ebs() {
    for event in EVERY {
        let row = "box opens stop_start: due";
        alone(standalone("box"), event("box"), row);
    }
}

#[test]
fn reboot_where_it_migrates() {
    let asked = standalone("box").tagged("relaunch", "reboot");
    alone(asked, reboot_of("box"), "box opens reboot: due");
}

#[test]
fn reboot_does_not_clear_what_it_would_not_migrate() {
    let asked = || standalone("box").tagged("relaunch", "reboot");
    let row = "box holds: reboot_does_not_clear";
    for event in [retirement_of, stop_of, instance_reboot_of, maintenance_of] {
        alone(asked(), event("box"), row);
    }
    alone(asked().but(|it| it.reboot_migration = false), reboot_of("box"), row);
    alone(asked().but(|it| it.instance_store = Some(true)), reboot_of("box"), row);
    alone(asked().but(|it| it.instance_store = None), reboot_of("box"), row);
    alone(asked().but(|it| it.tenancy = Tenancy::Host), reboot_of("box"), row);
}

#[test]
fn reboot_does_not_clear_the_event_of_a_member() {
    let asked = six().tagged("relaunch", "reboot");
    member(asked, reboot_of("web-1"), "web-1 holds: reboot_does_not_clear");
}

#[test]
fn the_owners_way_wins_over_the_automatic_one() {
    for (way, row) in [
        ("replace", "web-1 opens terminate-first: due"),
        ("ride", "web-1 holds: aside_from 15 11:30"),
        ("stop-start", "web-1 holds: waiting_for_late_window 14 12:00"),
        ("notify", "web-1 notifies: owner_asked_to_notify"),
        ("auto", "web-1 opens terminate-first: due"),
        ("whatever works", "web-1 notifies: owner_asked_to_notify"),
    ] {
        member(six().tagged("relaunch", way), reboot_of("web-1"), row);
    }
}

#[test]
fn not_a_member_and_so_not_to_be_replaced() {
    let asked = standalone("box").tagged("relaunch", "replace");
    let row = "box holds: not_a_member";
    alone(asked, reboot_of("box"), row);
}

#[test]
fn an_owner_may_replace_a_member_with_instance_store_data() {
    let stored = six().member("web-1", |it| it.but(|i| i.instance_store = Some(true)));
    let asked = stored.tagged("relaunch", "replace");
    member(asked, reboot_of("web-1"), "web-1 opens terminate-first: due");
}

#[test]
fn event_code_unknown_is_told_and_not_guessed_at() {
    let relocation = || event_of("web-1", EventCode::Other("system-relocation".to_owned()));
    member(six(), relocation(), "web-1 holds: event_code_unknown");
    let asked = six().tagged("relaunch", "replace");
    member(asked, relocation(), "web-1 opens terminate-first: due");
}

#[test]
fn a_proposal_names_the_answer_that_the_owner_would_get() {
    let fleet = world().with(six().launching_first(150).tagged("mode", "observe"));
    let plans = shared::decide::decide(&fleet.with(reboot_of("web-1")).build(), &enforcing());
    let proposed = plans.iter().map(|plan| &plan.step).collect::<Vec<_>>();
    let launch_first = shared::plan::Step::Propose(Answer::replace(Order::LaunchFirst));
    assert_eq!(proposed, [&launch_first]);
}
