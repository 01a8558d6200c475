//! The fleet of the day, and what AWS announces for it.

use jiff::{SignedDuration, Timestamp};
use shared::ids::{InstanceId, Zone};
use shared::testing::cloud::{Behaviour, Cloud, Setup};
use shared::world::EventCode;

use super::Day;

/// An instance for which something is scheduled.
#[derive(Debug, Clone)]
pub struct Affected {
    pub instance: InstanceId,
    pub date: Timestamp,
}

/// Every fifth member is affected.
const ONE_OF: usize = 5;

/// From launch to in service, and from there to data that is synchronised.
const BOOTS: SignedDuration = SignedDuration::from_mins(3);
const SYNCHRONISES: SignedDuration = SignedDuration::from_mins(10);

/// From an opening act to its successor's being in service.
pub fn succeeded_after() -> SignedDuration {
    Behaviour::default().answers_after + BOOTS
}

/// Builds it, and lets AWS announce everything at once.
pub fn build(cloud: &Cloud, day: Day) -> Vec<Affected> {
    let mut affected = Vec::new();
    for number in 0..day.groups {
        let setup = plain(&format!("web-{number:02}"), day);
        let setup = if number % 2 == 0 { setup } else { setup.launching_first(110) };
        affected.extend(announce(cloud, &cloud.add(&setup)));
    }
    for number in 0..day.quorums {
        let sets: Vec<String> =
            (0..day.members).map(|shard| format!("store-{number}-{shard:03}")).collect();
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        for zone in ["us-west-2a", "us-west-2b", "us-west-2c"] {
            let name = format!("store-{number}-{zone}");
            let setup = plain(&name, day).in_zones(1).ready_after(SYNCHRONISES).replicating(&sets);
            let members = cloud.add(&setup);
            settle_in(cloud, &name, zone, &members);
            affected.extend(announce(cloud, &members));
        }
    }
    affected
}

fn plain(name: &str, day: Day) -> Setup {
    Setup::enforced(name, day.members)
        .between(day.members - Day::MAY_LOSE, day.members + Day::MAY_LOSE)
        .may_lose(Day::MAY_LOSE)
        .behaving(|behaviour| behaviour.boots_in = BOOTS)
}

/// All of a group is in this zone.
fn settle_in(cloud: &Cloud, group: &str, zone: &str, members: &[InstanceId]) {
    let zone = Zone::parse(zone).unwrap();
    cloud.change_group(group, |group| {
        group.zones = [zone.clone()].into();
        group.members.values_mut().for_each(|member| member.zone = zone.clone());
    });
    for id in members {
        cloud.change_instance(id, |instance| instance.zone = Some(zone.clone()));
    }
}

/// AWS reboots every fifth member on other hardware, zone by zone.
fn announce(cloud: &Cloud, members: &[InstanceId]) -> Vec<Affected> {
    let chosen = members.iter().step_by(ONE_OF);
    let announced = chosen.map(|id| {
        let zone = cloud.instance(id).and_then(|instance| instance.zone);
        let letter = zone.and_then(|zone| zone.as_str().chars().last());
        let hours = Day::DATES[match letter {
            Some('a') => 0,
            Some('b') => 1,
            _ => 2,
        }];
        cloud.schedule(id, EventCode::SystemReboot, hours);
        let date = cloud.now() + SignedDuration::from_hours(hours);
        Affected { instance: id.clone(), date }
    });
    announced.collect()
}
