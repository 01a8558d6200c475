use aws_sdk_autoscaling::types::ScalingActivityStatusCode as Status;
use aws_sdk_autoscaling::types::builders::AutoScalingGroupBuilder;
use aws_smithy_types::DateTime;

use super::*;

const ID: &str = "i-0123456789abcdef0";

fn converted(change: impl FnOnce(AutoScalingGroupBuilder) -> AutoScalingGroupBuilder) -> Group {
    group(&change(sdk::AutoScalingGroup::builder().auto_scaling_group_name("web")).build()).unwrap()
}

fn activity(description: &str, status: Status, start: i64) -> sdk::Activity {
    let activity = sdk::Activity::builder().description(description).status_code(status);
    activity.start_time(DateTime::from_secs(start)).status_message("no capacity").build()
}

#[test]
fn a_group_that_says_little_is_small_and_terminates_first() {
    let group = converted(|group| group);
    assert_eq!((group.minimum, group.maximum, group.desired), (0, 0, 0));
    assert_eq!(group.maintenance, None);
    assert_eq!(group.source, LaunchSource::Unknown);
    assert!(!group.deleting);
    assert!(converted(|group| group.status("Delete in progress")).deleting);
}

#[test]
fn a_member_counts_its_weight_and_is_healthy_in_any_spelling() {
    let member = sdk::Instance::builder().instance_id(ID).availability_zone("us-west-2a");
    let member = member.health_status("HEALTHY").lifecycle_state("Terminating:Wait".into());
    let group = converted(|group| {
        let light = member.clone().instance_id("i-12345678");
        group.instances(member.weighted_capacity("4").build()).instances(light.build())
    });
    let weights: Vec<u32> = group.members.values().map(|member| member.weight).collect();
    assert_eq!(weights, [4, 1]);
    assert!(
        group
            .members
            .values()
            .all(|member| member.healthy && member.lifecycle.waits_to_terminate())
    );
}

#[test]
fn a_launch_source_is_a_template_alone_or_mixed_or_a_configuration() {
    let template = || sdk::LaunchTemplateSpecification::builder().launch_template_id("lt-1");
    let plain = converted(|group| group.launch_template(template().version("3").build()));
    assert_eq!(plain.source.key(), "lt-1:3");
    let mixed = sdk::LaunchTemplate::builder().launch_template_specification(template().build());
    let mixed = sdk::MixedInstancesPolicy::builder().launch_template(mixed.build()).build();
    assert_eq!(
        converted(|group| group.mixed_instances_policy(mixed)).source.key(),
        "lt-1:$Default"
    );
    let old = converted(|group| group.launch_configuration_name("lc"));
    assert_eq!(old.source, LaunchSource::Configuration("lc".to_owned()));
}

#[test]
fn a_maintenance_policy_that_was_cleared_is_none() {
    let policy = |minimum, maximum| {
        let policy = sdk::InstanceMaintenancePolicy::builder().min_healthy_percentage(minimum);
        let policy = policy.max_healthy_percentage(maximum).build();
        converted(|group| group.instance_maintenance_policy(policy)).maintenance
    };
    assert_eq!(policy(100, 150), Some(MaintenancePolicy { minimum: 100, maximum: 150 }));
    assert_eq!(policy(-1, -1), None);
}

#[test]
fn target_groups_are_read_from_both_lists() {
    let elastic = sdk::TrafficSourceIdentifier::builder().identifier("arn:b").r#type("elbv2");
    let lattice = sdk::TrafficSourceIdentifier::builder().identifier("arn:c").r#type("vpc-lattice");
    let group = converted(|group| {
        group
            .target_group_arns("arn:a")
            .traffic_sources(elastic.build())
            .traffic_sources(lattice.build())
    });
    let arns: Vec<&str> = group.target_groups.iter().map(TargetGroup::as_str).collect();
    assert_eq!(arns, ["arn:a", "arn:b"]);
}

#[test]
fn the_newest_launch_counts_wherever_it_is_listed() {
    let old = activity("Launching a new EC2 instance: i-12345678", Status::Successful, 100);
    let new = activity("Launching a new EC2 instance.  Status Reason: none", Status::Failed, 200);
    let at = Timestamp::from_second(200).unwrap();
    let failed = LastLaunch::Failed { at, message: "no capacity".to_owned() };
    assert_eq!(activities(&[old.clone(), new.clone()]).last_launch, failed);
    assert_eq!(activities(&[new, old.clone()]).last_launch, failed);
    assert_eq!(activities(&[old]).last_launch, LastLaunch::Fine);
    assert_eq!(activities(&[]).last_launch, LastLaunch::None);
}

#[test]
fn only_terminations_under_way_are_listed() {
    let words = format!("Terminating EC2 instance: {ID} - Waiting For ELB Connection Draining");
    let waiting = activity(&words, Status::WaitingForElbConnectionDraining, 100);
    let done = activity("Terminating EC2 instance: i-12345678", Status::Successful, 50);
    let terminating = activities(&[waiting, done]).terminating;
    let expected = (InstanceId::parse(ID).unwrap(), Timestamp::from_second(100).unwrap());
    assert_eq!(terminating.into_iter().collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_refresh_runs_until_it_ends() {
    let refresh = |id: &str, status: &str| {
        sdk::InstanceRefresh::builder().instance_refresh_id(id).status(status.into()).build()
    };
    let ended = ["Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful"];
    let ended = ended.map(|status| refresh("over", status));
    assert_eq!(running_refresh(&ended), None);
    for status in ["Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"] {
        let all = [&ended[..], &[refresh("now", status)]].concat();
        assert_eq!(running_refresh(&all).as_deref(), Some("now"), "{status}");
    }
}
