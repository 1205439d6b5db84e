"""An app whose time is over: answered first, cancelled then, whatever state it is in."""

import asyncio

import pytest

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._apps.deadline_async import Deadline
from lambda_http_adapter._types import Receive, Scope, Send
from lambda_http_adapter._values.config import Config
from tests.support.asgi_recorder import run
from tests.support.invocation import CONTEXT, EVENT
from tests.support.response_recorder import (
    END,
    OK,
    PARTED,
    WHOLE,
    AsyncResponseRecorder,
    Failed,
    Head,
    Part,
    ResponseRecorder,
)

LATE: list[Part] = [
    Head(504, [(b"content-type", b"text/plain; charset=utf-8")]),
    b"Gateway Timeout",
    END,
]
EXPIRED = "The app was cancelled: the invocation's deadline is near"
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
# CONTEXT's own deadline is long over.
CONFIG = Config(lifespan="off", deadline_margin_ms=0)


def test_the_client_does_not_wait_for_a_thread_that_cannot_be_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder()
    seen: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        thread = asyncio.ensure_future(asyncio.to_thread(recorder.ended.wait, 20))
        try:
            await asyncio.shield(thread)
        except asyncio.CancelledError:
            seen.append(await thread)  # as Django does for a synchronous view
            raise

    run(app, recorder, config=CONFIG)
    assert recorder.parts == LATE
    assert seen == [True]
    assert caplog.messages == [EXPIRED]


def test_a_body_that_has_begun_ends_once_the_app_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder(streams=True)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        try:
            await asyncio.Event().wait()
        finally:
            recorder.parts.append("cancelled")

    run(app, recorder, config=CONFIG)
    assert recorder.parts == [*PARTED, "cancelled", Failed("AppError")]
    assert caplog.messages == [EXPIRED]


def test_a_head_that_is_being_sent_is_not_answered_over() -> None:
    recorder = ResponseRecorder()

    async def write_slowly() -> None:
        if recorder.parts == [OK]:
            try:
                await asyncio.Event().wait()
            finally:
                recorder.parts.append("cancelled")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"part", "more_body": True})

    run(app, recorder, config=CONFIG, reply=AsyncResponseRecorder(recorder, after_head=write_slowly))
    assert recorder.parts == [OK, "cancelled", *LATE]


def test_what_an_app_raises_instead_of_its_cancellation_only_follows_from_it(caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ValueError("late") from None

    run(app, recorder, config=CONFIG)
    assert recorder.parts == LATE
    assert caplog.messages == [EXPIRED]


def test_an_answer_that_was_given_stands(caplog: pytest.LogCaptureFixture) -> None:
    recorder = ResponseRecorder()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"rest"})
        await asyncio.Event().wait()

    run(app, recorder, config=CONFIG)
    assert recorder.parts == WHOLE
    assert caplog.messages == []


def test_an_app_that_ends_while_it_is_answered_for_is_not_cancelled() -> None:
    async def write_slowly() -> None:
        await asyncio.sleep(0)
        late.set()
        await asyncio.sleep(0)

    late = asyncio.Event()
    recorder = ResponseRecorder()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await late.wait()

    async def invoke() -> None:
        await ASGIFunction(app, CONFIG)(EVENT, CONTEXT, AsyncResponseRecorder(recorder, after_head=write_slowly))
        await asyncio.sleep(0)  # a cancellation left behind would come out here
        recorder.parts.append(OK)

    asyncio.run(invoke())
    assert recorder.parts == [*LATE, OK]


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_cancellation_from_elsewhere_passes(seconds: float) -> None:
    async def wait(inside: asyncio.Event) -> None:
        async def expire() -> None:
            inside.set()
            await asyncio.Event().wait()

        async with Deadline(seconds, expire):
            inside.set()
            await asyncio.Event().wait()

    async def main() -> None:
        inside = asyncio.Event()
        task = asyncio.create_task(wait(inside))
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
