//! What holds by the owner's word and the stack's: opt-in, modes, approval, switches, notify.

use shared::decide::{complaints, decide};
use shared::plan::Step;
use shared::policy::{AllowedGroups, Ceilings, Mode};
use shared::testing::builders::{
    GroupBuilder, WorldBuilder, enforcing, group, group_name, id, incident_of, key, reboot_of,
    standalone, world,
};
use shared::world::AlarmState;

use super::check;

fn web(group: GroupBuilder) -> WorldBuilder {
    world().with(group).with(reboot_of("web-1"))
}

fn six() -> GroupBuilder {
    group("web").members(6)
}

#[test]
fn not_opted_in_without_a_tag_or_with_the_value_off() {
    check(web(six().not_opted_in()), &enforcing(), ["web-1 holds: not_opted_in"]);
    check(web(six().tagged("mode", "off")), &enforcing(), ["web-1 holds: not_opted_in"]);
}

#[test]
fn what_cannot_be_read_of_tags_is_told_of_whoever_is_scheduled_and_of_nobody_else() {
    let web = six().member("web-1", |it| it.tagged("lead", "soon"));
    let web = web.member("web-2", |it| it.tagged("lead", "later"));
    let quiet = world().with(web.clone());
    assert_eq!(complaints(&quiet.build(), &enforcing()), []);
    let [told] = complaints(&world().with(web).with(reboot_of("web-1")).build(), &enforcing())
        .try_into()
        .expect("one complaint");
    assert_eq!(told.whose, id("web-1").to_string());
    assert!(told.words.contains("soon"), "{}", told.words);
}

#[test]
fn not_opted_in_by_its_own_tag_where_its_group_is_silent() {
    let own = six().not_opted_in().member("web-1", |it| it.tagged("mode", "enforce"));
    check(web(own), &enforcing(), ["web-1 holds: not_opted_in"]);
}

#[test]
fn not_opted_in_as_a_member_of_a_group_that_is_not_managed() {
    let stranger = standalone("box").but(|it| it.group = Some(group_name("web")));
    let fleet = world().with(stranger).with(reboot_of("box"));
    check(fleet, &enforcing(), ["box holds: not_opted_in"]);
}

#[test]
fn not_opted_in_standalone_without_a_tag() {
    let quiet = standalone("box").tagged("mode", "off");
    check(world().with(quiet).with(reboot_of("box")), &enforcing(), ["box holds: not_opted_in"]);
}

#[test]
fn not_opted_in_any_more_closes_what_was_only_seen() {
    let fleet = web(six().tagged("mode", "off")).with(incident_of("web-1"));
    check(fleet, &enforcing(), ["web-1 closes as opted_out: not_opted_in"]);
}

#[test]
fn a_member_lowers_its_own_mode() {
    let lowered = six().member("web-1", |it| it.tagged("mode", "observe"));
    check(web(lowered), &enforcing(), ["web-1 proposes replace: observe"]);
}

#[test]
fn group_not_allowed_by_the_stack() {
    let only = |names| Ceilings { allowed_groups: names, ..enforcing() };
    let [web_too, db] =
        ["web*,db", "db"].map(|names| only(AllowedGroups::read(names).expect("names of groups")));
    check(web(six()), &db, ["web-1 holds: group_not_allowed"]);
    check(web(six()), &web_too, ["web-1 opens terminate-first: due"]);
}

#[test]
fn observe_changes_nothing_and_says_what_it_would_do() {
    let observed = web(six().tagged("mode", "observe"));
    check(observed, &enforcing(), ["web-1 proposes replace: observe"]);
}

#[test]
fn observe_is_the_default_ceiling_of_the_stack() {
    check(web(six()), &Ceilings::default(), ["web-1 proposes replace: observe"]);
}

#[test]
fn observe_is_what_an_unreadable_mode_is_taken_for() {
    let typo = web(six().tagged("mode", "enforced"));
    check(typo, &enforcing(), ["web-1 proposes replace: observe"]);
}

#[test]
fn a_stack_that_is_off_holds_everything() {
    let off = Ceilings { maximum_mode: Mode::Off, ..enforcing() };
    check(web(six()), &off, ["web-1 holds: not_opted_in"]);
}

#[test]
fn awaiting_approval_until_the_instance_carries_its_events_id() {
    let approved = |event: &str| {
        let web_1 = six().tagged("mode", "approve");
        web(web_1.member("web-1", |it| it.tagged("approved", event)))
    };
    let waits = ["web-1 proposes replace: awaiting_approval"];
    check(web(six().tagged("mode", "approve")), &enforcing(), waits);
    check(approved("yes"), &enforcing(), waits);
    check(approved(key("web-2").event.as_str()), &enforcing(), waits);
    check(
        approved(key("web-1").event.as_str()),
        &enforcing(),
        ["web-1 opens terminate-first: due"],
    );
}

