"""The front door over HTTP: requests become events for the sandboxes, and results become responses."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from ..doors.client import ClientRequest, ClientResponse, header_value, media_type
from ..doors.door import Door
from ..doors.limits import PAYLOAD_LIMIT, STREAM_LIMIT, limits_of
from ..doors.methods import RefusedMethodError
from ..doors.pace import Pace
from ..doors.prelude import PreludeError, StreamStart, read_prelude
from ..doors.responses import json_error
from ..sandbox.invocation import Invocation, InvocationError, ReplyHead, invocation_error
from ..sandbox.pool import Pool
from . import advice
from .client_io import BodyTooLargeError, ResponseWriter, accepts_html, read_request, record_of
from .error_page import NO_WEBSOCKET, error_page
from .hints import Hints
from .history import History, RequestRecord
from .invoke_api import InvokeAPI, Records
from .invoke_call import BODY_LIMIT, is_invoke_path
from .saved_events import SavedEvents
from .status_page import status_page

if TYPE_CHECKING:
    from ..._types import Receive, Scope, Send
    from ..._values.request import Headers, LambdaEvent

STATUS_PATH = "/_lambda"
_HTML: Headers = [(b"content-type", b"text/html; charset=utf-8")]


class FrontDoorOptions(NamedTuple):
    """``stream_cap``: stream as slowly as Lambda does.

    ``gateway_timeout``: seconds that ``door`` waits for a buffered response. ``idle_timeout``: seconds that it waits
    for each chunk of a streamed one. None for no limit. ``when_busy``: what to do if every sandbox is.
    """

    door: Door
    stream: bool = False
    stream_cap: bool = False
    gateway_timeout: float | None = None
    idle_timeout: float | None = None
    save_events: Path | None = None
    when_busy: str = advice.BUSY


class ResponseObserver(Protocol):
    """Is told what the client has received. ``hints``: shows what a person needs to know once."""

    hints: Hints

    def streaming(self, record: RequestRecord) -> None:
        """The head of a streamed response has been sent, or another chunk."""

    def finished(self, record: RequestRecord) -> None:
        """The response has ended."""


class FrontDoor:
    """An ASGI app."""

    def __init__(self, options: FrontDoorOptions, pool: Pool, history: History, observer: ResponseObserver) -> None:
        self._options = options
        self._door = options.door
        self._limits = limits_of(options.door)
        self._pool = pool
        self._history = history
        self._observer = observer
        self._saved_events = SavedEvents(options.save_events) if options.save_events is not None else None
        self._invoke_api = InvokeAPI(pool, Records(self._recorded, self._save, observer.streaming))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        limit, kept, refuse_body = self._limits.body, self._limits.body_kept, self._refuse_body
        if is_invoke_path(cast("bytes", scope["raw_path"]).decode("latin-1")):
            limit, kept, refuse_body = BODY_LIMIT, None, self._invoke_api.refuse_body
        try:
            request = await read_request(scope, receive, limit, kept)
        except BodyTooLargeError as error:
            await refuse_body(error.request, send)
            return
        except ConnectionError:
            return
        try:
            if f"{request.path}/".startswith(f"{STATUS_PATH}/"):
                await self._own_page(request, send)
            elif is_invoke_path(request.path):
                await self._invoke_api.handle(request, send)
            else:
                await self._handle(request, send)
        except Exception:
            traceback.print_exc()  # an error of the emulator itself, which uvicorn is configured not to log
            raise

    async def _handle(self, request: ClientRequest, send: Send) -> None:
        record = record_of(request)
        record.client = f"{request.client} {header_value(request.headers, 'user-agent')}"
        writer = ResponseWriter(record, send, accepts_html(request))
        with self._recorded(record):
            if header_value(request.headers, "upgrade").lower() == "websocket":
                note = f"{self._door.label} has no WebSockets"
                await writer.refuse(NO_WEBSOCKET, note, advice.NO_WEBSOCKET)
                return
            if "text/event-stream" in header_value(request.headers, "accept"):
                self._hint_at_streaming(record)
            try:
                event = self._door.event(request)
            except RefusedMethodError as error:
                await writer.refuse(_refusal(error, self._door), str(error), advice.OTHER_METHOD)
                return
            except ValueError as error:
                mount = self._door.mount
                await writer.refuse(_refusal(error, self._door), str(error), advice.outside(mount), f"{mount}/")
                return
            self._save(event, request, record)
            await self._serve(event, writer)

    def _hint_at_streaming(self, record: RequestRecord) -> None:
        if not self._options.stream:
            self._observer.hints.stream(record, self._door)

    async def _refuse_body(self, request: ClientRequest, send: Send) -> None:
        record = record_of(request)
        with self._recorded(record):
            note = f"the request's body is over {self._limits.body} bytes"
            writer = ResponseWriter(record, send, accepts_html(request))
            await writer.refuse(self._limits.too_large, note, advice.TOO_LARGE)

    @contextmanager
    def _recorded(self, record: RequestRecord) -> Iterator[None]:
        self._history.add(record)
        try:
            yield
        finally:
            record.end()
            self._observer.finished(record)

    def _save(self, event: object, request: ClientRequest, record: RequestRecord) -> None:
        if self._saved_events is None:
            return
        try:
            self._saved_events.save(event, request.method, request.path)
        except OSError as error:
            record.note = f"the event isn't saved: {error}"

    async def _serve(self, event: LambdaEvent, writer: ResponseWriter) -> None:
        """Invoke the function; send what the front door makes of its result or of its error."""
        record = writer.record
        record.event = event
        try:
            invocation = await self._pool.invoke(event, PAYLOAD_LIMIT)
        except InvocationError as error:
            record.error = error
            if error.error_type == "RequestTooLargeException":
                note = "the event is larger than Lambda accepts; a binary body grows by a third in it"
                await writer.refuse(self._limits.too_large, note, advice.TOO_LARGE)
            else:
                await writer.refuse(self._limits.throttled, "every sandbox is busy", self._options.when_busy)
            return
        record.request_id = invocation.request_id
        try:
            if self._options.stream:
                await self._send_streamed(invocation, event, writer)
            else:
                await self._send_buffered(invocation, event, writer)
        except InvocationError as error:
            await self._send_error(error, event, writer)
        finally:
            invocation.abandon()

    async def _send_error(self, error: InvocationError, event: LambdaEvent, writer: ResponseWriter) -> None:
        writer.record.error = error
        if writer.begun:
            # Returning without the end of the body closes the connection: HTTP has no other sign for it.
            writer.record.note = "the response broke off"
            return
        response = self._door.response(error.payload, event, failed=True)
        if writer.for_browser:
            response = error_page(error, response.status)
        await writer.send(response)

    # Buffered

    async def _send_buffered(self, invocation: Invocation, event: LambdaEvent, writer: ResponseWriter) -> None:
        timeout = self._options.gateway_timeout
        try:
            head, body = await asyncio.wait_for(_whole_reply(invocation), timeout)
        except TimeoutError:
            assert self._limits.timed_out is not None
            note = f"{self._door.label} waits no longer than {timeout:g} s; the function keeps running"
            await writer.refuse(self._limits.timed_out, note, advice.TOO_SLOW)
            return
        result = _result(body)
        response = self._door.response(result, event)
        if media_type(response.headers) == "text/event-stream":
            self._hint_at_streaming(writer.record)
        if head.streamed:
            writer.record.note = "the function streamed, but this front door buffers: try --stream"
        elif response.status in (500, 502) and _status(result) != response.status:
            note = f"{self._door.label} can't make a response of this result: {body[:200]!r}"
            await writer.refuse(response, note, advice.MALFORMED)
            return
        elif len(body) > 0.8 * PAYLOAD_LIMIT:
            writer.record.note = f"the result has {len(body) / 1048576:.1f} MB; Lambda's limit is 6 MB"
        await writer.send(response)

    # Streamed

    async def _send_streamed(self, invocation: Invocation, event: LambdaEvent, writer: ResponseWriter) -> None:
        try:
            await self._send_unless_idle(invocation, event, writer)
        except TimeoutError:
            assert self._limits.timed_out is not None
            waited = f"{self._options.idle_timeout:g} s"
            note = f"{self._door.label} got nothing for {waited}; the function keeps running"
            if writer.begun:
                writer.record.note = note
            else:
                await writer.refuse(self._limits.timed_out, note, advice.TOO_SLOW)
            # A stream that has begun breaks off: see _send_error.

    async def _send_unless_idle(self, invocation: Invocation, event: LambdaEvent, writer: ResponseWriter) -> None:
        """Raises TimeoutError if the function sends nothing for too long."""
        idle_timeout = self._options.idle_timeout
        pace = Pace() if self._options.stream_cap else None
        async with asyncio.timeout(idle_timeout):
            head = await invocation.head
        async with aclosing(invocation.chunks(idle_timeout)) as chunks:
            body_start = await self._begin_stream(head, chunks, event, writer)
            if body_start is None:
                return
            await self._send_chunk(body_start, invocation, writer, pace)
            async for chunk in chunks:
                await self._send_chunk(chunk, invocation, writer, pace)
        await writer.end()

    async def _begin_stream(
        self, reply: ReplyHead, chunks: AsyncIterator[bytes], event: LambdaEvent, writer: ResponseWriter
    ) -> bytes | None:
        """Send the head of the response; returns the first bytes of the body, or None after an error response."""
        try:
            start = await read_prelude(reply.content_type, chunks, self._door.is_rest_api)
        except PreludeError as error:
            response = json_error(500, '{"message": "Internal server error"}')
            await writer.refuse(response, str(error), advice.MALFORMED)
            return None
        head = self._stream_head(reply, start, event)
        if head.body:  # the front door's error: the function's own body is still to come
            note = f"{self._door.label} can't make a response of the head of this stream"
            await writer.refuse(head, note, advice.MALFORMED)
            return None
        headers = [(name, value) for name, value in head.headers if name != b"content-length"]
        await writer.begin(head.status, headers)
        writer.record.streamed = True
        return start.body

    def _stream_head(self, reply: ReplyHead, start: StreamStart, event: LambdaEvent) -> ClientResponse:
        if start.metadata is None:
            return ClientResponse(200, [(b"content-type", reply.content_type.encode("latin-1"))], b"")
        return self._door.response(start.metadata, event, streamed=True)

    async def _send_chunk(
        self, chunk: bytes, invocation: Invocation, writer: ResponseWriter, pace: Pace | None
    ) -> None:
        if writer.record.size + len(chunk) > STREAM_LIMIT:
            error = invocation_error("Function.ResponseSizeTooLarge", f"The stream is over {STREAM_LIMIT} bytes")
            invocation.fail(error)
            raise error
        if pace is not None:
            await asyncio.sleep(pace.delay(len(chunk), asyncio.get_running_loop().time()))
        await writer.send_chunk(chunk)
        self._observer.streaming(writer.record)

    # The emulator's own pages

    async def _own_page(self, request: ClientRequest, send: Send) -> None:
        writer = ResponseWriter(RequestRecord(request.method, request.path), send)
        path = request.path.removeprefix(STATUS_PATH).strip("/")
        if not path and request.method in ("GET", "HEAD"):
            html = status_page(self._pool.sandboxes, self._history, f"Lambda function behind {self._door.label}")
            await writer.send(ClientResponse(200, list(_HTML), html.encode(errors="replace")))
            return
        record = self._history.find(path.removeprefix("replay/"))
        if request.method == "POST" and _is_same_origin(request) and record is not None and record.event is not None:
            await self._replay(record)
            await writer.send(ClientResponse(303, [(b"location", STATUS_PATH.encode())], b""))
            return
        await writer.send(ClientResponse(404, list(_HTML), b"There is nothing here."))

    async def _replay(self, replayed: RequestRecord) -> None:
        path, _, query = replayed.target.partition("?")
        if is_invoke_path(path):
            body = json.dumps(replayed.event).encode()
            await self._invoke_api.handle(ClientRequest("POST", path, query, body=body), _discard)
            return
        record = RequestRecord(replayed.method, replayed.target)
        with self._recorded(record):
            await self._serve(cast("LambdaEvent", replayed.event), ResponseWriter(record, _discard))


def _is_same_origin(request: ClientRequest) -> bool:
    """Whether the status page itself has sent this: any page in a browser can POST to a loopback address."""
    return header_value(request.headers, "sec-fetch-site") in ("", "same-origin", "none")


async def _discard(message: object) -> None:
    """The ``send`` of a replay, which has no client."""


async def _whole_reply(invocation: Invocation) -> tuple[ReplyHead, bytes]:
    head = await invocation.head
    async with aclosing(invocation.chunks()) as chunks:
        return head, b"".join([chunk async for chunk in chunks])


def _result(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _status(result: object) -> object:
    """The status that the function has chosen itself."""
    match result:
        case {"statusCode": status}:
            return status
        case {"status": str(status)} if status.isdecimal():
            return int(status)
    return None


def _refusal(error: ValueError, door: Door) -> ClientResponse:
    """For a method that the front door doesn't take, or a path outside the API's stage or mapping."""
    if isinstance(error, RefusedMethodError):
        return error.response
    if door.is_rest_api:
        return json_error(403, '{"message":"Forbidden"}')
    return json_error(404, '{"message":"Not Found"}')
