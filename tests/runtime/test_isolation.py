"""What one invocation leaves behind is not there for the next, and no app takes the loop with it."""

import json

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.programs import launch
from tests.support.runtime_process import Serve, every_driver, failed, http, told

# Remembers who asks, in the one place that each request of every server has for itself.
REMEMBERS = """
import json
from contextvars import ContextVar

USER = ContextVar("user", default=None)

def answer(path):
    before = USER.get()
    USER.set(path)
    return json.dumps({"before": before}).encode()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer(scope["path"])})

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer(environ["PATH_INFO"])]
"""


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize("concurrency", ["", "2"])
def test_context_variables_end_with_their_invocation(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str
) -> None:
    deliveries = [fake_runtime_api.invoke(http(path)) for path in ("/alice", "/anybody", "/anybody", "/anybody")]
    serve(REMEMBERS, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    assert [told(delivery.wait()) for delivery in deliveries] == [{"before": None}] * 4


# What is no Exception, and no way to leave either.
LEAVES = """
import asyncio

async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/cancels":
        asyncio.current_task().cancel()
        await asyncio.sleep(60)
    if scope["path"] == "/raises":
        raise BaseException("of its own kind")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    if environ["PATH_INFO"] == "/cancels":
        raise asyncio.CancelledError
    if environ["PATH_INFO"] == "/raises":
        raise BaseException("of its own kind")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b"{}"]
"""


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize("concurrency", ["", "2"])
@pytest.mark.parametrize("path", ["/cancels", "/raises"])
def test_whatever_an_app_raises_ends_its_invocation_alone(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str, path: str
) -> None:
    bad = fake_runtime_api.invoke(http(path))
    process = serve(LEAVES, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    request = bad.wait()
    if request.endpoint == "error":
        assert "The app ended with" in str(failed(request)["errorMessage"])
    else:
        assert request.endpoint == "response"
        assert b'"statusCode":500' in request.body
    assert told(fake_runtime_api.invoke(http()).wait()) == {}
    assert process.running


# Names an error as AWS does, but means something else by it.
NAMED = """
import enum

class Kind(enum.Enum):
    timeout = 1

class OwnError(Exception):
    error_type = Kind.timeout

def app(event, context):
    raise OwnError("late")
"""


def test_the_errors_of_an_app_may_have_any_attributes(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    bad = fake_runtime_api.invoke({})
    process = serve(NAMED)
    assert failed(bad.wait())["errorType"] == "OwnError"
    assert failed(fake_runtime_api.invoke({}).wait())["errorType"] == "OwnError"
    assert process.running


HANGS = """
import asyncio, time

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await asyncio.sleep(60)

def wsgi(environ, start_response):
    time.sleep(60)
"""


@every_driver
def test_a_managed_instance_of_one_ends_what_takes_too_long(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """There no time-out of the platform's ends the process, and this is its only poller."""
    late = fake_runtime_api.invoke(http(), headers={"Lambda-Runtime-Deadline-Ms": "1767225600000"})
    serve(HANGS, AWS_LAMBDA_MAX_CONCURRENCY="1", AWS_LAMBDA_INITIALIZATION_TYPE="lambda-managed-instances")
    assert b'"statusCode":504' in late.wait().body


EXITS = """
import asyncio, sys

async def leave():
    sys.exit(3)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("shutdown", flush=True)
        await asyncio.sleep(0.1)
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["path"] == "/exits":
        await asyncio.create_task(leave())
    elif scope["path"] == "/answers":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
    else:
        await asyncio.sleep(60)
"""


@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_a_task_of_the_app_that_leaves_ends_the_process(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """asyncio sees to that. Nobody asks for another invocation then, and an app that is shut down answers none."""
    for path in ("/exits", "/waits"):
        fake_runtime_api.invoke(http(path))
    process = serve(EXITS)
    assert process.wait() == 3
    assert "shutdown" in process.stdout
    assert len(fake_runtime_api.received("next")) == 1
    assert not fake_runtime_api.received("response")


@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_one_of_several_that_leaves_in_a_task_ends_its_own_invocation(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve
) -> None:
    left = [fake_runtime_api.invoke(http("/exits")) for _ in range(4)]
    process = serve(EXITS, AWS_LAMBDA_MAX_CONCURRENCY="3")
    assert [delivery.wait().endpoint for delivery in left] == ["error"] * 4
    assert fake_runtime_api.invoke(http("/answers")).wait().endpoint == "response"
    assert process.running
    assert "the other invocations go on" in process.stdout


CANCELS = """
import asyncio

def cancel():
    asyncio.current_task().cancel()

async def hook(context):
    cancel()
    await asyncio.sleep(0)

async def app(scope, receive, send):
    assert scope["type"] == "http"
    path = scope["path"]
    if path == "/early":
        cancel()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": path.encode(), "more_body": path == "/leaves"})
    if path == "/later":
        asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
    elif path != "/":
        cancel()
        cancel()
    if path == "/leaves":
        raise SystemExit
"""


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
def test_an_app_that_cancels_its_own_task_ends_nothing_else(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    """Behind its response the task is the poller's, which reads the receipt, calls the hook and asks again."""
    paths = ["/late", "/later", "/leaves", "/late", "/later", "/leaves", "/"]
    deliveries = [fake_runtime_api.invoke(http(path)) for path in paths]
    options = "on_invocation_end=hook, invoke_mode='response_stream', lifespan='off'"
    process = launch(run_process, driver, CANCELS, options, AWS_LAMBDA_MAX_CONCURRENCY="2")
    for delivery, path in zip(deliveries, paths, strict=True):
        request = delivery.wait()
        assert path.encode() in request.body
        assert bool(request.trailers) == (path == "/leaves")
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == len(paths) + 2)
    assert {request.connection for request in fake_runtime_api.requests} == {0, 1}
    assert process.running


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
def test_an_app_that_is_about_to_be_cancelled_has_answered(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    paths = ["/early", "/late", "/later", "/"]
    deliveries = [fake_runtime_api.invoke(http(path)) for path in paths]
    process = launch(run_process, driver, CANCELS, "on_invocation_end=hook, lifespan='off'")
    assert [json.loads(delivery.wait().body)["body"] for delivery in deliveries] == paths
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == len(paths) + 1)
    assert process.running
