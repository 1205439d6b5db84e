"""A function's log records as a person reads them: written by the runtime's handler in each format, then read."""

import json
import logging
from collections.abc import Callable

import pytest

from lambda_http_adapter._emulator.dev.records import ShownRecord, shown_record
from lambda_http_adapter._emulator.dev.tracebacks import read_stacks
from lambda_http_adapter._emulator.sandbox.telemetry import FrameReader, LogRecord
from lambda_http_adapter._runtime.logs import log_uncaught
from lambda_http_adapter._values.context import enter_invocation
from tests.support.lambda_log import LEVEL, Pipe, caught, fail, formats, installed, invocation

RUNNING = ["r-1"]


def shown(pipe: Pipe, running: list[str]) -> list[ShownRecord]:
    pipe.close()
    return [shown_record(record, running) for record in FrameReader().feed(pipe.data)]


def written(log_format: str, log: Callable[[logging.Logger], object], running: list[str] = RUNNING) -> ShownRecord:
    enter_invocation(None, alone=True)  # a loop in this process may have left its last one
    pipe = Pipe()
    try:
        with installed(pipe, {"AWS_LAMBDA_LOG_FORMAT": log_format, LEVEL: "DEBUG"}) as logger:
            log(logger)
    finally:
        pipe.close()
    (record,) = shown(pipe, running)
    return record


@formats
@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_a_line(log_format: str, level: str) -> None:
    record = written(log_format, lambda logger: logger.log(logging.getLevelName(level), "two\nlines"))
    assert record == ShownRecord(level, "two\nlines", "", "r-1")


@formats
def test_the_request_that_it_says_comes_before_the_one_that_runs(log_format: str) -> None:
    def log(logger: logging.Logger) -> None:
        enter_invocation(invocation("r-2"), alone=False)
        logger.error("no luck")

    assert written(log_format, log) == ShownRecord("ERROR", "no luck", "", "r-2")


@formats
@pytest.mark.parametrize("running", [[], ["r-1", "r-2"]])
def test_without_a_request_or_with_two_it_belongs_to_none(log_format: str, running: list[str]) -> None:
    assert written(log_format, lambda logger: logger.error("no luck"), running).request_id == ""


@formats
@pytest.mark.parametrize("message", ["division by zero", "a message\nof two lines", ""])
def test_an_exception_that_was_logged(log_format: str, message: str) -> None:
    error = caught(lambda: fail(message))
    record = written(log_format, lambda logger: logger.error("It failed", exc_info=error))
    assert (record.level, record.message) == ("ERROR", "It failed")
    assert error_and_functions(record) == (f"OwnError: {message}".removesuffix(": "), ["caught", "<lambda>", "fail"])


def test_a_group_that_was_logged() -> None:
    def raise_group() -> None:
        raise ExceptionGroup("several", [ValueError("x")])

    group = caught(raise_group)
    record = written("Text", lambda logger: logger.error("It failed", exc_info=group))
    assert record.message == "It failed"
    assert record.trace.startswith("  + Exception Group Traceback (most recent call last):\n")
    assert "\n  | ExceptionGroup: several (1 sub-exception)\n" in record.trace


@formats
def test_an_exception_that_ended_an_invocation(log_format: str) -> None:
    record = written(log_format, lambda _: log_uncaught(caught(), "r-1"))
    assert record[:2] == ("ERROR", "Uncaught exception")
    assert record.request_id == "r-1"
    assert error_and_functions(record) == ("OwnError: division by zero", ["caught", "fail"])
    assert "\u00a0" not in record.trace


def error_and_functions(record: ShownRecord) -> tuple[str, list[str]]:
    stacks = read_stacks(record.trace)
    assert stacks is not None
    (stack,) = stacks
    error = stack.error.rpartition("tests.support.lambda_log.")[2]
    return error, [frame.function for frame in stack.frames]


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (lambda logger: logger.error("paid", extra={"order": 7, "city": "Köln"}), 'paid {"order": 7, "city": "Köln"}'),
        (lambda logger: logger.error({"order": 7}), '{"order": 7}'),
    ],
    ids=["extra", "dict"],
)
def test_fields_of_json(log: Callable[[logging.Logger], object], message: str) -> None:
    assert written("JSON", log).message == message


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (LogRecord("made up {r-1}\n", "INFO"), ShownRecord("INFO", "made up {r-1}", "", "r-1")),
        (LogRecord("no level"), ShownRecord("", "no level", "", "")),
        (LogRecord('{"level": "INFO", "mess', as_json=True), ShownRecord("", '{"level": "INFO", "mess', "", "")),
        (LogRecord("[1, 2]", as_json=True), ShownRecord("", "[1, 2]", "", "")),
        (LogRecord("[" * 20_000, as_json=True), ShownRecord("", "[" * 20_000, "", "")),
        (LogRecord('{"errorType": "KeyError"}', as_json=True), ShownRecord("", "KeyError", "", "")),
        (
            LogRecord("[ERROR]\t2026-01-31T00:00:00.000Z\tr-2\thalf of", complete=False),
            ShownRecord("ERROR", "half of … (the process ended in mid-record)", "", "r-2"),
        ),
        (LogRecord("", complete=False), ShownRecord("", "… (the process ended in mid-record)", "", "")),
    ],
    ids=["another format", "no level", "half a JSON", "no object", "deep", "no message", "half a record", "nothing"],
)
def test_other_texts(record: LogRecord, expected: ShownRecord) -> None:
    assert shown_record(record, ["r-1", "r-2"]) == expected


def test_the_id_of_a_running_request_in_json_fields_of_the_apps_own() -> None:
    text = json.dumps({"message": "x", "request": "r-2"})
    assert shown_record(LogRecord(text, as_json=True), ["r-1", "r-2"]).request_id == "r-2"
