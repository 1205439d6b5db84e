"""A WebSocket API over real connections: what a client does becomes events, and each event a response or a message.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

# A connection's life:
#
#   handshake         CONNECT, before the client gets an answer; the function accepts or refuses
#   message           MESSAGE, each in a task of its own: a slow one delays no other
#   closed            DISCONNECT, after either side has closed it
#
# Between CONNECT and the end, `_connections` has the connection, and the management API can reach its client.

from __future__ import annotations

import asyncio
import json
import traceback
from typing import TYPE_CHECKING, NamedTuple, cast

from ..doors.client import ClientRequest, ClientResponse, header_value, media_type
from ..doors.responses import json_error
from .client_io import ResponseWriter, request_of
from .connections import Connection, Connections
from .front_door import FrontDoor, FrontDoorOptions
from .history import History, RequestRecord
from .management_api import connection_id, manage
from .routes import RouteSelection
from .trusted_request import is_trusted, refusal

if TYPE_CHECKING:
    from ..._types import Message, Receive, Scope, Send
    from ..._values.request import LambdaEvent
    from ..sandbox.pool import Pool
    from .front_door import ResponseObserver

_GOING_AWAY = 1001
_UNSUPPORTED = 1003
_NO_STATUS = 1005
_ABNORMAL = 1006
_RESTART = 1012
_KEY_SHOWN = 80  # characters of a route key, which a client may choose


class WebSocketOptions(NamedTuple):
    """``route_response``: every route has one, so that the client gets the function's response to its message.

    ``duration``: how long a connection may be open, in seconds.
    """

    routes: RouteSelection
    route_response: bool = False
    duration: float = 2 * 60 * 60


class Closing(NamedTuple):
    """How a connection was closed: fields of DISCONNECT's requestContext."""

    disconnectStatusCode: int  # noqa: N815
    disconnectReason: str  # noqa: N815


