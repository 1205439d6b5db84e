"""The client at the front door: its request read, its answer written and noted on the way."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, cast

from ..doors.client import ClientRequest, ClientResponse, field

if TYPE_CHECKING:
    from ..._types import Receive, Scope, Send
    from ..._values.request import Headers
    from .status_page import Exchange


async def read_request(scope: Scope, receive: Receive) -> ClientRequest:
    """Raises ConnectionError where the client has gone before its request was whole."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += cast("bytes", message.get("body", b""))
        more = message.get("more_body") is True
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    client = cast("tuple[str, int] | None", scope["client"])
    return ClientRequest(
        cast("str", scope["method"]),
        cast("bytes", scope["raw_path"]).decode("latin-1"),
        cast("bytes", scope["query_string"]).decode("latin-1"),
        headers,
        bytes(body),
        field(headers, "host"),
        cast("str", scope["scheme"]),
        client[0] if client else "127.0.0.1",
    )


class ClientAnswer:
    """What goes to the client, and into the exchange."""

    def __init__(self, exchange: Exchange, send: Send) -> None:
        self.exchange = exchange
        self._send = send
        self.begun = False

    async def whole(self, response: ClientResponse) -> None:
        headers = response.headers
        if response.body and not any(name == b"content-length" for name, _ in headers):
            headers = [*headers, (b"content-length", b"%d" % len(response.body))]
        await self.begin(response.status, headers)
        self.exchange.add(response.body)
        await self._send({"type": "http.response.body", "body": response.body, "more_body": False})

    async def begin(self, status: int, headers: Headers) -> None:
        self.begun = True
        if not any(name.lower() == b"date" for name, _ in headers):
            headers = [*headers, (b"date", formatdate(usegmt=True).encode())]
        self.exchange.began_answer(status, headers)
        await self._send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})

    async def piece(self, data: bytes) -> None:
        if data:
            self.exchange.add(data)
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})
