"""The end of an environment: SIGTERM, which Lambda sends to those that have an extension."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator import StartEmulator
from tests.process import Process, RunProcess, python
from tests.runtime import Serve, every_driver, http, seen, told
from tests.runtime.programs import DRIVERS, launch
from tests.runtime_api import FakeRuntimeAPI
from tests.wire import Answer, answer

# Each part of the end says that it has come. Where the app must be seen busy it calls the test, and goes on when that
# hangs up.
APP = """
import asyncio, atexit, os, socket, sys, threading, time

def say(text):
    print(text, flush=True)

atexit.register(say, "atexit")

def call():
    with socket.create_connection(("127.0.0.1", int(os.environ["CALL"]))) as line:
        line.sendall(threading.current_thread().name.encode())
        line.recv(1)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        say("lifespan")
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["path"] in ("/busy", "/stuck"):
        await asyncio.to_thread(call)
    if scope["path"] in ("/stuck", "/sleep"):
        await asyncio.Event().wait()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    if environ["PATH_INFO"] in ("/busy", "/stuck"):
        call()
    if environ["PATH_INFO"] in ("/stuck", "/sleep"):
        while True:
            time.sleep(60)
    start_response("200 OK", [])
    return [b"{}"]

def slow():
    time.sleep(0.4)
    say("hook")
