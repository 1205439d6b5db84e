"""The end of an environment: SIGTERM, which Lambda sends to those that have an extension."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.child_process import Process, RunProcess, python
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.programs import DRIVERS, launch
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import GRACEFUL, http, told

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
    if scope["path"] in ("/busy", "/stuck", "/stubborn"):
        await asyncio.to_thread(call)
    while scope["path"] in ("/stuck", "/sleep", "/stubborn"):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if scope["path"] != "/stubborn":
                raise
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    if environ["PATH_INFO"] in ("/busy", "/stuck"):
        call()
    if environ["PATH_INFO"] in ("/stuck", "/sleep"):
        sleep()
    start_response("200 OK", [])
    return [b"{}"]

def sleep(context=None):
    # In short steps: a signal between Python's last look and the system call does not interrupt that one.
    while True:
        time.sleep(0.05)

async def sleep_async(context):
    await asyncio.sleep(60)

def slow():
    time.sleep(0.4)
    say("hook")
"""


SAY_HOOK = "on_shutdown=lambda: say('hook')"

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


def launch_caller(
    run_process: RunProcess, driver: str, calls: socket.socket, concurrency: int, options: str = SAY_HOOK
) -> Process:
    env = {"AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), "CALL": str(calls.getsockname()[1])}
    return launch(run_process, driver, APP, options, **env, **GRACEFUL)


def busy(calls: socket.socket, number: int) -> list[tuple[bytes, socket.socket]]:
    """That many invocations, each by the name of its thread and the line that it waits on."""
    lines = [calls.accept()[0] for _ in range(number)]
    return [(line.recv(64), line) for line in lines]


# The signal


@pytest.mark.covering
@every_program
@every_concurrency
def test_while_it_waits_for_an_invocation(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, concurrency: int
) -> None:
    options = "on_shutdown=lambda: say('hook')"
    process = launch(run_process, driver, APP, options, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency), **GRACEFUL)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == concurrency)
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process) == parts(driver)
    assert "Traceback" not in process.logs


@pytest.mark.covering
@every_program
@every_concurrency
def test_invocations_in_flight_are_finished(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str, concurrency: int
) -> None:
    deliveries = [fake_runtime_api.invoke(http("/busy")) for _ in range(concurrency)]
    process = launch_caller(run_process, driver, calls, concurrency)
    lines = busy(calls, concurrency)
    process.signal(signal.SIGTERM)
    for _, line in lines:
        line.close()
    for delivery in deliveries:
        told(delivery.wait())
    assert process.wait() == 0
    # Another thread may ask once more before the main one, which takes the signals, has run again.
    again = concurrency if driver == "sockets" and concurrency > 1 else 0
    assert concurrency <= len(fake_runtime_api.received("next")) <= concurrency + again
    assert said(process) == parts(driver)
    assert "Traceback" not in process.logs


def test_every_thread_has_its_grace(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket
) -> None:
    """Also the first one, which was being waited for when the signal came."""
    for _ in range(4):
        fake_runtime_api.invoke(http("/busy"))
    process = launch_caller(run_process, "sockets", calls, 4, "on_shutdown=call")
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


@pytest.mark.covering
@every_program
@every_concurrency
def test_what_does_not_finish_is_left(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str, concurrency: int
) -> None:
    """SIGKILL is near: the rest of the time belongs to the shutdown."""
    for _ in range(concurrency):
        fake_runtime_api.invoke(http("/stuck"))
    process = launch_caller(run_process, driver, calls, concurrency)
    for _, line in busy(calls, concurrency):
        line.close()
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process) == parts(driver)
    assert not fake_runtime_api.received("response")


@every_program
def test_the_grace_of_what_had_not_begun(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str
) -> None:
    """The signal comes before the app, whose own deadline is far, and ends it no later than one that comes within."""
    fake_runtime_api.invoke(http("/sleep"))
    options = "on_invocation_start=lambda context: call(), deadline_margin_ms=0, on_shutdown=lambda: say('hook')"
    process = launch(run_process, driver, APP, options, CALL=str(calls.getsockname()[1]), **GRACEFUL)
    ((_, line),) = busy(calls, 1)
    process.signal(signal.SIGTERM)
    line.close()
    assert process.wait() == 0
    assert said(process) == parts(driver)


