"""Reads the parts of a function's result as strictly as the front doors do. Raises RefusedError otherwise."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import cast

from ..._delivery import is_header_value
from ..._delivery.encoders import HEADER_KIND
from ..._values.request import Headers, LambdaEvent
from .client import OUTER_SPACE, Field


class RefusedError(Exception):
    """The front door can't make a response of this result."""


def as_object(value: object) -> LambdaEvent:
    if not isinstance(value, dict):
        raise RefusedError
    return cast("LambdaEvent", value)


def as_status(value: object) -> int:
    """A number or, as API Gateway accepts, digits. The final response of a request can't be 1xx."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise RefusedError
    return value


def single_fields(value: object, *, strict: bool = False) -> Iterator[Field]:
    """``headers``: null, or one value for each name. ``strict`` refuses numbers and booleans as values."""
    for name, item in as_object(value or {}).items():
        yield name, _as_text(item, strict)


def multi_fields(value: object, *, strict: bool = False) -> Iterator[Field]:
    """``multiValueHeaders``: null, or a list of values for each name."""
    for name, items in as_object(value or {}).items():
        if not isinstance(items, list):
            raise RefusedError
        for item in items:
            yield name, _as_text(item, strict)


def cookie_fields(value: object) -> list[Field]:
    """``cookies``: null, or a list of values of Set-Cookie."""
    if not isinstance(value or [], list):
        raise RefusedError
    return [("set-cookie", _as_text(item, strict=False)) for item in cast("list[object]", value or [])]


def _as_text(value: object, strict: bool) -> str:
    if isinstance(value, str):
        return value
    if strict or not isinstance(value, int | float):
        raise RefusedError
    return str(value).lower()


def as_headers(fields: Iterable[Field]) -> Headers:
    """``fields`` as the client reads them: in bytes. Names and values that HTTP doesn't allow are refused."""
    headers = [(_header_bytes(name), _header_bytes(value.strip(OUTER_SPACE))) for name, value in fields]
    if any(HEADER_KIND[name] is None or not is_header_value(value) for name, value in headers):
        raise RefusedError
    return headers


def _header_bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return encode_text(value)


def body_text(result: LambdaEvent) -> str:
    body = result.get("body")
    if body is not None and not isinstance(body, str):
        raise RefusedError
    return body or ""


def body_bytes(result: LambdaEvent) -> bytes:
    """The body, decoded if isBase64Encoded is true."""
    text = body_text(result)
    return decode_base64(text) if result.get("isBase64Encoded") is True else encode_text(text)


def decode_base64(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise RefusedError from None


def encode_text(text: str) -> bytes:
    return text.encode(errors="replace")


def encode_json(value: object) -> bytes:
    return encode_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
