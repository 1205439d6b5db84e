"""The front door: HTTP in, an event to the sandboxes, and what comes back answered as the origin would."""

from __future__ import annotations

import asyncio
import json
import traceback
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..doors.client import ClientRequest, ClientResponse, field
from ..doors.door import Door
from ..doors.limits import PAYLOAD_LIMIT, STREAM_LIMIT, is_rest_api, limits_of
from ..doors.pace import Pace
from ..doors.prelude import PreludeError, split_prelude
from ..sandbox.invocation import Head, Invocation, InvocationError, failed
from ..sandbox.pool import Pool
from .client_answer import ClientAnswer, read_request
from .status_page import Exchange, History, error_page, page

if TYPE_CHECKING:
    from ..._types import Receive, Scope, Send
    from ..._values.request import Headers, LambdaEvent

STATUS_PATH = "/_lambda"


class Setting(NamedTuple):
    """How the front door is set up."""

    door: Door
    name: str
    stream: bool = False
    stream_cap: bool = False
    gateway_timeout: bool = True
    save_events: Path | None = None


class Witness(Protocol):
    """Who wants to know what has gone to the client."""

    def streaming(self, exchange: Exchange) -> None:
        """The head of a streamed answer has gone out, or another piece."""

    def finished(self, exchange: Exchange) -> None:
        """The answer has ended."""


