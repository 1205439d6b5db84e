"""Logs as Lambda's own Python runtime writes them, right when several invocations run at once.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import io
import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from .._values.context import current_context
from ..errors import AdapterError
from .log_sink import open_sink, standard_output, whole_tens

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from types import TracebackType

    from .log_sink import Sink

_logger = logging.getLogger("lambda_http_adapter")
_access_logger = logging.getLogger("lambda_http_adapter.access")

_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_TEXT_TIME = "%Y-%m-%dT%H:%M:%S"
_JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"

# What a record has without anybody's `extra`: the task's name from Python 3.12 on, the time that a formatter leaves.
_NOT_EXTRA = {*vars(logging.LogRecord("", 0, "", 0, "", (), None)), "asctime", "aws_request_id", "tenant_id"}

_NO_BREAK_SPACE = "\u00a0"

_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode

_installed: LogHandler | None = None


def install(environ: MutableMapping[str, str], managed: bool) -> None:
    """Give the root logger its level and, unless it has one, its handler: before the app is imported, which may then
    change both.

    ``environ`` is Lambda's; what only one process may use is taken out of it.
    """
    global _installed  # noqa: PLW0603  # one per process, like the root logger
    if _installed is not None:
        return
    as_json = environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    level = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG"}.get(level, level)
    problem: Exception | None = None
    try:
        sink = open_sink(environ, managed)
    except (OSError, ValueError) as error:
        problem, sink = error, standard_output()
    _installed = LogHandler(sink, as_json, with_levels=as_json or bool(level))
    # A pipe's buffer would keep what the app prints until it is full, or until the environment is frozen for good.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(_installed)
    if level in logging.getLevelNamesMapping():
        root.setLevel(level)
    else:
        # Who asks for access lines wants them although WARNING, logging's own default, is above them.
        _access_logger.setLevel(logging.INFO)
    if problem is not None:
        _logger.warning("Lambda's log can't be reached, standard output has the records: %s", problem)


def log_uncaught(error: BaseException, request_id: str = "", error_type: str | None = None) -> None:
    """One record for what ended an invocation or the init, worded like the report to the Runtime API.

    Past the loggers, as in Lambda's own runtime: no configuration of the app's can lose it.
    """
    if _installed is None:
        _logger.error("%s", error, exc_info=error)
        return
    from .failure import failure_of

    report = json.loads(failure_of(error, request_id, error_type).payload)
    try:
        _installed.uncaught(report)
    except OSError:
        pass  # the Runtime API must be told all the same


def log_failure(error: Exception, request_id: str = "", error_type: str | None = None) -> None:
    """``log_uncaught`` for an error that may be this package's own: that one says all in its message."""
    if isinstance(error, AdapterError):
        # Without a context there is nothing else in the record that tells which invocation it was.
        _logger.error("%s", f"Request {request_id}: {error}" if request_id and current_context() is None else error)
    else:
        log_uncaught(error, request_id, error_type)


class LogHandler(logging.Handler):
    """Writes records to ``sink``. ``with_levels`` tells Lambda their levels too, which filters and counts by them."""

    def __init__(self, sink: Sink, as_json: bool, with_levels: bool) -> None:
        super().__init__()
        self._sink = sink
        self._as_json = as_json
        self._with_levels = with_levels
        self.setFormatter(JSONFormatter() if as_json else TextFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        context = current_context()
        # On the record, where an app's own formatter finds them: `%(aws_request_id)s` is a habit on Lambda.
        vars(record).update(
            aws_request_id=context.aws_request_id if context else "",
            tenant_id=context.tenant_id if context else None,
        )
        try:
            as_json = isinstance(self.formatter, JSONFormatter)
            self._sink.write(self.format(record), record.levelno if self._with_levels else 0, as_json)
        except Exception:
            self.handleError(record)

    def uncaught(self, report: Mapping[str, Any]) -> None:
        """``report`` is what the Runtime API gets. Raises OSError."""
        text = _uncaught_json(report) if self._as_json else _uncaught_text(report)
        self.acquire()
        try:
            self._sink.write(text, logging.ERROR, self._as_json)
        finally:
            self.release()


class TextFormatter(logging.Formatter):
    """``[LEVEL]``, time, request id and message, with tabs between."""

    converter = staticmethod(time.gmtime)  # of the class, not of logging.Formatter: that one is the app's

    def __init__(self) -> None:
        super().__init__(_TEXT, _TEXT_TIME)


class JSONFormatter(logging.Formatter):
    """One object a line."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        kind, error, trace = record.exc_info or (None, None, None)
        attributes = vars(record)
        fields = {
            "timestamp": self.formatTime(record, _JSON_TIME),
            "level": logging.getLevelName(whole_tens(record.levelno)),
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            "stackTrace": _stack(error, trace) if kind else None,
            "errorType": kind.__name__ if kind else None,
            "errorMessage": str(error) if kind else None,
            "requestId": attributes.get("aws_request_id"),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if kind else None,
        }
        if attributes.get("tenant_id") is not None:
            fields["tenantId"] = attributes["tenant_id"]
        extra = {name: value for name, value in attributes.items() if name not in _NOT_EXTRA and name not in fields}
        return _encode({name: value for name, value in (fields | extra).items() if value is not None}) + "\n"


def _stack(error: BaseException | None, trace: TracebackType | None) -> list[str]:
    import traceback

    from .failure import members

    return traceback.format_tb(trace) + (members(error) if error else [])


def _uncaught_json(report: Mapping[str, Any]) -> str:
    return _encode({"timestamp": time.strftime(_JSON_TIME, time.gmtime()), "level": "ERROR", **report})


def _uncaught_text(report: Mapping[str, Any]) -> str:
    message = report["errorMessage"]
    lines = [f"[ERROR] {report['errorType']}{': ' if message else ''}{message}", "Traceback (most recent call last):"]
    lines += [_hard_indent(line) for frame in report["stackTrace"] for line in frame.splitlines()]
    return "\n".join(lines)


def _hard_indent(line: str) -> str:
    """``line`` indented by what no viewer of logs swallows."""
    text = line.lstrip(" ")
    return _NO_BREAK_SPACE * (len(line) - len(text)) + text
