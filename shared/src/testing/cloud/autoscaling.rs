//! Auto Scaling: keeps every group at its desired capacity. What is UNCONFIRMED about AWS is a
//! setting here.

use std::rc::Rc;

use super::agenda::Happening;
use super::launched::Launched;
use super::setup::Behaviour;
use super::state::State;
use super::truth::{Hand, Loss};
use crate::ids::{EventId, GroupName, ImageId, InstanceId, Zone};
use crate::testing::faults::Fault;
use crate::world::{Group, InstanceState, LastLaunch, LifecycleState, Member, TargetState};

/// The image of every member.
pub(super) const IMAGE: &str = "ami-0123456789abcdef0";

impl State {
    /// Replaces what is unhealthy and fills what is missing.
    pub(super) fn settle(&mut self, name: &GroupName) {
        let Some(group) = self.fleet().groups.get(name).cloned() else { return };
        let may = |process: &str| !group.suspended.contains_key(process);
        if group.deleting {
            return;
        }
        if may("ReplaceUnhealthy") && may("Terminate") {
            self.replace_unhealthy(&group);
        }
        if may("Launch") {
            let missing = self.missing(name);
            for _ in 0..missing {
                if !self.launch(name, None) {
                    break;
                }
            }
            self.fill_pool(name);
        }
        if may("Terminate") {
            self.makes_way(&group);
            self.shed_surplus(name);
            self.scale_in(name);
        }
        if may("AZRebalance") && may("Launch") {
            self.rebalance(name);
        }
    }

    /// Lets go whose stand-in came into service while terminations were suspended.
    fn makes_way(&mut self, group: &Group) {
        let fleet = self.fleet();
        let serves = |id: &InstanceId| fleet.in_service(id) && group.members.contains_key(id);
        let over = fleet.stand_ins.iter().filter(|(new, old)| serves(new) && self.goes(old));
        let over: Vec<_> = over.map(|(new, old)| (new.clone(), old.clone())).collect();
        for (new, old) in over {
            self.hand_over(&group.name, &old, &new);
        }
    }

    /// Launches into the emptiest zone what is too many in the fullest, where everything else is
    /// quiet.
    fn rebalance(&mut self, name: &GroupName) {
        let group = &self.fleet().groups[name];
        let counted = |member: &&Member| {
            !matches!(member.lifecycle, LifecycleState::Standby(_) | LifecycleState::Warmed(_))
        };
        let counts = || group.members.values().filter(counted);
        if !counts().all(Member::in_service) {
            return;
        }
        let here = |zone: &Zone| counts().filter(|member| &member.zone == zone).count();
        let zones = group.zones.iter().filter(|zone| !self.is_out(zone));
        let counts = zones.map(|zone| (here(zone), zone));
        let (Some((most, fullest)), Some((least, _))) = (counts.clone().max(), counts.min()) else {
            return;
        };
        if most <= least + 1 {
            return;
        }
        let serves = |member: &Member| &member.zone == fullest && member.in_service();
        let too_many = group.members.iter().rfind(|(_, member)| serves(member));
        if let Some(id) = too_many.map(|(id, _)| id.clone()) {
            self.move_for_balance(&id);
        }
    }

    /// Launches another elsewhere in place of a member in service, which goes when that one serves.
    pub(super) fn move_for_balance(&mut self, id: &InstanceId) {
        let Some(name) = self.group_that_has_in_service(id) else { return };
        if self.fleet_mut().rebalanced.insert(id.clone()) && !self.launch(&name, Some(id)) {
            self.fleet_mut().rebalanced.remove(id);
        }
    }

    /// Launches another in place of a member in service, which goes when that one serves. Answers
    /// whether it comes.
    pub(super) fn replace_ahead(&mut self, id: &InstanceId) -> bool {
        let known = self.fleet().rebalanced.contains(id);
        let Some(name) = self.group_that_has_in_service(id).filter(|_| !known) else {
            return false;
        };
        let comes = self.launch(&name, Some(id));
        if comes {
            self.fleet_mut().rebalanced.insert(id.clone());
        }
        comes
    }

