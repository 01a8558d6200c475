"""What the stand-in's own tests share: a fresh world behind a server, and clients to ask it."""

from __future__ import annotations

import json
import os
import threading
import unittest
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from functools import cache

import boto3
from botocore.config import Config

from .place import ACCOUNT, REGION

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT

from . import seams  # noqa: E402  moto reads the account when it is imported
from .bus import Letter  # noqa: E402
from .server import Door, listen  # noqa: E402
from .world import World  # noqa: E402

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
#: Durations that make for short tests; EC2 shows at once that an event has ended.
FAST = {
    "launch_seconds": 60,
    "terminate_seconds": 30,
    "drain_seconds": 0,
    "standby_seconds": 10,
    "description_lag_seconds": 0,
}


class Server:
    """The one server of a test run; every test puts a new world behind its door."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.on_delivery = lambda: None
        self.door = Door(self.new_world())
        server = listen(self.door, 0)
        self.url = f"http://127.0.0.1:{server.port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def new_world(self) -> World:
        """A world at its beginning, with nothing in it."""
        from moto.autoscaling.models import autoscaling_backends
        from moto.ec2.models import ec2_backends
        from moto.elb.models import elb_backends
        from moto.elbv2.models import elbv2_backends

        for backends in (autoscaling_backends, ec2_backends, elb_backends, elbv2_backends):
            backends[ACCOUNT][REGION].reset()
        self.letters.clear()
        world = World(START, self._keep)
        seams.install(world)
        return world

    def _keep(self, letters: list[Letter]) -> int:
        self.on_delivery()
        self.letters += letters
        return 0

    @cache
    def client(self, service: str):
        """A client of one service that tries once."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="none",
            config=Config(retries={"total_max_attempts": 1}),
        )


@cache
def server() -> Server:
    """Started when first asked for."""
    return Server()


class FleetTest(unittest.TestCase):
    """A test with a world of its own, at 2026-12-01T08:00:00Z."""

    def setUp(self) -> None:
        self.server = server()
        self.server.door.world = self.server.new_world()
        self.server.on_delivery = lambda: None
        self.ec2 = self.server.client("ec2")
        self.asg = self.server.client("autoscaling")
        self.elb = self.server.client("elbv2")
        self.do("behaviour", group="standalone", description_lag_seconds=0)

    def do(self, command: str, **fields: object) -> dict:
        """Carry out a control command; a refusal is a ValueError."""
        body = json.dumps({"do": command} | fields).encode()
        request = urllib.request.Request(f"{self.server.url}/control", body)
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from error

    def group(self, name: str = "web", **plan: object) -> dict[str, str]:
        """Create a group; returns the ids of its members by name."""
        plan = {"desired": 3, "min": 2, "max": 4} | plan
        listed = self.do("create_group", name=name, **plan)["instances"]
        return {instance["name"]: instance["id"] for instance in listed}

    def instance(self, name: str = "lone", **plan: object) -> str:
        """Create a standalone instance; returns its id."""
        return self.do("create_instance", name=name, **plan)["id"]

    def schedule(self, instance: str, code: str = "instance-stop", **when: str) -> str:
        """Schedule an event, in a day unless told otherwise; returns its id."""
        when = {"not_before": "+1d"} | when
        return self.do("schedule_event", instance=instance, code=code, **when)["event_id"]

    def later(self, seconds: int) -> list[str]:
        """Let time pass."""
        return self.do("advance", seconds=seconds)["ran"]

    def describe(self, name: str = "web") -> dict:
        """The group as the API shows it."""
        groups = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return groups["AutoScalingGroups"][0]

    def members(self, name: str = "web") -> dict[str, str]:
        """Lifecycle states by instance id."""
        return {m["InstanceId"]: m["LifecycleState"] for m in self.describe(name)["Instances"]}

    def state(self, instance_id: str) -> str:
        """The state of an instance, by the API."""
        return self.shown(instance_id)["State"]["Name"]

    def shown(self, instance_id: str) -> dict:
        """An instance as the API shows it."""
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        return answer["Reservations"][0]["Instances"][0]

    def events_shown(self, instance_id: str) -> list[str]:
        """The descriptions of its events, by the API."""
        answer = self.ec2.describe_instance_status(
            InstanceIds=[instance_id], IncludeAllInstances=True
        )
        return [e["Description"] for e in answer["InstanceStatuses"][0].get("Events", [])]

    def event(self, event_id: str) -> dict:
        """What really became of a scheduled event."""
        events = self.do("truth")["events"]
        return next(event for event in events if event["event_id"] == event_id)

    def outcome(self, event_id: str) -> str:
        """The same in one word."""
        return self.event(event_id)["outcome"]

    def leftovers(self) -> list[tuple[str, str, str | None]]:
        """What is left open: kind, name, by whose hand."""
        return [(x["kind"], x["name"], x["by"]) for x in self.do("truth")["leftovers"]]

    def detail_types(self) -> list[str]:
        """The detail-types of the events that reached the bus, in order."""
        return [letter.entry["DetailType"] for letter in self.server.letters]

    def refused(self, code: str):
        """A context in which a call must fail with this error code."""
        return _Refused(self, code)

    @staticmethod
    def at(seconds: float) -> datetime:
        """A time counted from the start of the test."""
        return START + timedelta(seconds=seconds)


class _Refused:
    def __init__(self, case: unittest.TestCase, code: str) -> None:
        self._case, self._code = case, code
        self.message = ""

    def __enter__(self) -> _Refused:
        return self

    def __exit__(self, _kind, error: BaseException | None, _trace) -> bool:
        self._case.assertIsNotNone(error, f"expected {self._code}, the call succeeded")
        answer = getattr(error, "response", None)
        if answer is None:
            return False
        self._case.assertEqual(answer["Error"]["Code"], self._code)
        self.message = answer["Error"]["Message"]
        return True
