//! Groups: suspended processes, detaching, deletion (AWS docs `as-suspend-resume-processes`,
//! `ec2-auto-scaling-detach-attach-instances`, `API_DeleteAutoScalingGroup`).

use shared::testing::cloud::truth::ActKind;
use shared::testing::cloud::{Cloud, Setup};
use shared::world::{EventCode, InstanceState};

use crate::{in_service, lifecycle, minutes, newcomers};

#[test]
fn what_is_suspended_does_not_happen_and_is_made_up_for_when_it_is_resumed() {
    for process in ["Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"] {
        let cloud = Cloud::new(61);
        let members = cloud.add(&Setup::group("web", 3));
        cloud.suspend("web", process);
        cloud.terminate_by_hand(&members[0]);
        minutes(&cloud, 30);
        assert!(newcomers(&cloud, "web", &members).is_empty(), "{process}");
        cloud.resume("web", process);
        minutes(&cloud, 10);
        assert_eq!(newcomers(&cloud, "web", &members).len(), 1, "{process}");
        assert_eq!(cloud.truth().open_losses().count(), 0, "{process}");
    }
}

#[test]
fn a_member_stopped_unseen_by_auto_scaling_is_a_loss_until_it_runs_again() {
    let cloud = Cloud::new(62);
    let members = cloud.add(&Setup::group("web", 3).suspending("HealthCheck"));
    cloud.stop_by_hand(&members[0]);
    minutes(&cloud, 10);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("InService"));
    let loss = cloud.truth().open_losses().next().cloned().unwrap();
    assert!(loss.stays && loss.shows && !loss.ours);
    cloud.start_by_hand(&members[0]);
    minutes(&cloud, 10);
    assert_eq!(cloud.truth().open_losses().count(), 0);
    assert_eq!(cloud.truth().done(ActKind::Started), []);
}

#[test]
fn whoever_comes_into_service_unregistered_stays_so_until_somebody_registers_it() {
    let cloud = Cloud::new(63);
    let members = cloud.add(&Setup::group("web", 3).behind_targets());
    cloud.suspend("web", "AddToLoadBalancer");
    cloud.terminate_by_hand(&members[0]);
    minutes(&cloud, 10);
    let new = newcomers(&cloud, "web", &members).remove(0);
    assert!(in_service(&cloud, "web").contains(&new) && !cloud.serves(&new));
    cloud.resume("web", "AddToLoadBalancer");
    minutes(&cloud, 60);
    assert!(!cloud.serves(&new));
    cloud.tidy_up_by_hand();
    minutes(&cloud, 5);
    assert!(cloud.serves(&new));
}

#[test]
fn where_nobody_may_be_terminated_aws_does_its_work_on_the_member_itself() {
    let cloud = Cloud::new(64);
    let members = cloud.add(&Setup::group("web", 3).suspending("Terminate"));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 1);
    minutes(&cloud, 70);
    assert_eq!(cloud.truth().forced, [members[0].clone()]);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("InService"));
    assert!(!cloud.instance(&members[0]).unwrap().active_events().any(|it| it.id == event));
}

#[test]
fn a_member_that_is_detached_drains_first_and_runs_on_as_nobodys() {
    let cloud = Cloud::new(65);
    let members = cloud.add(&Setup::group("web", 3).behind_targets());
    cloud.detach_by_hand(&members[0]);
    assert_eq!(lifecycle(&cloud, "web", &members[0]).as_deref(), Some("Detaching"));
    minutes(&cloud, 10);
    let alone = cloud.instance(&members[0]).unwrap();
    assert_eq!((alone.group, alone.state), (None, Some(InstanceState::Running)));
    assert_eq!(in_service(&cloud, "web").len(), 3);
}

#[test]
fn a_group_that_is_deleted_is_gone_when_its_members_are() {
    let cloud = Cloud::new(66);
    let members = cloud.add(&Setup::group("web", 3).warmed(1));
    cloud.delete_group("web");
    let deleting = cloud.group("web");
    assert!(deleting.deleting && deleting.members.len() == 4);
    minutes(&cloud, 10);
    assert!(!cloud.has_group(&deleting.name));
    assert_eq!(cloud.instance(&members[0]).unwrap().state, Some(InstanceState::Terminated));
    assert_eq!(cloud.truth().open_losses().count(), 0);
}
