"""The table at the end of a run, and the same as a document for machines."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import timedelta

from standin.player.casebook import Case, Casebook
from standin.player.happening import span
from standin.player.limits import limits_kept
from standin.player.scenario import Scenario

_MODES_THAT_ACT = ("approve", "enforce")
# Outcomes after which an instance, or its successor, is verified.
_DONE = ("moved", "ridden")


def opted_in(scenario: Scenario, case: Case) -> bool:
    """Whether the instance's group, or the instance where it has none, asks to be looked after."""
    return opted_in_mode(scenario.groups.get(case.group) or scenario.instances.get(case.name))


def opted_in_mode(owner: dict | None) -> bool:
    """Whether a group or standalone instance of a scenario has a mode that may act."""
    return ((owner or {}).get("tags") or {}).get("reberth:mode") in _MODES_THAT_ACT


def summary_lines(scenario: Scenario, book: Casebook, calls: dict[str, int]) -> list[str]:
    """The table, line by line."""
    cases = list(book.cases.values())
    asked = [case for case in cases if opted_in(scenario, case)]
    outcomes = Counter(case.outcome for case in cases)
    moved = [case for case in asked if case.outcome == "moved"]
    verified = sum(book.verified(case) for case in cases if case.outcome in _DONE)
    return [
        f"Affected       {len(cases)} instance(s), {len(asked)} of them opted in",
        f"Moved          {outcomes['moved']} ({_percent(len(moved), len(asked))} of the opted in)",
        f"Ridden         {outcomes['ridden']}",
        f"Verified       {verified}",
        f"Cancelled      {outcomes['cancelled']}",
        f"Held           {sum(map(_held, cases))}",
        f"Forced by AWS  {outcomes['forced']}",
        f"Data lost      {', '.join(book.outages.data_lost) or 0}",
        f"Left open      {'; '.join(book.outages.left_open) or 0}",
        "Held, by reason",
        *_held_lines(cases),
        "Out at once, at most",
        *(f"  {kept}" for kept in limits_kept(scenario, book)),
        "Calls to AWS by action",
        *(f"  {count:>6}  {action}" for action, count in sorted(calls.items())),
        f"Time left before AWS's date, of the moved: {_time_left(cases)}",
    ]


def report_document(scenario: Scenario, book: Casebook, calls: dict[str, int]) -> dict:
    """What `summary_lines` tells, by instance, as plain data."""
    return {
        "scenario": scenario.name,
        "instances": [_case_document(book, case) for case in book.cases.values()],
        "limits": [vars(kept) for kept in limits_kept(scenario, book)],
        "outages": [vars(outage) for outage in book.outages.all],
        "data_lost": book.outages.data_lost,
        "left_open": book.outages.left_open,
        "calls": dict(sorted(calls.items())),
    }


def _case_document(book: Casebook, case: Case) -> dict:
    return {
        "name": case.name,
        "instance_id": case.instance,
        "group": case.group or None,
        "event_id": case.event_id,
        "event_code": case.code,
        "not_before": case.not_before.isoformat(),
        "outcome": case.outcome,
        "ended_at": case.ended_at and case.ended_at.isoformat(),
        "seconds_before_date": case.before_date and int(case.before_date.total_seconds()),
        "replaced_by": case.replaced_by,
        "verified": book.verified(case),
        "last_action": case.action,
        "last_reason": case.reason,
        "decisions": case.decisions,
        "alerts": case.alerts,
    }


def _held(case: Case) -> bool:
    """Whether it stayed where it was: AWS acted, or its date is still to come."""
    return case.outcome in ("forced", "open")


def _held_lines(cases: list[Case]) -> list[str]:
    held: dict[str, list[str]] = {}
    for case in filter(_held, cases):
        held.setdefault(f"{case.action}: {case.reason}", []).append(case.name)
    lines = [f"  {len(names):>6}  {why}: {', '.join(names)}" for why, names in sorted(held.items())]
    return lines or ["  none"]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part // whole} %" if whole else "none"


def _time_left(cases: list[Case]) -> str:
    left = [c.before_date.total_seconds() for c in cases if c.outcome == "moved" and c.before_date]
    if not left:
        return "none moved"
    least, median = timedelta(seconds=min(left)), timedelta(seconds=statistics.median(left))
    return f"least {span(least)}, median {span(median)}"
