"""What the terminal shows of a Lambda authorizer's sandboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..sandbox.invocation import Invocation, InvocationError
    from ..sandbox.report import Report
    from ..sandbox.sandbox import Sandbox
    from ..sandbox.telemetry import LogRecord
    from .terminal import TerminalLog

_NAME = "authorizer"


class AuthorizerLog:
    """Only failures and records are shown: START and REPORT would look like the function's."""

    def __init__(self, terminal: TerminalLog) -> None:
        self._terminal = terminal

    def initialised(self, sandbox: Sandbox, seconds: float) -> None: ...
    def started(self, sandbox: Sandbox, invocation: Invocation) -> None: ...
    def reported(self, sandbox: Sandbox, report: Report) -> None: ...

    def logged(self, sandbox: Sandbox, record: LogRecord) -> None:
        self._terminal.logged(sandbox, record, _NAME)

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        self._terminal.ended(sandbox, error, _NAME)
