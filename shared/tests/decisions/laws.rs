//! What holds of every decision about any world.

use std::collections::{BTreeMap, BTreeSet};

use shared::decide::decide;
use shared::ids::GroupName;
use shared::ledger::{Incident, IncidentKey, Left, Limit, Phase};
use shared::plan::{InPlace, Opening, Order, Plan, Reason, Restore, Step, Way};
use shared::policy::{Ceilings, INCIDENT_MARK, Mode, Policy};
use shared::world::{Group, Instance, InstanceState, LifecycleState, Market, Tenancy, World};

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
                takes_only_free_slots(world, &mut taken, plan, opening);
            }
            Step::Strike { how, .. } => {
                opens_only_what_its_owner_allows(world, ceilings, plan);
                strikes_only_what_is_out(world, plan, *how);
            }
            Step::TurnBack(_) => {
                let out = matches!(phase(world, plan), Some(Phase::Leaving(_) | Phase::Moving(_)));
                assert!(out, "turns back only what is on its way out: {plan:?}");
            }
            Step::Restore(Restore::ForgetReady) => {
                let leaving = matches!(phase(world, plan), Some(Phase::Leaving(_)));
                assert!(leaving, "forgets readiness before AWS's reboot alone: {plan:?}");
            }
            Step::Restore(_) => {
                let returning = matches!(phase(world, plan), Some(Phase::Returning { .. }));
                assert!(returning, "restores only what is on its way back: {plan:?}");
            }
            Step::Hold(_) => {
                let way_out = !plan.reason.cure().is_empty() || plan.look_again.is_some();
                assert!(way_out, "a hold has a cure or an end: {plan:?}");
            }
            _ => {}
        }
        leaves_alone_what_returns(world, plan);
    }
    the_governor_holds(world, ceilings, plans);
    standby_leaves_every_group_its_minimum(world, plans);
}

fn incident<'w>(world: &'w World, plan: &Plan) -> Option<&'w Incident> {
    world.memory.incidents.get(&plan.key)
}

fn phase<'w>(world: &'w World, plan: &Plan) -> Option<&'w Phase> {
    incident(world, plan).map(|incident| &incident.phase)
}

/// The opening of an instance that its incident has out already, and counted.
fn once_more(world: &World, plan: &Plan) -> bool {
    incident(world, plan).is_some_and(|incident| incident.absence().is_some())
}

#[track_caller]
fn every_subject_has_one_plan(world: &World, plans: &[Plan]) {
    let alive = world.instances.values().filter(|instance| instance.alive());
    let scheduled = alive.flat_map(|instance| {
        instance
            .active_events()
            .map(|event| IncidentKey { instance: instance.id.clone(), event: event.id.clone() })
    });
    let marked = [Reason::FoundByItsMark, Reason::MarkNotBelieved];
    let adopted = plans.iter().filter(|plan| marked.contains(&plan.reason));
    let adopted: BTreeSet<_> = adopted.map(|plan| plan.key.clone()).collect();
    let unread = world.memory.unread_incidents().map(|(key, ..)| key);
    let known = world.memory.incidents.keys().chain(unread).cloned();
    let subjects: BTreeSet<_> = scheduled.chain(known).chain(adopted).collect();
    let planned: Vec<_> = plans.iter().map(|plan| plan.key.clone()).collect();
    let distinct: BTreeSet<_> = planned.iter().cloned().collect();
    assert_eq!(distinct, subjects, "every subject has a plan");
    assert_eq!(planned.len(), distinct.len(), "and no more than one");
}

