"""A function of a werkzeug Request as an app: what it returns becomes a response.

https://werkzeug.palletsprojects.com/en/stable/wrappers/
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, NoReturn, cast

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

from .._delivery.results import json_bytes
from .._values.request import HTTPRequest
from ..errors import ConfigurationError, ResultError
from .importer import required_parameters
from .signature import name_of
from .wsgi import request_environ

if TYPE_CHECKING:
    from .._types import Environ, HTTPHandler, Receive, Scope, Send, SingleCallable, StartResponse, WSGIApp

_AWS = ("aws.event", "aws.context", "aws.request_origin")


def wsgi_app(handler: HTTPHandler) -> WSGIApp:
    """A sync handler as a WSGI app."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            chunks = _answer(handler, request)(environ, start_response)
        except Exception:
            request.close()
            raise
        # Whoever streams may be reading what was uploaded.
        return ClosingIterator(chunks, request.close)

    return app


def _answer(handler: HTTPHandler, request: Request) -> WSGIApp:
    try:
        answer = into_response(handler(request))
    except HTTPException as error:
        return error
    if isinstance(getattr(answer, "response", None), AsyncIterator):
        raise ResultError("The handler returned an async iterator: that needs a handler which is async itself.")
    return answer


def asgi_app(handler: HTTPHandler) -> SingleCallable:
    """Any handler as an ASGI 3 app, to be run without a lifespan."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        environ = _environ(scope, await _body(receive))
        with contextlib.closing(Request(environ)) as request:
            await _send(await _async_answer(handler, request), environ, send)

    return app


async def _async_answer(handler: HTTPHandler, request: Request) -> WSGIApp:
    try:
        result: object = handler(request)
        return into_response(await result if inspect.isawaitable(result) else result)
    except HTTPException as error:
        return error


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more: object = True
    while more:
        message = await receive()
        parts.append(cast("bytes", message.get("body", b"")))
        more = message.get("more_body")
    return b"".join(parts)


def _environ(scope: Scope, body: bytes) -> Environ:
    fields = {name: scope[name] for name in HTTPRequest._fields if name != "body"}
    environ = request_environ(HTTPRequest(**fields, body=body))  # type: ignore[arg-type]  # the same names, ASGI's types
    return environ | {key: scope[key] for key in _AWS if key in scope}


async def _send(answer: WSGIApp, environ: Environ, send: Send) -> None:
    chunks, status, headers = _started(answer, environ)
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": int(status[:3]), "headers": fields})
    async with contextlib.aclosing(_encoded(chunks)) as encoded:
        async for chunk in encoded:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})


def _started(answer: WSGIApp, environ: Environ) -> tuple[object, str, Iterable[tuple[str, str]]]:
    if isinstance(answer, HTTPException):
        answer = answer.get_response(environ)
    if isinstance(answer, Response):
        return answer.get_wsgi_response(environ)
    return run_wsgi_app(answer, environ)


async def _encoded(chunks: object) -> AsyncGenerator[bytes, None]:
    try:
        if isinstance(chunks, AsyncIterator):
            async for chunk in chunks:
                yield chunk.encode() if isinstance(chunk, str) else chunk
        else:
            for chunk in cast("Iterable[bytes]", chunks):
                yield chunk
    finally:
        if hasattr(chunks, "aclose"):
            await chunks.aclose()
        elif hasattr(chunks, "close"):
            chunks.close()


def into_response(result: object) -> WSGIApp:
    """What a handler may return, as a response. Raises ResultError for anything else."""
    if callable(result):  # a Response, an HTTPException, any WSGI app
        return cast("WSGIApp", result)
    if isinstance(result, tuple):
        return _with_status(*result) if len(result) in (2, 3) else _refuse(f"a tuple of {len(result)}")
    match result:
        case None:
            return _typed(None, b"", 204)
        case str():
            return _typed("text/plain; charset=utf-8", result.encode())
        case bytes() | bytearray() | memoryview():
            return _typed("application/octet-stream", bytes(result))
        case dict() | list():
            return _typed("application/json", json_bytes(result))
        case Iterator():
            return Response(cast("Iterator[bytes]", result), content_type="application/octet-stream")
        case AsyncIterator():
            # Passed through, it is what comes out of the other end; a WSGI server could make nothing of it.
            stream = cast("Iterator[bytes]", result)
            return Response(stream, content_type="application/octet-stream", direct_passthrough=True)
    name = type(result).__name__
    return _refuse(f"{'an' if name[0] in 'aeiou' else 'a'} {name}")


def _with_status(body: object, status: object, headers: object = ()) -> Response:
    response = into_response(body)
    if not isinstance(response, Response):
        _refuse("a status for a WSGI app, which has its own")
    response.status = cast("int", status)
    fields = Headers(cast("list[tuple[str, str]]", headers))
    for name, _ in fields:
        response.headers.pop(name, None)
    response.headers.extend(fields)
    return response


def _typed(content_type: str | None, body: bytes, status: int = 200) -> Response:
    response = Response(body, status, content_type=content_type)
    if content_type is None:
        del response.headers["content-type"]
    return response


def _refuse(what: str) -> NoReturn:
    raise ResultError(
        f"The handler returned {what}; it may return a str, bytes, a dict or a list for JSON, None, an iterator, a "
        "Response or another WSGI app, and (body, status) or (body, status, headers) of these."
    )


def check(handler: object) -> None:
    """Raises ConfigurationError for what can't be called with a request."""
    if isinstance(handler, type):
        raise ConfigurationError(
            f"{handler.__qualname__} is a class; a handler of requests is an instance of it, or a function."
        )
    if not callable(handler):
        raise ConfigurationError(f"Expected a function of a werkzeug Request, got {handler!r}.")
    required = required_parameters(handler)
    if required not in (None, 1):
        raise ConfigurationError(
            f"{name_of(handler)} takes {required} arguments; a handler of requests takes one, a werkzeug Request."
        )
