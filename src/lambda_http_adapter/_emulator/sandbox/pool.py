"""The sandboxes of one function: each invocation gets a free one, else a new one, or is throttled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from .function import FunctionSettings
from .invocation import Invocation, InvocationError, invocation_error
from .report import Report
from .sandbox import Observer, Sandbox
from .telemetry import LogRecord
from .watchdog import Watchdog

# Seconds. After its reply a sandbox isn't free until the next poll. A client on the same machine is fast enough to
# send its next request in between; it must not be throttled, or start another sandbox.
_WAIT_FOR_POLL = 0.25


class Pool:
    """Up to ``concurrency`` sandboxes. ``cold``: each one serves a single invocation."""

    def __init__(self, settings: FunctionSettings, concurrency: int, cold: bool, observer: Observer) -> None:
        self.settings = settings
        self.concurrency = concurrency
        self.cold = cold
        self._observer = observer
        self._watchdog = Watchdog()
        self._draining: dict[Sandbox, asyncio.Task[None]] = {}
        self._closed = False
        self.sandboxes: list[Sandbox] = []

    @property
    def arn(self) -> str:
        """The function's."""
        return self.settings.arn

    async def warm(self) -> Sandbox:
        """Start a sandbox before the first request: an app that can't be imported shows its error at once.

        Raises OSError if the machine refuses it.
        """
        sandbox = self._new_sandbox()
        await sandbox.start()
        return sandbox

    async def invoke(
        self, event: object, limit: int, headers: Mapping[str, str] | None = None, request_id: str = ""
    ) -> Invocation:
        """``event``, ``headers`` and ``request_id`` are those of ``Invocation``.

        Raises InvocationError as the Invoke API does: the event is over ``limit`` bytes, or no sandbox is free.
        """
        timeout = self.settings.timeout
        headers = {"Lambda-Runtime-Invoked-Function-Arn": self.arn, **(headers or {})}
        invocation = Invocation(event, timeout if timeout is not None else 15 * 60, headers, request_id)
        if len(invocation.event) > limit:
            raise invocation_error("RequestTooLargeException", f"Request must be smaller than {limit} bytes")
        sandbox = await self._free_sandbox()
        if sandbox is not None:
            sandbox.invoke(invocation)
            return invocation
        running = [sandbox for sandbox in self.sandboxes if not sandbox.stopping]
        if self._closed or len(running) >= self.concurrency:
            raise invocation_error("TooManyRequestsException", "Rate Exceeded.")
        sandbox = self._new_sandbox()
        sandbox.invoke(invocation)
        with contextlib.suppress(OSError):  # then the invocation has failed
            await sandbox.start()
        return invocation

    def reload(self) -> None:
        """Let every sandbox finish its invocations; the next ones get new sandboxes, with what ``settings`` is then."""
        for sandbox in list(self.sandboxes):
            self._drain(sandbox)

    async def close(self) -> None:
        """Stop the sandboxes; no others start, whatever still waits for one."""
        self._closed = True
        sandboxes = [*self.sandboxes, *self._draining]
        self.sandboxes = []
        await asyncio.gather(*(sandbox.stop() for sandbox in sandboxes))
        self._watchdog.close()

    def _new_sandbox(self) -> Sandbox:
        sandbox = Sandbox(self.settings, self, self._watchdog)
        self.sandboxes.append(sandbox)
        return sandbox

    async def _free_sandbox(self) -> Sandbox | None:
        replied = [sandbox for sandbox in self.sandboxes if sandbox.replied]
        if self._find_free() is None and replied:
            await replied[0].wait_for_poll(_WAIT_FOR_POLL)
        return self._find_free()

    def _find_free(self) -> Sandbox | None:
        for sandbox in self.sandboxes:
            is_used_up = self.cold and (sandbox.busy or sandbox.invocations)
            if sandbox.free and not is_used_up:
                return sandbox
        return None

    def _drain(self, sandbox: Sandbox) -> None:
        if sandbox not in self.sandboxes:
            return
        self.sandboxes.remove(sandbox)
        self._draining[sandbox] = task = asyncio.ensure_future(sandbox.drain())
        task.add_done_callback(lambda _: self._draining.pop(sandbox))

    # The observer of the sandboxes

    def initialised(self, sandbox: Sandbox, seconds: float) -> None:
        self._observer.initialised(sandbox, seconds)

    def started(self, sandbox: Sandbox, invocation: Invocation) -> None:
        self._observer.started(sandbox, invocation)

    def reported(self, sandbox: Sandbox, report: Report) -> None:
        self._observer.reported(sandbox, report)
        if self.cold:
            self._drain(sandbox)

    def logged(self, sandbox: Sandbox, record: LogRecord) -> None:
        self._observer.logged(sandbox, record)

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        self._observer.ended(sandbox, error)
        if sandbox in self.sandboxes:
            self.sandboxes.remove(sandbox)
