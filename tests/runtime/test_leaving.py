"""What an app raises ends its own invocation: only SystemExit and KeyboardInterrupt, and only where one invocation runs
at a time, end the process."""

import itertools
import json

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.fake_runtime_api import Delivery, FakeRuntimeAPI
from tests.support.programs import DRIVERS, launch
from tests.support.runtime_process import http

N = 4

# The path says what is raised and where: of the call, behind the first piece of a body, behind the response, in a task
# of the app's own or a group of them. The client context says it of a hook.
APP = """
import asyncio

class Own(BaseException):
    pass

KINDS = {
    "generator": GeneratorExit(),
    "interrupt": KeyboardInterrupt(),
    "exit": SystemExit(3),
    "own": Own(),
    "group": BaseExceptionGroup("several", [SystemExit(3), KeyboardInterrupt(), Own()]),
}

def reach(place, path):
    _, kind, where = path.split("/")
    if place == where:
        raise KINDS[kind]

async def child(place, path):
    reach(place, path)

async def app(scope, receive, send):
    assert scope["type"] == "http"
    path = scope["path"]
    reach("call", path)
    await asyncio.create_task(child("task", path))
    async with asyncio.TaskGroup() as group:
        group.create_task(child("group", path))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"piece", "more_body": True})
    reach("body", path)
    await send({"type": "http.response.body"})
    reach("end", path)

class Body:
    def __init__(self, path):
        self.path = path

    def __iter__(self):
        yield b"piece"
        reach("body", self.path)

    def close(self):
        reach("end", self.path)

def wsgi(environ, start_response):
    reach("call", environ["PATH_INFO"])
    start_response("200 OK", [])
    return Body(environ["PATH_INFO"])

def before(context):
    hook("before", context)

def after(context):
    hook("after", context)

def hook(place, context):
    if context.client_context:
        reach(place, context.client_context.custom["path"])
"""

HOOKS = "on_invocation_start=before, on_invocation_end=after"
KINDS = ("generator", "interrupt", "exit", "own", "group")
PLACES = {
    "uvloop": ("call", "body", "end", "before", "after", "task", "group"),
    "asyncio": ("call", "body", "end", "before", "after", "task", "group"),
    "sockets": ("call", "body", "end", "before", "after"),
}


def invoke(api: FakeRuntimeAPI, kind: str, place: str) -> Delivery:
    path = f"/{kind}/{place}"
    return api.invoke(http(path), headers={"Lambda-Runtime-Client-Context": json.dumps({"custom": {"path": path}})})


def serves(api: FakeRuntimeAPI, process: Process, concurrency: int) -> None:
    """Every poller is there."""
    assert invoke(api, "none", "nowhere").wait().endpoint == "response"
    api.wait_until(lambda: len([poll for poll in api.received("next") if poll.answer is None]) == concurrency)
    assert process.running
    assert "Task exception was never retrieved" not in process.logs


# In these places the response was complete, or the app has not run yet.
ANSWERED = ("end", "before", "after")


@pytest.mark.covering
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("mode", ["buffered", "response_stream"])
@pytest.mark.parametrize("concurrency", [1, N])
def test_its_own_invocation_alone(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, mode: str, concurrency: int
) -> None:
    """With several invocations this goes for each of them, and more often than there are pollers."""
    env = {"AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": mode}
    process = launch(run_process, driver, APP, HOOKS, **env)
    leaving = ("interrupt", "exit") if concurrency == 1 else ()
    for kind, place in itertools.product(KINDS, PLACES[driver]):
        if kind in leaving:
            continue
        request = invoke(fake_runtime_api, kind, place).wait()
        ended_well = request.endpoint == "response" and b'"statusCode":200' in request.body and not request.trailers
        assert ended_well == (place in ANSWERED), (kind, place, request)
    serves(fake_runtime_api, process, concurrency)


@pytest.mark.covering
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(("kind", "code"), [("exit", 3), ("interrupt", -2)])
@pytest.mark.parametrize("place", ["call", "after"])
def test_what_leaves_ends_the_process_where_one_runs_at_a_time(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, kind: str, code: int, place: str
) -> None:
    invoke(fake_runtime_api, kind, place)
    assert launch(run_process, driver, APP, HOOKS).wait() == code
    assert len(fake_runtime_api.received("response")) == (place == "after")
