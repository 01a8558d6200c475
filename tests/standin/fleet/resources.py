"""What each API call is about, as IAM sees it: resources by ARN, with their tags and the request's.

Resources and condition keys: Service Authorization Reference, pages of Amazon EC2, Amazon EC2 Auto
Scaling, AWS Elastic Load Balancing V2, Amazon CloudWatch and AWS Systems Manager, read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .dialects import Request
from .place import ACCOUNT, REGION, instance_arn

if TYPE_CHECKING:
    from .world import World

#: Values of condition keys; IAM does not mind the case of a key, so all are in lower case.
Keys = dict[str, object]

#: IAM's prefix where it is not the name that a service signs with.
_PREFIXES = {"monitoring": "cloudwatch"}


@dataclass(frozen=True)
class Question:
    """May somebody do this action to this resource, under these condition keys?"""

    action: str
    resource: str = "*"
    keys: Keys = field(default_factory=dict)


def questions_of(world: World, request: Request) -> list[Question]:
    """What IAM is asked about a call; all of it must be allowed.

    What does not exist is not asked about: it has no tags, and the service's own error says more.
    A call that is not listed here is about `*`, which no statement on a certain ARN allows.
    """
    action = f"{_PREFIXES.get(request.service, request.service)}:{request.action}"
    resources = _RESOURCES.get(action)
    if resources is None:
        return [Question(action)]
    return [Question(action, arn, keys) for arn, keys in resources(world, request)] + [
        question for question in _ALSO.get(action, _nothing)(world, request)
    ]


def grant_on(key: str) -> Question:
    """May EC2 use this KMS key for an instance that the caller starts?"""
    keys = {
        "kms:grantisforawsresource": "true",
        "kms:viaservice": f"ec2.{REGION}.amazonaws.com",
    }
    return Question("kms:CreateGrant", key, keys)


def _nothing(_world: World, _request: Request) -> list[Question]:
    return []


Resources = Callable[["World", Request], Iterable[tuple[str, Keys]]]


def _instances(field_name: str) -> Resources:
    """The instances that a call names in this field, one or many."""

    def resources(world: World, request: Request) -> Iterable[tuple[str, Keys]]:
        for instance_id in _values(request, field_name):
            if instance_id in world.machines.by_id:
                yield instance_arn(instance_id), _tags_of(world, instance_id)

    return resources


def _tagged(world: World, request: Request) -> Iterable[tuple[str, Keys]]:
    """Instances and reservations whose tags a call writes or deletes."""
    tags = dict(_pairs(request, r"Tag\.\d+"))
    for resource_id in _values(request, "ResourceId"):
        kind = "instance" if resource_id.startswith("i-") else "capacity-reservation"
        if resource_id in world.machines.by_id or resource_id in world.capacity.reservations:
            keys = _tags_of(world, resource_id) | _request_tags(tags)
            yield f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{resource_id}", keys


def _new_reservation(_world: World, request: Request) -> Iterable[tuple[str, Keys]]:
    yield _ANY_RESERVATION, _request_tags(_specified(request))


def _tags_of_new_reservation(_world: World, request: Request) -> list[Question]:
    """Tags that come with what is created need leave of their own."""
    tags = _specified(request)
    keys = _request_tags(tags) | {"ec2:createaction": request.action}
    return [Question("ec2:CreateTags", _ANY_RESERVATION, keys)] if tags else []


def _reservation(world: World, request: Request) -> Iterable[tuple[str, Keys]]:
    reservation_id = request.params.get("CapacityReservationId", "")
    if reservation_id in world.capacity.reservations:
        arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:capacity-reservation/{reservation_id}"
        yield arn, _tags_of(world, reservation_id)


def _group(world: World, request: Request) -> Iterable[tuple[str, Keys]]:
    """The group that a call names, or whose member it names."""
    name = request.params.get("AutoScalingGroupName")
    machine = world.machines.by_id.get(request.params.get("InstanceId", ""))
    if name is None and machine is not None:
        name = machine.group
    group = world.autoscaling.autoscaling_groups.get(name)
    if group is not None:
        tags = {tag["Key"]: tag["Value"] for tag in group.tags}
        own = {f"autoscaling:resourcetag/{key}".lower(): value for key, value in tags.items()}
        yield group.arn, _resource_tags(tags) | own


def _target_group(world: World, request: Request) -> Iterable[tuple[str, Keys]]:
    arn = request.params.get("TargetGroupArn", "")
    if arn in world.elbv2.target_groups:
        yield arn, _resource_tags(world.elbv2.describe_tags([arn])[arn])


def _alarms(_world: World, _request: Request) -> Iterable[tuple[str, Keys]]:
    yield f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:*", {}


def _document_and_instances(world: World, request: Request) -> Iterable[tuple[str, Keys]]:
    """A document of the account, or one of AWS's own; and each instance that is to run it."""
    name = request.params.get("DocumentName", "")
    owner = "" if name.startswith("AWS-") else ACCOUNT
    yield f"arn:aws:ssm:{REGION}:{owner}:document/{name}", {}
    yield from _instances("InstanceIds")(world, request)


