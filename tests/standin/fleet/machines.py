"""EC2 instances: their states, status checks and tags, moved by the clock.

An instance of moto's carries what never changes (type, subnet, image, addresses); `Machine` carries
what does, so that a stale read can show how it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from moto.ec2.models import instances as moto_instances

from .behaviour import Behaviour
from .place import instance_arn, resource_id

if TYPE_CHECKING:
    from .world import World

STATE_CODES = {
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}
READY_TAG = "reberth:is-ready"

#: EC2 shows a terminated instance for about an hour (EC2 user guide, "Terminate instances").
_TERMINATED_SHOWN_SECONDS = 3600


@dataclass
class Machine:
    """One instance. It is `out` while it runs but cannot serve: a reboot, a network loss."""

    instance: moto_instances.Instance
    name: str
    group: str | None
    zone: str
    state: str
    #: When both checks are or were `ok`; None while nothing is running.
    checks_ok_at: datetime | None = None
    impaired_since: datetime | None = None
    out: bool = False

    @property
    def id(self) -> str:
        """The instance id."""
        return self.instance.id

    @property
    def gone(self) -> bool:
        """Whether it is on its way to `terminated` or there."""
        return self.state in ("shutting-down", "terminated")


class Machines:
    """All instances, by id, in the order of their launch."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.by_id: dict[str, Machine] = {}
        self.impaired_zones: dict[str, datetime] = {}
        self._names_used: dict[str, int] = {}

    def find(self, id_or_name: str) -> Machine | None:
        """By id, or by Name: the latest of that name."""
        if machine := self.by_id.get(id_or_name):
            return machine
        named = [m for m in self.by_id.values() if m.name == id_or_name]
        return named[-1] if named else None

    def create(self, name: str, zone: str, group: str | None, **run: object) -> Machine:
        """Run one instance through moto, with an id derived from its name; it is `pending`.

        `run` is what moto's run_instances takes. No clock is set: `boot` or `put_in_service`.
        """
        nth = self._names_used[name] = self._names_used.get(name, 0) + 1
        fixed_id = resource_id("i", f"{name}#{nth}")
        random_instance_id = moto_instances.random_instance_id
        moto_instances.random_instance_id = lambda: fixed_id
        try:
            reservation = self._world.ec2.run_instances(
                count=1,
                user_data=None,
                security_group_names=[],
                is_instance_type_default=True,  # spares moto a search through all types
                region_name=self._world.ec2.region_name,
                **run,
            )
        finally:
            moto_instances.random_instance_id = random_instance_id
        return self.adopt(reservation.instances[0], name, zone, group)

    def adopt(
        self, instance: moto_instances.Instance, name: str, zone: str, group: str | None
    ) -> Machine:
        """Take an instance that moto made into our keeping, as `pending`."""
        machine = Machine(instance, name, group, zone, "pending")
        self.by_id[machine.id] = machine
        self._enter(machine, "pending", tell=False)
        return machine

    def put_in_service(self, machine: Machine, launched: datetime) -> None:
        """Make it a machine that has been running, checked and ready for long."""
        machine.instance.launch_time = launched.replace(tzinfo=None)
        machine.checks_ok_at = launched
        self._enter(machine, "running", tell=False)
        if self._behaviour(machine).ready_after_seconds is not None:
            self.set_ready(machine)

    def boot(self, machine: Machine, then: Callable[[], None] = lambda: None) -> None:
        """From `pending` to `running` after the launch time; `then` runs right after."""

        def running() -> None:
            if machine.state != "pending":
                return
            self._check_from_now(machine)
            self._enter(machine, "running")
            then()
            self._become_ready(machine)

        seconds = self._behaviour(machine).launch_seconds
        self._emit_state(machine)
        self._world.clock.after(seconds, running, f"{machine.name} runs")

    def start(self, machine: Machine) -> None:
        """Start a stopped instance, on another host."""
        machine.instance.launch_time = self._world.clock.now.replace(tzinfo=None)
        self._enter(machine, "pending", tell=False)
        machine.impaired_since = None
        self.boot(machine, lambda: self._world.scheduled.host_left(machine))

    def stop(self, machine: Machine) -> None:
        """Stop a running instance."""
        self._enter(machine, "stopping")
        machine.checks_ok_at = None

        def stopped() -> None:
            if machine.state == "stopping":
                self._enter(machine, "stopped")

        seconds = self._behaviour(machine).stop_seconds
        self._world.clock.after(seconds, stopped, f"{machine.name} stopped")

    def terminate(self, machine: Machine, then: Callable[[], None] = lambda: None) -> None:
        """Shut it down for good; `then` runs once it is `terminated`."""
        if machine.state == "terminated":
            then()
            return
        if not machine.gone:
            machine.checks_ok_at = None
            self._enter(machine, "shutting-down")

        def terminated() -> None:
            if machine.state != "terminated":
                machine.instance.terminate()
                self._world.scheduled.instance_gone(machine)
                self._enter(machine, "terminated")
                self._world.clock.after(
                    _TERMINATED_SHOWN_SECONDS,
                    lambda: self._forget(machine),
                    f"{machine.name} no longer shown",
                )
            then()

        seconds = self._behaviour(machine).terminate_seconds
        self._world.clock.after(seconds, terminated, f"{machine.name} terminated")

    def reboot(self, machine: Machine, then: Callable[[], None] = lambda: None) -> None:
        """Out for the time of a reboot, `running` throughout; `then` runs when it is back."""
        machine.out = True
        machine.checks_ok_at = None

        def back() -> None:
            machine.out = False
            if machine.state == "running":
                self._check_from_now(machine)
            then()
            self._world.truth.touch(machine)

        self._world.truth.touch(machine)
        seconds = self._behaviour(machine).reboot_seconds
        self._world.clock.after(seconds, back, f"{machine.name} is back")

    def impaired(self, machine: Machine) -> datetime | None:
        """Since when its checks fail, by itself or with its zone; None: they do not."""
        since = [machine.impaired_since, self.impaired_zones.get(machine.zone)]
        return min((moment for moment in since if moment), default=None)

    def checks(self, machine: Machine) -> str:
        """The summary status of both checks, in EC2's words."""
        if machine.state not in ("running", "pending"):
            return "not-applicable"
        if self.impaired(machine):
            return "impaired"
        passed = machine.checks_ok_at and machine.checks_ok_at <= self._world.clock.now
        return "ok" if passed and machine.state == "running" else "initializing"

    def tags(self, machine: Machine) -> dict[str, str]:
        """Its tags, empty once it is forgotten."""
        return self._world.ec2.tags.get(machine.id, {})

    def set_ready(self, machine: Machine) -> None:
        """The application has synchronised its data and says so."""
        self._world.ec2.create_tags([machine.id], {READY_TAG: "true"})
        self._world.truth.touch(machine)

    def _become_ready(self, machine: Machine) -> None:
        seconds = self._behaviour(machine).ready_after_seconds
        if seconds is not None:
            self._world.clock.after(
                seconds,
                lambda: None if machine.gone else self.set_ready(machine),
                f"{machine.name} ready",
            )

    def _check_from_now(self, machine: Machine) -> None:
        clock, seconds = self._world.clock, self._behaviour(machine).checks_seconds
        due = clock.after(seconds, lambda: None, f"{machine.name} passes its checks")
        machine.checks_ok_at = due.at

    def _enter(self, machine: Machine, state: str, tell: bool = True) -> None:
        machine.state = state
        machine.instance._state = moto_instances.InstanceState(state, STATE_CODES[state])
        self._world.truth.touch(machine)
        if tell:
            self._emit_state(machine)
            self._world.machine_changed(machine)

    def _emit_state(self, machine: Machine) -> None:
        self._world.bus.put(
            "aws.ec2",
            "EC2 Instance State-change Notification",
            {"instance-id": machine.id, "state": machine.state},
            [instance_arn(machine.id)],
        )

    def _forget(self, machine: Machine) -> None:
        del self.by_id[machine.id]
        self._world.ec2.tags.pop(machine.id, None)
        for reservation_id, reservation in list(self._world.ec2.reservations.items()):
            if machine.instance in reservation.instances:
                reservation.instances.remove(machine.instance)
                if not reservation.instances:
                    del self._world.ec2.reservations[reservation_id]

    def _behaviour(self, machine: Machine) -> Behaviour:
        return self._world.behaviour_of(machine.group)
