"""The runtime's loops in the test's own process, which is faster than a process for each test, and measured."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from lambda_http_adapter._apps import ON_END
from lambda_http_adapter._runtime.start import Environment
from tests.support.child_process import FUNCTION, inherited_environment
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.lambda_log import fresh_logging

_PATIENCE = 20  # seconds
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)


class Ended(NamedTuple):
    code: int
    log: str


class RuntimeHere:
    """Runs programs that call ``run_asgi()`` and its like, as Lambda would.

    A synchronous program that serves several invocations at once needs a process: its idle threads end with that.
    """

    def __init__(self, api: FakeRuntimeAPI, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._api = api
        self._patch = patch
        self._capture = capture

    def __call__(
        self,
        program: Callable[[], object],
        until: Callable[[], object] | None = None,
        number: int = signal.SIGTERM,
        env: Mapping[str, str] | None = None,
    ) -> Ended:
        """Run ``program`` until ``until`` is true, then send the signal; None: until it ends by itself."""
        self._capture.readouterr()
        with self._patch.context() as patch, fresh_logging(), _same_process():
            for name in os.environ.keys() - inherited_environment().keys():
                patch.delenv(name)
            for name, value in {**FUNCTION, "AWS_LAMBDA_RUNTIME_API": self._api.address, **(env or {})}.items():
                patch.setenv(name, value)
            over = threading.Event()
            ender = threading.Thread(target=_end, args=[until, over, number])
            if until is not None:
                ender.start()
            try:
                program()
                code = 0
            except SystemExit as left:
                code = int(left.code or 0)
            finally:
                over.set()
                if until is not None:
                    ender.join()
        return Ended(code, self._capture.readouterr().out)


def _end(until: Callable[[], object], over: threading.Event, number: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not over.wait(0.005):
        if until() or time.monotonic() > deadline:
            os.kill(os.getpid(), number)
            return


@contextmanager
def _same_process() -> Iterator[None]:
    """Handlers of signals and what else there is once in a process are afterwards as they were."""
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    on_end = ON_END.copy()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        ON_END.clear()
        ON_END.update(on_end)
        Environment.early_poll = None
