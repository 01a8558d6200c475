"""The fleet's own account of who was out of service, what was lost, and what is left open.

It is the truth whatever the functions believe. Learning it yields what is new, so that each thing
is told once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from standin.fleet_control import read_time
from standin.player.happening import Happening, span

# By whose hand an instance went out of service, in words; any other: by itself.
_HANDS = {
    "api": "by an API call",
    "aws": "by AWS",
    "auto-scaling": "by Auto Scaling",
    "hand": "by hand",
    "scheduled-event": "by Auto Scaling at AWS's date",
}


@dataclass(frozen=True)
class Outage:
    """A time in which nobody served in an instance's place: neither it nor a successor."""

    instance: str
    name: str
    group: str  # empty for a standalone instance
    start: datetime
    end: datetime | None  # None: still out
    by: str  # who began it: api, aws, auto-scaling, hand, scheduled-event, or itself


class Outages:
    """What the fleet's truth tells beside the scheduled events."""

    def __init__(self) -> None:
        self.all: list[Outage] = []
        self.data_lost: list[str] = []  # names of instances whose data is gone, as often as it went
        self.left_open: list[str] = []  # sentences: what was opened and is not closed now
        self._refused: set[tuple] = set()  # what was told: instance, action and code

    def learn(self, truth: dict) -> list[Happening]:
        """Take over the truth; returns what is new."""
        # What AWS or somebody else opened is not ours to close.
        ours = (item for item in truth["leftovers"] if item["by"] in ("api", None))
        self.left_open = [f"{item['name']}: {item['words']}" for item in ours]
        return [
            *self._learn_outages(truth["outages"]),
            *self._learn_losses(truth["data_lost"]),
            *self._learn_refusals(truth["refusals"]),
        ]

    def _learn_outages(self, told: list[dict]) -> Iterable[Happening]:
        over_before = {(outage.instance, outage.start) for outage in self.all if outage.end}
        self.all = [
            Outage(
                item["instance"],
                item["name"],
                item["group"] or "",
                read_time(item["from"]),
                item["to"] and read_time(item["to"]),
                item["by"],
            )
            for item in told
        ]
        for outage in self.all:
            if outage.end and (outage.instance, outage.start) not in over_before:
                words = f"it was out for {span(outage.end - outage.start)}, {_hand(outage.by)}"
                place = (outage.end, outage.name, outage.instance, outage.group)
                yield Happening(*place, "SERVES AGAIN", words)

    def _learn_losses(self, told: list[dict]) -> Iterable[Happening]:
        for item in told[len(self.data_lost) :]:
            place = (read_time(item["at"]), item["name"], item["instance"], "")
            words = f"its instance-store volumes are wiped, {_hand(item['by'])}"
            yield Happening(*place, "DATA LOST", words)
        self.data_lost = [item["name"] for item in told]

    def _learn_refusals(self, told: list[dict]) -> Iterable[Happening]:
        """What is tried again and refused again the same way is told once."""
        for item in told:
            refusal = (item["instance"], item["action"], item["code"])
            if refusal not in self._refused:
                self._refused.add(refusal)
                place = (read_time(item["at"]), item["name"], item["instance"], "")
                yield Happening(*place, "REFUSED", f"{item['action']}: {item['code']}")


def _hand(by: str) -> str:
    return _HANDS.get(by, "by itself")
