"""ASGI's extensions for bodies that are files: named by a path (pathsend), or open (zerocopysend).

https://asgi.readthedocs.io/en/latest/extensions.html
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, SupportsIndex, cast

from ..errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._types import Message

_BLOCK = 256 * 1024  # bytes


def path_blocks(message: Message) -> Iterator[bytes]:
    """The file of an ``http.response.pathsend`` in blocks.

    Raises OSError if it can't be read, ProtocolError if the message has no path.
    """
    path = message.get("path")
    if not isinstance(path, str | os.PathLike):
        raise ProtocolError(f"Expected a path in 'http.response.pathsend', got {path!r}.")
    with open(path, "rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            yield block


def file_blocks(message: Message) -> Iterator[bytes]:
    """The part of an open file that an ``http.response.zerocopysend`` names, in blocks.

    It starts at ``offset``, or at the file's position, and is ``count`` bytes long, or extends to the end of the file.
    Reading at an offset doesn't move the position. Raises ProtocolError if the message has no open file.
    """
    file = message.get("file")
    fileno = getattr(file, "fileno", None)
    if fileno is None:
        raise ProtocolError(f"Expected an open file in 'http.response.zerocopysend', got {file!r}.")
    descriptor: int = fileno()
    offset = _integer(message.get("offset"))
    left = _integer(message.get("count"))
    while left is None or left > 0:
        size = _BLOCK if left is None else min(_BLOCK, left)
        if offset is None:
            block = os.read(descriptor, size)
        else:
            block = os.pread(descriptor, size, offset)
            offset += len(block)
        if not block:
            return
        if left is not None:
            left -= len(block)
        yield block


def _integer(value: object) -> int | None:
    return None if value is None else int(cast("SupportsIndex", value))
