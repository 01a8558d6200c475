"""Targets of load balancers: initial, healthy, draining, gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from moto.autoscaling.models import FakeAutoScalingGroup

from .machines import Machine

if TYPE_CHECKING:
    from .world import World


@dataclass(frozen=True)
class Registration:
    """One instance in one target group; `drained_at` is None unless it was deregistered."""

    port: int
    healthy_at: datetime
    drained_at: datetime | None = None


class Targets:
    """Registrations by target group ARN and instance id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.registered: dict[str, dict[str, Registration]] = {}

    def of(self, arn: str) -> dict[str, Registration]:
        """The registrations of a target group that have not drained yet."""
        now = self._world.clock.now
        targets = self.registered.setdefault(arn, {})
        drained = [i for i, r in targets.items() if r.drained_at and r.drained_at <= now]
        for instance_id in drained:
            del targets[instance_id]
        return targets

    def add(
        self, arn: str, machine: Machine, port: int | None = None, at_once: bool = False
    ) -> None:
        """Register an instance; registering it again changes nothing, unless it is draining."""
        target_group = self._world.elbv2.target_groups[arn]
        known = self.of(arn).get(machine.id)
        if known and known.drained_at is None:
            return
        clock = self._world.clock
        wait = 0 if at_once else self._world.behaviour_of(machine.group).targets_seconds
        healthy_at = clock.now + timedelta(seconds=wait)
        if wait:
            clock.at(healthy_at, lambda: None, f"{machine.name} healthy in {target_group.name}")
        self.of(arn)[machine.id] = Registration(int(port or target_group.port), healthy_at)

    def remove(self, arn: str, machine: Machine) -> datetime:
        """Deregister an instance; returns when it has drained (now, if it was not registered)."""
        clock = self._world.clock
        known = self.of(arn).get(machine.id)
        if known is None:
            return clock.now
        if known.drained_at is None:
            wait = self._world.behaviour_of(machine.group).drain_seconds
            drained_at = clock.now + timedelta(seconds=wait)
            self.of(arn)[machine.id] = Registration(known.port, known.healthy_at, drained_at)
            clock.at(drained_at, lambda: None, f"{machine.name} drained")
            return drained_at
        return known.drained_at

    def register(self, group: FakeAutoScalingGroup, machine: Machine) -> None:
        """Register a member with the target groups of its group."""
        for arn in group.target_group_arns:
            self.add(arn, machine)

    def deregister(self, group: FakeAutoScalingGroup, machine: Machine) -> datetime:
        """Take a member out of its group's target groups; returns when all have drained."""
        moments = [self.remove(arn, machine) for arn in group.target_group_arns]
        return max(moments, default=self._world.clock.now)

    def health(self, arn: str, instance_id: str) -> dict[str, str]:
        """A target's health with reason and description, in ELB's words."""
        registration = self.of(arn).get(instance_id)
        machine = self._world.machines.by_id.get(instance_id)
        if registration is None or machine is None:
            return _health("unused", "Target.NotRegistered", "Target is not registered")
        if registration.drained_at:
            reason = "Target.DeregistrationInProgress"
            return _health("draining", reason, "Target deregistration is in progress")
        if machine.state != "running":
            return _health("unused", "Target.InvalidState", "Target is not in the running state")
        if registration.healthy_at > self._world.clock.now:
            reason = "Elb.RegistrationInProgress"
            return _health("initial", reason, "Target registration is in progress")
        if machine.out or self._world.machines.impaired(machine):
            return _health("unhealthy", "Target.Timeout", "Request timed out")
        return {"State": "healthy"}


def _health(state: str, reason: str, description: str) -> dict[str, str]:
    return {"State": state, "Reason": reason, "Description": description}
