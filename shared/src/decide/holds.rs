//! Named holds of an instance and its group that need no further call.

use std::ops::ControlFlow::{Break, Continue};

use jiff::Timestamp;

use super::room::Room;
use super::{Check, Subject, out, timing};
use crate::plan::{Answer, Order, Reason};
use crate::policy::{Gate, Tolerance};
use crate::world::{Group, LifecycleState, Member, World};

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

/// What holds a member, whatever the answer.
pub fn member(world: &World, subject: &Subject<'_>, answer: Answer, now: Timestamp) -> Check {
    let Some((group, member)) = subject.member else { return Continue(()) };
    if group.deleting {
        return Break(Reason::GroupBeingDeleted);
    }
    in_service(member)?;
    suspended(group)?;
    standby_room(group, member, answer)?;
    small(group, answer)?;
    busy(world, subject, member, now)
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

/// Standby takes exactly its own capacity from desired.
fn standby_room(group: &Group, member: &Member, answer: Answer) -> Check {
    let through_standby = matches!(answer, Answer::Ride | Answer::StopStart | Answer::Reboot);
    let below = group.desired.saturating_sub(member.weight) < group.minimum;
    if through_standby && below {
        return Break(Reason::NoStandbyRoom { desired: group.desired, minimum: group.minimum });
    }
    Continue(())
}

fn small(group: &Group, answer: Answer) -> Check {
    let terminates = answer == Answer::Replace(Order::TerminateFirst);
    if terminates && group.desired <= 2 {
        Break(Reason::SmallGroup(group.desired))
    } else {
        Continue(())
    }
}

/// Busy or protected: until released, or until the date is near and the owner chose
/// `deadline=force`.
fn busy(world: &World, subject: &Subject<'_>, member: &Member, now: Timestamp) -> Check {
    if timing::forced(subject, now) {
        return Continue(());
    }
    if let Some(until) = world.memory.busy_until(&subject.instance.id, now) {
        return Break(Reason::Busy(until));
    }
    if member.protected { Break(Reason::ProtectedFromScaleIn) } else { Continue(()) }
}

/// What holds a group as a whole: its balance, its zones, its failing members and its replica sets.
pub fn group(world: &World, subject: &Subject<'_>, room: &Room<'_>) -> Check {
    let Some((group, _)) = subject.member else { return Continue(()) };
    let ours = &room.ours;
    if unbalanced(group, ours) {
        return Break(Reason::ZonesUnbalanced);
    }
    if let Some(zone) = room.impaired.iter().find(|zone| group.zones.contains(**zone)) {
        return Break(Reason::ZoneImpaired((*zone).clone()));
    }
    let others = out::of_group(group, ours);
    let tolerated = (group.desired / 5).max(1);
    if others > tolerated {
        return Break(Reason::OthersOut { out: others, tolerated });
    }
    for set in out::sets_of(world, group, subject.instance) {
        let out = out::of_set(world, &set, &subject.instance.id, ours);
        if out > 0 {
            return Break(Reason::ReplicaSetOut { set, out });
        }
    }
    Continue(())
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

/// Replica sets and `tolerance=low` want to be told when a replacement is whole.
pub fn gate(world: &World, subject: &Subject<'_>) -> Check {
    if let Some(unread) = subject.policy.ready.iter().find(|gate| **gate != Gate::Tag) {
        return Break(Reason::GateUnread(unread.to_string()));
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
    let second = out::sets_of(world, group, subject.instance).into_iter().find(acted);
    second.map_or(Continue(()), |set| Break(Reason::NoReadinessGate(format!("replica set {set}"))))
}
