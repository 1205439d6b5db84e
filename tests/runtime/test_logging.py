"""What reaches CloudWatch Logs, held against what AWS's own runtime writes for the same records."""

import asyncio
import contextlib
import copy
import decimal
import importlib.util
import io
import json
import logging
import os
import re
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, cast

import pytest

from lambda_http_adapter._access import access
from lambda_http_adapter._context import LambdaContext, enter_invocation
from lambda_http_adapter.errors import LifespanError
from lambda_http_adapter.runtime import _logging
from lambda_http_adapter.runtime._log_sink import frame_type
from lambda_http_adapter.runtime._logging import install, log_failure, log_uncaught
from tests.process import Process, inherited_environment, python

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
    """Lambda's end of the log: a thread reads along, so that a full pipe holds nobody up."""

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


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    with contextlib.closing(Pipe()) as pipe:
        yield pipe


@contextlib.contextmanager
def fresh_logging() -> Iterator[logging.Logger]:
    """The root logger as a new process has it, and as it was afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("lambda_http_adapter.access")
    handlers, level, converter, before = root.handlers, root.level, logging.Formatter.converter, _logging._installed
    root.handlers = []
    _logging._installed = None
    root.setLevel(logging.WARNING)
    try:
        yield root
    finally:
        root.handlers = handlers
        root.setLevel(level)
        ours.setLevel(logging.NOTSET)
        logging.Formatter.converter = converter
        _logging._installed = before
        enter_invocation(None, alone=False)


@contextlib.contextmanager
def installed(pipe: Pipe, environ: Mapping[str, str], concurrent: bool = False) -> Iterator[logging.Logger]:
    """An app's logger in a Lambda process."""
    with fresh_logging():
        install({PIPE: str(pipe.descriptor), **environ}, concurrent)
        yield logging.getLogger("app")


def invocation(request_id: str, tenant_id: str | None = None) -> LambdaContext:
    return LambdaContext(request_id, 0, ARN, tenant_id=tenant_id)


# The same bytes as awslambdaric


class Mood:
    def __str__(self) -> str:
        return "fine"


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


def chained() -> None:
    try:
        fail("first")
    except OwnError as error:
        raise ValueError("second") from error


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
    spec = importlib.util.find_spec("awslambdaric.bootstrap")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        for name in (FORMAT, LEVEL):
            patch.delenv(name, raising=False)
        for name, value in environ.items():
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


def handle(record: logging.LogRecord) -> logging.LogRecord:
    """Hand a copy of the record to the one handler there is."""
    (handler,) = logging.getLogger().handlers
    record = copy.copy(record)
    handler.handle(record)
    return record


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


def without_marks(text: str) -> str:
    """A stack without the marks below the expression that failed, which awslambdaric leaves out."""
    return re.sub(r"[\r\n][\u00a0]+[~^]+(?=[\r\n]|$)|\\n +[~^]+(?=\\n)", "", text)


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


def test_an_uncaught_error_in_text(pipe: Pipe) -> None:
    with installed(pipe, {}):
        log_uncaught(caught(), "r-1")
    ((kind, message),) = pipe.written()
    assert kind == 0xA55A0017
    assert re.sub(r"line \d+", "line N", without_marks(message)).split("\n") == [
        "[ERROR] OwnError: division by zero",
        "Traceback (most recent call last):",
        f'{NO_BREAK_SPACE * 2}File "{__file__}", line N, in caught',
        f"{NO_BREAK_SPACE * 4}function()",
        f'{NO_BREAK_SPACE * 2}File "{__file__}", line N, in fail',
        f"{NO_BREAK_SPACE * 4}raise OwnError(message)",
    ]


def test_a_failed_init_has_the_type_that_lambda_gives_it(pipe: Pipe) -> None:
    with installed(pipe, JSON):
        log_uncaught(ImportError("No module named 'x'"), error_type="Runtime.ImportModuleError")
    ((kind, message),) = pipe.written()
    assert kind == 0xA55A0016
    assert json.loads(message) | {"timestamp": ""} == {
        "timestamp": "",
        "level": "ERROR",
        "errorMessage": "No module named 'x'",
        "errorType": "Runtime.ImportModuleError",
        "requestId": "",
        "stackTrace": [],
    }


