"""The app's startup and shutdown, once around all of its requests."""

import asyncio
import logging
from typing import Literal

import pytest

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._types import Message, Receive, Scope, Send, SingleCallable
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import LifespanError
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import AsyncResponseRecorder, ResponseRecorder
from tests.support.small_apps import hello, plays

Setting = Literal["auto", "on", "off"]

STARTED: Message = {"type": "lifespan.startup.complete"}
STOPPED: Message = {"type": "lifespan.shutdown.complete"}
LOGGER = "lambda_http_adapter"


class Recorder:
    """Answers each message of the lifespan with the next of ``answers``; an exception is raised."""

    def __init__(self, *answers: Message | Exception) -> None:
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
            if isinstance(answer, Exception):
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


@pytest.mark.parametrize(
    "app", [hello, plays(), Recorder(ValueError("no lifespan here"))], ids=["raises", "returns", "fails"]
)
def test_auto_is_quiet_about_an_app_without_lifespan(app: SingleCallable, caplog: pytest.LogCaptureFixture) -> None:
    live(app, "auto")
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("app", "cause"), [(hello, "ValueError('lifespan')"), (plays(), "None")], ids=["raises", "returns"]
)
def test_on_asks_for_a_lifespan(app: SingleCallable, cause: str) -> None:
    with pytest.raises(LifespanError, match=r'^The app has no lifespan, and lifespan="on" asks for one$') as raised:
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
        (OSError("disk full"), "The app's shutdown failed: disk full"),
    ],
    ids=["says-so", "raises"],
)
def test_a_failed_shutdown_is_logged(
    answer: Message | Exception, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    live(Recorder(STARTED, answer))
    assert caplog.record_tuples == [(LOGGER, logging.ERROR, sentence)]


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
    assert caplog.messages == ["The app's shutdown failed: it awaited something cancelled"]
    caplog.clear()

    async def cancelled(scope: Scope, receive: Receive, send: Send) -> None:
        raise asyncio.CancelledError

    with pytest.raises(LifespanError, match="The app has no lifespan"):
        live(cancelled, "on")
