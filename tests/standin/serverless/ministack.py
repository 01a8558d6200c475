"""Runs ministack as a child of the stand-in: `python -m standin.serverless.ministack`.

Six things differ from ministack as it comes:

* `PutEvents` takes `aws.*` sources, which AWS and ministack refuse from customers: here the fleet
  speaks as AWS itself.
* An entry's `Time` becomes the event's time, as on AWS, so that the stand-in's clock dates events.
* Answers carry the stand-in's time as their `Date`: functions take AWS's time from there, and all
  of AWS has one.
* The fleet hears of roles, sessions and judgements (`roles`).
* An answer does not wait for output, since functions write to files.
* The process ends when its standard input closes, so that no killed parent leaves it behind.
"""

import json
import os
import signal
import sys
import threading
import time
from email.utils import formatdate

import ministack.app
import ministack.core.lambda_runtime as lambda_runtime
import ministack.services.eventbridge as eventbridge

from standin.fleet_control import FLEET_VARIABLE, FleetControl
from standin.serverless.roles import enforce_roles

# Real seconds for which a reading of the clock is good: less than the call that moves the clock takes.
_READING_SECONDS = 0.001


def let_aws_speak() -> None:
    """Let every caller publish events in AWS's name, dated as they say."""
    put_events, real_time = eventbridge._put_events, eventbridge._now_ts
    dated = threading.local()

    def put_each(data: dict, allow_aws_source: bool = True) -> tuple:
        answers, failed = [], 0
        for entry in data.get("Entries", []):
            dated.time = entry.get("Time")
            status, headers, body = put_events(data | {"Entries": [entry]}, True)
            dated.time = None
            if status != 200:
                return status, headers, body
            answer = json.loads(body)
            answers += answer["Entries"]
            failed += answer["FailedEntryCount"]
        answer = {"FailedEntryCount": failed, "Entries": answers}
        return eventbridge.json_response(answer)

    eventbridge._put_events = put_each
    eventbridge._now_ts = lambda: getattr(dated, "time", None) or real_time()


def answer_at_once() -> None:
    """Spare every invocation the 50 ms in which ministack hopes for a line of output."""
    lambda_runtime.Worker._drain_stderr_bounded = lambda worker, **_: ""


def tell_stand_in_time(fleet: FleetControl) -> None:
    """Date every answer by the fleet's clock."""
    reading = (0.0, float("-inf"))  # the clock's time, and the real time at which it was read

    def date(usegmt: bool) -> str:
        nonlocal reading
        if time.monotonic() - reading[1] > _READING_SECONDS:
            reading = (fleet.now().timestamp(), time.monotonic())
        return formatdate(reading[0], usegmt=usegmt)

    ministack.app.formatdate = date


def end_with_parent() -> None:
    """Stop this process as soon as its standard input closes."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="end-with-parent").start()


if __name__ == "__main__":
    let_aws_speak()
    answer_at_once()
    fleet = FleetControl(os.environ[FLEET_VARIABLE])
    tell_stand_in_time(fleet)
    enforce_roles(fleet)
    end_with_parent()
    ministack.app.main()
