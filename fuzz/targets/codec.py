"""The quick ways of ``_values/codec`` beside the standard library's: the same values, the same bytes, the same errors.

Of the input 0xFF stands for 65,536 letters, for which the quick ways are.
"""

from __future__ import annotations

import base64
import json
import re

from lambda_http_adapter._values import codec
from tests.support.bounds import bounded

_MANY = b"QUJD" * 16_384
_CONTROL = re.compile(rb"[\x00-\x1f]")


def attempt(data: bytes) -> None:
    """The first byte chooses."""
    kind, raw = data[:1], data[1:]
    raw = raw.replace(b"\xff", _MANY, 2)
    with bounded():
        _ATTEMPTS[sum(kind) % len(_ATTEMPTS)](raw)


def _loads(raw: bytes) -> None:
    try:
        expected = json.loads(raw)
    except (ValueError, RecursionError) as error:
        # A body in base64 is looked at by its decoder, and control characters are nothing that it takes.
        if not (len(raw) >= len(_MANY) and _CONTROL.search(raw)):
            _require_error(raw, RecursionError if isinstance(error, RecursionError) else ValueError)
        return
    value = codec.loads(raw)
    assert repr(value) == repr(expected)  # not ==: NaN is no other NaN
    encoded = codec.dumps(value)
    try:
        assert encoded == json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        assert encoded == json.dumps(expected, separators=(",", ":")).encode("ascii")


def _require_error(raw: bytes, kind: type[Exception]) -> None:
    try:
        value = codec.loads(raw)
    except kind:
        return
    raise AssertionError(f"{raw!r} is {value!r}")


def _escaped(raw: bytes) -> None:
    text = raw.decode(errors="replace")
    expected = json.dumps(text, ensure_ascii=False)[1:-1].encode()
    assert b"".join(codec.escaped(text.encode())) == expected


def _b64encode(raw: bytes) -> None:
    encoded = codec.b64encode(raw)
    assert encoded == base64.b64encode(raw)
    assert codec.b64decode(encoded.decode()) == raw


def _b64decode(raw: bytes) -> None:
    text = raw.decode("latin-1")
    try:
        expected = base64.b64decode(text, validate=True)
    except ValueError:
        expected = None
    try:
        decoded = codec.b64decode(text)
    except ValueError:
        return  # stricter: it refuses padding in excess
    assert decoded == expected


_ATTEMPTS = (_loads, _loads, _loads, _escaped, _b64encode, _b64decode)
