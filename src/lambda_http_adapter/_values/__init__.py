"""Values that every layer uses, and their codecs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Text = TypeVar("Text", bound=str | bytes)
    Known = TypeVar("Known")

__version__ = "0.1.0"


class Remembered(dict["Text", "Known"]):
    """What ``find`` says of a header name or its like, found once: requests and responses repeat them.

    Clients choose them too: what has more than ``longest`` characters is not kept, nor more than a thousand of them.
    """

    def __init__(self, find: Callable[[Text], Known], longest: int = 100) -> None:
        self._find = find
        self._longest = longest

    def __missing__(self, text: Text) -> Known:
        known = self._find(text)
        if len(text) <= self._longest:
            if len(self) >= 1024:
                self.clear()
            self[text] = known
        return known


class Deferred:
    """A module that is imported when one of its names is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        from importlib import import_module

        return getattr(import_module(self._name), name)
