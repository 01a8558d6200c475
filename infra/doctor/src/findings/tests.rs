//! Each finding by itself: a world that is as it should be finds nothing, and one thing wrong in it
//! finds exactly that.

use std::collections::{BTreeMap, BTreeSet};

use shared::ledger::{About, Unread, Why};
use shared::plan::{InPlace, Order};
use shared::policy::{Ceilings, Mode};
use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, group_name, id, image,
    in_minutes, incident_of, now, reboot_of, standalone, world,
};
use shared::world::{ImageState, LastLaunch, TemplateState};

use super::{Code, find};
use crate::case::{
    Case, EventWindow, Function, GroupFacts, Hook, Role, Stack, Trial, TrialOutcome, Unanswered,
};
use crate::evidence::Evidence;
use crate::fixture::{case, deployed, seen};

fn codes(evidence: &Evidence) -> Vec<&'static str> {
    find(evidence).iter().map(|finding| finding.code).collect()
}

#[track_caller]
fn finds(world: WorldBuilder, expected: &[Code]) {
    finds_in_case(world, case(), expected);
}

#[track_caller]
fn finds_in_case(world: WorldBuilder, case: Case, expected: &[Code]) {
    let expected: Vec<&str> = expected.iter().map(|code| code.as_str()).collect();
    assert_eq!(codes(&seen(world, &enforcing(), case)), expected);
}

#[track_caller]
fn finds_in_stack(change: impl FnOnce(&mut Stack), expected: &[Code]) {
    let mut stack = deployed();
    change(&mut stack);
    finds_in_case(sound(), Case { stack: Some(stack), ..case() }, expected);
}

fn web() -> GroupBuilder {
    group("web").members(6)
}

fn silent(call: &str) -> Unanswered {
    let (object, words) = ("something".into(), "AccessDenied".into());
    Unanswered { call: call.into(), object, denied: true, words }
}

fn sound() -> WorldBuilder {
    world().with(web())
}

#[test]
fn what_is_as_it_should_be_finds_nothing() {
    finds(sound(), &[]);
    finds(sound().with(reboot_of("web-1").in_days(3)), &[]);
    finds_in_stack(|_| {}, &[]);
}

#[test]
fn a_tag_of_a_group_or_an_instance_is_told_once() {
    finds(world().with(web().tagged("deadline", "soon")), &[Code::TagUnreadable]);
    let member = |one: InstanceBuilder| one.tagged("lead", "x");
    finds(world().with(web().member("web-2", member)), &[Code::TagUnreadable]);
    finds(sound().with(standalone("lone").tagged("lead", "x")), &[Code::TagUnreadable]);
}

#[test]
fn what_aws_scheduled_and_nobody_opted_in_is_told_by_group() {
    let events = |world: WorldBuilder| {
        world.with(reboot_of("old-1").in_days(3)).with(reboot_of("old-2").in_days(3))
    };
    finds(events(sound().with(group("old").members(4).not_opted_in())), &[Code::NotOptedIn]);
    let off = group("old").members(4).tagged("mode", "off");
    finds(events(sound().with(off)), &[Code::NotOptedIn]);
}

#[test]
fn a_hold_that_outlasts_aws_s_date_is_told_and_one_that_ends_before_is_not() {
    let held = world().with(web().member("web-1", InstanceBuilder::protected));
    finds(held.with(reboot_of("web-1").in_days(3)), &[Code::Held]);
    let until = |until: &str| {
        let tagged = web().tagged("hold-until", until);
        world().with(tagged).with(reboot_of("web-1").in_days(3))
    };
    finds(until("2026-12-02T06:00Z"), &[]);
    finds(until("2026-12-09T06:00Z"), &[Code::Held]);
}

#[test]
fn who_waits_for_room_is_not_held() {
    let two = sound().with(reboot_of("web-1").in_days(3)).with(reboot_of("web-2").in_days(3));
    finds(two, &[]);
}

#[test]
fn an_observer_is_told_what_would_hold_an_enforcer() {
    let group = web().tagged("mode", "observe").member("web-1", InstanceBuilder::protected);
    finds(world().with(group).with(reboot_of("web-1").in_days(3)), &[Code::Held]);
}

#[test]
fn what_does_not_come_back_within_two_hours_is_told() {
    let out = |minutes| {
        let incident = incident_of("web-1").replacing(Order::TerminateFirst).minutes_ago(minutes);
        sound().with(incident)
    };
    finds(out(30), &[]);
    finds(out(150), &[Code::OutLong]);
    let aside = incident_of("web-1").leaving(InPlace::Ride).minutes_ago(150);
    finds(sound().with(aside), &[]);
}

