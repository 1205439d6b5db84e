"""Where a visit meets an app: behind its own server, or behind a front door, with this adapter or with another."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from ..apps import load
from ..front_door import FrontDoor as Transports
from .front_doors import METHOD, FrontDoor

if TYPE_CHECKING:
    from pathlib import Path

    from lambda_http_adapter._emulator.in_process.transport import TransportOptions
    from lambda_http_adapter._types import PlainHandler

_RULES = "conformance.rules"


def rules_of(response: httpx.Response) -> tuple[str, ...]:
    """What the front door changes of the request to which this is the response."""
    return tuple(response.extensions.get(_RULES, ()))


class ServerTransport(httpx.HTTPTransport):
    """A server on this machine, as it is reached through a proxy that does to requests what ``front_door`` does."""

    def __init__(self, front_door: FrontDoor, port: int, prefix: str) -> None:
        """``prefix`` is the part of the path that the server isn't sent."""
        super().__init__(retries=0)
        self._front_door = front_door
        self._port = port
        self._prefix = prefix.encode()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        door = self._front_door
        if door.refusal is not None and door.refuses(request.method):
            refusal = door.refusal
            extensions = {_RULES: [METHOD]}
            return httpx.Response(
                refusal.status, headers=list(refusal.headers), content=refusal.body, extensions=extensions
            )
        target, rules = door.passed_on(request.url.raw_path.decode())
        url = httpx.URL(f"http://127.0.0.1:{self._port}", raw_path=target.encode().removeprefix(self._prefix))
        headers = [*request.headers.multi_items(), *_forwarded(request.url)]
        response = super().handle_request(
            httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=request.extensions)
        )
        response.extensions[_RULES] = rules
        return response


def _forwarded(url: httpx.URL) -> list[tuple[str, str]]:
    """What a proxy tells a server of the client and its URL."""
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    forwarded = {"For": "127.0.0.1", "Host": url.host, "Port": str(port), "Proto": url.scheme}
    return [(f"X-Forwarded-{name}", value) for name, value in forwarded.items()]


@contextlib.contextmanager
def behind_server(name: str, colour: str, folder: Path, front_door: FrontDoor) -> Iterator[httpx.BaseTransport]:
    prefix = front_door.prefix
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "conformance.visits.server", name, colour, str(folder), prefix]
        server = subprocess.Popen([*command, str(listener.fileno())], pass_fds=[listener.fileno()])
    try:
        # uvicorn puts the prefix in front of the path; gunicorn takes it away.
        with ServerTransport(front_door, port, prefix if colour == "asgi" else "") as transport:
            yield transport
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def behind_front_door(
    name: str, colour: str, folder: Path, front_door: FrontDoor, adapter: str
) -> Iterator[httpx.BaseTransport]:
    """``adapter`` is the name of another one, or ""."""
    described = load(name)
    app = described.makers[colour](folder, front_door.prefix)
    options: TransportOptions = {"client": "127.0.0.1", "stage": front_door.prefix.removeprefix("/") or None}
    if adapter:
        app, options["kind"] = _handler(app, adapter), "handler"
    else:
        options["kind"] = "asgi" if colour == "asgi" else "wsgi"
    if described.prefix_by_setting:
        options["root_path"] = ""
    with Transports.named(front_door.name).transport(app, options) as transport:
        yield transport


def _handler(app: Callable[..., Any], adapter: str) -> PlainHandler:
    match adapter:
        case "Mangum":
            from mangum import Mangum

            return Mangum(app)
        case "apig-wsgi":
            from apig_wsgi import make_lambda_handler

            return make_lambda_handler(app, binary_support=True)
        case _:
            import serverless_wsgi

            return partial(serverless_wsgi.handle_request, app)
