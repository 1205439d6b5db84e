"""A WSGI app that ends badly: what the client gets, and what the log says."""

import asyncio
import logging
import sys
from collections.abc import Iterable, Iterator
from typing import cast
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.lint import LintMiddleware

from lambda_http_adapter import wsgi_handler
from lambda_http_adapter._apps import Interruption
from lambda_http_adapter._types import Environ, Message, StartResponse, WSGIApp
from lambda_http_adapter.errors import ProtocolError
from tests.support.asgi_recorder import serve
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import END, ERROR, PARTED, WHOLE, Failed, Head, Part, ResponseRecorder
from tests.support.small_apps import plays
from tests.support.wsgi_recorder import Guard, guarded, run

TEXT = [("content-type", "text/plain")]
START = ("200 OK", TEXT)
BOOM = ValueError("boom")
CLOSE: Part = "closed"

NO_START = "The WSGI app returned without calling start_response."
RAISED_EARLY = "Exception in WSGI application before its response started"
RAISED_LATE = "Exception in WSGI application before its response was complete"
CLOSE_RAISED = "Exception in WSGI application in close(), after its response was complete"


class App:
    """Takes its steps: a tuple starts the response, an exception is raised, anything else is a chunk.

    All steps are taken while the result is iterated, as in a generator, but for those of ``call``.
    """

    def __init__(self, *steps: object, call: tuple[object, ...] = (), close: BaseException | None = None) -> None:
        self._steps = steps
        self._call = call
        self._close = close
        self.parts: list[Part] = []

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        self._start_response = start_response
        list(self._take(self._call))
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self._take(self._steps)

    def _take(self, steps: tuple[object, ...]) -> Iterator[bytes]:
        for step in steps:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, tuple):
                self._start_response(*step)
            else:
                yield cast("bytes", step)

    def close(self) -> None:
        self.parts.append(CLOSE)
        if self._close is not None:
            raise self._close


def unguarded(app: WSGIApp) -> WSGIApp:
    return app


def answer(app: App, streams: bool = False, guard: Guard = unguarded) -> list[Part]:
    """What became of the answer, and where in between the app was closed."""
    recorder = ResponseRecorder(streams=streams)
    app.parts = recorder.parts
    run(guard(app), recorder)
    return recorder.parts


FAILED: list[Part] = [*PARTED, Failed("ValueError")]
REFUSED: list[Part] = [*PARTED, Failed("ProtocolError")]
BROKEN: list[Part] = [*PARTED, *ERROR]

# How the app ends; the answer where no byte of it was out, and where some were; whether there was something to close;
# the log's sentence and its exception.
BAD_ENDINGS: list[tuple[str, App, list[Part], list[Part], bool, str, type[Exception] | None]] = [
    ("raises when called", App(call=(BOOM,)), ERROR, ERROR, False, RAISED_EARLY, ValueError),
    ("raises when called and started", App(call=(START, BOOM)), ERROR, ERROR, False, RAISED_EARLY, ValueError),
    ("raises at once", App(BOOM), ERROR, ERROR, True, RAISED_EARLY, ValueError),
    ("raises after its start", App(START, BOOM), ERROR, ERROR, True, RAISED_EARLY, ValueError),
    ("raises after an empty chunk", App(START, b"", BOOM), ERROR, ERROR, True, RAISED_EARLY, ValueError),
    ("raises amid the body", App(START, b"part", BOOM), BROKEN, FAILED, True, RAISED_LATE, ValueError),
    ("raises in close()", App(START, b"rest", close=BOOM), WHOLE, WHOLE, True, CLOSE_RAISED, ValueError),
    ("returns without a start", App(), ERROR, ERROR, True, NO_START, None),
    ("returns empty chunks without a start", App(b"", b""), ERROR, ERROR, True, NO_START, None),
    ("has a chunk before its start", App(b"part", START), ERROR, ERROR, True, NO_START, None),
    ("starts twice", App(START, START, b"rest"), ERROR, ERROR, True, RAISED_EARLY, ProtocolError),
    ("starts twice, called", App(call=(START, START)), ERROR, ERROR, False, RAISED_EARLY, ProtocolError),
    ("starts amid the body", App(START, b"part", START), BROKEN, REFUSED, True, RAISED_LATE, ProtocolError),
    ("has a str chunk", App(START, "rest"), ERROR, ERROR, True, RAISED_EARLY, ProtocolError),
    ("has a str chunk amid the body", App(START, b"part", "rest"), BROKEN, REFUSED, True, RAISED_LATE, ProtocolError),
    ("has a chunk of None", App(START, None), ERROR, ERROR, True, RAISED_EARLY, ProtocolError),
    ("has a bytearray chunk", App(START, bytearray(b"rest")), ERROR, ERROR, True, RAISED_EARLY, ProtocolError),
]


