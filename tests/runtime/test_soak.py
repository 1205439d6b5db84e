"""Many invocations, some with a fault: each is answered exactly as often as docs/runtime.md has it, and nothing is
left of them in the process."""

import os
import signal
from typing import NamedTuple

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.proc import proc
from tests.support.programs import launch
from tests.support.soak_runtime_api import FAULTS, GRAVE, Soak

# Prints how many tasks there are, each time that there are more than ever before.
APP = """
import asyncio, os
most = 0

def count(tasks):
    global most
    if tasks > most:
        most = tasks
        os.write(1, f"tasks {tasks}\\n".encode())

async def app(scope, receive, send):
    assert scope["type"] == "http"
    count(len(asyncio.all_tasks()))
    if scope["path"] == "/raise":
        raise ValueError("as asked")
    name = scope["aws.context"].aws_request_id.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", name)]})
    await send({"type": "http.response.body", "body": b"x" * 1000})

def wsgi(environ, start_response):
    if environ["PATH_INFO"] == "/raise":
        raise ValueError("as asked")
    start_response("200 OK", [("X-Request-Id", environ["aws.context"].aws_request_id)])
    return [b"x" * 1000]
"""


class Footprint(NamedTuple):
    """What a process that waits for invocations holds."""

    descriptors: int
    threads: int


def footprint(pid: int) -> Footprint:
    return Footprint(*(len(os.listdir(proc(f"{pid}/{held}"))) for held in ("fd", "task")))


def memory(pid: int) -> int:
    """Resident bytes."""
    return int(proc(f"{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def children(process: Process) -> list[int]:
    """Its own child processes, those too that nobody has waited for."""
    return [int(pid) for pid in proc(f"{process.pid}/task/{process.pid}/children").read_text().split()]


def most_tasks(process: Process) -> int:
    return max((int(line.split()[1]) for line in process.stdout.splitlines() if line.startswith("tasks ")), default=0)


many = pytest.mark.parametrize(("size", "one_in"), [(500, 10), pytest.param(100_000, 100, marks=pytest.mark.slow)])
every_driver = pytest.mark.parametrize("driver", ["uvloop", "asyncio", "sockets"])


@pytest.mark.covering
@many
@pytest.mark.parametrize(("concurrency", "processes"), [(1, 1), (4, 1), (4, 2), (4, 4)])
@every_driver
def test_every_event_is_accounted_for(
    run_process: RunProcess, driver: str, concurrency: int, processes: int, size: int, one_in: int
) -> None:
    faults = FAULTS if concurrency == 1 else FAULTS + GRAVE
    api = Soak(size, faults, one_in)
    api.pause_at = size // 2
    with api:
        env = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency)}
        process = launch(run_process, driver, APP, f"processes={processes}", **env)
        api.rest(concurrency)
        serving = [process.pid] if processes == 1 else children(process)
        assert len(serving) == processes
        held, used = [footprint(pid) for pid in serving], [memory(pid) for pid in serving]
        api.resume()
        api.rest(concurrency)
        assert api.complaints == []
        assert api.unaccounted() == {}
        assert [footprint(pid) for pid in serving] == held
        grown = [memory(pid) - before for pid, before in zip(serving, used, strict=True)]
        print(f"{grown} bytes more, {held}")
        assert max(grown) < 2_000_000
        assert process.running
        assert children(process) == ([] if processes == 1 else serving)
        # The loop's own, and for each poller itself and its invocation.
        assert most_tasks(process) <= 1 + 2 * concurrency // processes


@pytest.mark.parametrize("driver", ["uvloop", pytest.param("asyncio", marks=pytest.mark.slow), "sockets"])
@pytest.mark.parametrize("processes", [2, 4])
def test_a_child_that_is_killed_amid_many_invocations_ends_the_environment(
    run_process: RunProcess, driver: str, processes: int
) -> None:
    """What was not in flight has its one answer, and nothing has another's."""
    with Soak(100_000, FAULTS, 100_000) as api:
        env = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_MAX_CONCURRENCY": "4"}
        process = launch(run_process, driver, APP, f"processes={processes}", **env)
        api.wait(500, timeout=60)
        killed, *others = children(process)
        os.kill(killed, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        assert not any(proc(str(pid)).exists() for pid in [killed, *others])
        posts = api.posts[: api.asked]
        assert api.complaints == []
        assert {tuple(each) for each in posts} <= {("response",), ()}
        assert posts.count([]) <= 4
