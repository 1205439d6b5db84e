"""Logs as Lambda's own Python runtime writes them, right when several invocations run at once.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from .._apps import Interruption, attempt
from .._values.context import current_context
from ..errors import AdapterError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, MutableMapping
    from types import TracebackType

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


_logger = logging.getLogger("lambda_http_adapter")
_access_logger = logging.getLogger("lambda_http_adapter.access")

_TEXT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
_TEXT_TIME = "%Y-%m-%dT%H:%M:%S"
_JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"

# Attributes of every record, which are not `extra`: the task's name from Python 3.12 on, a formatter's time.
_NOT_EXTRA = {*vars(logging.LogRecord("", 0, "", 0, "", (), None)), "asctime", "aws_request_id", "tenant_id"}

_NO_BREAK_SPACE = "\u00a0"

_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode

_installed: LogHandler | None = None


def install(environ: MutableMapping[str, str], managed: bool) -> None:
    """Give the root logger its level and, unless it has one, its handler: before the app is imported, which may then
    change both.

    ``environ`` is Lambda's. The descriptor that only one process may use is removed from it.
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
    # A pipe's buffer would keep what the app prints until it is full, or until the environment is frozen for good. With
    # `python -u`, on the other hand, threads and processes would print into each other's lines.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, write_through=False)
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(_installed)
    for logger in (_logger, _access_logger):
        logger.__class__ = OwnLogger
    if level in logging.getLevelNamesMapping():
        root.setLevel(level)
    else:
        # The option access_log asks for lines that WARNING, logging's own default level, would drop.
        _access_logger.setLevel(logging.INFO)
    if problem is not None:
        _logger.warning("Lambda's log can't be reached; records go to standard output: %s", problem)


def let_app_configure() -> Callable[[], None]:
    """Let ``logging.basicConfig`` replace our handler of the root logger, as if there were none, until the returned
    function is called: for the import of the app, whose configuration wins.
    """
    basic_config = logging.basicConfig

    def configure(**options: Any) -> None:  # noqa: ANN401  # logging's own
        root = logging.getLogger()
        if root.handlers == [_installed]:
            root.handlers.clear()
        basic_config(**options)

    def restore() -> None:
        logging.basicConfig = basic_config

    logging.basicConfig = configure
    return restore


def log_uncaught(error: BaseException, request_id: str = "", error_type: str | None = None) -> None:
    """One record for what ended an invocation or the init, worded like the report to the Runtime API. Never raises.

    Past the loggers, as in Lambda's own runtime: no configuration of the app's can lose it.
    """
    # Where it can't be written, the Runtime API must be told all the same.
    installed = _installed
    if installed is None:
        attempt(lambda: _logger.error("%s", error, exc_info=error), None)
    else:
        attempt(lambda: _write_uncaught(installed, error, request_id, error_type), None)


def _write_uncaught(installed: LogHandler, error: BaseException, request_id: str, error_type: str | None) -> None:
    from .error_report import report_of

    installed.uncaught(json.loads(report_of(error, request_id, error_type).payload))


def log_failure(error: Exception, request_id: str = "", error_type: str | None = None) -> None:
    """``log_uncaught``, or one line for an error of this package: its message says all. Never raises."""
    if not attempt(lambda: _log_own(error, request_id), False):
        log_uncaught(error, request_id, error_type)


def _log_own(error: Exception, request_id: str) -> bool:
    if not isinstance(error, AdapterError):
        return False
    # Without a context nothing else in the record names the invocation.
    _logger.error("%s", f"Request {request_id}: {error}" if request_id and current_context() is None else error)
    return True


class OwnLogger(logging.Logger):
    """A logger of this package's. What a handler or filter of the app's raises costs a record, and no invocation."""

    def handle(self, record: logging.LogRecord) -> None:
        try:
            super().handle(record)
        except Interruption:
            raise
        except BaseException:
            if _installed is not None:
                _installed.handleError(record)


class LogHandler(logging.Handler):
    """Writes records to ``sink``. ``with_levels``: with their levels, by which Lambda filters and counts."""

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
        except Interruption:
            raise
        except BaseException:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """On standard error, as logging does, unless that can't be written either."""
        attempt(lambda: super(LogHandler, self).handleError(record), None)

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

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802  # logging's name
        _, error, trace = ei
        text = attempt(lambda: super(TextFormatter, self).formatException(ei), None)
        return _plain(error, trace) if text is None and error is not None else text or ""


