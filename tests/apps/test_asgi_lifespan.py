"""The app's startup and shutdown, once around all of its requests."""

import asyncio
import logging
from typing import Literal

import pytest

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._types import Message, Receive, Scope, Send, SingleCallable
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import LifespanError, ProtocolError
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import AsyncResponseRecorder, ResponseRecorder
from tests.support.small_apps import PART, REST, START, hello, plays

Setting = Literal["auto", "on", "off"]

STARTED: Message = {"type": "lifespan.startup.complete"}
STOPPED: Message = {"type": "lifespan.shutdown.complete"}
LOGGER = "lambda_http_adapter"
RAISED = "Exception in 'lifespan' protocol"
NO_LIFESPAN = 'The app has no lifespan, and lifespan="on" requires one'


class OwnError(BaseException):
    pass


# What isn't an Exception: apps raise it by mistake, libraries to unwind.
ENDS = [
    GeneratorExit(),
    KeyboardInterrupt(),
    SystemExit(3),
    BaseExceptionGroup("tasks", [GeneratorExit()]),
    OwnError("its own"),
]
EXPECTED = {
    "STARTING": "'lifespan.startup.complete' or 'lifespan.startup.failed'",
    "RUNNING": "no message",
    "STOPPING": "'lifespan.shutdown.complete' or 'lifespan.shutdown.failed'",
    "ENDED": "no message",
}


def refusal(state: str, kind: str) -> ProtocolError:
    return ProtocolError(f"Expected {EXPECTED[state]} in state {state} of the lifespan, got {kind!r}.")


class Recorder:
    """Answers each message of the lifespan with the next of ``answers``; an exception is raised."""

    def __init__(self, *answers: Message | BaseException) -> None:
        self.events: list[object] = []
        self._answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.events.append("request")
            await hello(scope, receive, send)
            return
        self.events.append(scope.copy() if isinstance(scope, dict) else scope)
        for answer in self._answers:
            self.events.append(await receive())
            if isinstance(answer, BaseException):
                raise answer
            await send(answer)


def live(app: SingleCallable, setting: Setting = "auto", requests: int = 0) -> None:
    """The life of an execution environment."""

    async def environment() -> None:
        function = ASGIFunction(app, Config(lifespan=setting))
        await function.startup()
        for _ in range(requests):
            await function(EVENT, CONTEXT, AsyncResponseRecorder(ResponseRecorder()))
        await function.shutdown()
        await function.shutdown()

    asyncio.run(environment())


@pytest.mark.parametrize("setting", ["auto", "on"])
def test_startup_and_shutdown_once_around_all_requests(setting: Setting, caplog: pytest.LogCaptureFixture) -> None:
    app = Recorder(STARTED, STOPPED)
    live(app, setting, requests=3)
    assert app.events == [
        {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}},
        {"type": "lifespan.startup"},
        "request",
        "request",
        "request",
        {"type": "lifespan.shutdown"},
    ]
    assert caplog.messages == []


@pytest.mark.parametrize("app", [hello, plays()], ids=["raises", "returns"])
def test_auto_is_quiet_about_an_app_without_lifespan(app: SingleCallable, caplog: pytest.LogCaptureFixture) -> None:
    live(app, "auto")
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("app", "cause"),
    [
        (hello, "ValueError('lifespan')"),
        (plays(), "None"),
        (plays(START), repr(refusal("STARTING", "http.response.start"))),
    ],
    ids=["raises", "returns", "doesn't look at the type"],
)
def test_on_asks_for_a_lifespan(app: SingleCallable, cause: str) -> None:
    with pytest.raises(LifespanError, match=r'^The app has no lifespan, and lifespan="on" requires one$') as raised:
        live(app, "on")
    assert repr(raised.value.__cause__) == cause


def test_off_leaves_the_app_alone() -> None:
    app = Recorder(STARTED, STOPPED)
    live(app, "off", requests=1)
    assert app.events == ["request"]


