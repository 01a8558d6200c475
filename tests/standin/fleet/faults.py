"""Faults of the API itself: throttling, errors of the server, stale reads."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .calls import Call

if TYPE_CHECKING:
    from .world import World

#: Describe calls of AWS may be stale by up to a minute; more would be another kind of fault.
STALE_SECONDS_MAX = 60


@dataclass
class Refusal:
    """The next `left` calls of `action` fail, or with `until` all calls until then."""

    action: str
    kind: str
    left: int | None
    until: datetime | None


@dataclass
class Staleness:
    """Answers of `action` are those of `seconds_behind` ago."""

    action: str
    seconds_behind: int
    until: datetime


@dataclass
class Snapshot:
    """How everything that a describe call shows was at a moment."""

    at: datetime
    held: dict[tuple[object, str], object] = field(default_factory=dict)


class Faults:
    """Which calls fail, and which answer with the past."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._refusals: list[Refusal] = []
        self._stale: list[Staleness] = []
        self._snapshots: deque[Snapshot] = deque()
        #: The calls that failed because a scenario said so, one entry per instance named in them.
        self.told: list[dict[str, object]] = []

    def refuse(self, action: str, kind: str, count: int | None, seconds: int | None) -> None:
        """Let calls of an action fail; the door knows what each kind looks like."""
        until = None if seconds is None else self._world.clock.now + timedelta(seconds=seconds)
        self._refusals.append(Refusal(action, kind, count, until))

    def refusal(self, action: str) -> str | None:
        """The kind of failure this call meets, or None."""
        now = self._world.clock.now
        for refusal in self._refusals:
            if refusal.action != action:
                continue
            if refusal.until and now < refusal.until:
                return refusal.kind
            if refusal.left:
                refusal.left -= 1
                return refusal.kind
        return None

    def tell(self, call: Call) -> None:
        """Keep a call that failed by a scenario's wish, for the account of truth."""
        for instance_id in call.ids or [None]:
            machine = self._world.machines.by_id.get(instance_id)
            self.told.append(
                {
                    "at": call.at,
                    "instance": instance_id,
                    "name": machine.name if machine else None,
                    "action": call.action,
                    "code": call.error,
                }
            )

    def be_stale(self, action: str, seconds_behind: int, for_seconds: int) -> None:
        """Answer an action with the past; the world before this command counts as unchanged."""
        now = self._world.clock.now
        self._stale.append(Staleness(action, seconds_behind, now + timedelta(seconds=for_seconds)))
        if not self._snapshots:
            self._snapshots.append(self._take(now - timedelta(seconds=STALE_SECONDS_MAX)))

    def remember(self) -> None:
        """Take a snapshot, if any answer may still have to come from the past."""
        now = self._world.clock.now
        self._stale = [stale for stale in self._stale if now < stale.until]
        if not self._stale:
            self._snapshots.clear()
            return
        if self._snapshots and self._snapshots[-1].at == now:
            self._snapshots.pop()
        self._snapshots.append(self._take(now))
        oldest = now - timedelta(seconds=STALE_SECONDS_MAX)
        while len(self._snapshots) > 1 and self._snapshots[1].at <= oldest:
            self._snapshots.popleft()

    @contextmanager
    def as_seen_by(self, action: str) -> Iterator[None]:
        """Within this context the world is as a call of `action` sees it."""
        now = self._world.clock.now
        stale = next((s for s in self._stale if s.action == action and now < s.until), None)
        if stale is None:
            yield
            return
        moment = now - timedelta(seconds=stale.seconds_behind)
        seen = [snapshot for snapshot in self._snapshots if snapshot.at <= moment]
        snapshot = seen[-1] if seen else self._snapshots[0]
        present = Snapshot(now, {key: getattr(*key) for key in snapshot.held})
        self._show(snapshot, moment)
        try:
            yield
        finally:
            self._show(present, now)

    def _show(self, snapshot: Snapshot, now: datetime) -> None:
        self._world.clock.now = now
        for (owner, name), value in snapshot.held.items():
            setattr(owner, name, value)

    def _take(self, at: datetime) -> Snapshot:
        world = self._world
        snapshot = Snapshot(at)
        machines = {i: replace(machine) for i, machine in world.machines.by_id.items()}
        groups = type(world.autoscaling.autoscaling_groups)()
        for name, group in world.autoscaling.autoscaling_groups.items():
            groups[name] = copy.copy(group)
            groups[name].instance_states = [copy.copy(m) for m in group.instance_states]
            for member in groups[name].instance_states:
                member.machine = machines.get(member.id, member.machine)
        tags = type(world.ec2.tags)(world.ec2.tags.default_factory)
        tags.update({key: dict(value) for key, value in world.ec2.tags.items()})
        events = {key: replace(event) for key, event in world.scheduled.by_id.items()}
        registered = {arn: dict(targets) for arn, targets in world.targets.registered.items()}
        snapshot.held = {
            (world.machines, "by_id"): machines,
            (world.autoscaling, "autoscaling_groups"): groups,
            (world.ec2, "tags"): tags,
            (world.scheduled, "by_id"): events,
            (world.targets, "registered"): registered,
            (world.capacity, "reservations"): world.capacity.copies(),
            (world.alarms, "by_name"): world.alarms.copies(),
        }
        return snapshot
