"""Several invocations at once in one process, as on Lambda Managed Instances."""

import socket
import time
from collections import Counter
from typing import cast

import pytest

from tests.support.barrier_app import BARRIER_APP, TRACE, invoke_several
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import RequestReader, answer
from tests.support.recorded_request import RecordedRequest
from tests.support.runtime_process import Serve, every_driver, failed, http, on_asyncio, told

N = 4


def status(request: RecordedRequest) -> object:
    assert request.endpoint == "response", request
    return cast("dict[str, object]", request.json())["statusCode"]


@every_driver
def test_n_at_once_on_n_connections(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=str(N))
    deliveries = invoke_several(fake_runtime_api, 3 * N)
    answers = [told(delivery.wait()) for delivery in deliveries]
    assert max(cast("int", answer["most"]) for answer in answers) == N
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4 * N)
    for connection in range(N):
        asked = [request.endpoint for request in fake_runtime_api.requests if request.connection == connection]
        assert asked == ["next", "response"] * (len(asked) // 2) + ["next"]
    assert {request.connection for request in fake_runtime_api.requests} == set(range(N))
    posts = Counter(request.request_id for request in fake_runtime_api.received("response"))
    assert posts == {delivery.request_id: 1 for delivery in deliveries}


@every_driver
def test_each_has_its_own_context(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """One environment variable can't hold N trace ids: it stays as it was."""
    serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=str(N), _X_AMZN_TRACE_ID="Root=1-outer")
    for n, delivery in enumerate(invoke_several(fake_runtime_api, 3 * N)):
        answer = told(delivery.wait())
        assert answer | {"most": N} == {
            "path": f"/{n}",
            "scope": delivery.request_id,
            "here": delivery.request_id,
            "in_thread": delivery.request_id,
            "trace": f"Root=1-{n}",
            "header": f"Root=1-{n}",
            "environment": "Root=1-outer",
            "most": N,
        }


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize("env", [{}, {"AWS_LAMBDA_MAX_CONCURRENCY": "1"}, {"AWS_LAMBDA_MAX_CONCURRENCY": ""}])
def test_where_one_runs_at_a_time_its_trace_is_in_the_environment(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, env: dict[str, str]
) -> None:
    traces = ["Root=1-a", None, "Root=1-b"]
    deliveries = [fake_runtime_api.invoke(http(), headers={TRACE: trace}) for trace in traces]
    serve(BARRIER_APP.replace('"AWS_LAMBDA_MAX_CONCURRENCY", "1"', '"-", "1"'), _X_AMZN_TRACE_ID="Root=1-outer", **env)
    answers = [told(delivery.wait()) for delivery in deliveries]
    assert [answer["environment"] for answer in answers] == traces
    assert [answer["trace"] for answer in answers] == traces


@pytest.mark.parametrize("serve", ["sockets"], indirect=True)
@pytest.mark.parametrize(("concurrency", "multithread"), [("1", False), ("2", True)])
def test_a_wsgi_app_knows_whether_it_shares_its_process(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str, multithread: bool
) -> None:
    delivery = fake_runtime_api.invoke(http())
    app = """
import json
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({name: environ["wsgi." + name] for name in ["multithread", "multiprocess"]}).encode()]
"""
    serve(app, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    assert told(delivery.wait()) == {"multithread": multithread, "multiprocess": False}


CRASHES = {
    "raises": "1 / 0",
    "exits": "raise SystemExit(3)",
    "runs out of stack": "def f(): f()\nf()",
}


@pytest.mark.covering
@every_driver
@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
def test_a_crash_is_that_invocations_alone(fake_runtime_api: FakeRuntimeAPI, serve: Serve, crash: str) -> None:
    process = serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=str(N))
    (bad,) = invoke_several(fake_runtime_api, 1, crash)
    good = invoke_several(fake_runtime_api, N - 1)
    assert [status(delivery.wait()) for delivery in good] == [200] * (N - 1)
    request = bad.wait()
    assert request.endpoint == "error" or status(request) == 500
    # Every slot is there for the next ones.
    assert [status(delivery.wait()) for delivery in invoke_several(fake_runtime_api, N)] == [200] * N
    assert process.running


@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_an_app_that_is_cancelled_from_within_costs_no_slot(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """Whoever awaits a cancelled task is given its CancelledError, although nobody cancelled the invocation."""
    process = serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=str(N))
    (bad,) = invoke_several(fake_runtime_api, 1, "raise asyncio.CancelledError")
    good = invoke_several(fake_runtime_api, N - 1)
    assert [status(delivery.wait()) for delivery in good] == [200] * (N - 1)
    request = bad.wait()
    assert request.endpoint == "error" or status(request) == 500
    assert [status(delivery.wait()) for delivery in invoke_several(fake_runtime_api, N)] == [200] * N
    assert process.running


@every_driver
def test_an_event_that_is_not_served_fails_its_invocation_alone(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=str(N))
    bad = fake_runtime_api.invoke(b"not json")
    unreadable = fake_runtime_api.invoke(http(), headers={"Lambda-Runtime-Deadline-Ms": "soon"})
    good = invoke_several(fake_runtime_api, N)
    assert failed(bad.wait())["errorType"] == "EventError"
    assert failed(unreadable.wait())["errorType"] == "Runtime.LambdaContextUnmarshalError"
    assert [status(delivery.wait()) for delivery in good] == [200] * N


@every_driver
def test_deliveries_of_one_request_are_told_apart(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """A retry has the request id of what it retries, and may come while that is still running."""
    serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY="2")
    nonces = {f"/{n}": f"nonce-{n}" for n in range(2)}
    for path, nonce in nonces.items():
        fake_runtime_api.invoke(http(path), request_id="r", headers={"Lambda-Runtime-Invocation-Id": nonce})
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    echoed = {
        told(post)["path"]: post.header("lambda-runtime-invocation-id")
        for post in fake_runtime_api.received("response")
    }
    assert echoed == nonces


@every_driver
def test_a_late_answer_returns_its_slot(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    late = answer(410, {"errorMessage": "Invoke timeout", "errorType": "InvokeTimeout"})
    fake_runtime_api.script("response", *[late] * N)
    process = serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=str(N))
    for delivery in invoke_several(fake_runtime_api, N):
        delivery.wait()
    assert [status(delivery.wait()) for delivery in invoke_several(fake_runtime_api, N)] == [200] * N
    assert process.logs.count("InvokeTimeout") == N


FOREVER = """
import asyncio
async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/forever":
        try:
            await asyncio.Event().wait()
        finally:
            print("let go", flush=True)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
"""


@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_work_that_outlives_its_deadline_is_cancelled(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """Nobody ends the process: the work would go on, and keep its slot."""
    process = serve(FOREVER, AWS_LAMBDA_MAX_CONCURRENCY="2")
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    soon = {"Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 200)}
    stuck = [fake_runtime_api.invoke(http("/forever"), headers=soon) for _ in range(2)]
    assert [status(delivery.wait()) for delivery in stuck] == [504, 504]
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    assert process.stdout.count("let go") == 2
    assert status(fake_runtime_api.invoke(http()).wait()) == 200


# How the pollers end


@every_driver
def test_without_a_poller_left_the_process_ends(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.script("next", *[answer(500, {"errorType": "InternalServerError"})] * 20)
    process = serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY="2")
    assert process.wait() == 1
    assert [request.endpoint for request in fake_runtime_api.requests] == ["next"] * 10
    assert "InternalServerError" in process.logs


@every_driver
def test_a_poller_that_gives_up_leaves_the_others(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        process = serve(AWS_LAMBDA_MAX_CONCURRENCY="2", AWS_LAMBDA_RUNTIME_API="{}:{}".format(*listener.getsockname()))
        (one, _), (other, _) = listener.accept(), listener.accept()
        with one, other:
            reader, broken = RequestReader(one), RequestReader(other)
            for _ in range(5):
                assert broken.head().target.endswith("/next")
                answer(500).write(other, fragment=False)
            assert other.recv(1) == b""
            assert reader.head().target.endswith("/next")
            event = answer(
                200, http(), [("Lambda-Runtime-Aws-Request-Id", "r"), ("Lambda-Runtime-Deadline-Ms", "9999999999999")]
            )
            event.write(one, fragment=False)
            head = reader.head()
            assert head.target.endswith("/invocation/r/response")
            assert process.running


ENDS_POLLERS = """
from lambda_http_adapter._apps import Interruption

class Mute(Interruption):
    def __str__(self):
        raise RuntimeError("no words")

async def app(scope, receive, send):
    if scope["path"] == "/end":
        {end}
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b""}})
"""


@on_asyncio
@pytest.mark.parametrize(
    ("end", "text"),
    [
        ("raise Interruption", "Interruption"),
        ("raise Interruption('enough')", "enough"),
        ("raise Mute", "<the exception can't be turned into text>"),
    ],
    ids=["empty", "text", "no words"],
)
def test_what_ends_a_poller_is_logged_whatever_it_says(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, end: str, text: str
) -> None:
    """Of three, so that one of those is not the last: what ends the last one ends the process."""
    deliveries = [fake_runtime_api.invoke(http(path)) for path in ("/end", "/end", "/")]
    process = serve(ENDS_POLLERS.format(end=end), AWS_LAMBDA_MAX_CONCURRENCY="3")
    deliveries[-1].wait()
    fake_runtime_api.close()
    assert process.wait() == 1
    assert f"A poller ended: {text}\n" in process.logs


@pytest.mark.covering
@pytest.mark.parametrize("serve", ["uvloop", "sockets"], indirect=True)
@pytest.mark.parametrize("concurrency", ["many", "0", "-1", "1.5"])
def test_a_concurrency_that_is_no_number_is_an_init_error(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str
) -> None:
    assert serve(AWS_LAMBDA_MAX_CONCURRENCY=concurrency).wait() == 1
    (request,) = fake_runtime_api.requests
    assert request.endpoint == "init/error"
    assert repr(concurrency) in cast("dict[str, str]", request.json())["errorMessage"]


THREADS = """
import asyncio, threading
door = threading.Barrier(16)
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await asyncio.to_thread(door.wait)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
"""


@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_each_may_have_a_thread(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """asyncio's own pool has a few more threads than there are processors, however many invocations there are."""
    deliveries = [fake_runtime_api.invoke(http()) for _ in range(16)]
    serve(THREADS, AWS_LAMBDA_MAX_CONCURRENCY="16")
    assert [status(delivery.wait()) for delivery in deliveries] == [200] * 16


POOL = """
import asyncio, threading
from concurrent.futures import ThreadPoolExecutor
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2, "mine"))
        await send({"type": "lifespan.startup.complete"})
        await receive()
    thread = await asyncio.to_thread(threading.current_thread)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"thread": "%s"}' % thread.name.encode()})
"""


@pytest.mark.covering
@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
@pytest.mark.parametrize("concurrency", ["1", "2"])
def test_a_pool_that_the_app_chose_is_kept(fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str) -> None:
    delivery = fake_runtime_api.invoke(http())
    serve(POOL, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    assert cast("str", told(delivery.wait())["thread"]).startswith("mine")
