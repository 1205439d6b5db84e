"""What reaches CloudWatch Logs, held against what AWS's own runtime writes for the same records."""

import contextlib
import decimal
import functools
import importlib.util
import io
import logging
import os
import re
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

import pytest

from lambda_http_adapter._runtime.logs import install, log_uncaught
from lambda_http_adapter._values.context import enter_invocation
from tests.support.lambda_log import (
    FORMAT,
    LEVEL,
    PIPE,
    OwnError,
    Pipe,
    caught,
    fail,
    formats,
    fresh_logging,
    handle,
    installed,
    invocation,
    logged,
    without_marks,
)


class Mood:
    def __str__(self) -> str:
        return "fine"


def chained() -> None:
    try:
        fail("first")
    except OwnError as error:
        raise ValueError("second") from error


RECORDS: dict[str, Callable[[logging.Logger], object]] = {
    "plain": lambda log: log.info("hello"),
    "arguments": lambda log: log.warning("%s is %d", "x", 5),
    "mapping as argument": lambda log: log.warning("%(x)s", {"x": 5}),
    "per cent": lambda log: log.info("100 %"),
    "empty": lambda log: log.info(""),
    "unicode": lambda log: log.info("Grüße 😀 \u2028"),
    "control": lambda log: log.info("a\tb\x00c"),
    "two lines": lambda log: log.info("a\nb"),
    "object": lambda log: log.info(Mood()),
    "none": lambda log: log.info(None),
    "list": lambda log: log.info([1, "a"]),
    "document": lambda log: log.info({"event": "paid", "sum": 5, "nothing": None, "deep": {"ü": [1.5, True]}}),
    "document with arguments": lambda log: log.info({"a": 1}, {"b": 2}),
    "document of anything": lambda log: log.info({"a": decimal.Decimal("1.5"), "b": Mood(), "c": b"\xff", "d": {1: 2}}),
    "not a number": lambda log: log.info({"a": float("nan"), "b": float("inf")}),
    "extra": lambda log: log.info("x", extra={"order": 5, "mood": Mood(), "who": None, "tags": ["a"]}),
    "extra with taken names": lambda log: log.info(
        "x", extra={"timestamp": 1, "level": 2, "logger": 3, "requestId": 4, "location": 5, "errorType": 6}
    ),
    "extra tenant": lambda log: log.info("x", extra={"tenantId": "red"}),
    "extra of the filter": lambda log: log.info("x", extra={"aws_request_id": "r-0", "tenant_id": "red"}),
    "stack": lambda log: log.info("x", stack_info=True),
    "exception": lambda log: log.error("failed", exc_info=caught()),
    "exception without words": lambda log: log.error("failed", exc_info=caught(lambda: fail(""))),
    "exception of two lines": lambda log: log.error("failed", exc_info=caught(lambda: fail("a\nb"))),
    "exception never raised": lambda log: log.error("failed", exc_info=ValueError("x")),
    "exception with a cause": lambda log: log.critical("failed", exc_info=caught(chained)),
    "exception and extra": lambda log: log.error("failed", exc_info=caught(), extra={"order": 5}),
} | {
    f"level {level}": lambda log, level=level: log.log(level, "x") for level in (1, 10, 20, 25, 30, 35, 40, 49, 50, 60)
}


def reference(environ: Mapping[str, str]) -> ModuleType:
    """awslambdaric's runtime as it loads with these variables."""
    pytest.importorskip("awslambdaric", reason="is published for Linux alone")
    return _loaded(tuple(environ.items()))


@functools.cache
def _loaded(environ: tuple[tuple[str, str], ...]) -> ModuleType:
    spec = importlib.util.find_spec("awslambdaric.bootstrap")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        for name in (FORMAT, LEVEL):
            patch.delenv(name, raising=False)
        for name, value in environ:
            patch.setenv(name, value)
        spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def installed_reference(
    sink: contextlib.AbstractContextManager[object],
    runtime: ModuleType,
    request_id: str | None = None,
    tenant_id: str | None = None,
) -> Iterator[None]:
    with fresh_logging(), sink:
        runtime._setup_logging(runtime._AWS_LAMBDA_LOG_FORMAT, runtime._AWS_LAMBDA_LOG_LEVEL, sink)
        vars(runtime).update(_GLOBAL_AWS_REQUEST_ID=request_id, _GLOBAL_TENANT_ID=tenant_id)
        yield


