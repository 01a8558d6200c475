//! Lifecycle hooks of others (AWS docs `lifecycle-hooks`, `lifecycle-hooks-overview`,
//! `instance-lifecycle-policy`).

use jiff::SignedDuration;
use shared::testing::cloud::{Cloud, Hook, HookResult, Setup};
use shared::testing::faults::Fault;
use shared::world::InstanceState;

use crate::{always, in_service, lifecycle, minutes, newcomers};

fn unanswered(default_result: HookResult) -> Hook {
    Hook { completed_after: None, heartbeat_timeout: SignedDuration::from_mins(30), default_result }
}

#[test]
fn a_member_on_its_way_out_drains_then_waits_in_its_hook_and_runs_on_until_that_is_completed() {
    let cloud = Cloud::new(1);
    let setup = Setup::group("web", 3).behind_targets();
    let members = cloud.add(&setup.behaving(|behaviour| {
        behaviour.drains_in = SignedDuration::from_mins(2);
        behaviour.termination_hook = Some(Hook::completed_after(10));
        behaviour.leaves_in = SignedDuration::from_mins(5);
    }));
    cloud.scale("web", 2);
    let leaving = &members[2];
    assert_eq!(lifecycle(&cloud, "web", leaving).as_deref(), Some("Terminating"));
    minutes(&cloud, 3);
    assert_eq!(lifecycle(&cloud, "web", leaving).as_deref(), Some("Terminating:Wait"));
    assert_eq!(cloud.instance(leaving).unwrap().state, Some(InstanceState::Running));
    minutes(&cloud, 10);
    assert_eq!(lifecycle(&cloud, "web", leaving).as_deref(), Some("Terminating:Proceed"));
    assert_eq!(cloud.instance(leaving).unwrap().state, Some(InstanceState::ShuttingDown));
    minutes(&cloud, 5);
    assert_eq!(lifecycle(&cloud, "web", leaving), None);
    assert_eq!(in_service(&cloud, "web").len(), 2);
}

#[test]
fn a_hook_that_nobody_completes_answers_itself_at_its_time_out() {
    for (default_result, serves) in [(HookResult::Continue, true), (HookResult::Abandon, false)] {
        let cloud = Cloud::new(2);
        let members = cloud.add(&Setup::group("web", 3).behaving(|behaviour| {
            behaviour.launch_hook = Some(unanswered(default_result));
        }));
        cloud.scale("web", 4);
        let new = newcomers(&cloud, "web", &members).remove(0);
        minutes(&cloud, 20);
        assert_eq!(lifecycle(&cloud, "web", &new).as_deref(), Some("Pending:Wait"));
        minutes(&cloud, 15);
        assert_eq!(in_service(&cloud, "web").contains(&new), serves);
        let newest = newcomers(&cloud, "web", &members).pop();
        assert_eq!(newest == Some(new), serves, "another is launched for one that was abandoned");
    }
}

#[test]
fn a_hook_is_completed_late_or_forgotten_or_abandoned_where_that_strikes() {
    let waits_after_an_hour = |fault: Fault| {
        let cloud = Cloud::new(3);
        let members = cloud.add(&Setup::group("web", 3).behaving(|behaviour| {
            behaviour.launch_hook = Some(Hook::completed_after(40));
        }));
        always(&cloud, fault);
        cloud.scale("web", 4);
        let new = newcomers(&cloud, "web", &members).remove(0);
        minutes(&cloud, 55);
        assert!(cloud.struck(fault) > 0);
        lifecycle(&cloud, "web", &new).as_deref() == Some("Pending:Wait")
    };
    assert!(waits_after_an_hour(Fault::HookLate));
    assert!(waits_after_an_hour(Fault::HookForgotten));
    assert!(!waits_after_an_hour(Fault::HookAbandoned));
}

#[test]
fn a_lifecycle_policy_keeps_whose_termination_hook_was_abandoned_outside_of_the_capacity() {
    let cloud = Cloud::new(4);
    let members = cloud.add(&Setup::group("web", 3).behaving(|behaviour| {
        behaviour.termination_hook = Some(unanswered(HookResult::Abandon));
        behaviour.retains = true;
    }));
    cloud.scale("web", 2);
    minutes(&cloud, 35);
    assert_eq!(lifecycle(&cloud, "web", &members[2]).as_deref(), Some("Terminating:Retained"));
    assert_eq!(cloud.instance(&members[2]).unwrap().state, Some(InstanceState::Running));
    assert_eq!(in_service(&cloud, "web").len(), 2);
    cloud.tidy_up_by_hand();
    minutes(&cloud, 5);
    assert_eq!(lifecycle(&cloud, "web", &members[2]), None);
}

#[test]
fn a_termination_past_the_group_waits_for_no_hook_and_the_group_notices_afterwards() {
    let cloud = Cloud::new(5);
    let members = cloud.add(&Setup::group("web", 3).behaving(|behaviour| {
        behaviour.termination_hook = Some(Hook::completed_after(30));
    }));
    cloud.terminate_by_hand(&members[0]);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("InService"));
    assert_eq!(cloud.instance(&members[0]).unwrap().state, Some(InstanceState::ShuttingDown));
    minutes(&cloud, 2);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("Terminating:Wait"));
    assert_eq!(cloud.instance(&members[0]).unwrap().state, Some(InstanceState::Terminated));
    assert_eq!(newcomers(&cloud, "web", &members).len(), 1);
    minutes(&cloud, 31);
    assert_eq!(lifecycle(&cloud, "web", &members[0]), None);
}
