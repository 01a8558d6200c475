"""One thing that happened in a run, and spans of time in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Happening:
    """One thing that happened, and why; of no instance in particular where `instance` is empty."""

    at: datetime
    name: str
    instance: str
    group: str
    what: str
    why: str


def span(time: timedelta | None) -> str:
    """A time span in words: `1 d 2 h`, `3 h 10 min`, `45 s`."""
    if time is None:
        return "an unknown time"
    seconds = int(time.total_seconds())
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    parts = []
    for unit, size in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
