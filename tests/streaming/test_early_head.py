"""The head of a streamed response whose body doesn't begin: an ASGI app's leaves after a moment, a WSGI app's waits."""

import signal
import time

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.http_bytes import answer
from tests.support.programs import launch
from tests.support.recorded_request import RecordedRequest
from tests.support.soak_streams import STREAMED
from tests.support.stepped_app import SteppedProcess
from tests.support.streamed_response import function_url, streamed
from tests.support.streaming_runtime_api import StreamingRuntimeAPI

APP = """
import asyncio, time

START = {"type": "http.response.start", "status": 200, "headers": []}

def step():
    with open("steps", "rb", buffering=0) as steps:
        steps.read(1)

async def say(send, *texts):
    for text in texts:
        await send({"type": "http.response.body", "body": text, "more_body": True})
    await send({"type": "http.response.body"})

async def app(scope, receive, send):
    await receive()
    match scope["path"]:
        case "/silent":
            await send(START)
            await asyncio.to_thread(step)
            await say(send, b"late")
        case "/crashes":
            await send(START)
            await asyncio.sleep(0.01)
            raise ValueError("as asked")
        case "/crashes/late":
            await send(START)
            await asyncio.to_thread(step)
            raise ValueError("as asked")
        case "/waits":
            await send(START)
            print((await receive())["type"], flush=True)
        case "/refused":
            await send({**START, "status": 503})
            await asyncio.sleep(0.1)
            try:
                await send({"type": "http.response.body", "body": b"x" * 3000, "more_body": True})
            except OSError:
                print("told", flush=True)
        case "/short":
            await send(START)
            await asyncio.sleep(0.01)
            await say(send, b"short")
        case "/blocked":
            # The loop finds the end of the wait and the end of its patience at the same time.
            await send(START)
            waiting = asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.02)
            asyncio.get_running_loop().call_soon(time.sleep, 0.1)
            await waiting
            await say(send, b"quick")

def wsgi(environ, start_response):
    start_response("200 OK", [])
    yield b""
    step()
    yield b"late"
"""

on_asyncio = pytest.mark.parametrize("driver", ["uvloop", "asyncio"])


@pytest.fixture
def app(
    run_process: RunProcess, stepped_app: SteppedProcess, fake_runtime_api: StreamingRuntimeAPI, driver: str
) -> Process:
    options = "fail_on_status='503', deadline_margin_ms=10_000"
    process = launch(run_process, driver, APP, options, **STREAMED)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    return process


def ended(fake_runtime_api: StreamingRuntimeAPI) -> bool:
    return len(fake_runtime_api.received("next")) == 2


@on_asyncio
def test_a_silent_app_has_sent_its_head(
    fake_runtime_api: StreamingRuntimeAPI, app: Process, stepped_app: SteppedProcess
) -> None:
    delivery = fake_runtime_api.invoke(function_url("/silent"))
    assert delivery.chunk(0).startswith(b'{"statusCode":200')
    stepped_app.allow()
    assert streamed(delivery.wait()).body == b"late"
    assert app.logs == ""


@on_asyncio
def test_a_crash_within_a_moment_is_a_clean_500(fake_runtime_api: StreamingRuntimeAPI, app: Process) -> None:
    answer = streamed(fake_runtime_api.invoke(function_url("/crashes")).wait())
    assert (answer.prelude["statusCode"], answer.body, answer.trailers) == (500, b"Internal Server Error", [])


def error_type(request: RecordedRequest) -> str:
    answer = streamed(request)
    assert (answer.prelude["statusCode"], answer.body) == (200, b"")
    return dict(answer.trailers)["lambda-runtime-function-error-type"]


@on_asyncio
def test_a_later_crash_is_told_in_trailers(
    fake_runtime_api: StreamingRuntimeAPI, app: Process, stepped_app: SteppedProcess
) -> None:
    delivery = fake_runtime_api.invoke(function_url("/crashes/late"))
    delivery.chunk(0)
    stepped_app.allow()
    assert error_type(delivery.wait()) == "Function.ValueError"


@on_asyncio
def test_a_deadline_in_the_silence_is_told_in_trailers(fake_runtime_api: StreamingRuntimeAPI, app: Process) -> None:
    deadline = {"Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 10_300)}
    delivery = fake_runtime_api.invoke(function_url("/waits"), headers=deadline)
    assert error_type(delivery.wait()) == "Function.AppError"


@on_asyncio
def test_a_response_to_head_ends_without_a_body(
    fake_runtime_api: StreamingRuntimeAPI, app: Process, stepped_app: SteppedProcess
) -> None:
    delivery = fake_runtime_api.invoke(function_url("/silent", "HEAD"))
    delivery.chunk(0)
    stepped_app.allow()
    answer = streamed(delivery.wait())
    assert (answer.prelude["statusCode"], answer.body, answer.trailers) == (200, b"", [])


@on_asyncio
def test_an_early_answer_is_told_to_a_silent_app(fake_runtime_api: StreamingRuntimeAPI, app: Process) -> None:
    fake_runtime_api.answer_early(answer(413, {"errorType": "RequestEntityTooLarge"}, then="close"), after=1)
    fake_runtime_api.invoke(function_url("/waits"))
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    assert "http.disconnect\n" in app.stdout


@on_asyncio
def test_a_head_that_is_refused_waits_for_its_body_and_is_told_to_the_app(
    fake_runtime_api: StreamingRuntimeAPI, app: Process
) -> None:
    assert fake_runtime_api.invoke(function_url("/refused")).wait().endpoint == "error"
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    assert "told\n" in app.stdout


@on_asyncio
def test_a_body_that_begins_just_then_follows_its_head(fake_runtime_api: StreamingRuntimeAPI, app: Process) -> None:
    assert streamed(fake_runtime_api.invoke(function_url("/blocked")).wait()).body == b"quick"


@on_asyncio
def test_a_short_response_leaves_nothing_behind(fake_runtime_api: StreamingRuntimeAPI, app: Process) -> None:
    assert streamed(fake_runtime_api.invoke(function_url("/short")).wait()).body == b"short"
    fake_runtime_api.wait_until(lambda: ended(fake_runtime_api))
    app.signal(signal.SIGTERM)
    assert app.wait() == 0
    assert app.logs == ""


@pytest.mark.parametrize("driver", ["sockets"])
def test_a_wsgi_apps_head_waits_for_its_body(
    fake_runtime_api: StreamingRuntimeAPI, app: Process, stepped_app: SteppedProcess
) -> None:
    """PEP 3333: the first bytes of the body, and not start_response(), send the headers."""
    delivery = fake_runtime_api.invoke(function_url())
    with pytest.raises(AssertionError, match="Not seen"):
        delivery.begun(timeout=0.3)
    stepped_app.allow()
    assert streamed(delivery.wait()).body == b"late"