    fn group_that_has_in_service(&self, id: &InstanceId) -> Option<GroupName> {
        let (group, member) = self.fleet().member(id)?;
        member.in_service().then(|| group.name.clone())
    }

    fn replace_unhealthy(&mut self, group: &Group) {
        let serving = |member: &Member| member.lifecycle == LifecycleState::InService;
        let unhealthy = group.members.iter().filter(|(_, m)| serving(m) && !m.healthy);
        for (id, _) in unhealthy {
            if !group.launches_first() {
                self.terminate(id, Hand::AutoScaling);
                continue;
            }
            let waits = self.fleet().stand_ins.values().any(|old| old == id);
            let surplus = group.maintenance.map_or(0, |policy| policy.maximum - 100);
            let room = (group.desired * surplus / 100).max(1) as usize;
            let launching = self.fleet().stand_ins.values();
            let launching = launching.filter(|old| group.members.contains_key(*old)).count();
            let may = !group.suspended.contains_key("Launch");
            if !waits && launching < room && may && !self.launch(&group.name, Some(id)) {
                return;
            }
        }
    }

    /// Members short of desired. A stand-in counts once the one that it stands for has gone.
    fn missing(&self, name: &GroupName) -> u32 {
        let fleet = self.fleet();
        let Some(group) = fleet.groups.get(name) else { return 0 };
        let counts = |(id, member): &(&InstanceId, &Member)| {
            let old = fleet.stand_ins.get(*id);
            let spare = old.is_some_and(|old| present(group, old));
            !spare
                && matches!(
                    member.lifecycle,
                    LifecycleState::InService | LifecycleState::Pending(_)
                )
        };
        let present: u32 = group.members.iter().filter(counts).map(|(_, m)| m.weight).sum();
        group.desired.saturating_sub(present).div_ceil(self.behaviour(name).weight)
    }

    /// A stand-in whose member was marked healthy again is one too many.
    fn shed_surplus(&mut self, name: &GroupName) {
        let fleet = self.fleet();
        let Some(group) = fleet.groups.get(name) else { return };
        let healthy = |old: &InstanceId| group.members.get(old).is_some_and(Member::in_service);
        let in_service = |new: &InstanceId| group.members.get(new).is_some_and(Member::in_service);
        let wanted = |old| healthy(old) && !fleet.rebalanced.contains(old);
        let spare = fleet.stand_ins.iter().filter(|(new, old)| wanted(old) && in_service(new));
        let spare: Vec<InstanceId> = spare.map(|(new, _)| new.clone()).collect();
        for new in spare {
            self.fleet_mut().stand_ins.remove(&new);
            self.leave(&new, Hand::AutoScaling);
        }
    }

    /// Lets the newest go where desired was lowered. What was empty then stays empty.
    fn scale_in(&mut self, name: &GroupName) {
        let fleet = self.fleet();
        let Some(group) = fleet.groups.get(name).filter(|_| self.missing(name) == 0) else {
            return;
        };
        let stands_in =
            |id| fleet.stand_ins.get(id).is_some_and(|old| group.members.contains_key(old));
        let settled =
            group.members.iter().filter(|(id, member)| member.in_service() && !stands_in(*id));
        let weight = self.behaviour(name).weight;
        let wanted = group.desired.div_ceil(weight) as usize;
        let spare = settled.clone().count().saturating_sub(wanted);
        let unprotected = settled.rev().filter(|(_, member)| !member.protected);
        let gone: Vec<InstanceId> = unprotected.take(spare).map(|(id, _)| id.clone()).collect();
        self.fleet_mut().vacant.remove(name);
        let reuses = self.behaviour(name).reuses;
        for id in &gone {
            if reuses && self.fleet().runs(id) {
                self.returns_to_pool(id);
            } else {
                self.leave(id, Hand::AutoScaling);
            }
        }
    }

