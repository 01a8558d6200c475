"""A gate before ministack's SQS: delayed messages wait here for the stand-in's clock.

ministack would deliver them on real time. A message with `DelaySeconds` above zero is answered as
SQS answers it, kept, and sent on without delay when its time has come; its id in the queue is then
a new one. Everything else passes through unchanged. This module knows no sockets; they are in
`gate_server`.
"""

import hashlib
import heapq
import itertools
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Seconds a message may be delayed by. SQS API reference, SendMessage, read 2026-11.
_DELAY_MAX = 900

Answer = tuple[int, dict]
#: Posts an action; with a third argument in the name of whoever sends that as `Authorization`.
Upstream = Callable[..., Answer]


@dataclass(order=True)
class Waiting:
    """A message that waits; those due at the same instant go in the order they came."""

    due: datetime
    order: int
    queue_url: str = field(compare=False)
    body: str = field(compare=False)


class Gate:
    """Holds delayed messages; `upstream` posts an SQS action, `now` reads the clock."""

    def __init__(self, upstream: Upstream, now: Callable[[], datetime]):
        self.sent = Counter()  # messages accepted, by queue name
        self.delayed = Counter()  # of these, the ones that had to wait
        self._upstream = upstream
        self.now = now
        self._waiting: list[Waiting] = []
        self._order = itertools.count()
        self._lock = threading.Lock()

    def answer(self, action: str, request: dict, sender: str) -> Answer | None:
        """The gate's own answer to an SQS action, or None where it passes through."""
        if action == "SendMessage":
            return self._send(request, sender)
        if action == "SendMessageBatch":
            return self._send_batch(request, sender)
        return None

    def next_due(self) -> datetime | None:
        """When the next message is due; None while none waits."""
        with self._lock:
            return self._waiting[0].due if self._waiting else None

    def waiting(self) -> list[Waiting]:
        """The messages that wait, the next one first."""
        with self._lock:
            return sorted(self._waiting)

    def deliver(self, now: datetime | None = None) -> int:
        """Send on what is due at `now` (absent: the stand-in's time); returns how many went."""
        now = now or self.now()
        delivered = 0
        while message := self._take_due(now):
            body = {"QueueUrl": message.queue_url, "MessageBody": message.body}
            status, answer = self._upstream("SendMessage", body)
            if status != 200:
                raise RuntimeError(f"{message.queue_url}: a delayed message was refused: {answer}")
            delivered += 1
        return delivered

    def _take_due(self, now: datetime) -> Waiting | None:
        with self._lock:
            if self._waiting and self._waiting[0].due <= now:
                return heapq.heappop(self._waiting)
            return None

    def _send(self, request: dict, sender: str) -> Answer | None:
        if refusal := _refusal(request):
            return 400, refusal
        if not _delay(request):
            self._count(request["QueueUrl"])
            return None
        if refused := self._refused(request["QueueUrl"], sender):
            return refused
        return 200, self._keep(request["QueueUrl"], request)

    def _send_batch(self, request: dict, sender: str) -> Answer | None:
        entries, url = request.get("Entries", []), request.get("QueueUrl", "")
        later = [entry for entry in entries if not _refusal(entry) and _delay(entry)]
        at_once = [entry for entry in entries if not _refusal(entry) and not _delay(entry)]
        refused = [entry for entry in entries if _refusal(entry)]
        if not later and not refused:
            self._count(url, len(entries))
            return None
        if refused_all := self._refused(url, sender):
            return refused_all
        answer = {}
        if at_once:
            wanted = request | {"Entries": at_once}
            status, answer = self._upstream("SendMessageBatch", wanted, sender)
            if status != 200:
                return status, answer
            self._count(url, len(at_once))
        kept = [self._keep(url, entry) | {"Id": entry["Id"]} for entry in later]
        failed = [_failed(entry) for entry in refused]
        return 200, {
            "Successful": answer.get("Successful", []) + kept,
            "Failed": answer.get("Failed", []) + failed,
        }

    def _refused(self, url: str, sender: str) -> Answer | None:
        """SQS's refusal where the queue does not exist or the sender may not send to it.

        A message without a body asks for both, and is then refused for want of a body.
        """
        status, answer = self._upstream("SendMessage", {"QueueUrl": url}, sender)
        lacks_body = answer.get("__type", "").endswith("MissingParameter")
        return None if lacks_body else (status, answer)

    def _keep(self, url: str, entry: dict) -> dict:
        body = entry["MessageBody"]
        due = self.now() + timedelta(seconds=_delay(entry))
        with self._lock:
            heapq.heappush(self._waiting, Waiting(due, next(self._order), url, body))
        self._count(url)
        self.delayed[queue_name(url)] += 1
        digest = hashlib.md5(body.encode(), usedforsecurity=False).hexdigest()
        return {"MessageId": str(uuid.uuid4()), "MD5OfMessageBody": digest}

    def _count(self, url: str, messages: int = 1) -> None:
        self.sent[queue_name(url)] += messages


def queue_name(url: str) -> str:
    """The queue's name, which is the last part of its URL."""
    return url.rsplit("/", 1)[-1]


def _delay(entry: dict) -> int:
    return int(entry.get("DelaySeconds") or 0)


def _refusal(entry: dict) -> dict | None:
    """The error for a message that SQS, or this gate, does not take; None for a good one."""
    delay = _delay(entry)
    if not 0 <= delay <= _DELAY_MAX:
        reason = f"DelaySeconds is {delay}; it must be between 0 and {_DELAY_MAX}."
    elif delay and entry.get("MessageAttributes"):
        # Its digest would have to be answered too, and nothing here sends attributes.
        reason = "The stand-in's gate does not delay messages with MessageAttributes."
    elif delay and not entry.get("MessageBody"):
        reason = "MessageBody is missing; a message needs at least one character."
    else:
        return None
    return {"__type": "com.amazonaws.sqs#InvalidParameterValue", "message": reason}


def _failed(entry: dict) -> dict:
    message = _refusal(entry)["message"]
    return {
        "Id": entry["Id"],
        "SenderFault": True,
        "Code": "InvalidParameterValue",
        "Message": message,
    }
