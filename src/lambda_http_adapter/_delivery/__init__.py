"""A response on its way to bytes.

An app says its response part by part: a ``Head``, bytes of the body, then ``END``; or a ``Failure`` instead of what is
left. Whatever takes parts has one verb for them, ``send``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeAlias

    from .._values.request import Headers


class Head:
    """Status and headers. A second one replaces the first while nothing has left the process."""

    __slots__ = ("headers", "status")

    def __init__(self, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers


class End:
    """The response is complete."""

    __slots__ = ()


class Failure:
    """The response can't be completed. ``error`` is what the Runtime API is told."""

    __slots__ = ("error",)

    def __init__(self, error: Exception) -> None:
        self.error = error


END = End()

CONTROLS = bytes({*range(0x20), 0x7F} - {ord("\t")})
"""The characters that no header value may have: RFC 9110 §5.5. After a line break another header would begin."""


def is_header_value(value: bytes) -> bool:
    return value.translate(None, CONTROLS) == value


if TYPE_CHECKING:
    Part: TypeAlias = Head | bytes | End | Failure

    class Encoder(Protocol):
        """Turns the parts of one response into the bytes that the origin expects.

        What it returns before ``END`` is streamed, and what it returns for ``END`` is the stream's last piece. What it
        returns for ``END`` alone is sent whole.
        """

        content_type: str

        def encode(self, part: Head | bytes | End) -> list[bytes]: ...

    class ReplyState(Protocol):
        """``begun``: a byte is out, so the status is fixed. ``closed``: the last part has been sent. ``gone``: the rest
        is read by no one, and ``send`` raises OSError.
        """

        @property
        def begun(self) -> bool: ...
        @property
        def closed(self) -> bool: ...
        @property
        def gone(self) -> bool: ...
        def encode_with(self, encoder: Encoder) -> None:
            """Once, before the first part but a Failure."""

    class SyncReply(ReplyState, Protocol):
        """Where a sync app puts its response."""

        def send(self, *parts: Part) -> None: ...

    class AsyncReply(ReplyState, Protocol):
        """Where an async app puts its response. ``callback`` is called when the reply is gone before its end."""

        def on_gone(self, callback: Callable[[], None]) -> None: ...
        async def send(self, *parts: Part) -> None: ...
