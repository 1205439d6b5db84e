"""An ASGI app that ends badly: what the client gets, and what the log says."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

import pytest

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._types import Environ, Message, Receive, Scope, Send, SingleCallable, StartResponse
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter.errors import ProtocolError
from tests.support import asgi_recorder, wsgi_recorder
from tests.support.asgi_recorder import run, serve
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import ERROR, PARTED, WHOLE, AsyncResponseRecorder, Failed, Part, ResponseRecorder
from tests.support.small_apps import PART, REST, START, plays

BOOM = ValueError("boom")
STR_HEADER: Message = {"type": "http.response.start", "status": 200, "headers": [("content-type", "text/plain")]}
INT_HEADER: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", 5)]}
STR_STATUS: Message = {"type": "http.response.start", "status": "200", "headers": []}
STR_BODY: Message = {"type": "http.response.body", "body": "rest"}

NOT_STARTED = "The ASGI app returned without starting a response"
NOT_COMPLETED = "The ASGI app returned without completing its response"
RAISED_EARLY = "Exception in ASGI application before its response started"
RAISED_AMID = "Exception in ASGI application before its response was complete"
RAISED_LATE = "Exception in ASGI application after its response was complete"


# How the app ends; the answer where no byte of it was out, and where some were; the log's sentence and its exception.
BAD_ENDINGS: list[tuple[str, SingleCallable, list[Part], list[Part], str, type[Exception] | None]] = [
    ("raises at once", plays(BOOM), ERROR, ERROR, RAISED_EARLY, ValueError),
    ("raises after the head", plays(START, BOOM), ERROR, ERROR, RAISED_AMID, ValueError),
    (
        "raises amid the body",
        plays(START, PART, BOOM),
        [*PARTED, *ERROR],
        [*PARTED, Failed("ValueError")],
        RAISED_AMID,
        ValueError,
    ),
    ("raises after the end", plays(START, REST, BOOM), WHOLE, WHOLE, RAISED_LATE, ValueError),
    ("returns at once", plays(), ERROR, ERROR, NOT_STARTED, None),
    ("returns after the head", plays(START), ERROR, ERROR, NOT_COMPLETED, None),
    (
        "returns amid the body",
        plays(START, PART),
        [*PARTED, *ERROR],
        [*PARTED, Failed("ProtocolError")],
        NOT_COMPLETED,
        None,
    ),
    ("sends an unknown message first", plays({"type": "http.push"}), ERROR, ERROR, RAISED_EARLY, Exception),
    ("sends a body first", plays(REST), ERROR, ERROR, RAISED_EARLY, Exception),
    (
        "starts twice",
        plays(START, PART, START),
        [*PARTED, *ERROR],
        [*PARTED, Failed("ProtocolError")],
        RAISED_AMID,
        Exception,
    ),
    ("sends after the end", plays(START, REST, REST), WHOLE, WHOLE, RAISED_LATE, Exception),
    ("has str headers", plays(STR_HEADER, REST), ERROR, ERROR, RAISED_EARLY, Exception),
    ("has an int header", plays(INT_HEADER, REST), ERROR, ERROR, RAISED_EARLY, Exception),
    ("has a str status", plays(STR_STATUS, REST), ERROR, ERROR, RAISED_EARLY, Exception),
    ("has a str body", plays(START, STR_BODY), ERROR, ERROR, RAISED_AMID, Exception),
]


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("app", "unbegun", "begun", "sentence", "error"), [row[1:] for row in BAD_ENDINGS], ids=[r[0] for r in BAD_ENDINGS]
)
def test_bad_endings(
    app: SingleCallable,
    unbegun: list[Part],
    begun: list[Part],
    sentence: str,
    error: type[Exception] | None,
    streams: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert serve(app, streams=streams) == (begun if streams else unbegun)
    (record,) = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("lambda_http_adapter", logging.ERROR, sentence)
    raised = record.exc_info[0] if record.exc_info else None
    assert issubclass(raised, error) if raised and error else raised is error


# The messages of one app, and what it is told about the last one.
REFUSED: list[tuple[list[Message], str]] = [
    ([REST], "Expected 'http.response.start' in state REQUEST, got 'http.response.body'."),
    ([{"type": "http.push"}], "Expected 'http.response.start' in state REQUEST, got 'http.push'."),
    ([START, START], "Expected 'http.response.body' in state RESPONSE, got 'http.response.start'."),
    ([START, REST, REST], "Expected no message in state COMPLETE, got 'http.response.body'."),
    ([START, REST, START], "Expected no message in state COMPLETE, got 'http.response.start'."),
    ([STR_STATUS], "Expected an int as status of 'http.response.start', got '200'."),
    ([{"type": "http.response.start"}], "Expected an int as status of 'http.response.start', got None."),
]


@pytest.mark.parametrize(("messages", "sentence"), REFUSED, ids=[row[1] for row in REFUSED])
def test_refused_messages(messages: list[Message], sentence: str, caplog: pytest.LogCaptureFixture) -> None:
    serve(plays(*messages))
    (record,) = caplog.records
    assert record.exc_info is not None
    assert f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}" == f"ProtocolError: {sentence}"


def test_a_refused_message_changes_nothing() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        for message in (START, STR_STATUS):
            with pytest.raises(ProtocolError):
                await send(message)
        await send(REST)

    assert serve(app) == WHOLE


@pytest.mark.parametrize("messages", [[], [START], [START, PART], [START, REST]])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_loop_is_not_answered(
    messages: list[Message], error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    recorder = ResponseRecorder()
    with pytest.raises(error):
        run(plays(*messages, error()), recorder)
    assert recorder.parts == {0: [], 1: [], 2: PARTED if PART in messages else WHOLE}[len(messages)]
    assert caplog.messages == []


@pytest.mark.parametrize("messages", [[], [START], [START, PART]])
def test_a_cancellation_is_not_answered(messages: list[Message], caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    with pytest.raises(asyncio.CancelledError):
        run(app, recorder)
    assert recorder.parts == (PARTED if PART in messages else [])
    assert caplog.messages == []


def test_who_awaits_what_was_cancelled_has_failed_like_any_other(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody has cancelled the invocation, and its client waits."""
    assert serve(plays(asyncio.CancelledError())) == ERROR
    assert caplog.messages == ["Exception in ASGI application before its response started"]
    assert caplog.records[0].exc_info is not None
    assert str(caplog.records[0].exc_info[1]) == "The app ended with CancelledError()"


