"""A sandbox, one execution environment: a process that runs the function, and the Runtime API that it polls."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Coroutine
from typing import Protocol

from .function import FunctionSettings
from .invocation import Invocation, InvocationError, invocation_error
from .printing import VARIABLE
from .process import exit_message, peak_memory
from .report import Report
from .runtime_api import RuntimeAPI
from .telemetry import LogPipe, LogRecord
from .watchdog import Watchdog

# Seconds from SIGTERM to SIGKILL, as measured on AWS. Only an environment with an extension gets SIGTERM.
_GRACE = 0.6
_INIT_LIMIT = 10.0
_MEMORY_CHECK = 0.1


class Observer(Protocol):
    """Is told what happens in the sandboxes."""

    def initialised(self, sandbox: Sandbox, seconds: float) -> None: ...
    def started(self, sandbox: Sandbox, invocation: Invocation) -> None: ...
    def reported(self, sandbox: Sandbox, report: Report) -> None:
        """An invocation has ended: not with the runtime's reply but with its next poll, or with the process."""

    def logged(self, sandbox: Sandbox, record: LogRecord) -> None:
        """The runtime has written a record."""

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        """The process is gone, with an error unless the emulator has stopped it."""


class Sandbox:
    """A process that runs ``settings.command``, and its invocations."""

    def __init__(self, settings: FunctionSettings, observer: Observer, watchdog: Watchdog) -> None:
        self._settings = settings
        self._observer = observer
        self._watchdog = watchdog
        self._api = RuntimeAPI(self)
        self._log: LogPipe | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue: asyncio.Queue[Invocation] = asyncio.Queue()
        self._running: dict[str, Invocation] = {}
        self._open_polls = 0
        self._progress = asyncio.Event()  # set when the runtime polls or is gone
        self._has_extension = False
        self._fatal_error: InvocationError | None = None  # why the process is about to end
        self.started_by_clock = time.monotonic()
        self.init_duration: float | None = None  # seconds from the start of the process to its first poll
        self.invocations = 0
        self.max_memory = 0
        self.stopping = False
        self.ended = asyncio.Event()
        self.authority = ""

    async def start(self) -> None:
        """Raises OSError if the machine refuses a port or a process. The invocations have failed then."""
        try:
            await self._start()
        except OSError as error:
            await self._end(invocation_error("Runtime.ExitError", f"The process can't be started: {error.strerror}"))
            raise

    async def _start(self) -> None:
        settings = self._settings
        self.authority = await self._api.start(settings.port)
        self.started_by_clock = time.monotonic()
        if not settings.command:
            return
        self._log = log = LogPipe(lambda record: self._observer.logged(self, record))
        variables = {"AWS_LAMBDA_RUNTIME_API": self.authority, VARIABLE: str(log.writer)}
        try:
            # A session of its own: the app's child processes end with it, and Ctrl-C reaches only the emulator.
            self._process = await asyncio.create_subprocess_exec(
                *self._watchdog.watched(settings.command),
                pass_fds=[self._watchdog.pipe, log.writer],
                env={**os.environ, **settings.environment, **variables},
                cwd=settings.directory,
                start_new_session=True,
            )
        finally:
            log.close_writer()
        self._spawn(self._watch_process(self._process))
        self._spawn(self._watch_memory())
        if settings.timeout is not None:
            self._spawn(self._watch_init(_INIT_LIMIT + settings.timeout))

    # Its state

    @property
    def function(self) -> str:
        """The name of its function."""
        return self._settings.name

    @property
    def init_limit(self) -> float | None:
        """Seconds that Lambda gives a start. None on Managed Instances, and for a process that a person starts."""
        if self._process is None or self._settings.max_concurrency > 1:
            return None
        return _INIT_LIMIT

    @property
    def pid(self) -> int:
        """0 if the emulator has started no process."""
        return self._process.pid if self._process is not None else 0

    @property
    def state(self) -> str:
        if self.ended.is_set():
            return "ended"
        if self.init_duration is None:
            return "init"
        if self.busy:
            return "busy"
        return "frozen" if self._settings.freeze else "idle"

    @property
    def running(self) -> list[str]:
        """The request IDs of the invocations that it runs."""
        return list(self._running)

    @property
    def busy(self) -> int:
        """How many invocations it runs or has queued."""
        return len(self._running) + self._queue.qsize()

    @property
    def free(self) -> bool:
        """Whether it can take one more invocation, now or as soon as it has started."""
        if self._is_ending or self._fatal_error is not None:
            return False
        if self.init_duration is None or self._process is None:
            # The first poll is still to come, or a process that attaches may poll at any time.
            return self.busy < self._settings.max_concurrency
        return self._queue.qsize() < self._open_polls

    @property
    def replied(self) -> bool:
        """Whether all its invocations have their reply, so that it is free again with its next poll."""
        if self._is_ending or not self._running:
            return False
        return all(invocation.done.is_set() for invocation in self._running.values())

    @property
    def _is_ending(self) -> bool:
        return self.stopping or self.ended.is_set()

    # The pool's side

    def invoke(self, invocation: Invocation) -> None:
        self._signal(signal.SIGCONT)
        self._queue.put_nowait(invocation)

    async def wait_for_poll(self, seconds: float) -> None:
        """Wait until the runtime polls or is gone, but not longer than ``seconds``."""
        self._progress.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._progress.wait(), seconds)

    def drain_log(self) -> None:
        """Report the records that the runtime has written until now."""
        if self._log is not None:
            self._log.drain()

    async def stop(self) -> None:
        """End the process as Lambda does, and wait until it is gone."""
        self.stopping = True
        if self._process is None:
            await self._end(invocation_error("Runtime.ExitError", "The emulator has been stopped"))
            return
        self._signal(signal.SIGCONT)
        if self._has_extension:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), _GRACE)
        self._signal(signal.SIGKILL)
        await self.ended.wait()

    async def drain(self) -> None:
        """Stop it once its invocations have ended."""
        while self.busy and not self.ended.is_set():
            self._progress.clear()
            await self._progress.wait()
        await self.stop()

    # The Runtime API's side

    async def next(self) -> Invocation:
        self.drain_log()
        if self._settings.max_concurrency == 1:
            message = "The runtime asked for the next invocation without replying to this one"
            self._fail_running(invocation_error("Runtime.ExitError", message))
        self._report_finished()
        if self.init_duration is None:
            self.init_duration = time.monotonic() - self.started_by_clock
            self._observer.initialised(self, self.init_duration)
        invocation = await self._dequeue()
        invocation.start()
        self._running[invocation.request_id] = invocation
        self._observer.started(self, invocation)
        if self._settings.timeout is not None:
            self._spawn(self._watch_timeout(invocation, self._settings.timeout))
        return invocation

    async def _dequeue(self) -> Invocation:
        self._open_polls += 1
        self._progress.set()
        try:
            if self._settings.freeze and not self.busy:
                self._signal(signal.SIGSTOP)
            return await self._queue.get()
        finally:
            self._open_polls -= 1

    def pending(self, request_id: str) -> Invocation | None:
        return self._running.get(request_id)

    def init_failed(self, error: InvocationError) -> None:
        self.drain_log()
        if self._process is None:
            self._fail_queued(error)  # a process that attaches may try again
        else:
            self._fatal_error = error

    def register_extension(self) -> dict[str, str]:
        self._has_extension = True
        environment = self._settings.environment
        return {
            "functionName": self.function,
            "functionVersion": environment.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            "handler": environment.get("_HANDLER", ""),
        }

    # What can end it

    async def _watch_timeout(self, invocation: Invocation, seconds: float) -> None:
        try:
            await asyncio.wait_for(invocation.done.wait(), seconds)
        except TimeoutError:
            invocation.fail(invocation_error("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds"))
            # On Managed Instances a timeout ends only the invocation, not the environment.
            if self._settings.max_concurrency == 1 and self._process is not None:
                await self.stop()

    async def _watch_init(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self.init_duration is None and not self.ended.is_set():
            self._kill(invocation_error("Sandbox.Timedout", f"Init timed out after {seconds:.2f} seconds"))

    async def _watch_memory(self) -> None:
        while True:  # until it is cancelled, as the process ends
            await asyncio.sleep(_MEMORY_CHECK)
            self._measure_memory()
            if self.max_memory > self._settings.memory:
                self._kill(invocation_error("Runtime.OutOfMemory", "Runtime exited with error: signal: killed"))
                return

    def _kill(self, error: InvocationError) -> None:
        self._fatal_error = error
        self._signal(signal.SIGKILL)

    async def _watch_process(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        await self._end(self._fatal_error or invocation_error("Runtime.ExitError", exit_message(code)))

    async def _end(self, error: InvocationError) -> None:
        self._kill_session()
        if self._log is not None:
            self._log.close()
        self.ended.set()
        self._observer.ended(self, None if self.stopping else error)
        self._fail_queued(error)
        self._fail_running(error)
        self._report_finished()
        self._progress.set()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        await self._api.close()

    def _kill_session(self) -> None:
        """The app's child processes are in its session and must not outlive it."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
            self._watchdog.forget(self.pid)

    def _fail_queued(self, error: InvocationError) -> None:
        while not self._queue.empty():
            self._queue.get_nowait().fail(error)

    def _fail_running(self, error: InvocationError) -> None:
        for invocation in self._running.values():
            invocation.fail(error)

    def _report_finished(self) -> None:
        finished = [invocation for invocation in self._running.values() if invocation.done.is_set()]
        for invocation in finished:
            del self._running[invocation.request_id]
            self.invocations += 1
            self._measure_memory()
            self._observer.reported(self, self._report(invocation))
            invocation.reported.set()

    def _report(self, invocation: Invocation) -> Report:
        duration = time.monotonic() - invocation.started_at
        if invocation.error is not None and invocation.error.error_type == "Sandbox.Timedout":
            duration = invocation.timeout  # as on AWS, which doesn't count the end of the process
        return Report(
            invocation.request_id,
            duration,
            self.init_duration if self.invocations == 1 else None,
            self._settings.memory,
            self.max_memory,
            invocation.error,
        )

    def _measure_memory(self) -> None:
        # Of a process that has ended the kernel has no figure: the last one measured stays.
        self.max_memory = max(self.max_memory, peak_memory(self.pid))

    def _spawn(self, coroutine: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
