"""Paths of an app that are hooks: only the environment itself may call them, and a client gets 403."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from .._delivery import Head
from .._delivery.kept import AsyncKept, Kept, SyncKept
from ..errors import AppError
from ..origins import ORIGINS, Origin, function_url

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .._delivery import Part
    from .._types import (
        AsyncFunction,
        Environ,
        Receive,
        Scope,
        Send,
        SingleCallable,
        StartResponse,
        SyncFunction,
        WSGIApp,
    )
    from .._values.config import Config

_FORBIDDEN = b"Forbidden"


class HookEvent(dict[str, Any]):
    """The event of a POST to a hook. What comes from the Runtime API, or from AWS's runtime, is never one."""

    def __init__(self, path: str) -> None:
        http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": ""}
        super().__init__(
            version="2.0",
            routeKey="$default",
            rawPath=quote(path),
            rawQueryString="",
            headers={"host": "localhost", "x-forwarded-proto": "https", "content-length": "0"},
            requestContext={"domainName": "localhost", "domainPrefix": "localhost", "http": http},
            isBase64Encoded=False,
        )


# First of all origins: a hook must reach the app even if the option `origins` lists no front door that has this event.
_HOOK = Origin(
    "function_url",
    lambda event: isinstance(event, HookEvent),
    function_url.decode,
    function_url.encode,
    prelude=function_url.prelude,
)


def with_hook_origin(config: Config) -> Config:
    """``config`` for an app that gets hooks as well as requests."""
    return config.but(origins=(_HOOK, *cast("tuple[Origin, ...]", config.origins or ORIGINS)))


def _plain(path: str) -> str:
    """Without empty segments: some routers, werkzeug's among them, take ``//hook`` and ``/hook/`` for ``/hook``."""
    return "/" + "/".join(filter(None, path.split("/")))


class GuardedASGI:
    """``app``, but 403 for a client's request to one of the ``paths``, however many slashes it has."""

    def __init__(self, app: SingleCallable, paths: Collection[str]) -> None:
        self.app = app
        self._paths = frozenset(map(_plain, paths))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_forbidden(scope):
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": _FORBIDDEN})

    def _is_forbidden(self, scope: Scope) -> bool:
        path = cast("str", scope["path"]).removeprefix(cast("str", scope["root_path"]))
        return _plain(path) in self._paths and not isinstance(scope["aws.event"], HookEvent)


class GuardedWSGI:
    """The same for a WSGI app."""

    def __init__(self, app: WSGIApp, paths: Collection[str]) -> None:
        self.app = app
        self._paths = frozenset(map(_plain, paths))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
        if _plain(path) not in self._paths or isinstance(environ["aws.event"], HookEvent):
            return self.app(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
        return [_FORBIDDEN]


def post(function: SyncFunction, path: str) -> None:
    """POST to the hook. Raises AppError unless the answer is 2xx."""
    reply = _StatusReply()
    function(HookEvent(path), None, reply)
    reply.require_success(path)


async def post_async(function: AsyncFunction, path: str) -> None:
    reply = _AsyncStatusReply()
    await function(HookEvent(path), None, reply)
    reply.require_success(path)


class _Status(Kept):
    """Keeps the status of a response, and nothing else of it."""

    _status = 0

    def keep(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, Head):
                self._status = part.status

    def require_success(self, path: str) -> None:
        if not 200 <= self._status < 300:
            raise AppError(f"The app answered POST {path} with {self._status}; a hook has to answer with 2xx.")


class _StatusReply(_Status, SyncKept): ...


class _AsyncStatusReply(_Status, AsyncKept): ...
