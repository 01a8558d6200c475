"""Speaks to the fleet's `POST /control`: the one way to move the clock and to play AWS."""

import http.client
import json
from datetime import datetime
from urllib.parse import urlsplit

# The environment variable by which other processes of the stand-in are told where the fleet is.
FLEET_VARIABLE = "STANDIN_FLEET"


class CommandRefused(ValueError):
    """A command that the fleet did not take, and why."""


class FleetControl:
    """The control of the fleet at `url`; a command it does not take raises CommandRefused."""

    def __init__(self, url: str):
        self.url = url
        self._address = urlsplit(url).netloc

    def do(self, command: str, **fields) -> dict:
        """Carry out one command and give its answer."""
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            body = json.dumps({"do": command} | fields)
            connection.request("POST", "/control", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise CommandRefused(f"control {body}: {json.loads(answer)['error']}")
        return json.loads(answer)

    def now(self) -> datetime:
        """The stand-in's time."""
        return read_time(self.do("clock")["now"])

    def next_due(self) -> datetime | None:
        """When the fleet will change by itself next; None for never."""
        due = self.do("clock")["next_due"]
        return None if due is None else read_time(due["at"])

    def advance(self, to: datetime) -> list[str]:
        """Let the clock stand at `to`; returns the labels of what happened on the way."""
        return self.do("advance", to=write_time(to))["ran"]


def read_time(text: str) -> datetime:
    """An RFC 3339 time."""
    return datetime.fromisoformat(text)


def write_time(time: datetime) -> str:
    """A time as RFC 3339 in UTC."""
    return time.isoformat().replace("+00:00", "Z")
