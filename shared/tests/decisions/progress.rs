//! Acts under way: from the intent to the replacement that serves.

use shared::plan::Order;
use shared::policy::Ceilings;
use shared::testing::builders::{
    GroupBuilder, IncidentBuilder, InstanceBuilder, WorldBuilder, enforcing, group, incident_of,
    reboot_of, world,
};
use shared::world::{CheckStatus, InstanceState, TargetState};

use super::check;

fn six() -> GroupBuilder {
    group("web").members(6)
}

/// Member 1 was there, member 7 came for it.
fn replaced() -> GroupBuilder {
    six().without("web-1").joined("web-7")
}

fn intended() -> IncidentBuilder {
    incident_of("web-1").intended(Order::TerminateFirst)
}

fn replacing() -> IncidentBuilder {
    incident_of("web-1").replacing(Order::TerminateFirst).minutes_ago(4)
}

fn web(group: GroupBuilder, incident: IncidentBuilder) -> WorldBuilder {
    world().with(group).with(reboot_of("web-1")).with(incident)
}

fn serving(change: impl FnOnce(InstanceBuilder) -> InstanceBuilder) -> WorldBuilder {
    web(replaced().member("web-7", change), replacing())
}

#[test]
fn intent_in_doubt_is_not_issued_again_before_90_seconds() {
    let waits = ["web-1 waits: intent_in_doubt"];
    check(web(six(), intended().seconds_ago(0)), &enforcing(), waits);
    check(web(six(), intended().seconds_ago(89)), &enforcing(), waits);
}

#[test]
fn tried_again_after_90_seconds_without_a_trace() {
    let again = ["web-1 opens terminate-first again: tried_again"];
    check(web(six(), intended().seconds_ago(90)), &enforcing(), again);
}

#[test]
fn took_effect_when_the_member_is_leaving_gone_or_shutting_down() {
    let effect = ["web-1 records an effect: took_effect"];
    for state in ["Terminating", "Terminating:Wait", "Terminating:Proceed", "Terminated"] {
        let leaving = six().member("web-1", |it| it.lifecycle(state));
        check(web(leaving, intended()), &enforcing(), effect);
    }
    check(web(six().without("web-1"), intended()), &enforcing(), effect);
    let stopping = six().member("web-1", |it| it.state(InstanceState::ShuttingDown));
    check(web(stopping, intended()), &enforcing(), effect);
}

#[test]
fn took_effect_of_launch_first_is_seen_by_the_mark() {
    let marked = six().launching_first(150).member("web-1", InstanceBuilder::unhealthy);
    let intended = incident_of("web-1").intended(Order::LaunchFirst);
    let effect = ["web-1 records an effect: took_effect"];
    check(web(marked, intended), &enforcing(), effect);
}

#[test]
fn an_unhealthy_mark_is_not_the_effect_of_terminate_first() {
    let unhealthy = six().member("web-1", InstanceBuilder::unhealthy);
    let waits = ["web-1 waits: intent_in_doubt"];
    check(web(unhealthy, intended().seconds_ago(89)), &enforcing(), waits);
}

#[test]
fn tried_again_however_late_where_launch_first_left_no_mark() {
    let unmarked = six().launching_first(150);
    let intended = incident_of("web-1").intended(Order::LaunchFirst).minutes_ago(10);
    let again = ["web-1 opens launch-first again: tried_again"];
    check(web(unmarked, intended), &enforcing(), again);
}

#[test]
fn withdrawn_when_something_holds_it_meanwhile() {
    let later = || intended().minutes_ago(2);
    let busy = web(six(), later()).busy("web-1", 30);
    check(busy, &enforcing(), ["web-1 withdraws: busy 01 12:30"]);
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    check(web(six(), later()), &stopped, ["web-1 withdraws: kill_switch"]);
    let observed = six().tagged("mode", "observe");
    check(web(observed, later()), &enforcing(), ["web-1 withdraws: observe"]);
    let off = six().tagged("mode", "off");
    check(web(off, later()), &enforcing(), ["web-1 withdraws: not_opted_in"]);
}

#[test]
fn launching_until_the_group_has_a_new_member() {
    let leaving = six().member("web-1", |it| it.lifecycle("Terminating"));
    check(web(leaving, replacing()), &enforcing(), ["web-1 waits: launching"]);
    let pending = replaced().member("web-7", |it| it.lifecycle("Pending:Wait"));
    check(web(pending, replacing()), &enforcing(), ["web-1 waits: launching"]);
}

#[test]
fn waiting_for_checks_until_two_of_two_passed() {
    let waits = ["web-1 waits: waiting_for_checks web-7"];
    for status in [CheckStatus::Initializing, CheckStatus::Impaired, CheckStatus::Unknown] {
        let new = serving(|it| it.but(|i| i.system_status = status));
        check(new, &enforcing(), waits);
        let new = serving(|it| it.but(|i| i.instance_status = status));
        check(new, &enforcing(), waits);
    }
    check(serving(|it| it.state(InstanceState::Pending)), &enforcing(), waits);
}

