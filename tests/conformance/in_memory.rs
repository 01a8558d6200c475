//! Plays a script against the world in memory, with the functions' code in this process.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use shared::ids::{EventId, InstanceId};
use shared::policy::Ceilings;
use shared::ports::CloudErrorClass;
use shared::testing::cloud::truth::ActKind;
use shared::testing::cloud::{Behaviour, Cloud, Machine, Moment, Play, Port, Setup};
use shared::testing::faults::Fault;
use shared::world::{AlarmState, EventCode};

use crate::script::{self, Deed, Offset, Script};
use crate::seen::{Record, Seen, Sighting, instance};
use crate::{Outcome, speeds};

/// How often the world is looked at. Nothing in it lasts less.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// A failure of an action that ends at a time.
type Trouble = (Timestamp, Vec<Port>);

struct Stage<'c> {
    cloud: &'c Cloud,
    play: Play<'c>,
    script: &'c Script,
    record: Record,
    /// The newest event of each instance.
    events: BTreeMap<InstanceId, EventId>,
    /// Launches so far, by group, and those into its warm pool.
    launches: BTreeMap<String, u32>,
    pooled: BTreeMap<String, u32>,
    /// Who waits in a warm pool.
    warm: BTreeSet<InstanceId>,
    reported: usize,
    troubles: Vec<Trouble>,
}

/// Plays it to its end.
pub fn play(script: &Script) -> Outcome<Seen> {
    let cloud = Cloud::new(1);
    cloud.describe_after(speeds::DESCRIPTION_LAG / 60);
    // Whether AWS Health tells that an event is over is not documented; the stand-in does not.
    cloud.often(Fault::EndUntold, 1_000);
    let ceilings = Ceilings::read(script.ceilings(&BTreeMap::new()))?;
    let mut stage = Stage {
        cloud: &cloud,
        play: Play::within(&cloud, ceilings),
        script,
        record: Record::default(),
        events: BTreeMap::new(),
        launches: BTreeMap::new(),
        pooled: BTreeMap::new(),
        warm: BTreeSet::new(),
        reported: 0,
        troubles: Vec::new(),
    };
    stage.build();
    let began = cloud.now();
    for step in &script.timeline {
        stage.until(began + step.at.duration());
        stage.does(&step.deed)?;
        cloud.advance(SignedDuration::ZERO);
        stage.look();
    }
    stage.until(began + script.lasts.duration());
    Ok(stage.end())
}

