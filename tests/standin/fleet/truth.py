"""What really happened, whatever the API said: for tests to judge by.

A *place* is one unit of capacity somebody counts on: an original member, then its successor, and so
on; or a standalone instance. A place is *out* while its occupant does not serve (`lives`): it is
not InService, not running, rebooting, deregistered, or its application is not ready.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from standin.clock import rfc3339

from .machines import Machine
from .members import Member
from .scheduled import ScheduledEvent

if TYPE_CHECKING:
    from .world import World

REPLICA_SET_TAG = "reberth:replica-set"


@dataclass
class Place:
    """`zone` and `replica_set` are those of the last occupant that served, which is `held_by`; a
    place that never served is not missed."""

    occupant: str
    group: str | None
    zone: str
    replica_set: str | None
    held_by: str | None = None
    outage: Outage | None = None

    @property
    def out(self) -> bool:
        """Whether it is missed now."""
        return self.outage is not None


@dataclass
class Outage:
    """A time for which a place was out: `instance` held it before, `by` says by whose hand."""

    instance: str
    group: str | None
    replica_set: str | None
    since: datetime
    by: str
    until: datetime | None = None


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
        self._touched: set[str] = set()
        self._groups: dict[str, Peak] = {}
        self._sets: dict[str, Peak] = {}
        self._outages: list[Outage] = []

    # What the others report

    def touch(self, machine: Machine) -> None:
        """Something about this instance changed."""
        self._touched.add(machine.id)
        self._world.lives.of(machine)

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
        self._world.lives.by_id[old].succeeded_by = new
        if place := self._places.pop(old, None):
            place.occupant = new
            self._places[new] = place
        self._touched.add(new)

    def place_closed(self, instance_id: str) -> None:
        """Capacity that is no longer wanted, nor missed."""
        place = self._places.pop(instance_id, None)
        if place and place.outage:
            place.outage.until = self._world.clock.now

    # What it makes of it

    def observe(self) -> None:
        """Look at what was touched since the last step, and remember new peaks."""
        if not self._touched:
            return
        groups, sets = set(), set()
        for instance_id in self._touched:
            self._world.lives.look(instance_id)
        for instance_id in sorted(self._touched):
            if place := self._places.get(instance_id):
                self._look(place)
            groups.add(self._world.lives.by_id[instance_id].group)
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
        serves = self._world.lives.serves(place.occupant)
        machine = self._world.machines.by_id.get(place.occupant)
        if serves and machine:
            place.held_by = place.occupant
            place.zone = machine.zone
            tag = self._world.machines.tags(machine).get(REPLICA_SET_TAG)
            place.replica_set = tag or place.replica_set
            if place.outage:
                place.outage.until, place.outage = self._world.clock.now, None
        elif place.held_by and not place.outage:
            place.outage = Outage(
                place.held_by,
                place.group,
                place.replica_set,
                self._world.clock.now,
                self._world.lives.out_by(place.held_by),
            )
            self._outages.append(place.outage)

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
            "desired": self._desired(),
            "groups": {name: _peak(peak) for name, peak in sorted(self._groups.items())},
            "replica_sets": {name: _peak(peak) for name, peak in sorted(self._sets.items())},
            "instances": [self._instance(m) for m in self._world.machines.by_id.values()],
            "outages": [self._outage(outage) for outage in self._outages],
            "refusals": self._world.faults.told,
            "data_lost": self._world.lives.lost,
            "leftovers": self._world.leftovers.report(),
        }

    def _desired(self) -> dict[str, int]:
        groups = self._world.engine.groups()
        return {group.name: group.desired_capacity for group in groups}

    def _outage(self, outage: Outage) -> dict[str, object]:
        return {
            "instance": outage.instance,
            "name": self._world.lives.by_id[outage.instance].name,
            "group": outage.group,
            "replica_set": outage.replica_set,
            "from": rfc3339(outage.since),
            "to": rfc3339(outage.until) if outage.until else None,
            "by": outage.by,
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
            "serves": self._world.lives.serves(machine.id),
            "absences": self._world.lives.absences(machine.id),
        }

    def _event(self, event: ScheduledEvent) -> dict[str, object]:
        life = self._world.lives.by_id[event.instance_id]
        outcome, at = self._world.outcomes.of(event)
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
            "rescheduled_by": event.moved_by,
        }


def _peak(peak: Peak) -> dict[str, object]:
    return {
        "largest_out_at_once": peak.out,
        "of": peak.of,
        "at": rfc3339(peak.at) if peak.at else None,
        "by_zone": dict(sorted(peak.by_zone.items())),
    }
