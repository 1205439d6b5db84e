"""What becomes of a record, and who may change it."""

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter._apps import Interruption
from lambda_http_adapter._runtime.logs import install, let_app_configure, log_failure, log_uncaught
from lambda_http_adapter._values.context import enter_invocation
from lambda_http_adapter.errors import LifespanError
from tests.support import lambda_log as logs
from tests.support.child_process import Process, inherited_environment, python
from tests.support.lambda_log import (
    FORMAT,
    JSON,
    LEVEL,
    NO_BREAK_SPACE,
    PIPE,
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
from tests.support.odd_exceptions import every_odd_exception


def test_a_record_is_left_as_it_was(pipe: Pipe) -> None:
    with installed(pipe, JSON):
        made = logged(lambda logger: logger.log(25, "x"))
        seen = handle(made)
    assert vars(seen) == vars(made) | {"aws_request_id": "", "tenant_id": None}
    assert json.loads(pipe.messages()[0])["level"] == "INFO"


def test_a_standard_output_that_is_no_file_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook's, for example."""
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    with fresh_logging():
        install({}, managed=False)
        assert sys.stdout is stdout


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


def test_an_app_that_is_imported_may_configure_logging(pipe: Pipe) -> None:
    with installed(pipe, {}):
        root, original = logging.getLogger(), logging.basicConfig
        restore = let_app_configure()
        logging.basicConfig(handlers=[own := logging.NullHandler()], level=logging.INFO)
        logging.basicConfig(level=logging.DEBUG)  # logging's own rule: the first one counts
        restore()
        assert (root.handlers, root.level, logging.basicConfig) == ([own], logging.INFO, original)


def test_an_app_that_configures_nothing_logs_as_lambda_does(pipe: Pipe) -> None:
    with installed(pipe, {}) as logger:
        restore = let_app_configure()
        logging.info("the root logger has a handler")  # it would call basicConfig if there were none
        logger.error("during the import")
        restore()
    assert [message.split("\t")[-1] for message in pipe.messages()] == ["during the import\n"]


def test_an_app_that_adds_a_handler_keeps_both(pipe: Pipe) -> None:
    with installed(pipe, {}) as logger:
        restore = let_app_configure()
        logging.getLogger().addHandler(logging.NullHandler())
        logging.basicConfig(level=logging.DEBUG)
        restore()
        logger.error("to both")
    assert len(pipe.messages()) == 1


CONFIGURES = """
import logging, sys
logging.basicConfig(level=logging.INFO, format="MINE %(message)s", stream=sys.stdout)
logging.getLogger("shop").info("an info line")

async def app(scope, receive, send): ...

if __name__ == "__main__":
    from lambda_http_adapter import run_asgi
    run_asgi(app)
"""


@pytest.mark.parametrize("command", [python("run", "main:app"), [sys.executable, "main.py"]])
def test_a_configuration_at_import_is_the_same_under_run_and_in_a_program(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(CONFIGURES)
    environment = inherited_environment() | {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}  # nobody listens there
    with Process(command, environment, tmp_path) as process:
        assert process.wait() == 1
        assert process.stdout.startswith("MINE an info line\n")


def test_a_report_of_this_package_is_told_by_its_message_alone(pipe: Pipe) -> None:
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


# Uncaught errors


def test_an_uncaught_error_in_text(pipe: Pipe) -> None:
    with installed(pipe, {}):
        log_uncaught(caught(), "r-1")
    ((kind, message),) = pipe.written()
    assert kind == 0xA55A0017
    assert re.sub(r"line \d+", "line N", without_marks(message)).split("\n") == [
        "[ERROR] OwnError: division by zero",
        "Traceback (most recent call last):",
        f'{NO_BREAK_SPACE * 2}File "{logs.__file__}", line N, in caught',
        f"{NO_BREAK_SPACE * 4}function()",
        f'{NO_BREAK_SPACE * 2}File "{logs.__file__}", line N, in fail',
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


# What is logged on behalf of the loop can't end it


@every_odd_exception
@formats
def test_every_exception_is_logged(
    pipe: Pipe, capfd: pytest.CaptureFixture[str], make: Callable[[], Exception], log_format: str
) -> None:
    error = make()
    with installed(pipe, {FORMAT: log_format}) as logger:
        log_uncaught(error, "r-1")
        log_failure(error, "r-1")
        logger.error("an error", exc_info=(type(error), error, None))
    assert len(pipe.messages()) == 3
    assert capfd.readouterr().err == ""


@every_odd_exception
def test_every_exception_can_be_logged_outside_lambda(
    capfd: pytest.CaptureFixture[str], make: Callable[[], Exception]
) -> None:
    error = make()
    with fresh_logging() as root:
        root.addHandler(logging.StreamHandler(io.StringIO()))
        log_uncaught(error, "r-1")
        log_failure(error, "r-1")


class Raises(logging.Handler):
    """Of an app: its filter, its formatter or itself raises."""

    def __init__(self, where: str, error: BaseException) -> None:
        super().__init__()
        self._where = where
        self._error = error

    def fail_in(self, where: str) -> None:
        if where == self._where:
            raise self._error

    def filter(self, record: logging.LogRecord) -> bool:
        self.fail_in("filter")
        return True

    def emit(self, record: logging.LogRecord) -> None:
        self.fail_in("handler")

    def handle(self, record: logging.LogRecord) -> bool:
        self.fail_in("lock")
        return bool(super().handle(record))


every_place = pytest.mark.parametrize("where", ["filter", "handler", "lock"])
every_end = pytest.mark.parametrize("end", [ValueError, RecursionError, SystemExit, KeyboardInterrupt, GeneratorExit])


@every_place
@every_end
def test_a_handler_of_the_app_that_raises_costs_no_invocation(
    pipe: Pipe, capfd: pytest.CaptureFixture[str], where: str, end: type[BaseException]
) -> None:
    """Records of this package's that it would have had are on standard error; the uncaught errors don't pass it."""
    with installed(pipe, {}):
        logging.getLogger().handlers = [Raises(where, end("the app's"))]
        for name in ("lambda_http_adapter", "lambda_http_adapter.access"):
            logging.getLogger(name).error("for the app's handler")
        log_failure(LifespanError("no database"), "r-1")
        log_uncaught(caught(), "r-1")
    assert [message.partition("\n")[0] for message in pipe.messages()] == ["[ERROR] OwnError: division by zero"]
    told = capfd.readouterr().err
    assert told.count('Message: "for the app\'s handler"') == 2
    assert "no database" in told


@every_place
@every_end
def test_outside_lambda_it_costs_none_either(where: str, end: type[BaseException]) -> None:
    with fresh_logging() as root:
        root.addHandler(Raises(where, end("the app's")))
        log_failure(LifespanError("no database"), "r-1")
        log_uncaught(caught(), "r-1")


def test_a_signal_of_the_loop_passes(pipe: Pipe) -> None:
    """SIGTERM may strike while a record is being written."""
    with installed(pipe, {}):
        logging.getLogger().handlers = [Raises("handler", Interruption())]
        with pytest.raises(Interruption):
            log_failure(LifespanError("no database"), "r-1")


def test_a_standard_error_that_is_gone_does_not_reach_the_app(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, text: str) -> None:
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stderr", Gone())
    with installed(pipe, {}) as logger:
        logger.error("%d", "x")
        logger.error("next")
    assert "next" in pipe.messages()[-1]
