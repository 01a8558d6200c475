"""Builds a scenario's fleet and lets AWS do what its timeline says, by the fleet's control."""

from __future__ import annotations

from datetime import datetime

from standin.fleet_control import FleetControl, write_time
from standin.player.scenario import Scenario, Step

# The Health type code under which AWS announces a scheduled event. AWS Health user guide, read
# 2026-11; which code goes with which event is not documented, these are the likely ones.
_TYPE_CODES = {
    "instance-reboot": "AWS_EC2_INSTANCE_REBOOT_MAINTENANCE_SCHEDULED",
    "instance-retirement": "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
    "instance-stop": "AWS_EC2_INSTANCE_STOP_SCHEDULED",
    "system-maintenance": "AWS_EC2_SYSTEM_MAINTENANCE_EVENT",
    "system-reboot": "AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED",
}


class Stage:
    """Carries out a scenario's acts on one fleet. The fleet finds instances by id and by name."""

    def __init__(self, fleet: FleetControl):
        self._fleet = fleet

    def build(self, scenario: Scenario) -> None:
        """Make every group, instance and alarm; members are in service at once."""
        for name, fields in scenario.groups.items():
            self._fleet.do("create_group", name=name, **fields)
        for name, fields in scenario.instances.items():
            self._fleet.do("create_instance", name=name, **fields)
        for name, fields in scenario.alarms.items():
            self._fleet.do("alarm", name=name, **fields)

    def act(self, step: Step) -> None:
        """Let AWS do one step of the timeline."""
        fields = {key: _plain(value) for key, value in step.fields.items()}
        match step.act:
            case "maintenance":
                self._maintenance(fields)
            case "notice":
                self._fleet.do("publish_notice", **fields)
            case "control":
                self._fleet.do(fields.pop("do"), **fields)

    def _maintenance(self, fields: dict) -> None:
        """Schedule an event for each instance, and tell of them all in one notice."""
        notice = fields.pop("notice", {})
        instances = fields.pop("instances")
        for instance in instances:
            self._fleet.do("schedule_event", instance=instance, **fields)
        if notice == "none":
            return
        if notice == "lost":
            self._fleet.do("lose_events", source="aws.health", count=1)
            notice = {}
        told = {
            "instances": instances,
            "type_code": _TYPE_CODES[fields["code"]],
            "start": fields["not_before"],
        }
        self._fleet.do("publish_notice", **told | notice)


def _plain(value: object) -> object:
    return write_time(value) if isinstance(value, datetime) else value
