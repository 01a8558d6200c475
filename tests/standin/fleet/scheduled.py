"""EC2 scheduled events: their life, what EC2 shows of them, and AWS acting when they fall due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from standin.clock import Due

from .behaviour import Behaviour
from .machines import Machine
from .place import resource_id

if TYPE_CHECKING:
    from .world import World

#: What EC2 says about each code (EC2 user guide, "Scheduled events for your instances").
DESCRIPTIONS = {
    "instance-reboot": "The instance is scheduled for a reboot",
    "system-reboot": "The instance is scheduled for a reboot on other hardware",
    "system-maintenance": "The host of the instance is scheduled for maintenance",
    "instance-retirement": "The instance is running on degraded hardware",
    "instance-stop": "The instance is running on degraded hardware",
}
_STOPPING_CODES = ("instance-retirement", "instance-stop")
_BLIP_CODE = "system-maintenance"
#: An ended event stays visible for a week (same page, read 2026-11).
_ENDED_SHOWN = timedelta(days=7)


@dataclass
class ScheduledEvent:
    """One event of one instance.

    `state` is active, completed or canceled, as it is in truth; EC2 shows an end only from
    `end_shown_at`, and a time that the owner chose only from `move_shown_at`, until when it shows
    the `old_window`. `outcome` is None while it depends on what comes: see `outcomes`.
    """

    id: str
    instance_id: str
    code: str
    description: str
    not_before: datetime
    not_after: datetime | None
    not_before_deadline: datetime | None
    state: str = "active"
    end_shown_at: datetime | None = None
    move_shown_at: datetime | None = None
    old_window: tuple[datetime, datetime | None] | None = None
    #: Who gave it another date: aws, owner, or nobody.
    moved_by: str | None = None
    #: The error code with which EC2 refuses the owner another time, where a scenario says so.
    move_refused: str | None = None
    outcome: str | None = None
    outcome_at: datetime | None = None
    #: How and when the instance left its host: by an API call, or by something else.
    left_by: str | None = None
    left_at: datetime | None = None
    #: When AWS acted on an instance that its work did not disturb.
    ridden_at: datetime | None = None
    due: Due | None = None

    def settle(self, outcome: str, at: datetime) -> None:
        """Record what became of it; the first verdict stands."""
        if self.outcome is None:
            self.outcome, self.outcome_at = outcome, at

    def shown(self, now: datetime) -> dict[str, object]:
        """As an element of DescribeInstanceStatus's Events."""
        ended = self.end_shown_at is not None and self.end_shown_at <= now
        window = (self.not_before, self.not_after)
        if self.old_window and now < self.move_shown_at:
            window = self.old_window
        prefix = {"completed": "[Completed] ", "canceled": "[Canceled] "}.get(self.state, "")
        answer = {
            "InstanceEventId": self.id,
            "Code": self.code,
            "Description": (prefix if ended else "") + self.description,
            "NotBefore": window[0],
            "NotAfter": window[1],
            "NotBeforeDeadline": self.not_before_deadline,
        }
        return {key: value for key, value in answer.items() if value is not None}