    /// Launches a member into the emptiest zone: one that waits there in the warm pool, or a new one.
    /// Answers whether it could.
    fn launch(&mut self, name: &GroupName, instead_of: Option<&InstanceId>) -> bool {
        if self.launch_fails(name) {
            return false;
        }
        let Some(zone) = self.emptiest_zone(name, instead_of) else { return false };
        let id = self.pooled(name, &zone).unwrap_or_else(|| self.fresh(name, zone));
        let behaviour = self.behaviour(name);
        let fleet = self.fleet_mut();
        fleet.last_launches.insert(name.clone(), LastLaunch::Fine);
        let vacant = fleet.vacant.entry(name.clone()).or_default();
        let old = match instead_of {
            Some(old) => {
                vacant.retain(|waiting| waiting != old);
                Some(old.clone())
            }
            None => vacant.pop_front(),
        };
        if let Some(old) = instead_of {
            fleet.stand_ins.insert(id.clone(), old.clone());
        }
        let known = old.as_ref().and_then(|old| fleet.sets.get(old).cloned());
        if let Some(set) = known.or_else(|| fleet.smallest_set(name)) {
            fleet.sets.insert(id.clone(), set);
        }
        if let Some(old) = &old {
            self.succeed(name, old, &id);
        }
        let delay = self.slow(Fault::SlowLaunch, behaviour.boots_in);
        self.after(delay, Happening::InService(id));
        true
    }

    fn fresh(&mut self, name: &GroupName, zone: Zone) -> InstanceId {
        let id = self.next_instance();
        let weight = self.behaviour(name).weight;
        let launched = Launched::by_group(self.fleet(), name, zone.clone());
        let instance = launched.pending(&id, self.now);
        let lifecycle = LifecycleState::Pending("Pending".to_owned());
        let fleet = self.fleet_mut();
        fleet.instances.insert(id.clone(), instance);
        let group = fleet.groups.get_mut(name).unwrap();
        group.members.insert(id.clone(), Member { weight, ..member(lifecycle, zone) });
        id
    }

    /// Where a group has the fewest members, of the zones that are not out. The zone of one that
    /// leaves for another is as empty as it will be; for the balance of zones that one goes elsewhere.
    pub(super) fn emptiest_zone(
        &self,
        name: &GroupName,
        instead_of: Option<&InstanceId>,
    ) -> Option<Zone> {
        let fleet = self.fleet();
        let group = &fleet.groups[name];
        let stays = |(id, member): &(&InstanceId, &Member)| {
            let counts =
                matches!(member.lifecycle, LifecycleState::InService | LifecycleState::Pending(_));
            Some(*id) != instead_of && counts
        };
        let here = |zone: &Zone| {
            group.members.iter().filter(stays).filter(|(_, member)| &member.zone == zone).count()
        };
        let moved = instead_of.filter(|old| fleet.rebalanced.contains(*old));
        let left = moved.and_then(|id| group.members.get(id));
        let avoided = |zone: &Zone| left.is_some_and(|member| &member.zone == zone);
        let zones = group.zones.iter().filter(|zone| !self.is_out(zone));
        zones.min_by_key(|zone| (avoided(zone), here(zone))).cloned()
    }

    fn succeed(&mut self, group: &GroupName, old: &InstanceId, new: &InstanceId) {
        let waits = |loss: &Loss| loss.until.is_none() && loss.group.as_ref() == Some(group);
        // The one that left may itself have been a successor that never served.
        let own = |loss: &Loss| &loss.instance == old || loss.successor.as_ref() == Some(old);
        let fleet = Rc::clone(self.fleet_now());
        let leaves = |member: &Member| matches!(member.lifecycle, LifecycleState::Leaving(_));
        let comes = |id: &InstanceId| fleet.member(id).is_some_and(|(_, member)| !leaves(member));
        let nobody =
            |loss: &Loss| waits(loss) && !loss.stays && !loss.successor.as_ref().is_some_and(comes);
        let losses = &mut self.truth.losses;
        if losses.iter().any(|loss| waits(loss) && own(loss)) {
            for loss in losses.iter_mut().filter(|loss| waits(loss) && own(loss)) {
                loss.successor = Some(new.clone());
            }
        } else if let Some(loss) = losses.iter_mut().find(|loss| nobody(loss)) {
            loss.successor = Some(new.clone());
        }
    }

