"""SIGTERM, SIGINT, a deadline and the end of a grace period at each bytecode of an invocation."""

import json
import subprocess
import sys

import pytest

from tests.support.child_process import inherited_environment
from tests.support.every_moment import Result
from tests.support.moments import cases
from tests.support.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a pidfd tells that a child has ended")

SAMPLE = [
    "sockets-response_stream-sigterm:197",
    "asyncio-buffered-deadline:197",
    "uvloop-response_stream-again:97",
    "handler-response_stream-deadline:197",
    "async_handler-buffered-sigint:197",
    # Where SIGALRM and the other signals change hands.
    "sockets-buffered-stuck:4:__enter__,__exit__,_give_back",
    "sockets-buffered-stuck_hook:7:__enter__,__exit__,_give_back",
    "sockets-buffered-both:397",
    "handler-buffered-grace:7:_stop,ignore,_serve",
    "sockets-buffered-lost:7:ignore,_serve",
    "asyncio-buffered-again_sigint:7:end,run,exit_on_interrupt",
]


def results(*specifications: str, timeout: float) -> list[Result]:
    """In a process of its own: this one may have threads, and forks."""
    command = [sys.executable, "-m", "tests.support.every_moment", *specifications]
    done = subprocess.run(
        command, cwd=ROOT, env=inherited_environment(), capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stderr
    return [Result(**json.loads(line)) for line in done.stdout.splitlines()]


def test_a_sample_of_the_moments_of_an_invocation() -> None:
    found = results(*SAMPLE, timeout=300)
    assert {result.case: result.faults for result in found if result.faults} == {}
    assert all(result.tried > 5 for result in found)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["-".join(case) for case in cases()])
def test_every_moment_of_an_invocation(case: str) -> None:
    (result,) = results(f"{case}:1", timeout=3600)
    assert result.faults == []
    assert result.tried > 1_000
