"""Many invocations, some with a fault: each is answered exactly as often as docs/runtime.md has it, and the
process doesn't grow."""

import os
from pathlib import Path

import pytest

from tests.support.child_process import RunProcess
from tests.support.programs import launch
from tests.support.soak_runtime_api import FAULTS, GRAVE, Soak

APP = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
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


def memory(pid: int) -> int:
    """Resident bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


@pytest.mark.covering
@pytest.mark.parametrize(("size", "one_in"), [(500, 10), pytest.param(100_000, 100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("driver", ["uvloop", "asyncio", "sockets"])
def test_every_event_is_accounted_for(
    run_process: RunProcess, driver: str, concurrency: int, size: int, one_in: int
) -> None:
    faults = FAULTS if concurrency == 1 else FAULTS + GRAVE
    with Soak(size, faults, one_in) as api:
        process = launch(
            run_process, driver, APP, AWS_LAMBDA_RUNTIME_API=api.address, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency)
        )
        api.wait(size // 2, timeout=600)
        before = memory(process.pid)
        api.wait(size, timeout=600)
        grown = memory(process.pid) - before
        print(f"{grown / 1024:.0f} KiB more, {descriptors(process.pid)} descriptors")
        assert api.complaints == []
        assert api.unaccounted() == {}
        assert process.running
        assert grown < 2_000_000
        assert descriptors(process.pid) < 20 + concurrency


@pytest.mark.covering
@pytest.mark.parametrize(("size", "one_in"), [(500, 10), pytest.param(100_000, 100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("processes", [2, 4])
@pytest.mark.parametrize("driver", ["uvloop", "asyncio", "sockets"])
def test_every_event_is_accounted_for_by_several_processes(
    run_process: RunProcess, driver: str, processes: int, size: int, one_in: int
) -> None:
    with Soak(size, FAULTS + GRAVE, one_in) as api:
        process = launch(
            run_process,
            driver,
            APP,
            f"processes={processes}",
            AWS_LAMBDA_RUNTIME_API=api.address,
            AWS_LAMBDA_MAX_CONCURRENCY="4",
        )
        api.wait(size // 2, timeout=600)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) == processes
        before = [memory(int(pid)) for pid in children]
        api.wait(size, timeout=600)
        grown = [memory(int(pid)) - size for pid, size in zip(children, before, strict=True)]
        print(f"{grown} bytes more, {[descriptors(int(pid)) for pid in children]} descriptors")
        assert api.complaints == []
        assert api.unaccounted() == {}
        assert process.running
        assert max(grown) < 2_000_000
        assert max(descriptors(int(pid)) for pid in children) < 24
