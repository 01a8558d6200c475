"""Stages a fleet in which little is as it should be, and lets the doctor look at it.

Nothing but the doctor is judged here: what it called, and whether anything changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from standin.serverless.clients import ACCOUNT, REGION, client
from standin.serverless.stack import STACK
from standin.serverless.sweep import Functions
from standin.whole import ROOT, StandIn

#: What an action may be called that changes nothing.
_READING = ("Describe", "Get", "List")
#: Services to which IAM gives another name than their requests do.
_IAM = {"monitoring": "cloudwatch"}
_NOTICES_EMAIL = "operators@example.com"

#: The groups, by what is wrong with each. `reports` and `orders` are as they should be but for
#: what EC2 does not know of the one, and what a hook of the other would lose.
_GROUPS = {
    "batch": {"desired": 4, "suspended": ["Launch"], "tags": {"reberth:mode": "enforce"}},
    "intake": {
        "desired": 3,
        "tags": {"reberth:mode": "observe", "reberth:window": "Sun 02:00-03:00"},
    },
    "jobs": {"desired": 3, "protected": True, "tags": {"reberth:mode": "enforce"}},
    "ledger": {"desired": 1, "tags": {"reberth:mode": "approve"}},
    "legacy": {"desired": 3},
    "media": {"desired": 3, "image": "media-2024-01", "tags": {"reberth:mode": "observe"}},
    "orders": {"desired": 4, "tags": {"reberth:mode": "enforce"}},
    "queue": {"desired": 3, "tags": {"reberth:mode": "observe"}},
    "reports": {
        "desired": 3,
        "tags": {"reberth:mode": "observe", "reberth:window": "Sun 02:00-06:00 @ Europe/Paris"},
    },
    "search": {
        "desired": 3,
        "tags": {"reberth:mode": "enforce", "reberth:hold-until": "after the release"},
        "instance_tags": {"reberth:replica-set": "shard-{n}-{zone}"},
    },
    "web": {"desired": 4, "tags": {"reberth:mode": "enforce"}},
}
_INSTANCES = {
    "build-box": {"tags": {"reberth:mode": "enforce"}},
    "wiki": {},
}
#: For whom AWS has scheduled something, what, and when.
_SCHEDULED = {
    "build-box": ("system-reboot", "+20h"),
    "jobs-a1": ("system-reboot", "+3d"),
    "ledger-a1": ("system-reboot", "+4d"),
    "legacy-b1": ("instance-retirement", "+5d"),
    "media-a1": ("system-reboot", "+12d"),
    "orders-a1": ("system-reboot", "+6d"),
    "reports-c1": ("system-reboot", "+9d"),
    "wiki": ("instance-retirement", "+10d"),
}


def examine(template: Path, functions: Path, file: Path) -> int:
    """Show the doctor's page of the staged fleet; 0 where it told something and changed nothing."""
    with StandIn() as standin:
        print("Staging a fleet on the stand-in of AWS.", file=sys.stderr, flush=True)
        _stage(standin, template, functions)
        before = _state(standin)
        looked = subprocess.run(
            [sys.executable, "-m", "collector", "--region", REGION, "--stack", STACK]
            + ["--json", str(file), "--doctor", str(functions / "doctor")],
            env=_environment(standin),
            check=False,
        )
        if looked.returncode not in (0, 1):
            return looked.returncode
        wrong = _changes(standin, before)
    for one in wrong:
        print(f"doctor: not as it says: {one}", file=sys.stderr)
    return 1 if wrong else 0


def _stage(standin: StandIn, template: Path, functions: Path) -> None:
    fleet = standin.fleet
    for name, plan in _GROUPS.items():
        fleet.do("create_group", name=name, **plan)
    for name, plan in _INSTANCES.items():
        fleet.do("create_instance", name=name, **plan)
    fleet.do("image", image="media-2024-01", state="deprecated")
    parameters = {
        "MaximumMode": "enforce",
        "InFlightPercent": "20",
        "NoticesEmail": _NOTICES_EMAIL,
    }
    standin.deploy(parameters, template, functions)
    standin.stack.unplug()
    standin.take_over_sweep()
    _leave_one_out(standin)
    _hooks(standin)
    fleet.do("advance", seconds=5400)
    for name, (code, not_before) in _SCHEDULED.items():
        fleet.do("schedule_event", instance=name, code=code, not_before=not_before)
    _switch_off(standin)
    fleet.do("deny", action="CreateCapacityReservation", count=1)
    fleet.do("deny", action="DescribeInstanceRefreshes", count=1)
    fleet.do("reset_calls")