# Where we differ


def test_a_record_is_left_as_it_was(pipe: Pipe) -> None:
    with installed(pipe, JSON):
        made = logged(RECORDS["level 25"])
        seen = handle(made)
    assert vars(seen) == vars(made) | {"aws_request_id": "", "tenant_id": None}
    assert json.loads(pipe.messages()[0])["level"] == "INFO"


def test_nothing_but_the_root_logger_is_touched(pipe: Pipe) -> None:
    def state() -> list[object]:
        app = logging.getLogger("app")
        settings = [logging.Formatter.converter, logging.getLogRecordFactory(), logging.getLoggerClass()]
        return [*settings, logging.raiseExceptions, sys.stdout, sys.stderr, sys.excepthook, app.level, app.handlers]

    before = state()
    with installed(pipe, {FORMAT: "JSON", LEVEL: "DEBUG"}) as logger:
        logger.info("x")
        assert state() == before
    assert len(pipe.frames()) == 1


def test_what_logging_itself_adds_is_no_extra(pipe: Pipe) -> None:
    async def log() -> None:
        record = logged(lambda logger: logger.info("x"))
        logging.Formatter("%(asctime)s").format(record)
        handle(record)

    with installed(pipe, JSON):
        asyncio.run(log())
    assert set(json.loads(pipe.messages()[0])) == {"timestamp", "level", "message", "logger", "requestId"}


@pytest.mark.parametrize(("log_format", "lost"), [("Text", "\\ud800"), ("JSON", "\ud800")])
def test_a_lone_surrogate_loses_no_record(pipe: Pipe, log_format: str, lost: str) -> None:
    with installed(pipe, {FORMAT: log_format}) as logger:
        logger.error("\ud800")
    (message,) = pipe.messages()
    text = json.loads(message)["message"] if log_format == "JSON" else message.rstrip("\n").rpartition("\t")[2]
    assert text == lost


def test_exc_info_where_nothing_was_raised(pipe: Pipe) -> None:
    with installed(pipe, JSON) as logger:
        logger.exception("nothing")
    assert set(json.loads(pipe.messages()[0])) == {"timestamp", "level", "message", "logger", "requestId"}


@formats
@pytest.mark.parametrize(
    "call",
    [
        lambda log: log.error("%d", "x"),
        lambda log: log.error("x", exc_info=caught(lambda: fail(cast("str", Broken())))),
    ],
    ids=["arguments", "exception"],
)
def test_a_record_that_can_not_be_formatted_does_not_reach_the_app(
    pipe: Pipe, capfd: pytest.CaptureFixture[str], call: Callable[[logging.Logger], object], log_format: str
) -> None:
    with installed(pipe, {FORMAT: log_format}) as logger:
        call(logger)
        logger.error("next")
    assert "next" in pipe.messages()[-1]
    assert ("Logging error" in capfd.readouterr().err) == (len(pipe.frames()) == 1)


class Broken:
    def __str__(self) -> str:
        raise RuntimeError("no words")


@formats
def test_a_log_that_is_gone_does_not_reach_the_app(
    pipe: Pipe, capfd: pytest.CaptureFixture[str], log_format: str
) -> None:
    with installed(pipe, {FORMAT: log_format}) as logger:
        pipe.close()
        logger.error("x")
        log_uncaught(caught(), "r-1")
    assert "Bad file descriptor" in capfd.readouterr().err


# The handler and its level


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


def test_trace_in_any_case(pipe: Pipe) -> None:
    with installed(pipe, {LEVEL: "trace"}):
        assert logging.getLogger().level == logging.DEBUG


def test_never_two_handlers(pipe: Pipe) -> None:
    with fresh_logging() as root:
        root.addHandler(own := logging.NullHandler())
        install({PIPE: str(pipe.descriptor), LEVEL: "INFO"}, False)
        assert root.handlers == [own]
        assert root.level == logging.INFO
        log_uncaught(caught(), "r-1")
    with installed(pipe, {}) as logger:
        install({}, False)
        assert len(logging.getLogger().handlers) == 1
        logger.error("still there")
    assert [message.split("\t")[-1].split("\n")[0] for message in pipe.messages()] == [
        "[ERROR] OwnError: division by zero",
        "still there",
    ]