#[test]
fn groups_that_could_not_be_relaunched_are_told_apart() {
    let suspended = world().with(web().suspended("Launch").suspended("AlarmNotification"));
    finds(suspended, &[Code::ProcessSuspended]);
    let alone = |group: GroupBuilder| world().with(group);
    finds(alone(group("web").members(2)), &[Code::SmallGroup]);
    finds(alone(group("web").members(2).launching_first(200)), &[]);
    finds(alone(group("web").members(2).tagged("relaunch", "notify")), &[]);
    let sets = |group: GroupBuilder| group.each(|one| one.tagged("replica-set", "a"));
    finds(alone(sets(web())), &[Code::SetWithoutGate]);
    finds(alone(sets(web().tagged("ready", "tag"))), &[]);
}

#[test]
fn a_launch_is_doubtful_where_the_preflight_says_so() {
    let doubtful: [fn(&mut shared::world::Preflight); 4] = [
        |seen| seen.image = ImageState::Gone(image()),
        |seen| seen.image = ImageState::Deprecated(image(), now()),
        |seen| seen.template = TemplateState::Missing { message: "no such version".into() },
        |seen| {
            seen.last_launch = LastLaunch::Failed { at: now(), message: "no capacity".into() };
        },
    ];
    for change in doubtful {
        finds(world().with(web().preflight(change)), &[Code::LaunchDoubtful]);
    }
    let unanswered = web().preflight(|seen| seen.unanswered = Some("AccessDenied".into()));
    finds(world().with(unanswered), &[Code::GroupUnanswered]);
}

#[test]
fn members_that_nobody_will_ever_release_are_told() {
    let facts = |new_members_protected| Case {
        groups: BTreeMap::from([(
            group_name("web"),
            GroupFacts { new_members_protected, ..GroupFacts::default() },
        )]),
        ..case()
    };
    let all = || world().with(web().each(InstanceBuilder::protected));
    finds_in_case(all(), facts(true), &[Code::ProtectedForEver]);
    finds_in_case(all(), facts(false), &[]);
    finds_in_case(sound(), facts(true), &[]);
}

#[test]
fn a_hook_that_loses_what_is_to_be_retained_is_told() {
    let facts = |retains, terminating, default_result: &str| {
        let hook =
            Hook { name: "drain".into(), terminating, default_result: default_result.into() };
        let facts = GroupFacts { hooks: vec![hook], retains, ..GroupFacts::default() };
        Case { groups: BTreeMap::from([(group_name("web"), facts)]), ..case() }
    };
    finds_in_case(sound(), facts(true, true, "CONTINUE"), &[Code::ContinueWithRetention]);
    for fine in [
        facts(true, true, "ABANDON"),
        facts(false, true, "CONTINUE"),
        facts(true, false, "CONTINUE"),
    ] {
        finds_in_case(sound(), fine, &[]);
    }
}

#[test]
fn a_hook_that_nobody_answers_for_an_hour_is_told() {
    let waiting = |minutes: i64| {
        let since = in_minutes(-minutes);
        world().with(web().preflight(|seen| seen.waiting_to_terminate = Some((id("web-6"), since))))
    };
    finds(waiting(60), &[]);
    finds(waiting(61), &[Code::HookUnanswered]);
}

#[test]
fn what_the_caller_and_the_role_may_not_is_told_apart() {
    let trial = |outcome| Trial {
        action: "StopInstances".into(),
        object: "i-0123456789abcdef0".into(),
        outcome,
        words: "UnauthorizedOperation: no".into(),
    };
    let tried = |outcome| Case { trials: vec![trial(outcome)], ..case() };
    finds_in_case(sound(), tried(TrialOutcome::Denied), &[Code::CallerDenied]);
    finds_in_case(sound(), tried(TrialOutcome::Unclear), &[]);
    let silent = Case { unanswered: vec![silent("DescribeRule")], ..case() };
    finds_in_case(sound(), silent, &[Code::CallUnanswered]);
    let denied = BTreeMap::from([("ec2:StopInstances".to_owned(), "explicitDeny".to_owned())]);
    let role = Role { arn: "arn".into(), simulated: 9, denied };
    finds_in_stack(|stack| stack.role = Some(role), &[Code::RoleDenied]);
}

