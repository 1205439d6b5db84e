"""A request handler, which is a function of a werkzeug Request, as a WSGI or ASGI app.

https://werkzeug.palletsprojects.com/en/stable/wrappers/
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, cast

try:
    from werkzeug.datastructures import Headers
    from werkzeug.exceptions import HTTPException
    from werkzeug.test import run_wsgi_app
    from werkzeug.wrappers import Request, Response
    from werkzeug.wsgi import ClosingIterator
except ModuleNotFoundError as error:
    from .left_out import left_out

    raise left_out("werkzeug", "A handler of requests needs") from error

from .._delivery.results import json_bytes
from ..errors import ConfigurationError, EventError, PayloadError, ResultError
from ..origins._http_request import HTTPRequest
from .kind import required_positional, with_article
from .signature import name_of, resolved_annotation
from .wsgi import request_environ

if TYPE_CHECKING:
    from .._types import Environ, Receive, Scope, Send, SingleCallable, StartResponse, WSGIApp

_AWS = ("aws.event", "aws.context", "aws.request_origin")


def wsgi_app(handler: Callable[[Request], object]) -> WSGIApp:
    """A sync handler, prepared, as a WSGI app. What it returns is converted by ``into_response``."""

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            chunks = _response(handler, request)(environ, start_response)
        except Exception:
            request.close()
            raise
        # Not closed before the last chunk: a streamed response may read the files of the request.
        return ClosingIterator(chunks, request.close)

    return app


def _response(handler: Callable[[Request], object], request: Request) -> WSGIApp:
    try:
        response = into_response(handler(request))
    except HTTPException as error:
        return error
    if isinstance(getattr(response, "response", None), AsyncIterator):
        raise ResultError("The handler returned an async iterator: that needs an async handler.")
    return response


def asgi_app(handler: Callable[[Request], object]) -> SingleCallable:
    """A handler, sync or async, prepared, as an ASGI 3 app without a lifespan."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        environ = _environ(scope, await _body(receive))
        with contextlib.closing(Request(environ)) as request:
            response = await _async_response(handler, request)
            await _send(response, environ, send)

    return app


async def _async_response(handler: Callable[[Request], object], request: Request) -> WSGIApp:
    try:
        result = handler(request)
        if inspect.isawaitable(result):
            result = await result
        return into_response(result)
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


async def _send(response: WSGIApp, environ: Environ, send: Send) -> None:
    chunks, status, headers = _started(response, environ)
    fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": int(status[:3]), "headers": fields})
    async with contextlib.aclosing(_encoded(chunks)) as encoded:
        async for chunk in encoded:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body"})


def _started(response: WSGIApp, environ: Environ) -> tuple[object, str, Iterable[tuple[str, str]]]:
    """The body's chunks, the status and the headers of a response."""
    if isinstance(response, HTTPException):
        response = response.get_response(environ)
    if isinstance(response, Response):
        return response.get_wsgi_response(environ)
    return run_wsgi_app(response, environ)


async def _encoded(chunks: object) -> AsyncGenerator[bytes, None]:
    """The chunks of a body, sync or async, as bytes. Closes them at the end."""
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
    """The result of a handler as a response. Raises ResultError for a result that can't become one.

    result                          response
    a Response or other WSGI app    itself
    (body, status[, headers])       the response to ``body``, with this status and these headers
    None                            204 without a body
    str                             text/plain in UTF-8
    bytes, an iterator              application/octet-stream
    dict, list                      JSON
    """
    if callable(result):  # a Response, an HTTPException, any WSGI app
        return cast("WSGIApp", result)
    if isinstance(result, tuple):
        if len(result) not in (2, 3):
            _refuse(f"a tuple of {len(result)}")
        return _with_status(*result)
    match result:
        case None:
            return _no_content()
        case str():
            return Response(result.encode(), content_type="text/plain; charset=utf-8")
        case bytes() | bytearray() | memoryview():
            return Response(bytes(result), content_type="application/octet-stream")
        case dict() | list():
            return Response(json_bytes(result), content_type="application/json")
        case Iterator():
            return Response(cast("Iterator[bytes]", result), content_type="application/octet-stream")
        case AsyncIterator():
            # Werkzeug passes the iterator through unread, and ``_encoded`` reads it.
            stream = cast("Iterator[bytes]", result)
            return Response(stream, content_type="application/octet-stream", direct_passthrough=True)
    return _refuse(with_article(result))


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


