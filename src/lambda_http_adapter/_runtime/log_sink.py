"""Where log records go: frames to the pipe that Lambda reads, lines to its socket or to standard output.

awslambdaric is the one description of all three: https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PIPE = "_LAMBDA_TELEMETRY_LOG_FD"
_SOCKET = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"

_FRAME = 0xA55A0002
_TEXT = 1


class Sink(Protocol):
    """``level`` is one of logging's numbers; 0 tells Lambda nothing. Calls must not overlap."""

    def write(self, text: str, level: int, as_json: bool) -> None: ...


class Frames:
    """type u32 | length u32 | microseconds u64 | message, big-endian. A message may hold newlines."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str, level: int, as_json: bool) -> None:
        message = _bytes(text)
        head = (
            frame_type(level, as_json).to_bytes(4, "big"),
            len(message).to_bytes(4, "big"),
            (time.time_ns() // 1000).to_bytes(8, "big"),
        )
        _write(self._descriptor, b"".join((*head, message)))


class Lines:
    """A newline ends an event in CloudWatch Logs, a carriage return is shown as one: so a record stays whole."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str, level: int, as_json: bool) -> None:
        _write(self._descriptor, _bytes(text.rstrip("\n").replace("\n", "\r") + "\n"))


def standard_output() -> Lines:
    # Not sys.stdout, which an app may have turned into a logger.
    return Lines(1)


def open_sink(environ: MutableMapping[str, str], managed: bool) -> Sink:
    """What the environment names. Raises OSError and ValueError where it can't be had."""
    pipe = environ.pop(_PIPE, "")
    if pipe:
        # A program that the app starts must not write there: it can't know of frames.
        os.set_inheritable(int(pipe), False)
    path = environ.get(_SOCKET)
    if path and managed:
        return Lines(_connect(path))
    return Frames(int(pipe)) if pipe else standard_output()


def frame_type(level: int, as_json: bool) -> int:
    """The level is in bits 2 to 4: 1 would be TRACE, which logging doesn't have, 2 is DEBUG, 6 is CRITICAL."""
    tens = whole_tens(level) // 10
    return _FRAME | (0 if as_json else _TEXT) | (tens + 1 << 2 if tens else 0)


def whole_tens(level: int) -> int:
    """The level that Lambda knows: 25 counts as 20."""
    return min(50, max(0, level)) // 10 * 10


def _connect(path: str) -> int:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(path)
        return sock.detach()


def _bytes(text: str) -> bytes:
    # UTF-8 can't hold a lone surrogate. As an escape it is legal in JSON and legible in text.
    return text.encode("utf-8", "backslashreplace")


def _write(descriptor: int, data: bytes) -> None:
    # In one piece, so that no other writer gets in between; a signal can cut a large one short.
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])
