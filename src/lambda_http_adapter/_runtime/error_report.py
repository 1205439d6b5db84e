"""An exception in the three forms the Runtime API reads: a type, a JSON payload, an X-Ray cause.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror
"""

from __future__ import annotations

import importlib
import json
import os
import traceback
from typing import TYPE_CHECKING, Any, NamedTuple

from .._apps import attempt
from .._values.codec import dumps
from ..errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_HIDDEN = (_PACKAGE, os.path.dirname(importlib.__file__) + os.sep, "<frozen importlib")

# Over 6 MiB the connection dies without an answer; no reader needs that much of an error.
_PAYLOAD_LIMIT = 256 * 1024
TRAILER_LIMIT = 2800
"""Bytes of a payload that fits in a trailer as base64: AWS's emulator refuses trailers of more than 4 KB in all."""
# The platform crops the cause to 64 KiB, and drops it where the crop breaks the JSON.
_CAUSE_LIMIT = 60 * 1024
# In characters: JSON escapes make 12 bytes of one in the cause, which must be ASCII.
_CAUSE_MESSAGE = 4 * 1024
# A class may have a name of any length, and a group any number of members. Escaped, the name must fit in a trailer too.
_NAME_LIMIT = 80
_MEMBERS_LIMIT = 5000


class ErrorReport(NamedTuple):
    """``error_type`` for the header that feeds metrics, ``payload`` for the caller, ``xray_cause`` for the trace."""

    error_type: str
    payload: bytes
    xray_cause: bytes


def report_of(
    error: BaseException, request_id: str = "", error_type: str | None = None, limit: int = _PAYLOAD_LIMIT
) -> ErrorReport:
    """``error_type`` is one of AWS's ``Runtime.`` names where the fault isn't the function's own; ``limit`` is in bytes
    of payload.

    Never raises: any attribute or method of an exception may be the app's code, and what it raises is left out.
    """
    if error_type is None:
        error_type = attempt(lambda: _own_type(error), None)
    name = name_of(error)
    message = text_of(error)
    # Frames of this package, which called the function, and of import itself don't explain the function's fault.
    frames = [frame for frame in _frames(_trace(error)) if not frame.filename.startswith(_HIDDEN)]
    stack = _lines(frames) + _place_of_syntax_error(error) + members(error)
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


def _own_type(error: BaseException) -> str | None:
    own = error.error_type if isinstance(error, AdapterError) else None
    return None if own is None else str(own)[:_NAME_LIMIT]


def name_of(error: BaseException) -> str:
    """The name of its class, past a metaclass that may have its own idea of it."""
    return str(type.__dict__["__name__"].__get__(type(error)))[:_NAME_LIMIT]


def text_of(error: BaseException) -> str:
    # A text may be of a class that overrides what is done with it next.
    return attempt(lambda: str.__str__(str(error)), "<the exception can't be turned into text>")


def lines_of(trace: TracebackType | None) -> list[str]:
    """``traceback.format_tb``."""
    return _lines(_frames(trace))


def members(error: BaseException) -> list[str]:
    """The members of an exception group: its own message only counts them."""
    lines: list[str] = []
    # Not by recursion: groups can be nested deeper than Python calls.
    waiting = _members(error)
    for _ in range(_MEMBERS_LIMIT):
        if not waiting:
            break
        member = waiting.pop()
        lines.append(f"{name_of(member)}: {text_of(member)[:_CAUSE_MESSAGE]}\n")
        lines += lines_of(_trace(member))
        waiting += _members(member)
    return lines


def _members(error: BaseException) -> list[BaseException]:
    """The last first."""
    exceptions = attempt(lambda: error.exceptions if isinstance(error, BaseExceptionGroup) else (), ())
    return attempt(lambda: [each for each in reversed(exceptions) if isinstance(each, BaseException)], [])


def _trace(error: BaseException) -> TracebackType | None:
    return attempt(lambda: error.__traceback__, None)


def _frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    # The lines are looked up by the loader of each module, which may be the app's. Without them there are the places.
    return attempt(lambda: traceback.extract_tb(trace), None) or _places(trace)


def _places(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(traceback.FrameSummary(code.co_filename, trace.tb_lineno, code.co_name, line=""))
        trace = trace.tb_next
    return places


def _lines(frames: list[traceback.FrameSummary]) -> list[str]:
    # A source that has changed since it was loaded may not have the columns that are to be marked.
    return attempt(lambda: traceback.format_list(frames), None) or [
        f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n' for frame in frames
    ]


def _place_of_syntax_error(error: BaseException) -> list[str]:
    """The line that can't be compiled, as Python prints it: no frame has it."""
    if not issubclass(type(error), SyntaxError):
        return []
    lines = attempt(lambda: list(traceback.TracebackException(SyntaxError, error, None).format_exception_only()), [])
    place = "".join(line for line in lines if line.startswith("  "))
    return [place] if place else []


def _header(error_type: str) -> str:
    """(Runtime|Function).[A-Z][a-zA-Z]+: the platform reports any other type as Unknown."""
    source, _, name = error_type.partition(".")
    known = source in ("Runtime", "Function") and 1 < len(name) < _NAME_LIMIT
    return error_type if known and name.isascii() and name.isalpha() and name[0].isupper() else "Function.Unknown"


def _fit(document: object, stack: list[Any], limit: int, encode: Callable[[object], bytes]) -> bytes:
    """``document``, which holds ``stack``, without as many outer frames as it takes: the innermost, last, say most."""
    data = encode(document)
    while len(data) > limit and stack:
        del stack[: (len(stack) + 1) // 2]
        data = encode(document)
    return data
