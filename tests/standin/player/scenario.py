"""A scenario as its file says it: what there is, what AWS does when, and what must come of it.

The format is described in `docs/scenarios.md`. Reading refuses what it does not understand, and
names the file, the place in it and what was expected there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from standin.fleet_control import read_time

_OFFSET = re.compile(r"\+(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
# Fields whose values are times: offsets from the start, or RFC 3339.
_TIMES = ("start", "end", "until", "not_before", "not_after", "not_before_deadline")
_ACTS = ("maintenance", "notice", "control")
_OUTCOMES = ("moved", "ridden", "forced", "cancelled", "gone", "open")
_ALARM_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


class ScenarioError(ValueError):
    """A scenario that cannot be played; says where and what was expected."""


@dataclass(frozen=True)
class Step:
    """Something AWS does: one act with its fields, and words for those who watch."""

    at: datetime
    act: str  # maintenance, notice or control
    fields: dict
    say: str


@dataclass(frozen=True)
class Expectation:
    """How the story of one instance ends."""

    outcome: str  # the fleet's word: moved, ridden, forced, cancelled, gone or open
    action: str | None = None  # the last decision's action; None: any
    reason: str | None = None  # and its reason
    between: tuple[datetime, datetime] | None = None  # when it ended; None: any time
    alert: str | None = None  # a part of what people must have been told of it; None: anything

    def __str__(self) -> str:
        if self.action is None:
            return self.outcome
        return f"{self.action} ({self.reason}), then {self.outcome}"


@dataclass(frozen=True)
class Scenario:
    """A whole scenario, with every time worked out."""

    path: Path
    name: str
    about: str
    start: datetime
    end: datetime
    parameters: dict[str, str]  # of the template
    groups: dict[str, dict]
    instances: dict[str, dict]
    alarms: dict[str, dict]  # of CloudWatch, by name: a state, or whom it follows
    steps: tuple[Step, ...]  # in the order of their times
    expect: dict[str, Expectation]  # by instance name
    data_lost: tuple[str, ...]  # names of instances that lose their data; else none may


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file."""
    return parse_scenario(path, yaml.safe_load(path.read_text(encoding="utf-8")))


def parse_scenario(path: Path, document: object) -> Scenario:
    """Make a scenario of a parsed file; raises ScenarioError where it cannot."""
    reader = _Reader(path)
    top = reader.mapping(document, "")
    reader.only(
        top,
        "",
        ("name", "about", "start", "lasts", "parameters", "groups", "instances", "alarms")
        + ("timeline", "expect", "data_lost"),
    )
    start = reader.time(reader.need(top, "", "start"), "start", None)
    return Scenario(
        path=path,
        name=str(reader.need(top, "", "name")),
        about=str(top.get("about", "")).strip(),
        start=start,
        end=start + reader.offset(reader.need(top, "", "lasts"), "lasts"),
        parameters={
            name: _parameter(value)
            for name, value in reader.mapping(top.get("parameters"), "parameters").items()
        },
        groups=reader.named(top.get("groups"), "groups"),
        instances=reader.named(top.get("instances"), "instances"),
        alarms={
            name: reader.alarm(value, f"alarms.{name}")
            for name, value in reader.mapping(top.get("alarms"), "alarms").items()
        },
        steps=tuple(
            sorted(
                (
                    reader.step(item, f"timeline[{index}]", start)
                    for index, item in enumerate(top.get("timeline") or [])
                ),
                key=lambda step: step.at,
            )
        ),
        expect={
            name: reader.expectation(value, f"expect.{name}", start)
            for name, value in reader.mapping(top.get("expect"), "expect").items()
        },
        data_lost=tuple(str(name) for name in top.get("data_lost") or ()),
    )


def _parameter(value: object) -> str:
    """A template parameter's value; YAML reads `on` and `off` as truth values."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


class _Reader:
    """Checks one file's values; every error names the place."""

    def __init__(self, path: Path):
        self._path = path

    def mapping(self, value: object, place: str) -> dict:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._error(place, f"expected a mapping, got {value!r}")
        return value

    def named(self, value: object, place: str) -> dict[str, dict]:
        return {
            str(name): self.mapping(fields, f"{place}.{name}")
            for name, fields in self.mapping(value, place).items()
        }

    def need(self, mapping: dict, place: str, field: str) -> object:
        if field not in mapping:
            raise self._error(_join(place, field), "is missing")
        return mapping[field]

    def only(self, mapping: dict, place: str, fields: Iterable[str]) -> None:
        for field in mapping:
            if field not in fields:
                known = ", ".join(fields)
                raise self._error(_join(place, field), f"is unknown; expected one of {known}")

    def offset(self, value: object, place: str) -> timedelta:
        match = _OFFSET.fullmatch(str(value))
        if not match or not any(match.groups()):
            raise self._error(place, f"expected an offset such as +90m or +1d2h, got {value!r}")
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    def time(self, value: object, place: str, start: datetime | None) -> datetime:
        if start is not None and str(value).startswith("+"):
            return start + self.offset(value, place)
        try:
            # YAML itself makes a datetime of an RFC 3339 time.
            time = value if isinstance(value, datetime) else read_time(str(value))
        except ValueError:
            time = None
        if time is None or time.tzinfo is None:
            raise self._error(place, f"expected +2h or 2026-12-01T08:00:00Z, got {value!r}")
        return time

    def step(self, value: object, place: str, start: datetime) -> Step:
        item = self.mapping(value, place)
        self.only(item, place, ("at", "say", *_ACTS))
        acts = [act for act in _ACTS if act in item]
        if len(acts) != 1:
            raise self._error(place, f"expected exactly one of {', '.join(_ACTS)}")
        fields = dict(self.mapping(item[acts[0]], f"{place}.{acts[0]}"))
        for field in _TIMES:
            if field in fields:
                fields[field] = self.time(fields[field], f"{place}.{field}", start)
        at = self.time(self.need(item, place, "at"), f"{place}.at", start)
        return Step(at, acts[0], fields, str(item.get("say", "")).strip())

    def alarm(self, value: object, place: str) -> dict:
        if not isinstance(value, dict):
            return {"state": self.one_of(value, place, _ALARM_STATES)}
        self.only(value, place, ("follows",))
        return {"follows": str(self.need(value, place, "follows"))}

    def expectation(self, value: object, place: str, start: datetime) -> Expectation:
        if isinstance(value, str):
            return Expectation(self.one_of(value, place, _OUTCOMES))
        item = dict(self.mapping(value, place))
        then = self.one_of(item.pop("then", "forced"), f"{place}.then", _OUTCOMES)
        between = self.between(item.pop("between", None), f"{place}.between", start)
        alert = item.pop("alert", None)
        if len(item) > 1 or not (item or between or alert):
            raise self._error(place, "expected an outcome, or {ACTION: REASON, then: OUTCOME}")
        action, reason = next(iter(item.items()), (None, None))
        return Expectation(then, action, reason, between, alert)

    def between(
        self, value: object, place: str, start: datetime
    ) -> tuple[datetime, datetime] | None:
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != 2:
            raise self._error(place, f"expected two times such as [+2h, +4h], got {value!r}")
        first, last = (self.time(time, place, start) for time in value)
        return first, last

    def one_of(self, value: object, place: str, words: tuple[str, ...]) -> str:
        if value not in words:
            raise self._error(place, f"expected one of {', '.join(words)}, got {value!r}")
        return str(value)

    def _error(self, place: str, words: str) -> ScenarioError:
        return ScenarioError(f"{self._path}: {place or 'the file'}: {words}")


def _join(place: str, field: object) -> str:
    return f"{place}.{field}" if place else str(field)
