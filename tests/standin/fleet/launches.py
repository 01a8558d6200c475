"""How Auto Scaling launches an instance, and how that fails."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup
from moto.ec2.exceptions import EC2ClientError

from standin.clock import rfc3339

from .members import BadHost, Member

if TYPE_CHECKING:
    from .engine import Engine
    from .world import World

_DIFFERENCE = "a difference between desired and actual capacity."
#: How long until a failed launch is tried again; doubles up to the maximum.
_RETRY_SECONDS, _RETRY_SECONDS_MAX = 60, 900


class Launches:
    """Launches members for the engine."""

    def __init__(self, world: World, engine: Engine) -> None:
        self._world = world
        self._engine = engine

    def launch(
        self,
        group: FakeAutoScalingGroup,
        instead_of: Member | None = None,
        elsewhere: bool = False,
    ) -> Member | None:
        """Launch one member, `Pending`; None when it failed, and then it is tried again later.

        `instead_of` is the member whose replacement it is, where that one still serves; with
        `elsewhere` that goes into another zone, if the group has one.
        """
        book, now = self._engine.book(group), self._world.clock.now
        if reason := self._reason_to_fail(group):
            self._fail(group, reason)
            return None
        book.launches_failed_in_a_row = 0
        book.launches += 1
        predecessor = instead_of.id if instead_of else None
        if predecessor is None and book.departures:
            predecessor = book.departures.popleft()
        avoided = instead_of.machine.zone if instead_of and elsewhere else None
        zone = self._emptiest_zone(group, instead_of, avoided)
        member = self._world.warm.take(group, zone)
        source = " from warm pool" if member else ""
        if member is None:
            member = self._run(group, f"{group.name}-{book.launches}", zone)
            group.instance_states.append(member)
        self._inherit(member, predecessor)
        member.stands_in_for = instead_of
        cause = (
            f"At {rfc3339(now)} an instance was launched in response to "
            + ("an instance needing to be replaced." if predecessor else _DIFFERENCE)
        )
        description = f"Launching a new EC2 instance{source}: {member.id}"
        member.activity = book.begin(group, description, cause, now, member.machine.zone)
        if instead_of is None:
            self._world.truth.place_taken(member, predecessor)
        self._world.machines.boot(member.machine, lambda: self._running(member))
        self._world.warm.fill(group)
        return member

    def place(self, group: FakeAutoScalingGroup, name: str, zone: str) -> Member:
        """Put a member into a new group as if it had been there for long."""
        self._engine.book(group).launches += 1
        member = self._run(group, name, zone)
        group.instance_states.append(member)
        return member

    def into_pool(self, group: FakeAutoScalingGroup, name: str) -> Member:
        """Run an instance for the group's warm pool, `Warmed:Pending`; no clock is set."""
        member = self._run(group, name, self._emptiest_zone(group, None))
        member.lifecycle_state = "Warmed:Pending"
        return member

    def _run(self, group: FakeAutoScalingGroup, name: str, zone: str) -> Member:
        template = group.ec2_launch_template
        version = template.get_version(group.launch_template_version)
        tags = dict(version.instance_tags) | group.get_propagated_tags()
        tags |= {"Name": name, ASG_NAME_TAG: group.name}
        machine = self._world.machines.create(
            name,
            zone,
            group.name,
            image_id=version.image_id,
            instance_type=version.instance_type,
            tags={"instance": tags},
            subnet_id=self._subnet(group, zone),
            launch_template={"LaunchTemplateId": template.id, "Version": str(version.number)},
        )
        return Member(group, machine, "Pending")

    def _inherit(self, member: Member, predecessor: str | None) -> None:
        """Give it the tags that belong to the place of the one it replaces."""
        book = self._engine.book(member.auto_scaling_group)
        if predecessor in book.own_tags:
            book.own_tags[member.id] = book.own_tags[predecessor]
            if self._world.behaviour_of(member.machine.group).inherit_tags:
                self._world.ec2.create_tags([member.id], book.own_tags[predecessor])

    def _running(self, member: Member) -> None:
        if self._engine.leaves(member):
            return
        book = self._engine.book(member.auto_scaling_group)
        if book.bad_hosts:
            self._land_on_bad_host(member, book.bad_hosts.popleft())
        self._world.hooks.begin(member, "launching", lambda result: self._hooked(member, result))

    def _hooked(self, member: Member, result: str) -> None:
        engine, now = self._engine, self._world.clock.now
        if engine.leaves(member):
            return
        if result == "ABANDON":
            member.activity.finish("Failed", now, "A lifecycle hook was abandoned.")
            engine.terminate(member, "an abandoned lifecycle action", "auto-scaling")
            engine.settle(member.auto_scaling_group)
            return
        member.activity.finish("Successful", now)
        engine.announce(member.activity, member, "EC2 Instance Launch Successful")
        engine.in_service(member)

    def _land_on_bad_host(self, member: Member, host: BadHost) -> None:
        def schedule() -> None:
            if not member.machine.gone:
                self._world.scheduled.schedule(member.machine, host.code, host.not_before)

        label = f"{host.code} scheduled for {member.machine.name}"
        self._world.clock.after(host.after_seconds, schedule, label)

    def _emptiest_zone(
        self, group: FakeAutoScalingGroup, leaving: Member | None, avoided: str | None = None
    ) -> str:
        staying = (m for m in group.instance_states if m.counted and m is not leaving)
        held = Counter(member.machine.zone for member in staying)
        zones = self._engine.working_zones(group)
        return min(zones, key=lambda zone: (zone == avoided, held[zone], zone))

    def _subnet(self, group: FakeAutoScalingGroup, zone: str) -> str:
        subnets = (self._world.ec2.get_subnet(s) for s in group.vpc_zone_identifier.split(","))
        return next(subnet.id for subnet in subnets if subnet.availability_zone == zone)

    def _reason_to_fail(self, group: FakeAutoScalingGroup) -> str | None:
        book = self._engine.book(group)
        if book.failing_launches:
            book.failing_launches -= 1
            return book.failure_message
        try:
            version = group.ec2_launch_template.get_version(group.launch_template_version)
        except EC2ClientError as error:
            return f"{error.message} Launching EC2 instance failed."
        if version.image_id not in self._world.ec2.amis:
            image = version.image_id
            return f"The image id '[{image}]' does not exist. Launching EC2 instance failed."
        if not self._engine.working_zones(group):
            return "No zone of the group has capacity. Launching EC2 instance failed."
        return None

    def _fail(self, group: FakeAutoScalingGroup, reason: str) -> None:
        book, now = self._engine.book(group), self._world.clock.now
        cause = f"At {rfc3339(now)} an instance was to be launched for the desired capacity."
        description = "Launching a new EC2 instance. Status Reason: " + reason
        activity = book.begin(group, description, cause, now, group.availability_zones[0])
        activity.finish("Failed", now, reason)
        self._announce_failure(group, activity.id, reason, cause)
        seconds = min(_RETRY_SECONDS * 2**book.launches_failed_in_a_row, _RETRY_SECONDS_MAX)
        book.launches_failed_in_a_row += 1

        def again() -> None:
            book.retry = None
            self._engine.settle(group)

        book.retry = self._world.clock.after(seconds, again, f"{group.name} launches again")

    def _announce_failure(
        self, group: FakeAutoScalingGroup, activity_id: str, reason: str, cause: str
    ) -> None:
        now = self._world.clock.now
        detail = {
            "StatusCode": "Failed",
            "AutoScalingGroupName": group.name,
            "ActivityId": activity_id,
            "Details": {"Availability Zone": group.availability_zones[0]},
            "RequestId": activity_id,
            "StatusMessage": reason,
            "StartTime": rfc3339(now),
            "EndTime": rfc3339(now + timedelta(seconds=1)),
            "EC2InstanceId": "",
            "Cause": cause,
            "Origin": "EC2",
            "Destination": "AutoScalingGroup",
        }
        detail_type = "EC2 Instance Launch Unsuccessful"
        self._world.bus.put("aws.autoscaling", detail_type, detail, [group.arn])
