//! Auto Scaling's answers as facts.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_autoscaling::types as sdk;
use jiff::Timestamp;

use crate::aws::clock::timestamp;
use crate::ids::{GroupName, ImageId, InstanceId, TargetGroup, Zone};
use crate::ports::Activities;
use crate::world::{Group, LastLaunch, LaunchSource, LifecycleState, MaintenancePolicy, Member};

/// One of `AutoScalingGroups[]`.
pub(super) fn group(answer: &sdk::AutoScalingGroup) -> Option<Group> {
    let tag = |tag: &sdk::TagDescription| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
    let process = |process: &sdk::SuspendedProcess| {
        let reason = process.suspension_reason().unwrap_or("no reason given");
        Some((process.process_name()?.to_owned(), reason.to_owned()))
    };
    Some(Group {
        name: GroupName::parse(answer.auto_scaling_group_name()?).ok()?,
        minimum: count(answer.min_size()),
        maximum: count(answer.max_size()),
        desired: count(answer.desired_capacity()),
        zones: answer
            .availability_zones()
            .iter()
            .filter_map(|zone| Zone::parse(zone).ok())
            .collect(),
        members: answer.instances().iter().filter_map(member).collect(),
        suspended: answer.suspended_processes().iter().filter_map(process).collect(),
        maintenance: answer.instance_maintenance_policy().and_then(maintenance),
        // `Status` is set only while a group is being deleted (`API_AutoScalingGroup`, read
        // 2026-11).
        deleting: answer.status().is_some_and(|status| !status.is_empty()),
        target_groups: target_groups(answer),
        source: source(answer),
        tags: answer.tags().iter().filter_map(tag).collect(),
    })
}

fn count(answer: Option<i32>) -> u32 {
    answer.and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
}

fn member(answer: &sdk::Instance) -> Option<(InstanceId, Member)> {
    let id = InstanceId::parse(answer.instance_id()?).ok()?;
    let word = answer.lifecycle_state().map_or("", sdk::LifecycleState::as_str);
    let weight = answer.weighted_capacity().and_then(|weight| weight.parse().ok());
    let template = answer.launch_template();
    let version = template.and_then(sdk::LaunchTemplateSpecification::version);
    let member = Member {
        lifecycle: LifecycleState::read(word),
        healthy: answer.health_status().is_some_and(|word| word.eq_ignore_ascii_case("healthy")),
        protected: answer.protected_from_scale_in().unwrap_or_default(),
        weight: weight.unwrap_or(1),
        zone: Zone::parse(answer.availability_zone()?).ok()?,
        template_version: version.map(Into::into),
        image: answer.image_id().and_then(|image| ImageId::parse(image).ok()),
    };
    Some((id, member))
}

/// Both percentages or none: -1 clears one (`API_InstanceMaintenancePolicy`, read 2026-11).
fn maintenance(answer: &sdk::InstanceMaintenancePolicy) -> Option<MaintenancePolicy> {
    Some(MaintenancePolicy {
        minimum: u32::try_from(answer.min_healthy_percentage()?).ok()?,
        maximum: u32::try_from(answer.max_healthy_percentage()?).ok()?,
    })
}

/// Target groups are listed by themselves, among the traffic sources, or both.
fn target_groups(answer: &sdk::AutoScalingGroup) -> BTreeSet<TargetGroup> {
    let elastic =
        |source: &&sdk::TrafficSourceIdentifier| matches!(source.r#type(), None | Some("elbv2"));
    let sources = answer.traffic_sources().iter().filter(elastic);
    let sources = sources.filter_map(sdk::TrafficSourceIdentifier::identifier);
    let arns = answer.target_group_arns().iter().map(String::as_str).chain(sources);
    arns.filter_map(|arn| TargetGroup::parse(arn).ok()).collect()
}

fn source(answer: &sdk::AutoScalingGroup) -> LaunchSource {
    let mixed =
        answer.mixed_instances_policy().and_then(sdk::MixedInstancesPolicy::launch_template);
    let mixed = mixed.and_then(sdk::LaunchTemplate::launch_template_specification);
    let template = answer.launch_template().or(mixed);
    let id = template.and_then(sdk::LaunchTemplateSpecification::launch_template_id);
    if let Some(id) = id {
        let version = template.and_then(sdk::LaunchTemplateSpecification::version);
        let version = version.unwrap_or("$Default").to_owned();
        return LaunchSource::Template { id: id.to_owned(), version };
    }
    let configuration = answer.launch_configuration_name().map(str::to_owned);
    configuration.map_or(LaunchSource::Unknown, LaunchSource::Configuration)
}

/// What one page of `Activities[]`, newest first, says of launches and terminations.
pub(super) fn activities(answer: &[sdk::Activity]) -> Activities {
    let launches = answer.iter().filter(|activity| launches(activity));
    let newest = launches.max_by_key(|activity| activity.start_time().and_then(timestamp));
    let terminating = answer.iter().filter(|activity| !over(activity)).filter_map(termination);
    Activities {
        last_launch: newest.map_or(LastLaunch::None, last_launch),
        terminating: terminating.collect::<BTreeMap<_, _>>(),
    }
}

fn launches(activity: &sdk::Activity) -> bool {
    activity.description().is_some_and(|words| words.starts_with("Launching"))
}

fn last_launch(activity: &sdk::Activity) -> LastLaunch {
    use sdk::ScalingActivityStatusCode::{Cancelled, Failed};
    if !matches!(activity.status_code(), Some(Failed | Cancelled)) {
        return LastLaunch::Fine;
    }
    let at = activity.end_time().or(activity.start_time()).and_then(timestamp);
    let message = activity.status_message().unwrap_or("AWS gives no reason").to_owned();
    LastLaunch::Failed { at: at.unwrap_or_default(), message }
}

fn over(activity: &sdk::Activity) -> bool {
    use sdk::ScalingActivityStatusCode::{Cancelled, Failed, Successful};
    matches!(activity.status_code(), Some(Failed | Cancelled | Successful))
}

/// The instance and the start of a termination, from `Terminating EC2 instance: i-…`, which may go
/// on with what it waits for.
fn termination(activity: &sdk::Activity) -> Option<(InstanceId, Timestamp)> {
    let words = activity.description()?.strip_prefix("Terminating EC2 instance:")?;
    let id = words.split_whitespace().next()?;
    Some((InstanceId::parse(id).ok()?, activity.start_time().and_then(timestamp)?))
}

/// The refresh that is not over, of `InstanceRefreshes[]`.
pub(super) fn running_refresh(answer: &[sdk::InstanceRefresh]) -> Option<String> {
    let running = |refresh: &&sdk::InstanceRefresh| {
        let status = refresh.status().map_or("", sdk::InstanceRefreshStatus::as_str);
        matches!(status, "Pending" | "InProgress" | "Cancelling" | "RollbackInProgress" | "Baking")
    };
    let refresh = answer.iter().find(running)?;
    refresh.instance_refresh_id().map(str::to_owned)
}

#[cfg(test)]
#[path = "autoscaling_convert_tests.rs"]
mod tests;
