"""Apps that answer as they should not, on every front door, buffered and streamed: one reply, and the client gets what
the server has accepted, or an error.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple, cast

from fuzz.choices import Choices
from fuzz.odd_asgi import ASGIScript
from fuzz.odd_values import Headers, Seen
from fuzz.odd_wsgi import WSGIScript
from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from lambda_http_adapter._emulator.doors.prelude import INTEGRATION, StreamStart, read_prelude
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import LambdaEvent
from lambda_http_adapter.errors import AdapterError
from tests.support.bounds import bounded
from tests.support.doors import HTTP_DOORS, Door
from tests.support.invocation import CONTEXT
from tests.support.written_reply import Reply, async_reply_to, event_loop, reply_to

_METHODS = ("GET", "GET", "HEAD", "POST")
_STREAMING = ("REST API", "REST API, text only", "Function URL")
_LARGE = 30_000  # bytes: from here on a front door may refuse a response, at 40 KB in base64
_HEAD_LARGE = 12_000
_CONTENT = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


class _Case(NamedTuple):
    name: str
    door: Door
    method: str
    event: LambdaEvent


@cache
def _case(name: str, method: str) -> _Case:
    door = HTTP_DOORS[name]
    return _Case(name, door, method, door.event(ClientRequest(method, headers=[(b"accept", b"*/*")])))


@cache
def _file() -> str:
    """The path of a file that contains its path."""
    path = Path(gettempdir()) / "fuzz-responses.txt"
    path.write_text(str(path))
    return str(path)


def attempt(data: bytes) -> None:
    choices = Choices(data)
    case = _case(choices.of(list(HTTP_DOORS)), choices.of(_METHODS))
    config = Config(lifespan="off", invoke_mode=choices.of(("buffered", "response_stream")))
    script = WSGIScript(choices) if choices.one_in(2) else ASGIScript(choices, _file())
    with bounded():
        seen = Seen()
        reply = _reply(script, seen, json.dumps(case.event).encode(), config)
        if config.invoke_mode == "response_stream":
            assert reply.kind == "error" or (reply.kind == "stream") == (case.name in _STREAMING)
        _require_delivered(reply, seen, case)
        seen = Seen()
        _require_delivered(_kept_reply(script, seen, case.event), seen, case)


def _reply(script: ASGIScript | WSGIScript, seen: Seen, event: bytes, config: Config) -> Reply:
    if isinstance(script, WSGIScript):
        return reply_to(WSGIFunction(script.play(seen), config), event)
    return event_loop().run_until_complete(async_reply_to(ASGIFunction(script.play(seen), config), event))


def _kept_reply(script: ASGIScript | WSGIScript, seen: Seen, event: LambdaEvent) -> Reply:
    """What the handlers for AWS's own runtime make of it."""
    _Played.script, _Played.seen = script, seen
    handler = _Played.wsgi if isinstance(script, WSGIScript) else _Played.asgi
    try:
        return Reply("response", json.dumps(handler(event, CONTEXT)).encode())
    except (AdapterError, SystemExit, GeneratorExit) as error:
        return Reply("error", json.dumps({"errorType": type(error).__name__}).encode())


class _Played:
    """The two handlers, of apps that play the script: to make a handler takes longer than to call it."""

    script: ASGIScript | WSGIScript
    seen: Seen

    @staticmethod
    async def _asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await cast("ASGIScript", _Played.script).play(_Played.seen)(scope, receive, send)

    @staticmethod
    def _wsgi(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return cast("WSGIScript", _Played.script).play(_Played.seen)(environ, start_response)

    asgi = staticmethod(asgi_handler(_asgi, lifespan="off"))
    wsgi = staticmethod(wsgi_handler(_wsgi))


def _require_delivered(reply: Reply, seen: Seen, case: _Case) -> None:
    if reply.kind == "error":
        _require_reason(cast("dict[str, str]", reply.json())["errorType"], seen)
        return
    response, content = _received(reply, case)
    status, headers, body = 500, None, b"Internal Server Error"
    if seen.complete or reply.failed:
        status, headers, body = *_head(seen), seen.body
    # What tasks send behind the end of an app that leaves is accepted, and goes nowhere.
    assert seen.left or reply.failed == (reply.kind == "stream" and not seen.complete and headers is not None)
    assert response.status == status, (response, seen.parts)
    if case.method == "HEAD" or status in (204, 304):
        body = b""
    if seen.left and reply.failed:
        assert body.startswith(content)
    else:
        assert content in (body, b64encode(body) if case.name == "REST API, text only" else body), (content, body)
    _require_headers(response.headers, headers or [])


def _require_reason(name: str, seen: Seen) -> None:
    """The invocation may fail for an app that leaves, for what is too large, and for a wrong header of our own."""
    if seen.left:
        return
    assert seen.complete or (seen.heads and name == "AppError"), name
    _, headers = _head(seen)
    size = sum(len(key) + len(value) for key, value in headers)
    is_large = len(seen.body) + size > _LARGE or size > _HEAD_LARGE
    has_option = any(key.lower() == b"x-lambda-body-encoding" for key, _ in headers)
    assert (name in ("ResponseTooLargeError", "AppError") and is_large) or (name == "ProtocolError" and has_option), (
        name
    )


def _received(reply: Reply, case: _Case) -> tuple[ClientResponse, bytes]:
    """What the client gets, and the body of it."""
    if reply.kind == "response":
        response = case.door.response(reply.json(), case.event)
        return response, response.body
    start = event_loop().run_until_complete(_prelude(reply.body, case.name.startswith("REST")))
    assert start.metadata is not None
    response = case.door.response(start.metadata, case.event, streamed=True)
    assert not response.body, f"{case.name} refuses {start.metadata}"
    return response, start.body


async def _prelude(stream: bytes, rest: bool) -> StreamStart:
    async def chunks() -> AsyncGenerator[bytes, None]:
        yield stream

    async with aclosing(chunks()) as pieces:
        return await read_prelude(INTEGRATION, pieces, rest)


def _head(seen: Seen) -> tuple[int, Headers]:
    """ASGI's first head and WSGI's last one, as bytes."""
    status, headers = seen.head
    if isinstance(status, str):
        assert re.fullmatch(r"[2-5][0-9]{2}( .*)?", status, re.ASCII | re.DOTALL), f"{status!r} is accepted"
        fields = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in cast("list[tuple[str, str]]", headers)]
        return int(status[:3]), fields
    assert isinstance(status, int)
    assert 200 <= status <= 599
    return status, [(bytes(name), bytes(value)) for name, value in cast("Headers", headers)]


def _require_headers(received: Headers, sent: Headers) -> None:
    """Cookies and headers of the app's own are all there, and none that it hasn't sent."""
    names = {name.lower() for name, _ in sent} | {b"content-type", b"content-length"}
    for name, value in received:
        assert name.lower().removeprefix(b"x-amzn-remapped-") in names, (name, received, sent)
        assert _CONTENT.fullmatch(name + value)
    for name in (b"x-fa", b"x-fb", b"x-fc", b"set-cookie"):
        mine, theirs = ([value for key, value in each if key.lower() == name] for each in (sent, received))
        if name != b"set-cookie":
            mine, theirs = [b",".join(mine)], [b",".join(theirs)]
        assert [_bare(value) for value in mine] == [_bare(value) for value in theirs], (name, mine, theirs)


def _bare(value: bytes) -> bytes:
    """Without the white space around values that are joined."""
    return value.translate(None, b" \t")