class WebSocketAPI(FrontDoor):
    """An ASGI app: clients' connections, the management API, and the emulator's own pages."""

    def __init__(
        self,
        options: FrontDoorOptions,
        websocket_options: WebSocketOptions,
        pool: Pool,
        history: History,
        observer: ResponseObserver,
    ) -> None:
        super().__init__(options, pool, history, observer)
        self._websocket_options = websocket_options
        self._stage = options.door.stage or "prod"
        self._connections = Connections()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await super().__call__(scope, receive, send)
            return
        try:
            await self._serve_client(request_of(scope), receive, send)
        except Exception:
            traceback.print_exc()  # an error of the emulator itself, which uvicorn is configured not to log
            raise

    # A client

    async def _serve_client(self, handshake: ClientRequest, receive: Receive, send: Send) -> None:
        connection = Connection(handshake, self._stage, send)
        await receive()  # "websocket.connect", which says nothing
        response = await self._connect(connection)
        if response.status != 101:
            await _refuse(send, response)
            return
        # The group waits for the function, also when the client is gone already.
        async with asyncio.TaskGroup() as invocations:
            closing = await self._converse(connection, response, receive, invocations)
            if closing is not None:
                invocations.create_task(self._disconnect(connection, closing))

    async def _connect(self, connection: Connection) -> ClientResponse:
        handshake = connection.handshake
        record = _record("CONNECT", "$connect", connection)
        with self._recorded(record):
            if handshake.path.rstrip("/") != self._door.mount:
                record.note = f"this API is at {self._door.mount}/, not at {handshake.path}"
                forbidden = json_error(403, '{"message":"Forbidden"}')
                record.begin_response(forbidden.status, forbidden.headers)
                return forbidden
            return await self._answer(connection.event("CONNECT", "$connect"), "connect", record)

    async def _converse(
        self, connection: Connection, response: ClientResponse, receive: Receive, invocations: asyncio.TaskGroup
    ) -> Closing | None:
        """Returns when the connection is closed; None: because the emulator stops."""
        try:
            await connection.accept(header_value(response.headers, "sec-websocket-protocol") or None)
        except OSError:
            return Closing(_ABNORMAL, "Connection closed abnormally")
        self._connections.add(connection)
        try:
            while isinstance(received := await self._receive(connection, receive), str):
                invocations.create_task(self._pass_on(connection, received))
            return received
        finally:
            self._connections.remove(connection)

    async def _receive(self, connection: Connection, receive: Receive) -> str | Closing | None:
        """The client's next message, or how the connection was closed, by either side; None: the emulator stops."""
        while True:
            left = connection.seconds_left(self._options.idle_timeout, self._websocket_options.duration)
            if left <= 0:
                return await _closed(connection, _GOING_AWAY, "Going away")
            try:
                async with asyncio.timeout(left):
                    message = await receive()
                break
            except TimeoutError:
                pass  # unless a message was sent to the client meanwhile
        if message["type"] == "websocket.disconnect":
            return _closing(cast("int", message["code"]), cast("str | None", message.get("reason")))
        text = message.get("text")
        if text is None:
            return await _closed(connection, _UNSUPPORTED, "Binary messages are not supported")
        connection.touch()
        return cast("str", text)

    async def _pass_on(self, connection: Connection, text: str) -> None:
        route_key = self._websocket_options.routes.route_key(text)
        event = connection.event("MESSAGE", route_key, text)
        record = _record("MESSAGE", route_key, connection)
        with self._recorded(record):
            response = await self._answer(event, route_key, record)
        context = cast("dict[str, str]", event["requestContext"])
        try:
            if _is_own(response):
                ids = {name: context[name] for name in ("connectionId", "requestId")}
                await connection.send(json.dumps(json.loads(response.body) | ids))
            elif self._websocket_options.route_response and response.body:
                await connection.send(response.body.decode(errors="replace"))
        except OSError:
            pass  # the client is gone

    async def _disconnect(self, connection: Connection, closing: Closing) -> None:
        event = connection.event("DISCONNECT", "$disconnect", **closing._asdict())
        record = _record("DISCONNECT", "$disconnect", connection)
        record.note = f"{closing.disconnectStatusCode} {closing.disconnectReason}".strip()
        with self._recorded(record):
            await self._answer(event, "disconnect", record)

    async def _answer(self, event: LambdaEvent, name: str, record: RequestRecord) -> ClientResponse:
        """What API Gateway makes of the function's result. ``name``: for the file of a saved event."""
        self._save(event, ClientRequest(record.method, f"/{name}"), record)
        body = bytearray()

        async def keep(message: Message) -> None:
            body.extend(cast("bytes", message.get("body", b"")))

        await self._serve(event, ResponseWriter(record, keep))
        return ClientResponse(record.status, record.headers, bytes(body))

    # The management API

    async def _handle(self, request: ClientRequest, send: Send) -> None:
        record = RequestRecord(request.method, request.path)
        with self._recorded(record):
            await ResponseWriter(record, send).send(await self._manage(request, record))

    async def _manage(self, request: ClientRequest, record: RequestRecord) -> ClientResponse:
        if not is_trusted(request, self._options.host):
            return refusal(request)
        name = connection_id(request.path, {"", f"/{self._stage}", self._door.mount})
        if name is None:
            record.note = "not a WebSocket handshake, and not below /@connections"
            response = json_error(426, '{"message":"Upgrade Required"}')
            return response._replace(headers=[*response.headers, (b"upgrade", b"websocket")])
        if not header_value(request.headers, "authorization").startswith("AWS4-HMAC-SHA256"):
            record.note = "not signed: on AWS 403, see Signature Version 4"
        return await manage(self._connections, name, request)


async def _refuse(send: Send, response: ClientResponse) -> None:
    """End the handshake. The client may be gone."""
    try:
        await send({"type": "websocket.http.response.start", "status": response.status, "headers": response.headers})
        await send({"type": "websocket.http.response.body", "body": response.body})
    except OSError:
        pass


async def _closed(connection: Connection, code: int, reason: str) -> Closing:
    await connection.close(code, reason)
    return Closing(code, reason)


def _closing(code: int, reason: str | None) -> Closing | None:
    """``reason``: None if there was no closing handshake, because the client is lost or the server stops."""
    if reason is None:
        return None if code == _RESTART else Closing(_ABNORMAL, "Connection closed abnormally")
    if code == _NO_STATUS:
        return Closing(code, "Client-side close frame status not set")
    return Closing(code, reason)


def _is_own(response: ClientResponse) -> bool:
    """Whether API Gateway itself answers a message: of a function's response to one only the body counts."""
    return media_type(response.headers) == "application/json"


def _record(event_type: str, route_key: str, connection: Connection) -> RequestRecord:
    return RequestRecord(event_type, f"{route_key[:_KEY_SHOWN]} {connection.id}")
