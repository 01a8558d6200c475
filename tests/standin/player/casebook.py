"""What is known of each affected instance: AWS's truth from the fleet, and why from the functions.

A case is one scheduled event of one instance. Telling the casebook something yields what is new in
it, so that each thing that happened is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from standin.fleet_control import read_time

# The reason with which an incident ends well: EC2 was looked at again, an hour later.
_VERIFIED = "verified"
# What changes nothing, neither in AWS nor in the ledger, and so is no happening.
_SILENT_ACTIONS, _SILENT_OUTCOMES = ("wait",), ("lost_the_race",)


@dataclass(frozen=True)
class Happening:
    """One thing that happened, and why."""

    at: datetime
    name: str
    instance: str
    group: str
    what: str
    why: str


@dataclass
class Case:
    """One scheduled event of one instance."""

    event_id: str
    instance: str
    name: str
    group: str  # empty for a standalone instance
    code: str
    not_before: datetime
    outcome: str = "open"  # the fleet's word
    ended_at: datetime | None = None
    before_date: timedelta | None = None  # time left when it ended, for the moved ones
    replaced_by: str | None = None
    decisions: list[dict] = field(default_factory=list)  # those that differ from the one before
    verified: bool = False
    alert: str = ""  # the last one told

    @property
    def action(self) -> str | None:
        """The action of the last decision; None if no function ever decided."""
        return self.decisions[-1]["action"] if self.decisions else None

    @property
    def reason(self) -> str | None:
        """The reason of the last decision before the event ended."""
        return self.decisions[-1]["reason"] if self.decisions else None


class Casebook:
    """All cases, by the event's id."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.names: dict[str, str] = {}  # of every instance ever seen, by id
        self.limits: dict[str, dict] = {}  # the fleet's account of who was out at once

    def settled(self) -> bool:
        """Whether every case has ended, and every move is verified."""
        return all(
            case.outcome != "open"
            and (case.outcome not in ("moved", "ridden") or self.verified(case))
            for case in self.cases.values()
        )

    def verified(self, case: Case) -> bool:
        """Whether the case, or that of a successor on a doomed host, ended well."""
        heirs = [heir for heir in self.cases.values() if heir.instance == case.replaced_by]
        return case.verified or any(self.verified(heir) for heir in heirs)

    def learn_truth(self, truth: dict) -> list[Happening]:
        """Take over the fleet's truth; returns what is new."""
        for instance in truth["instances"]:
            self.names[instance["id"]] = instance["name"]
        self.limits = {"group": truth["groups"], "replica set": truth["replica_sets"]}
        news = []
        for event in truth["events"]:
            news += self._learn_event(event)
        return news

    def _learn_event(self, event: dict) -> list[Happening]:
        case = self.cases.get(event["event_id"])
        date = read_time(event["not_before"])
        if case is None:
            case = self.cases[event["event_id"]] = Case(
                event["event_id"],
                event["instance"],
                event["name"],
                event["group"] or "",
                event["code"],
                date,
            )
        case.not_before = date
        if event["outcome"] == case.outcome:
            return []
        case.outcome = event["outcome"]
        if case.outcome == "open":
            # Its successor got an event of its own: the move is not done after all.
            case.ended_at = case.before_date = case.replaced_by = None
            return []
        case.ended_at = read_time(event["at"])
        case.before_date = timedelta(seconds=event["seconds_before_date"])
        case.replaced_by = event["replaced_by"]
        return [self._ending(case)]

    def _ending(self, case: Case) -> Happening:
        successor = self.names.get(case.replaced_by or "", case.replaced_by)
        words = {
            "moved": f"{successor} serves in its place, {span(case.before_date)} before the date",
            "ridden": "AWS did its work while the instance stood by, and it is back",
            "forced": "its date came and AWS acted itself",
            "cancelled": "AWS took its event back",
            "gone": "it left by another hand",
        }
        why = words.get(case.outcome, "")
        return _happening(case.ended_at, case, case.outcome.upper(), why)

    def learn_report(self, report: dict, now: datetime) -> list[Happening]:
        """Take over a function's report, read at `now`; returns what is new.

        A decision is dated by the report. A notice is not: a router that asks AWS nothing goes by
        its own monotonic clock, which knows nothing of the jumps of the stand-in's.
        """
        at = read_time(report["now"])
        news = [_notice(now, notice) for notice in report.get("notices") or []]
        for decision in report.get("decisions") or []:
            news += self._learn_decision(at, report["trigger"], decision)
        for words in report.get("alerts") or []:
            news += self._learn_alert(at, words)
        if report.get("error"):
            news.append(Happening(at, "", "", "", report["outcome"], str(report["error"])))
        return news

    def _learn_decision(self, at: datetime, trigger: str, decision: dict) -> list[Happening]:
        case = self.cases.get(decision["event_id"])
        if case is None:
            return []
        case.verified = case.verified or decision["reason"] == _VERIFIED
        last = case.decisions[-1] if case.decisions else {}
        if all(last.get(key) == decision[key] for key in ("action", "reason", "outcome", "phase")):
            return []
        found = " (found by the sweep)" if trigger == "sweep" and not case.decisions else ""
        if case.ended_at is None or at <= case.ended_at:
            case.decisions.append(decision)
        if decision["action"] in _SILENT_ACTIONS or decision["outcome"] in _SILENT_OUTCOMES:
            return []
        done = decision["action" if decision["outcome"] == "applied" else "outcome"]
        why = "" if done == decision["reason"] else f" ({decision['reason']})"
        return [_happening(at, case, f"{done}{why}{found}", decision["words"])]

    def _learn_alert(self, at: datetime, words: str) -> list[Happening]:
        """An alert that was not told before; of a known decision only what it adds to it."""
        for case in self.cases.values():
            if words.startswith((f"{case.name} ({case.instance})", case.instance)):
                last = case.decisions[-1]["words"] if case.decisions else ""
                words = words.removeprefix(last).strip()
                if words == case.alert:
                    return []
                case.alert = words
                return [_happening(at, case, "alert", words)]
        return [Happening(at, "", "", "", "alert", words)]


def _happening(at: datetime, case: Case, what: str, words: str) -> Happening:
    """What happened to a case, without the name, id and group that its line begins with."""
    for name in (f"{case.name} ({case.instance})", case.instance):
        words = words.removeprefix(f"{name} of group {case.group}").removeprefix(name)
    return Happening(at, case.name, case.instance, case.group, what, words.lstrip(": "))


def _notice(at: datetime, notice: dict) -> Happening:
    code = notice["type_code"]
    words = notice["words"].removeprefix(f"{code}: ")
    return Happening(at, "", "", "", f"notice {notice['decision']}", f"{code}: {words}")


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
