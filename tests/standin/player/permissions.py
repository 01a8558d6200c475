"""What the functions may do, held against what they did in all scenarios together.

A permission that no scenario uses is one too many, or a scenario is missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

# What AWS does under a function's role, around its code: the stand-in plays none of it.
_AROUND = ("Platform", "EncryptionKey")
# Allowed and used by no scenario, each with the reason.
UNUSED: dict[tuple[str, str], str] = {}

#: By function: what its role allows, by policy; what it asked for; what it was denied, in words.
#: As the fleet's control gives it.
Account = dict[str, dict]


def compare(records: Path) -> int:
    """Tell what comes of the records of plays in this folder; 1 if anything is wrong."""
    accounts = [
        json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(records.glob("*/permissions.json"))
    ]
    if not accounts:
        raise FileNotFoundError(f"{records}: no */permissions.json; play scenarios into it first")
    allowed, used = _united(accounts, _allowed), _united(accounts, _used)
    wrong = list(faults(allowed, used))
    for fault in wrong:
        print(f"NOT AS EXPECTED  {fault}")
    counts = [sum(map(len, actions.values())) for actions in (allowed, used)]
    print(f"Permissions: {counts[0]} allowed to {len(allowed)} functions, {counts[1]} used.")
    return 1 if wrong else 0


def faults(allowed: dict[str, set[str]], used: dict[str, set[str]]) -> Iterable[str]:
    """Every difference between what each function may do and what it did, in words."""
    for function in sorted(allowed):
        for action in sorted(used[function] - allowed[function]):
            yield f"{function}: {action}: it asked for it, and its role does not allow it"
        for action in sorted(allowed[function] - used[function]):
            if (function, action) not in UNUSED:
                yield f"{function}: {action}: its role allows it, and no scenario uses it"
    for function, action in sorted(UNUSED):
        if action in used.get(function, ()) or action not in allowed.get(function, ()):
            yield f"{function}: {action}: needs no excuse any more; take it out of UNUSED"


def _united(accounts: list[Account], part: object) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for account in accounts:
        for function, its_own in account.items():
            found.setdefault(function, set()).update(part(its_own))
    return found


def _allowed(its_own: dict) -> set[str]:
    policies = its_own["allowed"].items()
    return {action for name, actions in policies if name not in _AROUND for action in actions}


def _used(its_own: dict) -> set[str]:
    return set(its_own["used"])
