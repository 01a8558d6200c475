"""The clock jumps while all is idle, and runs at most sixty times real time while work goes on."""

import unittest
from datetime import UTC, datetime, timedelta

from standin.player.drive import SPEED, Driver

START = datetime(2026, 12, 1, 8, tzinfo=UTC)


class FakeFleet:
    """A clock with due times of its own."""

    def __init__(self, *due: datetime):
        self.time = START
        self.due = sorted(due)
        self.stops: list[datetime] = []

    def now(self) -> datetime:
        return self.time

    def next_due(self) -> datetime | None:
        return self.due[0] if self.due else None

    def advance(self, to: datetime) -> list[str]:
        self.time = to
        self.stops.append(to)
        ran = [time for time in self.due if time <= to]
        self.due = [time for time in self.due if time > to]
        return [str(time) for time in ran]


class Once:
    """An errand that is due once."""

    def __init__(self, at: datetime):
        self.at: datetime | None = at
        self.ran_at: datetime | None = None

    def next_due(self) -> datetime | None:
        return self.at

    def run(self, now: datetime) -> None:
        if self.at and self.at <= now:
            self.at, self.ran_at = None, now


class RealTime:
    """Real time that passes only in pauses, a tenth of a second each."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def pause(self, _: float) -> None:
        self.seconds += 0.1


class DriverTest(unittest.TestCase):
    def drive(self, fleet: FakeFleet, errands: list, busy, hours: int = 2, seconds: float = 300):
        real = RealTime()
        driver = Driver(fleet, errands, busy, lambda _: None, real, real.pause)
        driver.run(START + timedelta(hours=hours), lambda: False, seconds)
        return real

    def test_an_idle_clock_stops_only_where_something_is_due(self) -> None:
        fleet = FakeFleet(START + timedelta(minutes=7))
        errand = Once(START + timedelta(minutes=30))
        real = self.drive(fleet, [errand], lambda: False)
        minutes = [(stop - START).seconds // 60 for stop in fleet.stops]
        self.assertEqual(minutes, [7, 30, 120])
        self.assertEqual(errand.ran_at, START + timedelta(minutes=30))
        self.assertEqual(real.seconds, 0)

    def test_a_working_clock_runs_at_most_sixty_times_real_time(self) -> None:
        fleet = FakeFleet()
        real = self.drive(fleet, [], lambda: True)
        self.assertGreaterEqual(real.seconds, 7200 / SPEED - 0.2)

    def test_a_working_clock_does_not_pass_what_is_due(self) -> None:
        due = START + timedelta(seconds=10)
        fleet = FakeFleet(due)
        self.drive(fleet, [], lambda: True, hours=1, seconds=120)
        self.assertIn(due, fleet.stops)

    def test_a_run_that_never_ends_is_given_up_with_words(self) -> None:
        with self.assertRaisesRegex(TimeoutError, "the clock stands at"):
            self.drive(FakeFleet(), [], lambda: True, hours=100, seconds=5)


if __name__ == "__main__":
    unittest.main()
