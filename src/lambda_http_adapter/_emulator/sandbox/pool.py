"""The sandboxes of one function: a free one for each invocation, or a new one, or none."""

from __future__ import annotations

import asyncio

from .invocation import Invocation, InvocationError, failed
from .sandbox import Observer, Report, Sandbox, Settings

# Between its answer and its next poll a runtime is not free. A client that is as near as here would notice.
_SETTLING = 0.25


class Pool:
    """``concurrency`` sandboxes at most; ``cold`` ends each after one invocation."""

    def __init__(self, settings: Settings, concurrency: int, cold: bool, observer: Observer) -> None:
        self._settings = settings
        self._concurrency = concurrency
        self._cold = cold
        self._observer = observer
        self._ending: dict[Sandbox, asyncio.Task[None]] = {}
        self.sandboxes: list[Sandbox] = []

    async def warm(self) -> Sandbox:
        """A sandbox that starts before anybody asks for it: what is wrong with the app shows at once."""
        sandbox = Sandbox(self._settings, self)
        self.sandboxes.append(sandbox)
        await sandbox.start()
        return sandbox

    async def invoke(self, event: object, limit: int) -> Invocation:
        """Raises InvocationError of the Invoke API's kinds: the event is over ``limit``, or every sandbox is taken."""
        timeout = self._settings.timeout
        invocation = Invocation(event, timeout if timeout is not None else 15 * 60)
        if len(invocation.event) > limit:
            raise failed("RequestTooLargeException", f"Request must be smaller than {limit} bytes")
        sandbox = self._free()
        if sandbox is None and (settling := [sandbox for sandbox in self.sandboxes if sandbox.answered]):
            await settling[0].polled(_SETTLING)
            sandbox = self._free()
        if sandbox is not None:
            sandbox.invoke(invocation)
            return invocation
        if sum(not sandbox.stopping for sandbox in self.sandboxes) >= self._concurrency:
            raise failed("TooManyRequestsException", "Rate Exceeded.")
        sandbox = Sandbox(self._settings, self)
        self.sandboxes.append(sandbox)
        sandbox.invoke(invocation)
        await sandbox.start()
        return invocation

    def reload(self) -> None:
        """Let every sandbox finish what it runs, and take new ones for what comes."""
        for sandbox in list(self.sandboxes):
            self._end(sandbox)

    async def close(self) -> None:
        sandboxes = [*self.sandboxes, *self._ending]
        self.sandboxes = []
        await asyncio.gather(*(sandbox.stop() for sandbox in sandboxes))

    def _free(self) -> Sandbox | None:
        for sandbox in self.sandboxes:
            if sandbox.free and not (self._cold and sandbox.busy + sandbox.invocations):
                return sandbox
        return None

    # What the sandboxes tell

    def initialised(self, sandbox: Sandbox, seconds: float) -> None:
        self._observer.initialised(sandbox, seconds)

    def started(self, sandbox: Sandbox, invocation: Invocation) -> None:
        self._observer.started(sandbox, invocation)

    def reported(self, sandbox: Sandbox, report: Report) -> None:
        self._observer.reported(sandbox, report)
        if self._cold:
            self._end(sandbox)

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        self._observer.ended(sandbox, error)
        if sandbox in self.sandboxes:
            self.sandboxes.remove(sandbox)

    def _end(self, sandbox: Sandbox) -> None:
        if sandbox not in self.sandboxes:
            return
        self.sandboxes.remove(sandbox)
        self._ending[sandbox] = task = asyncio.ensure_future(sandbox.drain())
        task.add_done_callback(lambda _: self._ending.pop(sandbox))
