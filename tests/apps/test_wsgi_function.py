"""A WSGI app as a Lambda function: what its options and its caller give it, and the deadline that interrupts it."""

import signal
import threading
import time
from collections.abc import Iterable

import pytest

from lambda_http_adapter._apps.wsgi import WSGIFunction, wsgi_function
from lambda_http_adapter._types import Environ, StartResponse, WSGIApp
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import END, PARTED, WHOLE, Failed, Head, Part, ResponseRecorder
from tests.support.wsgi_recorder import run

TEXT = [("content-type", "text/plain")]
EXPIRED = "The app was interrupted: the invocation's deadline is near"
LATE: list[Part] = [Head(504, [(b"content-type", b"text/plain; charset=utf-8")]), b"Gateway Timeout", END]
# CONTEXT's own deadline is long over.
AT_ONCE = Config(deadline_margin_ms=0)


def in_an_hour() -> LambdaContext:
    return LambdaContext("r-1", int(time.time() * 1000) + 3_600_000, "arn")


def environ_of(*flags: bool, config: Config | None = None) -> Environ:
    environs: list[Environ] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environs.append(environ)
        start_response("200 OK", TEXT)
        return [b"rest"]

    recorder = ResponseRecorder()
    wsgi_function(app, config or Config(), *flags)(EVENT, CONTEXT, recorder)
    assert recorder.parts == WHOLE
    (environ,) = environs
    return environ


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ((), (False, False)),
        ((True,), (True, False)),
        ((False, True), (False, True)),
        ((True, True), (True, True)),
    ],
)
def test_an_app_is_told_who_else_calls_it(flags: tuple[bool, ...], told: tuple[bool, bool]) -> None:
    environ = environ_of(*flags)
    assert (environ["wsgi.multithread"], environ["wsgi.multiprocess"]) == told


def test_a_function_is_alone_unless_it_is_said() -> None:
    environs: list[Environ] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environs.append(environ)
        start_response("200 OK", TEXT)
        return [b"rest"]

    WSGIFunction(app, Config())(EVENT, CONTEXT, ResponseRecorder())
    assert (environs[0]["wsgi.multithread"], environs[0]["wsgi.multiprocess"]) == (False, False)


def test_the_context_reaches_the_app() -> None:
    assert environ_of()["aws.context"] is CONTEXT
    assert "serverless.context" not in environ_of()
    assert environ_of(config=Config(rival_keys=True))["serverless.context"] is CONTEXT


def never_ends(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    threading.Event().wait(20)
    raise AssertionError("The app wasn't interrupted.")


def begins(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", TEXT)
    yield b"part"
    signal.raise_signal(signal.SIGALRM)  # now it is due
    raise AssertionError("The app wasn't interrupted.")


@pytest.mark.parametrize(
    ("app", "context", "streams", "parts"),
    [
        (never_ends, CONTEXT, False, LATE),
        (begins, in_an_hour(), False, [*PARTED, *LATE]),
        (begins, in_an_hour(), True, [*PARTED, Failed("AppError")]),
    ],
)
def test_an_app_is_interrupted_at_its_deadline(
    app: WSGIApp, context: LambdaContext, streams: bool, parts: list[Part], caplog: pytest.LogCaptureFixture
) -> None:
    recorder = ResponseRecorder(streams=streams)
    WSGIFunction(app, AT_ONCE)(EVENT, context, recorder)
    assert recorder.parts == parts
    assert caplog.messages == [EXPIRED]
    if streams:
        assert str(recorder.error) == f"{EXPIRED}."


def answers(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    assert environ["REQUEST_METHOD"] == "POST"
    start_response("200 OK", TEXT)
    return [b"rest"]


def test_without_a_context_there_is_no_deadline() -> None:
    recorder = ResponseRecorder()
    WSGIFunction(answers, AT_ONCE)(EVENT, None, recorder)
    assert recorder.parts == WHOLE


def test_another_thread_is_not_interrupted() -> None:
    recorder = ResponseRecorder()
    thread = threading.Thread(target=run, args=(answers, recorder, EVENT, AT_ONCE))
    thread.start()
    thread.join()
    assert recorder.parts == WHOLE


def test_an_app_that_is_in_time_is_not_interrupted(caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder()
    WSGIFunction(answers, AT_ONCE)(EVENT, in_an_hour(), recorder)
    assert recorder.parts == WHOLE
    assert caplog.messages == []
