"""The process as SnapStart runs it: hooks of AWS's own package around a snapshot, everything fresh behind it."""

import json
import signal
import socket
from typing import cast

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import Answer, RequestReader, answer
from tests.support.programs import launch
from tests.support.recorded_request import Endpoint
from tests.support.runtime_process import GRACEFUL, every_program, http, seen, told

ENV = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}

APP = """
import json, random
from snapshot_restore_py import register_after_restore, register_before_snapshot

def say(*words, **how):
    print(*words, flush=True, **how)

random.seed(1)
before = random.random()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        say("startup")
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    answer = tell()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [tell()]

def tell():
    return json.dumps({"random": random.random()}).encode()

register_before_snapshot(say, "before", 1)
register_before_snapshot(say, "before", 2)
register_after_restore(say, "after", 1)

@register_after_restore
def last():
    say("after 2")

register_before_snapshot(say, "before", 3, sep="-")
"""


def said(process: Process) -> list[str]:
    return [line for line in process.stdout.splitlines() if line.startswith(("startup", "before", "after"))]


def startup(driver: str) -> list[str]:
    return [] if driver == "sockets" else ["startup"]


@every_program
def test_hooks_around_a_snapshot_that_is_waited_for(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    """Last registered, first called before the snapshot; in order after it."""
    delivery = fake_runtime_api.invoke(http())
    process = launch(run_process, driver, APP, **ENV)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("restore/next"))
    assert said(process) == [*startup(driver), "before-3", "before 2", "before 1"]
    assert seen(fake_runtime_api) == [(0, "restore/next")]
    fake_runtime_api.script("restore/next", answer(200))
    told(delivery.wait())
    assert said(process)[-2:] == ["after 1", "after 2"]
    assert len(said(process)) == len(startup(driver)) + 5


@every_program
def test_no_connection_survives_the_snapshot(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    delivery = fake_runtime_api.invoke(http())
    launch(run_process, driver, APP, **ENV, **GRACEFUL)
    told(delivery.wait())
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("extension/event/next")) == 2)
    calls = seen(fake_runtime_api)
    restored = [endpoint for _, endpoint in calls].index("restore/next")
    earlier = {connection for connection, _ in calls[: restored + 1]}
    assert not earlier & {connection for connection, _ in calls[restored + 1 :]}
    assert [endpoint for _, endpoint in calls].count("extension/register") == 1
    # Nobody waits for the answer to these, and the first may be read late: connections are numbered as they were made.
    before, after = sorted(connection for connection, endpoint in calls if endpoint == "extension/event/next")
    assert before < calls[restored][0] < after