    /// A launched member runs: its life begins, and a hook may keep it from its service.
    pub(super) fn in_service(&mut self, id: &InstanceId) {
        if self.leaves(id) {
            return;
        }
        let Some(name) = self.fleet().instances[id].group.clone() else { return };
        let hook = self.behaviour(&name).launch_hook;
        self.fleet_mut().instances.get_mut(id).unwrap().state = Some(InstanceState::Running);
        // Who waited stopped in a warm pool starts on another host.
        self.leaves_host(id);
        self.lands(id);
        self.may_be_interrupted(id);
        self.begins_life(id, Fault::LaunchNeverServes);
        match hook {
            Some(hook) => {
                self.wait_in(id, hook, LifecycleState::Pending("Pending:Wait".to_owned()));
            }
            None => self.enter_service(id),
        }
    }

    /// A launched member goes into service, and what it stands for goes.
    pub(super) fn enter_service(&mut self, id: &InstanceId) {
        let Some((group, _)) = self.fleet().member(id) else { return };
        let (name, target_groups) = (group.name.clone(), group.target_groups.clone());
        let may = |process: &str| !group.suspended.contains_key(process);
        let (registers, goes) = (may("AddToLoadBalancer"), may("Terminate"));
        let behaviour = self.behaviour(&name);
        if registers {
            let fleet = self.fleet_mut();
            for targets in target_groups {
                fleet.targets.entry(targets).or_default().insert(id.clone(), TargetState::Initial);
            }
            self.after(behaviour.taken_after, Happening::TargetsHealthy(id.clone()));
        }
        self.becomes(id, LifecycleState::InService);
        let old = self.fleet().stand_ins.get(id).cloned();
        match old.filter(|old| goes && self.goes(old)) {
            Some(old) => self.hand_over(&name, &old, id),
            None => self.shed_surplus(&name),
        }
        let life = self.fleet().life(id);
        self.after(behaviour.impaired_after, Happening::HealthChecked(id.clone(), life));
        self.after(behaviour.checked_after, Happening::Settle(name));
    }

    fn hand_over(&mut self, name: &GroupName, old: &InstanceId, new: &InstanceId) {
        self.lose(old, false);
        self.succeed(name, old, new);
        self.leave(old, Hand::AutoScaling);
    }

    /// A member that makes way for its stand-in. Who stands by does not.
    fn goes(&self, old: &InstanceId) -> bool {
        let Some((_, member)) = self.fleet().member(old) else { return false };
        let wanted = member.healthy && !self.fleet().rebalanced.contains(old);
        member.lifecycle == LifecycleState::InService && !wanted
    }

    pub(super) fn behaviour(&self, group: &GroupName) -> Behaviour {
        self.fleet().behaviour.get(group).cloned().unwrap_or_default()
    }

    pub(super) fn next_instance(&mut self) -> InstanceId {
        self.ids += 1;
        InstanceId::parse(&format!("i-{:017x}", self.ids)).unwrap()
    }

    pub(super) fn next_event(&mut self) -> EventId {
        self.ids += 1;
        EventId::parse(&format!("instance-event-{:017x}", self.ids)).unwrap()
    }
}

fn present(group: &Group, id: &InstanceId) -> bool {
    let lifecycle = group.members.get(id).map(|member| &member.lifecycle);
    lifecycle == Some(&LifecycleState::InService)
}

/// A member as it begins.
pub(super) fn member(lifecycle: LifecycleState, zone: Zone) -> Member {
    Member {
        lifecycle,
        healthy: true,
        protected: false,
        weight: 1,
        zone,
        template_version: Some("1".into()),
        image: ImageId::parse(IMAGE).ok(),
    }
}