class ScheduledEvents:
    """All events, by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_id: dict[str, ScheduledEvent] = {}

    def schedule(
        self,
        machine: Machine,
        code: str,
        not_before: datetime,
        not_after: datetime | None = None,
        not_before_deadline: datetime | None = None,
        description: str | None = None,
    ) -> ScheduledEvent:
        """Schedule one; AWS acts at `not_before` unless it moves or ends until then."""
        event = ScheduledEvent(
            resource_id("instance-event", f"{machine.id}#{len(self.by_id)}"),
            machine.id,
            code,
            description or DESCRIPTIONS[code],
            not_before,
            not_after,
            not_before_deadline,
        )
        self.by_id[event.id] = event
        self._plan(event)
        return event

    def of(self, instance_id: str) -> list[ScheduledEvent]:
        """The events of an instance, oldest first, ended ones included."""
        return [e for e in self.by_id.values() if e.instance_id == instance_id]

    def active(self, instance_id: str) -> list[ScheduledEvent]:
        """Those that AWS will still act upon."""
        return [event for event in self.of(instance_id) if event.state == "active"]

    def shown(self, machine: Machine) -> list[dict[str, object]]:
        """What EC2 shows now: all that are active or ended less than a week ago."""
        now = self._world.clock.now
        if machine.state == "terminated":
            return []
        return [
            event.shown(now)
            for event in self.of(machine.id)
            if event.end_shown_at is None or now < event.end_shown_at + _ENDED_SHOWN
        ]

    def move(self, event: ScheduledEvent, not_before: datetime, by: str = "aws") -> None:
        """Another date; the window keeps its length."""
        event.moved_by = by
        if event.not_after:
            event.not_after += not_before - event.not_before
        event.not_before = not_before
        event.old_window = event.move_shown_at = None
        self._plan(event)

    def move_for_owner(self, event: ScheduledEvent, not_before: datetime) -> None:
        """Another date by the owner's wish, which EC2 shows only after a while."""
        old_window, clock = (event.not_before, event.not_after), self._world.clock
        self.move(event, not_before, "owner")
        if lag := self._behaviour(event.instance_id).reschedule_lag_seconds:
            event.old_window = old_window
            event.move_shown_at = clock.now + timedelta(seconds=lag)
            clock.at(event.move_shown_at, lambda: None, f"{event.id} shown at its new time")

    def end(self, event: ScheduledEvent, state: str) -> None:
        """End it as `completed` or `canceled`; EC2 shows that after its lag."""
        lag = self._behaviour(event.instance_id).description_lag_seconds
        event.state = state
        event.end_shown_at = self._world.clock.now + timedelta(seconds=lag)
        if event.due:
            event.due.cancel()
        if lag:
            label = f"{event.id} shown as {state}"
            self._world.clock.at(event.end_shown_at, lambda: None, label)

    def left(self, machine: Machine, by: str) -> None:
        """The instance leaves its host by somebody's hand, see `lives`; the first one counts."""
        self._world.lives.hand(machine, by, "host")
        for event in self.active(machine.id):
            if event.left_by is None:
                event.left_by, event.left_at = by, self._world.clock.now

    def instance_gone(self, machine: Machine) -> None:
        """It is terminated: nothing is left for AWS to act upon."""
        for event in self.active(machine.id):
            self.end(event, "completed")

    def host_left(self, machine: Machine) -> None:
        """It runs again after a stop, on another host: what was scheduled for the old one ends."""
        for event in self.active(machine.id):
            self.end(event, "completed")

    def _behaviour(self, instance_id: str) -> Behaviour:
        machine = self._world.machines.by_id.get(instance_id)
        return self._world.machines.behaviour(machine) if machine else Behaviour()

    def _plan(self, event: ScheduledEvent) -> None:
        if event.due:
            event.due.cancel()
        label = f"{event.code} of {event.instance_id} due"
        event.due = self._world.clock.at(event.not_before, lambda: self._act(event), label)

    def _act(self, event: ScheduledEvent) -> None:
        """The date has come: Auto Scaling replaces a member, else AWS acts on the instance."""
        machine = self._world.machines.by_id.get(event.instance_id)
        if event.state != "active" or machine is None or machine.state != "running":
            return  # nothing on the host to act upon
        member = self._world.engine.member(machine.id)
        if member and self._world.engine.leaves(member):
            return
        aside = self._world.lives.set_aside(machine)
        stopping = event.code in _STOPPING_CODES
        for ending in self.active(machine.id) if stopping else [event]:
            self._judge(ending, aside or (member is None and ending.code == _BLIP_CODE))
        if member and not aside and self._world.engine.scheduled_date_reached(member):
            return
        self._world.lives.hand(machine, "aws", "host")
        self._act_on_host(event, machine)

    def _judge(self, event: ScheduledEvent, undisturbed: bool) -> None:
        now = self._world.clock.now
        if undisturbed:
            event.ridden_at = now
        else:
            event.settle("forced", now)

    def _act_on_host(self, event: ScheduledEvent, machine: Machine) -> None:
        def done() -> None:
            if event.state == "active":
                self.end(event, "completed")

        if event.code == _BLIP_CODE:
            self._world.machines.lose_network(machine, done)
        elif event.code not in _STOPPING_CODES:
            self._world.machines.reboot(machine, done)
        elif machine.instance.root_device_type == "instance-store":
            self._world.machines.terminate(machine, done)
        else:
            self._world.machines.stop(machine)
            done()
