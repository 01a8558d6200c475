//! Replica sets: at most one member is out, across groups, and the next waits until it is ready.

use shared::plan::Order;
use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, group, incident_of, reboot_of, replica_set,
    unhurried, world,
};
use shared::world::InstanceState;

use super::check;

/// A group of three whose members are all of set `s`, with a readiness gate that all pass.
fn shard(name: &str) -> GroupBuilder {
    let ready = |it: InstanceBuilder| it.tagged("replica-set", "s").tagged("is-ready", "true");
    group(name).members(3).tagged("ready", "tag").tagged("max-unavailable", "3").each(ready)
}

/// One group in each zone, a quorum over all three.
fn quorum(change: impl Fn(&str, GroupBuilder) -> GroupBuilder) -> WorldBuilder {
    let groups = ["east", "mid", "west"].map(|name| change(name, shard(name)));
    groups.into_iter().fold(world(), WorldBuilder::with).with(reboot_of("east-1"))
}

const OPENS: [&str; 1] = ["east-1 opens terminate-first: due"];

#[test]
fn replica_set_out_where_any_other_member_is_out() {
    check(quorum(|_, shard| shard), &unhurried(), OPENS);
    let failing = quorum(|name, shard| match name {
        "east" => shard.member("east-3", InstanceBuilder::unhealthy),
        _ => shard,
    });
    check(failing, &unhurried(), ["east-1 holds: replica_set_out s 1"]);
}

#[test]
fn replica_set_out_across_groups() {
    let failing = quorum(|name, shard| match name {
        "west" => shard.member("west-2", InstanceBuilder::unhealthy),
        _ => shard,
    });
    check(failing, &unhurried(), ["east-1 holds: replica_set_out s 1"]);
}

#[test]
fn replica_set_out_counts_members_that_fail_a_check_or_are_not_ready() {
    for change in [InstanceBuilder::impaired, |it: InstanceBuilder| it.tagged("is-ready", "false")]
    {
        let failing = quorum(|name, shard| match name {
            "mid" => shard.member("mid-2", change),
            _ => shard,
        });
        check(failing, &unhurried(), ["east-1 holds: replica_set_out s 1"]);
    }
}

#[test]
fn replica_set_out_counts_members_that_ec2_ends_before_their_group_has_noticed() {
    for state in [InstanceState::ShuttingDown, InstanceState::Stopping, InstanceState::Stopped] {
        let failing = quorum(|name, shard| match name {
            "mid" => shard.member("mid-2", |it| it.state(state.clone())),
            _ => shard,
        });
        check(failing, &unhurried(), ["east-1 holds: replica_set_out s 1"]);
    }
}

#[test]
fn replica_set_out_counts_members_that_are_absent_or_were_terminated_by_others() {
    for changed in [|shard: GroupBuilder| shard.desired(4), |it: GroupBuilder| it.without("west-2")]
    {
        let absent = quorum(|name, shard| if name == "west" { changed(shard) } else { shard });
        check(absent, &unhurried(), ["east-1 holds: replica_set_out s 1"]);
    }
}

/// Each of three members of a set of its own, in `s`, `t` and `u`.
fn one_of_each(name: &str) -> GroupBuilder {
    let sets = [("1", "s"), ("2", "t"), ("3", "u")];
    let named = sets.map(|(number, set)| (format!("{name}-{number}"), set));
    named.into_iter().fold(shard(name), |shard, (member, set)| {
        shard.member(&member, |it| it.tagged("replica-set", set))
    })
}

#[test]
fn replica_set_out_where_a_member_that_names_no_set_yet_may_be_the_one_that_nobody_saw() {
    let nameless = |it: InstanceBuilder| {
        it.but(|instance| {
            instance.tags.remove("reberth:replica-set");
            instance.tags.remove("reberth:is-ready");
        })
    };
    let east = || world().with(one_of_each("east")).with(reboot_of("east-3"));
    let replaced = one_of_each("mid").member("mid-3", nameless);
    check(east().with(replaced), &unhurried(), ["east-3 holds: replica_set_out u 1"]);
    let strangers = shard("mid").each(|it| it.tagged("replica-set", "v"));
    let strangers = strangers.member("mid-3", nameless);
    check(east().with(strangers), &unhurried(), ["east-3 opens terminate-first: due"]);
}

#[test]
fn its_own_impairment_is_not_replica_set_out() {
    for change in [InstanceBuilder::impaired, |it: InstanceBuilder| it.tagged("is-ready", "false")]
    {
        let failing = quorum(|name, shard| match name {
            "east" => shard.member("east-1", change),
            _ => shard,
        });
        check(failing, &unhurried(), OPENS);
    }
}

#[test]
fn a_member_of_another_set_that_fails_is_not_replica_set_out() {
    let other = quorum(|name, shard| match name {
        "west" => shard.member("west-2", |it| it.tagged("replica-set", "t").unhealthy()),
        _ => shard,
    });
    check(other, &unhurried(), OPENS);
}

#[test]
fn members_that_aws_merely_scheduled_are_not_replica_set_out() {
    let scheduled = quorum(|_, shard| shard).with(reboot_of("mid-1").in_days(20));
    let rows = [OPENS[0], "mid-1 holds: limit_full replica-set/s of 1"];
    check(scheduled, &unhurried(), rows);
}

#[test]
fn limit_full_of_a_replica_set_across_three_groups() {
    let all = quorum(|_, shard| shard).with(reboot_of("mid-1").in_days(20));
    let all = all.with(reboot_of("west-1").in_days(21));
    let rows = [
        OPENS[0],
        "mid-1 holds: limit_full replica-set/s of 1",
        "west-1 holds: limit_full replica-set/s of 1",
    ];
    check(all, &unhurried(), rows);
}

