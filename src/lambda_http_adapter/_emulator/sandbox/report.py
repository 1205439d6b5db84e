"""The figures of an invocation, as Lambda reports them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .invocation import InvocationError


class Report(NamedTuple):
    """The figures of one invocation: durations in seconds, memory in MB.

    ``init_duration`` is None unless the invocation was its sandbox's first.
    """

    request_id: str
    duration: float
    init_duration: float | None
    memory: int
    max_memory: int
    error: InvocationError | None

    @property
    def billed_ms(self) -> int:
        return math.ceil((self.duration + (self.init_duration or 0)) * 1000)
