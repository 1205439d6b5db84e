"""SIGTERM while a custom resource is in flight: CloudFormation is answered before the process ends."""

import signal

import pytest

from tests.support.child_process import RunProcess
from tests.support.cloudformation import EVENT, CloudFormation
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.programs import launch
from tests.support.runtime_process import GRACEFUL

# Handlers that never end, by how they wait.
APP = """
import asyncio, os, time

def begin():
    os.write(1, b"begun\\n")

def block(event):
    begin()
    while True:
        time.sleep(0.05)

async def wait(event):
    begin()
    await asyncio.Event().wait()

async def swallow(event):
    begin()
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass

async def app(scope, receive, send):
    assert scope["type"] == "lifespan"

def wsgi(environ, start_response):
    raise AssertionError
"""
REASON = "Lambda ended the execution environment before the handler had finished."

slow = pytest.mark.slow
ENDINGS = [
    ("uvloop", 1, 1, "wait"),
    ("uvloop", 4, 1, "wait"),
    ("uvloop", 4, 2, "wait"),
    pytest.param("asyncio", 1, 1, "wait", marks=slow),
    pytest.param("asyncio", 4, 1, "wait", marks=slow),
    ("sockets", 1, 1, "block"),
    ("sockets", 4, 1, "block"),
    pytest.param("sockets", 4, 2, "block", marks=slow),
]


@pytest.mark.parametrize(("driver", "concurrency", "processes", "handler"), ENDINGS)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), pytest.param(signal.SIGINT, 130, marks=slow)])
def test_cloudformation_learns_of_the_end(
    fake_runtime_api: FakeRuntimeAPI,
    run_process: RunProcess,
    cloudformation: CloudFormation,
    driver: str,
    concurrency: int,
    processes: int,
    handler: str,
    number: int,
    code: int,
) -> None:
    fake_runtime_api.invoke(EVENT | {"ResponseURL": cloudformation.url})
    options = f"on_event={{'cloudformation': {handler}}}, processes={processes}"
    process = launch(run_process, driver, APP, options, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency), **GRACEFUL)
    while "begun" not in process.stdout:
        assert process.running
    process.signal(number)
    assert process.wait() == code
    assert [(told["Status"], told["Reason"]) for told in cloudformation.answers] == [("FAILED", REASON)]
    assert "Traceback" not in process.logs


@pytest.mark.parametrize("driver", ["uvloop", "asyncio"])
@pytest.mark.parametrize("handler", ["block", "swallow"])
def test_a_handler_that_keeps_the_event_loop_from_its_end_keeps_nobody_waiting(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, cloudformation: CloudFormation, driver: str, handler: str
) -> None:
    """Lambda will have to kill the process, but CloudFormation has its answer."""
    fake_runtime_api.invoke(EVENT | {"ResponseURL": cloudformation.url})
    process = launch(run_process, driver, APP, f"on_event={{'cloudformation': {handler}}}", **GRACEFUL)
    while "begun" not in process.stdout:
        assert process.running
    process.signal(signal.SIGTERM)
    cloudformation.wait()
    process.signal(signal.SIGKILL)
    assert [told["Reason"] for told in cloudformation.answers] == [REASON]
