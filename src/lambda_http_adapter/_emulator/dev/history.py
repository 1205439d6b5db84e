"""The latest requests at the front door, and what became of each."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..._values.request import Headers
    from ..sandbox.invocation import InvocationError
    from ..sandbox.report import Report

BODY_KEPT = 65536
LOG_KEPT = 4096
_REQUESTS_KEPT = 100


class RequestRecord:
    """One request: its event, its response as far as it was sent, its invocation. Times are in seconds."""

    def __init__(self, method: str, target: str) -> None:
        self.method = method
        self.target = target
        self.client = ""  # what tells it from others: its address and User-Agent
        self.note = ""
        self.advice = ""  # what to do about the note
        self.event: object = None
        # The invocation
        self.request_id = ""
        self.started = False
        self.init_duration: float | None = None
        self.report: Report | None = None
        self.error: InvocationError | None = None
        self.log = b""  # its end
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
        self.first_byte = 0.0
        self.duration = 0.0
        self.shown_at = 0.0  # when the terminal last showed its progress

    def begin_response(self, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self.first_byte = time.time() - self.received_at

    def add_body(self, data: bytes) -> None:
        """Counts ``data``; only the beginning of a large body is kept."""
        if data:
            self.size += len(data)
            self.chunks += 1
            self.body += data[: max(0, BODY_KEPT - len(self.body))]

    def end(self) -> None:
        self.complete = True
        self.duration = time.time() - self.received_at


class History:
    """The latest requests, the oldest first."""

    def __init__(self) -> None:
        self.records: deque[RequestRecord] = deque(maxlen=_REQUESTS_KEPT)

    def add(self, record: RequestRecord) -> None:
        self.records.append(record)

    def record_log(self, request_id: str, line: str) -> None:
        """``line`` of the function's log, without a line break, was written during this invocation."""
        record = self.find(request_id)
        if record is not None:
            record.log = (record.log + f"{line}\n".encode(errors="replace"))[-LOG_KEPT:]

    def find(self, request_id: str) -> RequestRecord | None:
        """The request whose invocation has this ID."""
        return next((record for record in self.records if record.request_id == request_id), None)
