"""A handler called many times: from threads, and on the one event loop with the one lifespan that an ASGI app has."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter import LambdaContext, asgi_handler
from lambda_http_adapter._types import ASGIApp, Receive, Scope, Send
from lambda_http_adapter.errors import AppError, ConfigurationError, LifespanError
from tests.runtime.test_managed import (
    EVENT,
    Handler,
    Make,
    Object,
    both_colours,
    event,
    from_asgi,
    from_wsgi,
    mirror,
    status_of,
)
from tests.support.child_process import Process, inherited_environment, python
from tests.support.invocation import CONTEXT
from tests.support.small_apps import START, broken_startup

# Threads


@both_colours
def test_calls_from_many_threads_are_not_mixed_up(make: Make) -> None:
    handler = make(mirror)

    def call(n: int) -> object:
        return cast("Object", handler(event(f"/{n}", f"body {n}"), CONTEXT))["body"]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(call, range(400))) == [f"/{n}: body {n}" for n in range(400)]


def test_wsgi_calls_do_not_wait_for_each_other() -> None:
    meeting = threading.Barrier(8)

    def view(path: str, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
        meeting.wait(timeout=20)
        return mirror(path, body)

    handler = from_wsgi(view)
    with ThreadPoolExecutor(8) as threads:
        assert [status_of(answer) for answer in threads.map(handler, [EVENT] * 8, [CONTEXT] * 8)] == [201] * 8


@both_colours
def test_a_deadline_margin_is_no_obstacle_in_a_thread(make: Make) -> None:
    """Only the main thread can be interrupted by a signal; where nothing interrupts the app, it ends by itself."""
    handler = make(mirror, deadline_margin_ms=100)
    context = LambdaContext("r", int((time.time() + 60) * 1000), "arn:aws:lambda:…:greeter")
    with ThreadPoolExecutor(1) as thread:
        assert status_of(thread.submit(handler, EVENT, context).result()) == 201


# The event loop and the lifespan


class Lifelong:
    """An app that remembers where and when it ran."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.loops: set[asyncio.AbstractEventLoop] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.loops.add(asyncio.get_running_loop())
        self.seen.append(cast("str", scope["type"]))
        if scope["type"] == "lifespan":
            await receive()
            cast("Object", scope["state"])["queue"] = asyncio.Queue[int](maxsize=1)
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        # Belongs to the loop of the startup, and waits.
        queue = cast("asyncio.Queue[int]", cast("Object", scope["state"])["queue"])
        asyncio.get_running_loop().call_soon(queue.put_nowait, 1)
        await queue.get()
        await send(START)
        await send({"type": "http.response.body", "body": b""})


def test_one_loop_and_one_lifespan_for_all_calls() -> None:
    app = Lifelong()
    handler = asgi_handler(app)
    assert app.seen == []
    assert [status_of(handler(EVENT, CONTEXT)) for _ in range(3)] == [200] * 3
    with ThreadPoolExecutor(1) as thread:
        assert status_of(thread.submit(handler, EVENT, CONTEXT).result()) == 200
    assert app.seen == ["lifespan", "http", "http", "http", "http"]
    assert len(app.loops) == 1


def test_on_lambda_the_app_starts_with_the_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    app = Lifelong()
    handler = asgi_handler(app)
    assert app.seen == ["lifespan"]
    assert status_of(handler(EVENT, CONTEXT)) == 200
    assert app.seen == ["lifespan", "http"]


@pytest.fixture
def broken() -> Iterator[ASGIApp]:
    """An app whose startup fails; the loop it failed on ends with the test."""
    loops: set[asyncio.AbstractEventLoop] = set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        loops.add(asyncio.get_running_loop())
        await broken_startup(scope, receive, send)

    yield app
    for loop in loops:
        loop.close()


def test_a_startup_that_fails_is_an_init_error(broken: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    with pytest.raises(LifespanError, match=r"^The app's startup failed: no database$"):
        asgi_handler(broken)


def test_a_startup_that_fails_at_the_first_call_fails_every_call(broken: ASGIApp) -> None:
    handler = asgi_handler(broken)
    for _ in range(2):
        with pytest.raises(LifespanError, match=r"^The app's startup failed: no database$"):
            handler(EVENT, CONTEXT)


def test_no_lifespan_where_it_is_off() -> None:
    assert status_of(asgi_handler(broken_startup, lifespan="off")(EVENT, CONTEXT)) == 500


# The loop's own pool of threads is in use, for whose end no thread can be started any more at the process's.
PROGRAM = """
import asyncio, json, sys
from lambda_http_adapter import asgi_handler

async def app(scope, receive, send):
    print(scope["type"])
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        print((await receive())["type"])
        await send({"type": "lifespan.shutdown.complete"})
        return
    await asyncio.to_thread(json.dumps, {})
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body"})

event = json.loads(sys.argv[1])
for handler in (asgi_handler(app), asgi_handler(app), asgi_handler(app)):
    handler(event, None)
    handler(event, None)
del handler
asgi_handler(app)
"""


def test_a_lifespan_ends_with_the_process(tmp_path: Path) -> None:
    """Whatever has become of its handler; a handler that was never called has none. Nothing is left open."""
    environment = {**inherited_environment(), "PYTHONWARNINGS": "error"}
    with Process(python(json.dumps(EVENT), code=PROGRAM), environment, tmp_path) as process:
        assert process.wait() == 0
        assert process.stdout.split() == ["lifespan", "http", "http"] * 3 + ["lifespan.shutdown"] * 3
        assert process.stderr == ""


def test_work_after_the_answer_is_done_when_the_call_returns() -> None:
    done: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send({"type": "http.response.body", "body": b""})
        await asyncio.sleep(0)
        done.append(True)

    assert status_of(asgi_handler(app, lifespan="off")(EVENT, CONTEXT)) == 200
    assert done == [True]


RUNNING = r"^This handler runs an event loop of its own, and there is one running in this thread already\. "


def test_a_call_within_a_running_loop_is_refused() -> None:
    handler = from_asgi(mirror)

    async def call() -> object:
        with pytest.raises(ConfigurationError, match=RUNNING):
            handler(EVENT, CONTEXT)
        return await asyncio.to_thread(handler, EVENT, CONTEXT)

    assert status_of(asyncio.run(call())) == 201


def test_a_handler_made_within_a_running_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    async def make() -> Handler:
        return from_asgi(mirror)

    assert status_of(asyncio.run(make())(EVENT, CONTEXT)) == 201
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    with pytest.raises(ConfigurationError, match=RUNNING):
        asyncio.run(make())


def test_a_wsgi_handler_does_not_care_about_loops() -> None:
    async def call() -> object:
        return from_wsgi(mirror)(EVENT, CONTEXT)

    assert status_of(asyncio.run(call())) == 201


# Cancellation


@pytest.mark.parametrize("place", ["before", "behind"])
def test_an_app_that_cancels_its_own_task_has_answered(place: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        if place == "before":
            task.cancel()
        await send(START)
        await send({"type": "http.response.body", "body": b"whole"})
        task.cancel()

    handler = asgi_handler(app, lifespan="off")
    for _ in range(2):
        assert cast("Object", handler(EVENT, CONTEXT))["body"] == "whole"


def test_an_app_that_ends_by_its_own_cancellation_fails_its_invocation() -> None:
    """As an Exception: AWS's runtime ends the process for any other."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    handler = asgi_handler(app, lifespan="off")
    for _ in range(2):
        with pytest.raises(AppError, match=r"^The app ended with CancelledError\(\)$"):
            handler(EVENT, CONTEXT)