#[track_caller]
fn opens_only_what_its_owner_allows(world: &World, ceilings: &Ceilings, plan: &Plan) {
    let group = world.group_of(&plan.key.instance).map(|group| (&group.name, &group.tags));
    let tags = |instance: &Instance| instance.tags.clone();
    let own = world.instances.get(&plan.key.instance).map(tags).unwrap_or_default();
    let policy = Policy::read(ceilings, group, &own).policy;
    let yes = policy.mode == Mode::Approve && policy.approves(&plan.key.event);
    assert!(policy.mode == Mode::Enforce || yes, "opens only with a yes: {plan:?}");
    let allowed = group.is_none_or(|(name, _)| ceilings.allowed_groups.allow(name));
    assert!(allowed, "opens only in allowed groups: {plan:?}");
    assert!(!ceilings.kill_switch && !world.memory.stopped, "opens nothing when stopped");
    let held = policy.hold_until.is_some_and(|hold| hold.holds(world.observed_at));
    assert!(!held, "opens nothing that its owner holds: {plan:?}");
    let past = plan.not_before.is_some_and(|date| world.observed_at >= date);
    assert!(!past || once_more(world, plan), "opens nothing on AWS's date: {plan:?}");
}

#[track_caller]
fn opens_only_what_serves(world: &World, plan: &Plan, opening: &Opening) {
    let group = world.group_of(&plan.key.instance);
    match opening.way {
        Way::Reschedule(to) => {
            assert!(to > world.observed_at && plan.not_before.is_some_and(|date| to > date));
        }
        Way::Replace(order) => {
            let group = group.expect("a replaced member has a group");
            serves(group, plan);
            let alone = order == Order::TerminateFirst && group.desired <= 2;
            assert!(!alone, "never takes one of two: {plan:?}");
        }
        Way::InPlace(how) => {
            match group {
                Some(group) if once_more(world, plan) && stands(group, plan) => {}
                Some(group) => serves(group, plan),
                None => assert!(plan.group.is_none(), "opens no stranger's member: {plan:?}"),
            }
            stops_only_what_comes_back(world, plan, how);
        }
    }
}

/// It is in standby, and only our mark is missing.
fn stands(group: &Group, plan: &Plan) -> bool {
    let member = group.members.get(&plan.key.instance);
    member.is_some_and(|it| it.lifecycle == LifecycleState::read("Standby"))
}

#[track_caller]
fn serves(group: &Group, plan: &Plan) {
    let member = group.members.get(&plan.key.instance).expect("a member of its group");
    assert!(member.in_service(), "opens only what is in service: {plan:?}");
    assert!(!group.deleting, "opens nothing in a group that ends: {plan:?}");
}

#[track_caller]
fn stops_only_what_comes_back(world: &World, plan: &Plan, how: InPlace) {
    let instance = world.instances.get(&plan.key.instance).expect("an opened instance");
    let returns = instance.instance_store == Some(false)
        && instance.market == Market::OnDemand
        && instance.tenancy != Tenancy::Host
        && instance.stop_protected != Some(true)
        && !instance.auto_assigned_address;
    assert!(how != InPlace::StopStart || returns, "stops nothing that loses by it: {plan:?}");
}

#[track_caller]
fn strikes_only_what_is_out(world: &World, plan: &Plan, how: InPlace) {
    let absence = incident(world, plan).and_then(Incident::absence).expect("an absence");
    assert!(how == absence.how && how != InPlace::Ride, "strikes as intended: {plan:?}");
    let on_its_way = matches!(phase(world, plan), Some(Phase::Leaving(_) | Phase::Moving(_)));
    assert!(on_its_way, "strikes nothing that returns: {plan:?}");
    let instance = world.instances.get(&plan.key.instance).expect("an instance");
    let mark = instance.tags.get(INCIDENT_MARK).map(String::as_str);
    assert_eq!(mark, Some(plan.key.event.as_str()), "strikes only what a sweep would find");
    let group = world.group_of(&plan.key.instance);
    let out = match (&absence.left, group) {
        (Left::Group { .. }, Some(group)) => stands(group, plan),
        (Left::Targets { registrations }, _) => registrations.iter().all(|registration| {
            let targets = world.targets.get(&registration.target_group);
            targets.is_some_and(|targets| !targets.contains_key(&plan.key.instance))
        }),
        _ => false,
    };
    assert!(out, "strikes only what takes no requests any more: {plan:?}");
    stops_only_what_comes_back(world, plan, how);
}

