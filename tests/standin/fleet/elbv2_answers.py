"""ELBv2's calls on target groups and their targets.

Rules: API reference of Elastic Load Balancing v2 and the AWS CLI's examples of register-targets and
deregister-targets, read 2026-11: a target that was registered on a port of its own is deregistered
by that port, not by the instance alone.
"""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult
from moto.elbv2.exceptions import ELBClientError, TargetGroupNotFoundError
from moto.elbv2.models import FakeTargetGroup
from moto.elbv2.responses import ELBV2Response

from .machines import Machine
from .paging import BadToken, page
from .seams import Wire, replaces
from .targets import Target

_PAGE_MAX = 400


@replaces(ELBV2Response)
def describe_target_groups(self: ELBV2Response) -> ActionResult:
    """Target groups by ARN or name, or all, in pages."""
    arns = self._get_param("TargetGroupArns", [])
    names = self._get_param("Names", [])
    groups = list(self.world.elbv2.target_groups.values())
    found = [g for g in groups if not (arns or names) or g.arn in arns or g.name in names]
    if len(found) < len(arns) + len(names):
        raise TargetGroupNotFoundError
    size = self._get_int_param("PageSize", _PAGE_MAX)
    if not 1 <= size <= _PAGE_MAX:
        message = f"PageSize: expected 1 to {_PAGE_MAX}, got {size}"
        raise ELBClientError("ValidationError", message)
    try:
        shown, token = page(found, size, self._get_param("Marker"))
    except BadToken as error:
        raise ELBClientError("ValidationError", "The marker is not valid") from error
    shown = [_target_group(group) for group in shown]
    return ActionResult({"TargetGroups": shown, "NextMarker": token})


def _target_group(group: FakeTargetGroup) -> Wire:
    return Wire(
        TargetGroupArn=group.arn,
        TargetGroupName=group.name,
        Protocol=group.protocol,
        Port=group.port,
        VpcId=group.vpc_id,
        TargetType=group.target_type,
        LoadBalancerArns=group.load_balancer_arns,
    )


def _arn(call: ELBV2Response) -> str:
    arn = call._get_param("TargetGroupArn")
    if arn not in call.world.elbv2.target_groups:
        raise TargetGroupNotFoundError
    return arn


def _target(call: ELBV2Response, arn: str, given: dict) -> Target:
    return call.world.targets.target(arn, given["Id"], given.get("Port"))


def _machine(call: ELBV2Response, arn: str, given: dict) -> Machine:
    machine = call.world.targets.machine(arn, given["Id"])
    if machine is None or machine.gone:
        message = f"The following targets are not valid: {given['Id']}"
        raise ELBClientError("InvalidTarget", message)
    return machine


@replaces(ELBV2Response)
def register_targets(self: ELBV2Response) -> EmptyResult:
    """Register targets, instances only while they run; all or none."""
    arn, targets = _arn(self), self._get_param("Targets", [])
    machines = [_machine(self, arn, target) for target in targets]
    by_address = self.world.elbv2.target_groups[arn].target_type == "ip"
    stopped = [m.id for m in machines if m.state != "running" and not by_address]
    if stopped:
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
    for given in self._get_param("Targets", []):
        if machine := self.world.targets.machine(arn, given["Id"]):
            self.world.lives.hand(machine, "api", "targets")
            self.world.targets.remove(arn, _target(self, arn, given))
    return EmptyResult()


@replaces(ELBV2Response)
def describe_target_health(self: ELBV2Response) -> ActionResult:
    """Health of the asked targets, or of all that are registered or still draining."""
    arn = _arn(self)
    asked = [_target(self, arn, given) for given in self._get_param("Targets", [])]
    shown = [
        {
            "Target": {"Id": target[0], "Port": target[1]},
            "HealthCheckPort": "traffic-port",
            "TargetHealth": self.world.targets.health(arn, target),
        }
        for target in asked or list(self.world.targets.of(arn))
    ]
    return ActionResult({"TargetHealthDescriptions": shown})