CASES = [
    pytest.param(guard, *row, id=f"{name}-{guard.__name__}")
    for name, *row in BAD_ENDINGS
    for guard in (unguarded, validator, LintMiddleware)
    if guard is unguarded or row[-1] is ValueError  # where the app breaks a rule, a guard would say so first
]


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(("guard", "app", "unbegun", "begun", "closes", "sentence", "error"), CASES)
def test_bad_endings(
    guard: Guard,
    app: App,
    unbegun: list[Part],
    begun: list[Part],
    closes: bool,
    sentence: str,
    error: type[Exception] | None,
    streams: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert answer(app, streams, guard) == [*(begun if streams else unbegun), *([CLOSE] if closes else [])]
    (record,) = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("lambda_http_adapter", logging.ERROR, sentence)
    assert (record.exc_info[0] if record.exc_info else None) is error


# What no chunk is, given as the whole result.
RESULTS: list[tuple[object, str]] = [
    (None, "TypeError: 'NoneType' object is not iterable"),
    (7, "TypeError: 'int' object is not iterable"),
    ("rest", "ProtocolError: Expected bytes as body of the response, got str."),
    (b"rest", "ProtocolError: Expected bytes as body of the response, got int."),
    ([memoryview(b"rest")], "ProtocolError: Expected bytes as body of the response, got memoryview."),
]


@pytest.mark.parametrize(("result", "problem"), RESULTS)
def test_results_that_are_no_chunks(result: object, problem: str, caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Environ, start_response: StartResponse) -> object:
        start_response("200 OK", TEXT)
        return result

    recorder = ResponseRecorder()
    run(cast("WSGIApp", app), recorder)
    assert recorder.parts == ERROR
    (record,) = caplog.records
    assert record.getMessage() == RAISED_EARLY
    assert record.exc_info is not None
    assert f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}" == problem


# What start_response is called with.
BAD_HEADS: list[tuple[object, object]] = [
    ("", TEXT),
    ("OK", TEXT),
    (" 200 OK", TEXT),
    ("20 OK", TEXT),
    ("2000 OK", TEXT),
    ("2.0 OK", TEXT),
    ("-20 OK", TEXT),
    ("200OK", TEXT),
    ("\uff12\uff10\uff10 OK", TEXT),
    (b"200 OK", TEXT),
    (200, TEXT),
    (None, TEXT),
    ("200 OK", None),
    ("200 OK", {"content-type": "text/plain"}),
    ("200 OK", ["content-type"]),
    ("200 OK", [("x-tag", "1", "2")]),
    ("200 OK", [("x-tag", 1)]),
    ("200 OK", [("x-tag", None)]),
    ("200 OK", [(b"x-tag", b"1")]),
    ("200 OK", [("x-tag", "☕")]),
    ("200 OK", [("☕", "1")]),
]


@pytest.mark.parametrize(("status", "headers"), BAD_HEADS)
def test_bad_heads(status: object, headers: object, caplog: pytest.LogCaptureFixture) -> None:
    assert answer(App((status, headers), b"rest")) == [*ERROR, CLOSE]
    [(logger, level, message)] = caplog.record_tuples
    assert (logger, level) == ("lambda_http_adapter", logging.ERROR)
    assert message.startswith("Expected start_response('200 OK', [(name, value), …]) with latin-1 texts: ")


def test_a_bad_head_does_not_log_the_others(caplog: pytest.LogCaptureFixture) -> None:
    answer(App(("200 OK", [("Set-Cookie", "session=secret"), ("X-Name", "☕")])))
    [message] = caplog.messages
    assert "'\\u2615'" in message
    assert "secret" not in message


def test_the_log_tells_a_lone_bad_chunk_from_a_lost_start(caplog: pytest.LogCaptureFixture) -> None:
    assert answer(App("rest")) == [*ERROR, CLOSE]
    assert caplog.messages == ["Expected bytes as body of the response, got str."]


def test_a_refused_call_changes_nothing() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        with pytest.raises(ProtocolError, match=r"^Expected start_response\("):
            start_response("OK", [])
        start_response("200 OK", TEXT)
        with pytest.raises(ProtocolError, match=r"^Expected no second start_response\(\) without exc_info\.$"):
            start_response("404 Not Found", [])
        with pytest.raises(ProtocolError, match="got bytearray"):
            start_response("200 OK", TEXT, sys.exc_info())(cast("bytes", bytearray(b"rest")))
        yield b"rest"

    recorder = ResponseRecorder()
    run(app, recorder)
    assert recorder.parts == WHOLE


def fail(start_response: StartResponse) -> None:
    """What PEP 3333 has apps do in the middle of anything."""
    try:
        raise BOOM
    except ValueError:
        start_response("500 Oh No", [("content-type", "text/html")], sys.exc_info())


