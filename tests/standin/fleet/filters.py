"""EC2's filters: values are alternatives, filters are all required, `*` and `?` are wildcards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache

from moto.ec2.exceptions import EC2ClientError

#: Gives the values an item has for a filter: none, one or several.
Getter = Callable[[object], Iterable[str]]


@cache
def _pattern(value: str) -> re.Pattern[str]:
    parts = re.split(r"(\\.|[*?])", value)
    wild = {"*": ".*", "?": "."}
    escaped = (p[1:] if len(p) == 2 and p[0] == "\\" else p for p in parts)
    body = "".join(
        wild[part] if part in wild else re.escape(plain)
        for part, plain in zip(parts, escaped, strict=True)
    )
    return re.compile(body, re.DOTALL)


def matches(wanted: Iterable[str], values: Iterable[str]) -> bool:
    """Whether any value matches any of the wanted ones."""
    patterns = [_pattern(value) for value in wanted]
    return any(pattern.fullmatch(value) for value in values for pattern in patterns)


def getters_for(names: Iterable[str], known: Mapping[str, Getter]) -> dict[str, Getter]:
    """The getter of each filter; an unknown filter is the error that EC2 gives for it."""
    chosen = {}
    for name in names:
        if name not in known:
            raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
        chosen[name] = known[name]
    return chosen


def moment(value: datetime | None) -> list[str]:
    """A time as EC2 compares it in a filter, with milliseconds; several forms match."""
    if value is None:
        return []
    return [value.strftime("%Y-%m-%dT%H:%M:%S.000Z"), value.strftime("%Y-%m-%dT%H:%M:%SZ")]
