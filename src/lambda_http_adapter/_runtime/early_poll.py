"""``async_init``: the environment asks for its first invocation while a long start goes on.

Lambda ends an init phase after 10 s and begins another, which is billed; a poll ends it in time.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import logging
import sys
import time
from concurrent.futures import Future
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, NoReturn

from ..errors import RuntimeAPIError
from .client import RuntimeClient
from .logs import log_failure
from .sync_connection import ask_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from .client import APIAnswer

_logger = logging.getLogger("lambda_http_adapter")

PATIENCE = 9.8
"""Seconds that a start may take before the poll."""


class EarlyPoll:
    """Asks in a thread of its own, unless the start is over before that.

    ``answer``: what ``/next`` answers, or RuntimeAPIError. ``extension``: what ``register`` returned, to be kept.
    """

    def __init__(self, authority: str, started_at: float, register: Callable[[], object]) -> None:
        """``started_at``: seconds, on the monotonic clock. ``register``: to be called before the first poll."""
        self.answer: Future[APIAnswer] = Future()
        self.answer.set_running_or_notify_cancel()  # nobody can cancel it: whoever waits may be cancelled
        self.extension: object = None
        self._authority = authority
        self._register = register
        self._lock = Lock()
        self._over = Event()
        self._asked = False
        # A daemon: the process must be able to end while Lambda has no event.
        Thread(target=self._ask, args=[started_at + PATIENCE], name="early poll", daemon=True).start()

    def end(self) -> bool:
        """The start is over. Returns whether the first invocation has been asked for."""
        with self._lock:
            self._over.set()
            return self._asked

    def fail(self, error: Exception) -> NoReturn:
        """Log that the start has failed, fail the first invocation with that, and leave."""
        log_failure(error)
        client = RuntimeClient(self._authority)
        try:
            invocation = client.invocation(self.answer.result())
            if invocation is not None:
                ask_once(self._authority, client.error(invocation, error))
        except RuntimeAPIError as lost:
            _logger.critical("%s", lost)
        sys.exit(1)

    def _ask(self, at: float) -> None:
        if self._over.wait(max(0, at - time.monotonic())):
            return
        with self._lock:
            if self._over.is_set():
                return
            self._asked = True
            self.extension = self._register()
        _logger.info("The start takes longer than %g s and goes on into the first invocation", PATIENCE)
        try:
            self.answer.set_result(ask_once(self._authority, RuntimeClient(self._authority).next))
        except RuntimeAPIError as error:
            self.answer.set_exception(error)