/// Nothing is opened for an instance that is on its way back, by this event or another.
#[track_caller]
fn leaves_alone_what_returns(world: &World, plan: &Plan) {
    let returning = world.memory.incidents.values().any(|incident| {
        let same = incident.key.instance == plan.key.instance;
        same && matches!(incident.phase, Phase::Returning { .. })
    });
    let opens = matches!(plan.step, Step::Open(_) | Step::Strike { .. });
    assert!(!(returning && opens), "opens nothing for what returns: {plan:?}");
    let stopped = world
        .instances
        .get(&plan.key.instance)
        .is_some_and(|instance| instance.state == Some(InstanceState::Stopped));
    let struck = matches!(plan.step, Step::Strike { .. });
    assert!(!(stopped && struck), "never stops what is stopped: {plan:?}");
}

/// It is not known yet whether it has anything to leave: nothing is opened before that is asked.
fn may_stay(opening: &Opening) -> bool {
    opening.way == Way::InPlace(InPlace::Ride) && !opening.asked && opening.takes.is_empty()
}

#[track_caller]
fn takes_only_free_slots(
    world: &World,
    taken: &mut BTreeMap<Limit, BTreeSet<IncidentKey>>,
    plan: &Plan,
    opening: &Opening,
) {
    let slotless = matches!(opening.way, Way::Reschedule(_)) || once_more(world, plan);
    let slotless = slotless || may_stay(opening);
    let account = opening.takes.iter().any(|taking| taking.limit == Limit::Account);
    assert!(account || slotless, "an act takes a slot of the account: {plan:?}");
    for taking in &opening.takes {
        let holders = taken.entry(taking.limit.clone()).or_default();
        holders.insert(plan.key.clone());
        let within = u32::try_from(holders.len()).is_ok_and(|all| all <= taking.capacity);
        assert!(within, "{} holds {holders:?} of {}", taking.limit, taking.capacity);
    }
}

#[track_caller]
fn the_governor_holds(world: &World, ceilings: &Ceilings, plans: &[Plan]) {
    let opens = |plan: &&Plan| match &plan.step {
        Step::Open(opening) => !once_more(world, plan) && !may_stay(opening),
        _ => false,
    };
    let opened = plans.iter().filter(opens).count();
    let before = world.memory.governor.within_the_hour(world.observed_at);
    let per_hour = ceilings.acts_per_hour as usize;
    assert!(opened == 0 || opened + before <= per_hour, "the governor holds");
}

/// Those that this look sends into standby, and those that were sent and are not there yet.
#[track_caller]
fn standby_leaves_every_group_its_minimum(world: &World, plans: &[Plan]) {
    let mut entering: BTreeMap<&GroupName, u32> = BTreeMap::new();
    for plan in plans {
        let opens = matches!(&plan.step, Step::Open(Opening { way: Way::InPlace(_), .. }));
        let group = world.group_of(&plan.key.instance);
        let Some(group) = group.filter(|_| opens) else { continue };
        let entering = entering.entry(&group.name).or_insert_with(|| sent(world, group));
        *entering += u32::from(!once_more(world, plan));
        let left = group.desired.saturating_sub(*entering);
        assert!(left >= group.minimum, "standby below the minimum: {plan:?}");
        assert!(!group.weighted(), "standby of a weighted group: {plan:?}");
    }
}

fn sent(world: &World, group: &Group) -> u32 {
    let leaving = world.memory.of_group(&group.name).filter(|incident| {
        let member = group.members.get(&incident.key.instance);
        let serves = member.is_some_and(|it| it.lifecycle == LifecycleState::InService);
        serves && matches!(incident.phase, Phase::Leaving(_))
    });
    u32::try_from(leaving.count()).unwrap_or(u32::MAX)
}
