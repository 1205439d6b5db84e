"""The parts of a function's result, as narrow as front doors read them: RefusedError where one is anything else."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import cast

from ..._delivery.encoders import require_valid
from ..._values.request import Headers, LambdaEvent
from ...errors import ProtocolError
from .client import Field


class RefusedError(Exception):
    """The front door can't make a response of this."""


def mapping(value: object) -> LambdaEvent:
    if not isinstance(value, dict):
        raise RefusedError
    return cast("LambdaEvent", value)


def status_code(value: object) -> int:
    """A number, or digits, which API Gateway takes as well; of a response that is the last one, so not 1xx."""
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise RefusedError
    return value


def single(value: object, *, strict: bool = False) -> Iterator[Field]:
    """``headers``: null, or one value per name; ``strict`` takes no numbers and booleans for text."""
    for name, item in mapping(value or {}).items():
        yield name, _scalar(item, strict)


def multi(value: object, *, strict: bool = False) -> Iterator[Field]:
    """``multiValueHeaders``: null, or lists."""
    for name, items in mapping(value or {}).items():
        if not isinstance(items, list):
            raise RefusedError
        for item in items:
            yield name, _scalar(item, strict)


def cookies(value: object) -> list[Field]:
    if not isinstance(value or [], list):
        raise RefusedError
    return [("set-cookie", _scalar(item, False)) for item in cast("list[object]", value or [])]


def _scalar(value: object, strict: bool) -> str:
    if isinstance(value, str):
        return value
    if strict or not isinstance(value, int | float):
        raise RefusedError
    return str(value).lower()


def text(result: LambdaEvent) -> str:
    body = result.get("body")
    if body is not None and not isinstance(body, str):
        raise RefusedError
    return body or ""


def body(result: LambdaEvent) -> bytes:
    return decoded(text(result)) if result.get("isBase64Encoded") is True else encoded(text(result))


def decoded(data: str) -> bytes:
    try:
        return b64decode(data, validate=True)
    except ValueError:
        raise RefusedError from None


def encoded(data: str) -> bytes:
    return data.encode(errors="replace")


def headers(fields: Iterable[Field]) -> Headers:
    found = [(_header_bytes(name), _header_bytes(value)) for name, value in fields]
    try:
        require_valid(found)
    except ProtocolError:
        raise RefusedError from None
    if any(value.translate(None, _CONTROL) != value for _, value in found):
        raise RefusedError
    return found


_CONTROL = bytes({*range(32), 127} - {9})


def _header_bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return encoded(value)


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
