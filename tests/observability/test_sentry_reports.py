"""Sentry is sent each exception once, with the invocation that it is of."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.page_blocks import python_blocks
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import http
from tests.support.telemetry_sink import TelemetrySink

APP, HANDLER = python_blocks("observability", "Sentry")

FLASK = (
    APP.replace("from fastapi import FastAPI", "from flask import Flask")
    .replace("FastAPI()", 'Flask("shop")')
    .replace("async def", "def")
    .replace("run_asgi", "run_wsgi")
)

MEETING = APP.replace("app = FastAPI()", "import asyncio\nneighbours = asyncio.Barrier(2)\napp = FastAPI()").replace(
    "    raise", "    await neighbours.wait()\n    raise"
)

MANAGED = """
import os, sentry_sdk
from fastapi import FastAPI
from lambda_http_adapter import asgi_handler
from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration

sentry_sdk.init(integrations=[AwsLambdaIntegration()])
app = FastAPI()

@app.get("/")
async def index():
    raise ValueError("what the app did wrong")

handler = asgi_handler(app)
"""


def environment(sink: TelemetrySink) -> dict[str, str]:
    return {"SENTRY_DSN": sink.url.replace("//", "//key@") + "/1"}


def events(sink: TelemetrySink) -> list[dict[str, Any]]:
    """The errors among what has been sent."""
    items = [sent.body.splitlines() for sent in sink.sent]
    return [
        json.loads(event)
        for lines in items
        for kind, event in zip(lines[1::2], lines[2::2], strict=False)
        if json.loads(kind)["type"] == "event"
    ]


def reported(event: dict[str, Any]) -> tuple[str, str]:
    last = event["exception"]["values"][-1]
    return last["type"], last["value"]


@pytest.mark.parametrize("program", [APP, FLASK], ids=["fastapi", "flask"])
def test_an_app(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, sink: TelemetrySink, program: str) -> None:
    deliveries = [fake_runtime_api.invoke(http(method="GET")) for _ in range(2)]
    run_process(code=program, env=environment(sink))
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)
    found = events(sink)
    assert [reported(event) for event in found] == [("ValueError", "what the app did wrong")] * 2
    assert [event["tags"]["aws_request_id"] for event in found] == [delivery.request_id for delivery in deliveries]


@pytest.mark.slow
def test_an_app_that_serves_several_at_once(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, sink: TelemetrySink
) -> None:
    deliveries = [fake_runtime_api.invoke(http(method="GET")) for _ in range(2)]
    several = {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "AWS_LAMBDA_INITIALIZATION_TYPE": "lambda-managed-instances"}
    run_process(code=MEETING, env=environment(sink) | several)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 4)
    ids = [event["tags"]["aws_request_id"] for event in events(sink)]
    assert sorted(ids) == sorted(delivery.request_id for delivery in deliveries)


def test_a_handler(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, sink: TelemetrySink) -> None:
    delivery = fake_runtime_api.invoke({})
    run_process(code=HANDLER, env=environment(sink))
    assert delivery.wait().endpoint == "error"
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    assert [reported(event) for event in events(sink)] == [("ValueError", "what the handler did wrong")]


@pytest.mark.slow
def test_the_integration_of_aws_runtime_is_idle_under_another(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, sink: TelemetrySink
) -> None:
    integration = "from sentry_sdk.integrations.aws_lambda import AwsLambdaIntegration\n"
    program = integration + APP.replace("before_send=", "integrations=[AwsLambdaIntegration()], before_send=")
    fake_runtime_api.invoke(http(method="GET"))
    run_process(code=program, env=environment(sink))
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    (event,) = events(sink)
    assert "lambda" not in event["extra"]


@pytest.mark.slow
def test_the_integration_in_aws_runtime(emulator: StartEmulator, sink: TelemetrySink, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MANAGED)
    function = emulator([sys.executable, "-m", "awslambdaric", "main.handler"], environment(sink))
    status, answer = function.invoke(http(method="GET"))
    assert (status, json.loads(answer)["statusCode"]) == (200, 500)
    # The integration flushes before it returns to the runtime.
    (found,) = events(sink)
    assert reported(found) == ("ValueError", "what the app did wrong")
    assert "aws_request_id" in found["extra"]["lambda"]
