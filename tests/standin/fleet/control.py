"""What a scenario may ask for: `POST /control` with `{"do": COMMAND, ...}`.

Every command is a function named after it, in one of the `control_*` modules; its answer is JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from moto.autoscaling.models import FakeAutoScalingGroup

from standin.clock import parse_moment

from .machines import Machine
from .scheduled import ScheduledEvent

if TYPE_CHECKING:
    from .world import World

_REQUIRED = object()
_COMMANDS: dict[str, Callable[[World, Fields], dict]] = {}


class Refused(ValueError):
    """A command that cannot be carried out; the message names the field and what was expected."""


def command(function: Callable[[World, Fields], dict]) -> Callable[[World, Fields], dict]:
    """Make a function the command of its name."""
    _COMMANDS[function.__name__] = function
    return function


class Fields:
    """The fields of one command, read one by one; what nobody read is refused at the end."""

    def __init__(self, world: World, values: dict[str, object]) -> None:
        self._world = world
        self._values = dict(values)
        self.command = self._values.pop("do", None)
        self._unread = set(self._values)

    def take(self, name: str, kind: type | tuple[type, ...], expected: str, default=_REQUIRED):
        """A field of a kind, or its default; null is the same as absent."""
        self._unread.discard(name)
        value = self._values.get(name)
        if value is None:
            if default is _REQUIRED:
                raise Refused(f"{self.command}.{name}: expected {expected}, got nothing")
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise Refused(f"{self.command}.{name}: expected {expected}, got {value!r}")
        return value

    def text(self, name: str, default=_REQUIRED) -> str:
        """A string."""
        return self.take(name, str, "a string", default)

    def number(self, name: str, default=_REQUIRED) -> int:
        """A whole number from 0."""
        value = self.take(name, int, "a whole number from 0", default)
        if value is not None and value < 0:
            raise Refused(f"{self.command}.{name}: expected a whole number from 0, got {value}")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        return self.take(name, bool, "true or false", default)

    def texts(self, name: str, default=_REQUIRED) -> list[str]:
        """A list of strings."""
        values = self.take(name, list, "a list of strings", default)
        if values and not all(isinstance(value, str) for value in values):
            raise Refused(f"{self.command}.{name}: expected a list of strings, got {values!r}")
        return values

    def table(self, name: str, kind: type, default=_REQUIRED) -> dict:
        """An object whose values are all of a kind."""
        expected = f"an object with values of type {kind.__name__}"
        values = self.take(name, dict, expected, default)
        if values and not all(isinstance(value, kind) for value in values.values()):
            raise Refused(f"{self.command}.{name}: expected {expected}, got {values!r}")
        return values

    def one_of(self, name: str, choices: tuple[str, ...], default=_REQUIRED) -> str:
        """One of some strings."""
        value = self.text(name, default)
        if value is not default and value not in choices:
            expected = "one of " + ", ".join(choices)
            raise Refused(f"{self.command}.{name}: expected {expected}, got {value!r}")
        return value

    def moment(self, name: str, default=_REQUIRED) -> datetime:
        """A time, absolute or relative to now."""
        text = self.text(name, default)
        if not isinstance(text, str):
            return text
        try:
            return parse_moment(text, self._world.clock.now)
        except ValueError as error:
            expected = "RFC 3339 with an offset, or like +90s, +10m, +2h, +3d"
            raise Refused(f"{self.command}.{name}: expected {expected}, got {text!r}") from error

    def group(self, name: str = "group", default=_REQUIRED) -> FakeAutoScalingGroup:
        """A group, by name."""
        wanted = self.text(name, default)
        if wanted is default:
            return default
        group = self._world.autoscaling.autoscaling_groups.get(wanted)
        if group is None:
            raise Refused(f"{self.command}.{name}: expected the name of a group, got {wanted!r}")
        return group

    def machine(self, name: str = "instance", default=_REQUIRED) -> Machine:
        """An instance, by id or Name."""
        wanted = self.text(name, default)
        return default if wanted is default else self._find(name, wanted)

    def machines(self, name: str = "instances") -> list[Machine]:
        """Instances, by id or Name."""
        return [self._find(name, wanted) for wanted in self.texts(name)]

    def _find(self, field: str, wanted: str) -> Machine:
        machine = self._world.machines.find(wanted)
        if machine is None:
            expected = "the id or Name of an instance"
            raise Refused(f"{self.command}.{field}: expected {expected}, got {wanted!r}")
        return machine

    def event(self) -> ScheduledEvent:
        """A scheduled event, by id."""
        wanted = self.text("event_id")
        event = self._world.scheduled.by_id.get(wanted)
        if event is None:
            expected = "the id of a scheduled event"
            raise Refused(f"{self.command}.event_id: expected {expected}, got {wanted!r}")
        return event

    def rest(self) -> dict[str, object]:
        """All fields that nobody has read yet."""
        names, self._unread = self._unread, set()
        return {name: self._values[name] for name in sorted(names)}

    def nothing_else(self) -> None:
        """Refuse fields that the command does not know."""
        if self._unread:
            name = sorted(self._unread)[0]
            raise Refused(f"{self.command}.{name}: the command has no such field")


@command
def commands(world: World, fields: Fields) -> dict:
    """What every command does."""
    return {name: function.__doc__ for name, function in sorted(_COMMANDS.items())}


def carry_out(world: World, values: object) -> dict:
    """Run one command; raises Refused when it cannot be."""
    if not isinstance(values, dict):
        raise Refused('expected a JSON object like {"do": "clock"}')
    function = _COMMANDS.get(values.get("do"))
    if function is None:
        known = ", ".join(sorted(_COMMANDS))
        raise Refused(f"do: expected one of {known}, got {values.get('do')!r}")
    fields = Fields(world, values)
    answer = function(world, fields)
    fields.nothing_else()
    return answer
