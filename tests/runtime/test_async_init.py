"""`async_init`: a start that takes long goes on while the first invocation is asked for, and that one waits for it."""

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter._runtime import early_poll
from tests.support.child_process import Process, RunProcess, python
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import Answer, answer
from tests.support.proc import proc
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import GRACEFUL, http, told
from tests.support.stepped_app import SteppedProcess

# A start whose import or lifespan waits for the test. The file of the app is imported by the command line.
SLOW = """
import asyncio, os

def step():
    with open("steps", "rb", buffering=0) as steps:
        steps.read(1)
    if os.environ.get("FAILS"):
        raise ValueError("as asked")

if os.environ["SLOW"] == "import":
    step()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        if os.environ["SLOW"] == "lifespan":
            await asyncio.to_thread(step)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b'{"served": "%s"}' % scope["path"].encode()})

def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"served": "%s"}' % environ["PATH_INFO"].encode()]
"""
RUN = """
from pathlib import Path
from lambda_http_adapter import cli
from lambda_http_adapter._runtime import early_poll
early_poll.PATIENCE = {patience}
Path("slow.py").write_text({source!r})
cli.main(["run", "slow:{app}"])
"""
CALL = """
import lambda_http_adapter
from lambda_http_adapter._runtime import early_poll
early_poll.PATIENCE = {patience}
{source}
lambda_http_adapter.run_asgi(app, async_init=True)
"""
STARTS = [
    pytest.param(RUN, "app", "import", id="import, ASGI"),
    pytest.param(RUN, "wsgi", "import", id="import, WSGI"),
    pytest.param(RUN, "app", "lifespan", id="lifespan"),
    pytest.param(CALL, "app", "lifespan", id="lifespan, by argument"),
]
starts = pytest.mark.parametrize(("program", "app", "slow"), STARTS)
VARIABLE = {"AWS_LWA_ASYNC_INIT": "true"}


def launch(
    run_process: RunProcess,
    program: str,
    app: str = "app",
    slow: str = "nothing",
    patience: float = 0.1,
    env: Mapping[str, str] = {},
) -> Process:
    variables = {"SLOW": slow, "PYTHONDONTWRITEBYTECODE": "1", **({} if program is CALL else VARIABLE), **env}
    return run_process(code=program.format(source=SLOW, app=app, patience=patience), env=variables)


def endpoints(fake_runtime_api: FakeRuntimeAPI) -> list[str]:
    return [request.endpoint for request in fake_runtime_api.requests]


@starts
def test_the_first_invocation_is_asked_for_in_time_and_waits_for_the_start(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    stepped_app: SteppedProcess,
    program: str,
    app: str,
    slow: str,
) -> None:
    launch(run_process, program, app, slow, env=GRACEFUL)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.requests) == 3)  # the extension's wait may be read last
    assert endpoints(fake_runtime_api)[0] == "extension/register"
    assert sorted(endpoints(fake_runtime_api)[1:]) == ["extension/event/next", "next"]
    one, two = fake_runtime_api.invoke(http("/1")), fake_runtime_api.invoke(http("/2"))
    assert not fake_runtime_api.received("response")
    stepped_app.allow()
    assert [told(delivery.wait())["served"] for delivery in (one, two)] == ["/1", "/2"]
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    assert endpoints(fake_runtime_api).count("extension/register") == 1


@starts
def test_the_start_may_be_over_before_there_is_an_event(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    stepped_app: SteppedProcess,
    program: str,
    app: str,
    slow: str,
) -> None:
    process = launch(run_process, program, app, slow)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    assert told(fake_runtime_api.invoke(http("/1")).wait())["served"] == "/1"
    assert told(fake_runtime_api.invoke(http("/2")).wait())["served"] == "/2"
    assert endpoints(fake_runtime_api)[:4] == ["next", "response", "next", "response"]
    assert process.running


