"""Several invocations at once against AWS's own other side."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, cast

import pytest

from tests.support.barrier_app import BARRIER_APP
from tests.support.managed_instances import ManagedInstances, Result, obstacle
from tests.support.runtime_process import http

N = 8

every_colour = pytest.mark.parametrize("colour", ["app", "wsgi"])


class Start(Protocol):
    def __call__(self, source: str, app: str, **env: str) -> ManagedInstances: ...


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    if reason := obstacle():
        pytest.skip(reason)
    with ExitStack() as stack:

        def enter(source: str, app: str, **env: str) -> ManagedInstances:
            env = {"LAMBDA_HTTP_ADAPTER_PASS_THROUGH_PATH": "", "LAMBDA_HTTP_ADAPTER_PROCESSES": "1"} | env
            return stack.enter_context(ManagedInstances(source, app, env, tmp_path))

        yield enter


@pytest.fixture
def calls() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener


def told(result: Result) -> dict[str, object]:
    assert result.status == 200, result
    return cast("dict[str, object]", json.loads(json.loads(result.body)["body"]))


@every_colour
def test_eight_at_once(start: Start, colour: str) -> None:
    function = start(BARRIER_APP, f"app:{colour}", AWS_LAMBDA_MAX_CONCURRENCY=str(N))
    with ThreadPoolExecutor(N) as invokers:
        headers = [{"X-Amzn-RequestId": f"r-{n}", "X-Amzn-Trace-Id": f"Root=1-{n}"} for n in range(3 * N)]
        events = [http(f"/{n}") for n in range(3 * N)]
        answers = [told(result) for result in invokers.map(function.call, events, headers)]
    for n, answer in enumerate(answers):
        assert (answer["path"], answer["environment"]) == (f"/{n}", None)
        assert {answer[name] for name in ("scope", "here", "in_thread")} == {f"r-{n}"}
        assert {answer[name] for name in ("trace", "header")} == {f"Root=1-{n}"}
    assert max(cast("int", answer["most"]) for answer in answers) == N


# Calls the test, which decides which of two deliveries is answered first.
SLOW = """
import asyncio, json, os, socket, threading

def call(path):
    with socket.create_connection(("127.0.0.1", int(os.environ["CALL"]))) as line:
        line.sendall(path.encode())
        line.recv(1)
    return json.dumps({"path": path}).encode()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    answer = await asyncio.to_thread(call, scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    answer = call(environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
"""


@every_colour
def test_the_answer_to_a_delivery_that_timed_out_is_not_its_retrys(
    start: Start, calls: socket.socket, colour: str
) -> None:
    """Both have the same request id. Only the invocation id, echoed, tells them apart."""
    env = {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "AWS_LAMBDA_FUNCTION_TIMEOUT": "1", "CALL": str(calls.getsockname()[1])}
    function = start(SLOW, f"app:{colour}", **env)
    same = {"X-Amzn-RequestId": "r"}
    late = function.call(http("/late"), same)
    assert b"Timedout" in late.body
    with calls.accept()[0] as first:
        assert first.recv(64) == b"/late"
        with ThreadPoolExecutor(1) as invoker:
            retry = invoker.submit(function.call, http("/retry"), same)
            with calls.accept()[0] as second:
                assert second.recv(64) == b"/retry"
                first.sendall(b".")
                while "timed out before" not in function.logs:
                    assert not retry.done()
                second.sendall(b".")
            assert told(retry.result()) == {"path": "/retry"}


@every_colour
def test_a_failed_invocation_costs_no_poller(start: Start, colour: str) -> None:
    function = start(BARRIER_APP, f"app:{colour}", AWS_LAMBDA_MAX_CONCURRENCY="2")
    with ThreadPoolExecutor(2) as invokers:
        one, other = invokers.map(function.call, [http("/1", "1 / 0"), http("/2")])
        assert json.loads(one.body)["statusCode"] == 500
        assert told(other)["path"] == "/2"
        assert b"UnknownOriginError" in invokers.submit(function.call, "not an event").result().body
        answers = [told(result) for result in invokers.map(function.call, [http("/3"), http("/4")])]
    assert [answer["path"] for answer in answers] == ["/3", "/4"]


@every_colour
def test_sigterm_comes(start: Start, colour: str) -> None:
    source = BARRIER_APP + "\nimport atexit\natexit.register(print, 'the end', flush=True)\n"
    function = start(source, f"app:{colour}", AWS_LAMBDA_MAX_CONCURRENCY="2")
    assert told(function.call(http("/alone")))["path"] == "/alone"
    function.terminate()
    assert "the end" in function.logs.splitlines()


PIDS = """
import json, os, time

def tell():
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    return json.dumps({"pid": os.getpid(), "trace": os.environ.get("_X_AMZN_TRACE_ID")}).encode()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": tell()})

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [tell()]
"""


@pytest.mark.slow  # asks for a quiet machine: a process that gets no processor for 40 ms misses its turns
@every_colour
def test_a_few_at_once_are_those_of_all_processes(start: Start, colour: str) -> None:
    """Although Lambda's other side gives each event to the poller that has waited longest."""
    env = {"AWS_LAMBDA_MAX_CONCURRENCY": "16", "LAMBDA_HTTP_ADAPTER_PROCESSES": "2"}
    function = start(PIDS, f"app:{colour}", **env)
    pids = [told(function.call(http(f"/{n}")))["pid"] for n in range(8)]
    assert len(set(pids)) == 2


@every_colour
def test_two_processes_end_in_order(start: Start, colour: str) -> None:
    source = PIDS + "\nimport atexit\natexit.register(lambda: print('the end', os.getpid(), flush=True))\n"
    env = {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "LAMBDA_HTTP_ADAPTER_PROCESSES": "2"}
    function = start(source, f"app:{colour}", **env)
    answers = [told(function.call(http(f"/{n}"), {"X-Amzn-Trace-Id": f"Root=1-{n}"})) for n in range(4)]
    assert [answer["trace"] for answer in answers] == [f"Root=1-{n}" for n in range(4)]
    function.terminate()
    ended = [line for line in function.logs.splitlines() if "the end" in line]
    assert {int(line.split()[-1]) for line in ended} == {answer["pid"] for answer in answers}
    assert len(ended) == 2
