"""ELBv2's calls on targets."""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.exceptions import ELBClientError, TargetGroupNotFoundError
from moto.elbv2.responses import ELBV2Response

from .machines import Machine
from .seams import replaces


def _arn(call: ELBV2Response) -> str:
    arn = call._get_param("TargetGroupArn")
    if arn not in call.world.elbv2.target_groups:
        raise TargetGroupNotFoundError
    return arn


def _machine(call: ELBV2Response, target: dict) -> Machine:
    machine = call.world.machines.by_id.get(target["Id"])
    if machine is None or machine.gone:
        message = f"The following targets are not valid instances: {target['Id']}"
        raise ELBClientError("InvalidTarget", message)
    return machine


@replaces(ELBV2Response)
def register_targets(self: ELBV2Response) -> EmptyResult:
    """Register running instances; all or none."""
    arn, targets = _arn(self), self._get_param("Targets", [])
    machines = [_machine(self, target) for target in targets]
    if stopped := [machine.id for machine in machines if machine.state != "running"]:
        raise ELBClientError(
            "InvalidTarget",
            "The following targets are not in a running state and cannot be registered: "
            f"'{', '.join(stopped)}'",
        )
    for machine, target in zip(machines, targets, strict=True):
        self.world.targets.add(arn, machine, target.get("Port"))
    return EmptyResult()


@replaces(ELBV2Response)
def deregister_targets(self: ELBV2Response) -> EmptyResult:
    """Let targets drain; what is not registered is no error (API reference of ELBv2)."""
    arn = _arn(self)
    for target in self._get_param("Targets", []):
        if machine := self.world.machines.by_id.get(target["Id"]):
            self.world.targets.remove(arn, machine)
    return EmptyResult()


@replaces(ELBV2Response)
def describe_target_health(self: ELBV2Response) -> ActionResult:
    """Health of the asked targets, or of all that are registered or still draining."""
    arn = _arn(self)
    registered = self.world.targets.of(arn)
    ids = [target["Id"] for target in self._get_param("Targets", [])] or list(registered)
    default = self.world.elbv2.target_groups[arn].port
    shown = [
        {
            "Target": {
                "Id": instance_id,
                "Port": registered[instance_id].port if instance_id in registered else default,
            },
            "HealthCheckPort": "traffic-port",
            "TargetHealth": self.world.targets.health(arn, instance_id),
        }
        for instance_id in ids
    ]
    return ActionResult({"TargetHealthDescriptions": shown})
