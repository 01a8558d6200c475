//! Limits: what each allows, what counts against it, and that one act takes the slot of the next.

use shared::ledger::{Limit, Taking};
use shared::plan::{Order, Step};
use shared::policy::Ceilings;
use shared::testing::builders::{
    GroupBuilder, InstanceBuilder, WorldBuilder, enforcing, group, group_name, in_minutes,
    incident_of, reboot_of, retirement_of, standalone, unhurried, world, zone,
};
use shared::world::InstanceState;

use super::check;

/// The members with these numbers are to be rebooted.
fn scheduled(group: GroupBuilder, numbers: &[u32]) -> WorldBuilder {
    numbers
        .iter()
        .fold(world().with(group), |fleet, number| fleet.with(reboot_of(&format!("web-{number}"))))
}

/// How many of nine scheduled members may go at once.
fn opened(group: GroupBuilder, ceilings: &Ceilings) -> usize {
    let fleet = scheduled(group, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).build();
    let plans = shared::decide::decide(&fleet, ceilings);
    super::laws::obeyed(&fleet, ceilings, &plans);
    plans.iter().filter(|plan| matches!(plan.step, Step::Open(_))).count()
}

fn takes(fleet: WorldBuilder) -> Vec<Taking> {
    let plans = shared::decide::decide(&fleet.build(), &unhurried());
    let mut takes = plans.into_iter().find_map(|plan| match plan.step {
        Step::Open(opening) => Some(opening.takes),
        _ => None,
    });
    takes.take().unwrap_or_default()
}

#[test]
fn limit_full_for_the_second_of_a_group_by_default() {
    let rows = ["web-1 opens terminate-first: due", "web-2 holds: limit_full group/web of 1"];
    check(scheduled(group("web").members(9), &[1, 2]), &unhurried(), rows);
}

#[test]
fn limit_full_of_a_group_at_what_its_tag_says() {
    for (members, tag, at_once) in
        [(9, "3", 3), (9, "10pct", 1), (40, "10pct", 4), (9, "0", 0), (9, "nonsense", 1)]
    {
        let web = group("web").members(members).tagged("max-unavailable", tag);
        assert_eq!(opened(web, &unhurried()), at_once, "{tag} of {members}");
    }
}

#[test]
fn a_share_of_a_group_is_of_what_its_owner_wants_whoever_is_out() {
    let tenth = |members| group("web").members(members).tagged("max-unavailable", "10pct");
    let of_others = scheduled(tenth(20).standby("web-20"), &[1, 2]);
    let rows = ["web-1 opens terminate-first: due", "web-2 holds: limit_full group/web of 1"];
    check(of_others, &unhurried(), rows);
    let leaving = tenth(19).member("web-19", |it| it.lifecycle("Terminating"));
    let ours = incident_of("web-19").replacing(Order::TerminateFirst).minutes_ago(2);
    let rows = ["web-19 waits: launching", "web-1 holds: limit_full group/web of 1"];
    check(scheduled(leaving, &[1]).with(ours), &unhurried(), rows);
}

#[test]
fn limit_full_of_a_group_never_above_the_stacks_maximum() {
    let wide = group("web").members(9).tagged("max-unavailable", "9");
    assert_eq!(opened(wide, &Ceilings { maximum_unavailable: 2, ..unhurried() }), 2);
}

#[test]
fn limit_full_of_a_group_that_launches_first_at_its_surplus() {
    for (members, maximum, at_once) in [(40, 110, 4), (9, 110, 1), (9, 150, 4), (9, 200, 9)] {
        let web = group("web").members(members).launching_first(maximum);
        assert_eq!(opened(web, &unhurried()), at_once, "{maximum} percent of {members}");
    }
}

#[test]
fn limit_full_of_a_group_that_launches_first_at_the_lesser_of_tag_and_surplus() {
    let narrow = group("web").members(9).launching_first(200).tagged("max-unavailable", "2");
    assert_eq!(opened(narrow, &unhurried()), 2);
    let wide = group("web").members(9).launching_first(110).tagged("max-unavailable", "5");
    assert_eq!(opened(wide, &unhurried()), 1);
}