@pytest.mark.parametrize(
    ("level", "as_json", "kind"),
    [
        (0, True, 0xA55A0002),
        (0, False, 0xA55A0003),
        (5, False, 0xA55A0003),
        (10, True, 0xA55A000A),
        (20, True, 0xA55A000E),
        (25, False, 0xA55A000F),
        (30, False, 0xA55A0013),
        (40, False, 0xA55A0017),
        (50, True, 0xA55A001A),
        (99, False, 0xA55A001B),
    ],
)
def test_the_frame_types(level: int, as_json: bool, kind: int) -> None:
    assert frame_type(level, as_json) == kind


def test_an_apps_own_formatter_finds_the_request(pipe: Pipe) -> None:
    with installed(pipe, JSON) as logger:
        logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(aws_request_id)s %(tenant_id)s %(message)s"))
        enter_invocation(invocation("r-1", "blue"), alone=False)
        logger.error("x")
    assert pipe.written() == [(0xA55A0017, "r-1 blue x")]


def test_an_app_that_replaces_the_handlers_does_not_lose_uncaught_errors(pipe: Pipe) -> None:
    with installed(pipe, {}):
        logging.basicConfig(handlers=[logging.NullHandler()], force=True)
        logging.getLogger("lambda_http_adapter").error("its choice")
        log_uncaught(caught(), "r-1")
    assert [message.partition("\n")[0] for message in pipe.messages()] == ["[ERROR] OwnError: division by zero"]


def test_a_failure_of_this_package_is_told_by_its_message_alone(pipe: Pipe) -> None:
    with installed(pipe, {}):
        log_failure(caught(), "r-1")
        log_failure(LifespanError("the database is down"), "r-1")
    uncaught, own = pipe.messages()
    assert uncaught.startswith("[ERROR] OwnError: division by zero\nTraceback")
    assert own.endswith("\tRequest r-1: the database is down\n")


def test_an_uncaught_error_outside_lambda_is_the_loggers(caplog: pytest.LogCaptureFixture) -> None:
    error = caught()
    log_uncaught(error, "r-1")
    (record,) = caplog.records
    assert (record.name, record.message, record.exc_info and record.exc_info[1]) == (
        "lambda_http_adapter",
        "division by zero",
        error,
    )


# Where it goes


def test_the_pipe_is_this_processes_alone(pipe: Pipe) -> None:
    environ = {PIPE: str(pipe.descriptor), "HOME": "/"}
    with fresh_logging():
        install(environ, False)
        assert environ == {"HOME": "/"}
        assert not os.get_inheritable(pipe.descriptor)


def test_a_frame_is_one_write_with_the_present_time(monkeypatch: pytest.MonkeyPatch, pipe: Pipe) -> None:
    writes: list[int] = []

    def write(descriptor: int, data: bytes) -> int:
        writes.append(len(data))
        return os_write(descriptor, data)

    os_write = os.write
    monkeypatch.setattr(os, "write", write)
    before = time.time_ns() // 1000
    with installed(pipe, {}) as logger:
        logger.error("x" * 1000)
    (frame,) = pipe.frames()
    assert writes == [16 + len(frame.message)]
    assert before <= frame.microseconds <= time.time_ns() // 1000


def test_a_write_that_was_cut_short_goes_on(monkeypatch: pytest.MonkeyPatch, pipe: Pipe) -> None:
    os_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: os_write(descriptor, data[:700]))
    with installed(pipe, {}) as logger:
        logger.error("x" * 2000)
    assert pipe.messages()[0].endswith("\t" + "x" * 2000 + "\n")


@pytest.mark.parametrize(
    "environ", [{PIPE: "987654"}, {PIPE: "five"}, {SOCKET: "/nowhere/at/all"}], ids=["closed", "text", "no socket"]
)
def test_a_log_that_can_not_be_reached_is_standard_output(
    capfd: pytest.CaptureFixture[str], environ: dict[str, str]
) -> None:
    with fresh_logging():
        install(dict(environ), True)
        logging.getLogger("app").error("x")
    warning, line = capfd.readouterr().out.splitlines()
    assert warning.startswith("[WARNING]\t")
    assert "standard output" in warning
    assert line.endswith("\tx")


