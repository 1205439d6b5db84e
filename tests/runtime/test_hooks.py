"""What is called around invocations, and when: the order of calls to the Runtime API is the proof."""

import socket
from collections.abc import Iterator
from typing import cast

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.programs import launch
from tests.support.runtime_process import Serve, failed, http, seen, told

APP = """
import asyncio, os, socket

def say(*words):
    print(*words, flush=True)

def call(*_):
    with socket.create_connection(("127.0.0.1", int(os.environ["CALL"]))) as line:
        line.recv(1)

def start(context):
    say("start", context.aws_request_id)

def end(context):
    say("end", context.aws_request_id)

async def start_async(context):
    await asyncio.sleep(0)
    start(context)

async def end_async(context):
    await asyncio.sleep(0)
    end(context)

async def call_async(context):
    await asyncio.to_thread(call)

def fail(context):
    raise ValueError("the hook's own fault")

async def fail_async(context):
    fail(context)

async def app(scope, receive, send):
    assert scope["type"] == "http"
    say("app", scope["aws.context"].aws_request_id)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    say("app", environ["aws.context"].aws_request_id)
    start_response("200 OK", [])
    return [b"{}"]
"""

# Sync hooks with every driver, async ones where there is a loop for them; which loop doesn't matter.
every_program = pytest.mark.parametrize(
    ("driver", "kind"),
    [
        ("uvloop", ""),
        ("uvloop", "_async"),
        ("sockets", ""),
        pytest.param("asyncio", "", marks=pytest.mark.slow),
        pytest.param("asyncio", "_async", marks=pytest.mark.slow),
    ],
)


@pytest.fixture
def calls() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener


def said(process: Process) -> list[str]:
    return [line for line in process.stdout.splitlines() if line.startswith(("start ", "app ", "end "))]


@every_program
def test_around_each_invocation(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, kind: str
) -> None:
    deliveries = [fake_runtime_api.invoke(http()) for _ in range(2)]
    options = f"on_invocation_start=start{kind}, on_invocation_end=end{kind}"
    process = launch(run_process, driver, APP, options)
    for delivery in deliveries:
        told(delivery.wait())
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    assert said(process) == [
        f"{part} {delivery.request_id}" for delivery in deliveries for part in ("start", "app", "end")
    ]


@every_program
def test_the_start_is_before_the_app(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str, kind: str
) -> None:
    delivery = fake_runtime_api.invoke(http())
    process = launch(run_process, driver, APP, f"on_invocation_start=call{kind}", CALL=str(calls.getsockname()[1]))
    with calls.accept()[0]:
        assert seen(fake_runtime_api) == [(0, "next")]
        assert said(process) == []
    told(delivery.wait())


@every_program
def test_the_end_is_behind_the_answer_and_before_the_next_poll(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str, kind: str
) -> None:
    """The client has its answer; what the hook takes is over before the environment can be frozen."""
    delivery = fake_runtime_api.invoke(http())
    launch(run_process, driver, APP, f"on_invocation_end=call{kind}", CALL=str(calls.getsockname()[1]))
    with calls.accept()[0]:
        assert delivery.wait().accepted
        assert seen(fake_runtime_api) == [(0, "next"), (0, "response")]
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)


@every_program
def test_the_end_of_an_invocation_that_failed(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, kind: str
) -> None:
    fake_runtime_api.script("response", answer(413, {"errorType": "RequestEntityTooLarge"}))
    deliveries = [fake_runtime_api.invoke(http()), fake_runtime_api.invoke(b"not json")]
    process = launch(run_process, driver, APP, f"on_invocation_start=start{kind}, on_invocation_end=end{kind}")
    for delivery in deliveries:
        delivery.wait()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    one, two = (delivery.request_id for delivery in deliveries)
    assert said(process) == [f"start {one}", f"app {one}", f"end {one}", f"start {two}", f"end {two}"]


@every_program
def test_an_invocation_without_a_context_has_no_hooks(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, kind: str
) -> None:
    """There is nothing to call them with."""
    bad = fake_runtime_api.invoke(http(), headers={"Lambda-Runtime-Deadline-Ms": "soon"})
    process = launch(run_process, driver, APP, f"on_invocation_start=start{kind}, on_invocation_end=end{kind}")
    failed(bad.wait())
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    assert said(process) == []
    assert "hook" not in process.logs


