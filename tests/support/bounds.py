"""What an input may cost, whatever it is."""

from __future__ import annotations

import logging
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_SECONDS = 2.0  # of this process: others don't count
_KILOBYTES = 200 * 1024


@contextmanager
def bounded() -> Iterator[None]:
    """Raises AssertionError for what takes too long, or too much memory. Log records are formatted and dropped."""
    logger = logging.getLogger("lambda_http_adapter")
    handler = _Formatting()
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    memory, start = _memory(), time.process_time()
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates
    seconds = time.process_time() - start
    assert seconds < _SECONDS, f"it took {seconds} s"
    assert _memory() - memory < _KILOBYTES, f"it took {_memory() - memory} kB"


class _Formatting(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        self.format(record)


def _memory() -> int:
    """The most kilobytes that this process has had so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // 1024 if sys.platform == "darwin" else most
