"""A WSGI app as a Lambda function: what its options and its caller give it, and the deadline that interrupts it."""

import json
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, cast

import pytest

from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import WSGIFunction, build_environ, wsgi_function
from lambda_http_adapter._types import Environ, StartResponse, WSGIApp
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from tests.support.invocation import CONTEXT, EVENT
from tests.support.paths import EVENTS
from tests.support.response_recorder import END, ERROR, PARTED, WHOLE, Failed, Head, Part, ResponseRecorder
from tests.support.wsgi_recorder import run

TEXT = [("content-type", "text/plain")]
EXPIRED = "The app was interrupted: the invocation's deadline is near"
LATE: list[Part] = [Head(504, [(b"content-type", b"text/plain; charset=utf-8")]), b"Gateway Timeout", END]
# CONTEXT's own deadline is long over.
AT_ONCE = Config(deadline_margin_ms=0)


def in_an_hour() -> LambdaContext:
    return LambdaContext("r-1", int(time.time() * 1000) + 3_600_000, "arn")


def environ_of(*flags: bool, config: Config | None = None, event: object = EVENT) -> Environ:
    environs: list[Environ] = []

    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environs.append(environ)
        start_response("200 OK", TEXT)
        return [b"rest"]

    recorder = ResponseRecorder()
    wsgi_function(app, config or Config(), *flags)(event, CONTEXT, recorder)
    assert recorder.parts[1:] == WHOLE[1:]
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
    assert "serverless.context" not in build_environ(open_exchange(EVENT, CONTEXT, Config(), ResponseRecorder()))
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


def test_an_app_of_another_thread_may_fail() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        raise ValueError("boom")

    recorder = ResponseRecorder()
    thread = threading.Thread(target=run, args=(app, recorder, EVENT, AT_ONCE))
    thread.start()
    thread.join()
    assert recorder.parts == ERROR


def test_what_an_app_raises_instead_of_its_interruption_only_follows_from_it(caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            signal.raise_signal(signal.SIGALRM)
        except BaseException:
            raise ValueError("late") from None
        return []

    recorder = ResponseRecorder()
    WSGIFunction(app, AT_ONCE)(EVENT, in_an_hour(), recorder)
    assert recorder.parts == LATE
    assert caplog.messages == [EXPIRED]


def test_an_app_that_is_in_time_is_not_interrupted(caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder()
    WSGIFunction(answers, AT_ONCE)(EVENT, in_an_hour(), recorder)
    assert recorder.parts == WHOLE
    assert caplog.messages == []


class Struck:
    """Its deadline strikes when it is closed."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self._chunks = chunks

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        return self

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self) -> None:
        signal.raise_signal(signal.SIGALRM)


@pytest.mark.parametrize(("app", "parts"), [(Struck(b"rest"), WHOLE), (Struck(ValueError()), ERROR)])
def test_a_deadline_behind_the_answer_adds_none(app: WSGIApp, parts: list[Part]) -> None:
    recorder = ResponseRecorder()
    WSGIFunction(app, AT_ONCE)(EVENT, in_an_hour(), recorder)
    assert recorder.parts == parts


def test_an_error_without_a_traceback_ends_a_body_that_has_begun() -> None:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", TEXT)
        yield b"part"
        start_response("500 Error", TEXT, cast("Any", (ValueError, ValueError("boom"), None)))
        yield b"rest"

    recorder = ResponseRecorder(streams=True)
    run(app, recorder)
    assert recorder.parts == [*PARTED, Failed("ValueError")]


@pytest.mark.parametrize("name", ["api_gateway_v1/live", "api_gateway_v2/jwt_authorizer", "function_url/plain"])
def test_the_keys_of_rivals(name: str) -> None:
    event = json.loads((EVENTS / f"{name}.json").read_bytes())
    environ = environ_of(config=Config(rival_keys=True), event=event)
    assert {key: value for key, value in environ.items() if key.startswith(("apig_wsgi.", "serverless."))} == {
        "apig_wsgi.context": CONTEXT,
        "apig_wsgi.full_event": event,
        "apig_wsgi.multi_value_headers": name.startswith("api_gateway_v1"),
        "apig_wsgi.request_context": event["requestContext"],
        "serverless.authorizer": event["requestContext"].get("authorizer"),
        "serverless.context": CONTEXT,
        "serverless.event": event,
    }


def test_a_header_with_an_underscore_is_none() -> None:
    event = json.loads(EVENT)
    event["headers"] |= {"my_tag": "2", "x-tag": "1"}
    environ = environ_of(event=event)
    assert "HTTP_MY_TAG" not in environ
    assert "2" not in environ.values()
    assert "" not in environ
    assert environ["HTTP_X_TAG"] == "1"