class JSONFormatter(logging.Formatter):
    """One object a line."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        stack = error_type = message = None
        _, error, trace = record.exc_info or (None, None, None)
        if error is not None:
            from .error_report import lines_of, members, name_of, text_of

            stack = lines_of(trace) + members(error)
            error_type, message = name_of(error), text_of(error)
        attributes = vars(record)
        fields = {
            "timestamp": self.formatTime(record, _JSON_TIME),
            "level": logging.getLevelName(whole_tens(record.levelno)),
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            "stackTrace": stack,
            "errorType": error_type,
            "errorMessage": message,
            "requestId": attributes.get("aws_request_id"),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if error_type else None,
        }
        if attributes.get("tenant_id") is not None:
            fields["tenantId"] = attributes["tenant_id"]
        extra = {name: value for name, value in attributes.items() if name not in _NOT_EXTRA and name not in fields}
        return _encode({name: value for name, value in (fields | extra).items() if value is not None}) + "\n"


def _plain(error: BaseException, trace: TracebackType | None) -> str:
    """What Python would print of an exception, where it can't."""
    from .error_report import lines_of, members, name_of, text_of

    lines = ["Traceback (most recent call last):\n", *lines_of(trace), f"{name_of(error)}: {text_of(error)}\n"]
    return "".join(lines + members(error)).rstrip("\n")


def _uncaught_json(report: Mapping[str, Any]) -> str:
    return _encode({"timestamp": time.strftime(_JSON_TIME, time.gmtime()), "level": "ERROR", **report})


def _uncaught_text(report: Mapping[str, Any]) -> str:
    message = report["errorMessage"]
    lines = [f"[ERROR] {report['errorType']}{': ' if message else ''}{message}", "Traceback (most recent call last):"]
    lines += [_hard_indent(line) for frame in report["stackTrace"] for line in frame.splitlines()]
    return "\n".join(lines)


def _hard_indent(line: str) -> str:
    """``line`` indented with no-break spaces: viewers of logs swallow ordinary ones."""
    text = line.lstrip(" ")
    return _NO_BREAK_SPACE * (len(line) - len(text)) + text


# Where records go: frames to the pipe that Lambda reads, lines to its socket or to standard output. awslambdaric is the
# one description of all three: https://github.com/aws/aws-lambda-python-runtime-interface-client

_PIPE = "_LAMBDA_TELEMETRY_LOG_FD"
_SOCKET = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"

_FRAME = 0xA55A0002
_TEXT_BIT = 1


class Sink(Protocol):
    """``level`` is one of logging's numbers; 0 tells Lambda nothing. Calls must not overlap."""

    def write(self, text: str, level: int, as_json: bool) -> None: ...


class Frames:
    """type u32 | length u32 | microseconds u64 | message, big-endian. A message may hold newlines."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str, level: int, as_json: bool) -> None:
        message = _bytes(text)
        head = (
            frame_type(level, as_json).to_bytes(4, "big"),
            len(message).to_bytes(4, "big"),
            (time.time_ns() // 1000).to_bytes(8, "big"),
        )
        _write(self._descriptor, b"".join((*head, message)))


class Lines:
    """A newline ends an event in CloudWatch Logs, a carriage return is shown as one: so a record stays whole."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, text: str, level: int, as_json: bool) -> None:
        _write(self._descriptor, _bytes(text.rstrip("\n").replace("\n", "\r") + "\n"))


def standard_output() -> Lines:
    # Not sys.stdout, which an app may have turned into a logger.
    return Lines(1)


def open_sink(environ: MutableMapping[str, str], managed: bool) -> Sink:
    """What the environment names. Raises OSError and ValueError where it can't be had."""
    pipe = environ.pop(_PIPE, "")
    if pipe:
        # A program that the app starts must not write there: it can't know of frames.
        os.set_inheritable(int(pipe), False)
    path = environ.get(_SOCKET)
    if path and managed:
        return Lines(_connect(path))
    return Frames(int(pipe)) if pipe else standard_output()


def frame_type(level: int, as_json: bool) -> int:
    """The level is in bits 2 to 4: 0 is none, 1 TRACE (which logging doesn't have), 2 DEBUG … 6 CRITICAL."""
    bits = _FRAME
    if not as_json:
        bits |= _TEXT_BIT
    tens = whole_tens(level) // 10
    if tens:
        bits |= (tens + 1) << 2
    return bits


def whole_tens(level: int) -> int:
    """The level that Lambda knows: 25 counts as 20."""
    return min(50, max(0, level)) // 10 * 10


def _connect(path: str) -> int:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(path)
        return sock.detach()


def _bytes(text: str) -> bytes:
    # UTF-8 can't hold a lone surrogate. As an escape it is legal in JSON and legible in text.
    return text.encode("utf-8", "backslashreplace")


def _write(descriptor: int, data: bytes) -> None:
    # In one piece, so that no other writer gets in between; a signal can cut a large one short.
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])
