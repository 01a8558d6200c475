"""What is known of each affected instance: AWS's truth from the fleet, and why from the functions.

A case is one scheduled event of one instance. Telling the casebook something yields what is new in
it, so that each thing that happened is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from standin.fleet_control import read_time
from standin.player.happening import Happening, span
from standin.player.outages import Outages

# The reasons with which an incident ends well: EC2 was looked at again, an hour later. The first is
# of a replacement, the second of an instance that came back as itself.
_VERIFIED = ("verified", "it_is_clean")
# What changes nothing, neither in AWS nor in the ledger, and so is no happening.
_SILENT_ACTIONS, _SILENT_OUTCOMES = ("wait",), ("lost_the_race",)


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
    closed: bool = False  # the functions say that it is over
    alerts: list[str] = field(default_factory=list)  # whole sentences
    alert: str = ""  # what the last one told that a decision had not

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
        self.limits: dict[str, dict] = {}  # the most that were out at once, by group and set
        self.outages = Outages()

    def settled(self) -> bool:
        """Whether all have ended, every move is verified, and nothing is left open."""
        return not self.outages.left_open and all(map(self._settled, self.cases.values()))

    def _settled(self, case: Case) -> bool:
        if case.outcome == "moved":
            return self.verified(case)
        return case.closed if case.outcome == "ridden" else case.outcome != "open"

    def verified(self, case: Case) -> bool:
        """Whether the case ended well, or the one that followed on a doomed host."""
        return case.verified or any(map(self.verified, self._followed_by(case)))

    def _followed_by(self, case: Case) -> list[Case]:
        """Cases of its successor; of itself, later ones, where it came back as itself."""
        if case.replaced_by:
            return [heir for heir in self.cases.values() if heir.instance == case.replaced_by]
        own = [later for later in self.cases.values() if later.instance == case.instance]
        return own[own.index(case) + 1 :]

    def learn_truth(self, truth: dict) -> list[Happening]:
        """Take over the fleet's truth; returns what is new."""
        for instance in truth["instances"]:
            self.names[instance["id"]] = instance["name"]
        self.limits = {"group": truth["groups"], "replica set": truth["replica_sets"]}
        news = []
        for event in truth["events"]:
            news += self._learn_event(event, read_time(truth["now"]))
        # Of one that was replaced its own line tells who serves in its place.
        replaced = {case.instance for case in self.cases.values() if case.replaced_by}
        news += [told for told in self.outages.learn(truth) if told.instance not in replaced]
        return news

    def _learn_event(self, event: dict, now: datetime) -> list[Happening]:
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
        news = [] if date == case.not_before else [_moved_date(now, case, event)]
        case.not_before = date
        if event["outcome"] == case.outcome:
            return news
        case.outcome = event["outcome"]
        if case.outcome == "open":
            # Its successor got an event of its own: the move is not done after all.
            case.ended_at = case.before_date = case.replaced_by = None
            return news
        case.ended_at = read_time(event["at"])
        case.before_date = timedelta(seconds=event["seconds_before_date"])
        case.replaced_by = event["replaced_by"]
        return [*news, self._ending(case)]

    def _ending(self, case: Case) -> Happening:
        successor = self.names.get(case.replaced_by or "", case.replaced_by)
        serves = f"{successor} serves in its place" if successor else "it serves on another host"
        words = {
            "moved": f"{serves}, {span(case.before_date)} before the date",
            "ridden": "AWS did its work, and nothing was replaced",
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
        case.verified = case.verified or decision["reason"] in _VERIFIED
        case.closed = case.closed or decision["action"] == "close"
        last = case.decisions[-1] if case.decisions else {}
        if all(last.get(key) == decision[key] for key in ("action", "reason", "outcome", "phase")):
            return []
        found = " (found by the sweep)" if trigger == "sweep" and not case.decisions else ""
        if case.ended_at is None or at < case.ended_at:
            case.decisions.append(decision)
        if decision["action"] in _SILENT_ACTIONS or decision["outcome"] in _SILENT_OUTCOMES:
            return []
        done = decision["action" if decision["outcome"] == "applied" else "outcome"]
        why = "" if done == decision["reason"] else f" ({decision['reason']})"
        return [_happening(at, case, f"{done}{why}{found}", decision["words"])]

    def _learn_alert(self, at: datetime, words: str) -> list[Happening]:
        """An alert that was not told before; of a known decision only what it adds to it."""
        for case in reversed(self.cases.values()):
            if words.startswith((f"{case.name} ({case.instance})", case.instance)):
                if words not in case.alerts:
                    case.alerts.append(words)
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


def _moved_date(at: datetime, case: Case, event: dict) -> Happening:
    date = read_time(event["not_before"])
    words = f"from {case.not_before:%b %d %H:%M} to {date:%b %d %H:%M}"
    words += ", as asked" if event["rescheduled_by"] == "owner" else ", by AWS's wish"
    return _happening(at, case, "DATE MOVED", words)


def _notice(at: datetime, notice: dict) -> Happening:
    code = notice["type_code"]
    words = notice["words"].removeprefix(f"{code}: ")
    return Happening(at, "", "", "", f"notice {notice['decision']}", f"{code}: {words}")
