"""An exception in the three forms the Runtime API reads: a type, a JSON payload, an X-Ray cause.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from .._values.codec import dumps
from ..errors import AdapterError

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep

# Over 6 MiB the connection dies without an answer; no reader needs that much of an error.
_PAYLOAD_LIMIT = 256 * 1024
TRAILER_LIMIT = 2800
"""Bytes of a payload that fits in a trailer as base64: AWS's emulator refuses trailers of more than 4 KB in all."""
# The platform crops the cause to 64 KiB, and drops it where the crop breaks the JSON.
_CAUSE_LIMIT = 60 * 1024
# In characters: JSON escapes make 12 bytes of one in the cause, which must be ASCII.
_CAUSE_MESSAGE = 4 * 1024


class ErrorReport(NamedTuple):
    """``error_type`` for the header that feeds metrics, ``payload`` for the caller, ``xray_cause`` for the trace."""

    error_type: str
    payload: bytes
    xray_cause: bytes


def report_of(
    error: BaseException, request_id: str = "", error_type: str | None = None, limit: int = _PAYLOAD_LIMIT
) -> ErrorReport:
    """``error_type`` is one of AWS's ``Runtime.`` names where the fault isn't the function's own; ``limit`` is in bytes
    of payload."""
    if error_type is None and isinstance(error, AdapterError):
        error_type = error.error_type
    name = type(error).__name__
    message = _text(error)
    # Frames of this package, which called the function, don't explain the function's fault.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_PACKAGE)]
    stack = traceback.format_list(frames) + members(error)
    payload = {
        "errorMessage": message[: limit // 8],  # JSON escapes make 6 bytes of a character
        "errorType": error_type or name,
        "requestId": request_id,
        "stackTrace": stack,
    }
    label = [{"label": frame.name, "path": frame.filename, "line": frame.lineno} for frame in frames]
    cause = {
        "working_directory": os.environ.get("LAMBDA_TASK_ROOT", ""),
        "exceptions": [{"message": message[:_CAUSE_MESSAGE], "type": name, "stack": label}],
        "paths": [],
    }
    return ErrorReport(
        _header(error_type or f"Function.{name}"),
        _fit(payload, stack, limit, dumps),
        _fit(cause, label, _CAUSE_LIMIT, lambda document: json.dumps(document).encode("ascii")),
    )


def members(error: BaseException) -> list[str]:
    """The members of an exception group: its own message only counts them."""
    if not isinstance(error, BaseExceptionGroup):
        return []
    return [
        line
        for member in error.exceptions
        for line in (
            f"{type(member).__name__}: {_text(member)[:_CAUSE_MESSAGE]}\n",
            *traceback.format_tb(member.__traceback__),
            *members(member),
        )
    ]


def _header(error_type: str) -> str:
    """(Runtime|Function).[A-Z][a-zA-Z]+: the platform reports any other type as Unknown."""
    source, _, name = error_type.partition(".")
    known = source in ("Runtime", "Function") and len(name) > 1
    return error_type if known and name.isascii() and name.isalpha() and name[0].isupper() else "Function.Unknown"


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "<the exception can't be turned into text>"


def _fit(document: object, stack: list[Any], limit: int, encode: Callable[[object], bytes]) -> bytes:
    """``document``, which holds ``stack``, without as many outer frames as it takes: the innermost, last, say most."""
    data = encode(document)
    while len(data) > limit and stack:
        del stack[: (len(stack) + 1) // 2]
        data = encode(document)
    return data
