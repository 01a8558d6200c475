"""Compares what came of a run with what its scenario expects; says every difference in words."""

from __future__ import annotations

from collections.abc import Iterable

from standin.player.casebook import Case, Casebook
from standin.player.limits import limits_kept
from standin.player.scenario import Expectation, Scenario


def differences(
    scenario: Scenario, book: Casebook, dead_letters: dict[str, int], noise: list[str]
) -> list[str]:
    """Every difference; empty for a run that came out as expected."""
    # Of an instance with several events the last one scheduled counts.
    by_name = {case.name: case for case in book.cases.values()}
    return [
        *_instances(scenario.expect, by_name),
        *(f"limit broken: {kept}" for kept in limits_kept(scenario, book) if kept.broken),
        *(f"{count} message(s) in {queue}" for queue, count in dead_letters.items()),
        *(f"a function wrote something that is no report: {line[:200]}" for line in noise),
    ]


def _instances(expect: dict[str, Expectation], cases: dict[str, Case]) -> Iterable[str]:
    for name, wanted in expect.items():
        case = cases.get(name)
        if case is None:
            yield f"{name}: expected {wanted}, but AWS scheduled nothing for an instance so named"
        elif not _equal(wanted, case):
            yield f"{name}: expected {wanted}, but it was {_story(case)}"
    for name in sorted(cases.keys() - expect.keys()):
        yield f"{name}: nothing is expected of it, but it was {_story(cases[name])}"


def _equal(wanted: Expectation, case: Case) -> bool:
    if wanted.outcome != case.outcome:
        return False
    return wanted.action is None or (wanted.action, wanted.reason) == (case.action, case.reason)


def _story(case: Case) -> str:
    if case.action is None:
        return f"{case.outcome}, and no function decided about it"
    return str(Expectation(case.outcome, case.action, case.reason))