"""

GRACEFUL = {"LAMBDA_HTTP_ADAPTER_GRACEFUL_SHUTDOWN": "true"}

every_program = pytest.mark.parametrize("driver", DRIVERS)
every_concurrency = pytest.mark.parametrize("concurrency", [1, 4])


def parts(driver: str) -> list[str]:
    return ["hook", "atexit"] if driver == "sockets" else ["lifespan", "hook", "atexit"]


def said(process: Process) -> list[str]:
    """What the app has printed, without what was logged."""
    return [line for line in process.stdout.splitlines() if not line.startswith("[")]


@pytest.fixture
def calls() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener


def busy(calls: socket.socket, number: int) -> list[tuple[bytes, socket.socket]]:
    """That many invocations, each by the name of its thread and the line that it waits on."""
    lines = [calls.accept()[0] for _ in range(number)]
    return [(line.recv(64), line) for line in lines]


# The extension that makes Lambda send it


@every_driver
def test_registered_before_the_first_poll(runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """The first poll closes the registration, and until the extension waits there is no end of the init phase."""
    delivery = runtime_api.invoke(http())
    process = serve(**GRACEFUL)
    told(delivery.wait())
    runtime_api.wait_until(lambda: len(runtime_api.received("next")) == 2)
    register, wait = (runtime_api.received(name)[0] for name in ("extension/register", "extension/event/next"))
    assert register.json() == {"events": []}
    assert register.header("lambda-extension-name") == "lambda-http-adapter"
    assert wait.header("lambda-extension-identifier") == "8c5a2c4e-6f0d-4f5b-9d53-5c0f2b7f9a11"
    endpoints = [endpoint for _, endpoint in seen(runtime_api)]
    assert endpoints[0] == "extension/register"
    assert sorted(endpoints[1:3]) == ["extension/event/next", "next"]
    assert endpoints[3:] == ["response", "next"]
    # Held for as long as the process lives, on a connection that nothing else uses.
    assert wait.answer is None
    assert [x.connection for x in runtime_api.exchanges].count(wait.connection) == 1
    assert process.running


@every_driver
def test_registered_once_however_many_run(runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    serve(AWS_LAMBDA_MAX_CONCURRENCY="4", **GRACEFUL)
    runtime_api.wait_until(lambda: len(runtime_api.received("next")) == 4)
    endpoints = [endpoint for _, endpoint in seen(runtime_api)]
    assert [endpoints.count(name) for name in ("extension/register", "extension/event/next")] == [1, 1]


@pytest.mark.parametrize("serve", ["asyncio", "sockets"], indirect=True)
@pytest.mark.parametrize(
    ("reply", "fact"),
    [
        (answer(403, {"errorType": "Extension.RegistrationClosed"}), "RegistrationClosed"),
        (answer(400, {"errorType": "Extension.TooManyExtensions"}), "TooManyExtensions"),
        (answer(500, {"errorType": "InternalServerError"}), "InternalServerError"),
        (answer(200, {}), "200"),
        (answer(404), "404"),
        (Answer(b"", "close"), "Lost"),
        (Answer(b"", "reset"), "Lost"),
        (Answer(b"HTTP/1.1 200 O", "close"), "middle"),
        (Answer(b"what?\r\n\r\n", "close"), "not HTTP"),
    ],
    ids=["closed", "too many", "500", "no identifier", "404", "lost", "reset", "half", "garbage"],
)
def test_a_refused_registration_is_a_warning(
    runtime_api: FakeRuntimeAPI, serve: Serve, reply: Answer, fact: str
) -> None:
    runtime_api.script("extension/register", reply)
    delivery = runtime_api.invoke(http())
    process = serve(**GRACEFUL)
    told(delivery.wait())
    assert "[WARNING]" in process.logs
    assert fact in process.logs
    assert not runtime_api.received("extension/event/next")


@every_driver
def test_turned_off_there_is_no_extension(runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    delivery = runtime_api.invoke(http())
    serve(LAMBDA_HTTP_ADAPTER_GRACEFUL_SHUTDOWN="false")
    told(delivery.wait())
    assert {endpoint for _, endpoint in seen(runtime_api)} <= {"next", "response"}


@every_driver
def test_what_becomes_of_the_extensions_wait_does_not_matter(runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    runtime_api.script("extension/event/next", answer(500, {"errorType": "InternalServerError"}, then="close"))
    deliveries = [runtime_api.invoke(http()) for _ in range(2)]
    process = serve(**GRACEFUL)
    for delivery in deliveries:
        told(delivery.wait())
    assert process.running


# The signal


@every_program
@every_concurrency
def test_while_it_waits_for_an_invocation(
    runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, concurrency: int
) -> None:
    options = "on_shutdown=lambda: say('hook')"
    process = launch(run_process, driver, APP, options, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency), **GRACEFUL)
    runtime_api.wait_until(lambda: len(runtime_api.received("next")) == concurrency)
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process) == parts(driver)
    assert "Traceback" not in process.logs


@every_program
@every_concurrency
def test_invocations_in_flight_are_finished(
    runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str, concurrency: int
) -> None:
    deliveries = [runtime_api.invoke(http("/busy")) for _ in range(concurrency)]
    process = launch(
        run_process,
        driver,
        APP,
        "on_shutdown=lambda: say('hook')",
        AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency),
        CALL=str(calls.getsockname()[1]),
        **GRACEFUL,
    )
    lines = busy(calls, concurrency)
    process.signal(signal.SIGTERM)
    for _, line in lines:
        line.close()
    for delivery in deliveries:
        told(delivery.wait())
    assert process.wait() == 0
    assert len(runtime_api.received("next")) == concurrency
    assert said(process) == parts(driver)
    assert "Traceback" not in process.logs


def test_every_thread_has_its_grace(runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket) -> None:
    """Also the first one, which was being waited for when the signal came."""
    for _ in range(4):
        runtime_api.invoke(http("/busy"))
    env = {"AWS_LAMBDA_MAX_CONCURRENCY": "4", "CALL": str(calls.getsockname()[1]), **GRACEFUL}
    process = launch(run_process, "sockets", APP, "on_shutdown=call", **env)
    first, *others = sorted(busy(calls, 4), key=lambda name_and_line: name_and_line[0])
    begin = time.monotonic()
    process.signal(signal.SIGTERM)
    for _, line in others:
        line.close()
    with calls.accept()[0] as hook:
        assert time.monotonic() - begin > 0.25
        assert hook.recv(64) == b"MainThread"
    first[1].close()
    assert process.wait() == 0


@every_program
@every_concurrency
def test_what_does_not_finish_is_left(
    runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str, concurrency: int
) -> None:
    """SIGKILL is near: the rest of the time belongs to the shutdown."""
    for _ in range(concurrency):
        runtime_api.invoke(http("/stuck"))
    process = launch(
        run_process,
        driver,
        APP,
        "on_shutdown=lambda: say('hook')",
        AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency),
        CALL=str(calls.getsockname()[1]),
        **GRACEFUL,
    )
    for _, line in busy(calls, concurrency):
        line.close()
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process) == parts(driver)
    assert not runtime_api.received("response")


@every_program
def test_a_hook_may_take_what_the_invocation_left(
    runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str
) -> None:
    """The time that an invocation in flight is given does not run on into the shutdown."""
    delivery = runtime_api.invoke(http("/busy"))
    port = str(calls.getsockname()[1])
    process = launch(run_process, driver, APP, "on_shutdown=slow", CALL=port, **GRACEFUL)
    ((_, line),) = busy(calls, 1)
    process.signal(signal.SIGTERM)
    line.close()
    told(delivery.wait())
    assert process.wait() == 0
    assert said(process) == parts(driver)
    assert "Traceback" not in process.logs


@every_program
def test_a_second_signal_changes_nothing(runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str) -> None:
    source = APP.replace("time.sleep(0.4)", "os.kill(os.getpid(), 15)")
    process = launch(run_process, driver, source, "on_shutdown=slow", **GRACEFUL)
    runtime_api.wait_until(lambda: runtime_api.received("next"))
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process) == parts(driver)


@every_program
def test_no_hook_fails_the_end(runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str) -> None:
    process = launch(run_process, driver, APP, "on_shutdown=lambda: 1 / 0", **GRACEFUL)
    runtime_api.wait_until(lambda: runtime_api.received("next"))
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert "ZeroDivisionError" in process.logs


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
def test_a_hook_may_be_async(runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str) -> None:
    source = APP + "\nasync def hook():\n    await asyncio.sleep(0)\n    say('hook')\n"
    process = launch(run_process, driver, source, "on_shutdown=hook", **GRACEFUL)
    runtime_api.wait_until(lambda: runtime_api.received("next"))
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process) == parts(driver)


# AWS's own other side


@pytest.mark.parametrize("colour", ["app", "wsgi"])
def test_lambda_ends_an_idle_environment(emulator: StartEmulator, tmp_path: Path, colour: str) -> None:
    (tmp_path / "app.py").write_text(APP)
    function = emulator(python("run", f"app:{colour}"))
    status, body = function.invoke(http())
    assert (status, json.loads(body)["statusCode"]) == (200, 200)
    function.terminate()
    lines = [line for line in function.logs.splitlines() if line in ("lifespan", "atexit")]
    assert lines == (["lifespan", "atexit"] if colour == "app" else ["atexit"])


@pytest.mark.parametrize("colour", ["app", "wsgi"])
def test_lambda_times_an_invocation_out(
    emulator: StartEmulator, tmp_path: Path, calls: socket.socket, colour: str
) -> None:
    """The environment is told before it is ended, and the next invocation has a new one."""
    (tmp_path / "app.py").write_text(APP)
    function = emulator(python("run", f"app:{colour}"), {"AWS_LAMBDA_FUNCTION_TIMEOUT": "1"})
    _, body = function.invoke(http("/sleep"))
    assert b"timed out" in body
    _, body = function.invoke(http())
    assert json.loads(body)["statusCode"] == 200
    assert "atexit" in function.logs.splitlines()
