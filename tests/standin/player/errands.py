"""What has to be done at times of its own beside the fleet: timeline, delayed messages, sweep."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from standin.player.scenario import Step
from standin.serverless.gate import Gate
from standin.serverless.sweep import Functions, Sweep


class Timeline:
    """What AWS does, step by step; `act` carries a step out."""

    def __init__(self, steps: tuple[Step, ...], act: Callable[[Step], None]):
        self._steps = deque(steps)
        self._act = act

    def next_due(self) -> datetime | None:
        return self._steps[0].at if self._steps else None

    def run(self, now: datetime) -> None:
        while self._steps and self._steps[0].at <= now:
            self._act(self._steps.popleft())


class Deliveries:
    """Delayed messages, sent on when they are due."""

    def __init__(self, gate: Gate):
        self._gate = gate

    def next_due(self) -> datetime | None:
        return self._gate.next_due()

    def run(self, now: datetime) -> None:
        self._gate.deliver(now)


class Sweeps:
    """The scheduled sweep; it runs beside the clock, as any invocation does."""

    def __init__(self, sweep: Sweep, functions: Functions):
        self._sweep = sweep
        self._functions = functions
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sweep")
        self._running: list[Future] = []
        self.failures: list[str] = []

    def next_due(self) -> datetime | None:
        return self._sweep.next_due()

    def run(self, now: datetime) -> None:
        if self._sweep.due(now):
            sweep = self._sweep
            self._running.append(
                self._threads.submit(self._functions.invoke, sweep.function, sweep.input)
            )

    def busy(self) -> bool:
        """Whether a sweep is under way; keeps the words of those that failed."""
        for future in [future for future in self._running if future.done()]:
            self._running.remove(future)
            if error := future.exception():
                self.failures.append(str(error))
        return bool(self._running)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