impl Stage<'_> {
    fn build(&mut self) {
        for (name, group) in &self.script.groups {
            let ids = self.cloud.add(&setup(name, group));
            for (number, id) in ids.iter().enumerate() {
                let zone = group.zones[number % group.zones.len()];
                let within = number / group.zones.len() + 1;
                self.record.names.instance(id.as_str(), &format!("{name}-{zone}{within}"));
                for (key, value) in &group.instance_tags {
                    self.cloud.tag(id, key, &value.replace("{n}", &within.to_string()));
                }
            }
            self.launches.insert(name.clone(), u32::try_from(ids.len()).unwrap_or(0));
        }
        for (name, machine) in &self.script.instances {
            let id = self.cloud.add_machine(&machine_of(name, machine));
            self.record.names.instance(id.as_str(), name);
        }
        for (name, state) in &self.script.alarms {
            self.cloud.alarm(name, alarm(state));
        }
        self.look();
    }

    /// Everything that comes until a time, looked at all the while.
    fn until(&mut self, end: Timestamp) {
        while self.cloud.now() < end {
            self.play.until((self.cloud.now() + LOOK_EVERY).min(end));
            self.trouble_ends();
            self.look();
        }
    }

    fn trouble_ends(&mut self) {
        let now = self.cloud.now();
        let over = self.troubles.extract_if(.., |(until, _)| *until <= now);
        for port in over.flat_map(|(_, ports)| ports) {
            self.cloud.relent(port);
        }
    }

    fn look(&mut self) {
        let mut sightings = Vec::new();
        for known in self.cloud.instances() {
            let id = known.id.as_str();
            let group = known.group.as_ref().map(|name| self.cloud.group(name.as_str()));
            let member = group.as_ref().and_then(|group| group.members.get(&known.id));
            let pooled = member.is_some_and(|member| member.lifecycle.warmed());
            if let Some(group) = group.as_ref().filter(|_| !self.record.names.knows(id)) {
                self.name(id, group.name.as_str(), pooled);
            }
            if pooled {
                self.warm.insert(known.id.clone());
            } else if let Some(group) = group.as_ref().filter(|_| self.warm.remove(&known.id)) {
                *self.launches.entry(group.name.to_string()).or_default() += 1;
            }
            for event in &known.events {
                self.record.names.event(event.id.as_str(), id);
                self.events.insert(known.id.clone(), event.id.clone());
            }
            sightings.push(Sighting {
                id: id.to_owned(),
                state: known.state.map_or_else(String::new, |state| state.as_str().to_owned()),
                lifecycle: member
                    .filter(|_| !pooled)
                    .map(|member| member.lifecycle.as_str().to_owned()),
            });
        }
        self.record.look(&sightings);
        for report in &self.play.reports[self.reported..] {
            self.record.report(&json!(report));
        }
        self.reported = self.play.reports.len();
    }

    /// A member that nobody named yet: it was launched, or waits in the warm pool. The stand-in
    /// counts the launches of a group; one out of the pool is the next, and keeps its name.
    fn name(&mut self, id: &str, group: &str, pooled: bool) {
        let counted = if pooled { &mut self.pooled } else { &mut self.launches };
        let number = counted.entry(group.to_owned()).or_default();
        *number += 1;
        let pool = if pooled { "warm" } else { "" };
        self.record.names.instance(id, &format!("{group}-{pool}{number}"));
    }

    fn id(&self, name: &str) -> InstanceId {
        let id = self.record.names.id(name);
        instance(id.unwrap_or_else(|| panic!("the script names {name}, and there is none")))
    }

    fn event(&self, name: &str) -> (InstanceId, EventId) {
        let id = self.id(name);
        let event = self.events[&id].clone();
        (id, event)
    }

    fn does(&mut self, deed: &Deed) -> Outcome {
        let cloud = self.cloud;
        match deed {
            Deed::Schedule { .. } => self.schedule(deed),
            Deed::Switch { stopped } => cloud.throw_switch(*stopped),
            Deed::LoseLedger => cloud.lose_ledger(),
            Deed::Deploy { settings } => {
                let ceilings = Ceilings::read(self.script.ceilings(settings))?;
                self.play.deploy(|known| *known = ceilings);
            }
            Deed::SweepTwice => {
                cloud.often(Fault::Raced, 1_000);
                self.play.sweep();
                cloud.often(Fault::Raced, 0);
            }
            Deed::MoveEvent { instance, not_before } => {
                let (id, event) = self.event(instance);
                cloud.move_date(&id, &event, hours(not_before));
            }
            Deed::CancelEvent { instance } => {
                let (id, event) = self.event(instance);
                cloud.often(Fault::EndUntold, 0);
                cloud.cancel(&id, &event);
                cloud.often(Fault::EndUntold, 1_000);
            }
            Deed::Alarm { name, state } => cloud.alarm(name, alarm(state)),
            Deed::Throttle { action, seconds } => {
                self.fails(action, CloudErrorClass::Throttled, *seconds);
            }
            Deed::Deny { action, seconds } => {
                self.fails(action, CloudErrorClass::Denied, *seconds);
            }
            Deed::Contend { action, seconds, .. } => {
                self.fails(action, CloudErrorClass::Contended, *seconds);
            }
            of_instance => self.by_hand(of_instance),
        }
        Ok(())
    }

    /// What people do, or Auto Scaling by itself.
    fn by_hand(&self, deed: &Deed) {
        let cloud = self.cloud;
        match deed {
            Deed::TerminateByHand { instance } => cloud.terminate_by_hand(&self.id(instance)),
            Deed::StopByHand { instance } => cloud.stop_by_hand(&self.id(instance)),
            Deed::StartByHand { instance } => cloud.start_by_hand(&self.id(instance)),
            Deed::RebootByHand { instance } => cloud.reboot_by_hand(&self.id(instance)),
            Deed::EnterStandbyByHand { instance } => {
                cloud.enter_standby_by_hand(&self.id(instance));
            }
            Deed::ExitStandbyByHand { instance } => cloud.exit_standby_by_hand(&self.id(instance)),
            Deed::DetachByHand { instance, .. } => cloud.detach_by_hand(&self.id(instance)),
            Deed::RegisterByHand { instance } => cloud.register_by_hand(&self.id(instance)),
            Deed::Rebalance { instance } => cloud.rebalance(&self.id(instance)),
            Deed::NoCapacity { instance, times } => cloud.no_capacity(&self.id(instance), *times),
            Deed::StartFailsLater { instance, times } => {
                cloud.falls_back(&self.id(instance), *times);
            }
            Deed::Tag { instance, tags } => {
                let id = self.id(instance);
                let event = self.events.get(&id).map(ToString::to_string).unwrap_or_default();
                for (key, value) in tags {
                    cloud.tag(&id, key, &value.replace("{event}", &event));
                }
            }
            Deed::Untag { instance, keys } => {
                for key in keys {
                    cloud.untag(&self.id(instance), key);
                }
            }
            of_group => of_groups(cloud, of_group),
        }
    }

    fn schedule(&mut self, deed: &Deed) {
        let Deed::Schedule { instance, code, not_before, not_before_deadline, lost } = deed else {
            return;
        };
        let id = self.id(instance);
        if *lost {
            self.cloud.silence();
        }
        let event = self.cloud.schedule(&id, EventCode::from(code.clone()), hours(not_before));
        if *lost {
            self.cloud.speak();
        }
        if let Some(deadline) = not_before_deadline {
            self.cloud.allow_until(&id, &event, hours(deadline));
        }
    }

    fn fails(&mut self, action: &str, class: CloudErrorClass, seconds: u32) {
        let ports: Vec<Port> =
            Port::ALL.iter().copied().filter(|port| port.action() == action).collect();
        for port in &ports {
            self.cloud.fail(*port, class, Moment::BeforeEffect, 0, usize::MAX);
        }
        let until = self.cloud.now() + SignedDuration::from_secs(seconds.into());
        self.troubles.push((until, ports));
    }

    fn end(mut self) -> Seen {
        for act in self.cloud.truth().acts {
            let name = self.record.names.of(act.instance.as_str());
            let member = !self.record.seen.of(&name, "lifecycle").is_empty();
            self.record.seen.add(&name, "acts", action(act.kind, member));
        }
        for detail in self.cloud.published() {
            self.record.told(&detail);
        }
        for incident in self.cloud.closed().iter().chain(&self.cloud.open()) {
            self.record.incident(incident);
        }
        self.ends();
        self.record.seen
    }

    /// How everything is at the end.
    fn ends(&mut self) {
        for known in self.cloud.instances().iter().filter(|one| one.alive()) {
            let name = self.record.names.of(known.id.as_str());
            let serves = self.cloud.serves(&known.id);
            self.record.seen.add(&name, "serves", serves.to_string());
            let marked = known.tags.get("reberth:incident");
            let marked = marked.map(|event| self.record.names.of(event));
            self.record.seen.add(&name, "mark", marked.unwrap_or_default());
        }
        for name in self.script.groups.keys() {
            let group = self.cloud.group(name);
            self.record.seen.add(name, "desired", group.desired.to_string());
        }
        let truth = self.cloud.truth();
        for (word, instances) in [("forced", &truth.forced), ("ridden", &truth.ridden)] {
            for id in instances {
                let name = self.record.names.of(id.as_str());
                self.record.seen.add(&name, "aws", word);
            }
        }
        for loss in &truth.data_lost {
            let name = self.record.names.of(loss.instance.as_str());
            self.record.seen.add(&name, "data", "lost");
        }
        for limit in self.cloud.holders().keys() {
            self.record.seen.add("ledger", "slots", limit.to_string());
        }
    }
}

