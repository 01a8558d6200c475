//! What trips others up, by its number in the project's list of pitfalls.

use shared::decide::decide;
use shared::ledger::Phase;
use shared::plan::{Order, Plan, Step};
use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, in_minutes, incident_of, key,
    reboot_of, retirement_of, standalone, unhurried, world,
};
use shared::world::{CheckStatus, InstanceState};

use super::{check, laws};

fn six() -> GroupBuilder {
    group("web").members(6)
}

const OPENS: [&str; 1] = ["web-1 opens terminate-first: due"];

#[test]
fn p04_completed_and_canceled_events_are_nobodys_subject() {
    for over in [reboot_of("web-1").completed(), reboot_of("web-1").canceled()] {
        check(world().with(six()).with(over), &enforcing(), []);
    }
}

#[test]
fn p04_an_active_event_beside_a_completed_one_is_acted_on() {
    let fleet = world().with(six()).with(reboot_of("web-1").completed());
    let row = "web-1 (event 2) opens terminate-first: due";
    check(fleet.with(reboot_of("web-1").nth(2)), &enforcing(), [row]);
}

#[test]
fn p05_an_event_that_ec2_still_lists_makes_no_second_act_while_one_is_verified() {
    let served = incident_of("web-1").served_by("web-7").minutes_ago(45).clean_at_ten();
    let there = six().launching_first(150).joined("web-7").desired(6);
    let there = there.member("web-1", |it| it.lifecycle("Terminating:Wait"));
    let fleet = world().with(there).with(reboot_of("web-1")).with(served);
    check(fleet, &enforcing(), ["web-1 waits: waiting_for_sixty_minutes"]);
}

#[test]
fn p05_notice_over_is_believed_for_an_hour_while_ec2_still_lists_the_event() {
    let told = |minutes| {
        let known = incident_of("web-1").decided("notice_over", minutes);
        world().with(six()).with(reboot_of("web-1")).with(known)
    };
    let now = world().with(six()).with(reboot_of("web-1")).told_over("web-1");
    check(now, &enforcing(), ["web-1 holds: notice_over 01 13:00"]);
    check(told(59), &enforcing(), ["web-1 holds: notice_over 01 12:01"]);
    check(told(60), &enforcing(), OPENS);
}

#[test]
fn p05_a_late_copy_of_the_word_that_it_is_over_holds_for_no_second_hour() {
    let known = |minutes| {
        let known = incident_of("web-1").decided("notice_over", minutes).told("held/1/notice_over");
        world().with(six()).with(reboot_of("web-1")).with(known).told_over("web-1")
    };
    check(known(59), &enforcing(), ["web-1 holds: notice_over 01 12:01"]);
    check(known(60), &enforcing(), OPENS);
}

#[test]
fn p05_any_other_decision_of_the_last_hour_holds_nothing() {
    let known = incident_of("web-1").decided("limit_full", 5);
    check(world().with(six()).with(reboot_of("web-1")).with(known), &enforcing(), OPENS);
}

#[test]
fn p06_a_hold_of_its_owner_wins_over_any_age_of_the_notice() {
    let held = six().member("web-1", |it| it.tagged("hold-until", "2027-01-01T00:00Z"));
    let old = retirement_of("web-1").seen_minutes_ago(30 * 24 * 60).in_hours(1);
    let row = "web-1 holds: hold_until 01 00:00";
    check(world().with(held).with(old), &enforcing(), [row]);
}

#[test]
fn p06_a_standalone_instance_with_instance_store_data_is_never_stopped() {
    let stored = standalone("box").but(|it| it.instance_store = Some(true));
    for way in ["auto", "stop-start"] {
        let fleet = world().with(stored.clone().tagged("relaunch", way)).with(reboot_of("box"));
        check(fleet, &enforcing(), ["box holds: instance_store_volumes"]);
    }
}

#[test]
fn p08_a_date_that_moves_later_is_followed() {
    let late = six().tagged("lead", "late");
    let moved = |hours| {
        let known = incident_of("web-1").dated(in_minutes(20 * 60));
        world().with(late.clone()).with(reboot_of("web-1").in_hours(hours)).with(known)
    };
    check(moved(20), &enforcing(), OPENS);
    check(moved(48), &enforcing(), ["web-1 holds: waiting_for_late_window 02 12:00"]);
}

