"""What the caller may do, by EC2's own dry run: it judges the permission and does nothing.

Auto Scaling, Elastic Load Balancing and Systems Manager have no such thing, and are not asked.
"""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from .asking import Asking, code_of

#: What EC2 answers where the act would have been done (EC2 user guide "Error codes", read 2026-11).
_WOULD_HAVE = "DryRunOperation"
_MAY_NOT = "UnauthorizedOperation"

#: Ids that nobody has: EC2 judges the permission before, or refuses the id.
_NO_EVENT = "instance-event-00000000000000000"
_NO_RESERVATION = "cr-00000000000000000"

#: The mark that Reberth sets, with a value as it writes it.
_MARK = [{"Key": "reberth:incident", "Value": _NO_EVENT}]


class NotDry(RuntimeError):
    """A call that EC2 would have carried out. It was not sent."""


def dry_client(asking: Asking):
    """A client of EC2 that sends no call but with `DryRun`. This is the one place that sets it."""
    ec2 = asking.client("ec2")
    ec2.meta.events.register("before-parameter-build.ec2", _make_dry)
    ec2.meta.events.register("before-call.ec2", _refuse_wet)
    return ec2


def _make_dry(params: dict, **_: object) -> None:
    params["DryRun"] = True


def _refuse_wet(model, params: dict, **_: object) -> None:
    if params["body"].get("DryRun") != "true":
        raise NotDry(f"{model.name}: not sent, because it is not a dry run")


def try_on(asking: Asking, instance: dict, event: str | None) -> list[dict[str, str]]:
    """Tries every act of EC2 that Reberth may do on one instance; `event` is one of its events.

    None where nothing is scheduled for it: then another date is asked of an event that is not
    there, and EC2 may say so instead of judging.
    """
    ec2, identity = dry_client(asking), instance["InstanceId"]
    acts: dict[str, Callable[[], dict]] = {
        "CreateTags": lambda: ec2.create_tags(Resources=[identity], Tags=_MARK),
        "DeleteTags": lambda: ec2.delete_tags(
            Resources=[identity], Tags=[{"Key": "reberth:incident"}]
        ),
        "StopInstances": lambda: ec2.stop_instances(InstanceIds=[identity]),
        "StartInstances": lambda: ec2.start_instances(InstanceIds=[identity]),
        "RebootInstances": lambda: ec2.reboot_instances(InstanceIds=[identity]),
        "ModifyInstanceEventStartTime": lambda: ec2.modify_instance_event_start_time(
            InstanceId=identity, InstanceEventId=event or _NO_EVENT, NotBefore="2038-01-01"
        ),
        "CreateCapacityReservation": lambda: ec2.create_capacity_reservation(
            InstanceType=instance["InstanceType"],
            InstancePlatform=instance.get("PlatformDetails", "Linux/UNIX"),
            AvailabilityZone=instance["Placement"]["AvailabilityZone"],
            InstanceCount=1,
            InstanceMatchCriteria="targeted",
            TagSpecifications=[{"ResourceType": "capacity-reservation", "Tags": _MARK}],
        ),
        "CancelCapacityReservation": lambda: ec2.cancel_capacity_reservation(
            CapacityReservationId=_NO_RESERVATION
        ),
    }
    return [
        {"action": action, "object": identity} | _outcome(call) for action, call in acts.items()
    ]


def _outcome(call: Callable[[], dict]) -> dict[str, str]:
    try:
        call()
    except ClientError as error:
        code, message = code_of(error), error.response["Error"].get("Message", "")
        if code == _WOULD_HAVE:
            return {"outcome": "allowed", "words": ""}
        outcome = "denied" if code == _MAY_NOT else "unclear"
        return {"outcome": outcome, "words": f"{code}: {message}"[:300]}
    except BotoCoreError as error:
        return {"outcome": "unclear", "words": str(error)[:300]}
    return {"outcome": "unclear", "words": "EC2 did not say that it was a dry run"}
