"""Members put aside: not load balanced, not health-checked, not counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from standin.clock import rfc3339

from .members import Activity, Member

if TYPE_CHECKING:
    from .world import World


class Standby:
    """Moves members into standby and back; the caller has checked the sizes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def enter(self, member: Member, decrement: bool) -> Activity:
        """From InService over EnteringStandby to Standby."""
        group = member.auto_scaling_group
        member.lifecycle_state = "EnteringStandby"
        if decrement:
            group.desired_capacity -= member.weight
        else:
            self._world.engine.book(group).departures.append(member.id)
        self._world.targets.deregister(group, member.machine)
        activity = self._begin(member, "Moving EC2 instance to Standby", "moved to standby")

        def entered() -> None:
            if member.lifecycle_state == "EnteringStandby":
                member.lifecycle_state = "Standby"
                activity.finish("Successful", self._world.clock.now)

        self._after(member, entered, "in standby")
        return activity

    def exit(self, member: Member) -> Activity:
        """From Standby over Pending to InService; desired rises by its weight."""
        group = member.auto_scaling_group
        member.lifecycle_state = "Pending"
        group.desired_capacity += member.weight
        said = "Moving EC2 instance out of Standby"
        activity = self._begin(member, said, "moved out of standby")
        departures = self._world.engine.book(group).departures
        if member.id in departures:
            departures.remove(member.id)
        self._world.truth.place_kept(member.machine)

        def left() -> None:
            if member.lifecycle_state == "Pending":
                activity.finish("Successful", self._world.clock.now)
                self._world.engine.in_service(member)

        self._after(member, left, "out of standby")
        return activity

    def _begin(self, member: Member, said: str, done: str) -> Activity:
        now = self._world.clock.now
        cause = f"At {rfc3339(now)} instance {member.id} was {done} in response to a user request."
        book = self._world.engine.book(member.auto_scaling_group)
        self._world.truth.touch(member.machine)
        zone = member.machine.zone
        return book.begin(member.auto_scaling_group, f"{said}: {member.id}", cause, now, zone)

    def _after(self, member: Member, action: Callable[[], None], label: str) -> None:
        seconds = self._world.behaviour_of(member.machine.group).standby_seconds
        self._world.clock.after(seconds, action, f"{member.machine.name} {label}")
