"""Logging as in a Lambda process, inside the test's own process."""

import contextlib
import copy
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pytest

from lambda_http_adapter._runtime import logs
from lambda_http_adapter._runtime.logs import install
from lambda_http_adapter._values.context import LambdaContext, enter_invocation

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:greeter"
PIPE = "_LAMBDA_TELEMETRY_LOG_FD"
SOCKET = "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET"
FORMAT = "AWS_LAMBDA_LOG_FORMAT"
LEVEL = "AWS_LAMBDA_LOG_LEVEL"
NO_BREAK_SPACE = "\u00a0"
JSON = {FORMAT: "JSON"}

formats = pytest.mark.parametrize("log_format", ["Text", "JSON"])


class Frame(NamedTuple):
    kind: int
    microseconds: int
    message: str


class Pipe:
    """Lambda's end of the log: a thread reads along, so that a full pipe stops no writer."""

    def __init__(self) -> None:
        source, self.descriptor = os.pipe()
        os.set_inheritable(self.descriptor, True)
        self._data = b""
        self._thread = threading.Thread(target=self._read, args=(source,))
        self._thread.start()
        self._open = True

    def _read(self, source: int) -> None:
        with open(source, "rb") as file:
            self._data = file.read()

    def close(self) -> None:
        if self._open:
            os.close(self.descriptor)
            self._thread.join()
            self._open = False

    @property
    def data(self) -> bytes:
        """What was written until ``close``."""
        return self._data

    def frames(self) -> list[Frame]:
        self.close()
        data, frames = self._data, []
        while data:
            length = int.from_bytes(data[4:8], "big")
            head = int.from_bytes(data[:4], "big"), int.from_bytes(data[8:16], "big")
            assert len(data) >= 16 + length
            frames.append(Frame(*head, data[16 : 16 + length].decode()))
            data = data[16 + length :]
        return frames

    def written(self) -> list[tuple[int, str]]:
        return [(frame.kind, frame.message) for frame in self.frames()]

    def messages(self) -> list[str]:
        return [frame.message for frame in self.frames()]


@contextlib.contextmanager
def fresh_logging() -> Iterator[logging.Logger]:
    """The root logger as a new process has it, and as it was afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("lambda_http_adapter.access")
    handlers, level, converter, before = root.handlers, root.level, logging.Formatter.converter, logs._installed
    root.handlers = []
    logs._installed = None
    root.setLevel(logging.WARNING)
    try:
        yield root
    finally:
        root.handlers = handlers
        root.setLevel(level)
        ours.setLevel(logging.NOTSET)
        logging.Formatter.converter = converter
        logs._installed = before
        enter_invocation(None, alone=False)


@contextlib.contextmanager
def installed(pipe: Pipe, environ: Mapping[str, str], concurrent: bool = False) -> Iterator[logging.Logger]:
    """An app's logger in a Lambda process."""
    with fresh_logging():
        install({PIPE: str(pipe.descriptor), **environ}, concurrent)
        yield logging.getLogger("app")


def invocation(request_id: str, tenant_id: str | None = None) -> LambdaContext:
    return LambdaContext(request_id, 0, ARN, tenant_id=tenant_id)


class OwnError(Exception):
    pass


def fail(message: str = "division by zero") -> None:
    raise OwnError(message)


def caught(function: Callable[[], object] = fail) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def logged(call: Callable[[logging.Logger], object]) -> logging.LogRecord:
    """The record that a call makes, always the same moment's."""
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger = logging.Logger("app.orders", level=1)
    logger.addHandler(Keep())
    call(logger)
    (record,) = records
    record.created, record.msecs = 1767225599.0625, 62.5
    return record


def handle(record: logging.LogRecord) -> logging.LogRecord:
    """Hand a copy of the record to the one handler there is."""
    (handler,) = logging.getLogger().handlers
    record = copy.copy(record)
    handler.handle(record)
    return record


def without_marks(text: str) -> str:
    """A stack without the marks below the expression that failed, which awslambdaric leaves out."""
    return re.sub(r"[\r\n][\u00a0]+[~^]+(?=[\r\n]|$)|\\n +[~^]+(?=\\n)", "", text)