class FrontDoor:
    """An ASGI app."""

    def __init__(self, setting: Setting, pool: Pool, history: History, log: Witness) -> None:
        self._setting = setting
        self._door = setting.door
        self._limits = limits_of(setting.door)
        self._pool = pool
        self._history = history
        self._log = log
        # Behind those of a run before, which are somebody's fixtures.
        before = setting.save_events.glob("[0-9]*-*.json") if setting.save_events is not None else ()
        self._saved = max((int(file.name.partition("-")[0]) for file in before), default=0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        try:
            request = await read_request(scope, receive)
        except ConnectionError:
            return
        if (request.path + "/").startswith(STATUS_PATH + "/"):
            await self._status(request, send)
            return
        target = f"{request.path}?{request.query}" if request.query else request.path
        try:
            await self._exchange(Exchange(request.method, target), request, send)
        except Exception:
            traceback.print_exc()  # a fault of this file, of which the server says nothing
            raise

    async def _exchange(self, exchange: Exchange, request: ClientRequest, send: Send) -> None:
        answer = ClientAnswer(exchange, send)
        self._history.exchanges.append(exchange)
        try:
            if len(request.body) > self._limits.body:
                exchange.note = f"the request's body is over {self._limits.body} bytes"
                await answer.whole(self._limits.too_large)
                return
            try:
                event = self._door.event(request)
            except ValueError as error:
                exchange.note = str(error)
                await answer.whole(_elsewhere(self._door))
                return
            self._save(event, exchange)
            await self._serve(exchange, event, answer, "text/html" in field(request.headers, "accept"))
        finally:
            exchange.end()
            self._log.finished(exchange)

    async def _serve(self, exchange: Exchange, event: LambdaEvent, answer: ClientAnswer, browser: bool) -> None:
        exchange.event = event
        try:
            invocation = await self._invoke(exchange, event)
        except InvocationError as error:
            exchange.error = error
            oversize = error.error_type == "RequestTooLargeException"
            await answer.whole(self._limits.too_large if oversize else self._limits.throttled)
            return
        try:
            if self._setting.stream:
                await self._stream(invocation, event, answer)
            else:
                await self._buffered(exchange, invocation, event, answer)
        except InvocationError as error:
            exchange.error = error
            if answer.begun:
                # Nothing says so in HTTP but the end of the connection.
                exchange.note = "the answer broke off"
            else:
                response = self._door.response(error.payload, event, failed=True)
                await answer.whole(_for_people(response, error) if browser else response)
        finally:
            invocation.abandon()

    async def _invoke(self, exchange: Exchange, event: LambdaEvent) -> Invocation:
        invocation = await self._pool.invoke(event, PAYLOAD_LIMIT)
        exchange.request_id = invocation.request_id
        return invocation

    # Buffered

    async def _buffered(
        self, exchange: Exchange, invocation: Invocation, event: LambdaEvent, answer: ClientAnswer
    ) -> None:
        seconds = self._limits.seconds if self._setting.gateway_timeout else None
        try:
            head, body = await asyncio.wait_for(_collect(invocation), seconds)
        except TimeoutError:
            assert self._limits.timed_out is not None
            exchange.note = f"{self._setting.name} waits no longer than {seconds} s; the function runs on"
            await answer.whole(self._limits.timed_out)
            return
        result = _result(body)
        response = self._door.response(result, event)
        if head.streamed:
            exchange.note = "the function streamed, and this front door takes no stream: try --stream"
        elif response.status in (500, 502) and _status(result) != response.status:
            exchange.note = f"{self._setting.name} can make no response of what the function returned: {body[:200]!r}"
        elif len(body) > 0.8 * PAYLOAD_LIMIT:
            exchange.note = f"{len(body) / 1048576:.1f} MB of the 6 MB that Lambda hands on"
        await answer.whole(response)

    # Streamed

    async def _stream(self, invocation: Invocation, event: LambdaEvent, answer: ClientAnswer) -> None:
        head = await invocation.head
        rest = is_rest_api(self._door)
        async with aclosing(invocation.pieces()) as pieces:
            try:
                start = await split_prelude(head.content_type, pieces, rest)
            except PreludeError as error:
                answer.exchange.note = str(error)
                await answer.whole(ClientResponse(500, *_INTERNAL))
                return
            response = ClientResponse(200, [(b"content-type", head.content_type.encode("latin-1"))], b"")
            if start.metadata is not None:
                response = self._door.response(start.metadata, event)
                if response.body:  # not the function's, which is yet to come: the head was refused
                    answer.exchange.note = "the front door can make no response of the head of this stream"
                    await answer.whole(response)
                    return
            await answer.begin(response.status, [pair for pair in response.headers if pair[0] != b"content-length"])
            answer.exchange.streamed = True
            pace = Pace() if self._setting.stream_cap else None
            await self._hand_on(start.body, invocation, answer, pace)
            async for piece in pieces:
                await self._hand_on(piece, invocation, answer, pace)
        await answer.end()

    async def _hand_on(self, piece: bytes, invocation: Invocation, answer: ClientAnswer, pace: Pace | None) -> None:
        if answer.exchange.size + len(piece) > STREAM_LIMIT:
            error = failed("Function.ResponseSizeTooLarge", f"The stream is over {STREAM_LIMIT} bytes")
            invocation.fail(error)
            raise error
        if pace is not None:
            await asyncio.sleep(pace.wait(len(piece), asyncio.get_running_loop().time()))
        await answer.piece(piece)
        self._log.streaming(answer.exchange)

    # The emulator's own pages

    async def _status(self, request: ClientRequest, send: Send) -> None:
        path = request.path.removeprefix(STATUS_PATH).strip("/")
        exchange = self._history.find(path.removeprefix("replay/"))
        # Any page in a browser can POST to a loopback address.
        own = field(request.headers, "sec-fetch-site") in ("", "same-origin", "none")
        answer = ClientAnswer(Exchange(request.method, request.path), send)
        if not path and request.method in ("GET", "HEAD"):
            html = page(self._pool.sandboxes, self._history, f"Lambda behind {self._setting.name}")
            await answer.whole(ClientResponse(200, list(_HTML), html.encode()))
        elif request.method == "POST" and exchange is not None and exchange.event is not None and own:
            await self._replay(exchange.method, exchange.target, exchange.event)
            await answer.whole(ClientResponse(303, [(b"location", STATUS_PATH.encode())], b""))
        else:
            await answer.whole(ClientResponse(404, list(_HTML), b"There is nothing here."))

    async def _replay(self, method: str, target: str, event: LambdaEvent) -> None:
        exchange = Exchange(method, target)
        self._history.exchanges.append(exchange)
        try:
            await self._serve(exchange, event, ClientAnswer(exchange, _nobody), False)
        finally:
            exchange.end()
            self._log.finished(exchange)

    def _save(self, event: LambdaEvent, exchange: Exchange) -> None:
        if self._setting.save_events is not None:
            self._saved += 1
            name = "".join(letter if letter.isalnum() else "-" for letter in exchange.target.partition("?")[0])
            file = self._setting.save_events / f"{self._saved:04d}-{exchange.method}{name[:80]}.json"
            try:
                file.write_text(json.dumps(event, indent=2, ensure_ascii=False) + "\n", errors="replace")
            except OSError as error:
                exchange.note = f"the event isn't saved: {error}"


_HTML: Headers = [(b"content-type", b"text/html; charset=utf-8")]
_INTERNAL: tuple[Headers, bytes] = (
    [(b"content-type", b"application/json")],
    b'{"message": "Internal server error"}',
)


async def _nobody(message: object) -> None:
    """The client of a replay."""


async def _collect(invocation: Invocation) -> tuple[Head, bytes]:
    head = await invocation.head
    async with aclosing(invocation.pieces()) as pieces:
        return head, b"".join([piece async for piece in pieces])


def _result(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _status(result: object) -> object:
    match result:
        case {"statusCode": status}:
            return status
        case {"status": str(status)} if status.isdecimal():
            return int(status)
    return None


def _elsewhere(door: Door) -> ClientResponse:
    """For a path that is none of this API's: on AWS, another API's or nobody's."""
    status, body = (403, b'{"message":"Forbidden"}') if is_rest_api(door) else (404, b'{"message":"Not Found"}')
    return ClientResponse(status, [(b"content-type", b"application/json")], body)


def _for_people(response: ClientResponse, error: InvocationError) -> ClientResponse:
    return ClientResponse(response.status, list(_HTML), error_page(error, response.status).encode())
