"""Many requests at the same time."""

import asyncio
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.dev_process import APP, PATIENCE, Dev, Gate, processes_of
from tests.support.proc import proc

REQUESTS = 200
THROTTLED = b'{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}'


async def ask(port: int, target: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


async def ask_many(port: int) -> Counter[int]:
    """Ask at the same time, each on a connection of its own; returns how often each status came."""
    targets = [f"/items/{number}" for number in range(REQUESTS)]
    async with asyncio.timeout(PATIENCE):
        answers = await asyncio.gather(*(ask(port, target) for target in targets))
    for target, (status, body) in zip(targets, answers, strict=True):
        if status == 200:
            assert json.loads(body)["path"] == target
        else:
            assert (status, body) == (429, THROTTLED)
    return Counter(status for status, _ in answers)


def descriptors(pid: int) -> int:
    return len(list(proc(f"{pid}/fd").iterdir()))


@pytest.mark.parametrize(
    ("options", "sandboxes", "served"),
    [
        pytest.param(["--concurrency", "10"], 10, 10, marks=pytest.mark.slow),
        (["--concurrency", "10", "--freeze"], 10, 10),
        (["--max-concurrency", "16"], 1, 16),
    ],
)
def test_each_of_many_requests_gets_its_answer(options: list[str], sandboxes: int, served: int, tmp_path: Path) -> None:
    marker = f"MARKER={tmp_path}"
    with Dev(APP, *options, cwd=tmp_path, env={"MARKER": str(tmp_path)}) as dev:
        port = int(dev.url.rpartition(":")[2])
        with Gate() as gate, ThreadPoolExecutor(served) as threads:
            answers = [threads.submit(dev.get, f"/gate?port={gate.port}") for _ in range(served)]
            gate.arrive(served)  # there are as many sandboxes as there may be
            gate.open()
            assert {answer.result().status_code for answer in answers} == {200}
        assert asyncio.run(ask_many(port))[200] >= served
        processes, open_before = set(processes_of(marker)), descriptors(dev.pid)
        assert len(processes) == sandboxes + 2  # dev and its watchdog
        assert asyncio.run(ask_many(port))[200] >= served
        deadline = time.monotonic() + PATIENCE
        while descriptors(dev.pid) > open_before:  # the last connections may still be closing
            assert time.monotonic() < deadline
        assert set(processes_of(marker)) == processes
        assert dev.end() == 0
        assert processes_of(marker) == []
