"""However `dev` ends, no process of its own is left."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.dev_process import APP, Dev, processes_of, state_of, wait_until_gone
from tests.support.terminal import terminal

# An app whose import never ends, with a child process.
IMPORTING = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("importing", flush=True)
time.sleep(600)
"""
# Its children belong to its process group, and one of them is stopped.
PARENT = """
import os, signal, subprocess, sys
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]

def handler(event, context):
    children = [subprocess.Popen(SLEEP) for _ in range(3)]
    os.kill(children[0].pid, signal.SIGSTOP)
    return {"statusCode": 200, "body": "started"}
"""


def idle(dev: Dev, directory: Path) -> None:
    assert dev.get("/").status_code == 200
    dev.line("report")


def frozen(dev: Dev, directory: Path) -> None:
    pid = dev.get("/").json()["pid"]
    dev.line("report")
    while state_of(pid) != "T":
        pass


def busy(dev: Dev, directory: Path) -> None:
    dev.line("start")


def importing(dev: Dev, directory: Path) -> None:
    dev.text("importing")


def reloading(dev: Dev, directory: Path) -> None:
    """The old sandbox is still busy, and the new one imports."""
    dev.line("start")
    (directory / "main.py").write_text(IMPORTING)
    dev.text("importing")


def starting(dev: Dev, directory: Path) -> None:
    """Many sandboxes at once, none of which is ready."""
    dev.line("init")


def with_children(dev: Dev, directory: Path) -> None:
    assert dev.get("/").text == "started"


FOUND = f"from {APP.partition(':')[0]} import app\n"
# Options, the app's source, a request that hangs, and what the test waits for.
SITUATIONS: dict[str, tuple[list[str], str, str, Callable[[Dev, Path], None]]] = {
    "idle": ([], FOUND, "", idle),
    "frozen": (["--freeze"], FOUND, "", frozen),
    "busy": ([], FOUND, "/hang", busy),
    "importing": ([], IMPORTING, "", importing),
    "reloading": ([], FOUND, "/hang", reloading),
    "starting": (["--cold", "--concurrency", "10"], FOUND, "/", starting),
    "with children": ([], PARENT, "", with_children),
    "another runtime": (["--only-runtime-api"], FOUND, "", lambda dev, directory: None),
}


every_situation = pytest.mark.parametrize("situation", SITUATIONS)


@contextmanager
def dev_in(situation: str, directory: Path) -> Iterator[tuple[Dev, str]]:
    """`dev`, and what its processes have in their environment."""
    options, source, hanging, wait = SITUATIONS[situation]
    (directory / "main.py").write_text(source)
    marker = f"{os.getpid()}-{directory}"
    with Dev(*options, cwd=directory, env={"MARKER": marker}) as dev, ThreadPoolExecutor(10) as threads:
        if hanging:
            for _ in range(10 if situation == "starting" else 1):
                threads.submit(dev.get, hanging)
        wait(dev, directory)
        processes = 1 if situation == "another runtime" else 3
        assert len(processes_of(f"MARKER={marker}")) >= processes
        yield dev, f"MARKER={marker}"


@pytest.mark.covering
@every_situation
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left(situation: str, number: signal.Signals, tmp_path: Path) -> None:
    with dev_in(situation, tmp_path) as (dev, marker):
        assert dev.end(number) == 0
        assert processes_of(marker) == []


@every_situation
def test_nothing_outlives_a_dev_that_is_killed(situation: str, tmp_path: Path) -> None:
    with dev_in(situation, tmp_path) as (dev, marker):
        assert dev.end(signal.SIGKILL) == -signal.SIGKILL
        wait_until_gone(marker)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_at_a_terminal_leaves_nothing(times: int, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(FOUND)
    marker = f"{os.getpid()}-terminal-{times}"
    command = [sys.executable, "-m", "lambda_http_adapter", "dev", "--port", "0", "--freeze", "-v"]
    with terminal(*command, cwd=tmp_path, env={"MARKER": marker}) as screen:
        shown = screen.shows("INIT_REPORT").decode()
        assert re.search(r"Serving a Function URL at http://\S+:\d+", shown)
        screen.type("\x03" * times)
        assert screen.process.wait() == 0
        assert processes_of(f"MARKER={marker}") == []


def test_ctrl_c_before_there_is_a_server(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(600)")
    dev = Dev(APP, cwd=tmp_path)
    dev.text("importing")
    assert dev.end(signal.SIGINT) == 130
    dev.__exit__()
    assert dev.seen == ["importing\n", ""]
