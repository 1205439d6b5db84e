"""The client of the front door, over ASGI: read its request, send its response."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, cast

from ..._delivery.encoders import has_no_body
from ..doors.client import ClientRequest, ClientResponse, header_value
from .error_page import refusal_page
from .history import RequestRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..._types import Receive, Scope, Send
    from ..._values.request import Headers


def record_of(request: ClientRequest) -> RequestRecord:
    target = f"{request.path}?{request.query}" if request.query else request.path
    return RequestRecord(request.method, target)


def request_of(scope: Scope) -> ClientRequest:
    """The request in the scope of type ``http`` or ``websocket``, without a body."""
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    client = cast("tuple[str, int] | None", scope["client"])
    return ClientRequest(
        cast("str", scope.get("method", "GET")),
        cast("bytes", scope["raw_path"]).decode("latin-1"),
        cast("bytes", scope["query_string"]).decode("latin-1"),
        headers,
        b"",
        header_value(headers, "host"),
        cast("str", scope["scheme"]).replace("ws", "http"),
        client[0] if client else "127.0.0.1",
    )


def accepts_html(request: ClientRequest) -> bool:
    return "text/html" in header_value(request.headers, "accept")


class BodyTooLargeError(Exception):
    """The body is over the limit, and its rest isn't read. ``request`` has no body."""

    def __init__(self, request: ClientRequest) -> None:
        super().__init__()
        self.request = request


async def read_request(scope: Scope, receive: Receive, limit: int, kept: int | None = None) -> ClientRequest:
    """The client's request, with a body of up to ``limit`` bytes.

    ``kept``: read only so many bytes of it, if it has more. Then the request is ``truncated``. The server reads what
    is left and drops it, once there is a response: so a client that sends on gets the response too.

    Raises BodyTooLargeError, before anything is read if the client announces the size, and ConnectionError if the
    client hangs up before its request is complete.
    """
    request = request_of(scope)
    if _announced_size(request) > limit:
        raise BodyTooLargeError(request)
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += cast("bytes", message.get("body", b""))
        more = message.get("more_body") is True
        if kept is not None and len(body) > kept:
            return request._replace(body=bytes(body[:kept]), truncated=True)
        if len(body) > limit:
            raise BodyTooLargeError(request)
    return request._replace(body=bytes(body))


def _announced_size(request: ClientRequest) -> int:
    """The server has checked that Content-Length is a number. A chunked body has none."""
    return int(header_value(request.headers, "content-length") or 0)


class ResponseWriter:
    """Sends a response to the client and keeps what it sends in ``record``.

    ``amend``: what becomes of the headers on the way. ``for_browser``: the client accepts HTML.
    """

    def __init__(
        self,
        record: RequestRecord,
        send: Send,
        amend: Callable[[Headers], Headers] | None = None,
        for_browser: bool = False,
    ) -> None:
        self.record = record
        self.begun = self._silent = False
        self.for_browser = for_browser
        self._send = send
        self._amend = amend

    async def send(self, response: ClientResponse) -> None:
        """The whole response."""
        headers = response.headers
        if response.body and not any(name == b"content-length" for name, _ in headers):
            headers = [*headers, (b"content-length", b"%d" % len(response.body))]
        await self.begin(response.status, headers)
        self.record.add_body(response.body)
        await self._send({"type": "http.response.body", "body": response.body, "more_body": False})

    async def refuse(self, response: ClientResponse, reason: str, advice: str, link: str = "") -> None:
        """Send a front door's own error response, to a browser as a page that says what to do. See ``refusal_page``."""
        self.record.note = reason
        self.record.advice = advice
        if self.for_browser and response.status >= 400:
            response = refusal_page(response, reason, advice, link)
        await self.send(response)

    async def begin(self, status: int, headers: Headers) -> None:
        """The head of a response whose body follows with ``send_chunk`` and ``end``."""
        self.begun = True
        self._silent = has_no_body(self.record.method, status)
        if self._amend is not None:
            headers = self._amend(headers)
        if not any(name.lower() == b"date" for name, _ in headers):
            headers = [*headers, (b"date", formatdate(usegmt=True).encode())]
        self.record.begin_response(status, headers)
        await self._send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})

    async def send_chunk(self, data: bytes) -> None:
        if data and not self._silent:
            self.record.add_body(data)
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