@contextlib.contextmanager
def far_from_greenwich() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize(
    ("environ", "request_id", "tenant_id"),
    [
        ({}, "r-1", None),
        ({}, None, None),
        ({LEVEL: "INFO"}, "r-1", "blue"),
        ({FORMAT: "JSON"}, "r-1", None),
        ({FORMAT: "JSON"}, None, None),
        ({FORMAT: "json", LEVEL: "DEBUG"}, "r-1", "blue"),
    ],
    ids=["text", "text outside", "text with level", "json", "json outside", "json with tenant"],
)
def test_a_frame_is_that_of_awslambdaric(
    pipe: Pipe, record: str, environ: dict[str, str], request_id: str | None, tenant_id: str | None
) -> None:
    made = logged(RECORDS[record])
    runtime = reference(environ)
    theirs = Pipe()
    with (
        contextlib.closing(theirs),
        far_from_greenwich(),
        installed_reference(runtime.FramedTelemetryLogSink(os.dup(theirs.descriptor)), runtime, request_id, tenant_id),
    ):
        handle(made)
    with far_from_greenwich(), installed(pipe, environ):
        enter_invocation(invocation(request_id, tenant_id) if request_id else None, alone=False)
        handle(made)
    assert pipe.written() == theirs.written()
    assert len(pipe.frames()) == 1


@formats
@pytest.mark.parametrize("record", RECORDS)
def test_a_line_is_that_of_awslambdaric_with_newlines_inside_as_carriage_returns(
    capfd: pytest.CaptureFixture[str], record: str, log_format: str
) -> None:
    made = logged(RECORDS[record])
    environ = {FORMAT: log_format}
    runtime = reference(environ)
    theirs = io.StringIO()
    with contextlib.redirect_stdout(theirs), installed_reference(runtime.StandardLogSink(), runtime, "r-1"):
        handle(made)
    with fresh_logging():
        install(dict(environ), False)
        enter_invocation(invocation("r-1"), alone=False)
        handle(made)
    assert capfd.readouterr() == (theirs.getvalue().rstrip("\n").replace("\n", "\r") + "\n", "")


def without_time(text: str) -> str:
    return re.sub(r'"timestamp": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"', '"timestamp": ""', text)


@formats
@pytest.mark.parametrize("to_pipe", [True, False], ids=["pipe", "stdout"])
@pytest.mark.parametrize(
    "error",
    [caught(), caught(lambda: fail("")), caught(lambda: fail("ü\n  b")), caught(chained), ValueError("x")],
    ids=["raised", "without words", "two lines", "with a cause", "never raised"],
)
def test_an_uncaught_error_is_that_of_awslambdaric(
    pipe: Pipe, capfd: pytest.CaptureFixture[str], error: Exception, to_pipe: bool, log_format: str
) -> None:
    environ = {FORMAT: log_format, "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
    runtime = reference(environ)
    frames = traceback.format_list(runtime.extract_traceback(error.__traceback__))
    report = runtime.make_error(str(error), type(error).__name__, frames, "r-1")
    theirs, lines = Pipe(), io.StringIO()
    sink = runtime.FramedTelemetryLogSink(os.dup(theirs.descriptor)) if to_pipe else runtime.StandardLogSink()
    with (
        contextlib.closing(theirs),
        contextlib.redirect_stdout(lines),
        pytest.MonkeyPatch.context() as patch,
        installed_reference(sink, runtime),
    ):
        patch.setenv("AWS_EXECUTION_ENV", "AWS_Lambda_python3.13")
        runtime.log_error(report, sink)
    with fresh_logging():
        install(environ | ({PIPE: str(pipe.descriptor)} if to_pipe else {}), False)
        log_uncaught(error, "r-1")
    expected = [(kind, without_time(text)) for kind, text in theirs.written()]
    assert [(kind, without_time(without_marks(text))) for kind, text in pipe.written()] == expected
    expected_line = without_time(lines.getvalue()).rstrip("\n").replace("\n", "\r")
    assert without_time(without_marks(capfd.readouterr().out)).rstrip("\n") == expected_line


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (None, "WARNING"),
        ("", "WARNING"),
        ("TRACE", "DEBUG"),
        ("DEBUG", "DEBUG"),
        ("INFO", "INFO"),
        ("WARN", "WARNING"),
        ("ERROR", "ERROR"),
        ("FATAL", "CRITICAL"),
        ("debug", "DEBUG"),
        ("LOUD", "WARNING"),
    ],
)
def test_the_root_level_is_that_of_awslambdaric(pipe: Pipe, value: str | None, level: str) -> None:
    environ = {LEVEL: value} if value is not None else {}
    runtime = reference(environ)
    with installed_reference(runtime.StandardLogSink(), runtime):
        assert logging.getLevelName(logging.getLogger().level) == level
    with installed(pipe, environ):
        assert logging.getLevelName(logging.getLogger().level) == level
