"""What somebody opened and nobody has closed yet.

The measure is how things were when they were built; what a scenario's own people changed since by
command is not left over but meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .machines import Machine

if TYPE_CHECKING:
    from .world import World

INCIDENT_TAG = "reberth:incident"


class Leftovers:
    """Compares now with the start."""

    def __init__(self, world: World) -> None:
        self._world = world
        #: What the owners of each group want; groups not built by a scenario are not judged.
        self.desired: dict[str, int] = {}

    def wish(self, group: str, change: int) -> None:
        """Its owners want that much more of a group, or less."""
        if group in self.desired:
            self.desired[group] += change

    def report(self) -> list[dict[str, object]]:
        """Everything that is open; `by` says by whose hand, None where nobody's is known."""
        return [*self._of_machines(), *self._of_groups(), *self._reservations()]

    def _of_machines(self) -> Iterator[dict[str, object]]:
        for machine in self._world.machines.by_id.values():
            if machine.gone:
                continue
            if machine.state in ("stopping", "stopped") and not self._pooled(machine):
                yield self._left("stopped", machine, "host", f"it is {machine.state}")
            member = self._world.engine.member(machine.id)
            if member and member.lifecycle_state in ("EnteringStandby", "Standby"):
                words = f"it is {member.lifecycle_state} in {machine.group}"
                yield self._left("standby", machine, "standby", words)
            for arn, (target, port) in sorted(self._world.targets.missing(machine)):
                name = self._world.elbv2.target_groups[arn].name
                words = f"{target}:{port} is not registered with {name}"
                yield self._left("deregistered", machine, "targets", words)
            if incident := self._world.machines.tags(machine).get(INCIDENT_TAG):
                yield self._left("incident_tag", machine, None, f"{INCIDENT_TAG}={incident}")

    def _pooled(self, machine: Machine) -> bool:
        return machine.id in self._world.warm.ids()

    def _of_groups(self) -> Iterator[dict[str, object]]:
        for group in self._world.engine.groups():
            wanted = self.desired.get(group.name, group.desired_capacity)
            if group.desired_capacity != wanted and not self._world.engine.book(group).deleting:
                words = f"its desired capacity is {group.desired_capacity}, it was {wanted}"
                yield _left("desired", group.name, group.name, None, words)

    def _reservations(self) -> Iterator[dict[str, object]]:
        for reservation in self._world.capacity.reservations.values():
            if reservation.state == "active":
                terms = reservation.terms
                words = f"{terms.count} x {terms.instance_type} in {terms.zone} is reserved"
                yield _left("reservation", reservation.id, None, "api", words)

    def _left(self, kind: str, machine: Machine, what: str | None, words: str) -> dict[str, object]:
        by = self._world.lives.of(machine).hands.get(what) if what else "api"
        return _left(kind, machine.name, machine.group, by, words) | {"instance": machine.id}


def _left(
    kind: str, name: str, group: str | None, by: str | None, words: str
) -> dict[str, object]:
    return {"kind": kind, "name": name, "group": group, "by": by, "words": words}
