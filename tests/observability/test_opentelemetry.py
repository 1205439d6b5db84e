"""OpenTelemetry's spans leave before the environment can be frozen, and the client doesn't wait for them."""

import json
import socket
from typing import cast

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.page_blocks import python_blocks
from tests.support.programs import launch
from tests.support.runtime_process import http, seen, told
from tests.support.telemetry_sink import TelemetrySink
from tests.support.xray_daemon import trace_header

# Exported in batches, by themselves once an hour. Each span is told by its name and the invocation that it is of.
EXPORTED = """
import asyncio, json, os, socket, threading
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from lambda_http_adapter import current_context

class Exporter(SpanExporter):
    def export(self, spans):
        with socket.create_connection(("127.0.0.1", int(os.environ["COLLECTOR"]))) as line:
            told = [[span.name, span.attributes["faas.invocation_id"]] for span in spans]
            line.sendall(json.dumps(told).encode() + b"\\n")
            line.recv(1)
        return SpanExportResult.SUCCESS

provider = TracerProvider(resource=Resource({}))
provider.add_span_processor(BatchSpanProcessor(Exporter(), schedule_delay_millis=3_600_000))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("shop")
neighbours = threading.Barrier(2)

def work(name):
    if name == "/raises":
        raise ValueError("what the app did wrong")
    if name == "/waits":
        neighbours.wait()
    with tracer.start_as_current_span(name) as span:
        span.set_attribute("faas.invocation_id", current_context().aws_request_id)
"""

APP = (
    EXPORTED
    + """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await asyncio.to_thread(work, scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    work(environ["PATH_INFO"])
    start_response("200 OK", [])
    return [b"{}"]
"""
)

INSTRUMENTED = (
    APP
    + """
from lambda_http_adapter.opentelemetry import instrument

instrument()

def handler(event):
    if event == "raises":
        raise KeyError(event)
"""
)

RUN = """
import lambda_http_adapter

{define} run_handler(event, context):
    work("inner")
    return handler(event)

lambda_http_adapter.run(run_handler)
"""

STREAM = (
    EXPORTED
    + """
from lambda_http_adapter.opentelemetry import instrument

instrument()

async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for n in range(20):
        work("chunk")
        await send({"type": "http.response.body", "body": b"x" * 100_000, "more_body": n < 19})
"""
)


@pytest.mark.parametrize("driver", ["uvloop", "sockets"])
def test_force_flush(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, collector: socket.socket, driver: str
) -> None:
    deliveries = [fake_runtime_api.invoke(http(f"/{n}")) for n in range(2)]
    options = "on_invocation_end=lambda context: provider.force_flush()"
    launch(run_process, driver, APP, options, COLLECTOR=str(collector.getsockname()[1]))
    for n, delivery in enumerate(deliveries):
        with collector.accept()[0] as line, line.makefile() as spans:
            assert json.loads(spans.readline()) == [[f"/{n}", delivery.request_id]]
            told(delivery.wait())
            assert seen(fake_runtime_api) == [(0, "next"), (0, "response")] * (n + 1)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)


@pytest.mark.parametrize("driver", ["uvloop", "sockets"])
def test_the_span_of_the_invocation_leaves_behind_its_answer(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, collector: socket.socket, driver: str
) -> None:
    """Nothing is asked of the Runtime API between the answer and the export's end: the environment isn't frozen."""
    events = [http("/"), http("/raises"), "returns", "raises"]
    deliveries = [fake_runtime_api.invoke(event) for event in events]
    launch(run_process, driver, INSTRUMENTED, "on_event=handler", COLLECTOR=str(collector.getsockname()[1]))
    endpoints = ["response", "response", "response", "error"]
    for n, (delivery, endpoint) in enumerate(zip(deliveries, endpoints, strict=True)):
        with collector.accept()[0] as line, line.makefile() as lines:
            spans = json.loads(lines.readline())
            assert spans[-1] == ["greeter" if n > 1 else "POST", delivery.request_id]
            assert delivery.wait().endpoint == endpoint
            assert len(fake_runtime_api.received("next")) == n + 1
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 5)


@pytest.mark.parametrize("define", ["def", "async def"])
def test_the_span_of_a_handler_alone(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, collector: socket.socket, define: str
) -> None:
    deliveries = [fake_runtime_api.invoke(event) for event in (http("/"), "raises")]
    code = INSTRUMENTED + RUN.format(define=define)
    run_process(code=code, env={"COLLECTOR": str(collector.getsockname()[1])})
    for delivery, name, endpoint in zip(deliveries, ("POST", "greeter"), ("response", "error"), strict=True):
        with collector.accept()[0] as line, line.makefile() as lines:
            assert json.loads(lines.readline()) == [["inner", delivery.request_id], [name, delivery.request_id]]
            assert delivery.wait().endpoint == endpoint


