"""Auto Scaling's calls on members: terminate, health, standby, protection.

Limits and rules: API reference of Auto Scaling and "Temporarily remove instances from your Auto
Scaling group", read 2026-11.
"""

from __future__ import annotations

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from .group_answers import describe_member, find_group, page_of
from .history_answers import describe_activity
from .members import Activity, Member
from .seams import Wire, replaces

_TERMINATED_MAX, _STANDBY_MAX, _PROTECTED_MAX, _DESCRIBED_MAX = 100, 20, 50, 50


@replaces(AutoScalingResponse)
def terminate_instance_in_auto_scaling_group(self: AutoScalingResponse) -> ActionResult:
    """Terminate one member by id, or up to 100 of the named group; all or none."""
    one, many = self._get_param("InstanceId"), self._get_param("InstanceIds", [])
    decrement = self._get_bool_param("ShouldDecrementDesiredCapacity")
    if decrement is None:
        raise ValidationError("ShouldDecrementDesiredCapacity: expected true or false")
    if bool(one) == bool(many):
        raise ValidationError("Expected either InstanceId or InstanceIds")
    if many:
        _at_most(many, _TERMINATED_MAX, "InstanceIds")
        members = _members(self, find_group(self), many)
    else:
        members = [_managed(self, one)]
    if decrement:
        _can_shrink(members)
    activities = [describe_activity(_terminate(self, member, decrement)) for member in members]
    for group in {member.auto_scaling_group for member in members}:
        self.world.engine.settle(group)
    return ActionResult({"Activities": activities} if many else {"Activity": activities[0]})


def _can_shrink(members: list[Member]) -> None:
    group = members[0].auto_scaling_group
    leaving = [m for m in members if not m.lifecycle_state.startswith("Terminating")]
    if group.desired_capacity - _weight(leaving) < group.min_size:
        raise ValidationError(
            f"Currently, desiredSize equals minSize ({group.min_size}). Terminating instance "
            "without replacement will violate group's min size constraint. Either set "
            "shouldDecrementDesiredCapacity flag to false or lower group's min size."
        )


def _weight(members: list[Member]) -> int:
    return sum(member.weight for member in members)


def _terminate(call: AutoScalingResponse, member: Member, decrement: bool) -> Activity:
    engine = call.world.engine
    if engine.leaves(member):
        return member.activity
    if decrement:
        member.auto_scaling_group.desired_capacity -= member.weight
    return engine.terminate(member, "a user request", "scale-in" if decrement else "api")


def _managed(call: AutoScalingResponse, instance_id: str) -> Member:
    member = call.world.engine.member(instance_id)
    if member is None:
        message = f"No managed instance found for instance ID {instance_id}"
        raise ValidationError(f"Instance Id not found - {message}")
    return member


def _members(
    call: AutoScalingResponse, group: FakeAutoScalingGroup, ids: list[str]
) -> list[Member]:
    known = {member.id: member for member in group.instance_states}
    if unknown := [instance_id for instance_id in ids if instance_id not in known]:
        raise ValidationError(
            f"The instance {unknown[0]} is not part of Auto Scaling group {group.name}."
        )
    return [known[instance_id] for instance_id in dict.fromkeys(ids)]


