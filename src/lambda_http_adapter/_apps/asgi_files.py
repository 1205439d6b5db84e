"""The bodies that ASGI apps name instead of sending: a file by its path, or an open one.

https://asgi.readthedocs.io/en/latest/extensions.html
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, SupportsIndex, cast

from ..errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._types import Message

_BLOCK = 256 * 1024


def path_blocks(message: Message) -> Iterator[bytes]:
    """The file of an ``http.response.pathsend``; raises OSError where it can't be read."""
    path = message.get("path")
    if not isinstance(path, str | os.PathLike):
        raise ProtocolError(f"Expected a path in 'http.response.pathsend', got {path!r}.")
    with open(path, "rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            yield block


def file_blocks(message: Message) -> Iterator[bytes]:
    """The part of an open file that an ``http.response.zerocopysend`` names.

    From ``offset``, which leaves the file's position alone, or from its position; ``count`` bytes, or to the end.
    """
    file, offset, count = (message.get(key) for key in ("file", "offset", "count"))
    fileno = getattr(file, "fileno", None)
    if fileno is None:
        raise ProtocolError(f"Expected an open file in 'http.response.zerocopysend', got {file!r}.")
    descriptor: int = fileno()
    place = None if offset is None else int(cast("SupportsIndex", offset))
    left = None if count is None else int(cast("SupportsIndex", count))
    while left is None or left > 0:
        size = _BLOCK if left is None else min(_BLOCK, left)
        block = os.read(descriptor, size) if place is None else os.pread(descriptor, size, place)
        if not block:
            return
        if place is not None:
            place += len(block)
        if left is not None:
            left -= len(block)
        yield block
