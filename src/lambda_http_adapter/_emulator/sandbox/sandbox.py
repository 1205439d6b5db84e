"""One execution environment: a process that runs the function, and the Runtime API it talks to."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import time
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from .invocation import Invocation, InvocationError, failed
from .runtime_api import RuntimeAPI

# Measured on AWS: SIGKILL comes this long after SIGTERM, which only an environment with an extension gets.
_GRACE = 0.6
_INIT_LIMIT = 10.0
_MEMORY_CHECK = 0.1


class Settings(NamedTuple):
    """What Lambda would be configured with. Times in seconds, memory in MB; None is no limit.

    Without a ``command`` the runtime is somebody else's process, which attaches to ``port``.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    timeout: float | None = 30
    memory: int = 1769
    max_concurrency: int = 1
    freeze: bool = False
    port: int = 0


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


class Sandbox:
    """A process of ``settings.command`` and what runs in it."""

    def __init__(self, settings: Settings, observer: Observer) -> None:
        self._settings = settings
        self._observer = observer
        self._api = RuntimeAPI(self)
        self._queue: asyncio.Queue[Invocation] = asyncio.Queue()
        self._running: dict[str, tuple[Invocation, float]] = {}
        self._polls = 0
        self._init: float | None = None
        self._init_error: InvocationError | None = None
        self._extension = False
        self._stopping = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._process: asyncio.subprocess.Process | None = None
        self._polled = asyncio.Event()
        self.max_memory = 0
        self.invocations = 0
        self.ended = asyncio.Event()
        self.authority = ""

    async def start(self) -> None:
        self.authority = await self._api.start(self._settings.port)
        settings = self._settings
        self._started = time.monotonic()
        if not settings.command:
            return
        # A session of its own: what the app starts ends with it, and Ctrl-C is the emulator's to handle.
        self._process = await asyncio.create_subprocess_exec(
            *settings.command,
            env={**os.environ, **settings.environment, "AWS_LAMBDA_RUNTIME_API": self.authority},
            cwd=settings.directory,
            start_new_session=True,
        )
        self._spawn(self._watch_process(self._process))
        self._spawn(self._watch_memory())
        if settings.timeout is not None:
            self._spawn(self._watch_init(_INIT_LIMIT + settings.timeout))

    @property
    def pid(self) -> int:
        """0 where the process isn't ours."""
        return self._process.pid if self._process is not None else 0

    @property
    def init(self) -> float | None:
        """Seconds from the start of the process to its first poll."""
        return self._init

    @property
    def state(self) -> str:
        if self.ended.is_set():
            return "ended"
        if self._init is None:
            return "init"
        return "busy" if self.busy else "frozen" if self._settings.freeze else "idle"

    @property
    def free(self) -> bool:
        """Whether it could take one more invocation at once, or as soon as it has started."""
        awaited = self._init is None or self._process is None
        slots = self._settings.max_concurrency - len(self._running) if awaited else self._polls
        return not (self._stopping or self._init_error or self.ended.is_set()) and self._queue.qsize() < slots

    @property
    def stopping(self) -> bool:
        return self._stopping

    @property
    def answered(self) -> bool:
        """Whether it only has to ask for the next invocation to be free again."""
        running = [invocation.done.is_set() for invocation, _ in self._running.values()]
        return bool(running) and all(running) and not self._stopping and not self.ended.is_set()

    @property
    def busy(self) -> int:
        return len(self._running) + self._queue.qsize()

    def invoke(self, invocation: Invocation) -> None:
        self._signal(signal.SIGCONT)
        self._queue.put_nowait(invocation)

    async def polled(self, seconds: float) -> None:
        """Wait, so long at most, until the runtime asks for an invocation, or is gone."""
        self._polled.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._polled.wait(), seconds)

    async def stop(self) -> None:
        """End the process as Lambda does, and wait until it is gone."""
        self._stopping = True
        if self._process is None:
            await self._gone(failed("Runtime.ExitError", "The emulator has been stopped"))
            return
        self._signal(signal.SIGCONT)
        if self._extension:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), _GRACE)
        self._signal(signal.SIGKILL)
        await self.ended.wait()

    async def drain(self) -> None:
        """``stop`` once nothing runs any more."""
        while self.busy and not self.ended.is_set():
            self._polled.clear()
            await self._polled.wait()
        await self.stop()

    # The runtime's side

    async def next(self) -> Invocation:
        if self._settings.max_concurrency == 1:
            message = "The runtime asked for the next invocation and had not answered this one"
            self._fail_running(failed("Runtime.ExitError", message))
        self._settle()
        self._polls += 1
        if self._init is None:
            self._init = time.monotonic() - self._started
            self._observer.initialised(self, self._init)
        self._polled.set()
        try:
            if self._settings.freeze and not self.busy:
                self._signal(signal.SIGSTOP)
            invocation = await self._queue.get()
        finally:
            self._polls -= 1
        invocation.start()
        self._running[invocation.request_id] = (invocation, time.monotonic())
        self._observer.started(self, invocation)
        if self._settings.timeout is not None:
            self._spawn(self._watch_time(invocation, self._settings.timeout))
        return invocation

    def pending(self, request_id: str) -> Invocation | None:
        running = self._running.get(request_id)
        return running and running[0]

    def init_failed(self, error: InvocationError) -> None:
        if self._process is None:
            self._fail_waiting(error)  # whoever attaches may try again
        else:
            self._init_error = error

    def extension_registered(self) -> None:
        self._extension = True

    # What can happen to it

    async def _watch_time(self, invocation: Invocation, seconds: float) -> None:
        try:
            await asyncio.wait_for(invocation.done.wait(), seconds)
        except TimeoutError:
            message = f"{invocation.request_id} Task timed out after {seconds:.2f} seconds"
            invocation.fail(failed("Sandbox.Timedout", message))
            # Managed Instances fail the invocation alone.
            if self._settings.max_concurrency == 1 and self._process is not None:
                await self.stop()

    async def _watch_init(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._init is None and not self.ended.is_set():
            self._init_error = failed("Sandbox.Timedout", f"Init timed out after {seconds:.2f} seconds")
            self._signal(signal.SIGKILL)

    async def _watch_memory(self) -> None:
        while not self.ended.is_set():
            await asyncio.sleep(_MEMORY_CHECK)
            self.max_memory = max(self.max_memory, _peak_memory(self.pid))
            if self.max_memory > self._settings.memory:
                self._init_error = failed("Runtime.OutOfMemory", "Runtime exited with error: signal: killed")
                self._signal(signal.SIGKILL)
                return

    async def _watch_process(self, process: asyncio.subprocess.Process) -> None:
        code = await process.wait()
        await self._gone(self._init_error or failed("Runtime.ExitError", _ending(code)))

    async def _gone(self, error: InvocationError) -> None:
        # What the app started is in its session, and must not outlive it.
        if self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.ended.set()
        self._observer.ended(self, None if self._stopping else error)
        self._fail_waiting(error)
        self._fail_running(error)
        self._settle()
        self._polled.set()
        for task in self._tasks - {asyncio.current_task()}:
            task.cancel()
        await self._api.close()

    def _fail_waiting(self, error: InvocationError) -> None:
        while not self._queue.empty():
            self._queue.get_nowait().fail(error)

    def _fail_running(self, error: InvocationError) -> None:
        for invocation, _ in list(self._running.values()):
            invocation.fail(error)

    def _settle(self) -> None:
        """Report what has been answered."""
        for request_id, (invocation, started) in list(self._running.items()):
            if not invocation.done.is_set():
                continue
            del self._running[request_id]
            first = self.invocations == 0
            self.invocations += 1
            duration = time.monotonic() - started
            self.max_memory = max(self.max_memory, _peak_memory(self.pid))  # a dead process tells nothing
            init, memory = self._init if first else None, self._settings.memory
            report = Report(request_id, duration, init, memory, self.max_memory, invocation.error)
            self._observer.reported(self, report)

    def _spawn(self, coroutine: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def _ending(code: int) -> str:
    if code < 0:
        return f"Runtime exited with error: signal: {signal.strsignal(-code)}".lower().replace("runtime", "Runtime", 1)
    return f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"


def _peak_memory(pid: int) -> int:
    """In MB, as the kernel counts it; 0 where it doesn't tell."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    _, _, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) // 1024 if rest else 0
