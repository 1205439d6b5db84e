"""What ``scripts/soak`` serves, as ASGI and as WSGI. The first segment of a path says what is sent which way.

``/small/…`` answers with its path, ``/in/…`` with the size of the body it was sent. ``/text/…`` and ``/binary/…`` send
six megabytes at once, ``/parts/…`` in pieces. ``/count/…`` tells what is alive in this process.
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse

# Lambda takes 6 MB each way, of which base64 leaves three quarters.
TEXT = b"Zo\xc3\xab said \\ and went on to say a little more of this.\n" * 110_000
BINARY = bytes(range(256)) * 17_000
_PART = 64 * 1024


def _answer(path: str, size: int, tasks: int) -> tuple[bytes, bytes]:
    match path.split("/")[1]:
        case "small":
            return b"text/plain", path.encode()
        case "in":
            return b"text/plain", b"%d" % size
        case "text":
            return b"text/plain; charset=utf-8", TEXT
        case "count":
            return b"application/json", json.dumps({"tasks": tasks, "objects": len(gc.get_objects())}).encode()
    return b"application/octet-stream", BINARY


def _parts(path: str, body: bytes) -> Iterator[bytes]:
    size = _PART if path.startswith("/parts/") else len(body)
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    path = str(scope["path"])
    body = (await receive())["body"]
    assert isinstance(body, bytes)
    content_type, answer = _answer(path, len(body), len(asyncio.all_tasks()))
    headers = [(b"content-type", content_type), (b"set-cookie", b"visited=" + path.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for part in _parts(path, answer):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


def wsgi(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    path = environ["PATH_INFO"]
    content_type, answer = _answer(path, len(environ["wsgi.input"].read()), 0)
    start_response("200 OK", [("Content-Type", content_type.decode()), ("Set-Cookie", f"visited={path}")])
    return _parts(path, answer)