#[test]
fn a_topic_that_nobody_hears_is_told() {
    finds_in_stack(|stack| stack.subscriptions.clear(), &[Code::NobodyTold]);
    let unread = |stack: &mut Stack| {
        stack.subscriptions.clear();
        stack.topic_unread = true;
    };
    finds_in_stack(unread, &[]);
    let by_mail = BTreeMap::from([("email".to_owned(), 2), ("email-json".to_owned(), 1)]);
    finds_in_stack(|stack| stack.subscriptions = by_mail, &[Code::MailOnly]);
}

#[test]
fn parts_of_the_stack_that_are_off_are_told() {
    let disable = |states: &mut BTreeMap<String, String>| {
        for state in states.values_mut() {
            "DISABLED".clone_into(state);
        }
    };
    finds_in_stack(|stack| disable(&mut stack.rules), &[Code::RuleOff]);
    finds_in_stack(|stack| disable(&mut stack.schedules), &[Code::ScheduleOff]);
    let function = |change: fn(&mut Function)| {
        move |stack: &mut Stack| stack.functions.values_mut().for_each(change)
    };
    finds_in_stack(function(|one| one.reserved_concurrency = Some(0)), &[Code::FunctionOff]);
    finds_in_stack(function(|one| one.reserved_concurrency = Some(5)), &[]);
    finds_in_stack(function(|one| one.event_sources = Some(Vec::new())), &[Code::QueueUnread]);
    finds_in_stack(
        function(|one| one.event_sources = Some(vec!["Disabled".into()])),
        &[Code::QueueUnread],
    );
    finds_in_stack(function(|one| one.event_sources = None), &[]);
}

#[test]
fn the_stack_s_own_switches_are_told() {
    let stack = || Case { stack: Some(deployed()), ..case() };
    let told = |world, ceilings: Ceilings| codes(&seen(world, &ceilings, stack()));
    let thrown = Ceilings { kill_switch: true, ..enforcing() };
    assert_eq!(told(sound(), thrown), ["switch_thrown"]);
    let stopped = sound().remembering(|memory| memory.stopped = true);
    assert_eq!(told(stopped, enforcing()), ["switch_thrown"]);
    let off = Ceilings { maximum_mode: Mode::Off, ..enforcing() };
    assert_eq!(told(sound(), off), ["nothing_allowed"]);
}

#[test]
fn an_item_of_a_newer_version_is_told() {
    let newer = sound().remembering(|memory| {
        let unread = Unread { about: About::Group(group_name("web")), why: Why::Newer(9) };
        memory.unread.insert("state/group/web".into(), unread);
    });
    let case = Case { stack: Some(deployed()), ..case() };
    assert_eq!(codes(&seen(newer, &enforcing(), case)), ["item_unread"]);
}

#[test]
fn a_window_that_ec2_does_not_know_or_would_not_take_is_told() {
    let windowed = |window| world().with(web().tagged("window", window));
    finds(windowed("Sun 02:00-06:00 @ Europe/Paris"), &[Code::WindowUnknownToEc2]);
    finds(windowed("Sun 02:00-03:00"), &[Code::WindowUnfitForEc2]);
    let known = |tag: (&str, &str)| EventWindow {
        id: "iew-0123456789abcdef0".into(),
        instances: BTreeSet::new(),
        tags: BTreeSet::from([(tag.0.to_owned(), tag.1.to_owned())]),
    };
    let tag = ("aws:autoscaling:groupName", "web");
    let case = Case { event_windows: vec![known(tag)], ..case() };
    finds_in_case(windowed("Sun 02:00-06:00 @ Europe/Paris"), case, &[]);
    let unread = Case { unanswered: vec![silent("DescribeInstanceEventWindows")], ..self::case() };
    let told = [Code::CallUnanswered];
    finds_in_case(windowed("Sun 02:00-06:00 @ Europe/Paris"), unread, &told);
}

#[test]
fn codes_are_words_for_machines_and_each_has_its_row_in_the_document() {
    let document = include_str!("../../../../docs/doctor.md");
    let mut known = BTreeSet::new();
    for code in Code::ALL {
        let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
        assert!(code.as_str().chars().all(plain), "{code}");
        assert!(known.insert(code.as_str()), "{code} stands for two things");
        assert!(
            document.contains(&format!("| `{code}` |")),
            "docs/doctor.md has no row for {code}"
        );
    }
}