@pytest.mark.covering
@every_program
@pytest.mark.parametrize("option", ["on_invocation_start", "on_invocation_end"])
def test_a_hook_that_fails_is_logged(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, kind: str, option: str
) -> None:
    deliveries = [fake_runtime_api.invoke(http()) for _ in range(2)]
    process = launch(run_process, driver, APP, f"{option}=fail{kind}")
    for delivery in deliveries:
        told(delivery.wait())
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    assert process.logs.count("ValueError: the hook's own fault") == 2
    assert process.logs.count(f"The hook fail{kind} failed") == 2
    assert process.running


ASYNC_HOOKS = """
import functools

class Hook:
    async def __call__(self, context):
        say("start", context.aws_request_id)

hook = Hook()
partial = functools.partial(start_async)
method = Hook().__call__
"""


@pytest.mark.covering
@pytest.mark.parametrize("option", ["on_invocation_start", "on_invocation_end", "on_shutdown"])
@pytest.mark.parametrize("hook", ["start_async", "partial", "method", "hook"])
def test_an_async_hook_has_no_loop_under_wsgi(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, option: str, hook: str
) -> None:
    process = launch(run_process, "sockets", APP + ASYNC_HOOKS, f"{option}={hook}")
    assert process.wait() == 1
    (request,) = fake_runtime_api.requests
    assert request.endpoint == "init/error"
    assert option in cast("dict[str, str]", request.json())["errorMessage"]


@pytest.mark.parametrize("hook", ["start_async", "partial", "method", "hook", "lambda context: start_async(context)"])
def test_what_a_hook_returns_is_awaited(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, hook: str) -> None:
    delivery = fake_runtime_api.invoke(http())
    process = launch(run_process, "asyncio", APP + ASYNC_HOOKS, f"on_invocation_start={hook}")
    told(delivery.wait())
    assert said(process)[0] == f"start {delivery.request_id}"


BACKGROUND = """
import os, socket
from starlette.applications import Starlette
from starlette.background import BackgroundTasks
from starlette.responses import JSONResponse
from starlette.routing import Route

def call(word):
    with socket.create_connection(("127.0.0.1", int(os.environ["CALL"]))) as line:
        line.sendall(word)
        line.recv(1)

async def view(request):
    tasks = BackgroundTasks()
    tasks.add_task(call, b"task 1")
    tasks.add_task(call, b"task 2")
    return JSONResponse({}, background=tasks)

app = Starlette(routes=[Route("/", view, methods=["POST"])])

def end(context):
    call(b"hook")
"""


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
def test_background_tasks_cost_the_client_nothing(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str
) -> None:
    delivery = fake_runtime_api.invoke(http())
    launch(run_process, driver, BACKGROUND, "on_invocation_end=end", CALL=str(calls.getsockname()[1]))
    for word in (b"task 1", b"task 2", b"hook"):
        with calls.accept()[0] as line:
            assert line.recv(64) == word
            assert delivery.wait().accepted
            assert seen(fake_runtime_api) == [(0, "next"), (0, "response")]
            line.sendall(b".")
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)


CANCELS = (
    APP
    + """
async def cancelled_async(context):
    task = asyncio.create_task(asyncio.sleep(60))
    task.cancel()
    await task

def cancelled(context):
    raise asyncio.CancelledError
"""
)


@pytest.mark.covering
@every_program
@pytest.mark.parametrize("option", ["on_invocation_start", "on_invocation_end"])
@pytest.mark.parametrize("concurrency", ["1", "2"])
def test_a_hook_that_awaits_what_was_cancelled_has_failed_like_any_other(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, kind: str, option: str, concurrency: str
) -> None:
    deliveries = [fake_runtime_api.invoke(http()) for _ in range(3)]
    options = f"{option}=cancelled{kind}"
    process = launch(run_process, driver, CANCELS, options, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    for delivery in deliveries:
        told(delivery.wait())
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3 + int(concurrency))
    assert process.running
    assert process.logs.count("The hook cancelled") == 3


@pytest.mark.parametrize("make", ["asgi_handler(app, ", "wsgi_handler(wsgi, "])
def test_the_command_calls_the_hooks_of_a_handler(fake_runtime_api: FakeRuntimeAPI, serve: Serve, make: str) -> None:
    """`run` and `dev` don't see those that the program passes to `run_asgi`."""
    name = make.partition("(")[0]
    handler = (
        f"from lambda_http_adapter import {name}\nhandler = {make}on_invocation_start=start, on_invocation_end=end)"
    )
    delivery = fake_runtime_api.invoke(http())
    process = serve(f"{APP}\n{handler}\n", app="app:handler")
    delivery.wait()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    assert said(process) == [f"{word} {delivery.request_id}" for word in ("start", "app", "end")]
