"""Auto Scaling's calls on groups: describe, create, change, delete, suspend and resume."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from moto.autoscaling.exceptions import AutoscalingClientError, ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from standin.clock import rfc3339

from .filters import matches
from .members import Member
from .paging import BadToken, page
from .seams import Wire, replaces

PROCESSES = (
    "AZRebalance",
    "AddToLoadBalancer",
    "AlarmNotification",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
)
#: Page sizes: API reference of Auto Scaling, DescribeAutoScalingGroups, read 2026-11.
_GROUPS_DEFAULT, _GROUPS_MAX = 50, 100

_create = AutoScalingResponse.create_auto_scaling_group
_update = AutoScalingResponse.update_auto_scaling_group


def find_group(call: AutoScalingResponse) -> FakeAutoScalingGroup:
    """The group that a call names."""
    name = call._get_param("AutoScalingGroupName")
    group = call.world.autoscaling.autoscaling_groups.get(name)
    if group is None:
        message = f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
        raise ValidationError(message)
    return group


def page_of(call: AutoScalingResponse, items: list, default: int, most: int) -> tuple:
    """A page by MaxRecords and NextToken, with Auto Scaling's errors."""
    size = call._get_int_param("MaxRecords", default)
    if not 1 <= size <= most:
        raise ValidationError(f"MaxRecords: expected 1 to {most}, got {size}")
    try:
        return page(items, size, call._get_param("NextToken"))
    except BadToken as error:
        raise AutoscalingClientError("InvalidNextToken", "The token is not valid") from error


@replaces(AutoScalingResponse)
def describe_auto_scaling_groups(self: AutoScalingResponse) -> ActionResult:
    """Groups by name and by tag, with their members unless IncludeInstances is false."""
    names = self._get_param("AutoScalingGroupNames", [])
    groups = [g for g in self.world.engine.groups() if not names or g.name in names]
    for wanted in self._get_param("Filters", []):
        groups = [g for g in groups if _tags_match(g, wanted["Name"], wanted.get("Values", []))]
    groups, token = page_of(self, groups, _GROUPS_DEFAULT, _GROUPS_MAX)
    with_members = self._get_bool_param("IncludeInstances", True)
    shown = [_group(self, group, with_members) for group in groups]
    return ActionResult({"AutoScalingGroups": shown, "NextToken": token})


def _tags_match(group: FakeAutoScalingGroup, name: str, wanted: Iterable[str]) -> bool:
    if name == "tag-key":
        return matches(wanted, (tag["Key"] for tag in group.tags))
    if name == "tag-value":
        return matches(wanted, (tag["Value"] for tag in group.tags))
    if name.startswith("tag:"):
        return matches(wanted, (tag["Value"] for tag in group.tags if tag["Key"] == name[4:]))
    raise ValidationError(f"Filter type {name} is not correct. Allowed types are tag-key, "
                          "tag-value and tag:KEY")


def _group(call: AutoScalingResponse, group: FakeAutoScalingGroup, with_members: bool) -> dict:
    book = call.world.engine.book(group)
    members = group.instance_states if with_members else []
    answer = {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "LaunchTemplate": None if group.mixed_instances_policy else group.launch_template,
        "MixedInstancesPolicy": group.mixed_instances_policy or None,
        "MinSize": group.min_size,
        "MaxSize": group.max_size,
        "DesiredCapacity": group.desired_capacity,
        "DefaultCooldown": group.default_cooldown,
        "AvailabilityZones": sorted(set(group.availability_zones)),
        "LoadBalancerNames": group.load_balancer_names,
        "TargetGroupARNs": group.target_group_arns,
        "HealthCheckType": group.health_check_type,
        "HealthCheckGracePeriod": group.health_check_grace_period,
        "Instances": [describe_member(member) for member in members],
        "CreatedTime": _created(group),
        "SuspendedProcesses": [
            {"ProcessName": name, "SuspensionReason": reason}
            for name, reason in sorted(book.suspended.items())
        ],
        "VPCZoneIdentifier": group.vpc_zone_identifier,
        "Status": getattr(group, "status", None),
        "Tags": group.tags,
        "TerminationPolicies": group.termination_policies,
        "NewInstancesProtectedFromScaleIn": group.new_instances_protected_from_scale_in,
        "ServiceLinkedRoleARN": group.service_linked_role_arn,
        "CapacityRebalance": group.capacity_rebalance,
        "WarmPoolConfiguration": group.warm_pool,
        "InstanceMaintenancePolicy": book.maintenance_policy,
        "InstanceLifecyclePolicy": book.lifecycle_policy,
    }
    return {key: value for key, value in answer.items() if value is not None}


def _created(group: FakeAutoScalingGroup) -> datetime:
    created = group.created_time
    moment = datetime.fromisoformat(created) if isinstance(created, str) else created
    return moment.replace(tzinfo=UTC)


def describe_member(member: Member) -> Wire:
    """A member as DescribeAutoScalingGroups shows it."""
    group = member.auto_scaling_group
    template = group.ec2_launch_template
    return Wire(
        InstanceId=member.id,
        InstanceType=member.instance_type,
        ImageId=member.instance.image_id,
        AvailabilityZone=member.machine.zone,
        LifecycleState=member.lifecycle_state,
        HealthStatus=member.health_status,
        LaunchTemplate=Wire(
            LaunchTemplateId=template.id,
            LaunchTemplateName=template.name,
            Version=member.template_version,
        ),
        ProtectedFromScaleIn=bool(member.protected_from_scale_in),
        WeightedCapacity=str(member.weight) if group.mixed_instances_policy else None,
    )