#[test]
fn awaiting_approval_takes_no_yes_from_a_group() {
    let event = key("web-1").event;
    let yes = six().tagged("mode", "approve").tagged("approved", event.as_str());
    check(web(yes), &enforcing(), ["web-1 proposes replace: awaiting_approval"]);
}

#[test]
fn an_approval_approves_nothing_in_observe() {
    let event = key("web-1").event;
    let yes = six().tagged("mode", "observe");
    let yes = yes.member("web-1", |it| it.tagged("approved", event.as_str()));
    check(web(yes), &enforcing(), ["web-1 proposes replace: observe"]);
}

#[test]
fn kill_switch_of_the_stack_or_of_the_ledger() {
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    check(web(six()), &stopped, ["web-1 holds: kill_switch"]);
    let by_hand = web(six()).remembering(|memory| memory.stopped = true);
    check(by_hand, &enforcing(), ["web-1 holds: kill_switch"]);
}

#[test]
fn owner_asked_to_notify() {
    let told = web(six().tagged("relaunch", "notify"));
    check(told, &enforcing(), ["web-1 notifies: owner_asked_to_notify"]);
}

#[test]
fn stop_alarm_in_any_state_but_ok() {
    let alarmed = |state| web(six().tagged("stop-alarms", "web-5xx")).alarm("web-5xx", state);
    for (state, row) in [
        (AlarmState::Alarm, "web-1 holds: stop_alarm web-5xx ALARM"),
        (AlarmState::InsufficientData, "web-1 holds: stop_alarm web-5xx INSUFFICIENT_DATA"),
        (AlarmState::Missing, "web-1 holds: stop_alarm web-5xx missing"),
        (AlarmState::Unanswered, "web-1 holds: stop_alarm web-5xx unanswered"),
        (AlarmState::Ok(None), "web-1 opens terminate-first: due"),
    ] {
        check(alarmed(state), &enforcing(), [row]);
    }
}

#[test]
fn stop_alarm_of_any_of_several() {
    let two = web(six().tagged("stop-alarms", "calm+loud"));
    let two = two.alarm("calm", AlarmState::Ok(None)).alarm("loud", AlarmState::Alarm);
    check(two, &enforcing(), ["web-1 holds: stop_alarm loud ALARM"]);
}

#[test]
fn stop_alarms_unreadable_hold_until_they_are_mended() {
    let unreadable = web(six().tagged("stop-alarms", "web-5xx+"));
    check(unreadable, &enforcing(), ["web-1 holds: stop_alarms_unreadable"]);
}

#[test]
fn a_stop_alarm_that_was_not_asked_yet_is_asked_before_anything_is_opened() {
    let alarmed = web(six().tagged("stop-alarms", "web-5xx")).build();
    let [plan] = decide(&alarmed, &enforcing()).try_into().expect("one plan");
    let Step::Open(opening) = &plan.step else { panic!("{plan:?}") };
    assert!(!opening.asked);
}

#[test]
fn hold_until_the_time_that_its_owner_named() {
    let held = |time| web(six().member("web-1", |it| it.tagged("hold-until", time)));
    check(held("2026-12-01T12:01Z"), &enforcing(), ["web-1 holds: hold_until 01 12:01"]);
    check(held("2026-12-01T12:00Z"), &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn hold_until_on_the_group_holds_every_member_and_the_later_wins() {
    let held = six().tagged("hold-until", "2026-12-03T00:00Z");
    let held = held.member("web-1", |it| it.tagged("hold-until", "2026-12-02T00:00Z"));
    check(web(held), &enforcing(), ["web-1 holds: hold_until 03 00:00"]);
}

#[test]
fn hold_until_unreadable_holds_until_it_is_mended() {
    let unreadable = web(six().tagged("hold-until", "next week"));
    check(unreadable, &enforcing(), ["web-1 holds: hold_until_unreadable"]);
}

#[test]
fn hold_until_does_not_give_way_to_a_forced_deadline() {
    let held = six().tagged("deadline", "force").tagged("hold-until", "2026-12-03T00:00Z");
    let soon = world().with(held).with(reboot_of("web-1").in_minutes(30));
    check(soon, &enforcing(), ["web-1 holds: hold_until 03 00:00"]);
}

#[test]
fn attempts_exhausted_after_three_bad_hosts() {
    let attempt = |attempt| web(six()).with(incident_of("web-1").attempt(attempt));
    check(attempt(3), &enforcing(), ["web-1 opens terminate-first: due"]);
    check(attempt(4), &enforcing(), ["web-1 holds: attempts_exhausted"]);
}
