"""`AWS_LAMBDA_EXEC_WRAPPER`: the managed Python runtime started through our script runs our loop instead of its own."""

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.support.child_process import RunProcess
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import APP, http

BOOTSTRAP = "raise SystemExit('the managed runtime was not to be started')"


def test_it_is_printed_or_written(run_process: RunProcess, tmp_path: Path) -> None:
    process = run_process("wrapper")
    assert process.wait() == 0
    assert process.stdout.startswith("#!/bin/sh\n")
    assert run_process("wrapper", "stream").wait() == 0
    assert (tmp_path / "stream").read_text() == process.stdout
    assert stat.S_IMODE((tmp_path / "stream").stat().st_mode) == 0o755


@pytest.mark.parametrize(("handler", "driver"), [("main.app", "uvloop"), ("main.wsgi", "sockets")])
def test_lambda_calls_it_with_the_interpreter_and_the_runtime(
    run_process: RunProcess, emulator: StartEmulator, tmp_path: Path, handler: str, driver: str
) -> None:
    """As on AWS: wrapper, interpreter, bootstrap; the handler's name is in the environment alone."""
    task = tmp_path / "task"
    task.mkdir()
    (task / "main.py").write_text(APP)
    (task / "bootstrap.py").write_text(BOOTSTRAP)
    assert run_process("wrapper", str(task / "wrapper")).wait() == 0
    # The emulator's last argument becomes _HANDLER: as an argument of the runtime it changes nothing.
    command = [str(task / "wrapper"), sys.executable, str(task / "bootstrap.py"), handler]
    function = emulator(command, {"LAMBDA_TASK_ROOT": str(task)}, Path(os.sep))
    status, body = function.invoke(http("/hello"))
    assert status == 200
    told = json.loads(json.loads(body)["body"])
    assert (told["path"], told["driver"]) == ("/hello", driver)


def test_streaming_through_it(run_process: RunProcess, emulator: StartEmulator, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(APP)
    assert run_process("wrapper", "wrapper").wait() == 0
    env = {"LAMBDA_TASK_ROOT": str(tmp_path), "LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream"}
    function = emulator([str(tmp_path / "wrapper"), sys.executable, "bootstrap.py", "main.app"], env, tmp_path)
    status, body = function.invoke(http("/echo", "streamed"))
    # This emulator hands out prelude, delimiter and body as they came.
    assert (status, body) == (
        200,
        b'{"statusCode":200,"headers":{"content-type":"application/json"}}' + bytes(8) + b"streamed",
    )
