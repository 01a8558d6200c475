"""Systems Manager's Run Command: a document runs on an instance and finds it ready, or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .machines import Machine
from .place import uuid_from

if TYPE_CHECKING:
    from .world import World

#: What a document may be scripted to find; `ready` is what the application on the instance is.
FINDINGS = ("ready", "success", "failure", "missing")
#: How long an invocation cannot be seen after it was sent, and then waits for the agent.
_UNSEEN, _WAITING = timedelta(seconds=2), timedelta(seconds=4)


@dataclass
class Invocation:
    """One document on one instance. `succeeded` is None until it has run."""

    command_id: str
    machine: Machine
    document: str
    comment: str
    sent: datetime
    succeeded: bool | None = None
    ended: datetime | None = None

    def seen(self, now: datetime) -> bool:
        """Whether GetCommandInvocation knows it yet."""
        return now >= self.sent + _UNSEEN

    def status(self, now: datetime) -> str:
        """In Systems Manager's words."""
        if self.succeeded is not None:
            return "Success" if self.succeeded else "Failed"
        return "Pending" if now < self.sent + _WAITING else "InProgress"


class Commands:
    """What was sent, by command id and instance id; what documents find, by name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._invocations: dict[tuple[str, str], Invocation] = {}
        self._findings: dict[tuple[str, str | None], str] = {}
        self._count = 0

    def script(self, document: str, finding: str, machine: Machine | None) -> None:
        """From now on a document finds this, on one instance or on all that have no own script."""
        self._findings[document, machine.id if machine else None] = finding

    def finding(self, document: str, machine: Machine | None = None) -> str:
        """What a document is scripted to find; unless told otherwise, what is true."""
        own = self._findings.get((document, machine.id)) if machine else None
        return own or self._findings.get((document, None), "ready")

    def send(self, document: str, machines: list[Machine], comment: str) -> str:
        """Run a document; returns the command id."""
        self._count += 1
        command_id, clock = uuid_from(f"command/{self._count}"), self._world.clock
        for machine in machines:
            invocation = Invocation(command_id, machine, document, comment, clock.now)
            self._invocations[command_id, machine.id] = invocation
            clock.after(
                self._world.machines.behaviour(machine).command_seconds,
                lambda i=invocation: self._run(i),
                f"{document} has run on {machine.name}",
            )
        return command_id

    def find(self, command_id: str, instance_id: str) -> Invocation | None:
        """What was sent under this id to this instance."""
        return self._invocations.get((command_id, instance_id))

    def known(self, command_id: str) -> bool:
        """Whether there is such a command at all."""
        return any(known == command_id for known, _ in self._invocations)

    def _run(self, invocation: Invocation) -> None:
        """The agent runs it; where its instance is not up, the result never comes."""
        machine = invocation.machine
        if machine.state != "running" or machine.out:
            return
        finding = self.finding(invocation.document, machine)
        invocation.succeeded = machine.ready if finding == "ready" else finding == "success"
        invocation.ended = self._world.clock.now
