"""What really happened, whatever the API said: for tests to judge by.

A *place* is one unit of capacity somebody counts on: an original member, then its successor, and so
on; or a standalone instance. A place is *out* while its occupant does not serve: it is not
InService, not running, rebooting, or not ready although its application says when it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from standin.clock import rfc3339

from .machines import READY_TAG, Machine
from .members import Member
from .scheduled import ScheduledEvent

if TYPE_CHECKING:
    from .world import World

REPLICA_SET_TAG = "reberth:replica-set"


@dataclass
class Place:
    """`zone` and `replica_set` are those of the last occupant that served; a place that never
    served is not missed."""

    occupant: str
    group: str | None
    zone: str
    replica_set: str | None
    served: bool = False
    out: bool = False


@dataclass
class Life:
    """One instance's, kept after EC2 forgot it."""

    name: str
    group: str | None
    entered_service_at: datetime | None = None
    succeeded_by: str | None = None


@dataclass
class Peak:
    """The largest number of places out at the same moment."""

    out: int = 0
    of: int = 0
    at: datetime | None = None
    by_zone: Counter[str] = field(default_factory=Counter)


class Truth:
    """Watches every step; `report` tells."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._places: dict[str, Place] = {}
        self._lives: dict[str, Life] = {}
        self._touched: set[str] = set()
        self._groups: dict[str, Peak] = {}
        self._sets: dict[str, Peak] = {}

    # What the others report

    def touch(self, machine: Machine) -> None:
        """Something about this instance changed."""
        self._touched.add(machine.id)
        self._lives.setdefault(machine.id, Life(machine.name, machine.group))

    def place_opened(self, machine: Machine) -> None:
        """Capacity that was not there before."""
        self._places[machine.id] = Place(machine.id, machine.group, machine.zone, None)
        self.touch(machine)

    def place_taken(self, member: Member, predecessor: str | None) -> None:
        """A launched member takes its predecessor's place, or opens one of its own."""
        self.touch(member.machine)
        if predecessor in self._places:
            self.succeeded(predecessor, member.id)
        else:
            self.place_opened(member.machine)

    def place_kept(self, machine: Machine) -> None:
        """It takes up its place again, or a new one where another has taken it."""
        if machine.id not in self._places:
            self.place_opened(machine)

    def succeeded(self, old: str, new: str) -> None:
        """`new` stands where `old` stood."""
        self._lives[old].succeeded_by = new
        if place := self._places.pop(old, None):
            place.occupant = new
            self._places[new] = place
        self._touched.add(new)

    def place_closed(self, instance_id: str) -> None:
        """Capacity that is no longer wanted."""
        self._places.pop(instance_id, None)

    def entered_service(self, instance_id: str) -> None:
        """A member is InService, or a standalone instance runs again."""
        self._lives[instance_id].entered_service_at = self._world.clock.now

    # What it makes of it

    def observe(self) -> None:
        """Look at what was touched since the last step, and remember new peaks."""
        # The application may have tagged one that was out as ready, which nobody reports.
        self._touched |= {i for i, place in self._places.items() if place.out}
        if not self._touched:
            return
        groups, sets = set(), set()
        for instance_id in self._touched:
            if place := self._places.get(instance_id):
                self._look(place)
            life = self._lives.get(instance_id)
            groups.add(life.group if life else None)
        self._touched.clear()
        for place in self._places.values():
            if place.replica_set and (place.out or place.group in groups):
                sets.add(place.replica_set)
        for group in sorted(group for group in groups if group):
            places = [place for place in self._places.values() if place.group == group]
            self._note(self._groups.setdefault(group, Peak()), places)
        for name in sorted(sets):
            places = [place for place in self._places.values() if place.replica_set == name]
            self._note(self._sets.setdefault(name, Peak()), places)

    def _look(self, place: Place) -> None:
        serves = self._serves(place.occupant)
        machine = self._world.machines.by_id.get(place.occupant)
        if serves and machine:
            place.served = True
            place.zone = machine.zone
            tag = self._world.machines.tags(machine).get(REPLICA_SET_TAG)
            place.replica_set = tag or place.replica_set
        place.out = place.served and not serves

    def _serves(self, instance_id: str) -> bool:
        machine = self._world.machines.by_id.get(instance_id)
        if machine is None or machine.state != "running" or machine.out:
            return False
        if machine.group:
            member = self._world.engine.member(instance_id)
            if member is None or member.lifecycle_state != "InService":
                return False
        if self._world.behaviour_of(machine.group).ready_after_seconds is None:
            return True
        return self._world.machines.tags(machine).get(READY_TAG) == "true"

    def _note(self, peak: Peak, places: list[Place]) -> None:
        out = [place for place in places if place.out]
        peak.of = max(peak.of, len(places))
        if len(out) > peak.out:
            peak.out, peak.at = len(out), self._world.clock.now
        for zone, count in Counter(place.zone for place in out).items():
            peak.by_zone[zone] = max(peak.by_zone[zone], count)

    # The report

    def report(self) -> dict[str, object]:
        """Everything, as JSON."""
        return {
            "now": rfc3339(self._world.clock.now),
            "events": [self._event(event) for event in self._world.scheduled.by_id.values()],
            "groups": {name: _peak(peak) for name, peak in sorted(self._groups.items())},
            "replica_sets": {name: _peak(peak) for name, peak in sorted(self._sets.items())},
            "instances": [self._instance(m) for m in self._world.machines.by_id.values()],
        }

    def _instance(self, machine: Machine) -> dict[str, object]:
        member = self._world.engine.member(machine.id)
        return {
            "id": machine.id,
            "name": machine.name,
            "group": machine.group,
            "zone": machine.zone,
            "state": machine.state,
            "lifecycle": member.lifecycle_state if member else None,
            "checks": self._world.machines.checks(machine),
        }

    def _event(self, event: ScheduledEvent) -> dict[str, object]:
        life = self._lives[event.instance_id]
        outcome, at = self._outcome(event)
        before = (event.not_before - at).total_seconds() if at else None
        return {
            "event_id": event.id,
            "instance": event.instance_id,
            "name": life.name,
            "group": life.group,
            "code": event.code,
            "not_before": rfc3339(event.not_before),
            "outcome": outcome,
            "at": rfc3339(at) if at else None,
            "seconds_before_date": before,
            "replaced_by": life.succeeded_by,
        }

    def _outcome(self, event: ScheduledEvent) -> tuple[str, datetime | None]:
        if event.outcome:
            return event.outcome, event.outcome_at
        if event.left_by is None:
            return "open", None
        if event.left_by == "scheduled-event":
            return "forced", event.left_at
        if event.left_by != "api" or event.left_at >= event.not_before:
            return "gone", event.left_at
        served_at = self._clean_successor(event.instance_id)
        return ("moved", served_at) if served_at else ("open", None)

    def _clean_successor(self, instance_id: str) -> datetime | None:
        """When the first successor in line without an active event entered service."""
        while successor := self._lives[instance_id].succeeded_by:
            life = self._lives[successor]
            if life.entered_service_at and not self._world.scheduled.active(successor):
                return life.entered_service_at
            instance_id = successor
        return None


def _peak(peak: Peak) -> dict[str, object]:
    return {
        "largest_out_at_once": peak.out,
        "of": peak.of,
        "at": rfc3339(peak.at) if peak.at else None,
        "by_zone": dict(sorted(peak.by_zone.items())),
    }