def _leave_one_out(standin: StandIn) -> None:
    """The real reconciler replaces a member of a group that then launches nothing."""
    standin.fleet.do("fail_launches", group="web", count=1000)
    standin.fleet.do("schedule_event", instance="web-a1", code="system-reboot", not_before="+7d")
    reconciler = standin.stack.outputs["MaintenanceReconcilerFunction"]
    Functions(standin.serverless).invoke(reconciler, '{"reberth":"sweep"}')
    standin.fleet.do("advance", seconds=5400)


def _hooks(standin: StandIn) -> None:
    """One hook that would lose what its group means to retain, and one that nobody answers."""
    autoscaling = client("autoscaling", standin.fleet.url)
    hook = {
        "LifecycleHookName": "drain",
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "HeartbeatTimeout": 7200,
    }
    autoscaling.put_lifecycle_hook(AutoScalingGroupName="orders", DefaultResult="CONTINUE", **hook)
    autoscaling.update_auto_scaling_group(
        AutoScalingGroupName="orders",
        InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "retain"}},
    )
    autoscaling.put_lifecycle_hook(AutoScalingGroupName="queue", DefaultResult="ABANDON", **hook)
    [group] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["queue"])[
        "AutoScalingGroups"
    ]
    autoscaling.terminate_instance_in_auto_scaling_group(
        InstanceId=group["Instances"][0]["InstanceId"], ShouldDecrementDesiredCapacity=False
    )


def _switch_off(standin: StandIn) -> None:
    """What somebody switched off one night, and forgot."""
    lambda_ = client("lambda", standin.serverless)
    lambda_.put_function_concurrency(
        FunctionName=standin.stack.outputs["HealthEventRouterFunction"],
        ReservedConcurrentExecutions=0,
    )
    events = client("events", standin.serverless)
    for rule in events.list_rules()["Rules"]:
        if "HealthEventRouterRule" in rule["Name"]:
            events.disable_rule(Name=rule["Name"])


def _state(standin: StandIn) -> dict[str, object]:
    """Whatever on the serverless side a call could change."""
    dynamodb = client("dynamodb", standin.serverless)
    table = dynamodb.scan(TableName=standin.stack.outputs["LedgerTable"])
    sqs = client("sqs", standin.serverless)
    counted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    queues = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counted)["Attributes"]
        for url in sqs.list_queues().get("QueueUrls", [])
    }
    return {"the ledger": table["Items"], "the queues": queues}


def _changes(standin: StandIn, before: dict[str, object]) -> list[str]:
    calls = standin.fleet.do("calls")["entries"]
    wrong = [
        f"{call['action']} was called, and not as a dry run"
        for call in calls
        if not call["action"].startswith(_READING) and call["params"].get("DryRun") != "true"
    ]
    wrong += _undocumented(calls)
    after = _state(standin)
    wrong += [f"{name} changed" for name in before if before[name] != after[name]]
    if not wrong:
        dry = sum(call["params"].get("DryRun") == "true" for call in calls)
        print(
            f"Nothing was changed: {len(calls)} calls, {dry} of them dry runs, the others read.",
            file=sys.stderr,
        )
    return wrong


def _undocumented(calls: list[dict]) -> list[str]:
    """What was read and is not among the permissions that docs/doctor.md asks for."""
    document = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    read = [call for call in calls if call["params"].get("DryRun") != "true"]
    named = {f"{_IAM.get(call['service'], call['service'])}:{call['action']}" for call in read}
    return [f"{name} is not in docs/doctor.md" for name in sorted(named) if name not in document]


def _environment(standin: StandIn) -> dict[str, str]:
    """The stand-in's addresses and account, and nothing of yours."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    serverless = ("CLOUDFORMATION", "EVENTBRIDGE", "LAMBDA", "SCHEDULER", "STS")
    others = {f"AWS_ENDPOINT_URL_{name}": standin.serverless for name in serverless}
    # Not ministack's IAM, whose simulation knows no conditions; moto's has no such role.
    others["AWS_ENDPOINT_URL_IAM"] = standin.fleet.url
    return (
        bare
        | standin.endpoints()
        | others
        | {
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "stand-in",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": str(ROOT / "infra" / "doctor"),
        }
    )
