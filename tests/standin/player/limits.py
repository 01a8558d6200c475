"""The limits a scenario's tags ask for, beside the most that were ever out at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from standin.player.casebook import Casebook
from standin.player.outages import Outage
from standin.player.scenario import Scenario


@dataclass(frozen=True)
class Kept:
    """One limit, and whether it held."""

    kind: str  # group, zone, replica set, named limit or standalone
    name: str
    limit: int
    largest: int  # out at the same time
    forced: int  # of the cases in it, those AWS acted on itself

    @property
    def broken(self) -> bool:
        """Over the limit, and not by AWS's own acts."""
        return self.largest > self.limit + self.forced

    def __str__(self) -> str:
        by_aws = f" (AWS itself took {self.forced})" if self.forced else ""
        whose = f"{self.kind} {self.name}".rstrip()
        return f"{whose}: {self.largest} out at once, limit {self.limit}{by_aws}"


def limits_kept(scenario: Scenario, book: Casebook) -> Iterable[Kept]:
    """Every limit: of groups and their zones, replica sets, names, and standalone instances."""
    for name, fields in scenario.groups.items():
        peak = book.limits["group"][name]
        forced = sum(c.group == name and c.outcome == "forced" for c in book.cases.values())
        yield Kept("group", name, limit_of(fields), peak["largest_out_at_once"], forced)
        for zone, out in peak.get("by_zone", {}).items():
            if limit := (fields.get("tags") or {}).get("reberth:max-unavailable-per-zone"):
                yield Kept("zone", f"{zone} of {name}", int(limit), out, forced)
    for name, record in book.limits["replica set"].items():
        yield Kept("replica set", name, 1, record["largest_out_at_once"], 0)
    by_us = [outage for outage in book.outages.all if outage.by == "api"]
    yield from _named(scenario, by_us)
    if scenario.instances:
        # One at a time per account and region, whatever the tags say.
        alone = [outage for outage in by_us if not outage.group]
        yield Kept("standalone instances", "", 1, at_once(alone), 0)


def _named(scenario: Scenario, outages: list[Outage]) -> Iterable[Kept]:
    """The limits with names, which hold across groups: `reberth:limits`."""
    owners = scenario.groups | scenario.instances
    wanted = {name: _limits(fields) for name, fields in owners.items()}
    for limit in sorted({limit for limits in wanted.values() for limit in limits}):
        least = min(limits[limit] for limits in wanted.values() if limit in limits)
        under = [o for o in outages if limit in wanted.get(o.group or o.name, {})]
        yield Kept("named limit", limit, least, at_once(under), 0)


def _limits(owner: dict) -> dict[str, int]:
    text = (owner.get("tags") or {}).get("reberth:limits", "")
    pairs = (part.split("=") for part in text.split("+") if part)
    return {name.strip(): int(number) for name, number in pairs}


def at_once(outages: Iterable[Outage]) -> int:
    """The most outages at the same moment; one that ends as another begins is over."""
    steps: list[tuple[datetime, int]] = []
    for outage in outages:
        steps.append((outage.start, 1))
        if outage.end:
            steps.append((outage.end, -1))
    largest = out = 0
    for _, step in sorted(steps):
        out += step
        largest = max(largest, out)
    return largest


def limit_of(group: dict) -> int:
    """Members of a group that may be out at once by its tag, else by its maintenance policy."""
    tag = (group.get("tags") or {}).get("reberth:max-unavailable")
    if tag is None:
        minimum = (group.get("maintenance_policy") or {}).get("min", 0)
        return 0 if minimum >= 100 else 1
    text = str(tag)
    if text.endswith("pct"):
        return max(1, int(group["desired"]) * int(text.removesuffix("pct")) // 100)
    return int(text)
