"""Warm pools: members made ready and stopped, of which the next launches take theirs.

"Decrease latency for applications with long boot times using warm pools", Auto Scaling user guide,
read 2026-11. Only pools of stopped members are played.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.autoscaling.models import FakeAutoScalingGroup

from standin.clock import rfc3339

from .members import Member

if TYPE_CHECKING:
    from .world import World


class WarmPools:
    """The pools of all groups; a group's book holds its own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0

    def ids(self) -> set[str]:
        """The ids of all that are in a pool."""
        engine = self._world.engine
        return {member.id for group in engine.groups() for member in engine.book(group).warm}

    def build(self, group: FakeAutoScalingGroup, size: int) -> None:
        """Give a new group a pool, full at once."""
        book = self._world.engine.book(group)
        book.warm_size = size
        while len(book.warm) < size:
            member = self._launch(group)
            member.lifecycle_state = "Warmed:Stopped"
            self._world.machines.put_to_sleep(member.machine)

    def take(self, group: FakeAutoScalingGroup, zone: str) -> Member | None:
        """A member for a launch, now `pending` in the group; None while the pool has none ready."""
        book = self._world.engine.book(group)
        ready = [m for m in book.warm if m.lifecycle_state == "Warmed:Stopped"]
        if not ready:
            return None
        member = min(ready, key=lambda m: (m.machine.zone != zone, m.machine.launched_at))
        book.warm.remove(member)
        member.lifecycle_state = "Pending"
        group.instance_states.append(member)
        self._world.machines.prepare_start(member.machine)
        return member

    def fill(self, group: FakeAutoScalingGroup) -> None:
        """Launch what the pool lacks: each runs until its checks pass, and is then stopped."""
        book = self._world.engine.book(group)
        while len(book.warm) < book.warm_size and not book.deleting:
            member = self._launch(group)
            now = self._world.clock.now
            cause = f"At {rfc3339(now)} an instance was launched for the warm pool."
            said = f"Launching a new EC2 instance into warm pool: {member.id}"
            member.activity = book.begin(group, said, cause, now, member.machine.zone)
            self._world.machines.boot(member.machine, lambda m=member: self._warm_up(m))

    def drain(self, group: FakeAutoScalingGroup) -> None:
        """The group is being deleted, and its pool with it."""
        book = self._world.engine.book(group)
        for member in book.warm:
            self._world.machines.terminate(member.machine)
        book.warm.clear()

    def _launch(self, group: FakeAutoScalingGroup) -> Member:
        self._count += 1
        member = self._world.engine.launches.into_pool(group, f"{group.name}-warm{self._count}")
        self._world.engine.book(group).warm.append(member)
        return member

    def _warm_up(self, member: Member) -> None:
        seconds = self._world.machines.behaviour(member.machine).checks_seconds
        label = f"{member.machine.name} is warm"
        self._world.clock.after(seconds, lambda: self._cool_down(member), label)

    def _cool_down(self, member: Member) -> None:
        if member.machine.state != "running" or member.lifecycle_state != "Warmed:Pending":
            return
        self._world.machines.stop(member.machine, lambda: self._stopped(member))

    def _stopped(self, member: Member) -> None:
        member.lifecycle_state = "Warmed:Stopped"
        member.activity.finish("Successful", self._world.clock.now)
