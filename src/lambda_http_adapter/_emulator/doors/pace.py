"""How fast Lambda lets an answer stream: a burst of 6 MB, then 2 MB a second.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

_MB = 1024 * 1024
_BURST = 6 * _MB
_RATE = 2 * _MB


class Pace:
    """A bucket that holds the burst and leaks at the rate."""

    def __init__(self) -> None:
        self._level = 0.0
        self._seen = 0.0

    def wait(self, size: int, now: float) -> float:
        """Seconds until ``size`` more bytes may go, which count as gone then."""
        self._level = max(0.0, self._level - (now - self._seen) * _RATE) + size
        self._seen = now
        return max(0.0, (self._level - _BURST) / _RATE)