#[test]
fn limit_full_of_a_group_by_what_is_out_for_other_reasons() {
    let web = |tag| group("web").members(9).tagged("max-unavailable", tag);
    let one_out = |tag| web(tag).member("web-9", InstanceBuilder::unhealthy);
    let rows = ["web-1 holds: limit_full group/web of 0"];
    check(scheduled(one_out("1"), &[1]), &unhurried(), rows);
    check(scheduled(one_out("2"), &[1]), &unhurried(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn limit_full_of_a_weighted_group_after_one_whatever_its_tag_says() {
    let weighted = group("web").members(9).each(|it| it.weighing(2)).desired(18);
    assert_eq!(opened(weighted.tagged("max-unavailable", "5"), &unhurried()), 1);
}

#[test]
fn limit_full_by_an_act_that_the_ledger_remembers() {
    let replaced = group("web").members(9).member("web-9", |it| it.lifecycle("Terminating"));
    let ours = incident_of("web-9").replacing(Order::TerminateFirst).minutes_ago(2);
    let rows = ["web-9 waits: launching", "web-1 holds: limit_full group/web of 1"];
    check(scheduled(replaced, &[1]).with(ours), &unhurried(), rows);
}

#[test]
fn limit_full_no_more_once_the_replacement_serves() {
    let replaced = group("web").members(9).without("web-9").joined("web-10");
    let ours = incident_of("web-9").served_by("web-10").minutes_ago(2);
    let rows = ["web-9 waits: waiting_for_ten_minutes", "web-1 opens terminate-first: due"];
    check(scheduled(replaced, &[1]).with(ours), &unhurried(), rows);
}

#[test]
fn limit_full_of_the_account_at_five_percent_and_at_least_one() {
    for (members, at_once) in [(9, 1), (39, 1), (40, 2), (100, 5)] {
        let web = group("web").members(members).tagged("max-unavailable", "9");
        assert_eq!(opened(web, &enforcing()), at_once, "of {members}");
    }
}

#[test]
fn whoever_is_gone_is_no_part_of_what_the_limit_of_the_account_is_a_share_of() {
    let gone = standalone("box").state(InstanceState::Terminated);
    let fleet = world().with(group("web").members(39)).with(gone).build();
    assert_eq!(fleet.managed_instances(), 39);
}

#[test]
fn limit_full_of_the_account_across_groups() {
    let fleet = world().with(group("web").members(6)).with(group("db").members(6));
    let fleet = fleet.with(reboot_of("web-1").in_days(2)).with(reboot_of("db-1").in_days(3));
    let rows = ["web-1 opens terminate-first: due", "db-1 holds: limit_full account of 1"];
    check(fleet, &enforcing(), rows);
}

#[test]
fn limit_full_of_a_zone_where_its_tag_says_so() {
    let web = group("web").members(9).tagged("max-unavailable", "9");
    let web = web.tagged("max-unavailable-per-zone", "1");
    let rows = [
        "web-1 opens terminate-first: due",
        "web-2 opens terminate-first: due",
        "web-4 holds: limit_full zone/us-west-2a/web of 1",
    ];
    check(scheduled(web, &[1, 2, 4]), &unhurried(), rows);
}

#[test]
fn a_share_of_a_zone_is_of_the_members_there() {
    let web = group("web").members(12).tagged("max-unavailable-per-zone", "50pct");
    let limit = Limit::Zone(group_name("web"), zone("a"));
    assert!(takes(scheduled(web, &[1])).contains(&Taking { limit, capacity: 2 }));
}

#[test]
fn limit_full_of_a_zone_by_what_is_out_there_for_other_reasons() {
    let web = group("web").members(9).tagged("max-unavailable", "9");
    let web = web.tagged("max-unavailable-per-zone", "1");
    let web = web.member("web-4", InstanceBuilder::unhealthy);
    let rows =
        ["web-1 holds: limit_full zone/us-west-2a/web of 0", "web-2 opens terminate-first: due"];
    check(scheduled(web, &[1, 2]), &unhurried(), rows);
}

#[test]
fn limit_full_of_a_named_limit_across_groups() {
    let named = |name| group(name).members(6).tagged("limits", "db=1+rack=3");
    let fleet = world().with(named("web")).with(named("db"));
    let fleet = fleet.with(reboot_of("web-1").in_days(2)).with(reboot_of("db-1").in_days(3));
    let rows = ["web-1 opens terminate-first: due", "db-1 holds: limit_full limit/db of 1"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn the_most_urgent_takes_the_slot() {
    let fleet = world().with(group("web").members(6));
    let fleet = fleet.with(reboot_of("web-1").in_days(9)).with(reboot_of("web-2").in_days(2));
    let rows = ["web-2 opens terminate-first: due", "web-1 holds: limit_full group/web of 1"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn degraded_hardware_takes_the_slot_where_the_dates_are_the_same() {
    let fleet = world().with(group("web").members(6)).with(reboot_of("web-1"));
    let fleet = fleet.with(retirement_of("web-2").seen_minutes_ago(600));
    let rows = ["web-2 opens terminate-first: due", "web-1 holds: limit_full group/web of 1"];
    check(fleet, &unhurried(), rows);
}

#[test]
fn a_held_member_takes_no_slot_from_the_next() {
    let web = group("web").members(6).member("web-1", InstanceBuilder::protected);
    let rows = ["web-1 holds: protected_from_scale_in", "web-2 opens terminate-first: due"];
    check(scheduled(web, &[1, 2]), &enforcing(), rows);
}

#[test]
fn governor_after_ten_acts_within_the_hour() {
    let acted = |acts| scheduled(group("web").members(6), &[1]).acts_within_the_hour(acts);
    check(acted(9), &enforcing(), ["web-1 opens terminate-first: due"]);
    check(acted(10), &enforcing(), ["web-1 holds: governor 01 12:50"]);
}

#[test]
fn governor_counts_the_acts_of_this_look_too() {
    let web = group("web").members(9).tagged("max-unavailable", "9");
    assert_eq!(opened(web, &Ceilings { acts_per_hour: 4, ..unhurried() }), 4);
}

#[test]
fn governor_forgets_acts_of_more_than_an_hour_ago() {
    let old = |memory: &mut shared::world::Memory| {
        memory.governor.acts = (0..10).map(|n| in_minutes(-60 - n)).collect();
    };
    let fleet = scheduled(group("web").members(6), &[1]).remembering(old);
    check(fleet, &enforcing(), ["web-1 opens terminate-first: due"]);
}

#[test]
fn whoever_names_no_set_takes_the_slots_of_all_sets_that_its_group_shares() {
    let shard = |name: &str, sets: &[&str]| {
        let members = (1..).zip(sets).map(|(number, set)| (format!("{name}-{number}"), *set));
        members.fold(group(name).members(3).tagged("ready", "tag"), |shard, (member, set)| {
            shard.member(&member, |it| it.tagged("replica-set", set).tagged("is-ready", "true"))
        })
    };
    let fleet = world().with(shard("east", &["s", "t", "u"])).with(shard("mid", &["s", "t"]));
    let takes = takes(fleet.with(shard("west", &["v"])).with(reboot_of("mid-3")));
    let of_sets = takes.into_iter().filter(|it| matches!(it.limit, Limit::ReplicaSet(_)));
    let names: Vec<String> = of_sets.map(|taking| taking.limit.to_string()).collect();
    assert_eq!(names, ["replica-set/s", "replica-set/t", "replica-set/u"]);
}

#[test]
fn an_act_takes_a_slot_in_every_limit_that_it_belongs_to() {
    let web = group("web").members(9).unproven().tagged("limits", "rack=3");
    let web = web.tagged("max-unavailable-per-zone", "2");
    let web = web.member("web-1", |it| it.tagged("replica-set", "s"));
    let limits: Vec<_> =
        takes(scheduled(web, &[1])).into_iter().map(|t| t.limit.to_string()).collect();
    let every =
        ["account", "limit/rack", "group/web", "zone/us-west-2a/web", "replica-set/s", "first/web"];
    assert_eq!(limits, every);
}