fn setup(name: &str, group: &script::Group) -> Setup {
    let weight = group.weight.unwrap_or(1);
    let units = |units: u32| units / weight;
    let mut setup = Setup::group(name, units(group.desired))
        .between(units(group.min), units(group.max))
        .in_zones(group.zones.len())
        .weighing(weight)
        .warmed(group.warm_pool);
    for (key, value) in &group.tags {
        setup = match (key.as_str(), value.parse()) {
            ("reberth:max-unavailable", Ok(members)) => setup.may_lose(members),
            _ => setup.tagged(key, value),
        };
    }
    if let Some(policy) = group.maintenance_policy {
        setup = setup.launching_first(policy.max);
    }
    if group.target_group.is_some() {
        setup = setup.behind_targets();
    }
    if group.protected {
        setup = setup.protected();
    }
    if let Some(instance_type) = &group.instance_type {
        setup = setup.of_type(instance_type);
    }
    if let Some(delay) = &group.ready_after {
        setup = setup.ready_after(delay.duration());
    }
    let setup = group.suspended.iter().fold(setup, |setup, process| setup.suspending(process));
    let drained = group.target_group.is_some();
    setup.behaving(|behaviour| member_speeds(behaviour, drained))
}

fn member_speeds(behaviour: &mut Behaviour, drained: bool) {
    common_speeds(behaviour);
    let drain = if drained { speeds::DRAIN } else { 0 };
    behaviour.drains_in = SignedDuration::from_secs(drain.max(speeds::STANDBY));
    behaviour.leaves_in = SignedDuration::from_secs(speeds::TERMINATE + drain);
}

