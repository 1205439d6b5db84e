"""``async_init``: the environment asks for its first invocation while a long start goes on.

Lambda ends an init phase after 10 s and begins another, which is billed; a poll ends it in time.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import logging
import os
import time
from concurrent.futures import Future
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from ..errors import RuntimeAPIError
from .client import RuntimeClient
from .logs import log_failure
from .sync_connection import ask_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from .client import APIAnswer

_logger = logging.getLogger("lambda_http_adapter")

PATIENCE = 9.8
"""Seconds that a start may take before the poll, from the start of the process."""

_STAT = "/proc/self/stat"


def process_age() -> float:
    """Seconds since this process was started, of which Python's own start and the app's import are a part; 0 where the
    system doesn't tell.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        with open(_STAT, "rb") as stat:
            # Behind the name of the program, which may contain anything.
            ticks = int(stat.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
    return max(0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))


class EarlyPoll:
    """Asks in a thread of its own, unless the start is over before that.

    ``answer``: what ``/next`` answers, or the error. ``extension``: what ``register`` returned, to be kept.
    """

    def __init__(self, authority: str, register: Callable[[], object]) -> None:
        """``register``: to be called before the first poll."""
        self.answer: Future[APIAnswer] = Future()
        self.answer.set_running_or_notify_cancel()  # a poller that is cancelled while it waits doesn't cancel it
        self.extension: object = None
        self._authority = authority
        self._register = register
        self._lock = Lock()
        self._over = Event()
        self._asked = False
        # A daemon: the process must be able to end while Lambda has no event.
        Thread(target=self._ask, args=[PATIENCE - process_age()], name="early poll", daemon=True).start()

    def end(self) -> bool:
        """The start is over. Returns whether the first invocation has been asked for."""
        with self._lock:
            self._over.set()
            return self._asked

    def fail(self, error: Exception, waits: bool) -> None:
        """Log that the start has failed, and fail the first invocation with that.

        ``waits``: for that invocation, if there is none yet.
        """
        log_failure(error)
        if not (waits or self.answer.done()):
            return
        client = RuntimeClient(self._authority)
        try:
            invocation = client.invocation(self.answer.result())
            if invocation is not None:
                ask_once(self._authority, client.error(invocation, error))
        except RuntimeAPIError as lost:
            _logger.critical("%s", lost)

    def _ask(self, seconds: float) -> None:
        if self._over.wait(max(0, seconds)):
            return
        try:
            with self._lock:
                if self._over.is_set():
                    return
                self._asked = True
                self.extension = self._register()
            _logger.info("The start takes longer than %g s and goes on into the first invocation", PATIENCE)
            self.answer.set_result(ask_once(self._authority, RuntimeClient(self._authority).next))
        except Exception as error:  # of whatever kind: nothing else would end the wait for the answer
            self.answer.set_exception(error)
