"""The clock: order, standing at due times, and reading of moments."""

import unittest
from datetime import UTC, datetime, timedelta

from standin.clock import Clock, parse_moment, rfc3339

START = datetime(2026, 12, 1, 8, tzinfo=UTC)


class ClockTest(unittest.TestCase):
    def setUp(self):
        self.clock = Clock(START)
        self.seen = []

    def _see(self, what):
        self.seen.append((what, self.clock.now))

    def test_actions_run_in_order_of_time_then_of_planning(self):
        self.clock.after(20, lambda: self._see("late"), "late")
        self.clock.after(10, lambda: self._see("first"), "first")
        self.clock.after(10, lambda: self._see("second"), "second")
        ran = self.clock.advance_to(START + timedelta(seconds=30))
        self.assertEqual(ran, ["first", "second", "late"])
        self.assertEqual(self.clock.now, START + timedelta(seconds=30))

    def test_the_clock_stands_at_the_due_time_while_an_action_runs(self):
        self.clock.after(10, lambda: self._see("it"), "it")
        self.clock.advance_to(START + timedelta(hours=1))
        self.assertEqual(self.seen, [("it", START + timedelta(seconds=10))])

    def test_an_action_may_plan_another_that_runs_in_the_same_advance(self):
        def first():
            self.clock.after(5, lambda: self._see("second"), "second")

        self.clock.after(10, first, "first")
        self.assertEqual(self.clock.advance_to(START + timedelta(seconds=15)), ["first", "second"])

    def test_what_was_cancelled_does_not_run_and_is_not_next(self):
        self.clock.after(10, lambda: self._see("it"), "it").cancel()
        self.assertIsNone(self.clock.next_due())
        self.assertEqual(self.clock.advance_to(START + timedelta(seconds=15)), [])

    def test_time_never_goes_back(self):
        self.clock.advance_to(START - timedelta(days=1))
        self.assertEqual(self.clock.now, START)


class MomentTest(unittest.TestCase):
    def test_offsets_count_from_now(self):
        for text, seconds in (("+90s", 90), ("+10m", 600), ("-2h", -7200), ("+3d", 259200)):
            self.assertEqual(parse_moment(text, START), START + timedelta(seconds=seconds))

    def test_rfc3339_is_read_in_any_zone_and_written_in_utc(self):
        moment = parse_moment("2026-12-01T10:00:00+02:00", datetime.min)
        self.assertEqual(rfc3339(moment), "2026-12-01T08:00:00Z")

    def test_a_time_without_offset_is_refused(self):
        with self.assertRaises(ValueError):
            parse_moment("2026-12-01T10:00:00", START)


if __name__ == "__main__":
    unittest.main()
