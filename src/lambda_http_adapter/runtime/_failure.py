"""An exception in the three forms the Runtime API reads: a type, a JSON payload, an X-Ray cause.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror
"""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

from .._json import dumps

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep

# Over 6 MiB the connection dies without an answer; nobody reads that much of an error.
_PAYLOAD_LIMIT = 256 * 1024
# The platform crops the cause to 64 KiB, and drops it where the crop breaks the JSON.
_CAUSE_LIMIT = 60 * 1024
# In characters: JSON escapes make 6 bytes of one in the payload, 12 in the cause, which must be ASCII.
_PAYLOAD_MESSAGE = 32 * 1024
_CAUSE_MESSAGE = 4 * 1024


class Failure(NamedTuple):
    """``error_type`` for the header that feeds metrics, ``payload`` for the caller, ``xray_cause`` for the trace."""

    error_type: str
    payload: bytes
    xray_cause: bytes


def failure_of(error: BaseException, request_id: str = "", error_type: str | None = None) -> Failure:
    """``error_type`` is one of AWS's ``Runtime.`` names where the fault isn't the function's own."""
    name = type(error).__name__
    message = _text(error)
    # What called the function says nothing about its fault, nor does where this package found the caller's.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_PACKAGE)]
    stack = traceback.format_list(frames)
    payload = {
        "errorMessage": message[:_PAYLOAD_MESSAGE],
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
    return Failure(
        _header(error_type or f"Function.{name}"),
        _fit(payload, stack, _PAYLOAD_LIMIT, dumps),
        _fit(cause, label, _CAUSE_LIMIT, lambda document: json.dumps(document).encode("ascii")),
    )


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
