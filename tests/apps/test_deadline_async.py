"""An app whose time is over: answered first, cancelled then, whatever state it is in."""

import asyncio
import threading

import pytest

from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._apps.deadline_async import Deadline
from lambda_http_adapter._types import Receive, Scope, Send
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from tests.support.asgi_recorder import CONTEXT, EVENT, OK, PARTED, WHOLE, Call, Collector

LATE: list[Call] = [
    ("start", 504, [(b"content-type", b"text/plain; charset=utf-8")]),
    ("body", b"Gateway Timeout"),
    ("end",),
]
EXPIRED = "The app was cancelled: the invocation's deadline is near"
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
# CONTEXT's own deadline is long over.
CONFIG = Config(lifespan="off", deadline_margin_ms=0)


class Answered(Collector):
    """Sets ``over`` at the end of the answer."""

    def __init__(self, streams: bool = False) -> None:
        super().__init__(streams)
        self.over = threading.Event()

    async def end(self) -> None:
        await super().end()
        self.over.set()


def test_the_client_does_not_wait_for_a_thread_that_cannot_be_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    answer = Answered()
    seen: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        thread = asyncio.ensure_future(asyncio.to_thread(answer.over.wait, 20))
        try:
            await asyncio.shield(thread)
        except asyncio.CancelledError:
            seen.append(await thread)  # as Django does for a synchronous view
            raise

    asyncio.run(ASGIFunction(app, CONFIG)(EVENT, CONTEXT, lambda _: answer))
    assert answer.calls == LATE
    assert seen == [True]
    assert caplog.messages == [EXPIRED]


def test_a_body_that_has_begun_ends_once_the_app_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    collector = Collector(streams=True)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        try:
            await asyncio.Event().wait()
        finally:
            collector.calls.append(("cancelled",))

    asyncio.run(ASGIFunction(app, CONFIG)(EVENT, CONTEXT, lambda _: collector))
    assert collector.calls == [*PARTED, ("cancelled",), ("fail", "AppError")]
    assert caplog.messages == [EXPIRED]


def test_an_answer_that_was_given_stands(caplog: pytest.LogCaptureFixture) -> None:
    collector = Collector()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b"rest"})
        await asyncio.Event().wait()

    asyncio.run(ASGIFunction(app, CONFIG)(EVENT, CONTEXT, lambda _: collector))
    assert collector.calls == WHOLE
    assert caplog.messages == []


def test_an_app_that_ends_while_it_is_answered_for_is_not_cancelled() -> None:
    class Slow(Collector):
        async def start(self, status: int, headers: Headers) -> None:
            await super().start(status, headers)
            await asyncio.sleep(0)
            late.set()
            await asyncio.sleep(0)

    late = asyncio.Event()
    collector = Slow()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await late.wait()

    async def invoke() -> None:
        await ASGIFunction(app, CONFIG)(EVENT, CONTEXT, lambda _: collector)
        await asyncio.sleep(0)  # a cancellation left behind would come out here
        collector.calls.append(OK)

    asyncio.run(invoke())
    assert collector.calls == [*LATE, OK]


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
