"""A run is judged by instance, and every difference is said in words."""

import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path

from standin.player.casebook import Casebook
from standin.player.happening import Happening, span
from standin.player.limits import at_once, limit_of
from standin.player.outages import Outage
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
        "rescheduled_by": None,
    }


def truth(*events: dict, out: int = 0, **more) -> dict:
    groups = {e["group"]: {"largest_out_at_once": out} for e in events}
    return {
        "now": "2026-12-01T09:00:00Z",
        "events": list(events),
        "instances": [],
        "groups": groups,
        "replica_sets": {},
        "outages": [],
        "data_lost": [],
        "refusals": [],
        "leftovers": [],
    } | more


def outage(name: str, first: int, last: int | None, by: str = "api") -> dict:
    """An outage from one full hour to another."""
    times = [hour and f"2026-12-01T{hour:02}:00:00Z" for hour in (first, last)]
    place = {"instance": f"i-{name}", "name": name, "group": None, "replica_set": None}
    return place | {"from": times[0], "to": times[1], "by": by}


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
        } | more.get("file", {})
        scenario = parse_scenario(Path("s.yaml"), document)
        dead, noise, denied = more.get("dead", {}), more.get("noise", []), more.get("denied", [])
        return differences(scenario, self.book, dead, noise, denied)

    def test_a_run_that_came_out_as_expected_differs_in_nothing(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open"), event("web-b1", "moved")))
        self.learn(decision("web-a1", "hold", "busy"))
        self.book.learn_truth(truth(event("web-a1", "forced"), event("web-b1", "moved")))
        expect = {"web-a1": {"hold": "busy", "then": "forced"}, "web-b1": "moved"}
        self.assertEqual(self.differences(expect), [])

    def test_what_is_decided_once_it_has_ended_changes_no_reason(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open")))
        self.learn(decision("web-a1", "hold", "busy"))
        self.book.learn_truth(truth(event("web-a1", "forced") | {"at": "2026-12-01T08:30:00Z"}))
        self.learn(decision("web-a1", "close", "aws_acted_first", "closed"))
        self.assertEqual(self.differences({"web-a1": {"hold": "busy", "then": "forced"}}), [])

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
                (
                    "web-a1: nothing is expected of it, "
                    "but it was moved, and no function decided about it"
                ),
            ],
        )

    def test_a_broken_limit_a_dead_letter_a_denial_and_noise_are_differences(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "moved"), out=2))
        more = {"dead": {"dlq": 1}, "noise": ["panicked"], "denied": ["You may not"]}
        found = self.differences({"web-a1": "moved"}, **more)
        self.assertEqual(
            found,
            [
                "limit broken: group web: 2 out at once, limit 1",
                "1 message(s) in dlq",
                "denied: You may not",
                "a function wrote something that is no report: panicked",
            ],
        )

    def test_lost_data_is_a_difference_unless_the_file_states_it(self) -> None:
        lost = [{"instance": "i-db", "name": "db", "at": "2026-12-01T09:00:00Z", "by": "aws"}]
        told = self.book.learn_truth(truth(event("web-a1", "moved"), data_lost=lost))
        self.assertEqual([news.what for news in told], ["MOVED", "DATA LOST"])
        self.assertEqual(self.differences({"web-a1": "moved"}), ["db: its data was lost"])
        self.assertEqual(self.differences({"web-a1": "moved"}, file={"data_lost": ["db"]}), [])
        self.assertEqual(
            self.differences({"web-a1": "moved"}, file={"data_lost": ["db", "cache"]}),
            ["cache: its data was expected to be lost, and is still there"],
        )

    def test_what_is_left_open_is_a_difference_and_keeps_the_run_going(self) -> None:
        stopped = {"name": "db", "words": "it is stopped", "by": "api"}
        self.book.learn_truth(truth(event("web-a1", "forced"), leftovers=[stopped]))
        self.assertFalse(self.book.settled())
        self.assertEqual(self.differences({"web-a1": "forced"}), ["left open: db: it is stopped"])
        by_aws = stopped | {"by": "aws"}
        self.book.learn_truth(truth(event("web-a1", "forced"), leftovers=[by_aws]))
        self.assertTrue(self.book.settled())

    def test_an_earlier_event_may_not_be_forced_behind_the_files_back(self) -> None:
        first = event("web-a1", "forced") | {"event_id": "the-first"}
        self.book.learn_truth(truth(first, event("web-a1", "moved")))
        self.assertEqual(
            self.differences({"web-a1": "moved"}),
            ["web-a1: AWS acted itself on its earlier instance-stop"],
        )

    def test_standalone_instances_go_one_by_one_by_our_hand(self) -> None:
        gone = [outage("db", 1, 3), outage("mail", 2, None), outage("old", 2, 4, "aws")]
        self.book.learn_truth(truth(event("web-a1", "moved"), outages=gone))
        alone = {"instances": {"db": {}, "mail": {}, "old": {}}}
        self.assertEqual(
            self.differences({"web-a1": "moved"}, file=alone),
            ["limit broken: standalone instances: 2 out at once, limit 1"],
        )

    def test_a_named_limit_holds_across_its_owners(self) -> None:
        gone = [outage("db", 1, 3), outage("mail", 2, 4), outage("old", 2, 4)]
        self.book.learn_truth(truth(event("web-a1", "moved"), outages=gone))
        tags = {"reberth:limits": "disks=1 + racks=9"}
        owners = {"db": {"tags": tags}, "mail": {"tags": tags}, "old": {}}
        found = self.differences({"web-a1": "moved"}, file={"instances": owners})
        self.assertIn("limit broken: named limit disks: 2 out at once, limit 1", found)
        self.assertNotIn("racks", str(found))

    def test_an_outage_that_ends_as_another_begins_is_over(self) -> None:
        def at(hour: int) -> datetime:
            return START.replace(hour=hour)

        def away(first: int, last: int | None) -> Outage:
            return Outage("i", "n", "", at(first), last and at(last), "api")

        self.assertEqual(at_once([away(1, 3), away(3, 5)]), 1)
        self.assertEqual(at_once([away(1, 4), away(3, 5), away(3, None)]), 3)
        self.assertEqual(at_once([]), 0)

    def test_an_instance_that_comes_back_is_told_once_and_a_replaced_one_is_not(self) -> None:
        moved = event("web-a1", "moved") | {"replaced_by": "i-web-7"}
        away = [outage("web-a1", 1, 2), outage("db", 1, 2)]
        told = self.book.learn_truth(truth(moved, outages=away))
        back = [(news.name, news.why) for news in told if news.what == "SERVES AGAIN"]
        self.assertEqual(back, [("db", "it was out for 1 h, by an API call")])
        self.assertEqual(self.book.learn_truth(truth(moved, outages=away)), [])

    def test_a_start_that_aws_refuses_again_and_again_is_told_once(self) -> None:
        refused = {"action": "StartInstances", "code": "InsufficientInstanceCapacity"}
        refused |= {"instance": "i-db", "name": "db", "at": "2026-12-01T09:00:00Z"}
        [told] = self.book.learn_truth(truth(refusals=[refused]))
        self.assertEqual(
            (told.what, told.why), ("REFUSED", "StartInstances: InsufficientInstanceCapacity")
        )
        again = refused | {"at": "2026-12-01T09:01:00Z"}
        other = again | {"code": "RequestLimitExceeded"}
        [told] = self.book.learn_truth(truth(refusals=[refused, again, other]))
        self.assertEqual(told.why, "StartInstances: RequestLimitExceeded")

    def test_a_date_that_aws_moves_is_told(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open")))
        sooner = event("web-a1", "open") | {"not_before": "2026-12-01T18:00:00Z"}
        [told] = self.book.learn_truth(truth(sooner))
        self.assertEqual(
            (told.what, told.why),
            ("DATE MOVED", "from Dec 02 08:00 to Dec 01 18:00, by AWS's wish"),
        )

    def test_when_it_ended_and_what_people_were_told_can_be_expected(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "open")))
        self.learn(alerts=("web-a1 (i-web-a1) does not start.",))
        self.book.learn_truth(truth(event("web-a1", "moved")))
        wanted = {"then": "moved", "between": ["+30m", "+2h"], "alert": "does not start"}
        self.assertEqual(self.differences({"web-a1": wanted}), [])
        self.assertEqual(
            self.differences({"web-a1": wanted | {"between": ["+2h", "+3h"], "alert": "date"}}),
            [
                (
                    "web-a1: expected moved between Dec 01 10:00 and Dec 01 11:00, "
                    "but it was at Dec 01 09:00"
                ),
                (
                    "web-a1: expected an alert with 'date', but people were told: "
                    "web-a1 (i-web-a1) does not start."
                ),
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

    def test_a_ridden_event_is_settled_when_the_functions_say_that_it_is_over(self) -> None:
        self.book.learn_truth(truth(event("web-a1", "ridden")))
        self.assertFalse(self.book.settled())
        self.learn(decision("web-a1", "close", "event_over", "closed"))
        self.assertTrue(self.book.settled())

    def test_a_move_to_a_doomed_host_is_verified_with_its_successor(self) -> None:
        first, second = event("web-a1", "moved"), event("web-7", "moved")
        self.book.learn_truth(truth(first | {"replaced_by": "i-web-7"}, second))
        self.learn(decision("web-a1", "close", "bad_host", "closed"))
        self.assertFalse(self.book.settled())
        self.learn(decision("web-7", "close", "verified", "moved"))
        self.assertTrue(self.book.settled())

    def test_one_that_came_back_on_a_doomed_host_is_verified_with_its_next_move(self) -> None:
        second = event("db", "moved") | {"event_id": "the-second"}
        self.book.learn_truth(truth(event("db", "moved"), second))
        self.learn(decision("db", "close", "bad_host", "closed"))
        self.assertFalse(self.book.settled())
        clean = decision("db", "close", "it_is_clean", "moved")
        self.learn(clean | {"event_id": "the-second"})
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
