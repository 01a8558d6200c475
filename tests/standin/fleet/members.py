"""What Auto Scaling remembers: members, activities, and a book per group."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from standin.clock import Due

from .machines import Machine
from .place import uuid_from


@dataclass
class Activity:
    """A scaling activity. `code` is InProgress, Successful or Failed; `end` is None until it is
    over."""

    group: FakeAutoScalingGroup
    nth: int
    description: str
    cause: str
    start: datetime
    details: str
    code: str = "InProgress"
    message: str = ""
    end: datetime | None = None

    @property
    def id(self) -> str:
        """A UUID, the same in every run."""
        return uuid_from(f"{self.group.name}/activity/{self.nth}")

    def finish(self, code: str, at: datetime, message: str = "") -> None:
        """It is over, one way or the other."""
        self.code, self.end, self.message = code, at, message


class Member(InstanceState):
    """moto's member of a group, with what the engine needs to know of it."""

    def __init__(self, group: FakeAutoScalingGroup, machine: Machine, state: str) -> None:
        machine.instance.autoscaling_group = group
        protected = group.new_instances_protected_from_scale_in
        super().__init__(machine.instance, state, protected_from_scale_in=protected)
        self.machine = machine
        #: How much of the desired capacity it makes up; 1 unless the group has weights.
        self.weight = weight_of(group)
        version = group.ec2_launch_template.get_version(group.launch_template_version)
        #: Which version it was launched from, as a number: a template's default may move on.
        self.template_version = str(version.number)
        self.in_service_since: datetime | None = None
        #: The latest launch, termination or standby activity.
        self.activity: Activity | None = None
        #: Launch-first: the replacement under way, and the one that this replaces.
        self.heir: Member | None = None
        self.stands_in_for: Member | None = None
        #: Who asked for its replacement: api, hand, auto-scaling.
        self.marked_by = "auto-scaling"
        #: A lifecycle policy keeps it when its termination hooks are over.
        self.retained = False

    @property
    def id(self) -> str:
        """The instance id."""
        return self.instance.id

    @property
    def counted(self) -> bool:
        """Whether it counts towards the desired capacity: neither leaving nor in standby."""
        return self.lifecycle_state == "InService" or self.lifecycle_state.startswith("Pending")


def weight_of(group: FakeAutoScalingGroup) -> int:
    """The weight of the one instance type that the stand-in launches in a group."""
    policy = group.mixed_instances_policy or {}
    overrides = policy.get("LaunchTemplate", {}).get("Overrides") or [{}]
    return int(overrides[0].get("WeightedCapacity") or 1)


@dataclass
class BadHost:
    """The next launch lands on a host for which AWS has something scheduled."""

    code: str
    not_before: datetime
    after_seconds: int


@dataclass
class Book:
    """What is known of a group beside moto's object."""

    activities: list[Activity] = field(default_factory=list)
    #: Ids of those who left and whose place is not yet taken, first come first served.
    departures: deque[str] = field(default_factory=deque)
    #: Tags that belong to a member and not to the group, by id, for whoever succeeds it.
    own_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    launches: int = 0
    launches_failed_in_a_row: int = 0
    failing_launches: int = 0
    failure_message: str = ""
    retry: Due | None = None
    bad_hosts: deque[BadHost] = field(default_factory=deque)
    refreshes: list[dict[str, object]] = field(default_factory=list)
    maintenance_policy: dict[str, int] | None = None
    lifecycle_policy: dict[str, dict] | None = None
    suspended: dict[str, str] = field(default_factory=dict)
    deleting: bool = False
    #: The warm pool, and how many it is to hold.
    warm: list[Member] = field(default_factory=list)
    warm_size: int = 0

    def begin(
        self, group: FakeAutoScalingGroup, description: str, cause: str, at: datetime, zone: str
    ) -> Activity:
        """Open an activity, as the newest."""
        details = f'{{"Availability Zone":"{zone}"}}'
        activity = Activity(group, len(self.activities), description, cause, at, details)
        self.activities.append(activity)
        return activity
