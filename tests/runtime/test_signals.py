"""SIGTERM and SIGINT whenever they come: the process ends at once or behind its invocation, and says nothing."""

import itertools
import json
import signal
import socket

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.programs import DRIVERS, launch
from tests.support.runtime_process import http
from tests.support.soak_runtime_api import Soak
from tests.support.soak_streams import APP, PLAIN, STREAMED, StreamSoak

# A process forks one child after the other, which serves without a pause, and signals it some time behind its first
# invocation.
MOMENTS = """
import collections, os, random, signal, sys, time, traceback
if {driver!r} == "asyncio":
    sys.modules.update(uvloop=None, pybase64=None)
import asyncio, logging
import httptools
import lambda_http_adapter
{source}
def serve(begun):
    try:
        options = dict(on_invocation_start=lambda context: os.write(begun, b"."))
        if {driver!r} == "sockets":
            lambda_http_adapter.run_wsgi(wsgi, **options)
        else:
            lambda_http_adapter.run_asgi(app, **options)
    except SystemExit as left:
        return left.code or 0
    except BaseException:
        traceback.print_exc()
        return 70
    return 0

codes = collections.Counter()
for _ in range({moments}):
    begun, begin = os.pipe()
    child = os.fork()
    if child == 0:
        code = serve(begin)
        sys.stderr.flush()
        os._exit(code)
    os.close(begin)
    os.read(begun, 1)
    time.sleep(random.uniform(0, 0.01))
    os.kill(child, {number})
    codes[os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])] += 1
    os.close(begun)
import json
print(json.dumps(codes), flush=True)
"""

every_driver = pytest.mark.parametrize("driver", DRIVERS)
every_concurrency = pytest.mark.parametrize("concurrency", [1, 4])

SOME = [("sockets", 1, "buffered"), ("sockets", 4, "response_stream"), ("uvloop", 1, "response_stream")]
ALL = itertools.product(DRIVERS, [1, 4], ["buffered", "response_stream"])


def ends(
    run_process: RunProcess, api: Soak, driver: str, concurrency: int, number: int, moments: int, **env: str
) -> dict[str, int]:
    """How often each exit code came of the signal. Three hundred headers keep the parser's callbacks busy."""
    api.headers = tuple((f"x-{n}", "v") for n in range(300))
    api.chunked = True
    process = run_process(
        code=MOMENTS.format(driver=driver, source=APP, number=number, moments=moments),
        env={"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), **STREAMED, **env},
    )
    assert process.wait(timeout=600) == 0
    assert "Traceback" not in process.logs
    codes: dict[str, int] = json.loads(process.stdout.splitlines()[-1])
    return codes


@pytest.mark.parametrize(
    ("number", "code", "driver", "concurrency", "mode", "moments"),
    [(signal.SIGTERM, "0", *one, 15) for one in SOME]
    + [
        pytest.param(*kind, *one, 1_000, marks=pytest.mark.slow)
        for kind, one in itertools.product([(signal.SIGTERM, "0"), (signal.SIGINT, "130")], ALL)
    ],
)
def test_a_signal_at_any_moment_ends_the_process_with_its_code(
    run_process: RunProcess, number: int, code: str, driver: str, concurrency: int, mode: str, moments: int
) -> None:
    with StreamSoak(100_000, [PLAIN], 1) as api:
        env = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": mode}
        assert ends(run_process, api, driver, concurrency, number, moments, **env) == {code: moments}
    assert api.complaints == []
    assert not [posts for posts in api.posts[: api.asked] if posts not in (["response"], [])]


EAGER = (
    """
import _signal, os
set_handler = _signal.signal
def eager(number, handler):
    before = set_handler(number, handler)
    if number == 15 and callable(handler):
        os.kill(os.getpid(), 15)
    return before
_signal.signal = eager
"""
    + APP
)


@every_concurrency
def test_sigterm_as_soon_as_it_has_a_handler(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, concurrency: int
) -> None:
    process = launch(run_process, "sockets", EAGER, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency))
    assert process.wait() == 0
    assert process.logs == ""


BUSY = """
import asyncio, os, signal, socket

def interrupt():
    for number in os.environ.get("SIGNALS", "").split():
        signal.raise_signal(int(number))

def call():
    with socket.create_connection(("127.0.0.1", int(os.environ["CALL"]))) as line:
        line.recv(1)

async def app(scope, receive, send):
    if scope["type"] == "http":
        await asyncio.to_thread(call)
        interrupt()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    call()
    interrupt()
    start_response("200 OK", [])
    return [b"{}"]
"""


def interrupted(process: Process) -> None:
    assert process.wait() == 130
    assert process.stderr == ""
    assert "Traceback" not in process.stdout


@pytest.mark.covering
@every_driver
@every_concurrency
def test_ctrl_c_ends_an_idle_process_with_130(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, concurrency: int
) -> None:
    process = launch(run_process, driver, BUSY, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency))
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == concurrency)
    process.signal(signal.SIGINT)
    interrupted(process)


@pytest.mark.covering
@every_driver
@every_concurrency
@pytest.mark.parametrize("others", ["", "15 2"], ids=["alone", "and others"])
def test_ctrl_c_lets_a_busy_process_answer_first(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, concurrency: int, others: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as calls:
        calls.settimeout(20)
        port = str(calls.getsockname()[1])
        deliveries = [fake_runtime_api.invoke(http()) for _ in range(concurrency)]
        env = {"CALL": port, "SIGNALS": others, "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency)}
        process = launch(run_process, driver, BUSY, **env)
        lines = [calls.accept()[0] for _ in deliveries]
        process.signal(signal.SIGINT)
        for line in lines:
            line.close()
        assert [delivery.wait().endpoint for delivery in deliveries] == ["response"] * concurrency
        interrupted(process)
