"""Lifecycle hooks: members wait, tokens are answered, patience ends by the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from moto.autoscaling.models import FakeAutoScalingGroup, LifecycleHook

from standin.clock import Due

from .members import Member
from .place import uuid_from

if TYPE_CHECKING:
    from .world import World

_TRANSITIONS = {
    "launching": "autoscaling:EC2_INSTANCE_LAUNCHING",
    "terminating": "autoscaling:EC2_INSTANCE_TERMINATING",
}
_WAITS = {"launching": "Pending:Wait", "terminating": "Terminating:Wait"}
#: The longest an action may wait, however often it is renewed: 48 hours or 100 timeouts
#: (Auto Scaling user guide, "Amazon EC2 Auto Scaling lifecycle hooks", read 2026-11).
GLOBAL_SECONDS_MAX, TIMEOUTS_MAX = 172_800, 100


@dataclass
class Action:
    """One hook holding one member. `done` gets the result, once per member and not per hook."""

    hook: LifecycleHook
    member: Member
    token: str
    give_up_at: datetime
    done: Callable[[str], None]
    expiry: Due


class Hooks:
    """The actions that are open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: list[Action] = []
        self._count = 0

    def begin(self, member: Member, transition: str, done: Callable[[str], None]) -> None:
        """Hold a member for every hook of the transition; without hooks, go on at once."""
        group = member.auto_scaling_group
        hooks = [] if self._world.engine.book(group).deleting else self._hooks(group, transition)
        if not hooks:
            done("CONTINUE")
            return
        member.lifecycle_state = _WAITS[transition]
        for hook in hooks:
            self._open_action(hook, member, done)

    def _hooks(self, group: FakeAutoScalingGroup, transition: str) -> list[LifecycleHook]:
        hooks = self._world.autoscaling.describe_lifecycle_hooks(group.name)
        return [hook for hook in hooks if hook.lifecycle_transition == _TRANSITIONS[transition]]

    def _open_action(
        self, hook: LifecycleHook, member: Member, done: Callable[[str], None]
    ) -> None:
        self._count += 1
        token = uuid_from(f"{hook.name}/{member.id}/{self._count}")
        patience = min(GLOBAL_SECONDS_MAX, TIMEOUTS_MAX * hook.heartbeat_timeout)
        give_up_at = self._world.clock.now + timedelta(seconds=patience)
        action = Action(hook, member, token, give_up_at, done, None)
        self._await(action)
        self._open.append(action)
        self._announce(action)

    def _await(self, action: Action) -> None:
        clock = self._world.clock
        until = clock.now + timedelta(seconds=action.hook.heartbeat_timeout)
        label = f"hook {action.hook.name} of {action.member.machine.name} times out"
        moment = min(until, action.give_up_at)
        action.expiry = clock.at(moment, lambda: self.settle(action, None), label)

    def find(
        self, group: str, hook: str, token: str | None, instance_id: str | None
    ) -> Action | None:
        """The open action with this token, or where none is given of this instance."""
        for action in self._open:
            same = action.token == token if token else action.member.id == instance_id
            if same and (action.hook.auto_scaling_group_name, action.hook.name) == (group, hook):
                return action
        return None

    def heartbeat(self, action: Action) -> None:
        """Start its timeout anew, never beyond the global one."""
        action.expiry.cancel()
        self._await(action)

    def settle(self, action: Action, result: str | None) -> None:
        """Answer one hook; None is its default. ABANDON answers the remaining ones too."""
        action.expiry.cancel()
        self._open.remove(action)
        result = result or action.hook.default_result
        others = [other for other in self._open if other.member is action.member]
        if result == "ABANDON":
            for other in others:
                other.expiry.cancel()
                self._open.remove(other)
            others = []
        if not others:
            action.done(result)

    def drop_all(self, group: str) -> None:
        """Let every waiting member of a group go on, since the group is being deleted."""
        for action in list(self._open):
            if action.hook.auto_scaling_group_name == group and action in self._open:
                self.settle(action, "ABANDON")

    def _announce(self, action: Action) -> None:
        hook, member = action.hook, action.member
        leaving = hook.lifecycle_transition == _TRANSITIONS["terminating"]
        detail = {
            "LifecycleActionToken": action.token,
            "AutoScalingGroupName": hook.auto_scaling_group_name,
            "LifecycleHookName": hook.name,
            "EC2InstanceId": member.id,
            "LifecycleTransition": hook.lifecycle_transition,
            "Origin": "AutoScalingGroup" if leaving else "EC2",
            "Destination": "EC2" if leaving else "AutoScalingGroup",
        }
        if metadata := getattr(hook, "notification_metadata", None):
            detail["NotificationMetadata"] = metadata
        detail_type = f"EC2 Instance-{'terminate' if leaving else 'launch'} Lifecycle Action"
        resources = [member.auto_scaling_group.arn]
        self._world.bus.put("aws.autoscaling", detail_type, detail, resources)
