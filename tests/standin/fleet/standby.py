"""Members put aside: not load balanced, not health-checked, not counted.

"Temporarily remove instances from your Auto Scaling group", Auto Scaling user guide, read 2026-11:
its targets drain before a member is in Standby, and it is registered again when it is InService.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from standin.clock import rfc3339

from .members import Activity, Member

if TYPE_CHECKING:
    from .world import World


class Standby:
    """Moves members into standby and back; the caller has checked the sizes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def enter(self, member: Member, decrement: bool, by: str = "api") -> Activity:
        """From InService over EnteringStandby, while its targets drain, to Standby."""
        group = member.auto_scaling_group
        member.lifecycle_state = "EnteringStandby"
        self._world.lives.hand(member.machine, by, "standby")
        if decrement:
            group.desired_capacity -= member.weight
            if by == "hand":
                self._world.leftovers.wish(group.name, -member.weight)
        else:
            self._world.engine.book(group).departures.append(member.id)
        drained = self._world.targets.deregister(group, member.machine)
        activity = self._begin(member, "Moving EC2 instance to Standby", "moved to standby")

        def entered() -> None:
            if member.lifecycle_state == "EnteringStandby":
                member.lifecycle_state = "Standby"
                activity.finish("Successful", self._world.clock.now)

        self._after(member, entered, "in standby", drained)
        return activity

    def exit(self, member: Member) -> Activity:
        """From Standby over Pending to InService; desired rises by its weight."""
        group = member.auto_scaling_group
        member.lifecycle_state = "Pending"
        group.desired_capacity += member.weight
        if self._world.lives.of(member.machine).hands["standby"] == "hand":
            self._world.leftovers.wish(group.name, member.weight)
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

        self._after(member, left, "out of standby", self._world.clock.now)
        return activity

    def _begin(self, member: Member, said: str, done: str) -> Activity:
        now = self._world.clock.now
        cause = f"At {rfc3339(now)} instance {member.id} was {done} in response to a user request."
        book = self._world.engine.book(member.auto_scaling_group)
        self._world.truth.touch(member.machine)
        zone = member.machine.zone
        return book.begin(member.auto_scaling_group, f"{said}: {member.id}", cause, now, zone)

    def _after(
        self, member: Member, action: Callable[[], None], label: str, earliest: datetime
    ) -> None:
        seconds = self._world.machines.behaviour(member.machine).standby_seconds
        moment = max(earliest, self._world.clock.now + timedelta(seconds=seconds))
        self._world.clock.at(moment, action, f"{member.machine.name} {label}")