#[test]
fn waiting_for_targets_until_all_of_them_are_healthy() {
    let web = || web(replaced().behind("one").behind("two"), replacing());
    let healthy = || web().target("one", "web-7", TargetState::Healthy);
    let waits = ["web-1 waits: waiting_for_targets web-7"];
    check(web(), &enforcing(), waits);
    check(healthy(), &enforcing(), waits);
    for state in [TargetState::Initial, TargetState::Draining, TargetState::Unhealthy] {
        check(healthy().target("two", "web-7", state), &enforcing(), waits);
    }
    let both = healthy().target("two", "web-7", TargetState::Healthy);
    check(both, &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn waiting_for_ready_until_the_instance_says_so() {
    let gated = |value: &str| {
        let new = replaced().tagged("ready", "tag");
        web(new.member("web-7", |it| it.tagged("is-ready", value)), replacing())
    };
    check(gated("no"), &enforcing(), ["web-1 waits: waiting_for_ready web-7"]);
    check(gated("true"), &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn replica_set_tag_missing_until_the_replacement_names_one_of_its_predecessors_sets() {
    let named = |set: &str| {
        let new = replaced().member("web-7", |it| it.tagged("replica-set", set));
        web(new, replacing().of_set("s"))
    };
    let waits = ["web-1 waits: replica_set_tag_missing web-7"];
    check(web(replaced(), replacing().of_set("s")), &enforcing(), waits);
    check(named("t"), &enforcing(), waits);
    check(named("s"), &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn the_replacement_of_a_member_of_all_sets_names_any_of_them() {
    let named = replaced().member("web-7", |it| it.tagged("replica-set", "s"));
    let of_all = replacing().of_set("s").of_set("t");
    check(web(named, of_all), &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn no_positive_look_leaves_an_intent_without_a_trace_as_it_is() {
    let silent = web(six(), intended().minutes_ago(2)).silent_about("web-1");
    check(silent, &enforcing(), ["web-1 waits: no_positive_look"]);
}

#[test]
fn waiting_for_group_counts_in_capacity_units() {
    let weighted = |new| {
        let web = six().each(|it| it.weighing(2)).desired(12).without("web-1").joined("web-7");
        web.member("web-7", |it| it.weighing(new))
    };
    let short = web(weighted(1), replacing());
    check(short, &enforcing(), ["web-1 waits: waiting_for_group 11 of 12"]);
    let whole = web(weighted(2), replacing());
    check(whole, &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn waiting_for_group_while_another_member_fails() {
    let failing = replaced().member("web-4", InstanceBuilder::unhealthy);
    let row = "web-1 waits: waiting_for_group 5 of 6";
    check(web(failing, replacing()), &enforcing(), [row]);
}

#[test]
fn the_group_is_whole_but_for_what_we_have_out_elsewhere_in_it() {
    let two = six().without("web-1").without("web-2").joined("web-7");
    let younger = incident_of("web-2").replacing(Order::TerminateFirst).minutes_ago(2);
    let fleet = web(two, replacing()).with(reboot_of("web-2")).with(younger);
    let rows = ["web-1 records service: serving web-7", "web-2 waits: launching"];
    check(fleet, &enforcing(), rows);
}

#[test]
fn serving_when_everything_is_as_it_should_be() {
    check(serving(|it| it), &enforcing(), ["web-1 records service: serving web-7"]);
}

#[test]
fn serving_is_recorded_whatever_mode_window_or_switch_say_now() {
    let stopped = Ceilings { kill_switch: true, ..enforcing() };
    let row = ["web-1 records service: serving web-7"];
    for (key, value) in [("mode", "off"), ("window", "Sun 02:00-03:00"), ("hold-until", "soon")] {
        check(web(replaced().tagged(key, value), replacing()), &stopped, row);
    }
}

#[test]
fn two_acts_of_a_group_are_paired_with_two_new_members_in_their_order() {
    let two = six().without("web-1").without("web-2").joined("web-7").joined("web-8");
    let older = incident_of("web-2").replacing(Order::TerminateFirst).minutes_ago(9);
    let fleet = web(two, replacing()).with(reboot_of("web-2")).with(older);
    let rows = ["web-1 records service: serving web-8", "web-2 records service: serving web-7"];
    check(fleet, &enforcing(), rows);
}

#[test]
fn a_new_member_that_names_the_set_is_the_replacement_of_its_predecessor() {
    let two = six().without("web-1").without("web-2").joined("web-7").joined("web-8");
    let two = two.member("web-7", |it| it.tagged("replica-set", "s"));
    let two = two.member("web-8", |it| it.tagged("replica-set", "t"));
    let older = incident_of("web-2").replacing(Order::TerminateFirst).of_set("t").minutes_ago(9);
    let fleet = web(two, replacing().of_set("s")).with(reboot_of("web-2")).with(older);
    let rows = ["web-1 records service: serving web-7", "web-2 records service: serving web-8"];
    check(fleet, &enforcing(), rows);
}

#[test]
fn of_two_new_members_the_one_in_service_is_the_replacement() {
    let two = replaced().joined("web-8").member("web-7", |it| it.lifecycle("Pending"));
    check(web(two, replacing()), &enforcing(), ["web-1 records service: serving web-8"]);
}

#[test]
fn waits_for_a_replacement_that_ec2_does_not_describe_yet() {
    let silent = web(replaced(), replacing()).silent_about("web-7");
    check(silent, &enforcing(), ["web-1 waits: launching"]);
}