#[test]
fn p08_a_date_that_moves_earlier_is_followed() {
    let fleet = |minutes| {
        let sooner = retirement_of("web-1").in_minutes(minutes).seen_minutes_ago(5);
        world().with(six()).with(sooner)
    };
    check(fleet(14 * 24 * 60), &enforcing(), ["web-1 holds: cool_off 01 12:55"]);
    check(fleet(150), &enforcing(), OPENS);
}

#[test]
fn p08_a_date_in_the_past_is_not_a_reason_to_hurry() {
    for hours in [0, -1, -48] {
        let forced = six().tagged("deadline", "force");
        let past = world().with(forced).with(reboot_of("web-1").in_hours(hours));
        check(past, &enforcing(), ["web-1 holds: aws_is_acting"]);
    }
}

#[test]
fn p09_one_instance_told_of_many_times_is_still_one_plan() {
    let events = (2..=5).fold(world().with(six()).with(reboot_of("web-1")), |fleet, nth| {
        fleet.with(reboot_of("web-1").nth(nth))
    });
    let plans = decide(&events.build(), &unhurried());
    let opened = plans.iter().filter(|plan| matches!(plan.step, Step::Open(_))).count();
    assert_eq!((opened, plans.len()), (1, 5));
}

#[test]
fn p26_a_member_that_something_else_takes_at_the_same_time_is_left_to_it() {
    let taken = six().member("web-1", |it| it.lifecycle("Terminating"));
    let row = "web-1 holds: not_in_service Terminating";
    check(world().with(taken).with(reboot_of("web-1")), &enforcing(), [row]);
}

#[test]
fn p27_no_source_file_writes_desired_capacity() {
    sources_name(&["set_desired_capacity(", "update_auto_scaling_group("], false);
}

/// Whether any source file names these calls is as it is expected.
#[track_caller]
pub fn sources_name(calls: &[&str], expected: bool) {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&source);
    for call in calls {
        let named = files.iter().find(|(_, text)| text.contains(call)).map(|(path, _)| path);
        assert_eq!(named.is_some(), expected, "{call}: {named:?}");
    }
}

fn rust_files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
    let entries = std::fs::read_dir(folder).expect("a folder of sources");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.flat_map(|path| {
        if path.is_dir() {
            return rust_files(&path);
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        vec![(path, text)]
    });
    files.collect()
}

#[test]
fn p33_a_replacement_is_not_replaced_for_an_event_that_its_predecessor_had() {
    let web = six().without("web-1").joined("web-7");
    let fleet = world().with(web).with(incident_of("web-1").served_by("web-7").minutes_ago(5));
    check(fleet, &enforcing(), ["web-1 waits: waiting_for_ten_minutes"]);
}

#[test]
fn p34_a_replacement_that_is_scheduled_too_is_the_next_attempt_and_attempts_are_bounded() {
    let after = |attempt| {
        let web = six().without("web-1").joined("web-7");
        let served = incident_of("web-1").served_by("web-7").minutes_ago(5).attempt(attempt);
        world().with(web).with(served).with(reboot_of("web-7"))
    };
    let again = "web-1 closes as moved_again: bad_host web-7";
    check(after(2), &unhurried(), [again, "web-7 opens terminate-first: due"]);
    check(after(3), &unhurried(), [again, "web-7 holds: attempts_exhausted"]);
}

#[test]
fn p34_an_attempt_is_counted_before_its_replacement_serves_too() {
    let web = six().without("web-1").joined("web-7").tagged("max-unavailable", "3");
    let web = web.member("web-7", |it| it.but(|i| i.system_status = CheckStatus::Initializing));
    let third = incident_of("web-1").replacing(Order::TerminateFirst).minutes_ago(3).attempt(3);
    let fleet = world().with(web).with(third).with(reboot_of("web-2")).with(reboot_of("web-7"));
    let rows = [
        "web-1 waits: waiting_for_checks web-7",
        "web-2 opens terminate-first: due",
        "web-7 holds: attempts_exhausted",
    ];
    check(fleet, &unhurried(), rows);
}

