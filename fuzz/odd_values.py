"""What apps send and should not: statuses, headers, bodies."""

from __future__ import annotations

from typing import NamedTuple, cast

from fuzz.choices import Choices

Headers = list[tuple[bytes, bytes]]

_BYTES: tuple[bytes, ...] = (b"", b"one", b"two\r\n", bytes(8), b'{"statusCode":500,"headers":{}}' + bytes(8), b"\0")
_BYTES += (b"0\r\n\r\n", b"\xff\xfe", b'"\\', b"</script>", b"x" * 20_000, b"HTTP/1.1 200 OK\r\n\r\n", "☕".encode())
_BYTES += (b"5\r\nhello\r\n0\r\n\r\n",)
_NO_BYTES: tuple[object, ...] = ("text", None, 5, [], [b"x"], {}, bytearray(b"array"), memoryview(b"view"), 1.5)
_NAMES: tuple[bytes, ...] = (b"x-fa", b"x-fb", b"X-Fa", b"set-cookie", b"set-cookie", b"content-type", b"x-fc", b"via")
_NAMES += (b"content-length", b"location", b"Set-Cookie", b"content-encoding", b"x-lambda-body-encoding", b"trailer")
_NAMES += (
    b"transfer-encoding",
    b"connection",
    b"keep-alive",
    b"lambda-runtime-function-error-type",
    b"date",
    b"server",
)
_BAD_NAMES = (b"", b" ", b"x y", b"x:", b":status", b"x\r\nx-forged", b"x\0", b"na\xefve", b"x\n", b"(", b'"')
_VALUES: tuple[bytes, ...] = (b"", b"1", b"0", b"3", b"a=1; Path=/", b"b=2", b"text/plain", b"image/png", b"gzip", b'"')
_VALUES += (b"text/html; charset=latin-1", b"na\xefve", b"a, b", b"\\", b"identity", b"base64", b"text", b"chunked")
_VALUES += (b"\xff\xa0", b"x" * 9000)
_BAD_VALUES = (b"a\r\nx-forged: 1", b"\n", b"\r", b"\0", b"\x1b", b"\x7f", b"a\x0bb")


def odd_headers(choices: Choices) -> Headers:
    return [_odd_header(choices) for _ in range(choices.below(5))]


def _odd_header(choices: Choices) -> tuple[bytes, bytes]:
    name = choices.of(_BAD_NAMES) if choices.one_in(40) else choices.of(_NAMES)
    value = choices.of(_BAD_VALUES) if choices.one_in(40) else choices.of(_VALUES)
    return name, value + choices.bytes(2) if choices.one_in(10) else value


def odd_body(choices: Choices) -> object:
    if choices.one_in(20):
        return choices.of(_NO_BYTES)
    return choices.bytes(choices.below(20)) if choices.one_in(4) else choices.of(_BYTES)


class Part(NamedTuple):
    """One step of a response: its ``head``, or ``data`` of its body, of which ``is_last`` is the end.

    ``replaces``: it may be another head than the first, as WSGI's with exc_info.
    """

    head: tuple[object, object] | None = None
    data: object = b""
    is_last: bool = False
    replaces: bool = False


class Seen:
    """What the server has accepted of a response, in order: what it has not raised for.

    ``left``: the app has raised what may end its process.
    """

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.left = False

    def refuse(self, part: Part) -> None:
        """``part`` itself, and none that equals it."""
        self.parts = [other for other in self.parts if other is not part]

    @property
    def head(self) -> tuple[object, object]:
        """The last one, in front of any body. Raises AssertionError for one that had to be refused."""
        heads = [part for part in self.parts if part.head is not None]
        assert not [part for part in heads[1:] if not part.replaces], f"a second head is accepted: {heads}"
        begun = next((place for place, part in enumerate(self.parts) if part.data), len(self.parts))
        assert all(part in self.parts[:begun] for part in heads), f"a head behind the body is accepted: {self.parts}"
        assert heads[-1].head is not None
        return heads[-1].head

    @property
    def heads(self) -> list[tuple[object, object]]:
        return [part.head for part in self.parts if part.head is not None]

    @property
    def body(self) -> bytes:
        data = [part.data for part in self.parts]
        assert all(isinstance(each, bytes | bytearray | memoryview) for each in data), f"{data} as a body is accepted"
        return b"".join(cast("list[bytes]", data))

    @property
    def complete(self) -> bool:
        return bool(self.heads) and any(part.is_last for part in self.parts)