@every_program
def test_sigterm_still_comes_to_what_was_restored(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    process = launch(run_process, driver, APP, "on_shutdown=lambda: say('after all')", **ENV, **GRACEFUL)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert said(process)[-1] == "after all"


@every_program
def test_an_extension_that_can_not_be_renewed_is_a_warning(run_process: RunProcess, driver: str) -> None:
    """What follows has to say for itself whether the Runtime API is gone."""
    registered = answer(200, {}, [("Lambda-Extension-Identifier", "8c5a2c4e-6f0d-4f5b-9d53-5c0f2b7f9a11")])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        address = "{}:{}".format(*listener.getsockname())
        options = "on_shutdown=lambda: say('after all')"
        process = launch(run_process, driver, APP, options, AWS_LAMBDA_RUNTIME_API=address, **ENV, **GRACEFUL)
        with listener.accept()[0] as line:
            assert RequestReader(line).head().target.endswith("/extension/register")
            registered.write(line, fragment=False)
        with listener.accept()[0] as waiting, listener.accept()[0] as line:
            assert RequestReader(waiting).head().target.endswith("/extension/event/next")
            assert RequestReader(line).head().target.endswith("/restore/next")
            listener.close()
            answer(200).write(line, fragment=False)
    assert process.wait() == 1
    assert "No SIGTERM will come" in process.logs
    assert "Traceback" not in process.logs
    assert said(process)[-1] == "after all"


@every_program
def test_copies_do_not_share_their_random_numbers(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    fake_runtime_api.script("restore/next", answer(200), answer(200))
    numbers = set()
    for _ in range(2):
        delivery = fake_runtime_api.invoke(http())
        process = launch(run_process, driver, APP, **ENV)
        numbers.add(cast("float", told(delivery.wait())["random"]))
        process.signal(signal.SIGKILL)
        process.wait()
    assert len(numbers) == 2


@every_program
def test_a_hook_may_draw_random_numbers(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str) -> None:
    """The seed is new before the hooks that follow the restore."""
    fake_runtime_api.script("restore/next", answer(200), answer(200))
    source = APP + "\nregister_after_restore(lambda: say('after', random.random()))\n"
    numbers = set()
    for _ in range(2):
        delivery = fake_runtime_api.invoke(http())
        process = launch(run_process, driver, source, **ENV)
        told(delivery.wait())
        numbers.add(said(process)[-1])
        process.signal(signal.SIGKILL)
        process.wait()
    assert len(numbers) == 2


@pytest.mark.parametrize("driver", ["asyncio", "sockets"])
@pytest.mark.parametrize(
    ("registration", "endpoint", "code", "error_type"),
    [
        ("register_before_snapshot(lambda: 1 / 0)", "init/error", 64, "Runtime.BeforeSnapshotError"),
        ("register_after_restore(lambda: 1 / 0)", "restore/error", 65, "Runtime.AfterRestoreError"),
    ],
)
def test_a_hook_that_fails_ends_the_environment(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    driver: str,
    registration: str,
    endpoint: str,
    code: int,
    error_type: str,
) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    process = launch(run_process, driver, f"{APP}\n{registration}\n", **ENV)
    assert process.wait() == code
    last = fake_runtime_api.requests[-1]
    assert last.endpoint == endpoint
    assert not fake_runtime_api.received("next")
    assert last.header("lambda-runtime-function-error-type") == error_type
    report = cast("dict[str, object]", last.json())
    assert (report["errorType"], report["errorMessage"]) == (error_type, "division by zero")
    assert json.loads(last.header("lambda-runtime-function-xray-error-cause") or "")["exceptions"]
    assert "division by zero" in process.logs


@pytest.mark.parametrize("driver", ["asyncio", "sockets"])
@pytest.mark.parametrize(
    "reply",
    [
        answer(403, {"errorType": "InvalidStateTransition"}),
        answer(404),
        answer(500),
        Answer(b"", "close"),
        Answer(b"HTTP/1.1 2", "reset"),
        Answer(b"what?\r\n\r\n", "close"),
    ],
    ids=["403", "404", "500", "lost", "half", "garbage"],
)
def test_a_snapshot_that_is_refused(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, reply: Answer
) -> None:
    fake_runtime_api.script("restore/next", reply)
    process = launch(run_process, driver, APP, **ENV)
    assert process.wait() == 64
    assert [endpoint for _, endpoint in seen(fake_runtime_api)] == ["restore/next", "init/error"]
    assert "after 1" not in said(process)


@pytest.mark.parametrize("driver", ["asyncio", "sockets"])
@pytest.mark.parametrize("initialization", ["on-demand", "provisioned-concurrency", "lambda-managed-instances", ""])
def test_other_environments_are_not_snapshots(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, initialization: str
) -> None:
    delivery = fake_runtime_api.invoke(http())
    process = launch(run_process, driver, APP, AWS_LAMBDA_INITIALIZATION_TYPE=initialization)
    told(delivery.wait())
    assert not fake_runtime_api.received("restore/next")
    assert said(process) == startup(driver)


@every_program
def test_without_hooks_the_snapshot_is_waited_for_all_the_same(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    source = APP.replace("from snapshot_restore_py import register_after_restore, register_before_snapshot", "")
    source = source[: source.index("register_before_snapshot(say")]
    delivery = fake_runtime_api.invoke(http())
    launch(run_process, driver, source, **ENV)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("restore/next"))
    fake_runtime_api.script("restore/next", answer(200))
    told(delivery.wait())
    assert [endpoint for _, endpoint in seen(fake_runtime_api)][:2] == ["restore/next", "next"]


@pytest.mark.parametrize("driver", ["asyncio", "sockets"])
@pytest.mark.parametrize(
    "reply",
    [answer(403), answer(404), answer(500), Answer(b"", "close"), Answer(b"", "reset"), Answer(b"HTTP/1.1 2", "close")],
    ids=["403", "404", "500", "lost", "reset", "half"],
)
@pytest.mark.parametrize(
    ("registration", "endpoint", "code"),
    [("register_before_snapshot", "init/error", 64), ("register_after_restore", "restore/error", 65)],
)
def test_whatever_becomes_of_the_report(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    driver: str,
    reply: Answer,
    registration: str,
    endpoint: Endpoint,
    code: int,
) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    fake_runtime_api.script(endpoint, reply)
    process = launch(run_process, driver, f"{APP}\n{registration}(lambda: 1 / 0)\n", **ENV)
    assert process.wait() == code
    assert [endpoint for _, endpoint in seen(fake_runtime_api)].count(endpoint) == 1
    assert not fake_runtime_api.received("next")
    assert "division by zero" in process.logs