@starts
def test_a_start_that_fails_late_fails_the_first_invocation_and_ends_the_process(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    stepped_app: SteppedProcess,
    program: str,
    app: str,
    slow: str,
) -> None:
    process = launch(run_process, program, app, slow, env={"FAILS": "1", "LAMBDA_HTTP_ADAPTER_LIFESPAN": "on"})
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    delivery = fake_runtime_api.invoke(http())
    report = cast("dict[str, object]", json.loads(delivery.wait().body))
    assert "as asked" in str(report["errorMessage"])
    assert process.wait() == 1
    assert endpoints(fake_runtime_api) == ["next", "error"]
    assert "as asked" in process.logs


@pytest.mark.parametrize("reply", [answer(500), answer(204)], ids=["500", "204"])
def test_whatever_the_early_question_is_answered_a_failed_start_ends_the_process(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess, reply: Answer
) -> None:
    fake_runtime_api.script("next", reply)
    process = launch(run_process, RUN, "app", "import", env={"FAILS": "1"})
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    assert process.wait() == 1
    assert endpoints(fake_runtime_api) == ["next"]


@pytest.mark.parametrize("app", ["app", "wsgi"])
def test_an_early_question_that_fails_is_a_poll_that_fails(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess, app: str
) -> None:
    fake_runtime_api.script("next", answer(500))
    process = launch(run_process, RUN, app, "import")
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    assert process.wait() == 1
    assert "invocation/next answered 500" in process.logs


@pytest.mark.parametrize("app", ["app", "wsgi"])
def test_sigterm_ends_what_still_waits_for_its_first_event(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess, app: str
) -> None:
    process = launch(run_process, RUN, app, "import", env=GRACEFUL)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    process.signal(signal.SIGTERM)
    assert process.wait() in (0, -signal.SIGTERM)  # by the loop, or by the system if that hasn't begun


@starts
def test_a_start_in_time_is_as_it_was(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    stepped_app: SteppedProcess,
    program: str,
    app: str,
    slow: str,
) -> None:
    stepped_app.allow()
    launch(run_process, program, app, slow, patience=60)
    assert told(fake_runtime_api.invoke(http("/1")).wait())["served"] == "/1"
    assert told(fake_runtime_api.invoke(http("/2")).wait())["served"] == "/2"
    connections = {request.connection for request in fake_runtime_api.requests}
    assert len(connections) == 1


def test_a_start_that_fails_in_time_is_an_init_error(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess
) -> None:
    stepped_app.allow()
    process = launch(run_process, RUN, "app", "import", patience=60, env={"FAILS": "1"})
    assert process.wait() == 1
    assert endpoints(fake_runtime_api) == ["init/error"]


@pytest.mark.parametrize("initialization", ["provisioned-concurrency", "snap-start", "lambda-managed-instances"])
def test_where_the_init_phase_may_take_longer_it_is_not_cut_short(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess, initialization: str
) -> None:
    fake_runtime_api.script("restore/next", answer(200))
    stepped_app.allow()
    env = {"AWS_LAMBDA_INITIALIZATION_TYPE": initialization, "AWS_LAMBDA_LOG_LEVEL": "INFO"}
    process = launch(run_process, RUN, "app", "import", patience=0, env=env)
    assert told(fake_runtime_api.invoke(http("/1")).wait())["served"] == "/1"
    assert f"async_init is ignored: the initialization type is {initialization}" in process.logs
    assert "goes on into the first invocation" not in process.logs


def test_the_flag_may_say_no(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess
) -> None:
    stepped_app.allow()
    launch(run_process, RUN, "app", "import", patience=0, env={"AWS_LWA_ASYNC_INIT": "false"})
    assert told(fake_runtime_api.invoke(http("/1")).wait())["served"] == "/1"
    assert len({request.connection for request in fake_runtime_api.requests}) == 1


NESTED = """
from pathlib import Path
from lambda_http_adapter import cli
from lambda_http_adapter._runtime import early_poll
early_poll.PATIENCE = {patience}
Path("slow.py").write_text({source!r} + "import lambda_http_adapter as package\\npackage.run_asgi(app)\\n")
cli.main(["run", "slow:{app}"])
"""


@pytest.mark.parametrize("app", ["app", "wsgi"])
def test_a_file_that_runs_its_app_itself_serves_no_event_twice(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess, app: str
) -> None:
    """SIGTERM ends that loop, and with it the import: the command line goes on for the little time that is left."""
    process = launch(run_process, NESTED.replace("(app)", f"({app})"), app, slow="import", env=GRACEFUL)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    assert told(fake_runtime_api.invoke(http("/1")).wait())["served"] == "/1"
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    process.signal(signal.SIGTERM)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    assert len(fake_runtime_api.received("response")) == 1


