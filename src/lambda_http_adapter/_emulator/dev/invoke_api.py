"""AWS's Invoke API: boto3, the AWS CLI and other functions invoke the function with any event.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import asyncio
import json
import uuid
from base64 import b64encode
from collections.abc import Callable
from contextlib import AbstractContextManager, aclosing, suppress
from typing import TYPE_CHECKING, NamedTuple

from ..doors.client import ClientRequest, ClientResponse
from ..doors.limits import PAYLOAD_LIMIT, STREAM_LIMIT
from ..sandbox.invocation import Invocation, InvocationError, ReplyHead, decoded_result, invocation_error
from ..sandbox.pool import Pool
from .client_io import ResponseWriter, record_of
from .event_stream import CONTENT_TYPE, invoke_complete, payload_chunks
from .invoke_call import InvokeCall, RefusedCallError, read_call, throttled, too_large
from .record_json import shortened

if TYPE_CHECKING:
    from ..._types import Send
    from ..._values.request import Headers
    from .history import RequestRecord

_LOG_TAIL = 4096  # bytes
# Seconds. A log tail ends with the REPORT line, which comes with the next poll: after background tasks, if at all.
_REPORT_WAIT = 5.0
# Seconds between two looks for a free sandbox while an event waits for one.
_QUEUE_POLL = 0.1
# Errors of the sandbox: in their message AWS puts the request's ID in front.
_SANDBOX_ERRORS = ("Runtime.ExitError", "Runtime.OutOfMemory", "Sandbox.Timedout")
_NO_RETRY = "AWS would invoke it again after 1 minute and after 2 more; here, replay it at /_lambda"


class Records(NamedTuple):
    """What the front door does for every request: keep it, note its end, save its event, show its progress."""

    add: Callable[[RequestRecord], None]
    recorded: Callable[[RequestRecord], AbstractContextManager[None]]
    save: Callable[[object, ClientRequest, RequestRecord], None]
    streaming: Callable[[RequestRecord], None]


class InvokeAPI:
    """Serves the requests whose path ``is_invoke_path``."""

    def __init__(self, pool: Pool, records: Records) -> None:
        self._pool = pool
        self._records = records
        # Asynchronous invocations: AWS queues them, so that each one gets a sandbox at some time.
        self._turn = asyncio.Lock()
        self._queued: set[asyncio.Task[None]] = set()

    async def refuse_body(self, request: ClientRequest, send: Send) -> None:
        """The body is over ``BODY_LIMIT``."""
        record = record_of(request)
        self._add(record)
        with self._records.recorded(record):
            await _refuse(too_large(), ResponseWriter(record, send))

    async def handle(self, request: ClientRequest, send: Send, record: RequestRecord | None = None) -> None:
        """``record``: that of a replay."""
        if record is None:
            record = record_of(request)
            record.request = request
        self._add(record)
        writer = ResponseWriter(record, send)
        try:
            call = read_call(request, self._pool.arn)
        except RefusedCallError as error:
            with self._records.recorded(record):
                await _refuse(error, writer)
            return
        record.event = call.event
        record.event_size = len(call.payload)
        self._records.save(call.event, request, record)
        if call.kind == "Event":
            await writer.send(ClientResponse(202, _headers(record), b""))
            self._enqueue(call, record)
            return
        with self._records.recorded(record):
            if call.kind == "DryRun":
                await writer.send(ClientResponse(204, _headers(record), b""))
            else:
                await self._invoke(call, writer)

    def _add(self, record: RequestRecord) -> None:
        record.request_id = str(uuid.uuid4())
        self._records.add(record)

    async def _invoke(self, call: InvokeCall, writer: ResponseWriter) -> None:
        try:
            invocation = await self._start(call, writer.record)
        except InvocationError as error:
            await _refuse(throttled(error), writer)
            return
        try:
            if call.streamed:
                await self._send_stream(call, invocation, writer)
            else:
                await self._send_result(call, invocation, writer)
        finally:
            invocation.abandon()

    async def _start(self, call: InvokeCall, record: RequestRecord) -> Invocation:
        """Raises InvocationError if no sandbox is free."""
        return await self._pool.invoke(call.payload, len(call.payload), call.headers, record.request_id)

    async def _send_result(self, call: InvokeCall, invocation: Invocation, writer: ResponseWriter) -> None:
        record = writer.record
        headers = _headers(record)
        try:
            head, body = await _result(invocation)
            record.result = shortened(decoded_result(body))
            headers.append((b"content-type", head.content_type.encode("latin-1")))
        except InvocationError as error:
            record.error = error
            body = _error_body(error, record.request_id)
            headers += [(b"content-type", b"application/json"), (b"x-amz-function-error", b"Unhandled")]
        if call.tail:
            headers.append((b"x-amz-log-result", b64encode(await _log_tail(invocation, record))))
        await writer.send(ClientResponse(200, headers, body))

    async def _send_stream(self, call: InvokeCall, invocation: Invocation, writer: ResponseWriter) -> None:
        record = writer.record
        await writer.begin(200, [*_headers(record), (b"content-type", CONTENT_TYPE.encode())])
        record.streamed = True
        fields: dict[str, str] = {}
        begun = False
        try:
            await invocation.head
            begun = True
            await self._send_chunks(invocation, writer)
        except InvocationError as error:
            record.error = error
            code = error.error_type if begun else "Unhandled"
            fields = {"ErrorCode": code, "ErrorDetails": _error_body(error, record.request_id).decode()}
        if call.tail:
            fields["LogResult"] = b64encode(await _log_tail(invocation, record)).decode()
        await writer.send_chunk(invoke_complete(fields))
        await writer.end()

    async def _send_chunks(self, invocation: Invocation, writer: ResponseWriter) -> None:
        size = 0
        async with aclosing(invocation.chunks()) as chunks:
            async for chunk in chunks:
                size += len(chunk)
                _require_size(size, STREAM_LIMIT, invocation)
                for message in payload_chunks(chunk):
                    await writer.send_chunk(message)
                self._records.streaming(writer.record)

    # Asynchronous invocations

    def _enqueue(self, call: InvokeCall, record: RequestRecord) -> None:
        task = asyncio.ensure_future(self._run(call, record))
        self._queued.add(task)
        task.add_done_callback(self._queued.discard)

    async def _run(self, call: InvokeCall, record: RequestRecord) -> None:
        """The request's line in the terminal follows when the function has ended."""
        with self._records.recorded(record):
            async with self._turn:
                invocation = await self._start_when_free(call, record)
            try:
                _, body = await _result(invocation)
                record.result = shortened(decoded_result(body))
            except InvocationError as error:
                record.error = error
                record.note = _NO_RETRY

    async def _start_when_free(self, call: InvokeCall, record: RequestRecord) -> Invocation:
        while True:
            try:
                return await self._start(call, record)
            except InvocationError:
                await asyncio.sleep(_QUEUE_POLL)


