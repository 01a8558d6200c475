//! What holds a member that would be replaced, and holds it as well, or does not hold it, where it
//! is stopped and started or ridden out in standby.

use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, image, in_minutes, reboot_of,
    replica_set, unhurried, world,
};
use shared::world::{ImageState, LastLaunch, TemplateState};

use super::check;

/// Six members of which the first is due for either way: AWS acts within half an hour.
fn due(web: GroupBuilder, way: &str) -> WorldBuilder {
    world().with(web.tagged("relaunch", way)).with(reboot_of("web-1").in_minutes(20))
}

fn six() -> GroupBuilder {
    group("web").members(6)
}

/// The group holds a stop and a ride for the same reason.
#[track_caller]
fn holds_both(web: &GroupBuilder, reason: &str) {
    for way in ["stop-start", "ride"] {
        let row = format!("web-1 holds: {reason}");
        check(due(web.clone(), way), &unhurried(), [&row]);
    }
}

#[track_caller]
fn holds_neither(web: &GroupBuilder) {
    check(due(web.clone(), "stop-start"), &unhurried(), ["web-1 opens stop_start: due"]);
    check(due(web.clone(), "ride"), &unhurried(), ["web-1 opens ride: due"]);
}

#[test]
fn a_calm_group_holds_neither() {
    holds_neither(&six());
}

#[test]
fn both_are_held_by_what_others_do_to_the_group() {
    holds_both(&six().but(|web| web.deleting = true), "group_being_deleted");
    for process in ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"] {
        holds_both(&six().suspended(process), &format!("process_suspended {process}"));
    }
    let refreshed = six().preflight(|seen| seen.refresh = Some("08b91cf7".to_owned()));
    holds_both(&refreshed, "refresh_running");
    let silent = six().preflight(|seen| seen.unanswered = Some("throttled".to_owned()));
    holds_both(&silent, "call_failed");
}

#[test]
fn both_are_held_by_members_that_fail() {
    let failing = |names: &[&str]| {
        let wide = six().tagged("max-unavailable", "6");
        names.iter().fold(wide, |web, name| web.member(name, InstanceBuilder::unhealthy))
    };
    holds_neither(&failing(&["web-6"]));
    holds_both(&failing(&["web-5", "web-6"]), "others_out 2 of 1");
    let nine = group("web").members(9).tagged("max-unavailable", "9").desired(7);
    let nine = nine.member("web-5", InstanceBuilder::unhealthy);
    holds_both(&nine.member("web-8", InstanceBuilder::unhealthy), "zone_impaired");
}

#[test]
fn both_are_held_by_their_own_state() {
    for state in ["Pending:Wait", "Terminating", "Detaching", "Warmed:Stopped"] {
        let web = six().member("web-1", |it| it.lifecycle(state));
        holds_both(&web, &format!("not_in_service {state}"));
    }
    let unhealthy = six().member("web-1", InstanceBuilder::unhealthy);
    holds_both(&unhealthy, "not_in_service Unhealthy");
    holds_both(&six().standby("web-1"), "in_standby");
}

#[test]
fn both_are_held_by_whoever_else_owns_it() {
    for (tag, reason) in [
        ("aws:elasticmapreduce:job-flow-id", "emr_owned"),
        ("AWSBatchServiceTag", "batch_owned"),
        ("eks:cluster-name", "eks_owned"),
        ("aws:ec2spot:fleet-request-id", "fleet_owned"),
    ] {
        holds_both(&six().member("web-1", |it| it.carrying(tag)), reason);
    }
    let operator = |it: InstanceBuilder| it.but(|i| i.operator = Some("eks.amazonaws.com".into()));
    holds_both(&six().member("web-1", operator), "operator_managed");
}

#[test]
fn both_are_held_by_their_replica_set() {
    let quorum = || six().each(|it| it.tagged("replica-set", "s")).tagged("ready", "tag");
    let ready = || quorum().each(|it| it.tagged("is-ready", "true"));
    holds_neither(&ready());
    let out = ready().member("web-6", |it| it.tagged("is-ready", "no"));
    holds_both(&out, "replica_set_out s 1");
    let ungated = six().each(|it| it.tagged("replica-set", "s"));
    let second = ungated.remembering(|memory| memory.acted_sets.extend([replica_set("s")]));
    holds_both(&second, "no_readiness_gate");
    holds_both(&six().tagged("tolerance", "low"), "no_readiness_gate");
    holds_both(&six().tagged("ready", "when it is done"), "gate_unreadable");
}

#[test]
fn a_stop_is_held_by_work_and_protection_and_a_ride_is_not() {
    let protected = six().member("web-1", InstanceBuilder::protected);
    let stop = due(protected.clone(), "stop-start");
    check(stop, &enforcing(), ["web-1 holds: protected_from_scale_in"]);
    check(due(protected, "ride"), &enforcing(), ["web-1 opens ride: due"]);
    let busy = |way| due(six(), way).busy("web-1", 60);
    check(busy("stop-start"), &enforcing(), ["web-1 holds: busy 01 13:00"]);
    check(busy("ride"), &enforcing(), ["web-1 opens ride: due"]);
}

#[test]
fn neither_is_held_by_what_keeps_a_group_from_launching() {
    holds_neither(&six().unproven());
    let failed = LastLaunch::Failed { at: in_minutes(-9), message: "no capacity".to_owned() };
    holds_neither(&six().preflight(|seen| seen.last_launch = failed));
    holds_neither(&six().preflight(|seen| seen.image = ImageState::Gone(image())));
    let missing = TemplateState::Missing { message: "no version 9".to_owned() };
    holds_neither(&six().preflight(|seen| seen.template = missing));
    let waiting = (shared::testing::builders::id("web-6"), in_minutes(-90));
    holds_neither(&six().preflight(|seen| seen.waiting_to_terminate = Some(waiting)));
}
