"""A reply that is kept instead of written: what is kept of it, and its two faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from . import Encoder, Part


class Kept:
    """Nobody hangs up on it, and nothing of it is out before the function returns."""

    begun = closed = gone = False

    def encode_with(self, encoder: Encoder) -> None:
        """As ``ReplyState`` has it."""

    def keep(self, parts: tuple[Part, ...]) -> None:
        """Keep of ``parts`` what is wanted. Raises the error of a Failure."""


class SyncKept(Kept):
    """The face for a sync function."""

    def send(self, *parts: Part) -> None:
        self.keep(parts)


class AsyncKept(Kept):
    """The face for an async function."""

    def on_gone(self, callback: Callable[[], None]) -> None:
        pass

    async def send(self, *parts: Part) -> None:
        self.keep(parts)
