"""EC2 instances: their states, status checks, data and applications, moved by the clock.

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
    #: Of the latest launch or start; EC2's LaunchTime.
    launched_at: datetime
    #: When it came to be `running`; meaningless in any other state.
    runs_since: datetime
    #: When both checks are or were `ok`; None while nothing is running.
    checks_ok_at: datetime | None = None
    impaired_since: datetime | None = None
    out: bool = False
    #: Whether its application serves. Not what the tag says: that outlives a stop.
    ready: bool = False
    #: Grows with every start, stop and reboot, which void what was planned before.
    generation: int = 0
    #: Its own durations; None: those of its group, or of standalone instances.
    behaviour: Behaviour | None = None
    #: EC2's StateReason, where EC2 itself changed the state.
    state_reason: tuple[str, str] | None = None
    #: Whether EC2 may move it on a reboot: default or disabled (its maintenance options).
    reboot_migration: str = "default"
    #: ARN of the KMS key with which its volumes are encrypted; None: they are not.
    key: str | None = None
    #: Whether its public address is an Elastic IP, so its own and not lent by Amazon.
    elastic: bool = False

    @property
    def id(self) -> str:
        """The instance id."""
        return self.instance.id

    @property
    def address(self) -> str:
        """Its private address."""
        return self.instance.private_ip

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
        self._disks: dict[str, bool] = {}

    def find(self, id_or_name: str) -> Machine | None:
        """By id, or by Name: the latest of that name."""
        if machine := self.by_id.get(id_or_name):
            return machine
        named = [m for m in self.by_id.values() if m.name == id_or_name]
        return named[-1] if named else None

    def behaviour(self, machine: Machine) -> Behaviour:
        """How long things take with this instance."""
        return machine.behaviour or self._world.behaviour_of(machine.group)

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
        now = self._world.clock.now
        machine = Machine(instance, name, group, zone, "pending", now, now)
        self.by_id[machine.id] = machine
        self._enter(machine, "pending", tell=False)
        return machine

    def put_in_service(self, machine: Machine, launched: datetime) -> None:
        """Make it a machine that has been running, checked and ready for long."""
        machine.launched_at = machine.runs_since = machine.checks_ok_at = launched
        self._enter(machine, "running", tell=False)
        machine.ready = True
        if self.behaviour(machine).ready_after_seconds is not None:
            self.set_ready(machine)

    def put_to_sleep(self, machine: Machine) -> None:
        """Make it a machine that ran once and has been stopped since."""
        self._enter(machine, "stopped", tell=False)

    def boot(self, machine: Machine, then: Callable[[], None] = lambda: None) -> None:
        """From `pending` to `running` after the launch time; `then` runs right after."""

        def running() -> None:
            machine.runs_since = self._world.clock.now
            self._check_from_now(machine)
            self._start_application(machine)
            self._enter(machine, "running")
            then()

        self._emit_state(machine)
        seconds = self.behaviour(machine).launch_seconds
        self._unless_changed(machine, seconds, running, "runs")

    def start(self, machine: Machine, failure: tuple[str, str] | None = None) -> None:
        """Start a stopped instance, on another host; where EC2 then fails, it is stopped again."""
        self.prepare_start(machine)
        if reason := failure or self._world.capacity.falls_back(machine):
            self._fall_back(machine, reason)
        else:
            self.boot(machine, lambda: self._world.scheduled.host_left(machine))

    def prepare_start(self, machine: Machine) -> None:
        """A stopped instance becomes `pending`; `boot` does the rest."""
        machine.generation += 1
        machine.launched_at = self._world.clock.now
        machine.impaired_since = machine.state_reason = None
        self._enter(machine, "pending", tell=False)

    def _fall_back(self, machine: Machine, reason: tuple[str, str]) -> None:
        def stopped() -> None:
            machine.state_reason = reason
            self._enter(machine, "stopped")

        self._emit_state(machine)
        seconds = self.behaviour(machine).launch_seconds
        self._unless_changed(machine, seconds, stopped, "could not start")

    def stop(self, machine: Machine, then: Callable[[], None] = lambda: None) -> None:
        """Stop a running instance, and with it what its instance-store volumes hold; `then` runs
        once it is `stopped`."""

        def stopped() -> None:
            self._enter(machine, "stopped")
            then()

        machine.generation += 1
        self._give_up_host(machine, "stopped")
        machine.checks_ok_at = None
        machine.out = machine.ready = False
        seconds = self.behaviour(machine).stop_seconds
        self._unless_changed(machine, seconds, stopped, "stopped")
        # Last: a group may answer by terminating it at once.
        self._enter(machine, "stopping")

    def terminate(self, machine: Machine, then: Callable[[], None] = lambda: None) -> None:
        """Shut it down for good; `then` runs once it is `terminated`."""
        if machine.state == "terminated":
            then()
            return
        if not machine.gone:
            machine.generation += 1
            machine.checks_ok_at = None
            self._give_up_host(machine, "terminated")
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

        seconds = self.behaviour(machine).terminate_seconds
        self._world.clock.after(seconds, terminated, f"{machine.name} terminated")

    def reboot(self, machine: Machine, then: Callable[[], None] = lambda: None) -> None:
        """Out for the time of a reboot, `running` throughout; `then` runs when it is back."""
        machine.generation += 1
        machine.out, machine.checks_ok_at = True, None
        machine.ready = False

        def back() -> None:
            machine.out = False
            self._check_from_now(machine)
            self._start_application(machine)
            then()
            self._world.truth.touch(machine)

        self._world.truth.touch(machine)
        seconds = self.behaviour(machine).reboot_seconds
        self._unless_changed(machine, seconds, back, "is back")

    def lose_network(self, machine: Machine, then: Callable[[], None]) -> None:
        """Out for a while, with everything that runs on it running on."""
        machine.out = True

        def back() -> None:
            machine.out = False
            then()
            self._world.truth.touch(machine)

        self._world.truth.touch(machine)
        seconds = self.behaviour(machine).blip_seconds
        self._unless_changed(machine, seconds, back, "has its network back")

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

    def has_instance_store(self, machine: Machine) -> bool:
        """Whether its type comes with volumes that do not survive a stop."""
        name = machine.instance.instance_type
        if name not in self._disks:
            (described,) = self._world.ec2.describe_instance_types([name])
            self._disks[name] = bool(described.get("InstanceStorageSupported"))
        return self._disks[name]

    def set_ready(self, machine: Machine) -> None:
        """The application has synchronised its data and says so."""
        machine.ready = True
        self._world.ec2.create_tags([machine.id], {READY_TAG: "true"})
        self._world.truth.touch(machine)

    def _start_application(self, machine: Machine) -> None:
        seconds = self.behaviour(machine).ready_after_seconds
        machine.ready = seconds is None
        if seconds is not None:
            self._unless_changed(machine, seconds, lambda: self.set_ready(machine), "ready")

    def _unless_changed(
        self, machine: Machine, seconds: int, action: Callable[[], None], label: str
    ) -> None:
        """Do it in a while, unless the instance is stopped, started or rebooted before."""
        generation = machine.generation

        def act() -> None:
            if machine.generation == generation:
                action()

        self._world.clock.after(seconds, act, f"{machine.name} {label}")

    def _give_up_host(self, machine: Machine, how: str) -> None:
        self._world.capacity.leave_room(machine)
        if machine.state == "running" and self.has_instance_store(machine):
            self._world.lives.data_lost(machine, how)

    def _check_from_now(self, machine: Machine) -> None:
        clock, seconds = self._world.clock, self.behaviour(machine).checks_seconds
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