def run(code: str, directory: Path, environ: Mapping[str, str]) -> Process:
    return Process(python(code=code), inherited_environment() | {**environ}, directory)


PROGRAM = """
import logging, os, sys
from lambda_http_adapter._context import LambdaContext, enter_invocation
from lambda_http_adapter.runtime._logging import install, log_uncaught
install(os.environ, {concurrent})
logger = logging.getLogger("app")
enter_invocation(LambdaContext("r-1", 0, ""), alone=False)
logger.error("a\\nb")
try:
    1 / 0
except ZeroDivisionError as error:
    logger.error("failed", exc_info=True)
    log_uncaught(error, "r-1")
"""


def test_on_standard_output_one_record_is_one_line(tmp_path: Path) -> None:
    # A program that replaces sys.stdout with a logger: writing there would never end.
    program = PROGRAM.format(concurrent=False) + (
        "class ToLog:\n    def write(self, text): logger.error(text)\n    def flush(self): logger.error('flush')\n"
        "sys.stdout = ToLog()\nsys.stdout.write('done')\n"
        "os._exit(0)"  # nothing is flushed on the way out: each record was
    )
    with run(program, tmp_path, {}) as process:
        assert process.wait() == 0
        lines = process.stdout.removesuffix("\n").split("\n")
        assert process.stderr == ""
    time_ = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    patterns = [
        rf"\[ERROR\]\t{time_}\tr-1\ta\rb",
        rf"\[ERROR\]\t{time_}\tr-1\tfailed\rTraceback \(most recent call last\):\r  File .*\rZeroDivisionError: .*",
        rf"\[ERROR\] ZeroDivisionError: division by zero\rTraceback \(.*\):\r{NO_BREAK_SPACE * 2}File .*",
        rf"\[ERROR\]\t{time_}\tr-1\tdone",
    ]
    assert len(lines) == len(patterns)
    for pattern, line in zip(patterns, lines, strict=True):
        assert re.fullmatch(pattern, line, re.DOTALL), line


@pytest.mark.parametrize("concurrent", [True, False])
def test_the_socket_of_managed_instances(concurrent: bool, tmp_path: Path) -> None:
    # Not in pytest's directory: the path of a socket must be short.
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as server:
        server.bind(path := f"{directory}/log")
        server.listen()
        server.settimeout(20)
        with run(PROGRAM.format(concurrent=concurrent), tmp_path, JSON | {SOCKET: path}) as process:
            text = ""
            if concurrent:
                connection = server.accept()[0]
                with connection, connection.makefile("r", encoding="utf-8") as file:
                    text = file.read()
            assert process.wait() == 0
            assert process.stderr == ""
            assert (process.stdout == "") == concurrent
            text += process.stdout
    lines = [json.loads(line) for line in text.splitlines()]
    assert [(line.get("message"), line.get("errorType"), line["requestId"]) for line in lines] == [
        ("a\nb", None, "r-1"),
        ("failed", "ZeroDivisionError", "r-1"),
        (None, "ZeroDivisionError", "r-1"),
    ]


# Whose line it is

COPIES, LINES = 16, 40


def own_lines(messages: list[str]) -> dict[str, int]:
    """How many lines each invocation has; each tells itself whose it is, in a message too long for one atomic write."""
    counts: dict[str, int] = {}
    for message in messages:
        line = json.loads(message)
        assert line["message"] == f"{line['requestId']} {'x' * 5000}"
        assert line["tenantId"] == "tenant of " + line["requestId"]
        counts[line["requestId"]] = counts.get(line["requestId"], 0) + 1
    return counts


