"""A front door in place of the handlers through which Django's test clients call an app.

The response that a test gets is the app's own object, which knows its templates and its request, with the status, the
headers and the body that came through the front door.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import django.test.client
import httpx
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.http import HttpRequest, HttpResponse
from django.test.client import AsyncClientHandler, ClientHandler

from .app_errors import AppErrors, RecordedASGI
from .wsgi_clients import SAFE_IN_A_PATH, ask

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, StartResponse, WSGIApp

    from .front_door import FrontDoor


def replace_clients(front_door: FrontDoor) -> None:
    """For the rest of the process."""

    class Handler(FrontDoorHandler):
        door = front_door

    class AsyncHandler(AsyncFrontDoorHandler):
        door = front_door

    setattr(django.test.client, "ClientHandler", Handler)  # noqa: B010
    setattr(django.test.client, "AsyncClientHandler", AsyncHandler)  # noqa: B010


@contextlib.contextmanager
def open_connections() -> Iterator[None]:
    """A test's connections to the database stay open when a request begins and ends."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    try:
        yield
    finally:
        request_started.connect(close_old_connections)
        request_finished.connect(close_old_connections)


class FrontDoorHandler(ClientHandler):  # type: ignore[misc]
    door: FrontDoor

    def __call__(self, environ: Environ) -> HttpResponse:
        app = RecordedWSGIHandler(self)
        with open_connections():
            body, status, headers = ask(self.door, self._with_connections(app), environ, buffered=True)
        response = app.response or HttpResponse()
        response.wsgi_request = app.request or WSGIRequest(environ)
        return through_front_door(response, int(status[:3]), list(headers), cast("list[bytes]", body))

    def _with_connections(self, app: WSGIApp) -> WSGIApp:
        """``app`` with the connections of this thread to the database: one that streams runs in another."""
        if not self.door.streamed:
            return app
        shared = connections.all(initialized_only=True)

        def elsewhere(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            for connection in shared:
                connection.inc_thread_sharing()
                connections[connection.alias] = connection
            return app(environ, start_response)

        return elsewhere


class RecordedWSGIHandler(WSGIHandler):  # type: ignore[misc]
    """Serves as Django does, with the middleware and by the rules of a test client's ``handler``."""

    def __init__(self, handler: ClientHandler) -> None:
        self._handler = handler
        self.request: HttpRequest = None
        self.response: HttpResponse = None
        super().__init__()

    def load_middleware(self, is_async: bool = False) -> None:
        if self._handler._middleware_chain is None:
            self._handler.load_middleware()

    def get_response(self, request: HttpRequest) -> HttpResponse:
        request._dont_enforce_csrf_checks = not self._handler.enforce_csrf_checks
        self.request = request
        self.response = self._handler.get_response(request)
        return self.response


class AsyncFrontDoorHandler(AsyncClientHandler):  # type: ignore[misc]
    door: FrontDoor

    async def __call__(self, scope: dict[str, Any]) -> HttpResponse:
        app = RecordedASGIHandler(self)
        errors = AppErrors()
        transport = self.door.async_transport(RecordedASGI(app, errors), {"kind": "asgi", "lifespan": "off"})
        request = _request(scope)
        with open_connections():
            answer = await transport.handle_async_request(request)
            try:
                body = [part async for part in cast("AsyncIterator[bytes]", answer.stream)]
            finally:
                await answer.aclose()
                await transport.aclose()
        errors.raise_first()
        response = app.response or HttpResponse()
        response.asgi_request = app.request
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers.raw]
        return through_front_door(response, answer.status_code, headers, body)


class RecordedASGIHandler(ASGIHandler):  # type: ignore[misc]
    """Serves as Django does, with the middleware and by the rules of a test client's ``handler``."""

    def __init__(self, handler: AsyncClientHandler) -> None:
        self._handler = handler
        self.request: HttpRequest = None
        self.response: HttpResponse = None
        super().__init__()

    def load_middleware(self, is_async: bool = False) -> None:
        if self._handler._middleware_chain is None:
            self._handler.load_middleware(is_async=True)

    async def get_response_async(self, request: HttpRequest) -> HttpResponse:
        request._dont_enforce_csrf_checks = not self._handler.enforce_csrf_checks
        self.request = request
        self.response = await self._handler.get_response_async(request)
        return self.response


def _request(scope: dict[str, Any]) -> httpx.Request:
    headers = list(scope["headers"])
    host = dict(headers).get(b"host", b"testserver").decode("latin-1")
    query = scope["query_string"]
    if isinstance(query, bytes):
        query = query.decode("latin-1")
    target = f"{quote(scope['path'], safe=SAFE_IN_A_PATH)}?{query}"
    url = httpx.URL(f"{scope['scheme']}://{host}", raw_path=target.encode("latin-1"))
    body = scope.pop("_body_file", None)
    content = body.read() if body is not None else b""
    return httpx.Request(scope["method"], url, headers=headers, content=content)


def through_front_door(
    response: HttpResponse, status: int, headers: Sequence[tuple[str, str]], body: Sequence[bytes]
) -> HttpResponse:
    """``response`` with this status, these headers and this body."""
    response.status_code = status
    for name in list(response.headers):
        del response.headers[name]
    response.cookies = SimpleCookie()
    for name, value in headers:
        if name.lower() == "set-cookie":
            _add_cookie(response.cookies, value)
        else:
            response.headers[name] = value
    if response.streaming:
        response.streaming_content = iter(body)
    else:
        response.content = b"".join(body)
    return response


def _add_cookie(cookies: SimpleCookie, value: str) -> None:
    new = SimpleCookie(value)
    for morsel in new.values():
        if morsel["max-age"].isdecimal():
            morsel["max-age"] = int(morsel["max-age"])  # as Django's own
    cookies.update(new)
