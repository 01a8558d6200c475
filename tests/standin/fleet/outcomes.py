"""What became of each scheduled event, as the account of truth words it.

* `moved`: the API took the instance off its host before the date, and the instance itself (after a
  stop and start, or a reboot that migrates) or its successor serves, with no event of its own;
* `ridden`: AWS acted while the instance stood in standby or was deregistered, or only its network
  was gone for a while, and it serves again;
* `forced`: AWS acted, or Auto Scaling replaced it, while it was in service;
* `cancelled`, `gone` (it left by another hand), and `open` while none of these is true.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .scheduled import ScheduledEvent

if TYPE_CHECKING:
    from .world import World


class Outcomes:
    """Judges events."""

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, event: ScheduledEvent) -> tuple[str, datetime | None]:
        """The outcome of an event, and since when."""
        if event.outcome:
            return event.outcome, event.outcome_at
        if event.ridden_at:
            return self._ridden(event)
        if event.left_by is None:
            return "open", None
        if event.left_by == "scheduled-event":
            return "forced", event.left_at
        if event.left_by != "api" or event.left_at >= event.not_before:
            return "gone", event.left_at
        served_at = self._clean_again(event) or self._clean_successor(event.instance_id)
        return ("moved", served_at) if served_at else ("open", None)

    def _ridden(self, event: ScheduledEvent) -> tuple[str, datetime | None]:
        back = self._world.lives.back_since(event.instance_id, event.ridden_at)
        if back:
            return "ridden", back
        machine = self._world.machines.by_id.get(event.instance_id)
        if machine is None or machine.gone:
            return "gone", event.ridden_at
        return "open", None

    def _clean_again(self, event: ScheduledEvent) -> datetime | None:
        """When the instance itself served again after it had left, on a clean host."""
        if self._world.scheduled.active(event.instance_id):
            return None
        return self._world.lives.back_since(event.instance_id, event.left_at)

    def _clean_successor(self, instance_id: str) -> datetime | None:
        """When the first successor in line without an active event began to serve."""
        while successor := self._world.lives.by_id[instance_id].succeeded_by:
            served_at = self._world.lives.by_id[successor].first_served_at
            if served_at and not self._world.scheduled.active(successor):
                return served_at
            instance_id = successor
        return None
