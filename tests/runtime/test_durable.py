"""Durable functions: AWS's Durable Execution SDK decorates a handler, and its events and results pass unchanged.

https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dev_process import Dev
from tests.support.durable_service import DurableService, durable_service

SOURCE = """
import functools, json
from dataclasses import dataclass
from typing import TypedDict
from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step
from aws_durable_execution_sdk_python.config import Duration
import lambda_http_adapter

class Order(TypedDict):
    count: int

@dataclass
class Strict:
    count: int

@durable_step
def price_of(step: StepContext, count: int) -> int:
    return 7 * count

def work(event, context):
    total = context.step(price_of(event["count"]))
    context.wait(Duration.from_seconds(5))
    if event["count"] < 0:
        raise ValueError("nothing is ordered")
    return {"total": total, "context": type(context).__name__}

def recorded(function):
    # What the SDK is called with and returns is what the runtime has decoded and encodes.
    @functools.wraps(function)
    def wrapper(event, context):
        result = function(event, context)
        with open("calls.jsonl", "a") as file:
            print(json.dumps({"event": event, "result": result, "id": context.aws_request_id}), file=file)
        return result
    return wrapper

handler = recorded(durable_execution(work))

@durable_execution
def annotated(event: Order, context: DurableContext) -> dict:
    return work(event, context)

@durable_execution
def strict(event: Strict, context: DurableContext) -> dict:
    return work(event, context)

@durable_execution
def renamed(order: Order, ctx: DurableContext) -> dict:
    return work(order, ctx)

async def app(scope, receive, send):
    assert scope["type"] == "lifespan"

def wsgi(environ, start_response):
    raise AssertionError
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableService]:
    with durable_service(tmp_path_factory.mktemp("durable")) as service:
        yield service


def dev(directory: Path, service: DurableService, app: str, program: str = "") -> Dev:
    (directory / "function.py").write_text(f"{SOURCE}\n{program}\n")
    return Dev(app, "--function-name", "orders", cwd=directory, env=service.variables)


RESULT = {"total": 21, "context": "DurableContext"}
# The file serves it by itself when it is imported.
PROGRAMS = {
    "run": "lambda_http_adapter.run(handler)",
    "run_asgi": "lambda_http_adapter.run_asgi(app, on_event=handler, lifespan='off')",
    "run_wsgi": "lambda_http_adapter.run_wsgi(wsgi, on_event={'*': handler})",
}


slow = pytest.mark.slow
ROWS = [
    ("annotated", ""),
    ("app", PROGRAMS["run_asgi"]),
    pytest.param("handler", "", marks=slow),
    pytest.param("strict", "", marks=slow),
    pytest.param("renamed", "", marks=slow),
    pytest.param("app", PROGRAMS["run"], marks=slow),
    pytest.param("app", PROGRAMS["run_wsgi"], marks=slow),
]


@pytest.mark.parametrize(("app", "program"), ROWS)
def test_a_durable_function_ends_with_its_result(
    service: DurableService, tmp_path: Path, app: str, program: str
) -> None:
    """The state of the execution comes with each event; the wait ends one invocation and begins another."""
    with dev(tmp_path, service, f"function:{app}", program) as function:
        status, result = service.execute("orders", '{"count": 3}', function.url)
    assert (status, json.loads(result or "")) == ("SUCCEEDED", RESULT)


def test_its_events_and_results_pass_unchanged(service: DurableService, tmp_path: Path) -> None:
    with dev(tmp_path, service, "function:handler") as function:
        service.execute("orders", '{"count": 3, "note": "caf\\u00e9 \\ud800"}', function.url)
        calls = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
        assert [call["result"]["Status"] for call in calls] == ["PENDING", "SUCCEEDED"]
        for call in calls:
            shown = function.get(f"/_lambda/invocations/{call['id']}").json()
            assert (shown["event"], shown["result"]) == (call["event"], call["result"])


@slow
def test_a_durable_function_that_fails(service: DurableService, tmp_path: Path) -> None:
    with dev(tmp_path, service, "function:annotated") as function:
        assert service.execute("orders", '{"count": -1}', function.url) == ("FAILED", "nothing is ordered")


@slow
def test_what_is_no_durable_execution_fails_as_the_sdk_says(service: DurableService, tmp_path: Path) -> None:
    with dev(tmp_path, service, "function:annotated") as function:
        function.get("/")
        error = function.line("request")["error"]
        assert isinstance(error, dict)
        assert error["errorType"] == "ExecutionError"
        assert error["errorMessage"].startswith("Unexpected payload provided to start the durable execution.")
