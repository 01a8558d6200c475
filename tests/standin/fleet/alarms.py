"""CloudWatch alarms: in the state that a scenario gives them, or watching applications."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from .place import ACCOUNT, REGION

if TYPE_CHECKING:
    from .world import World

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


@dataclass
class Alarm:
    """A metric alarm, or a composite one. `updated` is when its state last changed.

    One that `follows` a group or an instance, by name or id, is in ALARM while an application there
    runs and is not ready.
    """

    name: str
    state: str
    updated: datetime
    composite: bool = False
    follows: str | None = None

    @property
    def arn(self) -> str:
        """As CloudWatch names it."""
        return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{self.name}"


class Alarms:
    """All alarms, by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_name: dict[str, Alarm] = {}

    def put(
        self, name: str, state: str | None, follows: str | None = None, composite: bool = False
    ) -> Alarm:
        """Create an alarm or change it: either its `state`, or whom it `follows`."""
        alarm = Alarm(name, state or "OK", self._world.clock.now, composite, follows)
        known = self.by_name.get(name)
        if follows:
            alarm.state = self._seen(follows)
        if known and known.state == alarm.state:
            alarm.updated = known.updated
        self.by_name[name] = alarm
        return alarm

    def observe(self) -> None:
        """After every step: look at those who are followed."""
        for alarm in self.by_name.values():
            if alarm.follows and (state := self._seen(alarm.follows)) != alarm.state:
                alarm.state, alarm.updated = state, self._world.clock.now

    def _seen(self, follows: str) -> str:
        one = self._world.machines.find(follows)
        machines = self._world.machines.by_id.values()
        watched = [m for m in machines if m is one or m.group == follows]
        busy = any(m.state == "running" and not m.ready for m in watched)
        return "ALARM" if busy else "OK"

    def copies(self) -> dict[str, Alarm]:
        """The alarms as they are now, for a stale read."""
        return {name: replace(alarm) for name, alarm in self.by_name.items()}
