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
    assert "Lambda won't send SIGTERM" in process.logs
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


@pytest.mark.covering
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


LEAVE = """
import asyncio

def leaving(error):
    def leave():
        raise error
    return leave

def leaving_later(error):
    async def leave():
        await asyncio.sleep(0)
        raise error
    return leave
"""
GROUP = "BaseExceptionGroup('two', [SystemExit(0), ValueError()])"
slow = pytest.mark.slow
LEFT = [
    ("SystemExit(0)", "SystemExit(0)"),
    pytest.param("SystemExit(3)", "SystemExit(3)", marks=slow),
    pytest.param("KeyboardInterrupt()", "KeyboardInterrupt()", marks=slow),
    pytest.param("GeneratorExit()", "GeneratorExit()", marks=slow),
    ("asyncio.CancelledError()", "CancelledError()"),
    (GROUP, GROUP),
]
CALLS_OF_HOOKS = [
    ("uvloop", "leaving_later"),
    ("sockets", "leaving"),
    pytest.param("uvloop", "leaving", marks=slow),
    pytest.param("asyncio", "leaving_later", marks=slow),
]
MOMENTS = [
    ("register_before_snapshot", 64, "init/error"),
    ("on_restore", 65, "restore/error"),
    pytest.param("on_snapshot", 64, "init/error", marks=slow),
    pytest.param("register_after_restore", 65, "restore/error", marks=slow),
]


@pytest.mark.parametrize(("raised", "named"), LEFT)
@pytest.mark.parametrize(("moment", "code", "endpoint"), MOMENTS)
@pytest.mark.parametrize(("driver", "function"), CALLS_OF_HOOKS)
def test_a_hook_that_leaves_ends_the_environment(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    driver: str,
    function: str,
    moment: str,
    code: int,
    endpoint: str,
    raised: str,
    named: str,
) -> None:
    """However it leaves: nothing is served, and Lambda learns why."""
    fake_runtime_api.script("restore/next", answer(200))
    hook = f"{function}({raised})"
    source = APP + LEAVE
    options = ""
    if moment.startswith("register"):
        source += f"{moment}({hook})\n"
    else:
        options = f"{moment}={hook}"
    process = launch(run_process, driver, source, options, **ENV)
    assert process.wait() == code
    last = fake_runtime_api.requests[-1]
    assert last.endpoint == endpoint
    assert not fake_runtime_api.received("next")
    assert cast("dict[str, str]", last.json())["errorMessage"] == f"The app ended with {named}"
    assert "A SnapStart hook failed: The app ended with" in process.logs


@pytest.mark.covering
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


@pytest.mark.covering
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


@pytest.mark.covering
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


TELLING = """
import asyncio
loop = None

async def app(scope, receive, send):
    global loop
    if scope["type"] == "lifespan":
        await receive()
        loop = asyncio.get_running_loop()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    say("request", scope["method"], scope["path"])
    status = 500 if scope["path"] == "/refuses" else 204
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})

def wsgi(environ, start_response):
    say("request", environ["REQUEST_METHOD"], environ["PATH_INFO"])
    start_response("500 No" if environ["PATH_INFO"] == "/refuses" else "204 No Content", [])
    return []

def say(*words):
    print("said", *words, flush=True)

def hook(name):
    async def hook():
        await asyncio.sleep(0)
        say(name, asyncio.get_running_loop() is loop)
    return hook
"""
REGISTER = "from snapshot_restore_py import register_after_restore, register_before_snapshot\n"


def told_by_hooks(process: Process) -> list[str]:
    return [line.removeprefix("said ") for line in process.stdout.splitlines() if line.startswith("said ")]


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
def test_async_hooks_are_awaited_in_the_app_s_own_loop(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    source = f"""{TELLING}{REGISTER}
register_before_snapshot(hook("before 1"))
register_before_snapshot(hook("before 2"))
register_after_restore(hook("after 1"))
"""
    options = "on_snapshot=hook('option before'), on_restore=hook('option after')"
    process = launch(run_process, driver, source, options, **ENV)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("restore/next"))
    before = ["option before True", "before 2 True", "before 1 True"]
    assert told_by_hooks(process) == before
    fake_runtime_api.script("restore/next", answer(200))
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    assert told_by_hooks(process) == [*before, "after 1 True", "option after True"]


