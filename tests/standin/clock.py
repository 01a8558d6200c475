"""The one clock of the stand-in.

It is virtual: it stands still until `advance_to` moves it, and while an action that fell due runs,
it stands at the very moment that action was due. Nothing in the stand-in sleeps, starts a timer or
reads the machine's clock.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_OFFSET = re.compile(r"([+-])(\d+)([smhd])")


@dataclass(order=True)
class Due:
    """Something that will happen. Equal times run in the order in which they were planned."""

    at: datetime
    seq: int
    action: Callable[[], None] = field(compare=False)
    label: str = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Take it back; harmless when it has already run."""
        self.cancelled = True


class Clock:
    """Virtual time, UTC, and the heap of what is due."""

    def __init__(self, start: datetime) -> None:
        self.now = start.astimezone(UTC)
        self._heap: list[Due] = []
        self._seq = 0

    def at(self, moment: datetime, action: Callable[[], None], label: str) -> Due:
        """Plan `action` for `moment`; a moment in the past means as soon as the clock moves."""
        self._seq += 1
        due = Due(max(moment, self.now), self._seq, action, label)
        heapq.heappush(self._heap, due)
        return due

    def after(self, seconds: float, action: Callable[[], None], label: str) -> Due:
        """Plan `action` for `seconds` from now."""
        return self.at(self.now + timedelta(seconds=seconds), action, label)

    def next_due(self) -> Due | None:
        """The earliest thing still planned, or None when nothing is."""
        while self._heap and self._heap[0].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None

    def advance_to(
        self, moment: datetime, after_each: Callable[[], None] = lambda: None
    ) -> list[str]:
        """Move to `moment`, running on the way what falls due up to and including it.

        Returns the labels of what ran, in order. `after_each` is called after every action, with
        the clock still at its time. A moment in the past leaves the clock where it is.
        """
        ran = []
        while (due := self.next_due()) and due.at <= moment:
            heapq.heappop(self._heap)
            self.now = due.at
            due.action()
            ran.append(due.label)
            after_each()
        self.now = max(self.now, moment)
        return ran


def parse_moment(text: str, now: datetime) -> datetime:
    """Read RFC 3339 with an offset, or `+90s`, `+10m`, `-2h`, `+3d` relative to `now`.

    Raises ValueError for anything else, including a time without an offset: a stand-in that
    guessed a zone would hide that mistake in whoever wrote the scenario.
    """
    if offset := _OFFSET.fullmatch(text):
        sign, amount, unit = offset.groups()
        seconds = int(amount) * _UNITS[unit]
        return now + timedelta(seconds=seconds if sign == "+" else -seconds)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return moment.astimezone(UTC)


def rfc3339(moment: datetime) -> str:
    """`2026-12-01T08:00:00Z`: whole seconds, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
