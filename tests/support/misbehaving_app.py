"""An app that does what functions should not do."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from lambda_http_adapter._types import Receive, Scope, Send


# Closed at the first error, since an EventSource asks again when an answer ends.
PAGE = """<!doctype html>
<output></output>
<script>
  const events = new EventSource("stream" + location.search);
  const output = document.querySelector("output");
  events.onmessage = event => { output.textContent += " " + event.data; };
  events.onerror = () => events.close();
</script>
"""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return
    path = str(scope["path"])
    query = {name: values[-1] for name, values in parse_qs(_text(scope["query_string"])).items()}
    match path.rsplit("/", 1)[-1]:
        case "hang":
            await asyncio.Event().wait()
        case "crash":
            os._exit(3)
        case "error":
            raise ValueError("no such luck")
        case "gate":
            await _gate(query["port"])
            await _respond(send, str(os.getpid()).encode())
        case "large":
            await _respond(send, b"x" * int(query["size"]), pieces=int(query.get("pieces", "1")))
        case "eat":
            eaten = b"x" * int(query["size"])
            await asyncio.Event().wait()
            del eaten
        case "child":
            child = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)")
            await _respond(send, str(child.pid).encode())
        case "page":
            await _respond(send, PAGE.encode(), b"text/html")
        case "stream":
            await _stream(send, query)
        case "debug":
            breakpoint()
            await _respond(send, b"debugged")
        case "listen":
            import debugpy

            _, port = debugpy.listen(0)
            await _respond(send, str(port).encode())
        case "length":
            size = 0
            more = True
            while more:
                message = await receive()
                body = message["body"]
                assert isinstance(body, bytes)
                size += len(body)
                more = message.get("more_body") is True
            await _respond(send, str(size).encode())
        case _:
            seen = {"path": path, "root_path": scope["root_path"], "pid": os.getpid()}
            await _respond(send, json.dumps(seen).encode(), b"application/json")


async def _stream(send: Send, query: dict[str, str]) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": int(query.get("status", "201")), "headers": headers})
    await send({"type": "http.response.body", "body": b"data: one\n\n", "more_body": True})
    if "port" in query:
        await _gate(query["port"])
    if "fail" in query:
        raise ValueError("broken")
    for _ in range(int(query.get("pieces", "1"))):
        await send({"type": "http.response.body", "body": b"data: two\n\n", "more_body": True})
    await send({"type": "http.response.body"})


async def _gate(port: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    await reader.read()
    writer.close()


async def _respond(send: Send, body: bytes, content_type: bytes = b"text/plain", pieces: int = 1) -> None:
    headers = [(b"content-type", content_type)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for left in reversed(range(pieces)):
        await send({"type": "http.response.body", "body": body, "more_body": left > 0})


def _text(value: object) -> str:
    assert isinstance(value, bytes)
    return value.decode("latin-1")
