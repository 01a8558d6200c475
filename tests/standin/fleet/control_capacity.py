"""Commands for what EC2 has no room for."""

from __future__ import annotations

from collections.abc import Callable

from .capacity import Shortage, Terms
from .control import Fields, Refused, command
from .machines import Machine
from .place import zone
from .world import World


@command
def no_capacity(world: World, fields: Fields) -> dict:
    """StartInstances of an instance fails: `times`, `until` a moment, or for `seconds`.

    Seconds count from the first that fails, since a scenario cannot know when that will be.
    """
    world.capacity.starts.append(_shortage(fields, _of_instance(fields)))
    return {}


@command
def start_fails_later(world: World, fields: Fields) -> dict:
    """Starts of an instance are accepted, and it falls back to `stopped`; as in no_capacity."""
    world.capacity.late_starts.append(_shortage(fields, _of_instance(fields)))
    return {}


@command
def no_reservation(world: World, fields: Fields) -> dict:
    """CreateCapacityReservation fails, as in no_capacity: for what fits an `instance`, or for an
    `instance_type` in a `zone`, of which an absent one stands for all."""
    machine = fields.machine(default=None)
    kind, letter = fields.text("instance_type", None), fields.text("zone", None)
    if machine:
        kind, letter = machine.instance.instance_type, machine.zone

    def concerns(terms: Terms) -> bool:
        in_zone = letter is None or terms.zone == zone(letter)
        return in_zone and kind in (None, terms.instance_type)

    world.capacity.creations.append(_shortage(fields, concerns))
    return {}


def _of_instance(fields: Fields) -> Callable[[Machine], bool]:
    wanted = fields.machine()
    return lambda machine: machine.id == wanted.id


def _shortage(fields: Fields, concerns: Callable[..., bool]) -> Shortage:
    times, seconds = fields.number("times", None), fields.number("seconds", None)
    until = fields.moment("until", None)
    if [times, seconds, until].count(None) != 2:
        raise Refused(f"{fields.command}.times: expected one of times, seconds and until")
    return Shortage(concerns, times, until, seconds)
