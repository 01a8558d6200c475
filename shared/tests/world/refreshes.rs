//! Instance refreshes (AWS doc `asg-instance-refresh`).

use jiff::SignedDuration;
use shared::ids::InstanceId;
use shared::testing::cloud::{Cloud, RefreshPlan, Setup};

use crate::{in_service, minutes};

fn still_there(cloud: &Cloud, members: &[InstanceId]) -> usize {
    let there = in_service(cloud, "web");
    members.iter().filter(|id| there.contains(id)).count()
}

#[test]
fn a_refresh_replaces_everybody_a_batch_at_a_time_and_is_over() {
    let cloud = Cloud::new(11);
    let members = cloud.add(&Setup::group("web", 4));
    let plan = RefreshPlan { minimum_healthy_percentage: 50, ..RefreshPlan::default() };
    cloud.start_refresh("web", plan);
    assert!(cloud.refreshes("web"));
    let mut least = 4;
    for _ in 0..40 {
        minutes(&cloud, 1);
        least = least.min(in_service(&cloud, "web").len());
    }
    assert_eq!(least, 2, "half of four stay in service");
    assert_eq!(still_there(&cloud, &members), 0);
    assert_eq!(in_service(&cloud, "web").len(), 4);
    assert!(!cloud.refreshes("web"));
}

#[test]
fn a_refresh_rests_at_its_checkpoint() {
    let cloud = Cloud::new(12);
    let members = cloud.add(&Setup::group("web", 4));
    let checkpoint = Some((50, SignedDuration::from_hours(2)));
    cloud.start_refresh("web", RefreshPlan { checkpoint, ..RefreshPlan::default() });
    minutes(&cloud, 60);
    assert_eq!(still_there(&cloud, &members), 2);
    assert!(cloud.refreshes("web"));
    minutes(&cloud, 120);
    assert_eq!(still_there(&cloud, &members), 0);
}

#[test]
fn a_cancelled_refresh_leaves_the_rest_as_they_are() {
    let cloud = Cloud::new(13);
    let members = cloud.add(&Setup::group("web", 4));
    cloud.start_refresh("web", RefreshPlan::default());
    minutes(&cloud, 2);
    cloud.cancel_refresh("web");
    minutes(&cloud, 60);
    assert_eq!(still_there(&cloud, &members), 3);
    assert!(!cloud.refreshes("web"));
}

#[test]
fn a_refresh_passes_over_the_protected_or_fails_for_them_after_an_hour() {
    for ignores in [true, false] {
        let cloud = Cloud::new(14);
        let members = cloud.add(&Setup::group("web", 3).protected());
        cloud.start_refresh("web", RefreshPlan { ignores, ..RefreshPlan::default() });
        minutes(&cloud, 30);
        assert_eq!(cloud.refreshes("web"), !ignores);
        minutes(&cloud, 40);
        assert!(!cloud.refreshes("web"));
        assert_eq!(still_there(&cloud, &members), 3);
    }
}
