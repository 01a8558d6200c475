"""The scheduled sweep, on the stand-in's clock.

ministack would fire the schedule on real time. It is read from what was deployed, disabled there,
and its input is handed to its function by the stand-in at the same rate.
"""

import json
import re
from datetime import datetime, timedelta

from standin.serverless.clients import client

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")


class Sweep:
    """One `rate(…)` schedule: when it is due next, and what it invokes with which input."""

    def __init__(self, url: str, schedule: str):
        self._scheduler = client("scheduler", url)
        # A schedule's ref is its name, or `group/name` where CloudFormation gives the group too.
        record = self._scheduler.get_schedule(Name=schedule.rsplit("/", 1)[-1])
        self.every = rate(record["ScheduleExpression"])
        self.function = record["Target"]["Arn"]
        self.input = record["Target"].get("Input", "{}")
        self._record = record
        self._next: datetime | None = None

    def take_over(self, now: datetime) -> None:
        """Disable the schedule in ministack; its first sweep is due one interval from `now`."""
        keep = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
        fields = {key: self._record[key] for key in keep}
        self._scheduler.update_schedule(**fields, State="DISABLED")
        self._next = now + self.every

    def next_due(self) -> datetime | None:
        """When the next sweep is due; None before `take_over`."""
        return self._next

    def due(self, now: datetime) -> bool:
        """Whether a sweep is due; if so the next one is one interval later."""
        if self._next is None or now < self._next:
            return False
        while self._next <= now:
            self._next += self.every
        return True


def rate(expression: str) -> timedelta:
    """The interval of a `rate(5 minutes)` expression."""
    match = _RATE.fullmatch(expression)
    if not match:
        raise ValueError(f"schedule: {expression!r} is not rate(N minutes), rate(N hours) or days")
    return timedelta(**{f"{match[2]}s": int(match[1])})


class Functions:
    """Invokes deployed functions and waits for their answers."""

    def __init__(self, url: str):
        self._lambda = client("lambda", url)

    def invoke(self, function: str, event: str) -> dict:
        """The function's answer to `event`, or RuntimeError with its error."""
        response = self._lambda.invoke(FunctionName=function, Payload=event.encode())
        answer = json.loads(response["Payload"].read() or b"null")
        if response.get("FunctionError"):
            raise RuntimeError(f"{function}: {event[:80]}: {answer}")
        return answer
