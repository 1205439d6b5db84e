"""Choices that the bytes of an input make. Strategies of Hypothesis take 4 ms for as many as an event needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Choices:
    """Behind the end of ``data`` each choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit`` - 1."""
        size = 1 if limit <= 256 else 2 if limit <= 65536 else 4
        return int.from_bytes(self.bytes(size)) % limit

    def one_in(self, number: int) -> bool:
        """True for one of ``number`` choices, and not for the first."""
        return self.below(number) == number - 1

    def of(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def bytes(self, size: int) -> bytes:
        """Fewer behind the end."""
        self._place += size
        return self._data[self._place - size : self._place]

    def text(self) -> str:
        """Up to seven characters of any kind, surrogates too."""
        return "".join(chr(self.below(_RANGES[self.below(len(_RANGES))])) for _ in range(self.below(8)))


_RANGES = (0x80, 0x80, 0x20, 0x100, 0x3000, 0xE000, 0x110000)
