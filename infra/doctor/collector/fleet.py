"""Groups, instances and event windows, as far as the functions do not read them."""

from .asking import Asking

#: The tag by which owners opt in.
OPT_IN = "reberth:mode"
#: The codes of scheduled events, in case EC2 takes `*` for a letter, and `*` for codes that are new.
_ANY_EVENT = [
    "instance-stop",
    "instance-retirement",
    "instance-reboot",
    "system-reboot",
    "system-maintenance",
    "*",
]
_ALIVE = ["pending", "running", "stopping", "stopped"]


def groups(asking: Asking) -> dict[str, dict]:
    """Of each group that carries the tag: its hooks, and whether it retains and protects.

    A group whose hooks are not answered is left without any.
    """
    autoscaling = asking.client("autoscaling")
    tagged = [{"Name": "tag-key", "Values": [OPT_IN]}]
    found = {}
    for page in asking.pages(
        autoscaling, "describe_auto_scaling_groups", "the groups that opted in", Filters=tagged
    ):
        for group in page["AutoScalingGroups"]:
            name = group["AutoScalingGroupName"]
            found[name] = {
                "hooks": _hooks(asking, autoscaling, name),
                "retains": _retains(group),
                "new_members_protected": group.get("NewInstancesProtectedFromScaleIn", False),
            }
    return found


def _hooks(asking: Asking, autoscaling, group: str) -> list[dict]:
    answer = asking.answer(
        autoscaling, "describe_lifecycle_hooks", group, AutoScalingGroupName=group
    )
    return [
        {
            "name": hook["LifecycleHookName"],
            "terminating": hook["LifecycleTransition"].endswith("EC2_INSTANCE_TERMINATING"),
            "default_result": hook.get("DefaultResult", "ABANDON"),
        }
        for hook in (answer or {}).get("LifecycleHooks", [])
    ]


def _retains(group: dict) -> bool:
    triggers = group.get("InstanceLifecyclePolicy", {}).get("RetentionTriggers", {})
    return triggers.get("TerminateHookAbandon") == "retain"


def tagged_instances(asking: Asking) -> list[dict]:
    """The instances that carry the tag and may still run, members of groups included."""
    filters = [
        {"Name": "tag-key", "Values": [OPT_IN]},
        {"Name": "instance-state-name", "Values": _ALIVE},
    ]
    return _instances(asking, filters, "the instances that opted in")


def members(asking: Asking, names: list[str]) -> list[dict]:
    """Members of some groups; a page's worth is enough to try on one."""
    if not names:
        return []
    filters = [
        {"Name": "tag:aws:autoscaling:groupName", "Values": names[:200]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    return _instances(asking, filters, "members of groups that opted in")


def _instances(asking: Asking, filters: list[dict], about: str) -> list[dict]:
    ec2 = asking.client("ec2")
    pages = asking.pages(ec2, "describe_instances", about, Filters=filters)
    return [
        instance
        for page in pages
        for reservation in page["Reservations"]
        for instance in reservation["Instances"]
    ]


def standalone(instances: list[dict]) -> list[str]:
    """The ids of those that belong to no group."""
    return sorted(
        instance["InstanceId"]
        for instance in instances
        if "aws:autoscaling:groupName" not in {tag["Key"] for tag in instance.get("Tags", [])}
    )


def event_windows(asking: Asking) -> list[dict]:
    """EC2's event windows, with what each is associated with."""
    ec2 = asking.client("ec2")
    windows = [
        window
        for page in asking.pages(ec2, "describe_instance_event_windows", "the region")
        for window in page["InstanceEventWindows"]
        if window.get("State") not in ("deleting", "deleted")
    ]
    return [
        {
            "id": window["InstanceEventWindowId"],
            "instances": window.get("AssociationTarget", {}).get("InstanceIds", []),
            "tags": [
                [tag["Key"], tag["Value"]]
                for tag in window.get("AssociationTarget", {}).get("Tags", [])
            ],
        }
        for window in windows
    ]


def event_of(asking: Asking, instances: list[str]) -> tuple[str, str] | None:
    """The first of some instances for which something is scheduled, and the event's id."""
    ec2 = asking.client("ec2")
    for page in asking.pages(
        ec2,
        "describe_instance_status",
        "scheduled events",
        Filters=[{"Name": "event.code", "Values": _ANY_EVENT}],
    ):
        for status in page["InstanceStatuses"]:
            for event in status.get("Events", []):
                if status["InstanceId"] in instances and "InstanceEventId" in event:
                    return status["InstanceId"], event["InstanceEventId"]
    return None