_ANY_RESERVATION = f"arn:aws:ec2:{REGION}:{ACCOUNT}:capacity-reservation/*"
_RESOURCES: dict[str, Resources] = {
    "autoscaling:EnterStandby": _group,
    "autoscaling:ExitStandby": _group,
    "autoscaling:SetInstanceHealth": _group,
    "autoscaling:TerminateInstanceInAutoScalingGroup": _group,
    "cloudwatch:DescribeAlarms": _alarms,
    "ec2:CancelCapacityReservation": _reservation,
    "ec2:CreateCapacityReservation": _new_reservation,
    "ec2:CreateTags": _tagged,
    "ec2:DeleteTags": _tagged,
    "ec2:DescribeInstanceAttribute": _instances("InstanceId"),
    "ec2:ModifyInstanceEventStartTime": _instances("InstanceId"),
    "ec2:RebootInstances": _instances("InstanceId"),
    "ec2:StartInstances": _instances("InstanceId"),
    "ec2:StopInstances": _instances("InstanceId"),
    "elasticloadbalancing:DeregisterTargets": _target_group,
    "elasticloadbalancing:RegisterTargets": _target_group,
    "ssm:SendCommand": _document_and_instances,
}
#: Other actions that a call needs.
_ALSO: dict[str, Callable[[World, Request], list[Question]]] = {
    "ec2:CreateCapacityReservation": _tags_of_new_reservation,
}


def _values(request: Request, name: str) -> list[str]:
    """A field that is one value or a list, which services write as `X.1` or as `X.member.1`."""
    listed = re.compile(rf"{name}(\.member)?(\.\d+)?")
    return [value for key, value in request.params.items() if listed.fullmatch(key)]


def _pairs(request: Request, place: str) -> Iterable[tuple[str, str | None]]:
    """Tags of a request; a tag to be deleted may come without a value."""
    for key, value in request.params.items():
        if match := re.fullmatch(rf"({place})\.Key", key):
            yield value, request.params.get(f"{match.group(1)}.Value")


def _specified(request: Request) -> dict[str, str | None]:
    """The tags for what is created."""
    return dict(_pairs(request, r"TagSpecifications?\.\d+\.Tag\.\d+"))


def _request_tags(tags: dict[str, str | None]) -> Keys:
    """The keys `aws:TagKeys` and `aws:RequestTag/…`, which are absent where no tag is."""
    given = {f"aws:requesttag/{k}".lower(): v for k, v in tags.items() if v is not None}
    return {"aws:tagkeys": list(tags)} | given if tags else {}


def _tags_of(world: World, resource_id: str) -> Keys:
    return _resource_tags(world.ec2.tags.get(resource_id, {}))


def _resource_tags(tags: dict[str, str]) -> Keys:
    """The keys `aws:ResourceTag/…` and, as EC2 also calls them, `ec2:ResourceTag/…`."""
    prefixes = ("aws", "ec2")
    return {f"{p}:resourcetag/{k}".lower(): v for p in prefixes for k, v in tags.items()}
