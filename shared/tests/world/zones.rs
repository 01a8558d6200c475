//! An Availability Zone that fails (AWS doc `auto-scaling-benefits`).

use shared::ids::InstanceId;
use shared::testing::cloud::{Cloud, Machine, Setup};
use shared::world::LastLaunch;

use crate::{in_service, minutes};

#[test]
fn members_of_a_zone_that_is_out_are_replaced_in_the_others_and_balanced_when_it_is_back() {
    let cloud = Cloud::new(21);
    let members = cloud.add(&Setup::group("web", 6));
    let zone = |id: &InstanceId| cloud.instance(id).unwrap().zone.unwrap().as_str().to_owned();
    cloud.zone_fails('a', 60);
    let impaired = members.iter().filter(|id| cloud.instance(id).unwrap().impaired());
    assert_eq!(impaired.clone().count(), 2);
    assert!(impaired.clone().all(|id| zone(id).ends_with('a')));
    minutes(&cloud, 30);
    let serving = in_service(&cloud, "web");
    assert_eq!(serving.len(), 6);
    assert!(serving.iter().all(|id| !zone(id).ends_with('a')));
    minutes(&cloud, 90);
    let serving = in_service(&cloud, "web");
    assert_eq!(serving.iter().filter(|id| zone(id).ends_with('a')).count(), 2);
}

#[test]
fn nothing_is_launched_or_started_where_every_zone_is_out() {
    let cloud = Cloud::new(22);
    let members = cloud.add(&Setup::group("web", 2).in_zones(1));
    let machine = cloud.add_machine(&Machine::plain("alone"));
    cloud.stop_by_hand(&machine);
    cloud.zone_fails('a', 60);
    cloud.terminate_by_hand(&members[0]);
    minutes(&cloud, 10);
    cloud.start_by_hand(&machine);
    assert!(matches!(cloud.last_launch("web"), LastLaunch::Failed { .. }));
    minutes(&cloud, 10);
    assert_eq!(in_service(&cloud, "web").len(), 0);
    assert!(!cloud.serves(&machine));
    minutes(&cloud, 60);
    cloud.start_by_hand(&machine);
    minutes(&cloud, 10);
    assert_eq!(in_service(&cloud, "web").len(), 2);
    assert!(cloud.serves(&machine));
}
