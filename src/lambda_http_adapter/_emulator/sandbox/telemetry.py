"""The log records of one sandbox: frames in a pipe, such as Lambda gives to its managed runtimes."""

# `Frames` in `_runtime/logs.py` writes them: type u32 | length u32 | microseconds u64 | message, big-endian.

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .printing import PRINTED, SEPARATOR, TYPE

_HEAD = 16
_TEXT_BIT = 1
_LEVEL_BITS = 0b11100
_MAGIC = TYPE.to_bytes(4, "big")[:3]
_LEVELS = ("", "TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "")
_READ = 65536  # as much as a pipe holds
_READS = 2  # not until it is empty: a thread that logs without end would keep the emulator here


class LogRecord(NamedTuple):
    """``level`` is "" if the frame has none. ``time`` is in seconds since the epoch.

    ``complete`` is False for what is left of a record whose process ended while it wrote. ``printed_in``: the request
    ID of the invocation that printed the text, "" outside of one; None for a record of the runtime.
    """

    text: str
    level: str = ""
    as_json: bool = False
    time: float = 0.0
    complete: bool = True
    printed_in: str | None = None


class FrameReader:
    """Records from bytes, however these were cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[LogRecord]:
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            if not _is_frame(self._buffer):
                yield LogRecord(self._take(self._next_frame()))
                continue
            length = int.from_bytes(self._buffer[4:8], "big")
            if len(self._buffer) < _HEAD + length:
                return
            yield self._record(length)

    def rest(self) -> Iterator[LogRecord]:
        """What has come of a frame that will not be completed."""
        if len(self._buffer) > _HEAD and _is_frame(self._buffer):
            yield self._record(len(self._buffer) - _HEAD)._replace(complete=False)
        self._buffer.clear()

    def _record(self, length: int) -> LogRecord:
        kind = int.from_bytes(self._buffer[:4], "big")
        time = int.from_bytes(self._buffer[8:_HEAD], "big") / 1e6
        self._take(_HEAD)
        text = self._take(length)
        if kind & PRINTED:
            request_id, _, line = text.partition(SEPARATOR)
            return LogRecord(line, printed_in=request_id)
        return LogRecord(text, _LEVELS[(kind & _LEVEL_BITS) >> 2], not kind & _TEXT_BIT, time)

    def _take(self, size: int) -> str:
        data = self._buffer[:size]
        del self._buffer[:size]
        return data.decode(errors="backslashreplace")

    def _next_frame(self) -> int:
        """Where the next frame begins. Two processes that write large frames at once mix them."""
        found = self._buffer.find(_MAGIC, 1)
        return found if found > 0 else len(self._buffer) - len(_MAGIC)


def _is_frame(data: bytearray) -> bool:
    return int.from_bytes(data[:4], "big") & ~(_TEXT_BIT | _LEVEL_BITS | PRINTED) == TYPE


class LogPipe:
    """A pipe that one sandbox's processes write frames to. ``on_record`` gets each record."""

    def __init__(self, on_record: Callable[[LogRecord], None]) -> None:
        self._on_record = on_record
        self._frames = FrameReader()
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._is_open = True
        asyncio.get_running_loop().add_reader(self._reader, self._read)

    def close_writer(self) -> None:
        """Call it when the process has inherited ``writer``."""
        os.close(self.writer)

    def drain(self) -> None:
        """Report what has been written until now, before what the caller is about to report."""
        for _ in range(_READS):
            if not self._is_open or not self._read():
                return

    def close(self) -> None:
        """The process is gone. Report its last records; a child of it that lives on can't write any more."""
        self.drain()
        for record in self._frames.rest():
            self._on_record(record)
        self._stop()

    def _read(self) -> bool:
        """Whether there was something to read."""
        try:
            data = os.read(self._reader, _READ)
        except BlockingIOError:
            return False
        if not data:
            self._stop()
            return False
        for record in self._frames.feed(data):
            self._on_record(record)
        return True

    def _stop(self) -> None:
        if self._is_open:
            self._is_open = False
            asyncio.get_running_loop().remove_reader(self._reader)
            os.close(self._reader)
