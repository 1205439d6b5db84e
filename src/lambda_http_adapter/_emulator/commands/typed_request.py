"""A request as a user types it: ``POST /items -H 'Accept: text/html' -d @item.json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ...errors import ConfigurationError
from ...origins._http_request import is_token
from ..doors.client import ClientRequest, header_value
from ..doors.door import Door

_IN_A_URL = "/?%:@!$&'()*+,;=~[]"


def typed_request(method: str, path: str, header_lines: Sequence[str], data: str | None) -> ClientRequest:
    """``data`` is as curl takes it: text, ``@file`` or ``@-``. JSON gets its media type, other data a form's.

    Raises ConfigurationError.
    """
    if not is_token(method):
        raise ConfigurationError(f"{method!r} is not a method; expected one such as GET.")
    body = b"" if data is None else read_data(data)
    fields = [_field(line) for line in header_lines]
    headers = [(name, value) for name, value in fields if name.lower() != b"host"]
    if data is not None and not any(name.lower() == b"content-type" for name, _ in headers):
        headers.append((b"Content-Type", _media_type(body)))
    path, _, query = quote(path, safe=_IN_A_URL, errors="surrogateescape").partition("?")
    path = "/" + path.removeprefix("/")
    return ClientRequest(method.upper(), path, query, headers, body, header_value(fields, "host"))


def mounted_request(request: ClientRequest, door: Door) -> ClientRequest:
    """``request`` with the stage or the mapping of ``door`` in front of its path, as in a client's URL."""
    return request._replace(path=door.mount + request.path)


def read_file(file: Path) -> bytes:
    """Raises ConfigurationError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{str(file)!r} can't be read: {error.strerror}.") from error


def read_data(data: str) -> bytes:
    """``data`` as curl takes it: text, ``@file`` or ``@-``. Raises ConfigurationError."""
    if data == "@-":
        return sys.stdin.buffer.read()
    if data.startswith("@"):
        return read_file(Path(data[1:]))
    return data.encode(errors="surrogateescape")


def _field(line: str) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip().isascii() or not name.strip():
        raise ConfigurationError(f"{line!r} is not a header; expected one such as 'Accept: text/html'.")
    return name.strip().encode(), value.strip().encode(errors="surrogateescape")


def _media_type(body: bytes) -> bytes:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return b"application/x-www-form-urlencoded"
    return b"application/json"
