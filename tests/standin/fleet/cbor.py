"""As much of CBOR (RFC 8949) as Smithy's `rpc-v2-cbor` protocol uses.

Values are None, truth values, numbers, strings, bytes, times, and lists and dicts of values. SDKs
write maps and lists without a length, and AWS writes times as tagged seconds.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime

HEADERS = [("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor")]

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG, _SIMPLE = range(8)
_EPOCH_TAG = 1
_INDEFINITE, _BREAK = 31, 0xFF
_SIMPLES = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


class Malformed(ValueError):
    """Bytes that are not CBOR, or of a kind that the protocol does not use."""


def dumps(value: object) -> bytes:
    """A value as CBOR; what a dict holds None for is left out, as in Smithy's structures."""
    if value is None or isinstance(value, bool):
        return bytes([_SIMPLE << 5 | {False: 20, True: 21, None: 22}[value]])
    if isinstance(value, int):
        return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, float):
        return bytes([_SIMPLE << 5 | 27]) + struct.pack(">d", value)
    if isinstance(value, datetime):
        return _head(_TAG, _EPOCH_TAG) + dumps(value.timestamp())
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        encoded = value.encode()
        return _head(_TEXT, len(encoded)) + encoded
    if isinstance(value, list):
        return _head(_LIST, len(value)) + b"".join(dumps(item) for item in value)
    if isinstance(value, dict):
        held = {key: item for key, item in value.items() if item is not None}
        pairs = b"".join(dumps(key) + dumps(item) for key, item in held.items())
        return _head(_MAP, len(held)) + pairs
    raise TypeError(f"no CBOR for {value!r}")


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for size, info in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 1 << (8 * size):
            return bytes([kind << 5 | info]) + number.to_bytes(size, "big")
    raise ValueError(f"{number} does not fit into eight bytes")


def loads(data: bytes) -> object:
    """The value that CBOR stands for; raises Malformed."""
    reader = _Reader(data)
    value = reader.value()
    if reader.position != len(data):
        raise Malformed("there is more than one value")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def value(self) -> object:
        first = self._take(1)[0]
        kind, info = first >> 5, first & 31
        if kind == _SIMPLE:
            return self._simple(info)
        number = None if info == _INDEFINITE else self._number(info)
        if kind in (_BYTES, _TEXT):
            return self._string(kind, number)
        if kind == _LIST:
            return self._items(number)
        if kind == _MAP:
            return self._map(number)
        if number is None:
            raise Malformed(f"a number or tag without a value at byte {self.position}")
        if kind == _TAG:
            return self._tagged(number)
        return number if kind == _UNSIGNED else -1 - number

    def _take(self, count: int) -> bytes:
        taken = self._data[self.position : self.position + count]
        if len(taken) < count:
            raise Malformed(f"it ends early, at byte {self.position}")
        self.position += count
        return taken

    def _number(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise Malformed(f"a number of unknown size at byte {self.position}")
        return int.from_bytes(self._take(1 << (info - 24)), "big")

    def _simple(self, info: int) -> object:
        if info in _FLOATS:
            return struct.unpack(_FLOATS[info], self._take(1 << (info - 24)))[0]
        if info in _SIMPLES:
            return _SIMPLES[info]
        raise Malformed(f"an unknown simple value at byte {self.position}")

    def _string(self, kind: int, length: int | None) -> bytes | str:
        if length is None:
            return (b"" if kind == _BYTES else "").join(self._items(None))
        taken = self._take(length)
        return taken if kind == _BYTES else taken.decode()

    def _items(self, count: int | None) -> list[object]:
        if count is not None:
            return [self.value() for _ in range(count)]
        items = []
        while not self._broken_off():
            items.append(self.value())
        return items

    def _map(self, pairs: int | None) -> dict[object, object]:
        items = self._items(None if pairs is None else 2 * pairs)
        return dict(zip(items[::2], items[1::2], strict=True))

    def _tagged(self, tag: int) -> object:
        value = self.value()
        if tag != _EPOCH_TAG:
            raise Malformed(f"tag {tag} before byte {self.position}: expected times only")
        return datetime.fromtimestamp(value, UTC)

    def _broken_off(self) -> bool:
        if self._data[self.position : self.position + 1] != bytes([_BREAK]):
            return False
        self.position += 1
        return True
