"""A run is judged by instance, and every difference is said in words."""

import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path

from standin.player.casebook import Casebook, Happening, span
from standin.player.limits import limit_of
from standin.player.scenario import parse_scenario
from standin.player.verdict import differences

START = datetime(2026, 12, 1, 8, tzinfo=UTC)


def event(name: str, outcome: str) -> dict:
    ended = outcome != "open"
    return {
        "event_id": f"event-of-{name}",
        "instance": f"i-{name}",
        "name": name,
        "group": name.rsplit("-", 1)[0],
        "code": "instance-stop",
        "not_before": "2026-12-02T08:00:00Z",
        "outcome": outcome,
        "at": "2026-12-01T09:00:00Z" if ended else None,
        "seconds_before_date": 82800.0 if ended else None,
        "replaced_by": None,
    }


def truth(*events: dict, out: int = 0) -> dict:
    groups = {e["group"]: {"largest_out_at_once": out} for e in events}
    return {"events": list(events), "instances": [], "groups": groups, "replica_sets": {}}


def decision(name: str, action: str, reason: str, outcome: str = "held") -> dict:
    return {
        "event_id": f"event-of-{name}",
        "action": action,
        "reason": reason,
        "outcome": outcome,
        "phase": "planned",
        "words": "because",
    }


class VerdictTest(unittest.TestCase):
    def setUp(self) -> None:
        self.book = Casebook()

    def learn(self, *decisions: dict, alerts: tuple[str, ...] = ()) -> list[Happening]:
        report = {"now": "2026-12-01T08:30:00Z", "trigger": "sweep"}
        report |= {"decisions": list(decisions), "alerts": list(alerts)}
        return self.book.learn_report(report, START)

    def differences(self, expect: dict, **more) -> list[str]:
        document = {
            "name": "n",
            "start": START,
            "lasts": "+1d",
            "groups": {"web": {"desired": 3}},
            "expect": expect,
        }
        scenario = parse_scenario(Path("s.yaml"), document)
        return differences(scenario, self.book, more.get("dead", {}), more.get("noise", []))

    def test_a_run_that_came_out_as_expected_differs_in_nothing(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open"), event("web-b1", "moved")))
        self.learn(decision("web-a1", "hold", "busy"))
        self.book.learn_truth(truth(event("web-a1", "forced"), event("web-b1", "moved")))
        expect = {"web-a1": {"hold": "busy", "then": "forced"}, "web-b1": "moved"}
        self.assertEqual(self.differences(expect), [])

    def test_another_reason_than_expected_is_a_difference(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open")))
        self.learn(decision("web-a1", "hold", "small_group"))
        self.assertEqual(
            self.differences({"web-a1": {"hold": "busy", "then": "open"}}),
            ["web-a1: expected hold (busy), then open, but it was hold (small_group), then open"],
        )

    def test_nobody_affected_is_left_out_of_the_judgement(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "moved")))
        self.assertEqual(
            self.differences({"web-b1": "moved"}),
            [
                "web-b1: expected moved, but AWS scheduled nothing for an instance so named",
                "web-a1: nothing is expected of it, "
                "but it was moved, and no function decided about it",
            ],
        )

    def test_a_broken_limit_a_dead_letter_and_noise_are_differences(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "moved"), out=2))
        found = self.differences({"web-a1": "moved"}, dead={"dlq": 1}, noise=["panicked"])
        self.assertEqual(
            found,
            [
                "limit broken: group web: 2 out at once, limit 1",
                "1 message(s) in dlq",
                "a function wrote something that is no report: panicked",
            ],
        )

    def test_each_thing_that_happened_is_told_once(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open")))
        held = decision("web-a1", "hold", "busy")
        [first] = self.learn(held)
        self.assertEqual(first.what, "held (busy) (found by the sweep)")
        self.assertEqual(self.learn(held), [])
        [moved] = self.book.learn_truth(truth(event("web-a1", "moved")))
        self.assertEqual(moved.what, "MOVED")
        self.assertEqual(self.book.learn_truth(truth(event("web-a1", "moved"))), [])

    def test_a_run_is_settled_when_all_have_ended_and_every_move_is_verified(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "moved")))
        self.assertFalse(self.book.settled())
        self.learn(decision("web-a1", "close", "verified", "moved"))
        self.assertTrue(self.book.settled())

    def test_a_move_to_a_doomed_host_is_verified_with_its_successor(self) -> None:
        first, second = event("web-a1", "moved"), event("web-7", "moved")
        self.book.learn_truth(truth(first | {"replaced_by": "i-web-7"}, second))
        self.learn(decision("web-a1", "close", "bad_host", "closed"))
        self.assertFalse(self.book.settled())
        self.learn(decision("web-7", "close", "verified", "moved"))
        self.assertTrue(self.book.settled())

    def test_an_alert_tells_only_what_it_adds_to_a_decision(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open")))
        words = "web-a1 (i-web-a1) of group web is held: it is busy."
        held = decision("web-a1", "hold", "busy") | {"words": words}
        [hold, alert] = self.learn(held, alerts=(f"{words} AWS acts in 4 h.",))
        self.assertEqual(hold.why, "is held: it is busy.")
        self.assertEqual((alert.name, alert.why), ("web-a1", "AWS acts in 4 h."))
        self.assertEqual(self.learn(alerts=(f"{words} AWS acts in 4 h.",)), [])

    def test_a_groups_limit_is_its_tag_else_its_maintenance_policy_else_one(self) -> None:
        for group, limit in (
            ({"desired": 10}, 1),
            ({"desired": 10, "tags": {"reberth:max-unavailable": 3}}, 3),
            ({"desired": 10, "tags": {"reberth:max-unavailable": "25pct"}}, 2),
            ({"desired": 3, "tags": {"reberth:max-unavailable": "10pct"}}, 1),
            ({"desired": 10, "maintenance_policy": {"min": 100, "max": 150}}, 0),
        ):
            self.assertEqual(limit_of(group), limit, group)

    def test_spans_are_told_in_two_units(self) -> None:
        self.assertEqual(span(timedelta(hours=26, minutes=5)), "1 d 2 h")
        self.assertEqual(span(timedelta(seconds=0)), "0 s")


if __name__ == "__main__":
    unittest.main()
