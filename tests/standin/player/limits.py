"""The limits a scenario's tags ask for, beside the most that were ever out at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from standin.player.casebook import Casebook
from standin.player.scenario import Scenario


@dataclass(frozen=True)
class Kept:
    """One limit, and whether it held."""

    kind: str  # group or replica set
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
        return f"{self.kind} {self.name}: {self.largest} out at once, limit {self.limit}{by_aws}"


def limits_kept(scenario: Scenario, book: Casebook) -> Iterable[Kept]:
    """Every group's and replica set's limit."""
    for name, fields in scenario.groups.items():
        out = book.limits["group"][name]["largest_out_at_once"]
        forced = sum(c.group == name and c.outcome == "forced" for c in book.cases.values())
        yield Kept("group", name, limit_of(fields), out, forced)
    for name, record in book.limits["replica set"].items():
        yield Kept("replica set", name, 1, record["largest_out_at_once"], 0)


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
