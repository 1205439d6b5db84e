"""Subsegments of the AWS X-Ray SDK arrive below Lambda's segment."""

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.page_blocks import python_blocks
from tests.support.runtime_process import http
from tests.support.xray_daemon import XRayDaemon, trace_header, trace_of

(PAGE,) = python_blocks("observability", "AWS X-Ray SDK")

FLASK = """
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask
from lambda_http_adapter import run_wsgi

xray_recorder.configure(service="shop")
app = Flask("shop")
XRayMiddleware(app, xray_recorder)

@app.get("/")
def index():
    with xray_recorder.in_subsegment("work"):
        return "done"

run_wsgi(app)
"""

SEVERAL = {"AWS_LAMBDA_MAX_CONCURRENCY": "2", "AWS_LAMBDA_INITIALIZATION_TYPE": "lambda-managed-instances"}


@pytest.mark.parametrize(
    "several", [{}, SEVERAL | {"LAMBDA_HTTP_ADAPTER_PROCESSES": "2"}], ids=["one", "several in processes"]
)
def test_a_subsegment_in_its_own_trace(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, xray_daemon: XRayDaemon, several: dict[str, str]
) -> None:
    for number in range(3):
        fake_runtime_api.invoke(http(method="GET"), headers=trace_header(number))
    run_process(code=PAGE, env=xray_daemon.environment | several)
    segments = [xray_daemon.segment() for _ in range(3)]
    assert {segment["name"] for segment in segments} == {"work"}
    assert sorted((segment["trace_id"], segment["parent_id"]) for segment in segments) == [*map(trace_of, range(3))]


def test_several_in_one_process(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, xray_daemon: XRayDaemon
) -> None:
    deliveries = [fake_runtime_api.invoke(http(method="GET"), headers=trace_header(number)) for number in range(2)]
    process = run_process(code=PAGE, env=xray_daemon.environment | SEVERAL)
    for delivery in deliveries:
        assert b"done" in delivery.wait().body
    assert process.logs.count("discarded due to Lambda worker still initializing") == 2


def test_the_middleware_for_flask(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, xray_daemon: XRayDaemon
) -> None:
    fake_runtime_api.invoke(http(method="GET"), headers=trace_header(0))
    run_process(code=FLASK, env=xray_daemon.environment)
    work, request = xray_daemon.segment(), xray_daemon.segment()
    assert (work["name"], work["parent_id"]) == ("work", request["id"])
    assert (request["name"], request["trace_id"], request["parent_id"]) == ("shop", *trace_of(0))