#[test]
fn p34_launch_first_keeps_the_old_one_while_nothing_better_has_come() {
    let first = six().launching_first(150);
    let marked = first.member("web-1", InstanceBuilder::unhealthy);
    let incident = incident_of("web-1").replacing(Order::LaunchFirst).minutes_ago(12);
    let back = ["web-1 takes back: launch_first_did_not_launch"];
    check(world().with(marked).with(reboot_of("web-1")).with(incident), &enforcing(), back);
    let tried = incident_of("web-1").attempt(4);
    let fleet = world().with(six().launching_first(150)).with(reboot_of("web-1")).with(tried);
    check(fleet, &enforcing(), ["web-1 holds: attempts_exhausted"]);
}

#[test]
fn p37_a_protected_group_is_reported_and_never_unprotected() {
    let protected = six().each(InstanceBuilder::protected);
    let fleet = (1..=6).fold(world().with(protected), |fleet, number| {
        fleet.with(reboot_of(&format!("web-{number}")))
    });
    let plans = decide(&fleet.build(), &unhurried());
    assert_eq!(plans.len(), 6);
    assert!(plans.iter().all(|plan| plan.reason.code() == "protected_from_scale_in"));
}

const LIFECYCLES: [&str; 9] = [
    "Pending",
    "Pending:Wait",
    "InService",
    "EnteringStandby",
    "Standby",
    "Terminating:Wait",
    "Terminated",
    "Detached",
    "Warmed:Stopped",
];

fn states() -> [InstanceState; 6] {
    use InstanceState::{Pending, Running, ShuttingDown, Stopped, Stopping, Terminated};
    [Pending, Running, Stopping, Stopped, ShuttingDown, Terminated]
}

/// What one look decides about a member in this state, at this point of its incident.
fn decided(lifecycle: &str, state: &InstanceState, phase: &str) -> Plan {
    let incident = incident_of("web-1");
    let incident = match phase {
        "intended" => incident.intended(Order::TerminateFirst).minutes_ago(2),
        "replacing" => incident.replacing(Order::LaunchFirst).minutes_ago(2),
        "serving" => incident.served_by("web-7").minutes_ago(2),
        _ => incident,
    };
    let web = six().joined("web-7");
    let web = web.member("web-1", |it| it.lifecycle(lifecycle).state(state.clone()));
    let fleet: WorldBuilder = world().with(web).with(reboot_of("web-1")).with(incident);
    let fleet = fleet.build();
    let plans = decide(&fleet, &unhurried());
    laws::obeyed(&fleet, &unhurried(), &plans);
    plans.into_iter().find(|plan| plan.key == key("web-1")).expect("a plan")
}

#[test]
fn p44_whatever_order_the_news_came_in_the_state_that_is_seen_decides() {
    for lifecycle in LIFECYCLES {
        for state in states() {
            for phase in ["seen", "intended", "replacing", "serving"] {
                let plan = decided(lifecycle, &state, phase);
                let opens = matches!(plan.step, Step::Open(_));
                let alive =
                    !matches!(state, InstanceState::ShuttingDown | InstanceState::Terminated);
                let may =
                    lifecycle == "InService" && alive && ["seen", "intended"].contains(&phase);
                assert_eq!(opens, may, "{lifecycle} {state:?} {phase}: {plan:?}");
            }
        }
    }
}

#[test]
fn p44_parts_of_a_world_in_any_order_make_the_same_world() {
    let web = || six().without("web-1").joined("web-7");
    let served = || incident_of("web-1").served_by("web-7").minutes_ago(20);
    let one = world().with(web()).with(reboot_of("web-3")).with(served()).build();
    let other = world().with(served()).with(reboot_of("web-3")).with(web()).build();
    assert_eq!(decide(&one, &enforcing()), decide(&other, &enforcing()));
    let serving = one.memory.incidents.values().all(|i| matches!(i.phase, Phase::Serving { .. }));
    assert!(serving);
}
