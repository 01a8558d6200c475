//! Hosts (AWS docs `schedevents_actions_retire`, `dedicated-hosts-maintenance`).

use shared::testing::cloud::{Cloud, Machine};
use shared::testing::faults::Fault;
use shared::world::{EventCode, Instance, Tenancy};

use crate::{always, minutes};

fn active(cloud: &Cloud, id: &shared::ids::InstanceId) -> usize {
    cloud.instance(id).unwrap().active_events().count()
}

/// Stops it and starts it.
fn moves(cloud: &Cloud, id: &shared::ids::InstanceId) {
    cloud.stop_by_hand(id);
    minutes(cloud, 5);
    cloud.start_by_hand(id);
    minutes(cloud, 5);
}

#[test]
fn what_is_scheduled_for_a_host_is_scheduled_for_everybody_on_it() {
    let cloud = Cloud::new(31);
    let machines = ["one", "two", "three"].map(|name| cloud.add_machine(&Machine::plain(name)));
    cloud.share_host(&machines[..2]);
    let subjects = cloud.schedule_host(&machines[0], &EventCode::InstanceRetirement, 48);
    assert_eq!(subjects.len(), 2);
    assert_eq!(machines.each_ref().map(|id| active(&cloud, id)), [1, 1, 0]);
    let date = |id| cloud.instance(id).unwrap().active_events().next().unwrap().not_before;
    assert_eq!(date(&machines[0]), date(&machines[1]));
    moves(&cloud, &machines[0]);
    assert_eq!(machines.each_ref().map(|id| active(&cloud, id)), [0, 1, 0], "one left it");
}

#[test]
fn a_start_may_land_on_the_host_that_was_left_and_always_does_on_a_dedicated_host() {
    let tenancy = |instance: &mut Instance| instance.tenancy = Tenancy::Host;
    for (fault, machine) in [
        (Some(Fault::SameHost), Machine::plain("unlucky")),
        (None, Machine::plain("dedicated").but(tenancy)),
    ] {
        let cloud = Cloud::new(32);
        let id = cloud.add_machine(&machine);
        cloud.schedule(&id, EventCode::InstanceRetirement, 48);
        if let Some(fault) = fault {
            always(&cloud, fault);
        }
        moves(&cloud, &id);
        assert_eq!(active(&cloud, &id), 1);
    }
}

#[test]
fn whoever_lands_on_a_scheduled_host_shares_its_date() {
    let cloud = Cloud::new(33);
    always(&cloud, Fault::BadHost);
    let machines: Vec<_> = (0..12).map(|_| cloud.add_machine(&Machine::plain("any"))).collect();
    let mut dates = Vec::new();
    for id in &machines {
        moves(&cloud, id);
        let instance = cloud.instance(id).unwrap();
        dates.push(instance.active_events().next().unwrap().not_before);
    }
    dates.sort();
    dates.dedup();
    assert!((2..12).contains(&dates.len()), "{} hosts for twelve", dates.len());
}
