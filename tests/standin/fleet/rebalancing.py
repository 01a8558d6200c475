"""AZRebalance: Auto Scaling evens out the zones of a group, one member at a time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from moto.autoscaling.models import FakeAutoScalingGroup

from .members import Member

if TYPE_CHECKING:
    from .world import World

#: How long a group is left unbalanced before Auto Scaling acts; AWS gives no number.
_PATIENCE_SECONDS = 300


class Rebalancing:
    """Launches in the emptiest zone before it terminates in the fullest."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._planned: set[str] = set()

    def consider(self, group: FakeAutoScalingGroup) -> None:
        """Look at the group again in a while, if it is unbalanced now."""
        if group.name not in self._planned and self._surplus(group):
            self._planned.add(group.name)
            label = f"{group.name} rebalances its zones"
            self._world.clock.after(_PATIENCE_SECONDS, lambda: self._act(group), label)

    def _act(self, group: FakeAutoScalingGroup) -> None:
        self._planned.discard(group.name)
        engine = self._world.engine
        member = self._surplus(group)
        if member and member.heir is None:
            engine.replace_first(group, member)
        engine.settle(group)

    def _surplus(self, group: FakeAutoScalingGroup) -> Member | None:
        """A member that would better be in another zone; None while the group is in motion."""
        engine = self._world.engine
        if any(engine.suspended(group, name) for name in ("AZRebalance", "Launch", "Terminate")):
            return None
        members = group.instance_states
        if any(m.lifecycle_state != "InService" or m.heir for m in members):
            return None
        held = Counter({zone: 0 for zone in engine.working_zones(group)})
        held.update(m.machine.zone for m in members if m.machine.zone in held)
        if not held or max(held.values()) - min(held.values()) < 2:
            return None
        fullest = max(held, key=lambda zone: (held[zone], zone))
        candidates = [
            m for m in members if m.machine.zone == fullest and not m.protected_from_scale_in
        ]
        return candidates[0] if candidates else None
