"""EC2's event windows: made, associated and described. The dates that AWS picks do not regard them,
as those of AWS itself do not where an event was scheduled before."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.instances import InstanceResponse

from .place import resource_id
from .seams import replaces

#: The least hours of one range and of all in a week (EC2 user guide "event-windows", read 2026-11).
_RANGE_LEAST, _WEEK_LEAST, _WEEK = 2, 4, 7 * 24
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


@replaces(InstanceResponse)
def create_instance_event_window(self: InstanceResponse) -> ActionResult:
    """A window of whole hours, associated with nothing yet."""
    windows, name = self.world.event_windows, self._get_param("Name")
    ranges = [
        {
            "StartWeekDay": given["StartWeekDay"],
            "StartHour": int(given["StartHour"]),
            "EndWeekDay": given["EndWeekDay"],
            "EndHour": int(given["EndHour"]),
        }
        for given in self._get_param("TimeRanges", [])
    ]
    hours = [_hours(given) for given in ranges]
    if not hours or min(hours) < _RANGE_LEAST or sum(hours) < _WEEK_LEAST:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"TimeRanges: expected {_RANGE_LEAST} hours each and {_WEEK_LEAST} in all, got {hours}",
        )
    identity = resource_id("iew", f"event-window/{len(windows)}")
    windows[identity] = {
        "InstanceEventWindowId": identity,
        "Name": name,
        "TimeRanges": ranges,
        "State": "active",
    }
    return ActionResult({"InstanceEventWindow": windows[identity]})


def _hours(given: dict) -> int:
    start, end = (
        _DAYS.index(given[f"{edge}WeekDay"]) * 24 + given[f"{edge}Hour"]
        for edge in ("Start", "End")
    )
    return (end - start) % _WEEK


@replaces(InstanceResponse)
def associate_instance_event_window(self: InstanceResponse) -> ActionResult:
    """Associate a window with instances or with tags, not with both."""
    window = self.world.event_windows.get(self._get_param("InstanceEventWindowId"))
    if window is None:
        raise EC2ClientError("InvalidInstanceEventWindowId.NotFound", "There is no such window")
    target = self._get_param("AssociationTarget", {})
    tags = [{"Key": tag["Key"], "Value": tag["Value"]} for tag in target.get("InstanceTags", [])]
    instances = list(target.get("InstanceIds", []))
    if bool(tags) == bool(instances):
        raise EC2ClientError("InvalidParameterCombination", "Name instances or tags, not both")
    window["AssociationTarget"] = {"InstanceIds": instances, "Tags": tags}
    return ActionResult({"InstanceEventWindow": window})


@replaces(InstanceResponse)
def describe_instance_event_windows(self: InstanceResponse) -> ActionResult:
    """All windows, on one page."""
    return ActionResult({"InstanceEventWindows": list(self.world.event_windows.values())})
