"""What one measurement yields, and what can make one."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .subjects import Subject


class NotMeasuredError(Exception):
    """It can't be measured; the message is the note that stands in its place."""


class Sample(NamedTuple):
    """Seconds of time and of CPU for one invocation (or one start), and bytes of memory; 0 where not measured."""

    time: float
    cpu: float
    memory: float


class Measurement(Protocol):
    @property
    def subject(self) -> Subject: ...

    def take(self, quick: bool) -> Sample:
        """Once, in a process of its own."""
        ...
