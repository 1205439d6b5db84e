"""A request as somebody types it: ``POST /items -H 'Accept: text/html' -d @item.json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from ...errors import ConfigurationError
from ..doors.client import ClientRequest, field
from ..doors.door import Door

_IN_A_URL = "/?%:@!$&'()*+,;=~[]"


def typed_request(method: str, path: str, lines: Sequence[str], data: str | None) -> ClientRequest:
    """``data`` as curl has it: text, ``@file`` or ``@-``. JSON is sent as that, anything else as a form.

    Raises ConfigurationError.
    """
    body = _body(data)
    fields = [_field(line) for line in lines]
    headers = [(name, value) for name, value in fields if name.lower() != b"host"]
    if data is not None and not any(name.lower() == b"content-type" for name, _ in headers):
        headers.append((b"Content-Type", _media_type(body)))
    path, _, query = quote(path, safe=_IN_A_URL, errors="surrogateescape").partition("?")
    return ClientRequest(method.upper(), "/" + path.removeprefix("/"), query, headers, body, field(fields, "host"))


def behind(door: Door, request: ClientRequest) -> ClientRequest:
    """``request`` with what stands in front of its path in the client's URL."""
    return request._replace(path=door.mount + request.path)


def _body(data: str | None) -> bytes:
    if data is None or not data.startswith("@"):
        return (data or "").encode(errors="surrogateescape")
    return sys.stdin.buffer.read() if data == "@-" else read_file(Path(data[1:]))


def read_file(file: Path) -> bytes:
    """Raises ConfigurationError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{str(file)!r} can't be read: {error.strerror}.") from error


def _field(line: str) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip().isascii() or not name.strip():
        raise ConfigurationError(f"{line!r} is no header; expected one such as 'Accept: text/html'.")
    return name.strip().encode(), value.strip().encode(errors="surrogateescape")


def _media_type(body: bytes) -> bytes:
    try:
        json.loads(body)
    except ValueError:
        return b"application/x-www-form-urlencoded"
    return b"application/json"
