"""Moves the stand-in's clock: slowly while anything works, and straight to the next due time else.

A function that is under way has real work to do in real time, so the clock then runs at most sixty
times as fast as real time. When all is idle nothing can happen before the next due time, and the
clock jumps there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from standin.fleet_control import FleetControl

# Virtual seconds in a real second while something is under way.
SPEED = 60
# Real seconds between two looks while something is under way.
_PAUSE = 0.005


class Errand(Protocol):
    """Something that has to be done at times of its own."""

    def next_due(self) -> datetime | None:
        """When there is something to do next; None for nothing."""

    def run(self, now: datetime) -> None:
        """Do what is due."""


class Driver:
    """Drives one run. `busy` says whether a function or a message is under way.

    `watch` is called after every step with what happened in the fleet. `real` and `pause` are real
    time; tests give their own.
    """

    def __init__(
        self,
        fleet: FleetControl,
        errands: Iterable[Errand],
        busy: Callable[[], bool],
        watch: Callable[[list[str]], None],
        real: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ):
        self.now = fleet.now()
        self._fleet = fleet
        self._errands = list(errands)
        self._busy = busy
        self._watch = watch
        self._real = real
        self._pause = pause
        self._mark: float | None = None  # real time up to which the clock was moved

    def run(self, end: datetime, settled: Callable[[], bool], seconds_max: float) -> None:
        """Drive until `settled` or `end`; TimeoutError after `seconds_max` of real time."""
        give_up = self._real() + seconds_max
        while self.now < end and not settled():
            if self._real() > give_up:
                raise TimeoutError(
                    f"not finished after {seconds_max:.0f} s of real time: the clock stands at "
                    f"{self.now:%Y-%m-%d %H:%M:%S}, the scenario ends at {end:%Y-%m-%d %H:%M:%S}"
                )
            self._step(end)

    def _step(self, end: datetime) -> None:
        if self._idle():
            self._mark = None
            self._move(min([end, *self._due_times()]))
        elif seconds := self._seconds_to_creep():
            target = self.now + timedelta(seconds=seconds)
            self._move(min([end, target, *self._due_times()]))

    def _move(self, target: datetime) -> None:
        # The fleet tells whole seconds: what it names as due now may be due a fraction later.
        target = max(target, self.now + timedelta(seconds=1))
        ran = self._fleet.advance(target)
        self.now = target
        for errand in self._errands:
            errand.run(self.now)
        self._watch(ran)

    def _due_times(self) -> list[datetime]:
        times = [source.next_due() for source in (self._fleet, *self._errands)]
        return [time for time in times if time is not None]

    def _idle(self) -> bool:
        # Between a function's answer and the deletion of its message one look may see neither.
        return not self._busy() and not self._busy()

    def _seconds_to_creep(self) -> int:
        """Whole virtual seconds for the real time that passed since the clock last moved."""
        if self._mark is None:
            self._mark = self._real()
        self._pause(_PAUSE)
        seconds = int((self._real() - self._mark) * SPEED)
        self._mark += seconds / SPEED
        return seconds
