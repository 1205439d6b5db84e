"""How fast Lambda streams a response: the first 6 MB at once, then 2 MB a second.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
"""

from __future__ import annotations

_MB = 1024 * 1024
_BURST = 6 * _MB
_RATE = 2 * _MB


class Pace:
    """A leaky bucket: it holds the burst and leaks at the rate."""

    def __init__(self) -> None:
        self._level = 0.0
        self._updated = 0.0

    def delay(self, size: int, now: float) -> float:
        """Seconds until ``size`` more bytes may be sent; they count as sent after that delay."""
        self._level = max(0.0, self._level - (now - self._updated) * _RATE) + size
        self._updated = now
        return max(0.0, (self._level - _BURST) / _RATE)
