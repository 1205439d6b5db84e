"""Ends a synchronous app shortly before Lambda would: SIGALRM's handler raises an exception in it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from .._delivery import Head
from . import Interruption, is_ending

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import Self

    from .._delivery import Part


class Expired(Interruption):
    """Time is up."""


class Deadline:
    """Raises Expired inside the ``with`` block once ``seconds`` are over, in the main thread only, as signals are.

    What ``after`` guards is not interrupted: half a chunk on the wire could not be followed by anything.

    SIGTERM's grace period uses the same timer. If it is due sooner, it keeps running.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._armed = self._sending = self._due = self._struck = False

    # A SIGTERM may come between any two steps of these, with a handler and a time of its own.

    def __enter__(self) -> Self:
        pending, _ = signal.getitimer(signal.ITIMER_REAL)
        if 0 < pending < self._seconds:
            return self
        self._before = signal.signal(signal.SIGALRM, self._strike)
        self._armed = True
        rest, _ = signal.setitimer(signal.ITIMER_REAL, max(self._seconds, 1e-6))  # zero would mean never
        if 0 < rest < self._seconds:  # a SIGTERM's, since the first look
            self._armed = False
            self._give_back()
            signal.setitimer(signal.ITIMER_REAL, rest)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._armed or signal.getsignal(signal.SIGALRM) != self._strike:
            return
        rest, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        if self._give_back() and not any(signal.getitimer(signal.ITIMER_REAL)):
            signal.setitimer(signal.ITIMER_REAL, rest)

    def _give_back(self) -> bool:
        """Return SIGALRM to the handler that had it before. Returns whether it is a SIGTERM's by now, and stays so."""
        handler = signal.signal(signal.SIGALRM, self._before)
        if handler == self._strike:
            return False
        signal.signal(signal.SIGALRM, handler)
        return True

    def after(self, send: Callable[..., None]) -> Callable[..., None]:
        """``send``, with a strike put off until it has returned, and dropped if the reply is complete then."""

        def send_whole(*parts: Part) -> None:
            self._sending = True
            try:
                send(*parts)
            finally:
                self._sending = False
            if self._due and isinstance(parts[-1], Head | bytes):
                raise Expired

        return send_whole

    def require_time(self) -> None:
        """Raises Expired if it has been raised: what an app raises instead only follows from it."""
        if self._struck:
            raise Expired

    def _strike(self, _: int, frame: FrameType | None) -> None:
        if is_ending(frame):
            return  # the app has SIGTERM's grace period
        self._struck = True
        if self._sending:
            self._due = True
        else:
            raise Expired
