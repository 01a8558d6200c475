//! What holds of every decision about any world.

use std::collections::{BTreeMap, BTreeSet};

use shared::decide::decide;
use shared::ledger::{IncidentKey, Limit};
use shared::plan::{Opening, Order, Plan, Step};
use shared::policy::{Ceilings, Mode, Policy};
use shared::world::{Instance, World};

/// Panics with the law that the plans break.
#[track_caller]
pub fn obeyed(world: &World, ceilings: &Ceilings, plans: &[Plan]) {
    assert_eq!(decide(world, ceilings), plans, "the same world, the same plans");
    every_subject_has_one_plan(world, plans);
    let mut taken = world.memory.holders.clone();
    for plan in plans {
        match &plan.step {
            Step::Open(opening) => {
                opens_only_what_its_owner_allows(world, ceilings, plan);
                opens_only_what_serves(world, plan, opening);
                takes_only_free_slots(&mut taken, plan, opening);
            }
            Step::Hold(_) => {
                let way_out = !plan.reason.cure().is_empty() || plan.look_again.is_some();
                assert!(way_out, "a hold has a cure or an end: {plan:?}");
            }
            _ => {}
        }
    }
    let opened = plans.iter().filter(|plan| matches!(plan.step, Step::Open(_))).count();
    let before = world.memory.governor.within_the_hour(world.observed_at);
    let per_hour = ceilings.acts_per_hour as usize;
    assert!(opened == 0 || opened + before <= per_hour, "the governor holds");
}

#[track_caller]
fn every_subject_has_one_plan(world: &World, plans: &[Plan]) {
    let alive = world.instances.values().filter(|instance| instance.alive());
    let scheduled = alive.flat_map(|instance| {
        instance
            .active_events()
            .map(|event| IncidentKey { instance: instance.id.clone(), event: event.id.clone() })
    });
    let subjects: BTreeSet<_> = scheduled.chain(world.memory.incidents.keys().cloned()).collect();
    let planned: Vec<_> = plans.iter().map(|plan| plan.key.clone()).collect();
    let distinct: BTreeSet<_> = planned.iter().cloned().collect();
    assert_eq!(distinct, subjects, "every subject has a plan");
    assert_eq!(planned.len(), distinct.len(), "and no more than one");
}

#[track_caller]
fn opens_only_what_its_owner_allows(world: &World, ceilings: &Ceilings, plan: &Plan) {
    let group = world.group_of(&plan.key.instance).expect("an opened member has a group");
    let tags = |instance: &Instance| instance.tags.clone();
    let own = world.instances.get(&plan.key.instance).map(tags).unwrap_or_default();
    let policy = Policy::read(ceilings, Some((&group.name, &group.tags)), &own).policy;
    let yes = policy.mode == Mode::Approve && policy.approves(&plan.key.event);
    assert!(policy.mode == Mode::Enforce || yes, "opens only with a yes: {plan:?}");
    assert!(ceilings.allowed_groups.allow(&group.name), "opens only in allowed groups");
    assert!(!ceilings.kill_switch && !world.memory.stopped, "opens nothing when stopped");
    let held = policy.hold_until.is_some_and(|hold| hold.holds(world.observed_at));
    assert!(!held, "opens nothing that its owner holds: {plan:?}");
    let past = plan.not_before.is_some_and(|date| world.observed_at >= date);
    assert!(!past, "opens nothing on AWS's date: {plan:?}");
}

#[track_caller]
fn opens_only_what_serves(world: &World, plan: &Plan, opening: &Opening) {
    let group = world.group_of(&plan.key.instance).expect("an opened member has a group");
    let member = group.members.get(&plan.key.instance).expect("a member of its group");
    assert!(member.in_service(), "opens only what is in service: {plan:?}");
    assert!(!group.deleting, "opens nothing in a group that ends: {plan:?}");
    let alone = opening.order == Order::TerminateFirst && group.desired <= 2;
    assert!(!alone, "never takes one of two: {plan:?}");
}

#[track_caller]
fn takes_only_free_slots(
    taken: &mut BTreeMap<Limit, BTreeSet<IncidentKey>>,
    plan: &Plan,
    opening: &Opening,
) {
    assert!(opening.takes.iter().any(|taking| taking.limit == Limit::Account));
    for taking in &opening.takes {
        let holders = taken.entry(taking.limit.clone()).or_default();
        holders.insert(plan.key.clone());
        let within = u32::try_from(holders.len()).is_ok_and(|all| all <= taking.capacity);
        assert!(within, "{} holds {holders:?} of {}", taking.limit, taking.capacity);
    }
}