@guarded
def test_an_error_before_the_head_replaces_it(guard: Guard, caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", TEXT)
        fail(start_response)
        return [b"rest"]

    recorder = ResponseRecorder()
    run(guard(app), recorder)
    assert recorder.parts == [Head(500, [(b"content-type", b"text/html")]), b"rest", END]
    assert caplog.messages == []


@guarded
@pytest.mark.parametrize(("streams", "expected"), [(False, BROKEN), (True, FAILED)])
def test_an_error_after_the_head_is_raised_again(
    guard: Guard, streams: bool, expected: list[Part], caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"part"
        fail(start_response)
        yield b"rest"

    recorder = ResponseRecorder(streams=streams)
    run(guard(app), recorder)
    assert recorder.parts == expected
    (record,) = caplog.records
    assert record.getMessage() == RAISED_LATE
    assert record.exc_info is not None
    assert record.exc_info[1] is BOOM


def test_an_error_that_is_none_changes_nothing() -> None:
    """``sys.exc_info()`` outside an ``except``."""

    def app(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", TEXT, (None, None, None))
        yield b"part"
        start_response("500 Oh No", [], (None, None, None))
        yield b"rest"

    recorder = ResponseRecorder()
    run(app, recorder)
    assert recorder.parts == [*PARTED, b"rest", END]


def test_two_errors_are_both_told(caplog: pytest.LogCaptureFixture) -> None:
    assert answer(App(START, b"part", BOOM, close=KeyError("also")), streams=True) == [*FAILED, CLOSE]
    assert caplog.messages == [RAISED_LATE, CLOSE_RAISED]


def test_where_nobody_reads_the_app_is_closed_and_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    app, recorder = App(START, b"part", b"rest"), ResponseRecorder(streams=True, gone_after=0)
    app.parts = recorder.parts
    run(app, recorder)
    assert recorder.parts == [*WHOLE[:1], CLOSE]
    assert caplog.messages == []


def test_the_next_request_is_served() -> None:
    failing = iter([True, False])

    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        if next(failing):
            raise BOOM
        start_response("200 OK", TEXT)
        return [b"rest"]

    handler = wsgi_handler(app)
    answers = [cast("dict[str, object]", handler(EVENT, CONTEXT)) for _ in range(2)]
    assert [answer["statusCode"] for answer in answers] == [500, 200]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("steps", "calls"),
    [([], []), ([START], []), ([START, b"part"], PARTED)],
    ids=["at once", "after the start", "amid the body"],
)
def test_what_ends_the_process_is_not_answered(
    steps: list[object],
    calls: list[Part],
    streams: bool,
    error: type[BaseException],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app, recorder = App(*steps, error()), ResponseRecorder(streams=streams)
    app.parts = recorder.parts
    with pytest.raises(error):
        run(app, recorder)
    assert recorder.parts == [*calls, CLOSE]
    assert caplog.messages == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_process_from_the_call_or_from_close(error: type[BaseException]) -> None:
    for app, calls in ((App(call=(START, error())), []), (App(START, b"rest", close=error()), [*WHOLE, CLOSE])):
        recorder = ResponseRecorder()
        app.parts = recorder.parts
        with pytest.raises(error):
            run(app, recorder)
        assert recorder.parts == calls


# asyncio's CancelledError, out of a view that runs an event loop, is no Exception.
@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit(), BaseException("of its own kind")])
def test_any_exception_of_the_app_is_answered(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    assert answer(App(START, error)) == [*ERROR, CLOSE]
    assert caplog.messages == [RAISED_EARLY]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, Interruption])
def test_what_ends_the_loop_is_not_answered(error: type[BaseException]) -> None:
    app = App(START, error())
    with pytest.raises(error):
        answer(app)
    assert app.parts == [CLOSE]


BAD_HEADERS = [
    ("X-Tag", "1\r\nSet-Cookie: admin=1", "Expected no control character in the value of the header 'X-Tag'."),
    ("Location", "/\n\n<script>", "Expected no control character in the value of the header 'Location'."),
    ("X-Tag", "\0", "Expected no control character in the value of the header 'X-Tag'."),
    ("", "1", "Expected a header name, got b''."),
    ("X Tag", "1", "Expected a header name, got b'X Tag'."),
    ("X-Tag:", "1", "Expected a header name, got b'X-Tag:'."),
    ("X-Tag\r\nX", "1", "Expected a header name, got b'X-Tag\\r\\nX'."),
    ("Prénom", "1", "Expected a header name, got b'Pr\\xe9nom'."),
]


@pytest.mark.parametrize(("name", "value", "message"), BAD_HEADERS)
def test_a_header_that_would_be_more_than_one(
    name: str, value: str, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert answer(App(("200 OK", [(name, value)]), b"rest")) == [*ERROR, CLOSE]
    assert caplog.messages == [message]
    caplog.clear()
    start: Message = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(name.encode("latin-1"), value.encode())],
    }
    assert serve(plays(start, {"type": "http.response.body"})) == ERROR
    [record] = caplog.records
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == message
