"""Compares what came of a run with what its scenario expects; says every difference in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from standin.player.casebook import Case, Casebook
from standin.player.limits import limits_kept
from standin.player.scenario import Expectation, Scenario


def differences(
    scenario: Scenario,
    book: Casebook,
    dead_letters: dict[str, int],
    noise: list[str],
    denied: Iterable[str] = (),
) -> list[str]:
    """Every difference; empty for a run that came out as expected."""
    # Of an instance with several events the last one scheduled counts.
    by_name = {case.name: case for case in book.cases.values()}
    return [
        *_instances(scenario.expect, by_name),
        *_forced_before(book, by_name),
        *(f"limit broken: {kept}" for kept in limits_kept(scenario, book) if kept.broken),
        *_data(scenario, book),
        *(f"left open: {words}" for words in book.outages.left_open),
        *(f"{count} message(s) in {queue}" for queue, count in dead_letters.items()),
        *(f"denied: {words}" for words in denied),
        *(f"a function wrote something that is no report: {line[:200]}" for line in noise),
    ]


def _instances(expect: dict[str, Expectation], cases: dict[str, Case]) -> Iterable[str]:
    for name, wanted in expect.items():
        case = cases.get(name)
        if case is None:
            yield f"{name}: expected {wanted}, but AWS scheduled nothing for an instance so named"
        elif not _equal(wanted, case):
            yield f"{name}: expected {wanted}, but it was {_story(case)}"
        else:
            yield from _details(name, wanted, case)
    for name in sorted(cases.keys() - expect.keys()):
        yield f"{name}: nothing is expected of it, but it was {_story(cases[name])}"


def _equal(wanted: Expectation, case: Case) -> bool:
    if wanted.outcome != case.outcome:
        return False
    return wanted.action is None or (wanted.action, wanted.reason) == (case.action, case.reason)


def _details(name: str, wanted: Expectation, case: Case) -> Iterable[str]:
    if wanted.between and case.ended_at:
        first, last = wanted.between
        if not first <= case.ended_at <= last:
            at = f"{case.ended_at:%b %d %H:%M}"
            hours = f"{first:%b %d %H:%M} and {last:%b %d %H:%M}"
            yield f"{name}: expected {case.outcome} between {hours}, but it was at {at}"
    if wanted.alert and not any(wanted.alert in words for words in case.alerts):
        told = "; ".join(dict.fromkeys(case.alerts)) or "nothing"
        yield f"{name}: expected an alert with {wanted.alert!r}, but people were told: {told}"


def _forced_before(book: Casebook, last: dict[str, Case]) -> Iterable[str]:
    """Earlier events of an instance, of which a file says nothing, may not be forced either."""
    for case in book.cases.values():
        if case.outcome == "forced" and case is not last[case.name]:
            yield f"{case.name}: AWS acted itself on its earlier {case.code}"


def _data(scenario: Scenario, book: Casebook) -> Iterable[str]:
    lost, stated = Counter(book.outages.data_lost), Counter(scenario.data_lost)
    for name, times in sorted((lost - stated).items()):
        yield f"{name}: its data was lost" + (f" {times} times" if times > 1 else "")
    for name in sorted((stated - lost).keys()):
        yield f"{name}: its data was expected to be lost, and is still there"


def _story(case: Case) -> str:
    if case.action is None:
        return f"{case.outcome}, and no function decided about it"
    return str(Expectation(case.outcome, case.action, case.reason))
