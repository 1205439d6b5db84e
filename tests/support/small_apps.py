"""Small apps, imported by tests and, as ``tests.support.small_apps:name``, by the processes they start."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, Message, Receive, Scope, Send, SingleCallable, StartResponse

START: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
PART: Message = {"type": "http.response.body", "body": b"part", "more_body": True}
REST: Message = {"type": "http.response.body", "body": b"rest"}


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Has no lifespan, and raises to say so, as the specification demands."""
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await send(START)
    await send({"type": "http.response.body", "body": b"hello"})


async def modules(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the modules that its process has loaded."""
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(sorted(sys.modules)).encode()})


def wsgi_modules(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps(sorted(sys.modules)).encode()]


async def seen(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with what it was told of the request."""
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    answer = {name: scope[name] for name in ("method", "path", "root_path", "scheme")}
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


async def mounts(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with where it is mounted, and the path."""
    assert scope["type"] == "http"
    answer = [scope["root_path"], scope["path"]]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


def wsgi_mounts(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("content-type", "application/json")])
    root_path, path = (environ[name].encode("latin-1").decode() for name in ("SCRIPT_NAME", "PATH_INFO"))
    return [json.dumps([root_path, root_path + path]).encode()]


async def broken_startup(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "lifespan.startup.failed", "message": "no database"})


def plays(*steps: Message | BaseException) -> SingleCallable:
    """An app that sends the messages, raises the exception, and returns after the last step."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            await send(step)

    return app
