"""What the terminal shows of a stream while it goes on."""

import io
import json

import pytest

from lambda_http_adapter._emulator.dev.history import History, RequestRecord
from lambda_http_adapter._emulator.dev.terminal import TerminalLog, access_line
from lambda_http_adapter._emulator.sandbox.invocation import invocation_error


def told(*, quiet: bool = False, as_json: bool = False) -> list[str]:
    """Three pieces, the second at once, the third a second later."""
    screen = io.StringIO()
    log = TerminalLog(History(), quiet, as_json, screen)
    record = RequestRecord("GET", "/tokens")
    record.begin_response(200, [])
    log.streaming(record)
    for size, seconds in ((1200, 0), (300, 1)):
        record.add_body(b"x" * size)
        record.shown_at -= seconds
        log.streaming(record)
    return screen.getvalue().splitlines()


def test_a_line_a_second() -> None:
    assert [line.partition(" ")[2] for line in told()] == [
        "GET /tokens 200 streams …",
        "GET /tokens 200 streams, 1.5 kB in 2 chunks …",
    ]


def test_json() -> None:
    assert [json.loads(line) for line in told(as_json=True)] == [
        {"type": "stream", "method": "GET", "target": "/tokens", "status": 200, "bytes": size, "chunks": chunks}
        for size, chunks in ((0, 0), (1500, 2))
    ]


def test_cold_and_warm_are_said_of_who_was_served() -> None:
    record = RequestRecord("GET", "/")
    record.request_id = "r-1"
    assert "warm" not in access_line(record)
    record.started = True
    assert "warm" in access_line(record)
    record.init_duration = 0.2
    assert "cold, init 200 ms" in access_line(record)


def test_what_to_do_follows_the_note() -> None:
    record = RequestRecord("GET", "/items")
    record.note = "For others this API sends no event."
    record.advice = "the app is below /live/"
    assert access_line(record).endswith(" · For others this API sends no event: the app is below /live/")


@pytest.mark.parametrize(
    ("error_type", "end"),
    [
        (
            "Sandbox.Timedout",
            "no luck: raise the limit with --timeout SECONDS; for a debugger, --no-timeout disables it",
        ),
        ("Runtime.OutOfMemory", "no luck"),  # the line of the process says it
        ("Function.ValueError", "no luck"),
    ],
)
def test_what_to_do_about_an_error(error_type: str, end: str) -> None:
    record = RequestRecord("GET", "/items")
    record.error = invocation_error(error_type, "no luck\nat all")
    assert access_line(record).endswith(f" · {error_type}: {end}")


def test_a_line_holds_nothing_that_acts_on_the_terminal() -> None:
    record = RequestRecord("GET", "/\x1b[2J\u202eé\udc80")
    record.note = "a\rb\nc"
    line = access_line(record)
    assert "/\\x1b[2J\\u202eé\\udc80" in line
    assert line.endswith("a\\rb\\nc")


def test_quiet() -> None:
    assert told(quiet=True) == []