def test_threads_have_their_own_request_in_each_line(pipe: Pipe) -> None:
    together = threading.Barrier(COPIES)

    def invoke(request_id: str) -> None:
        enter_invocation(invocation(request_id, "tenant of " + request_id), alone=False)
        for _ in range(LINES):
            together.wait()
            logging.getLogger("app").error("%s %s", request_id, "x" * 5000)

    with installed(pipe, JSON, concurrent=True):
        threads = [threading.Thread(target=invoke, args=(f"r-{n}",)) for n in range(COPIES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert own_lines(pipe.messages()) == {f"r-{n}": LINES for n in range(COPIES)}


def test_tasks_have_their_own_request_in_each_line(pipe: Pipe) -> None:
    async def invoke(request_id: str, together: asyncio.Barrier) -> None:
        enter_invocation(invocation(request_id, "tenant of " + request_id), alone=False)
        for number in range(LINES):
            await together.wait()
            arguments = ("%s %s", request_id, "x" * 5000)
            if number % 10:
                logging.getLogger("app").error(*arguments)
            else:
                await asyncio.to_thread(logging.getLogger("app").error, *arguments)

    async def main() -> None:
        together = asyncio.Barrier(COPIES)
        await asyncio.gather(*(invoke(f"r-{n}", together) for n in range(COPIES)))

    with installed(pipe, JSON, concurrent=True):
        asyncio.run(main())
    assert own_lines(pipe.messages()) == {f"r-{n}": LINES for n in range(COPIES)}


def test_uncaught_errors_do_not_break_into_records(pipe: Pipe) -> None:
    error = caught(lambda: fail("x" * 5000))

    def invoke() -> None:
        for _ in range(LINES):
            log_uncaught(error, "r-1")
            logging.getLogger("app").error("x" * 5000)

    with installed(pipe, JSON, concurrent=True):
        threads = [threading.Thread(target=invoke) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([json.loads(message) for message in pipe.messages()]) == 4 * LINES * 2


# Access lines


@pytest.mark.parametrize(
    ("level", "emitted"), [("", True), ("DEBUG", True), ("INFO", True), ("WARN", False), ("ERROR", False)]
)
@formats
def test_an_access_line(pipe: Pipe, log_format: str, level: str, emitted: bool) -> None:
    with installed(pipe, {FORMAT: log_format, LEVEL: level}):
        enter_invocation(invocation("r-1"), alone=False)
        access("GET", "/path", 200, 123, 4.5123)
    messages = pipe.messages()
    assert len(messages) == emitted
    for message in messages:
        if log_format == "JSON":
            assert json.loads(message) | {"timestamp": ""} == {
                "timestamp": "",
                "level": "INFO",
                "message": "GET /path 200 123 B 4.5 ms",
                "logger": "lambda_http_adapter.access",
                "requestId": "r-1",
                "method": "GET",
                "path": "/path",
                "status": 200,
                "size": 123,
                "milliseconds": 4.5,
            }
        else:
            assert re.fullmatch(r"\[INFO\]\t[0-9T:.-]+Z\tr-1\tGET /path 200 123 B 4\.5 ms\n", message)


@pytest.mark.parametrize("path", ["/a\n[ERROR]\tforged", "/a\rforged", "/a\u2028b", "/a\x1b[2J"])
def test_a_path_can_not_forge_a_record(pipe: Pipe, path: str) -> None:
    with installed(pipe, {}):
        access("GET", path, 200, 1, 1)
    (message,) = pipe.messages()
    line = message.removesuffix("\n").split("\t", 3)[3]
    assert line.isprintable()
    assert line == f"GET {path.encode('unicode_escape').decode()} 200 1 B 1.0 ms"


# What it costs


def test_nothing_more_is_loaded(tmp_path: Path) -> None:
    program = (
        "import contextvars, json, logging, os, sys, time\n"
        "from lambda_http_adapter import _config, errors\n"
        "before = {*sys.modules}\n"
        "from lambda_http_adapter.runtime._logging import install\n"
        "install(os.environ, False); logging.error('x'); logging.error({'x': 1})\n"
        "print(*sorted({*sys.modules} - before), file=sys.stderr)"
    )
    environment = {name: value for name, value in inherited_environment().items() if not name.startswith("COVERAGE_")}
    with Process(python(code=program), environment | JSON, tmp_path) as process:
        assert process.wait() == 0
        modules = process.stderr.split()
    assert "lambda_http_adapter.runtime._log_sink" in modules
    assert [module for module in modules if not module.startswith("lambda_http_adapter.")] == []
    assert "lambda_http_adapter.runtime._failure" not in modules
