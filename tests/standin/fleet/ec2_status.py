"""DescribeInstanceStatus and ModifyInstanceEventStartTime.

Rules and error codes: API reference of EC2 and "Reschedule a scheduled event", read 2026-11.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidInstanceIdError
from moto.ec2.responses.instances import InstanceResponse

from .filters import Getter, getters_for, matches, moment
from .machines import STATE_CODES, Machine
from .paging import BadToken, page
from .seams import Wire, replaces

_IDS_MAX = 100
_PAGE_MIN, _PAGE_MAX = 5, 1000
#: An event about to start, and a new start that is too near, cannot be had.
_NOT_WITHIN = timedelta(minutes=5)
_NOTICE = timedelta(minutes=60)

#: Filters on one event of an instance; all of them must hold for the same event.
_EVENT_FILTERS: dict[str, Getter] = {
    "event.code": lambda event: [event["Code"]],
    "event.description": lambda event: [event["Description"]],
    "event.instance-event-id": lambda event: [event["InstanceEventId"]],
    "event.not-before": lambda event: moment(event.get("NotBefore")),
    "event.not-after": lambda event: moment(event.get("NotAfter")),
    "event.not-before-deadline": lambda event: moment(event.get("NotBeforeDeadline")),
}


@replaces(InstanceResponse)
def describe_instance_status(self: InstanceResponse) -> ActionResult:
    """Running instances, or with IncludeAllInstances all, with their events and checks."""
    ids = self._get_param("InstanceIds", [])
    if len(ids) > _IDS_MAX:
        message = f"At most {_IDS_MAX} instance ids are allowed"
        raise EC2ClientError("InvalidParameterValue", message)
    size = page_size(self, ids)
    machines = _chosen(self, ids)
    wanted = self._filters_from_querystring()
    event_wanted = {k: v for k, v in wanted.items() if k in _EVENT_FILTERS}
    rest = {k: v for k, v in wanted.items() if k not in _EVENT_FILTERS}
    getters = getters_for(rest, _status_filters(self))
    statuses = []
    for machine in machines:
        if not all(matches(rest[name], get(machine)) for name, get in getters.items()):
            continue
        events = self.world.scheduled.shown(machine)
        if event_wanted and not any(_event_matches(event, event_wanted) for event in events):
            continue
        statuses.append(_status(self, machine, events))
    shown, token = page_or_error(statuses, size, self._get_param("NextToken"))
    return ActionResult({"InstanceStatuses": shown, "NextToken": token})


def page_or_error(items: list, size: int, token: str | None) -> tuple[list, str | None]:
    """A page, or EC2's error for a token that it did not give."""
    try:
        return page(items, size, token)
    except BadToken as error:
        raise EC2ClientError("InvalidNextToken", "The token is not valid") from error


def page_size(call: InstanceResponse, ids: list[str]) -> int:
    """The size of a page that a describe call asks for, by EC2's rules; its greatest if absent."""
    size = call._get_int_param("MaxResults")
    if size is None:
        return _PAGE_MAX
    if ids:
        raise EC2ClientError(
            "InvalidParameterCombination",
            "The parameter instancesSet cannot be used with the parameter maxResults",
        )
    if not _PAGE_MIN <= size <= _PAGE_MAX:
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Value ({size}) for parameter maxResults is invalid. "
            f"Expecting a value between {_PAGE_MIN} and {_PAGE_MAX}.",
        )
    return size


def find_all(call: InstanceResponse, ids: list[str]) -> list[Machine]:
    """The instances with these ids. One unknown id fails the whole call, as AWS does."""
    known = call.world.machines.by_id
    if malformed := [i for i in ids if not i.startswith("i-")]:
        message = f'Invalid id: "{malformed[0]}" (expecting "i-...")'
        raise EC2ClientError("InvalidInstanceID.Malformed", message)
    if unknown := [instance_id for instance_id in ids if instance_id not in known]:
        raise InvalidInstanceIdError(unknown)
    return [known[instance_id] for instance_id in dict.fromkeys(ids)]


def _chosen(call: InstanceResponse, ids: list[str]) -> list[Machine]:
    machines = find_all(call, ids) if ids else list(call.world.machines.by_id.values())
    if call._get_bool_param("IncludeAllInstances", False):
        return machines
    return [machine for machine in machines if machine.state == "running"]


def _status_filters(call: InstanceResponse) -> dict[str, Getter]:
    def checks(machine: Machine) -> list[str]:
        return [call.world.machines.checks(machine)]

    return {
        "availability-zone": lambda machine: [machine.zone],
        "instance-state-name": lambda machine: [machine.state],
        "instance-state-code": lambda machine: [str(STATE_CODES[machine.state])],
        "instance-status.status": checks,
        "system-status.status": checks,
        "operator.managed": lambda machine: ["false"],
    }


def _event_matches(event: dict, wanted: dict[str, list[str]]) -> bool:
    return all(matches(values, _EVENT_FILTERS[name](event)) for name, values in wanted.items())


def _status(call: InstanceResponse, machine: Machine, events: list[dict]) -> Wire:
    return Wire(
        InstanceId=machine.id,
        AvailabilityZone=machine.zone,
        InstanceState=Wire(Code=STATE_CODES[machine.state], Name=machine.state),
        InstanceStatus=_summary(call, machine),
        SystemStatus=_summary(call, machine),
        Events=events,
        Operator=Wire(Managed=False),
    )


def _summary(call: InstanceResponse, machine: Machine) -> Wire:
    status = call.world.machines.checks(machine)
    passed = {"ok": "passed", "impaired": "failed", "initializing": "initializing"}.get(status)
    if passed is None:
        return Wire(Status=status)
    since = call.world.machines.impaired(machine)
    detail = Wire(Name="reachability", Status=passed, ImpairedSince=since)
    return Wire(Status=status, Details=[detail])


@replaces(InstanceResponse)
def modify_instance_event_start_time(self: InstanceResponse) -> ActionResult:
    """Move an event that may be moved, within what AWS allows."""
    (machine,) = find_all(self, [self._get_param("InstanceId")])
    event_id = self._get_param("InstanceEventId")
    events = {event.id: event for event in self.world.scheduled.of(machine.id)}
    event = events.get(event_id)
    if event is None:
        message = f"The instance event id '{event_id}' does not exist"
        raise EC2ClientError("InvalidInstanceEventIDNotFound", message)
    now = self.world.clock.now
    if event.move_refused:
        raise EC2ClientError(event.move_refused, "The start time of the event cannot be changed")
    if event.state != "active" or event.not_before_deadline is None:
        raise _cannot_change("it has ended, or has no deadline up to which it may be moved")
    if event.not_before <= now + _NOT_WITHIN:
        raise _cannot_change("it has started, or starts within five minutes")
    not_before = _as_utc(self._get_param("NotBefore"))
    if not now + _NOTICE <= not_before <= event.not_before_deadline:
        raise EC2ClientError(
            "InvalidInstanceEventStartTime",
            "The start time must be at least 60 minutes from now and not after the deadline",
        )
    self.error_on_dryrun()
    self.world.scheduled.move_for_owner(event, not_before)
    return ActionResult({"Event": event.shown(event.move_shown_at or now)})


def _cannot_change(why: str) -> EC2ClientError:
    message = f"The start time of the event cannot be changed: {why}"
    return EC2ClientError("InstanceEventStartTimeCannotChange", message)


def _as_utc(moment_given: datetime) -> datetime:
    if moment_given.tzinfo is None:
        return moment_given.replace(tzinfo=UTC)
    return moment_given.astimezone(UTC)