@pytest.mark.parametrize("setting", ["auto", "on"])
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"type": "lifespan.startup.failed", "message": "no database"}, "The app's startup failed: no database"),
        ({"type": "lifespan.startup.failed"}, "The app's startup failed: it gave no message"),
        ({"type": "lifespan.startup.failed", "message": ""}, "The app's startup failed: it gave no message"),
    ],
    ids=["message", "no-message", "empty-message"],
)
def test_a_failed_startup_is_an_error_however_lifespan_is_set(answer: Message, sentence: str, setting: Setting) -> None:
    with pytest.raises(LifespanError) as raised:
        live(Recorder(answer), setting)
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"type": "lifespan.shutdown.failed", "message": "stuck"}, "The app's shutdown failed: stuck"),
        (OSError("disk full"), "The app's shutdown failed: OSError('disk full')"),
        *((end, f"The app's shutdown failed: {end!r}") for end in ENDS),
        (STARTED, f"The app's shutdown failed: {refusal('STOPPING', 'lifespan.startup.complete')!r}"),
        (START, f"The app's shutdown failed: {refusal('STOPPING', 'http.response.start')!r}"),
    ],
)
def test_a_failed_shutdown_is_logged(
    answer: Message | BaseException, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    live(Recorder(STARTED, answer))
    assert caplog.record_tuples == [(LOGGER, logging.ERROR, sentence)]


def test_the_log_has_the_traceback_of_a_shutdown_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    live(Recorder(STARTED, error := OSError("disk full")))
    assert [record.exc_info and record.exc_info[1] for record in caplog.records] == [error]


def test_a_shutdown_without_an_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(STARTED)
        await receive()

    live(app)
    assert caplog.messages == ["The app's shutdown failed: it returned without a response"]


def test_an_app_that_has_returned_is_not_asked_to_shut_down(caplog: pytest.LogCaptureFixture) -> None:
    live(Recorder(STARTED), requests=1)
    assert caplog.messages == []


def test_shutdown_without_startup() -> None:
    app = Recorder(STARTED, STOPPED)
    asyncio.run(ASGIFunction(app, Config()).shutdown())
    assert app.events == []


def test_an_app_that_awaits_what_it_cancelled_has_ended(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.create_task(asyncio.Event().wait())
        await receive()
        await send(STARTED)
        await receive()
        task.cancel()
        await task

    live(app)
    assert caplog.messages == ["The app's shutdown failed: LifespanError('it awaited something cancelled')"]
    caplog.clear()

    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    with pytest.raises(LifespanError, match="The app has no lifespan"):
        live(cancelled, "on")


# Exceptions out of the lifespan


@pytest.mark.parametrize("setting", ["auto", "on"])
@pytest.mark.parametrize("asked", [False, True], ids=["at once", "when it is asked"])
@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_an_app_that_leaves_its_startup_has_failed(
    end: BaseException, asked: bool, setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(LifespanError) as raised:
        live(Recorder(end) if asked else plays(end), setting)
    assert str(raised.value) == f"The app ended its lifespan with {end!r}"
    assert raised.value.__cause__ is end
    assert caplog.messages == [RAISED]
    assert [record.exc_info and record.exc_info[1] for record in caplog.records] == [end]


def test_auto_logs_a_startup_that_raises_and_serves(caplog: pytest.LogCaptureFixture) -> None:
    app = Recorder(error := ConnectionError("no database"))
    live(app, "auto", requests=1)
    assert app.events[-1] == "request"
    assert caplog.record_tuples == [(LOGGER, logging.ERROR, RAISED)]
    assert [record.exc_info and record.exc_info[1] for record in caplog.records] == [error]


def test_on_fails_with_a_startup_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LifespanError, match=r"^The app's startup failed: ConnectionError\('no database'\)$"):
        live(Recorder(ConnectionError("no database")), "on")
    assert caplog.messages == [RAISED]


def test_a_failed_startup_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Starlette says that its startup failed, and raises."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})
        raise ConnectionError("no database")

    with pytest.raises(LifespanError, match="no database"):
        live(app)
    assert caplog.messages == []


@pytest.mark.parametrize("end", [*ENDS, ValueError("a task of the app's")], ids=repr)
def test_what_ends_the_lifespan_between_startup_and_shutdown_is_logged(
    end: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """The requests go on."""
    steps: list[object] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            steps.append("request")
            await asyncio.sleep(0)
            await hello(scope, receive, send)
            return
        await receive()
        await send(STARTED)
        await asyncio.sleep(0)
        raise end

    live(app, requests=3)
    assert steps == ["request"] * 3
    assert caplog.messages == [RAISED]


def test_an_event_loop_that_ends_without_a_shutdown_is_no_error_of_the_app(caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(ASGIFunction(Recorder(STARTED, STOPPED), Config()).startup())
    assert caplog.messages == []


def test_a_start_that_is_given_up_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    happened = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await asyncio.Event().wait()
        finally:
            happened.append("ended")
            await send(STARTED)

    async def environment() -> None:
        function = ASGIFunction(app, Config())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(function.startup(), 0.01)
        await asyncio.sleep(0)
        assert happened == ["ended"]

    asyncio.run(environment())
    assert caplog.messages == []


# The order of the messages


@pytest.mark.parametrize(
    ("messages", "error"),
    [
        ([STOPPED], refusal("STARTING", "lifespan.shutdown.complete")),
        ([{"type": "lifespan.startup.completed"}], refusal("STARTING", "lifespan.startup.completed")),
        ([STARTED, STARTED], refusal("RUNNING", "lifespan.startup.complete")),
        ([STARTED, STOPPED], refusal("RUNNING", "lifespan.shutdown.complete")),
    ],
    ids=["shutdown first", "misspelt", "started twice", "stopped unasked"],
)
def test_a_message_of_the_lifespan_out_of_order_is_the_apps_error(
    messages: list[Message], error: ProtocolError, caplog: pytest.LogCaptureFixture
) -> None:
    """Raised in the app, and never taken for an answer to anything else."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        for message in messages:
            await send(message)

    with pytest.raises(LifespanError) as raised:
        live(app, "on")
    assert repr(raised.value.__cause__) == repr(error)
    assert caplog.messages == [RAISED]
    assert [repr(record.exc_info and record.exc_info[1]) for record in caplog.records] == [repr(error)]


def test_a_late_second_startup_does_not_end_the_shutdown(caplog: pytest.LogCaptureFixture) -> None:
    happened = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(STARTED)
        await receive()
        with pytest.raises(ProtocolError):
            await send(STARTED)
        happened.append("flushed")

    live(app)
    assert happened == ["flushed"]
    assert caplog.messages == [f"The app's shutdown failed: {refusal('STOPPING', 'lifespan.startup.complete')!r}"]


@pytest.mark.parametrize("receives", [False, True])
def test_an_app_that_ignores_the_type_is_not_run_by_its_lifespan(
    receives: bool, caplog: pytest.LogCaptureFixture
) -> None:
    refused = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if receives:
            await receive()
        try:
            await send(START)
        except ProtocolError as error:
            refused.append(str(error))
            raise
        await send(PART)
        await send(REST)

    live(app, requests=2)
    assert refused == [str(refusal("STARTING", "http.response.start"))]
    assert caplog.messages == []


@pytest.mark.parametrize("setting", ["auto", "on"])
def test_an_app_that_sends_for_ever_does_not_hold_up_the_start(setting: Setting) -> None:
    sent = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal sent
        while True:
            try:
                await send(PART)
            except Exception:
                sent += 1

    if setting == "on":
        with pytest.raises(LifespanError, match=f"^{NO_LIFESPAN}$"):
            live(app, setting)
    else:
        live(app, setting)
    assert sent <= 3


def test_an_app_that_sends_for_ever_does_not_hold_up_the_end(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(STARTED)
        await receive()
        while True:
            try:
                await send(PART)
            except Exception:
                pass

    live(app)
    assert caplog.messages == [f"The app's shutdown failed: {refusal('STOPPING', 'http.response.body')!r}"]


def test_a_message_of_a_request_in_the_running_lifespan_is_refused_and_nothing_else() -> None:
    refused: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send(STARTED)
        try:
            await send(START)
        except ProtocolError as error:
            refused.append(str(error))
        await receive()
        await send(STOPPED)

    live(app, "on")
    assert refused == [str(refusal("RUNNING", "http.response.start"))]
