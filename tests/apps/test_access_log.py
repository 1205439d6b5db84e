"""`access_log`: one line for each request that was answered, however that ended."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from lambda_http_adapter._apps.access_log import access, handled, log_sync
from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._delivery import Failure
from lambda_http_adapter._types import Environ, Message, Receive, Scope, Send, StartResponse, WSGIApp
from lambda_http_adapter._values.config import Config
from tests.support import asgi_recorder, wsgi_recorder
from tests.support.handler_recorder import Serve, colours
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import AsyncResponseRecorder, ResponseRecorder
from tests.support.small_apps import plays

CONFIG = Config(lifespan="off", access_log=True)
START: Message = {"type": "http.response.start", "status": 201, "headers": []}
PART: Message = {"type": "http.response.body", "body": b"part", "more_body": True}
REST: Message = {"type": "http.response.body", "body": b"rest"}
LINE = re.compile(r"POST /capture/space%20value (\d+) (\d+) B \d+\.\d ms")


@pytest.fixture(autouse=True)
def lines_are_wanted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "lambda_http_adapter.access")


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, ...]]:
    """Status and size of each."""
    found = [LINE.fullmatch(record.getMessage()) for record in caplog.records if record.name.endswith(".access")]
    return [match.groups() for match in found if match]


@pytest.mark.parametrize(
    ("steps", "streams", "expected"),
    [
        ([START, PART, REST], False, ("201", "8")),
        ([START, PART, REST], True, ("201", "8")),
        ([], False, ("500", "21")),
        ([START, PART, ValueError()], True, ("201", "4")),
    ],
)
def test_asgi(
    steps: list[Message | BaseException], streams: bool, expected: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    asgi_recorder.run(plays(*steps), ResponseRecorder(streams=streams), config=CONFIG)
    assert lines(caplog) == [expected]


def test_who_waits_for_the_client_still_learns_that_it_has_left() -> None:
    seen: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(START)
        await send(PART)
        seen.append((await receive())["type"])

    recorder = ResponseRecorder(streams=True)
    asgi_recorder.run(app, recorder, config=CONFIG, reply=AsyncResponseRecorder(recorder, leaves=True))
    assert seen == ["http.disconnect"]


def whole(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    start_response("201 Created", [])
    yield b"part"
    yield b"rest"


def early(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    raise ValueError


def late(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    start_response("201 Created", [])
    yield b"part"
    raise ValueError


@pytest.mark.parametrize(
    ("app", "streams", "expected"),
    [
        (whole, False, ("201", "8")),
        (whole, True, ("201", "8")),
        (early, False, ("500", "21")),
        (late, True, ("201", "4")),
    ],
)
def test_wsgi(app: WSGIApp, streams: bool, expected: tuple[str, str], caplog: pytest.LogCaptureFixture) -> None:
    wsgi_recorder.run(app, ResponseRecorder(streams=streams), config=CONFIG)
    assert lines(caplog) == [expected]


def returns(event: object) -> object:
    return {"größe": 1}


def streams(event: object) -> Iterator[bytes]:
    yield b"part"
    yield b"rest"


def breaks(event: object) -> Iterator[bytes]:
    yield b"part"
    raise KeyError("late")


def raises(event: object) -> object:
    raise LookupError


@colours
@pytest.mark.parametrize(
    ("handler", "outcome", "size"),
    [(returns, "ok", 13), (streams, "ok", 8), (breaks, "KeyError", 4), (raises, "LookupError", 0)],
)
def test_a_handler_of_events(
    serve: Serve, handler: Callable[[object], object], outcome: str, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    with suppress(LookupError):
        serve(handler, config=CONFIG)
    (record,) = [record for record in caplog.records if record.name.endswith(".access")]
    assert re.fullmatch(rf"{handler.__name__} {outcome} {size} B \d+\.\d ms", record.getMessage())
    fields = {name: vars(record)[name] for name in ("handler", "outcome", "size")}
    assert fields == {"handler": handler.__name__, "outcome": outcome, "size": size}
    assert isinstance(vars(record)["milliseconds"], float)


@colours
def test_a_handler_is_not_logged_unless_asked_for(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    serve(returns)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("path", "shown"), [("/a%20b", "/a%20b"), ("/%s", "/%s"), ("/a\nb", "/a\\nb"), ("/é\x1b", "/\\xe9\\x1b")]
)
def test_a_line_and_its_fields(path: str, shown: str, caplog: pytest.LogCaptureFixture) -> None:
    access("GET", path, 200, 5, 12.345)
    (record,) = caplog.records
    assert record.getMessage() == f"GET {shown} 200 5 B 12.3 ms"
    fields = {"method": "GET", "path": path, "status": 200, "size": 5, "milliseconds": 12.3}
    assert {name: vars(record)[name] for name in fields} == fields


def test_a_line_of_a_handler_and_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    handled("app.handler", "KeyError", 5, 12.345)
    (record,) = caplog.records
    assert record.getMessage() == "app.handler KeyError 5 B 12.3 ms"
    fields = {"handler": "app.handler", "outcome": "KeyError", "size": 5, "milliseconds": 12.3}
    assert {name: vars(record)[name] for name in fields} == fields


def test_a_response_without_a_head_has_no_status(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = open_exchange(EVENT, CONTEXT, CONFIG, ResponseRecorder()).request
    times = iter([1.0, 1.5])
    with monkeypatch.context() as patched:
        patched.setattr(time, "perf_counter", lambda: next(times))
        log_sync(lambda *parts: None, request)(Failure(ValueError()))
    assert caplog.messages == ["POST /capture/space%20value 0 0 B 500.0 ms"]
