"""What the sandboxes tell of themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from ._invocation import Invocation, InvocationError
    from ._sandbox import Sandbox


class Report(NamedTuple):
    """The figures of one invocation, measured. ``init`` where it was the sandbox's first."""

    request_id: str
    duration: float
    init: float | None
    memory: int
    max_memory: int
    error: InvocationError | None

    @property
    def billed_ms(self) -> int:
        return math.ceil((self.duration + (self.init or 0)) * 1000)


class Observer(Protocol):
    """Who wants to know what goes on in the sandboxes."""

    def initialised(self, sandbox: Sandbox, seconds: float) -> None: ...
    def started(self, sandbox: Sandbox, invocation: Invocation) -> None: ...
    def reported(self, sandbox: Sandbox, report: Report) -> None:
        """An invocation ends when the runtime asks for the next or is gone, not when it answers."""

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        """It is gone; with an error where nobody had stopped it."""