fn common_speeds(behaviour: &mut Behaviour) {
    behaviour.answers_after = SignedDuration::ZERO;
    behaviour.boots_in = SignedDuration::from_secs(speeds::LAUNCH);
    behaviour.starts_in = SignedDuration::from_secs(speeds::LAUNCH);
    behaviour.stops_in = SignedDuration::from_secs(speeds::STOP);
    behaviour.drains_in = SignedDuration::from_secs(speeds::DRAIN);
    behaviour.rejoins_in = SignedDuration::from_secs(speeds::STANDBY);
    behaviour.checked_after = SignedDuration::from_secs(speeds::CHECKS);
    behaviour.taken_after = SignedDuration::from_secs(speeds::TARGETS);
}

fn machine_of(name: &str, machine: &script::Machine) -> Machine {
    let mut made = Machine::plain(name);
    for (key, value) in &machine.tags {
        made = made.tagged(key, value);
    }
    for (targets, ports) in &machine.target_groups {
        made = made.behind(targets, ports);
    }
    if machine.stop_protected {
        made = made.stop_protected();
    }
    if let Some(instance_type) = &machine.instance_type {
        made = made.of_type(instance_type);
    }
    if let Some(delay) = &machine.ready_after {
        made = made.ready_after(delay.duration());
    }
    made.behaving(common_speeds)
}

fn of_groups(cloud: &Cloud, deed: &Deed) {
    match deed {
        Deed::TagGroup { group, tags } => {
            cloud.change_group(group, |group| group.tags.extend(tags.clone()));
        }
        Deed::SetDesired { group, desired } => cloud.scale(group, *desired),
        Deed::Suspend { group, processes } => cloud.change_group(group, |group| {
            let by_hand = |process: &String| (process.clone(), "by hand".to_owned());
            group.suspended.extend(processes.iter().map(by_hand));
        }),
        Deed::Resume { group, processes } => {
            cloud.change_group(group, |group| {
                group.suspended.retain(|process, _| !processes.contains(process));
            });
        }
        Deed::Refresh { group, status } => {
            cloud.refresh(group, ["Pending", "InProgress"].contains(&status.as_str()));
        }
        Deed::BadHost { group, .. } => {
            cloud.change_behaviour(group, |behaviour| behaviour.bad_hosts += 1);
        }
        other => panic!("the world in memory has no {other:?}"),
    }
}

fn alarm(state: &str) -> AlarmState {
    match state {
        "OK" => AlarmState::Ok(None),
        "ALARM" => AlarmState::Alarm,
        _ => AlarmState::InsufficientData,
    }
}

/// AWS's action behind an act.
fn action(kind: ActKind, member: bool) -> &'static str {
    use shared::plan::Order;
    match kind {
        ActKind::Opened(Order::TerminateFirst) => "TerminateInstanceInAutoScalingGroup",
        ActKind::Opened(Order::LaunchFirst) | ActKind::TakenBack => "SetInstanceHealth",
        ActKind::Left if member => "EnterStandby",
        ActKind::Left => "DeregisterTargets",
        ActKind::Stopped => "StopInstances",
        ActKind::Rebooted => "RebootInstances",
        ActKind::Rescheduled => "ModifyInstanceEventStartTime",
        ActKind::Started => "StartInstances",
        ActKind::Returned if member => "ExitStandby",
        ActKind::Returned => "RegisterTargets",
    }
}

fn hours(offset: &Offset) -> i64 {
    assert_eq!(offset.seconds() % 3_600, 0, "dates are whole hours away: {offset:?}");
    offset.seconds() / 3_600
}