@pytest.mark.parametrize("ending", [[], [BOOM], [START, PART, BOOM]])
def test_whoever_waits_for_the_client_is_let_go_when_the_app_ends_badly(ending: list[Message | BaseException]) -> None:
    waiters: list[asyncio.Future[Message]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        waiters.append(asyncio.ensure_future(receive()))
        await asyncio.sleep(0)  # now it waits
        await plays(*ending)(scope, receive, send)

    async def invoke() -> Message:
        await ASGIFunction(app, Config(lifespan="off"))(EVENT, CONTEXT, AsyncResponseRecorder(ResponseRecorder()))
        return await waiters[0]

    assert asyncio.run(invoke()) == {"type": "http.disconnect"}


def test_an_app_that_goes_on_sending_to_nobody_lets_the_loop_go_on() -> None:
    happened: list[str] = []
    raised: set[str] = set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        asyncio.get_running_loop().call_soon(happened.append, "another task ran")
        for _ in range(3):
            try:
                await send(PART)
            except OSError as error:
                raised.add(str(error))
        happened.append("the app returned")

    recorder = ResponseRecorder(streams=True, gone_after=0)
    run(app, recorder)
    assert happened == ["another task ran", "the app returned"]
    assert raised == {"", "The Runtime API ended the response"}  # the recorder's own, first
    assert recorder.parts == PARTED[:1]


class LosesItsConnection(ResponseRecorder):
    """The connection is lost with the first part, and the reply has noticed it if it is `gone` then."""

    def __init__(self, *, notices: bool) -> None:
        super().__init__()
        self._notices = notices

    def send(self, *parts: object) -> None:
        self.gone = self._notices
        raise ConnectionResetError("by the platform")


# The first send of a failed app is the error's own page.
@pytest.mark.parametrize("run", [asgi_recorder.run, wsgi_recorder.run], ids=["ASGI", "WSGI"])
def test_a_connection_that_is_lost_with_the_error_page_is_the_loops_to_report(
    run: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    run(plays(BOOM) if run is asgi_recorder.run else raises, LosesItsConnection(notices=True))
    assert len(caplog.records) == 1  # the app's error


@pytest.mark.parametrize("run", [asgi_recorder.run, wsgi_recorder.run], ids=["ASGI", "WSGI"])
def test_an_error_of_another_connection_is_not_taken_for_that(run: Callable[..., None]) -> None:
    with pytest.raises(ConnectionResetError):
        run(plays(BOOM) if run is asgi_recorder.run else raises, LosesItsConnection(notices=False))


def raises(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    raise BOOM


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"type": "http.response.pathsend", "path": 5}, "Expected a path in 'http.response.pathsend', got 5."),
        (
            {"type": "http.response.zerocopysend", "file": "f"},
            "Expected an open file in 'http.response.zerocopysend', got 'f'.",
        ),
    ],
)
def test_a_file_that_is_none(message: Message, sentence: str, caplog: pytest.LogCaptureFixture) -> None:
    assert serve(plays(START, message)) == ERROR
    assert caplog.records[0].exc_info is not None
    assert str(caplog.records[0].exc_info[1]) == sentence


def test_a_body_of_another_type_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert serve(plays(START, STR_BODY)) == ERROR
    assert caplog.records[0].exc_info is not None
    told = str(caplog.records[0].exc_info[1])
    assert told == "Expected bytes in the body of 'http.response.body', got str."


def test_an_end_that_can_not_be_sent_is_raised_in_the_app(caplog: pytest.LogCaptureFixture) -> None:
    run(plays(START, REST), LosesItsConnection(notices=False))
    assert caplog.messages == [RAISED_LATE]


def test_what_no_front_door_has_a_place_for_is_ignored(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lambda_http_adapter")
    assert serve(plays(START, {"type": "http.response.early_hint", "links": []}, REST)) == WHOLE
    assert caplog.messages == ["Ignored 'http.response.early_hint': no front door of Lambda has a place for it"]


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["method"] == "POST"
    await plays(START, REST)(scope, receive, send)


def test_without_a_context_there_is_no_deadline() -> None:
    recorder = ResponseRecorder()
    function = ASGIFunction(answers, Config(lifespan="off", deadline_margin_ms=1000))
    asyncio.run(function(EVENT, None, AsyncResponseRecorder(recorder)))
    assert recorder.parts == WHOLE


def test_an_app_that_is_in_time_answers(caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder()
    function = ASGIFunction(answers, Config(lifespan="off", deadline_margin_ms=1000))
    context = LambdaContext("r-1", int(time.time() * 1000) + 3_600_000, "arn")
    asyncio.run(function(EVENT, context, AsyncResponseRecorder(recorder)))
    assert recorder.parts == WHOLE
    assert caplog.messages == []