@replaces(AutoScalingResponse)
def create_auto_scaling_group(self: AutoScalingResponse) -> EmptyResult:
    """Create a group from a launch template; its members launch by the clock."""
    name = self._get_param("AutoScalingGroupName")
    if name in self.world.autoscaling.autoscaling_groups:
        message = f"AutoScalingGroup by this name already exists - {name}"
        raise AutoscalingClientError("AlreadyExists", message)
    result = _create(self)
    group = find_group(self)
    group.created_time = self.world.clock.now
    set_maintenance_policy(self, group)
    set_lifecycle_policy(self, group)
    self.world.engine.settle(group)
    return result


@replaces(AutoScalingResponse)
def update_auto_scaling_group(self: AutoScalingResponse) -> EmptyResult:
    """Change a group; sizes must fit each other before and after."""
    group = find_group(self)
    low = self._get_int_param("MinSize", group.min_size)
    high = self._get_int_param("MaxSize", group.max_size)
    desired = self._get_int_param("DesiredCapacity", group.desired_capacity)
    if self._get_int_param("DesiredCapacity") is not None and not low <= desired <= high:
        raise ValidationError(
            f"Desired capacity:{desired} must be between the specified min size:{low} "
            f"and max size:{high}"
        )
    mixed = group.mixed_instances_policy
    _update(self)
    if mixed and not self._get_param("LaunchTemplate"):
        group.mixed_instances_policy = self._get_param("MixedInstancesPolicy") or mixed
    group.desired_capacity = min(max(desired, low), high)
    set_maintenance_policy(self, group)
    set_lifecycle_policy(self, group)
    self.world.engine.settle(group)
    return EmptyResult()


def set_maintenance_policy(call: AutoScalingResponse, group: FakeAutoScalingGroup) -> None:
    """Store InstanceMaintenancePolicy where the call has one; -1 for both removes it."""
    policy = call._get_param("InstanceMaintenancePolicy")
    if policy is None:
        return
    low, high = (int(policy.get(f"{end}HealthyPercentage", -1)) for end in ("Min", "Max"))
    if low == high == -1:
        call.world.engine.book(group).maintenance_policy = None
        return
    if not (0 <= low <= 100 <= high <= 200 and high - low <= 100):
        raise ValidationError(
            "InstanceMaintenancePolicy: expected MinHealthyPercentage 0 to 100, "
            "MaxHealthyPercentage 100 to 200, at most 100 apart"
        )
    stored = {"MinHealthyPercentage": low, "MaxHealthyPercentage": high}
    call.world.engine.book(group).maintenance_policy = stored


def set_lifecycle_policy(call: AutoScalingResponse, group: FakeAutoScalingGroup) -> None:
    """Store InstanceLifecyclePolicy where the call has one. It is shown; nothing is retained."""
    policy = call._get_param("InstanceLifecyclePolicy")
    if policy is None:
        return
    wanted = policy.get("RetentionTriggers", {}).get("TerminateHookAbandon")
    if wanted not in ("retain", "terminate"):
        raise ValidationError("TerminateHookAbandon: expected retain or terminate")
    stored = {"RetentionTriggers": {"TerminateHookAbandon": wanted}}
    call.world.engine.book(group).lifecycle_policy = stored


@replaces(AutoScalingResponse)
def delete_auto_scaling_group(self: AutoScalingResponse) -> EmptyResult:
    """Delete an empty group, or with ForceDelete one with its members."""
    group = find_group(self)
    if group.instance_states and not self._get_bool_param("ForceDelete", False):
        raise AutoscalingClientError(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
            "instance request(s) still in the group.",
        )
    self.world.engine.force_delete(group)
    return EmptyResult()


@replaces(AutoScalingResponse)
def set_desired_capacity(self: AutoScalingResponse) -> EmptyResult:
    """Another desired capacity, within the sizes of the group."""
    group, desired = find_group(self), self._get_int_param("DesiredCapacity")
    if desired > group.max_size:
        raise ValidationError(f"New SetDesiredCapacity value {desired} is above max value "
                              f"{group.max_size} for the AutoScalingGroup.")
    if desired < group.min_size:
        raise ValidationError(f"New SetDesiredCapacity value {desired} is below min value "
                              f"{group.min_size} for the AutoScalingGroup.")
    group.desired_capacity = desired
    self.world.engine.settle(group)
    return EmptyResult()


@replaces(FakeAutoScalingGroup, "set_desired_capacity")
def remember_desired_capacity(self: FakeAutoScalingGroup, new_capacity: int | None) -> None:
    """Only remember it: whoever changed a group lets the engine settle it."""
    self.desired_capacity = self.min_size if new_capacity is None else new_capacity


@replaces(AutoScalingResponse)
def suspend_processes(self: AutoScalingResponse) -> EmptyResult:
    """Suspend the named processes; none named means all, as on AWS."""
    group, now = find_group(self), self.world.clock.now
    for process in _processes(self):
        suspended = self.world.engine.book(group).suspended
        suspended.setdefault(process, f"User suspended at {rfc3339(now)}")
    return EmptyResult()


@replaces(AutoScalingResponse)
def resume_processes(self: AutoScalingResponse) -> EmptyResult:
    """Resume the named processes, or all; what they missed happens now."""
    group = find_group(self)
    for process in _processes(self):
        self.world.engine.book(group).suspended.pop(process, None)
    self.world.engine.settle(group)
    return EmptyResult()


def _processes(call: AutoScalingResponse) -> Iterable[str]:
    names = call._get_param("ScalingProcesses", []) or PROCESSES
    if unknown := [name for name in names if name not in PROCESSES]:
        raise ValidationError(f"Invalid scaling process: {unknown[0]}")
    return names
