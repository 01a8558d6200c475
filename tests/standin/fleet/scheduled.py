"""EC2 scheduled events: their life, what EC2 shows of them, and AWS acting when they fall due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from standin.clock import Due

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
#: An ended event stays visible for a week (same page, read 2026-11).
_ENDED_SHOWN = timedelta(days=7)


@dataclass
class ScheduledEvent:
    """One event of one instance.

    `state` is active, completed or canceled, as it is in truth; EC2 shows an end only from
    `end_shown_at`. `outcome` is None until it is known: see `truth`.
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
    outcome: str | None = None
    outcome_at: datetime | None = None
    #: How and when the instance left its host: by an API call, or by something else.
    left_by: str | None = None
    left_at: datetime | None = None
    due: Due | None = None

    def settle(self, outcome: str, at: datetime) -> None:
        """Record what became of it; the first verdict stands."""
        if self.outcome is None:
            self.outcome, self.outcome_at = outcome, at

    def shown(self, now: datetime) -> dict[str, object]:
        """As an element of DescribeInstanceStatus's Events."""
        ended = self.end_shown_at is not None and self.end_shown_at <= now
        prefix = {"completed": "[Completed] ", "canceled": "[Canceled] "}.get(self.state, "")
        answer = {
            "InstanceEventId": self.id,
            "Code": self.code,
            "Description": (prefix if ended else "") + self.description,
            "NotBefore": self.not_before,
            "NotAfter": self.not_after,
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

    def move(self, event: ScheduledEvent, not_before: datetime) -> None:
        """Another date, by AWS's wish or the owner's; the window keeps its length."""
        if event.not_after:
            event.not_after += not_before - event.not_before
        event.not_before = not_before
        self._plan(event)

    def end(self, event: ScheduledEvent, state: str) -> None:
        """End it as `completed` or `canceled`; EC2 shows that after its lag."""
        machine = self._world.machines.by_id.get(event.instance_id)
        lag = self._world.behaviour_of(machine.group if machine else None).description_lag_seconds
        event.state = state
        event.end_shown_at = self._world.clock.now + timedelta(seconds=lag)
        if event.due:
            event.due.cancel()
        if lag:
            label = f"{event.id} shown as {state}"
            self._world.clock.at(event.end_shown_at, lambda: None, label)

    def left(self, machine: Machine, by: str) -> None:
        """The instance leaves its host: `by` is as in `Engine.terminate`; the first one counts."""
        for event in self.active(machine.id):
            if event.left_by is None:
                event.left_by, event.left_at = by, self._world.clock.now

    def instance_gone(self, machine: Machine) -> None:
        """It is terminated: nothing is left for AWS to act upon."""
        for event in self.active(machine.id):
            self.end(event, "completed")

    def host_left(self, machine: Machine) -> None:
        """It runs again after a stop, on another host: what was scheduled for the old one ends."""
        now = self._world.clock.now
        for event in self.active(machine.id):
            self.end(event, "completed")
            if event.left_at is None or event.left_at >= event.not_before:
                event.settle("forced", now)
            else:
                event.settle("moved" if event.left_by == "api" else "gone", now)

    def _plan(self, event: ScheduledEvent) -> None:
        if event.due:
            event.due.cancel()
        label = f"{event.code} of {event.instance_id} due"
        event.due = self._world.clock.at(event.not_before, lambda: self._act(event), label)

    def _act(self, event: ScheduledEvent) -> None:
        """The date has come: Auto Scaling replaces a member, else AWS acts on the instance."""
        machine = self._world.machines.by_id.get(event.instance_id)
        if event.state != "active" or machine is None or machine.gone:
            return
        if machine.state in ("stopping", "stopped"):
            return  # nothing on the host to act upon
        now = self._world.clock.now
        member = self._world.engine.member(machine.id)
        if member and self._world.engine.leaves(member):
            return
        in_standby = member is not None and member.lifecycle_state in ("Standby", "EnteringStandby")
        event.settle("ridden" if in_standby else "forced", now)
        if member and not in_standby and self._world.engine.scheduled_date_reached(member):
            return
        self._act_on_host(event, machine)

    def _act_on_host(self, event: ScheduledEvent, machine: Machine) -> None:
        def done() -> None:
            if event.state == "active":
                self.end(event, "completed")

        if event.code not in _STOPPING_CODES:
            self._world.machines.reboot(machine, done)
        elif machine.instance.root_device_type == "instance-store":
            self._world.machines.terminate(machine, done)
        else:
            self._world.machines.stop(machine)
            done()
