"""Auto Scaling's calls on what happened and what waits: activities, refreshes, lifecycle hooks."""

from __future__ import annotations

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import LifecycleHook
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult

from .group_answers import find_group, page_of
from .hooks import GLOBAL_SECONDS_MAX, TIMEOUTS_MAX, Action
from .members import Activity
from .seams import replaces

_RECORDS_MAX = 100
_put_hook = AutoScalingResponse.put_lifecycle_hook


def describe_activity(activity: Activity) -> dict:
    """An activity as DescribeScalingActivities shows it."""
    answer = {
        "ActivityId": activity.id,
        "AutoScalingGroupName": activity.group.name,
        "AutoScalingGroupARN": activity.group.arn,
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": activity.start,
        "EndTime": activity.end,
        "StatusCode": activity.code,
        "StatusMessage": activity.message or None,
        "Progress": 50 if activity.end is None else 100,
        "Details": activity.details,
    }
    return {key: value for key, value in answer.items() if value is not None}


@replaces(AutoScalingResponse)
def describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
    """Activities of one group or all, newest first."""
    if self._get_param("AutoScalingGroupName"):
        groups = [find_group(self)]
    else:
        groups = self.world.engine.groups()
    wanted = self._get_param("ActivityIds", [])
    activities = [
        activity
        for group in groups
        for activity in self.world.engine.book(group).activities
        if not wanted or activity.id in wanted
    ]
    activities.sort(key=lambda activity: (activity.start, activity.nth), reverse=True)
    shown, token = page_of(self, activities, _RECORDS_MAX, _RECORDS_MAX)
    return ActionResult({"Activities": [describe_activity(a) for a in shown], "NextToken": token})


@replaces(AutoScalingResponse)
def describe_instance_refreshes(self: AutoScalingResponse) -> ActionResult:
    """The refreshes of a group, newest first; `control` makes them."""
    refreshes = self.world.engine.book(find_group(self)).refreshes[::-1]
    wanted = self._get_param("InstanceRefreshIds", [])
    refreshes = [r for r in refreshes if not wanted or r["InstanceRefreshId"] in wanted]
    shown, token = page_of(self, refreshes, 50, _RECORDS_MAX)
    return ActionResult({"InstanceRefreshes": shown, "NextToken": token})


@replaces(AutoScalingResponse)
def put_lifecycle_hook(self: AutoScalingResponse) -> EmptyResult:
    """As moto does it, and keep NotificationMetadata."""
    group = find_group(self)
    result = _put_hook(self)
    hook = self.world.autoscaling.lifecycle_hooks[
        f"{group.name}_{self._get_param('LifecycleHookName')}"
    ]
    hook.notification_metadata = self._get_param("NotificationMetadata")
    return result


@replaces(AutoScalingResponse)
def describe_lifecycle_hooks(self: AutoScalingResponse) -> ActionResult:
    """The hooks of a group."""
    group, names = find_group(self), self._get_param("LifecycleHookNames", [])
    hooks = self.world.autoscaling.describe_lifecycle_hooks(group.name, names)
    return ActionResult({"LifecycleHooks": [_hook(hook) for hook in hooks]})


def _hook(hook: LifecycleHook) -> dict:
    timeout = hook.heartbeat_timeout
    answer = {
        "LifecycleHookName": hook.name,
        "AutoScalingGroupName": hook.auto_scaling_group_name,
        "LifecycleTransition": hook.lifecycle_transition,
        "HeartbeatTimeout": timeout,
        "GlobalTimeout": min(GLOBAL_SECONDS_MAX, TIMEOUTS_MAX * timeout),
        "DefaultResult": hook.default_result,
        "NotificationMetadata": getattr(hook, "notification_metadata", None),
    }
    return {key: value for key, value in answer.items() if value is not None}


@replaces(AutoScalingResponse)
def complete_lifecycle_action(self: AutoScalingResponse) -> EmptyResult:
    """Answer a hook that waits."""
    action, result = _open_action(self), self._get_param("LifecycleActionResult")
    if result not in ("CONTINUE", "ABANDON"):
        raise ValidationError("LifecycleActionResult: expected CONTINUE or ABANDON")
    self.world.hooks.settle(action, result)
    return EmptyResult()


@replaces(AutoScalingResponse)
def record_lifecycle_action_heartbeat(self: AutoScalingResponse) -> EmptyResult:
    """Let a hook wait for another timeout."""
    self.world.hooks.heartbeat(_open_action(self))
    return EmptyResult()


def _open_action(call: AutoScalingResponse) -> Action:
    group, hook = find_group(call).name, call._get_param("LifecycleHookName")
    token, instance_id = call._get_param("LifecycleActionToken"), call._get_param("InstanceId")
    action = call.world.hooks.find(group, hook, token, instance_id)
    if action is None:
        whose = f"token {token}" if token else f"instance ID {instance_id}"
        raise ValidationError(f"No active Lifecycle Action found with {whose}")
    return action
