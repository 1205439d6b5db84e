"""Bodies of any size: ``/binary/<size>`` and ``/text/<size>`` send one, ``/upload`` answers with the size of one."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambda_http_adapter._types import Receive, Scope, Send

_ROW = '{"id":48151,"name":"Zoë","note":"said \\"hello\\"","price":16.23},\n'.encode()
_TYPES = {"binary": b"application/octet-stream", "text": b"application/json", "upload": b"text/plain"}


@cache
def content(kind: str, size: int) -> bytes:
    """About ``size`` bytes: all 256 values, or rows of JSON with characters that JSON must escape."""
    unit = bytes(range(256)) if kind == "binary" else _ROW
    return unit * max(1, size // len(unit))


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    _, kind, *size = str(scope["path"]).split("/")
    if kind == "upload":
        received, more = 0, True
        while more:
            message = await receive()
            body = message["body"]
            assert isinstance(body, bytes)
            received, more = received + len(body), bool(message.get("more_body"))
        answer = b"%d" % received
    else:
        answer = content(kind, int(size[0]))
    headers = [(b"content-type", _TYPES[kind]), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
