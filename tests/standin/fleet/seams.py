"""Where our behaviour replaces moto's: methods of moto's classes, and its sense of time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto import backends
from moto.core.responses import BaseResponse
from moto.core.serialize import ResponseSerializer

if TYPE_CHECKING:
    from .world import World

_find_value = ResponseSerializer.get_value
_REPLACEMENTS: list[tuple[type, str, Any]] = []


def replaces(owner: type, name: str | None = None) -> Callable[[Any], Any]:
    """Mark a function as the method of a class of moto's, by default the one of the same name.

    On a response class that is the answer to the action of that name; it finds the world as
    `self.world`.
    """

    def mark(method: Any) -> Any:
        _REPLACEMENTS.append((owner, name or method.__name__, method))
        return method

    return mark


class ServerFault(Exception):
    """An answer of a service that moto cannot give: one with another status than 400."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code, self.status, self.message = code, status, message


class Wire(dict):
    """Part of an answer whose keys are AWS's own member names, so that moto need not search for
    each member under every name that an object of Python's might give it. A page of a thousand
    instances takes a third of the time."""


@replaces(ResponseSerializer, "get_value")
def find_value(self: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    """The value of one member of an answer, None where it has none."""
    return value.get(key) if type(value) is Wire else _find_value(self, value, key, shape)


def install(world: World) -> None:
    """Put all replacements in place, once, for the one world of this process."""
    BaseResponse.world = world
    for owner, name, method in _REPLACEMENTS:
        setattr(owner, name, method)
    _use_clock(world)
    _list_services_once()


def _list_services_once() -> None:
    """moto lists its own folder at every request, which is a fifth of the time of each."""
    services = sorted(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: services


def _use_clock(world: World) -> None:
    """Let every module of moto that imported `utcnow` read the world's clock instead."""

    def utcnow() -> datetime:
        return world.clock.now.replace(tzinfo=None)

    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and hasattr(module, "utcnow"):
            module.utcnow = utcnow
