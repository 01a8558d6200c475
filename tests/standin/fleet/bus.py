"""Events on their way to EventBridge.

Events wait in an outbox while the world is locked and are delivered afterwards, in order: whoever
they wake may call the fleet at once.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from standin.clock import Clock

from .place import REGION

#: PutEvents takes at most ten entries (API reference of EventBridge, PutEvents, read 2026-11).
_ENTRIES_PER_CALL = 10


@dataclass
class _Loss:
    source: str
    detail_type: str | None
    left: int


@dataclass(frozen=True)
class Letter:
    """An entry of PutEvents, and the region whose bus it is for."""

    region: str
    entry: dict[str, object]


#: Sends up to ten letters of one region; returns how many were refused.
Send = Callable[[list[Letter]], int]


def discard(letters: list[Letter]) -> int:
    """Where nobody listens."""
    return 0


def post_to(url: str) -> Send:
    """Send to the EventBridge at this address."""

    def send(letters: list[Letter]) -> int:
        scope = f"test/20261201/{letters[0].region}/events/aws4_request"
        request = urllib.request.Request(
            url,
            data=json.dumps({"Entries": [letter.entry for letter in letters]}).encode(),
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": "AWSEvents.PutEvents",
                "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, "
                "SignedHeaders=host, Signature=none",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer).get("FailedEntryCount", 0)
        except (urllib.error.URLError, TimeoutError):
            return len(letters)

    return send


class Bus:
    """The outbox, and what of it gets lost."""

    def __init__(self, clock: Clock, send: Send) -> None:
        self._clock = clock
        self._send = send
        self._outbox: deque[Letter] = deque()
        self._losses: list[_Loss] = []
        self._delivering = threading.Lock()
        #: How many events were put on the bus, lost by a fault, and refused by EventBridge.
        self.sent = self.lost = self.refused = 0

    def lose(self, source: str, detail_type: str | None, count: int) -> None:
        """Drop the next `count` events of a source (and of a detail-type, unless None)."""
        self._losses.append(_Loss(source, detail_type, count))

    def put(
        self,
        source: str,
        detail_type: str,
        detail: dict[str, object],
        resources: list[str],
        region: str = REGION,
    ) -> None:
        """Queue one event, dated now. `region` is the one whose bus hears it."""
        if self._is_lost(source, detail_type):
            self.lost += 1
            return
        entry = {
            "Time": self._clock.now.timestamp(),
            "Source": source,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
            "Resources": resources,
        }
        self._outbox.append(Letter(region, entry))

    def _is_lost(self, source: str, detail_type: str) -> bool:
        for loss in self._losses:
            if loss.left and loss.source == source and loss.detail_type in (None, detail_type):
                loss.left -= 1
                return True
        return False

    def deliver(self) -> None:
        """Send what waits. Call it without the world's lock.

        One thread delivers at a time, so that order holds; another returns at once, since the
        first goes on until the outbox is empty.
        """
        while self._outbox and self._delivering.acquire(blocking=False):
            try:
                while batch := self._next_batch():
                    refused = self._send(batch)
                    self.refused += refused
                    self.sent += len(batch) - refused
            finally:
                self._delivering.release()

    def _next_batch(self) -> list[Letter]:
        batch: list[Letter] = []
        while self._outbox and len(batch) < _ENTRIES_PER_CALL:
            if batch and self._outbox[0].region != batch[0].region:
                break
            batch.append(self._outbox.popleft())
        return batch
