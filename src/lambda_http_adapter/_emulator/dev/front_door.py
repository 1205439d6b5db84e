"""The front door over HTTP: requests become events for the sandboxes, and results become responses."""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from ..doors.client import ClientRequest, ClientResponse, NoEventError, header_value, media_type
from ..doors.door import Door
from ..doors.limits import PAYLOAD_LIMIT, STREAM_LIMIT, limits_of
from ..doors.pace import Pace
from ..doors.prelude import PreludeError, StreamStart, read_prelude
from ..doors.responses import json_error
from ..sandbox.invocation import Invocation, InvocationError, ReplyHead, decoded_result, invocation_error
from ..sandbox.pool import Pool
from . import advice
from .advice import advice_on_refusal
from .client_io import BodyTooLargeError, ResponseWriter, accepts_html, read_request, record_of
from .entrance import Entrance
from .error_page import NO_WEBSOCKET, error_page
from .hints import Hints
from .history import History, RequestRecord
from .invoke_api import InvokeAPI, Records
from .invoke_call import BODY_LIMIT, is_invoke_path
from .own_pages import OwnPages, is_own_path
from .record_json import shortened
from .saved_events import SavedEvents
from .settings_in_force import settings_in_force

if TYPE_CHECKING:
    from ..._types import Receive, Scope, Send
    from ..._values.request import LambdaEvent


class FrontDoorOptions(NamedTuple):
    """``stream_cap``: stream as slowly as Lambda does.

    ``gateway_timeout``: seconds that ``door`` waits for a buffered response. ``idle_timeout``: seconds that it waits
    for each chunk of a streamed one. None for no limit.
    """

    door: Door
    stream: bool = False
    stream_cap: bool = False
    gateway_timeout: float | None = None
    idle_timeout: float | None = None
    save_events: Path | None = None
    entrance: Entrance | None = None
    host: str = "127.0.0.1"


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
        self._entrance = options.entrance or Entrance(options.door)
        self._pool = pool
        self._when_busy = advice.BUSY if pool.settings.max_concurrency == 1 else advice.BUSY_PROCESS
        self._history = history
        self._observer = observer
        self._saved_events = SavedEvents(options.save_events) if options.save_events is not None else None
        records = Records(history.add, self._recorded, self._save, observer.streaming)
        self._invoke_api = InvokeAPI(pool, records)
        pools = [pool, *self._entrance.pools]
        self._own_pages = OwnPages(history, pools, self._about, self._replay, options.host)
        self._replays: set[asyncio.Task[None]] = set()

    def _about(self) -> dict[str, object]:
        """What the page says of the function: a reload may have changed its environment."""
        handler = self._pool.settings.environment.get("_HANDLER", "Lambda function")
        front_door = self._options._asdict()
        del front_door["entrance"]
        return {
            "title": f"{handler} behind {self._door.label}",
            "settings": settings_in_force({**front_door, **self._entrance.settings}, self._pool),
        }

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
            if is_own_path(request.path):
                await self._own_pages.serve(request, receive, send)
            elif is_invoke_path(request.path):
                await self._invoke_api.handle(request, send)
            else:
                await self._handle(request, send)
        except Exception:
            traceback.print_exc()  # an error of the emulator itself, which uvicorn is configured not to log
            raise

    async def _handle(self, request: ClientRequest, send: Send) -> None:
        record = record_of(request)
        record.request = request
        record.client = f"{request.client} {header_value(request.headers, 'user-agent')}"
        writer = self._writer(record, request, send)
        with self._recorded(record):
            if header_value(request.headers, "upgrade").lower() == "websocket":
                note = f"{self._door.label} has no WebSockets"
                await writer.refuse(NO_WEBSOCKET, note, advice.NO_WEBSOCKET)
                return
            if "text/event-stream" in header_value(request.headers, "accept"):
                self._hint_at_streaming(record)
            try:
                event = await self._entrance.event(request)
            except NoEventError as error:
                await writer.refuse(error.response, str(error), advice_on_refusal(error))
                return
            except ValueError as error:
                mount = self._entrance.mount(request)
                await writer.refuse(_no_such_api(self._door), str(error), advice.outside(mount), f"{mount}/")
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
            await self._writer(record, request, send).refuse(self._limits.too_large, note, advice.TOO_LARGE)

    def _writer(self, record: RequestRecord, request: ClientRequest, send: Send) -> ResponseWriter:
        return ResponseWriter(record, send, self._entrance.amendment(request), accepts_html(request))

    @contextmanager
    def _recorded(self, record: RequestRecord) -> Iterator[None]:
        if not record.number:
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
            invocation = await self._pool.invoke(event, PAYLOAD_LIMIT, self._entrance.headers)
        except InvocationError as error:
            record.error = error
            if error.error_type == "RequestTooLargeException":
                note = "the event is larger than Lambda accepts; a binary body grows by a third in it"
                await writer.refuse(self._limits.too_large, note, advice.TOO_LARGE)
            else:
                await writer.refuse(self._limits.throttled, "every sandbox is busy", self._when_busy)
            return
        record.request_id = invocation.request_id
        record.event_size = len(invocation.event)
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
            head, body = await asyncio.wait_for(invocation.whole_reply(), timeout)
        except TimeoutError:
            assert self._limits.timed_out is not None
            note = f"{self._door.label} waits no longer than {timeout:g} s; the function keeps running"
            await writer.refuse(self._limits.timed_out, note, advice.TOO_SLOW)
            return
        result = decoded_result(body)
        writer.record.result = shortened(result)
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
            note = f"{self._door.label} got nothing for {waited}; the function keeps running; {advice.IDLE}"
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
        writer.record.result = shortened(start.metadata)
        head = self._stream_head(reply, start, event)
        if head.body:  # the front door's error: the function's own body is still to come
            note = f"{self._door.label} can't make a response of the head of this stream"
            await writer.refuse(head, note, advice.MALFORMED)
            return None
        await writer.begin(head.status, head.headers)
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

    # Replay

    def _replay(self, past: RequestRecord) -> RequestRecord:
        """Send the event of ``past`` again. Returns the record of the new request, which goes on by itself."""
        assert past.event is not None
        record = RequestRecord(past.method, past.target)
        record.request = past.request
        record.replay_of = past.number
        path, _, query = past.target.partition("?")
        if is_invoke_path(path):
            call = ClientRequest("POST", path, query, body=json.dumps(past.event).encode())
            serving = self._invoke_api.handle(call, _discard, record)
        else:
            self._history.add(record)
            serving = self._serve_replay(cast("LambdaEvent", past.event), record)
        task = asyncio.ensure_future(serving)
        self._replays.add(task)
        task.add_done_callback(self._replays.discard)
        return record

    async def _serve_replay(self, event: LambdaEvent, record: RequestRecord) -> None:
        with self._recorded(record):
            await self._serve(event, ResponseWriter(record, _discard))


async def _discard(message: object) -> None:
    """The ``send`` of a replay, which has no client."""


def _status(result: object) -> object:
    """The status that the function has chosen itself."""
    match result:
        case {"statusCode": status}:
            return status
        case {"status": str(status)} if len(status) == 3 and status.isdecimal():
            return int(status)
    return None


def _no_such_api(door: Door) -> ClientResponse:
    """For a path outside the API's stage or mapping."""
    if door.is_rest_api:
        return json_error(403, '{"message":"Forbidden"}')
    return json_error(404, '{"message":"Not Found"}')