def test_the_span_of_a_long_stream(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, collector: socket.socket
) -> None:
    delivery = fake_runtime_api.invoke(http("/"))
    options = 'invoke_mode="response_stream"'
    launch(run_process, "uvloop", STREAM, options, COLLECTOR=str(collector.getsockname()[1]))
    with collector.accept()[0] as line, line.makefile() as lines:
        names = ["chunk"] * 20 + ["POST"]
        assert json.loads(lines.readline()) == [[name, delivery.request_id] for name in names]
        assert len(delivery.wait().body) > 2_000_000
        assert len(fake_runtime_api.received("next")) == 1
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)


@pytest.mark.parametrize(
    ("driver", "processes"), [("uvloop", "1"), ("sockets", "1"), ("uvloop", "2"), ("sockets", "2")], ids=str
)
def test_spans_of_invocations_at_once(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, collector: socket.socket, driver: str, processes: str
) -> None:
    """Each work is inside of its own invocation, also while it waits for its neighbour."""
    path = "/waits" if processes == "1" else "/"
    deliveries = [fake_runtime_api.invoke(http(path)) for _ in range(4)]
    launch(
        run_process,
        driver,
        INSTRUMENTED,
        COLLECTOR=str(collector.getsockname()[1]),
        AWS_LAMBDA_MAX_CONCURRENCY="2",
        AWS_LAMBDA_INITIALIZATION_TYPE="lambda-managed-instances",
        LAMBDA_HTTP_ADAPTER_PROCESSES=processes,
    )
    spans: list[list[str]] = []
    while len(spans) < 8:
        with collector.accept()[0] as line, line.makefile() as lines:
            spans += cast("list[list[str]]", json.loads(lines.readline()))
    ids = sorted(delivery.request_id for delivery in deliveries)
    assert sorted(request_id for name, request_id in spans if name == "POST") == ids
    assert sorted(request_id for name, request_id in spans if name == path) == ids
    for delivery in deliveries:
        told(delivery.wait())


@pytest.mark.parametrize(
    ("propagators", "parent"), [("tracecontext,baggage", ""), ("tracecontext,baggage,xray", "9a9197af755a6410")]
)
def test_the_program_of_the_page(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, sink: TelemetrySink, propagators: str, parent: str
) -> None:
    (program,) = python_blocks("observability", "OpenTelemetry")
    delivery = fake_runtime_api.invoke(http("/items/7", method="GET"), headers=trace_header(0))
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url, "OTEL_PROPAGATORS": propagators}
    run_process(code=program, env=environment)
    assert cast("dict[str, object]", delivery.wait().json())["body"] == "7"
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    (sent,) = sink.sent
    assert sent.path == "/v1/traces"
    spans = [
        span
        for scope in ExportTraceServiceRequest.FromString(sent.body).resource_spans[0].scope_spans
        for span in scope.spans
    ]
    ids = {span.span_id for span in spans}
    (root,) = [span for span in spans if span.parent_span_id not in ids]
    assert (root.name, root.parent_span_id.hex()) == ("GET /items/{number}", parent)
    attributes = {attribute.key: attribute.value for attribute in root.attributes}
    assert attributes["faas.invocation_id"].string_value == delivery.request_id


def test_a_collector_that_does_not_answer(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, collector: socket.socket
) -> None:
    """The time-out of the exporter ends the flush."""
    (program,) = python_blocks("observability", "OpenTelemetry")
    deliveries = [fake_runtime_api.invoke(http("/items/7", method="GET")) for _ in range(2)]
    url = f"http://127.0.0.1:{collector.getsockname()[1]}"
    run_process(code=program, env={"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_TIMEOUT": "0.5"})
    for delivery in deliveries:
        assert cast("dict[str, object]", delivery.wait().json())["body"] == "7"
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 3)


METRICS = """
import os, socket
from lambda_http_adapter import run_wsgi
from lambda_http_adapter.opentelemetry import instrument
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader

reader = PeriodicExportingMetricReader(ConsoleMetricExporter(), export_interval_millis=3_600_000)
metrics.set_meter_provider(MeterProvider([reader]))
orders = metrics.get_meter("shop").create_counter("orders")
instrument()

def wsgi(environ, start_response):
    orders.add(1)
    start_response("200 OK", [])
    return [b"{}"]

run_wsgi(wsgi)
"""


def test_metrics_are_flushed_too(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess) -> None:
    fake_runtime_api.invoke(http())
    process = run_process(code=METRICS)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == 2)
    assert process.stdout.count('"name": "orders"') == 1
