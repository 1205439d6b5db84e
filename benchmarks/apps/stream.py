"""1 GiB in messages of 64 KiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambda_http_adapter._types import Receive, Scope, Send

SIZE = 1 << 30
_PART = bytes(range(256)) * 256


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    headers = [(b"content-type", b"application/octet-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for _ in range(SIZE // len(_PART)):
        await send({"type": "http.response.body", "body": _PART, "more_body": True})
    await send({"type": "http.response.body"})