@every_program
def test_hooks_may_be_plain_functions(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    options = "on_snapshot=lambda: say('before'), on_restore=lambda: say('after')"
    process = launch(run_process, driver, TELLING, options, **ENV)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    assert told_by_hooks(process) == ["before", "after"]


@pytest.mark.parametrize(
    ("registration", "options"),
    [
        ("register_before_snapshot(hook('x'))", ""),
        ("register_after_restore(hook('x'))", ""),
        ("", "on_snapshot=hook('x')"),
        ("", "on_restore=hook('x')"),
    ],
)
def test_an_async_hook_of_what_has_no_event_loop_is_an_init_error(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, registration: str, options: str
) -> None:
    process = launch(run_process, "sockets", f"{TELLING}{REGISTER}{registration}\n", options, **ENV)
    assert process.wait() == 1
    assert [endpoint for _, endpoint in seen(fake_runtime_api)] == ["init/error"]
    report = cast("dict[str, object]", fake_runtime_api.requests[-1].json())
    expected = "The SnapStart hook hook.<locals>.hook is async; what is served here has no event loop."
    assert report["errorMessage"] == expected


def test_a_hook_that_turns_out_to_be_async_fails_the_snapshot(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess
) -> None:
    process = launch(run_process, "sockets", TELLING, "on_snapshot=lambda: hook('x')()", **ENV)
    assert process.wait() == 64
    assert [endpoint for _, endpoint in seen(fake_runtime_api)] == ["init/error"]
    assert "is async; what is served here has no event loop" in process.logs
    assert "never awaited" not in process.logs


PATHS = {
    "AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH": "/hooks/before",
    "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH": "/hooks/after",
}


@pytest.mark.covering
@every_program
@pytest.mark.parametrize("mode", ["buffered", "response_stream"])
def test_a_hook_may_be_a_path_of_the_app_that_clients_do_not_reach(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, mode: str
) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    deliveries = [fake_runtime_api.invoke(http(path)) for path in ("/hooks/before", "/hooks/after", "/hooks")]
    process = launch(run_process, driver, TELLING, LAMBDA_HTTP_ADAPTER_INVOKE_MODE=mode, **PATHS, **ENV)
    for delivery in deliveries:
        delivery.wait()
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    assert told_by_hooks(process) == [
        "request POST /hooks/before",
        "request POST /hooks/after",
        "request POST /hooks",
    ]


@every_program
def test_clients_do_not_reach_the_path_of_a_hook_without_a_snapshot(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    delivery = fake_runtime_api.invoke(http("/hooks/before"))
    process = launch(run_process, driver, TELLING, **PATHS)
    response = cast("dict[str, object]", json.loads(delivery.wait().body))
    assert (response["statusCode"], response["body"]) == (403, "Forbidden")
    assert told_by_hooks(process) == []


@every_program
@pytest.mark.parametrize(
    ("options", "code", "endpoint"),
    [("on_snapshot='/refuses'", 64, "init/error"), ("on_restore='/refuses'", 65, "restore/error")],
)
def test_a_path_that_is_not_answered_with_2xx_ends_the_environment(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, options: str, code: int, endpoint: str
) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    process = launch(run_process, driver, TELLING, options, **ENV)
    assert process.wait() == code
    assert fake_runtime_api.requests[-1].endpoint == endpoint
    report = cast("dict[str, object]", fake_runtime_api.requests[-1].json())
    assert report["errorMessage"] == "The app answered POST /refuses with 500; a hook has to answer with 2xx."


def test_a_handler_has_no_paths(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess) -> None:
    program = "from lambda_http_adapter import run\nrun(lambda: 1, on_snapshot='/before')"
    process = run_process(code=program, env=ENV)
    assert process.wait() == 1
    report = cast("dict[str, object]", fake_runtime_api.requests[-1].json())
    assert report["errorMessage"] == "on_snapshot and on_restore can be paths of an app only; a handler has none."


HANDLERS = f"""{TELLING}
from lambda_http_adapter import asgi_handler, wsgi_handler
asgi_handler(app, on_snapshot=hook("before"), on_restore="/after")
wsgi_handler(wsgi, on_snapshot="/wsgi", on_restore=lambda: say("after"))
"""
# As AWS's own runtime calls them.
CALLS = """
import snapshot_restore_py
for function, arguments, keywords in reversed(snapshot_restore_py.get_before_snapshot()):
    function(*arguments, **keywords)
for function, arguments, keywords in snapshot_restore_py.get_after_restore():
    function(*arguments, **keywords)
"""


def test_in_aws_s_runtime_the_options_are_registered_with_its_package(run_process: RunProcess) -> None:
    process = run_process(code=HANDLERS + CALLS, env=ENV | {"AWS_LAMBDA_RUNTIME_API": ""})
    assert process.wait() == 0
    assert told_by_hooks(process) == ["request POST /wsgi", "before True", "request POST /after", "after"]


def test_without_snapstart_nothing_is_registered(run_process: RunProcess) -> None:
    program = f"{HANDLERS}\nimport sys\nassert 'snapshot_restore_py' not in sys.modules"
    assert run_process(code=program, env={"AWS_LAMBDA_RUNTIME_API": ""}).wait() == 0
