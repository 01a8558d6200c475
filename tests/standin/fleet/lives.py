"""Every instance's time in and out of service and by whose hand, kept after EC2 forgot it.

Hands are `api` (a call of the API), `hand` (somebody in the console, or a call that only somebody
by hand would make), `aws` (acting at an event's date), what `Engine.terminate` names, and `itself`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from standin.clock import rfc3339

from .machines import Machine

if TYPE_CHECKING:
    from .world import World


_IN_FEW_WORDS = {
    "scheduled-event": "auto-scaling",
    "rebalance": "auto-scaling",
    "scale-in": "auto-scaling",
}


@dataclass
class Absence:
    """A time out of service; `until` is None as long as it lasts."""

    since: datetime
    by: str
    until: datetime | None = None


@dataclass
class Life:
    """One instance's."""

    name: str
    group: str | None
    first_served_at: datetime | None = None
    succeeded_by: str | None = None
    absences: list[Absence] = field(default_factory=list)
    #: Who did something to it in this step of the clock, the first one.
    hand: str | None = None
    #: Who took it off its host, put it in standby, deregistered it last, by what was done.
    hands: dict[str, str] = field(default_factory=dict)

    @property
    def out(self) -> bool:
        """Whether it served once and does not now."""
        return bool(self.absences) and self.absences[-1].until is None


class Lives:
    """All of them, by instance id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_id: dict[str, Life] = {}
        self.lost: list[dict[str, object]] = []

    def of(self, machine: Machine) -> Life:
        """The life of an instance, begun now if it is new."""
        return self.by_id.setdefault(machine.id, Life(machine.name, machine.group))

    def hand(self, machine: Machine, by: str, what: str) -> None:
        """Somebody lays hands on an instance; `what` is host, standby or targets."""
        life = self.of(machine)
        life.hand = life.hand or by
        life.hands[what] = by
        self._world.truth.touch(machine)

    def data_lost(self, machine: Machine, how: str) -> None:
        """Its instance-store volumes are wiped. One that never served holds nothing of worth."""
        life = self.of(machine)
        if life.first_served_at is None:
            return
        self.lost.append(
            {
                "instance": machine.id,
                "name": machine.name,
                "group": machine.group,
                "at": rfc3339(self._world.clock.now),
                "how": how,
                "by": life.hands.get("host", "itself"),
            }
        )

    def look(self, instance_id: str) -> None:
        """Take note of whether it serves now."""
        life, now = self.by_id[instance_id], self._world.clock.now
        serves = self.serves(instance_id)
        if serves and life.first_served_at is None:
            life.first_served_at = now
        if serves and life.out:
            life.absences[-1].until = now
        elif not serves and not life.out and life.first_served_at is not None:
            life.absences.append(Absence(now, life.hand or "itself"))
        life.hand = None

    def serves(self, instance_id: str) -> bool:
        """Whether it runs, its application is ready, and traffic reaches it as it did before."""
        machine = self._world.machines.by_id.get(instance_id)
        if machine is None or machine.state != "running" or machine.out or not machine.ready:
            return False
        if machine.group is None:
            return self._world.targets.at_home(machine)
        member = self._world.engine.member(instance_id)
        return member is not None and member.lifecycle_state == "InService"

    def out_by(self, instance_id: str) -> str:
        """By whose hand one that was taken out is out, in few words: Auto Scaling's are many."""
        absences = self.by_id[instance_id].absences
        by = absences[-1].by if absences else "itself"
        return _IN_FEW_WORDS.get(by, by)

    def back_since(self, instance_id: str, moment: datetime) -> datetime | None:
        """When it served again after having been out at a moment; None: not yet, or for good."""
        for absence in self.by_id[instance_id].absences:
            if absence.since <= moment and (absence.until is None or absence.until > moment):
                return absence.until
        return moment if self.serves(instance_id) else None

    def set_aside(self, machine: Machine) -> bool:
        """Whether somebody has put it where AWS's work on its host disturbs nobody."""
        if machine.group is None:
            return self._world.targets.withdrawn(machine)
        member = self._world.engine.member(machine.id)
        return member is not None and member.lifecycle_state in ("Standby", "EnteringStandby")

    def absences(self, instance_id: str) -> list[dict[str, object]]:
        """Its times out of service, for the report."""
        life = self.by_id.get(instance_id)
        return [
            {
                "from": rfc3339(absence.since),
                "to": rfc3339(absence.until) if absence.until else None,
                "by": absence.by,
            }
            for absence in (life.absences if life else [])
        ]
