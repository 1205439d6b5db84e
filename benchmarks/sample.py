"""A measurement, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from .subjects import Subject


class NotMeasuredError(Exception):
    """It can't be measured. The message is shown in place of the result."""


class Sample(NamedTuple):
    """Time and CPU time in seconds of one invocation (or start), and memory in bytes; 0 if not measured.

    ``times``: of each invocation, if they came one after the other.
    """

    time: float
    cpu: float
    memory: float
    times: Sequence[float] = ()


class Measurement(Protocol):
    @property
    def subject(self) -> Subject: ...

    def take(self, quick: bool) -> Sample:
        """Measure once, in a process of its own."""
        ...
