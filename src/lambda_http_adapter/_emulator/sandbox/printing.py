"""The command line of this package, with a copy of what the app prints: ``python -m …sandbox.printing run main:app``.

On Lambda a function's standard output is a part of its log. Here it goes to the terminal, and each line also to the log
pipe, beside the request that printed it.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from runpy import run_module
from typing import Any, cast

from ..._values.context import current_context

MODULE = "lambda_http_adapter._emulator.sandbox.printing"
VARIABLE = "_LAMBDA_TELEMETRY_LOG_FD"
TYPE = 0xA55A0002  # of a frame in the log pipe, without a level
PRINTED = 1 << 5  # in the type: the message is a request ID and a line, not a record; Lambda has no such frames
SEPARATOR = "\0"
_PIECE = 4000  # bytes; a frame of up to 4096 isn't mixed with what others write at the same time


def printed_frames(request_id: str, line: str) -> Iterator[bytes]:
    """The frames of a line that the app has printed, several of a long one."""
    rest = line.encode(errors="backslashreplace")
    while True:
        end = _PIECE
        while end < len(rest) and rest[end] & 0xC0 == 0x80:  # within a character
            end -= 1
        message = f"{request_id}{SEPARATOR}".encode() + rest[:end]
        yield b"".join([(TYPE | PRINTED).to_bytes(4, "big"), len(message).to_bytes(4, "big"), bytes(8), message])
        rest = rest[end:]
        if not rest:
            return


class Printed(io.TextIOWrapper):
    """Standard output, each line of which is also written to ``pipe``."""

    def __init__(self, stdout: io.TextIOWrapper, pipe: int) -> None:
        """``stdout`` can't be used any more."""
        encoding, errors, write_through = stdout.encoding, stdout.errors, stdout.write_through
        super().__init__(stdout.detach(), encoding, errors, write_through=write_through)
        self._pipe = pipe
        self._lock = threading.Lock()
        self._begun: dict[str, str] = {}  # lines without an end, by request

    def write(self, text: str) -> int:
        written = super().write(text)
        context = current_context()
        request_id = "" if context is None else str(context.aws_request_id)
        with self._lock:
            *lines, begun = (self._begun.pop(request_id, "") + text).split("\n")
            if begun:
                self._begun[request_id] = begun
            try:
                for line in lines:
                    for frame in printed_frames(request_id, line):
                        os.write(self._pipe, frame)
            except OSError:
                pass  # the emulator is gone
        return written


def main() -> None:
    if VARIABLE in os.environ:
        stdout = Printed(cast("io.TextIOWrapper", sys.stdout), int(os.environ[VARIABLE]))
        sys.stdout = cast("Any", sys).__stdout__ = stdout
    run_module("lambda_http_adapter", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
