"""Whether EC2 has room for an instance: shortages that a scenario makes, and Capacity Reservations.

Facts: EC2 user guide, "Create a Capacity Reservation" and "Instance matching criteria", read
2026-11. An `open` reservation is used by whatever matches, and at once by instances that run
already; only a `targeted` one is kept for those that name it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .machines import Machine
from .place import resource_id
from .seams import ServerFault

if TYPE_CHECKING:
    from .world import World

#: The code of EC2's error.
NO_ROOM = "InsufficientInstanceCapacity"
_NO_ROOM = (
    "We currently do not have sufficient {type} capacity in the Availability Zone you requested "
    "({zone})."
)
_FELL_BACK = (f"Server.{NO_ROOM}", "There was no capacity to start it")


@dataclass
class Shortage:
    """The next `left` attempts of those it `concerns` fail, or all `until` then, or all for so many
    `seconds` from the first that fails."""

    concerns: Callable[..., bool]
    left: int | None = None
    until: datetime | None = None
    seconds: int | None = None

    def hits(self, now: datetime) -> bool:
        """Whether an attempt fails now; counts it."""
        if self.seconds is not None and self.until is None:
            self.until = now + timedelta(seconds=self.seconds)
        if self.until:
            return now < self.until
        if not self.left:
            return False
        self.left -= 1
        return True


@dataclass(frozen=True)
class Terms:
    """What a reservation was asked to be; the same token with other terms is an error."""

    instance_type: str
    zone: str
    platform: str
    tenancy: str
    count: int
    criteria: str
    end_type: str
    end: datetime | None


@dataclass
class Reservation:
    """A Capacity Reservation. `state` is active, cancelled or expired; `users` are instance ids."""

    id: str
    terms: Terms
    created: datetime
    state: str = "active"
    users: set[str] = field(default_factory=set)

    @property
    def available(self) -> int:
        """How many more instances fit."""
        return self.terms.count - len(self.users) if self.state == "active" else 0


class Capacity:
    """Shortages by kind, reservations by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.starts: list[Shortage] = []
        self.late_starts: list[Shortage] = []
        self.creations: list[Shortage] = []
        self.reservations: dict[str, Reservation] = {}
        #: Instance ids by the reservation that they are to start in.
        self.targeted: dict[str, str] = {}
        self._by_token: dict[str, str] = {}

    # Starts

    def take_room(self, machine: Machine) -> None:
        """Find room for an instance that is to start; a ServerFault where there is none."""
        if reservation := self._reserved_for(machine):
            reservation.users.add(machine.id)
        elif self._short(self.starts, machine):
            raise _no_room(machine.instance.instance_type, machine.zone)

    def falls_back(self, machine: Machine) -> tuple[str, str] | None:
        """Why an accepted start comes to nothing, or None where it does not."""
        if self.used_by(machine.id) or not self._short(self.late_starts, machine):
            return None
        return _FELL_BACK

    def used_by(self, instance_id: str) -> str | None:
        """The reservation in which an instance runs."""
        used = (id_ for id_, r in self.reservations.items() if instance_id in r.users)
        return next(used, None)

    def leave_room(self, machine: Machine) -> None:
        """It stops or ends; what was reserved for it is free for the next."""
        for reservation in self.reservations.values():
            reservation.users.discard(machine.id)

    def _short(self, shortages: list[Shortage], *concerned: object) -> bool:
        now = self._world.clock.now
        return any(shortage.concerns(*concerned) and shortage.hits(now) for shortage in shortages)

    def _reserved_for(self, machine: Machine) -> Reservation | None:
        wanted = self.targeted.get(machine.id)
        for reservation in self.reservations.values():
            named = reservation.id == wanted
            if wanted is None:
                named = reservation.terms.criteria == "open"
            if named and reservation.available and _matches(reservation.terms, machine):
                return reservation
        return None

    # Reservations

    def reserve(self, terms: Terms, token: str | None) -> Reservation | None:
        """Create a reservation, or give the one that this token made; None: on other terms."""
        if token in self._by_token:
            known = self.reservations[self._by_token[token]]
            return known if known.terms == terms else None
        if self._short(self.creations, terms):
            raise _no_room(terms.instance_type, terms.zone)
        now = self._world.clock.now
        identifier = resource_id("cr", f"{len(self.reservations)}")
        reservation = Reservation(identifier, terms, now)
        self.reservations[identifier] = reservation
        if token:
            self._by_token[token] = identifier
        if terms.end:
            label = f"{identifier} expires"
            self._world.clock.at(terms.end, lambda: self._close(reservation, "expired"), label)
        if terms.criteria == "open":
            self._cover_running(reservation)
        return reservation

    def cancel(self, reservation: Reservation) -> None:
        """Give the room back; what runs in it runs on."""
        self._close(reservation, "cancelled")

    def copies(self) -> dict[str, Reservation]:
        """The reservations as they are now, for a stale read."""
        return {i: replace(r, users=set(r.users)) for i, r in self.reservations.items()}

    def _close(self, reservation: Reservation, state: str) -> None:
        if reservation.state == "active":
            reservation.state = state
            reservation.users.clear()

    def _cover_running(self, reservation: Reservation) -> None:
        covered = {user for r in self.reservations.values() for user in r.users}
        for machine in self._world.machines.by_id.values():
            runs = machine.state in ("pending", "running") and machine.id not in covered
            if runs and reservation.available and _matches(reservation.terms, machine):
                reservation.users.add(machine.id)


def _matches(terms: Terms, machine: Machine) -> bool:
    instance = machine.instance
    return (terms.instance_type, terms.zone, terms.platform, terms.tenancy) == (
        instance.instance_type,
        machine.zone,
        "Linux/UNIX",
        instance.placement.tenancy or "default",
    )


def _no_room(instance_type: str, zone: str) -> ServerFault:
    message = _NO_ROOM.format(type=instance_type, zone=zone)
    return ServerFault(NO_ROOM, 500, message)
