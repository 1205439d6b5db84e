"""Several processes share the invocations of a Managed Instance, and end together."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter._runtime.processes import Share, cpus, is_single_threaded
from tests.support.child_process import Process, RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.proc import proc
from tests.support.programs import launch
from tests.support.recorded_request import RecordedRequest
from tests.support.runtime_process import GRACEFUL, Serve, every_colour, every_program, failed, http, on_sockets, told

# Tells about the process, does what the request's body says, and prints when the process starts, serves and ends.
APP = """
import atexit, json, logging, os, sys, time

def say(word):
    os.write(1, f"{word} {os.getpid()}\\n".encode())

started_in = os.getpid()
say("import")
atexit.register(say, "exit")

def tell(body, flags):
    exec(body)
    told = {"pid": os.getpid(), "started_in": started_in, "trace": os.environ.get("_X_AMZN_TRACE_ID"), "flags": flags}
    return json.dumps(told).encode()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        say("lifespan")
        await send({"type": "lifespan.shutdown.complete"})
        return
    answer = tell((await receive())["body"], None)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})

def wsgi(environ, start_response):
    flags = [environ["wsgi.multithread"], environ["wsgi.multiprocess"]]
    answer = tell(environ["wsgi.input"].read(), flags)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]
"""


def several(concurrency: int, processes: int | str) -> dict[str, str]:
    return {"AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), "LAMBDA_HTTP_ADAPTER_PROCESSES": str(processes)}


def polls(api: FakeRuntimeAPI, number: int) -> list[RecordedRequest]:
    """The polls, once there are so many."""
    api.wait_until(lambda: len(api.received("next")) == number)
    return api.received("next")


def pids(api: FakeRuntimeAPI, concurrency: int) -> dict[int, int]:
    """The process behind each connection."""
    api.wait_until(lambda: len(api.received("next")) >= concurrency)
    found: dict[int, int] = {}
    while len(found) < concurrency:  # the fake API gives an event to any poller
        post = api.invoke(http()).wait()
        found[post.connection] = cast("int", told(post)["pid"])
    return found


def alive(process: Process) -> list[int]:
    """The processes of its session, but for those that have ended."""
    found = []
    for entry in proc("").iterdir():
        try:
            if entry.name.isdecimal() and os.getsid(int(entry.name)) == process.pid:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                found += [int(entry.name)] if state != "Z" else []
        except (ProcessLookupError, FileNotFoundError):
            pass
    return found


def printed(process: Process, word: str) -> list[int]:
    """The processes that printed it."""
    lines = [line.split() for line in process.stdout.splitlines()]
    return [int(line[1]) for line in lines if line[0] == word]


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize(("concurrency", "processes", "shares"), [(4, 2, [2, 2]), (5, 3, [1, 2, 2]), (2, 9, [1, 1])])
def test_each_polls_for_its_share(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: int, processes: int, shares: list[int]
) -> None:
    process = serve(APP, **several(concurrency, processes))
    connections = pids(fake_runtime_api, concurrency)
    assert sorted(Counter(connections.values()).values()) == shares
    assert process.pid not in connections.values()
    assert sorted(printed(process, "import")) == sorted(set(connections.values()))


@every_program
def test_a_program_is_run_again_for_each_process(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str
) -> None:
    """It has imported the app already: what that has opened is of one process alone."""
    process = launch(run_process, driver, APP, "processes=2", **several(4, 1))
    polls(fake_runtime_api, 4)
    answers = [told(fake_runtime_api.invoke(http()).wait()) for _ in range(8)]
    assert all(answer["pid"] == answer["started_in"] != process.pid for answer in answers)
    assert len(printed(process, "import")) == 3
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert process.pid not in printed(process, "exit")


def test_a_process_that_begins_again_waits_for_nobody() -> None:
    (token, last_token), (door, key) = os.pipe(), os.pipe()
    share = Share(f"0,1,{token},{door},{key}", 1)
    share.wait_for_all()
    share.wait_for_all()
    for descriptor in (token, last_token, door):
        os.close(descriptor)


def test_a_process_of_the_programs_own_may_end(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess) -> None:
    source = "import subprocess\nsubprocess.Popen(['sleep', '0.1'])\n" + APP
    process = launch(run_process, "uvloop", source, "processes=2", **several(4, 1))
    polls(fake_runtime_api, 4)
    while len(alive(process)) > 3:
        assert process.running
    assert told(fake_runtime_api.invoke(http()).wait())["pid"] != process.pid
    assert process.running


def test_no_fork_where_threads_run(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import threading, os\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "os.write(1, b'begin %d\\n' % os.getpid())\n"
    )
    (tmp_path / "app.py").write_text(APP)
    env = {"PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "error", **several(2, 2)}
    process = run_process("run", "app:app", env=env)
    polls(fake_runtime_api, 2)
    assert process.pid in printed(process, "begin")
    assert len(printed(process, "begin")) == 3
    assert process.pid not in printed(process, "import")


def test_no_fork_where_threads_can_not_be_counted(tmp_path: Path) -> None:
    assert not is_single_threaded(str(tmp_path / "nothing"))


@every_colour
def test_a_poller_of_its_own_process_has_its_trace_in_the_environment(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve
) -> None:
    serve(APP, **several(2, 2))
    for trace in ("Root=1-a", "Root=1-b", None):
        delivery = fake_runtime_api.invoke(http(), headers={"Lambda-Runtime-Trace-Id": trace})
        assert told(delivery.wait())["trace"] == trace


@on_sockets
@pytest.mark.parametrize(("concurrency", "flags"), [(2, [False, True]), (4, [True, True])])
def test_a_wsgi_app_knows_of_the_other_processes(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: int, flags: list[bool]
) -> None:
    serve(APP, **several(concurrency, 2))
    assert told(fake_runtime_api.invoke(http()).wait())["flags"] == flags


@pytest.mark.slow  # asks for a quiet machine: a process that gets no processor for 40 ms misses its turns
@every_colour
def test_the_first_polls_of_the_processes_alternate(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """Lambda's events go to who has waited longest: a few at once are to be those of all processes."""
    serve(APP, **several(16, 2))
    first = [poll.connection for poll in polls(fake_runtime_api, 16)]
    connections = pids(fake_runtime_api, 16)
    order = [connections[connection] for connection in first]
    assert len(set(order[:8])) == 2, order


