//! Named holds of an instance and its group that need no further call.

use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::room::Room;
use super::{Check, Subject, out, timing};
use crate::ids::InstanceId;
use crate::plan::{Answer, InPlace, Order, Reason, Way};
use crate::policy::{Gate, Tolerance};
use crate::world::{Group, Instance, InstanceState, LifecycleState, Member, World};

/// Processes whose suspension breaks a replacement.
const NEEDED: [&str; 5] =
    ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy", "AddToLoadBalancer"];

/// Tags by which other AWS services own an instance, with the hold. Auto Scaling
/// launches through EC2 Fleet itself, so a fleet's tag says nothing about a member.
const OWNERS: [(&str, Reason); 5] = [
    ("aws:elasticmapreduce:job-flow-id", Reason::EmrOwned),
    ("AWSBatchServiceTag", Reason::BatchOwned),
    ("eks:cluster-name", Reason::EksOwned),
    ("eks:nodegroup-name", Reason::EksOwned),
    ("aws:ec2spot:fleet-request-id", Reason::FleetOwned),
];

/// Rides whose dates are nearer to each other than this overlap: half an hour before, and what AWS
/// and the way back take.
const TOGETHER: SignedDuration = SignedDuration::from_mins(90);

/// Somebody else manages the instance: acting on it is theirs.
pub fn owner(subject: &Subject<'_>) -> Check {
    if let Some(principal) = &subject.instance.operator {
        return Break(Reason::OperatorManaged(principal.clone()));
    }
    let group_tags = subject.member.map(|(group, _)| &group.tags);
    let tagged = |key: &str| {
        subject.instance.tags.contains_key(key)
            || group_tags.is_some_and(|tags| tags.contains_key(key))
    };
    if let Some((_, reason)) = OWNERS.iter().find(|(key, _)| tagged(key)) {
        return Break(reason.clone());
    }
    let clustered = |key: &String| key.starts_with("kubernetes.io/cluster/");
    if subject.instance.tags.keys().any(clustered) {
        return Break(Reason::EksOwned);
    }
    if subject.member.is_none() && tagged("aws:ec2:fleet-id") {
        return Break(Reason::FleetOwned);
    }
    Continue(())
}

/// What holds an instance in its place, whatever the answer. Once it has left service, what would
/// hold it there does not hold any more.
pub fn instance(world: &World, subject: &Subject<'_>, answer: Answer, now: Timestamp) -> Check {
    if let Answer::Act(Way::Reschedule(_)) = answer {
        return Continue(());
    }
    let Some((group, member)) = subject.member else {
        if !subject.away() {
            running(subject)?;
        }
        return busy(world, subject, answer, now);
    };
    if group.deleting {
        return Break(Reason::GroupBeingDeleted);
    }
    if !subject.away() || member.lifecycle == LifecycleState::InService {
        in_service(member)?;
        standby_room(group, answer)?;
    }
    suspended(group)?;
    small(group, answer)?;
    busy(world, subject, answer, now)
}

fn running(subject: &Subject<'_>) -> Check {
    match &subject.instance.state {
        Some(InstanceState::Running) | None => Continue(()),
        Some(state) => Break(Reason::NotRunning(state.as_str().to_owned())),
    }
}

fn in_service(member: &Member) -> Check {
    match &member.lifecycle {
        LifecycleState::InService if member.healthy => Continue(()),
        LifecycleState::InService => Break(Reason::NotInService("Unhealthy".to_owned())),
        LifecycleState::Standby(_) => Break(Reason::Standby),
        other => Break(Reason::NotInService(other.as_str().to_owned())),
    }
}

fn suspended(group: &Group) -> Check {
    let needed = NEEDED.iter().find_map(|process| group.suspended.get_key_value(*process));
    needed.map_or(Continue(()), |(process, by)| {
        Break(Reason::ProcessSuspended { process: process.clone(), by: crate::ids::bounded(by) })
    })
}

/// Standby takes exactly its own one from desired. What it takes from a weighted group is not
/// documented (AWS doc `API_EnterStandby`, read 2026-11), and so is not tried.
fn standby_room(group: &Group, answer: Answer) -> Check {
    if answer.in_place().is_none() {
        return Continue(());
    }
    if group.weighted() {
        return Break(Reason::WeightedStandby);
    }
    if group.desired <= group.minimum {
        return Break(Reason::NoStandbyRoom { desired: group.desired, minimum: group.minimum });
    }
    Continue(())
}

fn small(group: &Group, answer: Answer) -> Check {
    let terminates = answer == Answer::replace(Order::TerminateFirst);
    if terminates && group.desired <= 2 {
        Break(Reason::SmallGroup(group.desired))
    } else {
        Continue(())
    }
}