#[test]
fn our_own_act_in_flight_is_limit_full_and_not_replica_set_out() {
    let ours = incident_of("west-2").replacing(Order::TerminateFirst).of_set("s").minutes_ago(1);
    let leaving = quorum(|name, shard| match name {
        "west" => shard.member("west-2", |it| it.lifecycle("Terminating")),
        _ => shard,
    });
    let rows = ["west-2 waits: launching", "east-1 holds: limit_full replica-set/s of 1"];
    check(leaving.with(ours), &unhurried(), rows);
}

#[test]
fn our_own_replacement_on_its_way_is_not_replica_set_out() {
    let ours = incident_of("west-2").replacing(Order::TerminateFirst).of_set("s").minutes_ago(3);
    let coming = quorum(|name, shard| match name {
        "west" => shard
            .without("west-2")
            .joined("west-4")
            .member("west-4", |it| it.tagged("replica-set", "s").lifecycle("Pending")),
        _ => shard,
    });
    let rows = ["west-2 waits: launching", "east-1 holds: limit_full replica-set/s of 1"];
    check(coming.with(ours), &unhurried(), rows);
}

#[test]
fn a_member_that_leaves_after_its_replacement_serves_is_not_replica_set_out() {
    let served = incident_of("west-2").served_by("west-4").minutes_ago(3);
    let leaving = quorum(|name, shard| match name {
        "west" => shard
            .member("west-2", |it| it.lifecycle("Terminating:Wait"))
            .joined("west-4")
            .member("west-4", |it| it.tagged("replica-set", "s").tagged("is-ready", "true")),
        _ => shard,
    });
    let rows = ["west-2 waits: waiting_for_ten_minutes", OPENS[0]];
    check(leaving.with(served), &unhurried(), rows);
}

#[test]
fn a_member_that_ec2_did_not_describe_is_taken_by_auto_scalings_word() {
    check(quorum(|_, shard| shard).silent_about("west-2"), &unhurried(), OPENS);
}

#[test]
fn a_member_without_a_set_is_of_all_sets_of_its_group() {
    let bare = quorum(|name, shard| match name {
        "east" => {
            shard.member("east-1", |it| it.but(|i| drop(i.tags.remove("reberth:replica-set"))))
        }
        "west" => shard.member("west-2", InstanceBuilder::unhealthy),
        _ => shard,
    });
    check(bare, &unhurried(), ["east-1 holds: replica_set_out s 1"]);
}

#[test]
fn a_set_that_a_member_ever_named_is_remembered_for_its_group() {
    let web =
        group("web").members(6).remembering(|web| web.replica_sets = [replica_set("s")].into());
    let fleet = quorum(|name, shard| match name {
        "west" => shard.member("west-2", InstanceBuilder::unhealthy),
        _ => shard,
    });
    let fleet = fleet.with(web).with(reboot_of("web-1").in_days(20));
    let rows = ["east-1 holds: replica_set_out s 1", "web-1 holds: replica_set_out s 1"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn no_readiness_gate_for_the_second_act_in_a_set() {
    let ungated = |acted: bool| {
        quorum(move |_, shard| {
            let shard = shard.but(|group| drop(group.tags.remove("reberth:ready")));
            shard.remembering(|m| m.acted_sets.extend(acted.then(|| replica_set("s"))))
        })
    };
    check(ungated(false), &unhurried(), OPENS);
    check(ungated(true), &unhurried(), ["east-1 holds: no_readiness_gate"]);
}

#[test]
fn no_readiness_gate_for_the_second_act_whichever_group_the_first_was_in() {
    let ungated = quorum(|name, shard| {
        let shard = shard.but(|group| drop(group.tags.remove("reberth:ready")));
        let first = (name == "west").then(|| replica_set("s"));
        shard.remembering(|memory| memory.acted_sets.extend(first))
    });
    check(ungated, &unhurried(), ["east-1 holds: no_readiness_gate"]);
}

#[test]
fn a_second_act_in_a_set_with_a_readiness_gate_goes_on() {
    let acted = quorum(|_, shard| shard.remembering(|m| m.acted_sets.extend([replica_set("s")])));
    check(acted, &unhurried(), OPENS);
}

#[test]
fn no_readiness_gate_in_a_group_of_low_tolerance() {
    let low = |ready: &[&str]| {
        let web = group("web").members(6).tagged("tolerance", "low");
        let web = ready.iter().fold(web, |web, gate| web.tagged("ready", gate));
        world().with(web).with(reboot_of("web-1"))
    };
    check(low(&[]), &unhurried(), ["web-1 holds: no_readiness_gate"]);
    check(low(&["tag"]), &unhurried(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn gate_unreadable_is_no_gate_to_send_anybody_out_through() {
    for (gate, row) in [
        ("ssm:AWS-RunShellScript", "web-1 opens terminate-first: due"),
        ("alarm:web-ready", "web-1 opens terminate-first: due"),
        ("when it is done", "web-1 holds: gate_unreadable"),
    ] {
        let web = group("web").members(6).tagged("ready", gate);
        let fleet = world().with(web).with(reboot_of("web-1"));
        check(fleet, &unhurried(), [row]);
    }
}

#[test]
fn the_word_of_a_readiness_gate_is_read_in_any_letter_case() {
    let unready = quorum(|name, shard| match name {
        "mid" => shard.tagged("ready", "Tag").member("mid-2", |it| it.tagged("is-ready", "no")),
        _ => shard,
    });
    check(unready, &unhurried(), ["east-1 holds: replica_set_out s 1"]);
}