def test_all_wait_for_the_last_one(fake_runtime_api: FakeRuntimeAPI, serve: Serve, tmp_path: Path) -> None:
    """Nothing is accepted while one may still fail to start."""
    os.mkfifo(tmp_path / "gate")
    source = "import os\ntry:\n    os.mkdir('first')\nexcept FileExistsError:\n    open('gate').read()\n" + APP
    process = serve(source, **several(4, 2))
    gate = os.open(tmp_path / "gate", os.O_WRONLY)  # once the second has opened it
    while not printed(process, "import"):
        assert process.running
    assert not fake_runtime_api.requests
    os.close(gate)
    polls(fake_runtime_api, 4)


def test_a_process_that_the_app_forks_is_not_waited_for(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """At its import, when the others wait for this one, and later."""
    fork = "def fork():\n    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)\n"
    process = serve(f"import os, time\n{fork}\nfork()\n{APP}", **several(2, 2))
    polls(fake_runtime_api, 2)
    assert told(fake_runtime_api.invoke(http(body="fork()")).wait())["pid"] != process.pid
    os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize("start", ["command", "program"])
def test_one_extension_registered_before_the_first_poll(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, run_process: RunProcess, start: str
) -> None:
    if start == "command":
        serve(APP, **several(4, 2), **GRACEFUL)
    else:
        launch(run_process, "uvloop", APP, "processes=2, graceful_shutdown=True", **several(4, 1))
    polls(fake_runtime_api, 4)
    endpoints = [request.endpoint for request in fake_runtime_api.requests]
    assert endpoints[:2] == ["extension/register", "extension/event/next"]
    assert endpoints[2:] == ["next"] * 4


def test_a_refused_registration_is_logged_once(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.script("extension/register", answer(403, {"errorType": "Extension.RegistrationClosed"}))
    process = serve(APP, **several(4, 2), **GRACEFUL, AWS_LAMBDA_LOG_FORMAT="JSON")
    polls(fake_runtime_api, 4)
    (record,) = [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]
    assert "RegistrationClosed" in record["message"]


# The end

SHUTDOWN = "on_shutdown=lambda: say('shutdown'), processes=2"


@pytest.mark.covering
@every_program
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
@pytest.mark.parametrize("group", [False, True], ids=["parent", "group"])
def test_a_signal_ends_all_in_order(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, number: int, code: int, group: bool
) -> None:
    process = launch(run_process, driver, APP, SHUTDOWN, **several(4, 1), **GRACEFUL)
    served = set(pids(fake_runtime_api, 4).values())
    if group:
        os.killpg(process.pid, number)
    else:
        process.signal(number)
    assert process.wait() == code
    assert alive(process) == []
    both = sorted(set(printed(process, "import")) - {process.pid})
    assert served <= set(both)
    for word in ("shutdown", "exit") if driver == "sockets" else ("lifespan", "shutdown", "exit"):
        assert sorted(printed(process, word)) == both
    assert "Traceback" not in process.logs


# An invocation that ends a moment after its process has learnt of the end.
UNTIL_TOLD = """
from lambda_http_adapter._apps import ON_END
told = []
ON_END.add(lambda told=told: told.append(say("told")))
say("begun")
while not told:
    time.sleep(0.005)
time.sleep(0.1)
"""


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("signals", [1, 2])
def test_an_invocation_in_flight_is_answered_after_sigterm(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, signals: int
) -> None:
    """A second one changes nothing."""
    process = serve(APP, **several(2, 2))
    polls(fake_runtime_api, 2)
    delivery = fake_runtime_api.invoke(http(body=UNTIL_TOLD))
    while not printed(process, "begun"):
        assert process.running
    process.signal(signal.SIGTERM)
    while not printed(process, "told"):
        assert process.running
    for _ in range(signals - 1):
        process.signal(signal.SIGTERM)
    assert told(delivery.wait())["pid"]
    assert process.wait() == 0


DEATHS = {
    "exits": ("os._exit(3)", 3),
    "is killed": ("os.kill(os.getpid(), 9)", -9),
    "is ended by a signal that the first one handles": ("os.kill(os.getpid(), 14)", -14),
}


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize(("death", "code"), DEATHS.values(), ids=DEATHS)
def test_a_process_that_dies_ends_the_environment(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, death: str, code: int
) -> None:
    """With its own exit code or signal, and the others as by SIGTERM."""
    process = serve(APP, **several(4, 2))
    polls(fake_runtime_api, 4)
    fake_runtime_api.invoke(http(body=death))
    assert process.wait() == code
    assert alive(process) == []
    assert len(printed(process, "exit")) == 1


def test_an_app_that_wants_no_zombies(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess) -> None:
    """Its import is the first process's too, which has to learn all the same that another has ended."""
    source = f"import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n{APP}"
    process = launch(run_process, "uvloop", source, "processes=2", **several(2, 1))
    polls(fake_runtime_api, 2)
    fake_runtime_api.invoke(http(body="os._exit(3)"))
    assert process.wait() == 3
    assert alive(process) == []


def test_a_process_that_does_not_end_with_the_others_is_killed(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    process = serve(APP, **several(2, 2))
    polls(fake_runtime_api, 2)
    fake_runtime_api.invoke(http(body="say('stuck'); time.sleep(600)"))
    while not printed(process, "stuck"):
        assert process.running
    fake_runtime_api.invoke(http(body="os._exit(3)"))
    assert process.wait() == 3
    assert alive(process) == []


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("concurrency", [2, 4])
@pytest.mark.parametrize("leave", ["raise SystemExit(3)", "raise KeyboardInterrupt"])
def test_an_app_that_leaves_fails_its_invocation_alone(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: int, leave: str
) -> None:
    """Also where it has a process of its own: other invocations of the environment are in flight."""
    process = serve(APP, **several(concurrency, 2))
    for _ in range(4):
        request = fake_runtime_api.invoke(http(body=leave)).wait()
        assert "ended with" in cast("str", failed(request)["errorMessage"])
    polls(fake_runtime_api, concurrency + 4)
    assert told(fake_runtime_api.invoke(http()).wait())["pid"]
    assert process.running


@every_colour
def test_a_process_without_a_poller_left_ends_the_environment(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.script("next", *[answer(500, {"errorType": "InternalServerError"})] * 20)
    process = serve(APP, **several(2, 2))
    assert process.wait() == 1
    assert 5 <= len(fake_runtime_api.received("next")) <= 10
    assert alive(process) == []


# A failing start

FAILING = {
    "import": "raise RuntimeError('no database')\n" + APP,
    "lifespan": APP.replace("startup.complete", "startup.failed"),
    "syntax": "def",
}


@pytest.mark.covering
@pytest.mark.parametrize("source", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_a_failing_start_is_reported_once(fake_runtime_api: FakeRuntimeAPI, serve: Serve, source: str) -> None:
    process = serve(source, **several(8, 4), **GRACEFUL, AWS_LAMBDA_LOG_FORMAT="JSON")
    assert process.wait() == 1
    (report,) = fake_runtime_api.received("init/error")
    assert not fake_runtime_api.received("next")
    (record,) = [line for line in process.stdout.splitlines() if line.startswith("{")]
    assert json.loads(record)["level"] == "ERROR"
    assert json.dumps(cast("dict[str, str]", report.json())["errorMessage"]) in record
    assert alive(process) == []


@pytest.mark.parametrize("wrong", ["0", "many", "-1", "1.5"])
def test_a_wrong_number_is_an_init_error(fake_runtime_api: FakeRuntimeAPI, serve: Serve, wrong: str) -> None:
    process = serve(APP, **several(4, wrong), AWS_LAMBDA_LOG_FORMAT="JSON")
    assert process.wait() == 1
    (report,) = fake_runtime_api.requests
    assert report.endpoint == "init/error"
    (record,) = [json.loads(line) for line in process.stdout.splitlines() if line.startswith("{")]
    assert record["level"] == "ERROR"
    assert cast("dict[str, str]", report.json())["errorMessage"] == (
        f"The environment variable LAMBDA_HTTP_ADAPTER_PROCESSES is {wrong!r}; "
        "expected 'auto' or a whole number, 1 or more."
    )


def test_where_no_process_can_be_started_the_init_fails(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess
) -> None:
    source = APP + "\nimport sys\nsys.executable = '/nowhere/python'\n"
    process = launch(run_process, "uvloop", source, "processes=2", **several(4, 1))
    assert process.wait() == 1
    (report,) = fake_runtime_api.requests
    assert report.endpoint == "init/error"
    assert "/nowhere/python" in cast("dict[str, str]", report.json())["errorMessage"]


def test_no_process_waits_for_a_parent_that_was_killed(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    with fake_runtime_api.hold("init/error"):
        process = serve(FAILING["import"], **several(2, 2))
        fake_runtime_api.wait_until(lambda: [x for x in fake_runtime_api.requests if x.endpoint == "init/error"])
        process.signal(signal.SIGKILL)
        process.wait()
    deadline = time.monotonic() + 20
    while alive(process):
        assert time.monotonic() < deadline
    assert len(fake_runtime_api.received("init/error")) == 1


# Everything else


@pytest.mark.covering
@pytest.mark.parametrize("name", ["handle", "handle_async"])
@pytest.mark.parametrize("start", ["command", "program"])
def test_handlers_of_events(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, run_process: RunProcess, name: str, start: str
) -> None:
    source = "import os\ndef handle(event): return os.getpid()\nasync def handle_async(event): return os.getpid()\n"
    if start == "command":
        process = serve(source, f"handler:app:{name}", **several(4, 2))
    else:
        program = f"{source}\nimport lambda_http_adapter\nlambda_http_adapter.run({name}, processes=2)"
        process = run_process(code=program, env=several(4, 1))
    polls(fake_runtime_api, 4)
    answers = [fake_runtime_api.invoke({}).wait() for _ in range(8)]
    assert process.pid not in {answer.json() for answer in answers}
    bad = fake_runtime_api.invoke(b"not json").wait()
    assert failed(bad)["errorType"]


def test_an_http_handler(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    source = "import os\ndef handle(request): return {'pid': os.getpid()}\n"
    process = serve(source, "http:app:handle", **several(4, 2))
    polls(fake_runtime_api, 4)
    assert told(fake_runtime_api.invoke(http()).wait())["pid"] != process.pid


@on_sockets
def test_each_line_is_whole(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """Records of the log, and what is printed, also with `python -u`."""
    process = serve(APP, **several(4, 4), AWS_LAMBDA_LOG_FORMAT="JSON", PYTHONUNBUFFERED="1")
    body = "for n in range(50): logging.error('x' * 9000); print('printed', n)"
    deliveries = [fake_runtime_api.invoke(http(body=body)) for _ in range(8)]
    for delivery in deliveries:
        told(delivery.wait())
    records = [json.loads(line) for line in process.stdout.splitlines() if not line.startswith(("import ", "printed "))]
    assert Counter(record["requestId"] for record in records) == {x.request_id: 50 for x in deliveries}
    assert Counter(printed(process, "printed")) == dict.fromkeys(range(50), 8)


def test_the_default_is_one_per_vcpu(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    process = serve(APP, **several(64, "auto"))
    polls(fake_runtime_api, 64)
    if cpus() == 1:
        assert printed(process, "import") == [process.pid]
    else:
        assert len(printed(process, "import")) == cpus()


def test_one_invocation_at_a_time_is_served_by_one_process(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    process = serve(APP, LAMBDA_HTTP_ADAPTER_PROCESSES="4")
    assert told(fake_runtime_api.invoke(http()).wait())["pid"] == process.pid


@pytest.mark.parametrize(
    ("limit", "number"), [("100000 100000", 1), ("50000 100000", 1), ("150000 100000", 2), ("max 100000", None)]
)
def test_the_vcpus_are_those_of_the_control_group(tmp_path: Path, limit: str, number: int | None) -> None:
    (tmp_path / "cpu.max").write_text(limit + "\n")
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    assert cpus(str(tmp_path / "cpu.max")) == min(available, number or available)
    assert cpus(str(tmp_path / "nothing")) == available
