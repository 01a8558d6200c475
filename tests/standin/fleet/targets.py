"""Targets of load balancers: initial, healthy, draining, gone.

A target is an id and a port; an instance may be in a target group on several ports. In a target
group of type `ip` the id is the instance's private address.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from moto.autoscaling.models import FakeAutoScalingGroup

from .machines import Machine

if TYPE_CHECKING:
    from .world import World

#: Id and port.
Target = tuple[str, int]


@dataclass(frozen=True)
class Registration:
    """One target in one target group; `drained_at` is None unless it was deregistered."""

    machine_id: str
    healthy_at: datetime
    drained_at: datetime | None = None


class Targets:
    """Registrations by target group ARN and target."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.registered: dict[str, dict[Target, Registration]] = {}
        #: Where standalone instances belong, as target group ARN and target, by instance id.
        self._home: dict[str, set[tuple[str, Target]]] = {}

    def of(self, arn: str) -> dict[Target, Registration]:
        """The registrations of a target group that have not drained yet."""
        now = self._world.clock.now
        targets = self.registered.setdefault(arn, {})
        drained = [t for t, r in targets.items() if r.drained_at and r.drained_at <= now]
        for target in drained:
            del targets[target]
        return targets

    def target(self, arn: str, target_id: str, port: int | None = None) -> Target:
        """A target as a call names it: without a port it is the one on the group's own."""
        return target_id, int(port or self._world.elbv2.target_groups[arn].port)

    def target_of(self, arn: str, machine: Machine, port: int | None = None) -> Target:
        """The target that an instance is in a target group, by id or by address."""
        by_address = self._world.elbv2.target_groups[arn].target_type == "ip"
        return self.target(arn, machine.address if by_address else machine.id, port)

    def machine(self, arn: str, target_id: str) -> Machine | None:
        """The instance behind a target of a target group."""
        if self._world.elbv2.target_groups[arn].target_type == "ip":
            machines = self._world.machines.by_id.values()
            return next((m for m in machines if not m.gone and m.address == target_id), None)
        return self._world.machines.by_id.get(target_id)

    def add(
        self, arn: str, machine: Machine, port: int | None = None, at_once: bool = False
    ) -> None:
        """Register an instance; registering it again changes nothing, unless it is draining."""
        target = self.target_of(arn, machine, port)
        known = self.of(arn).get(target)
        if known and known.drained_at is None:
            return
        clock = self._world.clock
        wait = 0 if at_once else self._world.machines.behaviour(machine).targets_seconds
        healthy_at = clock.now + timedelta(seconds=wait)
        if wait:
            name = self._world.elbv2.target_groups[arn].name
            clock.at(healthy_at, lambda: None, f"{machine.name} healthy in {name}")
        self.of(arn)[target] = Registration(machine.id, healthy_at)
        self._world.truth.touch(machine)

    def remove(self, arn: str, target: Target) -> datetime:
        """Deregister a target; returns when it has drained (now, if it was not registered)."""
        clock = self._world.clock
        known = self.of(arn).get(target)
        if known is None:
            return clock.now
        if known.drained_at is None:
            machine = self._world.machines.by_id[known.machine_id]
            wait = self._world.machines.behaviour(machine).drain_seconds
            drained_at = clock.now + timedelta(seconds=wait)
            self.of(arn)[target] = replace(known, drained_at=drained_at)
            clock.at(drained_at, lambda: None, f"{machine.name} drained")
            self._world.truth.touch(machine)
            return drained_at
        return known.drained_at

    def register(self, group: FakeAutoScalingGroup, machine: Machine) -> None:
        """Register a member with the target groups of its group."""
        for arn in group.target_group_arns:
            self.add(arn, machine)

    def deregister(self, group: FakeAutoScalingGroup, machine: Machine) -> datetime:
        """Take a member out of its group's target groups; returns when all have drained."""
        moments = [
            self.remove(arn, target)
            for arn in group.target_group_arns
            for target, registration in list(self.of(arn).items())
            if registration.machine_id == machine.id
        ]
        return max(moments, default=self._world.clock.now)

    def of_machine(self, machine: Machine) -> list[tuple[str, Target]]:
        """Where an instance is registered, as target group ARN and target, without what drains."""
        return [
            (arn, target)
            for arn in list(self.registered)
            for target, registration in self.of(arn).items()
            if registration.machine_id == machine.id and registration.drained_at is None
        ]

    # Where standalone instances belong

    def remember_home(self, machine: Machine) -> None:
        """From now on a standalone instance belongs where it is registered now."""
        self._home[machine.id] = set(self.of_machine(machine))

    def at_home(self, machine: Machine) -> bool:
        """Whether a standalone instance is registered wherever it belongs."""
        return not self.missing(machine)

    def missing(self, machine: Machine) -> set[tuple[str, Target]]:
        """Where a standalone instance belongs and is not registered, or no longer."""
        home = self._home.get(machine.id, set())
        return home - set(self.of_machine(machine)) if home else home

    def withdrawn(self, machine: Machine) -> bool:
        """Whether it belongs to target groups and is registered with none of them."""
        home = self._home.get(machine.id, set())
        return bool(home) and self.missing(machine) == home

    # What ELB says

    def health(self, arn: str, target: Target) -> dict[str, str]:
        """A target's health with reason and description, in ELB's words."""
        registration = self.of(arn).get(target)
        machine = registration and self._world.machines.by_id.get(registration.machine_id)
        if registration is None or machine is None:
            return _health("unused", "Target.NotRegistered", "Target is not registered")
        if registration.drained_at:
            reason = "Target.DeregistrationInProgress"
            return _health("draining", reason, "Target deregistration is in progress")
        by_address = self._world.elbv2.target_groups[arn].target_type == "ip"
        if machine.state != "running" and not by_address:
            return _health("unused", "Target.InvalidState", "Target is not in the running state")
        if registration.healthy_at > self._world.clock.now:
            reason = "Elb.RegistrationInProgress"
            return _health("initial", reason, "Target registration is in progress")
        if not self._answers(machine):
            return _health("unhealthy", "Target.Timeout", "Request timed out")
        return {"State": "healthy"}

    def _answers(self, machine: Machine) -> bool:
        """A target that stayed registered over a stop has to pass its checks anew."""
        if machine.state != "running" or machine.out or self._world.machines.impaired(machine):
            return False
        wait = timedelta(seconds=self._world.machines.behaviour(machine).targets_seconds)
        return machine.runs_since + wait <= self._world.clock.now


def _health(state: str, reason: str, description: str) -> dict[str, str]:
    return {"State": state, "Reason": reason, "Description": description}
