"""Spans of Datadog's library reach its agent before the environment can be frozen.

The library has 70 MB and a plugin for pytest of its own: it is installed beside the environment of the tests, from a
package index.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.child_process import FUNCTION, Process, inherited_environment
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.page_blocks import python_blocks
from tests.support.runtime_process import http
from tests.support.telemetry_sink import TelemetrySink

pytestmark = pytest.mark.slow

APP, WRAPPED = python_blocks("observability", "Datadog")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ddtrace and datadog-lambda are."""
    target = tmp_path_factory.mktemp("datadog")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(target), "ddtrace", "datadog-lambda"]
    subprocess.run(command, check=True, timeout=300)
    return target


@pytest.mark.parametrize(
    ("program", "command", "names"),
    [
        (APP, ["bin/ddtrace-run"], ["fastapi.request"]),
        (WRAPPED, [], ["aws.lambda", "fastapi.request"]),
    ],
    ids=["ddtrace-run", "datadog_lambda_wrapper"],
)
def test_the_spans_of_an_invocation(
    fake_runtime_api: FakeRuntimeAPI,
    sink: TelemetrySink,
    packages: Path,
    tmp_path: Path,
    program: str,
    command: list[str],
    names: list[str],
) -> None:
    (tmp_path / "main.py").write_text(program)
    environment = inherited_environment() | FUNCTION
    environment |= {
        "AWS_LAMBDA_RUNTIME_API": fake_runtime_api.address,
        "DD_TRACE_AGENT_URL": sink.url,
        "DD_TRACE_API_VERSION": "v0.4",
        "PYTHONPATH": os.pathsep.join([str(packages), os.environ.get("PYTHONPATH", "")]),
    }
    deliveries = [fake_runtime_api.invoke(http(method="GET")) for _ in range(2)]
    start = [*(str(packages / name) for name in command), sys.executable, "main.py"]
    with Process(start, environment, tmp_path) as process:
        for number, delivery in enumerate(deliveries, start=1):
            assert b"done" in delivery.wait(60).body
            fake_runtime_api.wait_until(lambda number=number: len(fake_runtime_api.received("next")) > number)  # type: ignore[misc]
            # The library sends traces of its own start as well.
            assert sum(set(names) <= set(trace) for trace in traces_of(sink)) == number
        assert ("aws.lambda.enhanced.invocations" in process.logs) == (program == WRAPPED)
        fake_runtime_api.close()


def traces_of(sink: TelemetrySink) -> list[list[str]]:
    """The names of the spans of each trace."""
    bodies: list[Any] = [msgspec.msgpack.decode(sent.body) for sent in sink.sent if sent.path == "/v0.4/traces"]
    return [[span["name"] for span in trace] for body in bodies for trace in body]
