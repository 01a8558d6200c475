"""CloudWatch's DescribeAlarms, in the one protocol that the AWS SDK for Rust speaks to it.

Rules: API reference of CloudWatch, DescribeAlarms, and Smithy's RPC v2 CBOR protocol, read 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import cbor
from .alarms import Alarm
from .dialects import Answer, Request
from .paging import BadToken, page
from .seams import ServerFault

if TYPE_CHECKING:
    from .world import World

_NAMES_MAX, _RECORDS_DEFAULT, _RECORDS_MAX = 100, 50, 100


def answer_rpc(world: World, request: Request) -> Answer:
    """Answer a request that came in CBOR."""
    if request.action != "DescribeAlarms" or request.rpc is None:
        raise NotImplementedError
    return 200, cbor.HEADERS, cbor.dumps(_describe_alarms(world, request.rpc))


def _describe_alarms(world: World, asked: dict) -> dict[str, object]:
    """Alarms by name or prefix; composite ones only where AlarmTypes asks for them."""
    names = asked.get("AlarmNames") or []
    if len(names) > _NAMES_MAX:
        message = f"AlarmNames: expected at most {_NAMES_MAX}, got {len(names)}"
        raise ServerFault("ValidationError", 400, message)
    size = asked.get("MaxRecords", _RECORDS_DEFAULT)
    if not 1 <= size <= _RECORDS_MAX:
        message = f"MaxRecords: expected 1 to {_RECORDS_MAX}, got {size}"
        raise ServerFault("ValidationError", 400, message)
    types = asked.get("AlarmTypes") or ["MetricAlarm"]
    found = [
        alarm
        for alarm in world.alarms.by_name.values()
        if (not names or alarm.name in names)
        and alarm.name.startswith(asked.get("AlarmNamePrefix") or "")
        and asked.get("StateValue") in (None, alarm.state)
        and ("CompositeAlarm" if alarm.composite else "MetricAlarm") in types
    ]
    try:
        shown, token = page(found, size, asked.get("NextToken"))
    except BadToken as error:
        raise ServerFault("InvalidNextToken", 400, "The token is not valid") from error
    return {
        "CompositeAlarms": [_alarm(alarm) for alarm in shown if alarm.composite],
        "MetricAlarms": [_alarm(alarm) for alarm in shown if not alarm.composite],
        "NextToken": token,
    }


def _alarm(alarm: Alarm) -> dict[str, object]:
    return {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "ActionsEnabled": True,
        "StateValue": alarm.state,
        "StateReason": "The scenario says so",
        "StateUpdatedTimestamp": alarm.updated,
        "StateTransitionedTimestamp": alarm.updated,
    }