/// Busy or protected: until released, or until the date is near and the owner chose
/// `deadline=force`. Who rides loses nothing by standing aside: AWS acts on it either way.
fn busy(world: &World, subject: &Subject<'_>, answer: Answer, now: Timestamp) -> Check {
    if timing::forced(subject, now) || answer == Answer::RIDE {
        return Continue(());
    }
    if let Some(until) = world.memory.busy_until(&subject.instance.id, now) {
        return Break(Reason::Busy(until));
    }
    let protected = subject.member.is_some_and(|(_, member)| member.protected);
    if protected { Break(Reason::ProtectedFromScaleIn) } else { Continue(()) }
}

/// What holds a group as a whole: its balance, its zones, its failing members and its replica sets.
pub fn group(world: &World, subject: &Subject<'_>, way: Way, room: &Room<'_>) -> Check {
    let Some((group, _)) = subject.member else { return Continue(()) };
    let ours = &room.ours;
    // Who rides is lost if it does not stand aside, whatever Auto Scaling does elsewhere.
    if unbalanced(group, ours) && way != Way::InPlace(InPlace::Ride) {
        return Break(Reason::ZonesUnbalanced);
    }
    if let Some(zone) = room.impaired.iter().find(|zone| group.zones.contains(**zone)) {
        return Break(Reason::ZoneImpaired((*zone).clone()));
    }
    let failing = out::failing(world, group, &subject.instance.id, ours);
    let others = out::of_group(world, group, ours) + failing;
    let tolerated = (out::wanted(group, ours) / 5).max(1);
    if others > tolerated {
        return Break(Reason::OthersOut { out: others, tolerated });
    }
    for set in room.sets.of(group, subject.instance) {
        let out = out::of_set(world, &room.sets, &set, &subject.instance.id, ours);
        if out > 0 {
            return Break(Reason::ReplicaSetOut { set, out });
        }
    }
    Continue(())
}

/// Members that AWS wants at about the same time cannot all stand aside if fewer may be out at
/// once. The last of them are told long before, while their owner can still make room.
pub fn crowd(subject: &Subject<'_>, world: &World, room: &Room<'_>) -> Check {
    let (Some((group, _)), Some(date)) = (subject.member, subject.event.not_before) else {
        return Continue(());
    };
    let wanted = |id: &InstanceId| {
        let dates = world.instances.get(id).into_iter().flat_map(Instance::active_events);
        let mut dates = dates.filter_map(|event| event.not_before);
        dates.any(|other| other.duration_since(date).abs() < TOGETHER)
    };
    let members: Vec<&InstanceId> = group.members.keys().filter(|id| wanted(id)).collect();
    let before = members.iter().take_while(|id| **id != &subject.key.instance);
    let most = room.most_aside(subject, group);
    if before.count() < most as usize {
        return Continue(());
    }
    Break(Reason::TooManyAtOnce { members: members.len(), most })
}

/// Members per zone differ by more than one: Auto Scaling would rebalance, and terminate another
/// member meanwhile. Not judged where nobody rebalances, nor while one of ours is under way, which
/// leaves a zone short until its replacement comes.
fn unbalanced(group: &Group, ours: &out::Ours) -> bool {
    if group.suspended.contains_key("AZRebalance") || ours.count(&group.name) > 0 {
        return false;
    }
    let stays = |member: &&Member| {
        matches!(member.lifecycle, LifecycleState::InService | LifecycleState::Pending(_))
    };
    let counts = group.zones.iter().map(|zone| {
        group.members.values().filter(stays).filter(|member| &member.zone == zone).count()
    });
    let most = counts.clone().max().unwrap_or(0);
    let least = counts.min().unwrap_or(0);
    most > least + 1
}

/// Replica sets and `tolerance=low` want to be told when a replacement is whole. A gate that cannot
/// be read never opens, so nothing is sent out through it.
pub fn gate(world: &World, subject: &Subject<'_>, room: &Room<'_>) -> Check {
    if subject.policy.ready.contains(&Gate::Unreadable) {
        return Break(Reason::GateUnreadable);
    }
    if !subject.policy.ready.is_empty() {
        return Continue(());
    }
    if subject.policy.tolerance == Some(Tolerance::Low) {
        return Break(Reason::NoReadinessGate("a group of low tolerance".to_owned()));
    }
    let Some((group, _)) = subject.member else { return Continue(()) };
    let acted = |set: &crate::ids::ReplicaSet| {
        world.memory.groups.values().any(|memory| memory.acted_sets.contains(set))
    };
    let second = room.sets.of(group, subject.instance).into_iter().find(acted);
    second.map_or(Continue(()), |set| Break(Reason::NoReadinessGate(format!("replica set {set}"))))
}
