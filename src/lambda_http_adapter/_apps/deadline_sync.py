"""Ends a synchronous app shortly before Lambda would: an exception out of the alarm clock's signal."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING

from .interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._types import SyncResponder
    from .._values.request import Headers


class Alarm(Interruption):
    """Time is up."""


@contextlib.contextmanager
def alarm(seconds: float, responder: AlarmProofResponder | None = None) -> Iterator[None]:
    """Raise Alarm inside the block once ``seconds`` are over. In the main thread only, as signals are.

    The grace after a SIGTERM is on the same clock: where it is over sooner, or begins within the block, it goes on.
    """
    if 0 < signal.getitimer(signal.ITIMER_REAL)[0] < seconds:
        yield
        return

    def strike(*_: object) -> None:
        if responder is not None and responder.writing:
            responder.late = True
        else:
            raise Alarm

    before = signal.signal(signal.SIGALRM, strike)
    try:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))  # zero would mean never
        yield
    finally:
        if signal.getsignal(signal.SIGALRM) is strike:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


class AlarmProofResponder:
    """A responder whose writing the alarm waits for: half a chunk on the wire could not be followed by anything."""

    def __init__(self, responder: SyncResponder) -> None:
        self._responder = responder
        self.writing = self.late = False

    @property
    def begun(self) -> bool:
        return self._responder.begun

    @property
    def gone(self) -> bool:
        return self._responder.gone

    def start(self, status: int, headers: Headers) -> None:
        with self._writing():
            self._responder.start(status, headers)

    def body(self, data: bytes) -> None:
        with self._writing():
            self._responder.body(data)

    def end(self) -> None:
        with self._writing():
            self._responder.end()
            self.late = False  # the answer is out

    def fail(self, error: Exception) -> None:
        with self._writing():
            self._responder.fail(error)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        self.writing = True
        try:
            yield
        finally:
            self.writing = False
        if self.late:
            self.late = False
            raise Alarm
