"""The process that ends the sandboxes after a SIGKILL of `dev`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.sandbox import watchdog_process
from tests.support.child_process import inherited_environment
from tests.support.dev_process import APP, Dev, processes_of, wait_until_gone
from tests.support.paths import ROOT
from tests.support.proc import proc

AS_MODULE = [sys.executable, "-m", watchdog_process.__name__]
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]

# Is killed while its sandbox starts: before the fork, between fork and exec, or after it.
KILLED = """
import os, signal, subprocess, sys, threading
from lambda_http_adapter._emulator.sandbox.watchdog import Watchdog

watchdog = Watchdog()
command, pipe = watchdog.watched(sys.argv[1:]), watchdog.pipe
start = lambda: subprocess.Popen(command, pass_fds=[pipe], start_new_session=True)
threading.Thread(target=start, daemon=True).start()
for _ in range(AFTER):
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("after", [0, 1_000, 10_000, 30_000, 100_000, 300_000, 1_000_000])
def test_a_sandbox_ends_wherever_in_its_start_dev_is_killed(after: int) -> None:
    marker = f"{os.getpid()}-{after}"
    environment = {**inherited_environment(), "MARKER": marker, "PYTHONPATH": str(ROOT)}
    source = KILLED.replace("AFTER", str(after))
    killed = subprocess.run([sys.executable, "-c", source, *SLEEP], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    wait_until_gone(f"MARKER={marker}")


def test_a_group_that_is_forgotten_is_not_killed() -> None:
    stopped, running, forgotten = (subprocess.Popen(SLEEP, start_new_session=True) for _ in range(3))
    try:
        os.kill(stopped.pid, signal.SIGSTOP)
        ended = 2**22  # no pid is as high
        lines = [b"+%d\n" % pid for pid in (ended, stopped.pid, forgotten.pid, running.pid)]
        watchdog_process.watch([*lines, b"-%d\n" % forgotten.pid, b"-%d\n" % ended, b"+%d\n" % ended])
        assert (stopped.wait(), running.wait()) == (-signal.SIGKILL, -signal.SIGKILL)
        assert forgotten.poll() is None
    finally:
        for process in (stopped, running, forgotten):
            process.kill()
            process.wait()


def test_a_command_is_announced_before_it_runs() -> None:
    reading, writing = os.pipe()
    announced = [*AS_MODULE, str(writing)]
    with open(reading, "rb") as announcements:
        shown = subprocess.run(
            [*announced, "sh", "-c", f"echo $$; echo late >&{writing}"],
            pass_fds=[writing],
            capture_output=True,
            text=True,
            check=False,
        )
        with pytest.raises(FileNotFoundError):
            watchdog_process.announce(writing, ["/nowhere"])
        refused = subprocess.run([*announced, "/nowhere"], pass_fds=[writing], capture_output=True, check=False)
        os.close(writing)
        first, second, third = announcements.read().splitlines()
    assert first.decode() == f"+{shown.stdout.strip()}"  # the same process
    assert second.decode() == f"+{os.getpid()}"
    assert third.startswith(b"+")
    assert refused.returncode == 1
    assert shown.returncode != 0  # the command has no writing end any more


def test_a_command_runs_without_a_watchdog() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb"), pytest.raises(FileNotFoundError):
        watchdog_process.announce(writing, ["/nowhere"])


def test_the_watchdog_ends_with_its_pipe() -> None:
    assert subprocess.run(AS_MODULE, stdin=subprocess.DEVNULL, check=False).returncode == 0


def test_dev_goes_on_without_its_watchdog(tmp_path: Path) -> None:
    marker = f"MARKER={tmp_path}"
    with Dev(APP, "--cold", cwd=tmp_path, env={"MARKER": str(tmp_path)}) as dev:
        assert dev.get("/").status_code == 200
        (watchdog,) = (pid for pid in processes_of(marker) if is_watchdog(pid))
        os.kill(watchdog, signal.SIGKILL)
        assert [dev.get("/").status_code for _ in range(3)] == [200, 200, 200]
        assert dev.end() == 0
        assert processes_of(marker) == []


def test_dev_ends_while_its_watchdog_is_stopped(tmp_path: Path) -> None:
    marker = f"MARKER={tmp_path}"
    with Dev(APP, cwd=tmp_path, env={"MARKER": str(tmp_path)}) as dev:
        assert dev.get("/").status_code == 200
        (watchdog,) = (pid for pid in processes_of(marker) if is_watchdog(pid))
        os.kill(watchdog, signal.SIGSTOP)
        assert dev.end() == 0
        assert processes_of(marker) == []


def is_watchdog(pid: int) -> bool:
    return proc(f"{pid}/cmdline").read_bytes().endswith(f"{watchdog_process.__file__}\0".encode())
