"""The table at the end counts by outcome, and names what must not be."""

import unittest
from pathlib import Path

from standin.player.casebook import Casebook
from standin.player.scenario import parse_scenario
from standin.player.stage import Stage
from standin.player.summary import report_document, summary_lines
from standin.test_verdict import START, decision, event, outage, truth

OWNERS = {
    "groups": {"web": {"desired": 3, "tags": {"reberth:mode": "enforce"}}},
    "instances": {"db": {"tags": {"reberth:mode": "off"}}},
    "alarms": {"errors": "OK"},
}


def scenario():
    return parse_scenario(Path("s.yaml"), {"name": "n", "start": START, "lasts": "+1d"} | OWNERS)


class SummaryTest(unittest.TestCase):
    def setUp(self) -> None:
        self.book = Casebook()

    def line(self, beginning: str) -> str:
        lines = summary_lines(scenario(), self.book, {})
        [line] = [line for line in lines if line.startswith(beginning)]
        return line.removeprefix(beginning).strip()

    def test_each_outcome_has_its_line(self) -> None:
        events = (
            event("web-a1", "moved"),
            event("web-b1", "ridden"),
            event("web-c1", "cancelled"),
            event("web-a2", "open"),
            event("web-b2", "forced"),
        )
        self.book.learn_truth(truth(*events))
        report = {"now": "2026-12-01T08:30:00Z", "trigger": "sweep"}
        closed = decision("web-b1", "close", "verified", "closed")
        self.book.learn_report(report | {"decisions": [closed]}, START)
        self.assertEqual(self.line("Affected"), "5 instance(s), 5 of them opted in")
        self.assertEqual(self.line("Moved"), "1 (20 % of the opted in)")
        counts = {word: self.line(f"{word} ") for word in ("Ridden", "Verified", "Cancelled")}
        self.assertEqual(set(counts.values()), {"1"}, counts)
        self.assertEqual(self.line("Held "), "2")
        self.assertEqual(self.line("Forced by AWS"), "1")

    def test_what_was_lost_or_left_open_is_named(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "moved")))
        self.assertEqual((self.line("Data lost"), self.line("Left open")), ("0", "0"))
        lost = {"instance": "i-db", "name": "db", "at": "2026-12-01T09:00:00Z", "by": "api"}
        left = {"name": "web-b1", "words": "it is in standby", "by": "api"}
        self.book.learn_truth(truth(event("web-a1", "moved"), data_lost=[lost], leftovers=[left]))
        self.assertEqual(self.line("Data lost"), "db")
        self.assertEqual(self.line("Left open"), "web-b1: it is in standby")

    def test_the_document_tells_who_was_out(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "moved"), outages=[outage("db", 1, 3)]))
        document = report_document(scenario(), self.book, {})
        [away] = document["outages"]
        self.assertEqual((away["name"], away["by"], away["end"].hour), ("db", "api", 3))
        self.assertIn("standalone instances", [kept["kind"] for kept in document["limits"]])


class Recorder:
    """Takes every command."""

    def __init__(self) -> None:
        self.done: list[tuple[str, dict]] = []

    def do(self, command: str, **fields) -> None:
        self.done.append((command, fields))


class StageTest(unittest.TestCase):
    def test_alarms_come_after_what_they_may_follow(self) -> None:
        fleet = Recorder()
        Stage(fleet).build(scenario())
        commands = [command for command, _ in fleet.done]
        self.assertEqual(commands, ["create_group", "create_instance", "alarm"])
        self.assertEqual(fleet.done[-1][1], {"name": "errors", "state": "OK"})


if __name__ == "__main__":
    unittest.main()
