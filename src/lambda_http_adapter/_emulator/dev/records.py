"""A log record of a function's as a terminal shows it: level, message and traceback, whatever its format."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from .tracebacks import HEADER

if TYPE_CHECKING:
    from ..sandbox.telemetry import LogRecord

_LINE = re.compile(r"\[(?P<level>[A-Z]+)\]\t[^\t\n]*Z\t(?P<request_id>[^\t\n]*)\t(?P<message>.*)", re.DOTALL)
_UNCAUGHT = re.compile(rf"\[ERROR\] (?P<error>.*?)\n{re.escape(HEADER)}(?P<frames>.*)", re.DOTALL)
_TRACE = re.compile(rf"^(  \+ Exception Group )?{re.escape(HEADER)}$", re.MULTILINE)
_UNCAUGHT_MESSAGE = "Uncaught exception"
_NO_BREAK_SPACES = re.compile("^\u00a0+", re.MULTILINE)
# What the JSON format says of every record; other fields are the app's.
_KNOWN = {
    *("timestamp", "level", "message", "logger", "stackTrace", "errorType", "errorMessage", "requestId", "location"),
    "tenantId",
}


class ShownRecord(NamedTuple):
    """``request_id`` is "" for a record of no invocation. ``trace`` is a traceback as Python prints it, or ""."""

    level: str
    message: str
    trace: str
    request_id: str


def shown_record(record: LogRecord, running: Sequence[str]) -> ShownRecord:
    """``running``: the invocations of its sandbox. With only one, a record without a request ID belongs to it."""
    shown = _read(record)
    request_id = shown.request_id or next((id_ for id_ in running if id_ in record.text), "")
    if not request_id and len(running) == 1:
        request_id = running[0]
    message = shown.message if record.complete else f"{shown.message} … (the process ended in mid-record)".lstrip()
    return shown._replace(request_id=request_id, message=message, level=shown.level or record.level)


def _read(record: LogRecord) -> ShownRecord:
    fields = _object(record.text) if record.as_json else None
    if fields is not None:
        return _of_json(fields)
    text = record.text.rstrip("\n")
    uncaught = _UNCAUGHT.fullmatch(text)
    if uncaught is not None:
        frames = _NO_BREAK_SPACES.sub(lambda match: " " * len(match[0]), uncaught["frames"])
        return ShownRecord("ERROR", _UNCAUGHT_MESSAGE, f"{HEADER}{frames}\n{uncaught['error']}", "")
    line = _LINE.fullmatch(text)
    if line is not None:
        return ShownRecord(line["level"], *_split_trace(line["message"]), line["request_id"])
    return ShownRecord("", *_split_trace(text), "")


def _split_trace(text: str) -> tuple[str, str]:
    """The message, and the traceback that logging puts under it."""
    found = _TRACE.search(text)
    if found is None:
        return text, ""
    return text[: found.start()].rstrip("\n"), text[found.start() :]


def _object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _of_json(fields: dict[str, object]) -> ShownRecord:
    stack = fields.get("stackTrace")
    error = _error(fields)
    trace = ""
    if isinstance(stack, list):
        lines = "".join(f"{str(line).removesuffix(chr(10))}\n" for line in stack)
        trace = f"{HEADER}\n{lines}{error}"
    message = fields.get("message", _UNCAUGHT_MESSAGE if trace else error)
    if not isinstance(message, str):
        message = json.dumps(message, ensure_ascii=False)
    extra = {name: value for name, value in fields.items() if name not in _KNOWN}
    if extra:
        message = f"{message} {json.dumps(extra, ensure_ascii=False)}".lstrip()
    return ShownRecord(str(fields.get("level", "")), message, trace, str(fields.get("requestId", "")))


def _error(fields: dict[str, object]) -> str:
    parts = [str(fields[name]) for name in ("errorType", "errorMessage") if fields.get(name)]
    return ": ".join(parts)