def _headers(record: RequestRecord) -> Headers:
    return [(b"x-amzn-requestid", record.request_id.encode()), (b"x-amz-executed-version", b"$LATEST")]


async def _refuse(error: RefusedCallError, writer: ResponseWriter) -> None:
    writer.record.note = f"{error.error_type}: {error}"
    await writer.send(error.response(writer.record.request_id))


async def _result(invocation: Invocation) -> tuple[ReplyHead, bytes]:
    """The whole reply. Raises InvocationError."""
    head = await invocation.head
    body = bytearray()
    async with aclosing(invocation.chunks()) as chunks:
        async for chunk in chunks:
            body += chunk
            _require_size(len(body), PAYLOAD_LIMIT, invocation)
    return head, bytes(body)


def _require_size(size: int, limit: int, invocation: Invocation) -> None:
    if size > limit:
        message = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
        error = invocation_error("Function.ResponseSizeTooLarge", message)
        invocation.fail(error)
        raise error


def _error_body(error: InvocationError, request_id: str) -> bytes:
    """The error as JSON, in AWS's words."""
    payload = error.payload
    if error.error_type in _SANDBOX_ERRORS and payload.keys() == {"errorType", "errorMessage"}:
        payload = {**payload, "errorMessage": f"RequestId: {request_id} Error: {payload['errorMessage']}"}
    return json.dumps(payload, separators=(",", ":")).encode()


async def _log_tail(invocation: Invocation, record: RequestRecord) -> bytes:
    """The end of the log, with the REPORT line if the function isn't busy for much longer."""
    if invocation.started_at:  # otherwise the sandbox ended before it took the event
        with suppress(TimeoutError):
            await asyncio.wait_for(invocation.reported.wait(), _REPORT_WAIT)
    return record.log_tail.encode(errors="replace")[-_LOG_TAIL:]