def _no_content() -> Response:
    response = Response(b"", 204)
    del response.headers["content-type"]
    return response


def _refuse(what: str) -> NoReturn:
    raise ResultError(
        f"The handler returned {what}; it may return a str, bytes, a dict or a list for JSON, None, an iterator, a "
        "Response or another WSGI app, and (body, status) or (body, status, headers) of these."
    )


# The handler's parameters


def prepare(handler: object) -> Callable[[Request], object]:
    """``handler`` as a function of the request alone. Its other parameter is given the body, as its annotation asks.

    handler(request)                          the request
    handler(order: Order)                     the body
    handler(request, order: Order), reversed  both

    Raises ConfigurationError if it can't be called so, or if no JSON can become the annotated type.
    """
    if isinstance(handler, type):
        raise ConfigurationError(
            f"{handler.__qualname__} is a class; a handler of requests is an instance of it, or a function."
        )
    if not callable(handler):
        raise ConfigurationError(f"Expected a function of a werkzeug Request, got {handler!r}.")
    function: Callable[..., object] = handler
    parameters = required_positional(handler)
    if parameters is None:  # *args, or code in C
        return function
    of_request = _request_parameter(parameters, handler)
    bodies = [parameter for parameter in parameters if parameter is not of_request]
    if not parameters or len(bodies) > 1:
        raise ConfigurationError(
            f"{name_of(handler)} takes {len(parameters)} arguments; a handler of requests takes a werkzeug Request, "
            "the body as an annotated type, or both."
        )
    if not bodies:
        return function
    body = _body_decoder(resolved_annotation(bodies[0], handler))
    if of_request is None:
        return lambda request: function(body(request))
    if of_request is parameters[0]:
        return lambda request: function(request, body(request))
    return lambda request: function(body(request), request)


def _request_parameter(parameters: list[inspect.Parameter], handler: object) -> inspect.Parameter | None:
    """Its annotation decides, else its name, else that it is the only one without a type; None if nothing does."""
    untyped = [parameter for parameter in parameters if parameter.annotation in (parameter.empty, Any, object)]
    annotated = [parameter for parameter in parameters if _is_annotated_request(parameter, handler)]
    named = [parameter for parameter in untyped if parameter.name == "request"]
    if annotated or named:
        return (annotated or named)[0]
    return untyped[0] if len(untyped) == 1 else None


def _is_annotated_request(parameter: inspect.Parameter, handler: object) -> bool:
    try:
        annotation = resolved_annotation(parameter, handler)
    except ConfigurationError:  # a class that is imported for type checkers only
        return "Request" in str(parameter.annotation)
    return isinstance(annotation, type) and issubclass(annotation, Request)


def _body_decoder(annotation: object) -> Callable[[Request], object]:
    from .annotations import payload_decoder

    decode = payload_decoder(annotation)
    is_json = annotation not in (bytes, str)

    def body(request: Request) -> object:
        """Raises an HTTPException that says what is wrong with the body."""
        if is_json and not request.is_json:
            raise _refusal(415, f"The body is {request.mimetype or 'of no type'}, not application/json.")
        try:
            return decode(request.get_data())
        except PayloadError as error:
            raise _refusal(422, _of_body(error), field=error.field) from error
        except EventError as error:
            raise _refusal(400, _of_body(error)) from error

    return body


def _of_body(error: EventError) -> str:
    return str(error).replace("The event", "The body", 1)


def _refusal(status: int, detail: str, **more: str) -> HTTPException:
    content = json_bytes({"detail": detail, **more})
    return HTTPException(detail, Response(content, status, content_type="application/json"))
