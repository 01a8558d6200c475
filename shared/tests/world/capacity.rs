//! Capacity (AWS docs `ts-as-capacity`, `ec2-auto-scaling-warm-pools`,
//! `spot-instance-termination-notices`).

use shared::testing::cloud::{Cloud, Machine, Setup};
use shared::testing::faults::Fault;
use shared::world::{InstanceState, LastLaunch};

use crate::{always, in_service, lifecycle, minutes, newcomers};

#[test]
fn a_launch_that_finds_no_capacity_is_tried_again() {
    let cloud = Cloud::new(41);
    cloud.add(&Setup::group("web", 3));
    always(&cloud, Fault::LaunchWithoutCapacity);
    cloud.scale("web", 4);
    minutes(&cloud, 40);
    assert!(matches!(cloud.last_launch("web"), LastLaunch::Failed { .. }));
    assert_eq!(in_service(&cloud, "web").len(), 3);
    cloud.often(Fault::LaunchWithoutCapacity, 0);
    minutes(&cloud, 40);
    assert_eq!(cloud.last_launch("web"), LastLaunch::Fine);
    assert_eq!(in_service(&cloud, "web").len(), 4);
}

#[test]
fn a_start_that_finds_no_capacity_finds_some_within_hours() {
    let cloud = Cloud::new(42);
    let id = cloud.add_machine(&Machine::plain("alone"));
    cloud.stop_by_hand(&id);
    minutes(&cloud, 5);
    always(&cloud, Fault::StartWithoutCapacity);
    cloud.start_by_hand(&id);
    assert_eq!(cloud.instance(&id).unwrap().state, Some(InstanceState::Stopped));
    cloud.often(Fault::StartWithoutCapacity, 0);
    minutes(&cloud, 6 * 60);
    cloud.start_by_hand(&id);
    minutes(&cloud, 5);
    assert!(cloud.serves(&id));
}

#[test]
fn a_warm_pool_is_filled_again_and_takes_back_who_is_scaled_in() {
    let cloud = Cloud::new(43);
    let setup = Setup::group("web", 3).warmed(2);
    let members = cloud.add(&setup.behaving(|behaviour| behaviour.reuses = true));
    let warm = |cloud: &Cloud| {
        let members = cloud.group("web").members.into_values();
        members.filter(|member| member.lifecycle.as_str() == "Warmed:Stopped").count()
    };
    cloud.scale("web", 4);
    assert_eq!(warm(&cloud), 1);
    minutes(&cloud, 5);
    assert_eq!((warm(&cloud), in_service(&cloud, "web").len()), (2, 4));
    let newest = newcomers(&cloud, "web", &members);
    cloud.scale("web", 3);
    minutes(&cloud, 5);
    assert_eq!((warm(&cloud), in_service(&cloud, "web").len()), (3, 3));
    assert!(newest.iter().any(|id| cloud.instance(id).is_some()));
}

#[test]
fn a_spot_instance_goes_two_minutes_after_its_notice_whatever_its_hook_says() {
    let cloud = Cloud::new(44);
    let members = cloud.add(&Setup::group("web", 3));
    cloud.interrupt(&members[0]);
    minutes(&cloud, 1);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("InService"));
    assert_eq!(cloud.instance(&members[0]).unwrap().state, Some(InstanceState::Running));
    minutes(&cloud, 10);
    assert_eq!(lifecycle(&cloud, "web", &members[0]), None);
    assert_eq!(in_service(&cloud, "web").len(), 3);
}
