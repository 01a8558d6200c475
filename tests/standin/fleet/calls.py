"""The log of every AWS API call, for tests that count or order calls."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass

from standin.clock import Clock, rfc3339

from .dialects import Request
from .roles import Verdict

_ID = re.compile(r"^(InstanceIds?|Targets|ResourceId)(\.|$)")
_GROUP = re.compile(r"^AutoScalingGroupNames?(\.|$)")
_SKIPPED = {"Action", "Version"}


@dataclass(frozen=True)
class Call:
    """One call as the caller made it. `error` is None when it succeeded.

    `function` is None for a call of the tester's, `denial` for a call that the role allowed.
    """

    n: int
    at: str
    service: str
    action: str
    ids: list[str]
    groups: list[str]
    params: dict[str, str]
    status: int
    error: str | None
    function: str | None
    denial: str | None


class CallLog:
    """Calls in the order in which they were answered, numbered from 1."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Call] = []
        self._n = 0

    def add(self, request: Request, verdict: Verdict, status: int, error: str | None) -> Call:
        """Record one answered call."""
        self._n += 1
        params = request.params
        ids = [value for key, value in params.items() if _ID.match(key) and value[:2] == "i-"]
        groups = [value for key, value in params.items() if _GROUP.match(key)]
        named = set(ids) | set(groups)
        rest = {k: v for k, v in params.items() if k not in _SKIPPED and v not in named}
        now = rfc3339(self._clock.now)
        call = Call(
            n=self._n,
            at=now,
            service=request.service,
            action=request.action,
            ids=ids,
            groups=groups,
            params=rest,
            status=status,
            error=error,
            function=verdict.function,
            denial=verdict.denial,
        )
        self._entries.append(call)
        return call

    def since(self, n: int) -> dict[str, object]:
        """The calls numbered above `n`, and how many of each action."""
        entries = [call for call in self._entries if call.n > n]
        by_action = Counter(f"{call.service}.{call.action}" for call in entries)
        return {
            "entries": [asdict(call) for call in entries],
            "by_action": dict(sorted(by_action.items())),
        }

    def reset(self) -> None:
        """Forget all calls; the numbers go on."""
        self._entries.clear()
