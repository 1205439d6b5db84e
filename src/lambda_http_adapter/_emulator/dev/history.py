"""The latest requests at the front door and what became of each, and the sandboxes that served them."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from .sandbox_record import SandboxRecord

if TYPE_CHECKING:
    from ..._values.request import Headers
    from ..doors.client import ClientRequest
    from ..sandbox.invocation import Invocation, InvocationError
    from ..sandbox.report import Report
    from ..sandbox.sandbox import Sandbox

BODY_KEPT = 65536
TAIL_KEPT = 4096  # characters
_LOG_KEPT = 262144  # characters of one invocation
_REQUESTS_KEPT = 200
_BYTES_KEPT = 64 * 1024 * 1024  # of all requests and events together
_SANDBOXES_KEPT = 50  # after their end


class LogEntry(NamedTuple):
    """``at``: seconds after the request was received."""

    at: float
    text: str


class RequestRecord:
    """One request: its event, its response as far as it was sent, its invocation.

    Times are in seconds. Those that end in ``_at`` count from the epoch, the others from when the request was received.
    """

    def __init__(self, method: str, target: str) -> None:
        self.method = method
        self.target = target
        self.client = ""  # what tells it from others: its address and User-Agent
        self.number = 0  # History counts
        self.version = 0  # History's version when this record last changed
        self.changed: Callable[[], None] = _ignore
        self.request: ClientRequest | None = None
        self.replay_of = 0  # the number of the request whose event this one sends again
        self.note = ""
        self.advice = ""  # what to do about the note
        self.event: object = None
        self.event_size = 0
        # The invocation
        self.request_id = ""
        self.sandbox = 0  # its number
        self.started = False
        self.init_duration: float | None = None
        self.result: object = None  # what the function returned, or a stream's prelude; long texts are cut
        self.report: Report | None = None
        self.error: InvocationError | None = None
        self.logs: list[LogEntry] = []
        self.log_tail = ""
        self._log_size = 0
        # The response
        self.status = 0
        self.headers: Headers = []
        self.body = b""
        self.size = 0
        self.chunks = 0
        self.streamed = False
        self.complete = False
        # Times
        self.received_at = time.time()
        self.received_by_clock = time.monotonic()
        self.taken: float | None = None  # by the runtime, which ends the queue
        self.init_wait = 0.0  # the part of the queue in which the sandbox was starting
        self.first_byte = 0.0
        self.duration = 0.0
        self.reported: float | None = None  # the end of the invocation, after the response
        self.shown_at = 0.0  # when the terminal last showed its progress

    def elapsed(self) -> float:
        return time.monotonic() - self.received_by_clock

    def take(self, sandbox: Sandbox) -> None:
        """The sandbox's runtime has taken the event."""
        self.started = True
        self.taken = self.elapsed()
        if sandbox.invocations == 0 and sandbox.init_duration is not None:
            self.init_duration = sandbox.init_duration
            init_began = sandbox.started_by_clock - self.received_by_clock
            init_ended = init_began + sandbox.init_duration
            self.init_wait = max(0.0, min(self.taken, init_ended) - max(0.0, init_began))
        self.changed()

    def add_log(self, text: str) -> None:
        """Text that the function logged during the invocation. Of more than the limit only ``log_tail`` is kept."""
        self.log_tail = f"{self.log_tail}{text}\n"[-TAIL_KEPT:]
        room = _LOG_KEPT - self._log_size
        if room > 0:
            self._log_size += len(text) + 1
            kept = text if len(text) <= room else f"{text[:room]}… The log goes on."
            self.logs.append(LogEntry(self.elapsed(), kept))
            self.changed()

    def begin_response(self, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self.first_byte = self.elapsed()
        self.changed()

    def add_body(self, data: bytes) -> None:
        """Counts ``data``; only the beginning of a large body is kept."""
        if data:
            self.size += len(data)
            self.chunks += 1
            self.body += data[: max(0, BODY_KEPT - len(self.body))]
            self.changed()

    def end(self) -> None:
        self.complete = True
        self.duration = self.elapsed()
        self.changed()

    def add_report(self, report: Report) -> None:
        self.report = report
        self.reported = self.elapsed()
        self.changed()

    @property
    def bytes_kept(self) -> int:
        return self.event_size + (len(self.request.body) if self.request is not None else 0)


def _ignore() -> None:
    """A record outside of a History has no reader."""


class History:
    """The latest requests and sandboxes, the oldest first.

    Each change raises ``version``, so that a reader that knows one version finds what is newer. ``run`` tells the
    versions of two processes apart.
    """

    def __init__(self) -> None:
        self.records: deque[RequestRecord] = deque()
        self.sandboxes: list[SandboxRecord] = []
        self.run = secrets.token_hex(4)
        self.version = 0
        self._count = 0
        self._sandbox_records: WeakKeyDictionary[Sandbox, SandboxRecord] = WeakKeyDictionary()
        self._sandbox_count = 0
        self._change = asyncio.Event()

    # Requests

    def add(self, record: RequestRecord) -> None:
        self._count += 1
        record.number = self._count
        record.changed = lambda: self._touch(record)
        self.records.append(record)
        while len(self.records) > _REQUESTS_KEPT or (len(self.records) > 1 and self._bytes_kept() > _BYTES_KEPT):
            self.records.popleft()
        record.changed()

    def find(self, request_id: str) -> RequestRecord | None:
        """The request whose invocation has this ID."""
        return next((record for record in self.records if record.request_id == request_id), None)

    def look_up(self, name: str) -> RequestRecord | None:
        """The request that has this number, or whose invocation has this ID."""
        by_number = (record for record in self.records if str(record.number) == name)
        return next(by_number, None) or (self.find(name) if name else None)

    def _bytes_kept(self) -> int:
        return sum(record.bytes_kept for record in self.records)

    # What the sandboxes report

    def initialised(self, sandbox: Sandbox) -> None:
        self._sample(sandbox)

    def started(self, sandbox: Sandbox, invocation: Invocation) -> RequestRecord | None:
        """Returns the record of the request that ``invocation`` serves."""
        self._sample(sandbox)
        record = self.find(invocation.request_id)
        if record is not None:
            record.sandbox = self._record_of(sandbox).number
            record.take(sandbox)
        return record

    def reported(self, sandbox: Sandbox, report: Report) -> RequestRecord | None:
        """Returns the record of the request that was served."""
        self._sample(sandbox)
        record = self.find(report.request_id)
        if record is not None:
            record.add_report(report)
        return record

    def ended(self, sandbox: Sandbox, error: InvocationError | None) -> None:
        record = self._record_of(sandbox)
        record.end(error)
        self._touch(record)
        ended = [record for record in self.sandboxes if record.ended_at is not None]
        for record in ended[:-_SANDBOXES_KEPT]:
            self.sandboxes.remove(record)

    def observe(self, sandboxes: Iterable[Sandbox]) -> None:
        """Note the state and memory of ``sandboxes`` now."""
        for sandbox in sandboxes:
            self._sample(sandbox)

    def _sample(self, sandbox: Sandbox) -> None:
        record = self._record_of(sandbox)
        if record.sample(sandbox):
            self._touch(record)

    def _record_of(self, sandbox: Sandbox) -> SandboxRecord:
        record = self._sandbox_records.get(sandbox)
        if record is None:
            self._sandbox_count += 1
            record = self._sandbox_records[sandbox] = SandboxRecord(self._sandbox_count, sandbox)
            self.sandboxes.append(record)
            self._touch(record)
        return record

    # Changes

    def _touch(self, record: RequestRecord | SandboxRecord) -> None:
        self.version += 1
        record.version = self.version
        self._change.set()

    async def wait_for_change(self, since: int, seconds: float) -> None:
        """Wait until the version is higher than ``since``, but not longer than ``seconds``."""
        if self.version > since:
            return
        self._change.clear()
        try:
            await asyncio.wait_for(self._change.wait(), seconds)
        except TimeoutError:
            pass