def test_a_file_that_runs_its_app_itself_fails_once(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess
) -> None:
    process = launch(run_process, NESTED.replace("(app)", "(5)"), slow="import")
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    fake_runtime_api.invoke(http()).wait()
    assert process.wait() == 1
    assert endpoints(fake_runtime_api) == ["next", "error"]


def test_a_file_that_runs_its_app_itself_polls_no_second_time(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess
) -> None:
    """The command line, which imports the file, has begun an early poll of its own by then."""
    launch(run_process, NESTED, slow="import")
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    for path in ("/1", "/2", "/3"):
        assert told(fake_runtime_api.invoke(http(path)).wait())["served"] == path
    assert endpoints(fake_runtime_api)[:6] == ["next", "response"] * 3


# A stream whose second chunk waits for the test.
STREAM = """
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one"
    step()
    yield b"two"

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await asyncio.to_thread(step)
    await send({"type": "http.response.body", "body": b"two"})
"""


@pytest.mark.parametrize("app", ["app", "wsgi"])
def test_the_first_invocation_may_stream(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess, app: str
) -> None:
    delivery = fake_runtime_api.invoke(http())
    code = RUN.format(source=SLOW + STREAM, app=app, patience=0)
    run_process(code=code, env={"SLOW": "import", "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream", **VARIABLE})
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    stepped_app.allow()
    fake_runtime_api.wait_until(lambda: b"one" in b"".join(delivery.begun().chunks))
    stepped_app.allow()
    assert delivery.wait().body.endswith(b"onetwo")


def test_ctrl_c_ends_a_start_that_has_no_event(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, stepped_app: SteppedProcess
) -> None:
    process = launch(run_process, RUN, slow="import")
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    process.signal(signal.SIGINT)
    assert process.wait() == 1
    assert "KeyboardInterrupt" in process.logs


AGE = """
import time
begun = time.monotonic()
while time.monotonic() < begun + 0.2:
    pass
from lambda_http_adapter._runtime.early_poll import process_age
print(process_age() - (time.monotonic() - begun))
"""


def test_the_time_counts_from_the_start_of_the_process(run_process: RunProcess) -> None:
    """Which is before Python's own start, and long before that of a program that imports its app first."""
    proc("self/stat")  # which process_age() reads
    process = run_process(code=AGE)
    assert process.wait() == 0
    assert 0 <= float(process.stdout) < 60


@pytest.mark.parametrize("text", [None, "", "1 (python) S 1", "1 (python) " + "x " * 30])
def test_where_the_system_does_not_tell_it_counts_from_the_poll_s_own(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = tmp_path / "stat"
    if text is not None:
        stat.write_text(text)
    monkeypatch.setattr(early_poll, "_STAT", str(stat))
    assert early_poll.process_age() == 0


REAL = """
import os, time
with open("starts", "a") as starts:
    starts.write(f"{{os.getpid()}}\\n")
time.sleep({seconds})
{fails}
def app(environ, start_response):
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]
"""


@pytest.mark.slow
def test_aws_s_emulator_starts_one_process(emulator: StartEmulator, tmp_path: Path) -> None:
    """It is given the real time: its init phase takes 10 s as well."""
    (tmp_path / "app.py").write_text(REAL.format(seconds=11, fails=""))
    function = emulator(python("run", "app:app"), VARIABLE)
    bodies = [json.loads(function.invoke(http())[1])["body"] for _ in range(2)]
    assert (tmp_path / "starts").read_text().split() == bodies[:1]
    assert bodies[0] == bodies[1]


@pytest.mark.slow
def test_a_late_failure_reaches_the_invoker_of_aws_s_emulator(emulator: StartEmulator, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(REAL.format(seconds=11, fails="raise ValueError('as asked')"))
    _, body = emulator(python("run", "app:app"), VARIABLE).invoke(http())
    assert json.loads(body)["errorMessage"] == "as asked"
