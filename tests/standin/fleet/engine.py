"""Auto Scaling: keeps every group at its desired capacity, as AWS does.

`settle` looks at one group and starts whatever is missing; it is called after every change, and the
clock finishes what it started. It never waits and may be called at any time.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup

from standin.clock import rfc3339

from .launches import Launches
from .members import Activity, Book, Member
from .place import instance_arn
from .rebalancing import Rebalancing

if TYPE_CHECKING:
    from .world import World

#: Auto Scaling gives an impaired instance a few minutes to recover before it replaces it
#: (Auto Scaling user guide, "Health checks for instances", read 2026-11, gives no number).
_IMPAIRED_GRACE = timedelta(minutes=5)


class Engine:
    """The groups, their members, and what moves them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._books: dict[str, Book] = defaultdict(Book)
        self.launches = Launches(world, self)
        self._rebalancing = Rebalancing(world)

    def book(self, group: FakeAutoScalingGroup) -> Book:
        """What is known of a group beside moto's object."""
        return self._books[group.name]

    def groups(self) -> list[FakeAutoScalingGroup]:
        """All groups, in the order of their creation."""
        return list(self._world.autoscaling.autoscaling_groups.values())

    def member(self, instance_id: str) -> Member | None:
        """The member with this id in whatever group."""
        machine = self._world.machines.by_id.get(instance_id)
        group = machine and self._world.autoscaling.autoscaling_groups.get(machine.group or "")
        members = group.instance_states if group else []
        return next((member for member in members if member.id == instance_id), None)

    def leaves(self, member: Member) -> bool:
        """Whether its termination has begun."""
        return member.lifecycle_state.startswith("Terminating")

    def suspended(self, group: FakeAutoScalingGroup, process: str) -> bool:
        """Whether a process of the group is suspended."""
        return process in self.book(group).suspended

    def settle(self, group: FakeAutoScalingGroup) -> None:
        """Start what the group lacks, stop what it has too much of."""
        self._check_health(group)
        self._replace_unhealthy(group)
        self._scale_in(group)
        self._launch_missing(group)
        self._rebalancing.consider(group)

    # Health

    def _check_health(self, group: FakeAutoScalingGroup) -> None:
        if self.suspended(group, "HealthCheck"):
            return
        for member in group.instance_states:
            if member.lifecycle_state == "InService" and not self._passes(member):
                member.health_status = "Unhealthy"

    def _passes(self, member: Member) -> bool:
        since = self._world.machines.impaired(member.machine)
        if since and since + _IMPAIRED_GRACE <= self._world.clock.now:
            return False
        return member.machine.state == "running"

    def impairment_began(self, group: FakeAutoScalingGroup) -> None:
        """Look at the group again when its impaired members have had their time to recover."""
        if not any(self._world.machines.impaired(m.machine) for m in group.instance_states):
            return
        label = f"health check of {group.name}"
        seconds = _IMPAIRED_GRACE.total_seconds()
        self._world.clock.after(seconds, lambda: self.settle(group), label)

    def set_health(self, member: Member, status: str, by: str) -> None:
        """Healthy takes a launch-first replacement back, as long as the old one still serves."""
        member.health_status = status
        member.marked_by = by
        heir = member.heir
        if status == "Healthy" and heir:
            member.heir = heir.stands_in_for = None
            self.terminate(heir, "a difference between desired and actual capacity", "scale-in")
        self.settle(member.auto_scaling_group)

    def scheduled_date_reached(self, member: Member) -> bool:
        """Replace a member because its event fell due; False leaves it to EC2."""
        group = member.auto_scaling_group
        if self.suspended(group, "HealthCheck"):
            return False
        member.health_status = "Unhealthy"
        member.marked_by = "scheduled-event"
        self.settle(group)
        return self.leaves(member)

    def _replace_unhealthy(self, group: FakeAutoScalingGroup) -> None:
        if self.suspended(group, "ReplaceUnhealthy") or self.suspended(group, "Terminate"):
            return
        unhealthy = [
            member
            for member in group.instance_states
            if member.lifecycle_state == "InService" and member.health_status == "Unhealthy"
        ]
        in_flight = sum(1 for member in group.instance_states if member.heir)
        for member in unhealthy:
            room = self._launch_first_room(group, member) - in_flight
            if member.heir:
                continue
            if not self._launches_first(group, member):
                self.terminate(member, "a health check failure", member.marked_by)
            elif room > 0 and not self.suspended(group, "Launch") and not self.book(group).retry:
                self.replace_first(group, member)
                in_flight += 1 if member.heir else 0

    def replace_first(
        self, group: FakeAutoScalingGroup, member: Member, elsewhere: bool = False
    ) -> None:
        """Launch a replacement, `elsewhere` in another zone; the member goes once that serves."""
        member.heir = self.launches.launch(group, member, elsewhere)

    def working_zones(self, group: FakeAutoScalingGroup) -> list[str]:
        """The zones of the group in which an instance can be launched now."""
        impaired = self._world.machines.impaired_zones
        return [zone for zone in group.availability_zones if zone not in impaired]

    def _launches_first(self, group: FakeAutoScalingGroup, member: Member) -> bool:
        policy = self.book(group).maintenance_policy
        if policy is None or policy["MinHealthyPercentage"] != 100:
            return False
        behaviour = self._world.behaviour_of(group.name)
        if member.marked_by == "scheduled-event" and not behaviour.scheduled_launch_first:
            return False
        return policy["MaxHealthyPercentage"] > 100

    def _launch_first_room(self, group: FakeAutoScalingGroup, member: Member) -> int:
        if not self._launches_first(group, member):
            return 0
        above = self.book(group).maintenance_policy["MaxHealthyPercentage"] - 100
        return max(1, group.desired_capacity * above // 100 // member.weight)

    # Capacity

    def counted(self, group: FakeAutoScalingGroup) -> list[Member]:
        """Members that count towards desired; a launch-first replacement counts once the one that
        it replaces is leaving."""
        members = group.instance_states
        return [m for m in members if m.counted and m.stands_in_for is None]

    def _surplus(self, group: FakeAutoScalingGroup) -> int:
        """Capacity beyond the desired one, negative where some is missing."""
        held = sum(member.weight for member in self.counted(group))
        return held - (group.desired_capacity or 0)

    def _launch_missing(self, group: FakeAutoScalingGroup) -> None:
        book = self.book(group)
        while self._surplus(group) < 0 and not self.suspended(group, "Launch") and not book.retry:
            self.launches.launch(group)

    def _scale_in(self, group: FakeAutoScalingGroup) -> None:
        while not self.suspended(group, "Terminate"):
            victim = self._victim(group)
            if victim is None or self._surplus(group) < victim.weight:
                return
            self.terminate(victim, "a difference between desired and actual capacity", "scale-in")

    def _victim(self, group: FakeAutoScalingGroup) -> Member | None:
        """The oldest unprotected member of the fullest zone."""
        per_zone: dict[str, int] = defaultdict(int)
        for member in self.counted(group):
            per_zone[member.machine.zone] += 1
        candidates = [m for m in self.counted(group) if not m.protected_from_scale_in]
        fullest = sorted(candidates, key=lambda m: -per_zone[m.machine.zone])
        return fullest[0] if fullest else None

    # Termination

    def terminate(self, member: Member, because: str, by: str) -> Activity:
        """Begin a member's end: targets drain, hooks run, the instance shuts down.

        `by` says who wanted it: api, hand, auto-scaling, scheduled-event, rebalance or scale-in;
        the last leaves no place to fill.
        """
        group, now = member.auto_scaling_group, self._world.clock.now
        book = self.book(group)
        self._world.scheduled.left(member.machine, by)
        member.lifecycle_state = "Terminating"
        cause = f"At {rfc3339(now)} an instance was taken out of service in response to {because}."
        description = f"Terminating EC2 instance: {member.id}"
        member.activity = book.begin(group, description, cause, now, member.machine.zone)
        self._pass_on_place(member, by)
        drained = self._world.targets.deregister(group, member.machine)
        label = f"{member.machine.name} drained"
        if drained > now:
            self._world.clock.at(drained, lambda: self._drained(member), label)
        else:
            self._drained(member)
        return member.activity

    def detach(self, member: Member, decrement: bool) -> None:
        """Its owner takes a member out of the group; it runs on by itself, its targets drain."""
        group, machine = member.auto_scaling_group, member.machine
        self._world.lives.hand(machine, "hand", "targets")
        self._world.targets.deregister(group, machine)
        if decrement:
            group.desired_capacity -= member.weight
            self._world.truth.place_closed(machine.id)
        else:
            self.book(group).departures.append(machine.id)
        group.instance_states = [m for m in group.instance_states if m is not member]
        machine.instance.autoscaling_group = machine.group = None
        self._world.ec2.tags[machine.id].pop(ASG_NAME_TAG, None)
        self.settle(group)

    def _pass_on_place(self, member: Member, by: str) -> None:
        truth, heir = self._world.truth, member.heir
        if member.stands_in_for:
            member.stands_in_for.heir = None
            member.stands_in_for = None
        elif heir:
            member.heir = heir.stands_in_for = None
            truth.succeeded(member.id, heir.id)
        elif by == "scale-in":
            truth.place_closed(member.id)
        else:
            self.book(member.auto_scaling_group).departures.append(member.id)
        truth.touch(member.machine)

    def _drained(self, member: Member) -> None:
        self._world.hooks.begin(member, "terminating", lambda _: self._shut_down(member))

    def _shut_down(self, member: Member) -> None:
        if member.retained:
            member.lifecycle_state = "Terminating:Retained"
            return
        if member.lifecycle_state == "Terminating:Wait":
            member.lifecycle_state = "Terminating:Proceed"
        self._world.machines.terminate(member.machine, lambda: self._gone(member))

    def _gone(self, member: Member) -> None:
        group = member.auto_scaling_group
        if member not in group.instance_states:
            return
        group.instance_states = [m for m in group.instance_states if m is not member]
        member.activity.finish("Successful", self._world.clock.now)
        self.announce(member.activity, member, "EC2 Instance Terminate Successful")
        if self.book(group).deleting and not group.instance_states:
            self._world.autoscaling.autoscaling_groups.pop(group.name, None)
            del self._books[group.name]
        else:
            self.settle(group)

    def force_delete(self, group: FakeAutoScalingGroup) -> None:
        """Delete a group with its members; hooks do not run (Auto Scaling user guide, "Delete
        your Auto Scaling infrastructure")."""
        book = self.book(group)
        book.deleting = True
        group.status = "Delete in progress"
        group.desired_capacity = 0
        self._world.hooks.drop_all(group.name)
        self._world.warm.drain(group)
        for member in list(group.instance_states):
            if not self.leaves(member):
                self.terminate(member, "a user request", "scale-in")
        if not group.instance_states:
            self._world.autoscaling.autoscaling_groups.pop(group.name, None)
            del self._books[group.name]

    # Arrival

    def in_service(self, member: Member) -> None:
        """A launched member, or one out of standby, serves."""
        group, now = member.auto_scaling_group, self._world.clock.now
        member.lifecycle_state = "InService"
        member.health_status = "Healthy"
        member.in_service_since = now
        if not self.suspended(group, "AddToLoadBalancer"):
            self._world.targets.register(group, member.machine)
        self._world.truth.touch(member.machine)
        old = member.stands_in_for
        if old and old.health_status == "Unhealthy":
            self.terminate(old, "a health check failure", old.marked_by)
        elif old:
            self.terminate(old, "a rebalance of Availability Zones", "rebalance")
        self.settle(group)

    def announce(self, activity: Activity, member: Member, detail_type: str) -> None:
        """Put an activity's outcome on the bus, as Auto Scaling words it."""
        leaving = "Terminat" in detail_type
        group, machine = activity.group, member.machine
        detail = {
            # InProgress even on success (Auto Scaling event reference, read 2026-11).
            "StatusCode": "Failed" if activity.code == "Failed" else "InProgress",
            "AutoScalingGroupName": group.name,
            "ActivityId": activity.id,
            "Details": {
                "Availability Zone": machine.zone,
                "Subnet ID": machine.instance.subnet_id,
            },
            "RequestId": activity.id,
            "StatusMessage": activity.message,
            "StartTime": rfc3339(activity.start),
            "EndTime": rfc3339(activity.end or self._world.clock.now),
            "EC2InstanceId": member.id,
            "Cause": activity.cause,
            "Origin": "AutoScalingGroup" if leaving else "EC2",
            "Destination": "EC2" if leaving else "AutoScalingGroup",
            "Description": activity.description,
        }
        resources = [group.arn, instance_arn(member.id)]
        self._world.bus.put("aws.autoscaling", detail_type, detail, resources)

    def in_grace(self, member: Member, now: datetime) -> bool:
        """Whether the group's health check grace period still covers it."""
        grace = timedelta(seconds=member.auto_scaling_group.health_check_grace_period or 0)
        return member.in_service_since is not None and now < member.in_service_since + grace
