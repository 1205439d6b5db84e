"""A front door in place of werkzeug's ``run_wsgi_app``, through which its test client, and Flask's, call an app."""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

import httpx
import werkzeug.test
from werkzeug.datastructures import EnvironHeaders, Headers
from werkzeug.http import HTTP_STATUS_CODES

from .app_errors import AppErrors, RecordedWSGI

if TYPE_CHECKING:
    from lambda_http_adapter._emulator.in_process.transport import TransportOptions
    from lambda_http_adapter._types import Environ, WSGIApp

    from .front_door import FrontDoor

# What a front door decides; anything else in an environ is a note between the test and the app.
_OF_THE_REQUEST = ("CONTENT_", "HTTP_", "PATH_", "QUERY_", "REMOTE_ADDR", "REQUEST_", "SCRIPT_", "SERVER_", "wsgi.")

SAFE_IN_A_PATH = "/:@!$&'()*+,;=~"

Answer = tuple[Iterable[bytes], str, Headers]


def replace_clients(front_door: FrontDoor) -> None:
    """For the rest of the process."""

    def run_wsgi_app(app: WSGIApp, environ: Environ, buffered: bool = False) -> Answer:
        return ask(front_door, app, environ, buffered)

    werkzeug.test.run_wsgi_app = run_wsgi_app


def ask(front_door: FrontDoor, app: WSGIApp, environ: Environ, buffered: bool) -> Answer:
    """Raises what the app raises."""
    errors = AppErrors()
    notes = {name: value for name, value in environ.items() if not name.startswith(_OF_THE_REQUEST)}
    if front_door.streamed:
        notes.pop("werkzeug.debug.preserve_context", None)  # the context of another thread, where it can't be left
    options: TransportOptions = {"kind": "wsgi", "client": environ.get("REMOTE_ADDR", "127.0.0.1")}
    mount = _mount(environ).encode("latin-1").decode()
    if mount:
        options["base_path"] = options["root_path"] = mount
    transport = front_door.transport(RecordedWSGI(app, errors, notes), options)
    response = transport.handle_request(_request(environ))
    body: Iterable[bytes] = Body(response, errors)
    errors.raise_first()
    if buffered:
        body = list(body)
    headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw])
    return body, f"{response.status_code} {HTTP_STATUS_CODES.get(response.status_code, 'unknown').upper()}", headers


def _request(environ: Environ) -> httpx.Request:
    given = {name: value for name, value in environ.items() if value is not None}
    query = quote(environ.get("QUERY_STRING", "").encode("latin-1"), safe=string.printable)
    target = f"{_path(environ)}?{query}"
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME") or "localhost"
    url = httpx.URL(f"{environ.get('wsgi.url_scheme', 'http')}://{host}", raw_path=target.encode("latin-1"))
    headers = [(name.encode(), str(value).encode("latin-1")) for name, value in EnvironHeaders(given)]
    return httpx.Request(environ.get("REQUEST_METHOD", "GET"), url, headers=headers, content=_body(environ))


def _path(environ: Environ) -> str:
    """The path as the test wrote it, if that is still the path of the request: apps may have changed it."""
    path = (_mount(environ) + environ.get("PATH_INFO", "")).encode("latin-1")
    written: str = environ.get("REQUEST_URI", "").partition("?")[0]
    if written.startswith("/") and unquote_to_bytes(written) == path:
        return written
    return "/" + quote(path.removeprefix(b"/"), safe=SAFE_IN_A_PATH)


def _mount(environ: Environ) -> str:
    mount: str = environ.get("SCRIPT_NAME", "")
    return mount.rstrip("/")


def _body(environ: Environ) -> bytes:
    """Leaves the body to be read again: tests look at it, and a redirect repeats it."""
    stream = environ.get("wsgi.input")
    if stream is None:
        return b""
    position = stream.tell() if stream.seekable() else None
    body: bytes = stream.read(-1 if environ.get("wsgi.input_terminated") else int(environ.get("CONTENT_LENGTH") or 0))
    if position is not None:
        stream.seek(position)
    return body


class Body:
    """The body of a response, without any decoding."""

    def __init__(self, response: httpx.Response, errors: AppErrors) -> None:
        self._response = response
        self._errors = errors

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._response.stream, httpx.SyncByteStream)
        try:
            yield from self._response.stream
        finally:
            self.close()

    def close(self) -> None:
        self._response.close()
        self._errors.raise_first()
