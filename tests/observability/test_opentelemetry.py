"""OpenTelemetry's spans leave before the environment can be frozen, and the client doesn't wait for them."""

import json
import socket

import pytest

from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.programs import launch
from tests.support.runtime_process import http, seen, told

# Exported in batches, by themselves once an hour.
APP = """
import json, os, socket
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from lambda_http_adapter._values.context import current_context

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

def work(path):
    with tracer.start_as_current_span(path) as span:
        span.set_attribute("faas.invocation_id", current_context().aws_request_id)

async def app(scope, receive, send):
    assert scope["type"] == "http"
    work(scope["path"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})

def wsgi(environ, start_response):
    work(environ["PATH_INFO"])
    start_response("200 OK", [])
    return [b"{}"]
"""


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
