//! What the preflight finds: whether Auto Scaling will be able to launch, and is left alone.

use shared::ids::GroupName;
use shared::ledger::Limit;
use shared::testing::builders::{
    WorldBuilder, enforcing, group, group_name, id, image, in_minutes, incident_of, reboot_of,
    unhurried, world,
};
use shared::world::{ImageState, LastLaunch, Preflight, TemplateState};

use super::check;

fn web(change: impl FnOnce(&mut Preflight)) -> WorldBuilder {
    world().with(group("web").members(6).preflight(change)).with(reboot_of("web-1"))
}

#[test]
fn refresh_running() {
    let refreshed = web(|web| web.refresh = Some("08b91cf7-8fa6-48af-b6a6".to_owned()));
    check(refreshed, &enforcing(), ["web-1 holds: refresh_running"]);
}

#[test]
fn call_failed_of_a_preflight_holds_its_own_group_alone() {
    let unanswered = |web: &mut Preflight| web.unanswered = Some("throttled".to_owned());
    let fleet = web(unanswered).with(group("db").members(6)).with(reboot_of("db-1").in_days(20));
    let rows = ["web-1 holds: call_failed", "db-1 opens terminate-first: due"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn terminate_hook_unanswered_for_more_than_an_hour() {
    let since = |minutes: i64| {
        web(|web| web.waiting_to_terminate = Some((id("web-6"), in_minutes(-minutes))))
    };
    check(since(61), &enforcing(), ["web-1 holds: terminate_hook_unanswered"]);
    check(since(60), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn image_gone() {
    let gone = web(|web| web.image = ImageState::Gone(image()));
    check(gone, &enforcing(), ["web-1 holds: image_gone"]);
}

#[test]
fn image_deprecated() {
    let deprecated = web(|web| web.image = ImageState::Deprecated(image(), in_minutes(-1)));
    check(deprecated, &enforcing(), ["web-1 holds: image_deprecated"]);
}

#[test]
fn an_image_that_cannot_be_looked_up_holds_nothing() {
    let unknown = web(|web| web.image = ImageState::Unknown);
    check(unknown, &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn template_missing() {
    let missing = web(|web| {
        web.template = TemplateState::Missing { message: "version 9 does not exist".to_owned() };
    });
    check(missing, &enforcing(), ["web-1 holds: template_missing"]);
}

fn failed(minutes_ago: i64) -> impl FnOnce(&mut Preflight) {
    move |preflight| {
        let message = "We currently do not have sufficient capacity".to_owned();
        preflight.last_launch = LastLaunch::Failed { at: in_minutes(-minutes_ago), message };
    }
}

#[test]
fn last_launch_failed() {
    check(web(failed(90)), &enforcing(), ["web-1 holds: last_launch_failed"]);
}

#[test]
fn a_launch_that_failed_speaks_against_the_next_for_a_day_as_nothing_else_would_show_it_mended() {
    let day = 24 * 60;
    check(web(failed(day - 1)), &enforcing(), ["web-1 holds: last_launch_failed"]);
    check(web(failed(day)), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn where_the_replacement_is_launched_first_it_is_tried_again_after_an_hour() {
    let ahead = |minutes_ago| {
        let group = group("web").members(6).launching_first(110).preflight(failed(minutes_ago));
        world().with(group).with(reboot_of("web-1"))
    };
    check(ahead(59), &enforcing(), ["web-1 holds: last_launch_failed"]);
    check(ahead(60), &enforcing(), ["web-1 opens launch-first: due"]);
}

#[test]
fn a_group_that_launched_nothing_lately_is_not_doubtful() {
    let quiet = web(|web| web.last_launch = LastLaunch::None);
    check(quiet, &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn first_one_alone_from_a_source_that_nothing_proved() {
    let three = group("web").members(9).tagged("max-unavailable", "3").unproven();
    let fleet = world().with(three).with(reboot_of("web-1")).with(reboot_of("web-2"));
    let rows = ["web-1 opens terminate-first: due", "web-2 holds: first_one_alone"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn first_one_alone_again_after_a_new_version_of_the_template() {
    let three = group("web").members(9).tagged("max-unavailable", "3").preflight(|web| {
        web.template = TemplateState::Resolves { version: "8".to_owned(), image: Some(image()) };
    });
    let fleet = world().with(three).with(reboot_of("web-1")).with(reboot_of("web-2"));
    let rows = ["web-1 opens terminate-first: due", "web-2 holds: first_one_alone"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn first_one_alone_is_known_before_the_preflight_where_the_first_is_under_way() {
    let three = || group("web").members(9).tagged("max-unavailable", "3").unproven().not_asked();
    let two = |web| world().with(web).with(reboot_of("web-1")).with(reboot_of("web-2"));
    let opens = ["web-1 opens terminate-first: due", "web-2 opens terminate-first: due"];
    check(two(three()), &unhurried(), opens);
    let served = incident_of("web-9").served_by("web-10").minutes_ago(5);
    let first = served.holding(Limit::First(group_name("web")));
    let rows = [
        "web-9 waits: waiting_for_ten_minutes",
        "web-1 holds: first_one_alone",
        "web-2 holds: first_one_alone",
    ];
    check(two(three().without("web-9").joined("web-10")).with(first), &unhurried(), rows);
}

#[test]
fn a_proven_source_lets_several_go_together() {
    let three = group("web").members(9).tagged("max-unavailable", "3");
    let fleet = world().with(three).with(reboot_of("web-1")).with(reboot_of("web-2"));
    let rows = ["web-1 opens terminate-first: due", "web-2 opens terminate-first: due"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn the_preflight_is_asked_only_where_an_act_is_about_to_start() {
    let fleet = world()
        .with(group("web").members(6).not_asked())
        .with(group("db").members(6).not_asked())
        .with(reboot_of("web-1"))
        .with(reboot_of("db-1"))
        .busy("db-1", 60)
        .build();
    let plans = shared::decide::decide(&fleet, &unhurried());
    let unasked = shared::decide::guard::unasked(&plans);
    assert_eq!(unasked.groups.iter().map(GroupName::as_str).collect::<Vec<_>>(), ["web"]);
    assert_eq!(unasked.instances, [id("web-1")].into());
}