@every_program
def test_the_grace_goes_on_behind_the_app(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str
) -> None:
    delivery = fake_runtime_api.invoke(http("/busy"))
    end = "sleep" if driver == "sockets" else "sleep_async"
    options = f"on_invocation_end={end}, deadline_margin_ms=0, on_shutdown=lambda: say('hook')"
    process = launch(run_process, driver, APP, options, CALL=str(calls.getsockname()[1]), **GRACEFUL)
    ((_, line),) = busy(calls, 1)
    process.signal(signal.SIGTERM)
    line.close()
    told(delivery.wait())
    assert process.wait() == 0
    assert said(process) == parts(driver)


@every_program
def test_a_hook_may_take_what_the_invocation_left(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str
) -> None:
    """The time that an invocation in flight is given does not run on into the shutdown."""
    delivery = fake_runtime_api.invoke(http("/busy"))
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
def test_a_second_signal_changes_nothing(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    source = APP.replace("time.sleep(0.4)", "os.kill(os.getpid(), 15)")
    process = launch(run_process, driver, source, "on_shutdown=slow", **GRACEFUL)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process) == parts(driver)


def test_a_second_signal_ends_no_grace(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket
) -> None:
    deliveries = [fake_runtime_api.invoke(http("/busy")) for _ in range(4)]
    process = launch_caller(run_process, "sockets", calls, 4)
    lines = busy(calls, 4)
    process.signal(signal.SIGTERM)
    process.signal(signal.SIGTERM)
    for _, line in lines:
        line.close()
    for delivery in deliveries:
        told(delivery.wait())
    assert process.wait() == 0


# Lambda's receipt is there before the event loop sees the signal: the next poll has been written when it does.
SIGNALS = """
import asyncio, signal, time

async def app(scope, receive, send):
    signal.raise_signal(signal.SIGTERM)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
    time.sleep(0.1)

async def hook():
    print(len(asyncio.all_tasks()), flush=True)
"""


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
@every_concurrency
def test_a_signal_that_comes_with_the_receipt(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, concurrency: int
) -> None:
    """No poller is left to wait for: the shutdown need not spend its time on a grace."""
    delivery = fake_runtime_api.invoke(http("/"))
    options = "on_shutdown=hook, lifespan='off'"
    process = launch(run_process, driver, SIGNALS, options, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency), **GRACEFUL)
    told(delivery.wait())
    assert process.wait() == 0
    assert {*said(process)} == {"1"}  # the hook's own task


@every_program
def test_no_hook_fails_the_end(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str) -> None:
    process = launch(run_process, driver, APP, "on_shutdown=lambda: 1 / 0", **GRACEFUL)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert "ZeroDivisionError" in process.logs


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
def test_an_app_that_swallows_its_cancellation_delays_nothing(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, calls: socket.socket, driver: str
) -> None:
    """It can't be ended, but SIGKILL will, and until then the shutdown has its part of the time."""
    fake_runtime_api.invoke(http("/stubborn"))
    process = launch(run_process, driver, APP, "on_shutdown=call", CALL=str(calls.getsockname()[1]), **GRACEFUL)
    ((_, line),) = busy(calls, 1)
    process.signal(signal.SIGTERM)
    line.close()
    with calls.accept()[0] as hook:
        assert hook.recv(64) == b"MainThread"
    assert "lifespan" in process.stdout
    process.signal(signal.SIGKILL)


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
def test_a_hook_may_be_async(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str) -> None:
    source = APP + "\nasync def hook():\n    await asyncio.sleep(0)\n    say('hook')\n"
    process = launch(run_process, driver, source, "on_shutdown=hook", **GRACEFUL)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
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


@pytest.mark.covering
@every_program
@every_concurrency
@pytest.mark.parametrize("path", [None, "/sleep"], ids=["idle", "busy"])
def test_ctrl_c_ends_a_function_without_a_traceback(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, concurrency: int, path: str | None
) -> None:
    """At a terminal, under AWS's Runtime Interface Emulator."""
    process = launch(run_process, driver, APP, SAY_HOOK, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency))
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == concurrency)
    if path is not None:
        for _ in range(concurrency):
            fake_runtime_api.invoke(http(path))
        fake_runtime_api.wait_until(lambda: all(poll.answer for poll in fake_runtime_api.received("next")))
    process.signal(signal.SIGINT)
    assert process.wait() == 130
    assert said(process) == parts(driver)
    assert "Traceback" not in process.logs
