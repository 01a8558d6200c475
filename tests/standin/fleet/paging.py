"""Pages as AWS cuts them: a token is opaque, and valid only for the request that it came from."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any


class BadToken(ValueError):
    """The token does not come from an earlier page."""


def page(items: Sequence[Any], size: int, token: str | None) -> tuple[Sequence[Any], str | None]:
    """One page, and the token of the next one or None after the last."""
    start = _read(token) if token else 0
    if start > len(items):
        raise BadToken(token)
    end = start + size
    return items[start:end], _write(end) if end < len(items) else None


def _write(position: int) -> str:
    return base64.urlsafe_b64encode(f"from:{position}".encode()).decode()


def _read(token: str) -> int:
    try:
        kind, _, position = base64.urlsafe_b64decode(token).decode().partition(":")
        if kind != "from":
            raise BadToken(token)
        return int(position)
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise BadToken(token) from error
