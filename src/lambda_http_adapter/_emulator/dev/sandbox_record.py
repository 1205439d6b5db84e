"""One sandbox over time: when it started and ended, its state and its memory."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..sandbox.invocation import InvocationError
    from ..sandbox.sandbox import Sandbox

_SAMPLES_KEPT = 500


class SandboxFigures(NamedTuple):
    """What Sandbox says of itself at one moment: ``init_duration`` in seconds, ``max_memory`` in MB."""

    pid: int
    state: str
    invocations: int
    init_duration: float | None
    max_memory: int

    @classmethod
    def of(cls, sandbox: Sandbox) -> SandboxFigures:
        return cls(sandbox.pid, sandbox.state, sandbox.invocations, sandbox.init_duration, sandbox.max_memory)


class MemorySample(NamedTuple):
    """``at``: seconds since the epoch; ``peak``: the highest memory until then, in MB."""

    at: float
    peak: int


class SandboxRecord:
    """Times are in seconds since the epoch."""

    def __init__(self, number: int, sandbox: Sandbox) -> None:
        self.number = number
        self.function = sandbox.function
        self.version = 0  # History's version when this record last changed
        self.figures = SandboxFigures.of(sandbox)
        self.started_at = time.time() - (time.monotonic() - sandbox.started_by_clock)
        self.ended_at: float | None = None
        self.error: InvocationError | None = None
        self.samples: deque[MemorySample] = deque(maxlen=_SAMPLES_KEPT)
        self._add_sample()

    def sample(self, sandbox: Sandbox) -> bool:
        """Returns whether anything has changed."""
        figures = SandboxFigures.of(sandbox)
        changed = figures != self.figures
        self.figures = figures
        self._add_sample()
        return changed

    def _add_sample(self) -> None:
        peak = self.figures.max_memory
        if peak and (not self.samples or self.samples[-1].peak != peak):
            self.samples.append(MemorySample(time.time(), peak))

    def end(self, error: InvocationError | None) -> None:
        self.figures = self.figures._replace(state="ended")
        self.ended_at = time.time()
        self.error = error