def _at_most(ids: list[str], most: int, name: str) -> None:
    if len(ids) > most:
        raise ValidationError(
            f"1 validation error detected: Value at '{name}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )


def _in_state(members: list[Member], state: str) -> None:
    for member in members:
        if member.lifecycle_state != state:
            raise ValidationError(f"The instance {member.id} is not in {state}.")


@replaces(AutoScalingResponse)
def set_instance_health(self: AutoScalingResponse) -> EmptyResult:
    """Mark a member; within the grace period only where the call does not respect it."""
    member, status = _managed(self, self._get_param("InstanceId")), self._get_param("HealthStatus")
    if status not in ("Healthy", "Unhealthy"):
        raise ValidationError("Valid instance health states are: [Healthy, Unhealthy].")
    respect = self._get_bool_param("ShouldRespectGracePeriod", True)
    engine = self.world.engine
    if status == "Unhealthy" and respect and engine.in_grace(member, self.world.clock.now):
        return EmptyResult()
    engine.set_health(member, status, "api")
    return EmptyResult()


@replaces(AutoScalingResponse)
def set_instance_protection(self: AutoScalingResponse) -> EmptyResult:
    """Protect members from scale-in, or no longer; all or none."""
    ids = self._get_param("InstanceIds", [])
    _at_most(ids, _PROTECTED_MAX, "instanceIds")
    members = _members(self, find_group(self), ids)
    _in_state(members, "InService")
    for member in members:
        member.protected_from_scale_in = self._get_bool_param("ProtectedFromScaleIn")
    return EmptyResult()


@replaces(AutoScalingResponse)
def enter_standby(self: AutoScalingResponse) -> ActionResult:
    """Put members aside; without decrement others are launched for them."""
    group, ids = find_group(self), self._get_param("InstanceIds", [])
    decrement = self._get_bool_param("ShouldDecrementDesiredCapacity")
    if decrement is None:
        raise ValidationError("ShouldDecrementDesiredCapacity: expected true or false")
    _at_most(ids, _STANDBY_MAX, "instanceIds")
    members = _members(self, group, ids)
    _in_state(members, "InService")
    if decrement and group.desired_capacity - _weight(members) < group.min_size:
        raise ValidationError(
            f"AutoScalingGroup {group.name} has min-size={group.min_size}, "
            f"max-size={group.max_size}, and desired-size={group.desired_capacity}. To place "
            f"into standby {len(members)} instance, please update the AutoScalingGroup sizes "
            "appropriately."
        )
    activities = [self.world.standby.enter(member, decrement) for member in members]
    self.world.engine.settle(group)
    return ActionResult({"Activities": [describe_activity(a) for a in activities]})


@replaces(AutoScalingResponse)
def exit_standby(self: AutoScalingResponse) -> ActionResult:
    """Take members back; desired rises by their number and must stay within the maximum."""
    group, ids = find_group(self), self._get_param("InstanceIds", [])
    _at_most(ids, _STANDBY_MAX, "instanceIds")
    members = _members(self, group, ids)
    _in_state(members, "Standby")
    if group.desired_capacity + _weight(members) > group.max_size:
        raise ValidationError(
            f"AutoScalingGroup {group.name} has min-size={group.min_size}, "
            f"max-size={group.max_size}, and desired-size={group.desired_capacity}. To exit "
            f"standby {len(members)} instance, please update the AutoScalingGroup sizes "
            "appropriately."
        )
    activities = [self.world.standby.exit(member) for member in members]
    self.world.engine.settle(group)
    return ActionResult({"Activities": [describe_activity(a) for a in activities]})


@replaces(AutoScalingResponse)
def describe_auto_scaling_instances(self: AutoScalingResponse) -> ActionResult:
    """Members of all groups; ids that are no members are silently left out."""
    ids = self._get_param("InstanceIds", [])
    _at_most(ids, _DESCRIBED_MAX, "instanceIds")
    if ids:
        found = [self.world.engine.member(instance_id) for instance_id in dict.fromkeys(ids)]
        members = [member for member in found if member]
    else:
        members = [m for group in self.world.engine.groups() for m in group.instance_states]
    members, token = page_of(self, members, _DESCRIBED_MAX, _DESCRIBED_MAX)
    shown = [
        Wire(describe_member(member), AutoScalingGroupName=member.auto_scaling_group.name)
        for member in members
    ]
    return ActionResult({"AutoScalingInstances": shown, "NextToken": token})


@replaces(AutoScalingResponse)
def attach_instances(self: AutoScalingResponse) -> None:
    """Not played."""
    raise NotImplementedError


@replaces(AutoScalingResponse)
def detach_instances(self: AutoScalingResponse) -> None:
    """Not played."""
    raise NotImplementedError
