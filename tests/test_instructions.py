"""Instructions per warm invocation, as callgrind counts them: the same on a busy machine as on an idle one.

The bounds are a few percent above the counts. `tests/test_budget.py` counts calls, which is faster and coarser.
"""

import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from benchmarks import events
from benchmarks.subjects import APIG_WSGI, MANGUM, OURS_ASGI, OURS_WSGI, Subject
from tests.support.child_process import FUNCTION, Process
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.test_budget import ENVIRONMENT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind isn't installed"),
]

CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
# PYTHONHASHSEED: the order in a set or dict of strings must not change the count.
FIXED = ENVIRONMENT | FUNCTION | {"PYTHONHASHSEED": "0"}
EVENT = events.function_url("/items/42", "q=lambda")
FEW, MANY = 50, 350
SECONDS = 300


def instructions_of_a_process(subject: Subject, app: str, invocations: int, directory: Path) -> int:
    """Of a process that serves so many invocations, without the packages of the extra ``fast``."""
    with FakeRuntimeAPI(strict=False) as api:  # awslambdaric has habits of its own
        deliveries = [api.invoke(EVENT) for _ in range(invocations)]
        environment = FIXED | subject.environment(app) | {"AWS_LAMBDA_RUNTIME_API": api.address}
        with Process([*CALLGRIND, *subject.serving(app, extras=False)], environment, directory) as process:
            assert b"Hello, World!" in deliveries[-1].wait(SECONDS).body
            # Every process ends in the same place: while it waits for an event.
            api.wait_until(lambda: len(api.received("next")) > invocations, SECONDS)
            api.close()
            process.wait(SECONDS)
            collected = re.search(r"Collected : (\d+)", process.stderr)
    assert collected is not None
    return int(collected[1])


@cache
def instructions(subject: Subject, app: str, directory: Path) -> float:
    """Of a warm invocation, in thousands: the difference between a long and a short run, without start and end."""
    few, many = (instructions_of_a_process(subject, app, invocations, directory) for invocations in (FEW, MANY))
    return (many - few) / (MANY - FEW) / 1000


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("callgrind")


@pytest.mark.parametrize(("ours", "app", "bound"), [(OURS_ASGI, "asgi", 480), (OURS_WSGI, "wsgi", 396)])
def test_instructions_of_an_invocation(ours: Subject, app: str, bound: float, directory: Path) -> None:
    assert instructions(ours, app, directory) <= bound


@pytest.mark.parametrize(
    ("ours", "peer", "app", "bound"), [(OURS_ASGI, MANGUM, "asgi", 0.67), (OURS_WSGI, APIG_WSGI, "wsgi", 0.71)]
)
def test_instructions_beside_awslambdaric(
    ours: Subject, peer: Subject, app: str, bound: float, directory: Path
) -> None:
    assert instructions(ours, app, directory) / instructions(peer, app, directory) <= bound
