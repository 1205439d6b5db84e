"""What is broken about tracing costs spans: the invocation is served, and the log says what is broken."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import Mock

import pytest
from opentelemetry import metrics, propagate
from opentelemetry.context import Context, get_current
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, NoOpTracer, NoOpTracerProvider

from lambda_http_adapter import LambdaContext, _apps, asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.opentelemetry import instrument
from lambda_http_adapter.origins import ORIGINS, HTTPRequest, Origin
from tests.support.paths import EVENTS

EVENT = json.loads((EVENTS / "function_url/live.json").read_bytes())
SQS = json.loads((EVENTS / "pass_through/sqs.json").read_bytes())


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"whole"})


def wsgi(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [])
    return [b"whole"]


def from_asgi(**options: object) -> Callable[[object, object], object]:
    return asgi_handler(asgi, lifespan="off", **cast("Any", options))


def from_wsgi(**options: object) -> Callable[[object, object], object]:
    return wsgi_handler(wsgi, **cast("Any", options))


colours = pytest.mark.parametrize("make", [from_asgi, from_wsgi], ids=["ASGI", "WSGI"])
Make = Callable[..., Callable[[object, object], Any]]


@pytest.fixture(autouse=True)
def untraced(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test sets up goes with it."""
    before = propagate.get_global_textmap()
    monkeypatch.setattr(_apps, "tracing", None)
    yield
    propagate.set_global_textmap(before)


class Broken(SpanProcessor, Sampler, TextMapPropagator):
    """A part of an SDK that raises in one of its methods."""

    def __init__(self, place: str) -> None:
        self._place = place

    def _reach(self, place: str) -> None:
        if place == self._place:
            raise LookupError(f"broken at {place}")

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self._reach("on_start")

    def on_end(self, span: ReadableSpan) -> None:
        self._reach("on_end")

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        self._reach("force_flush")
        return True

    def should_sample(self, *arguments: object, **keywords: object) -> SamplingResult:
        raise LookupError("broken at should_sample")

    def get_description(self) -> str:
        return "broken"

    def extract(self, carrier: object, context: Context | None = None, getter: object = None) -> Context:
        self._reach("extract")
        return context or Context()

    def inject(self, carrier: object, context: Context | None = None, setter: object = None) -> None:
        self._reach("inject")

    @property
    def fields(self) -> set[str]:
        return set()


BREAKS = {
    "on_start": "start the span of an invocation",
    "should_sample": "start the span of an invocation",
    "extract": "start the span of an invocation",
    "inject": "propagate",
    "on_end": "end the span of an invocation",
    "force_flush": "flush",
}


@colours
@pytest.mark.parametrize("place", BREAKS)
def test_a_broken_part_of_the_sdk(place: str, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    broken = Broken(place)
    provider = TracerProvider(sampler=broken) if place == "should_sample" else TracerProvider()
    provider.add_span_processor(broken)
    propagate.set_global_textmap(broken)
    instrument(provider)
    assert make()(EVENT, LambdaContext("1", 0, "arn"))["body"] == "whole"
    assert get_current() == {}
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("ERROR", f"Tracing failed to {BREAKS[place]}")
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == f"broken at {place}"


class BrokenSpan(NonRecordingSpan):
    def set_attribute(self, key: str, value: object) -> None:
        raise LookupError("no attribute")


class BrokenTracer(NoOpTracer):
    def start_span(self, *arguments: object, **keywords: object) -> BrokenSpan:
        return BrokenSpan(INVALID_SPAN_CONTEXT)


class BrokenTracerProvider(NoOpTracerProvider):
    def get_tracer(self, *arguments: object, **keywords: object) -> BrokenTracer:
        return BrokenTracer()


def raises(environ: Environ, start_response: StartResponse) -> list[bytes]:
    raise ValueError("what the app did wrong")


def test_a_span_without_attributes(caplog: pytest.LogCaptureFixture) -> None:
    instrument(cast("Any", BrokenTracerProvider()))
    result = cast("dict[str, object]", from_wsgi()(EVENT, LambdaContext("1", 0, "arn")))
    assert result["body"] == "whole"
    assert caplog.messages == ["Tracing failed to describe the response"]
    caplog.clear()
    result = cast("dict[str, object]", wsgi_handler(raises)(EVENT, LambdaContext("1", 0, "arn")))
    assert result["statusCode"] == 500
    assert [message for message in caplog.messages if message.startswith("Tracing")] == [
        "Tracing failed to record an exception",
        "Tracing failed to describe the response",
    ]


def test_metrics_are_flushed_although_traces_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    meters = SimpleNamespace(force_flush=lambda: flushed.append("metrics"))
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: meters)
    provider = TracerProvider()
    provider.add_span_processor(Broken("force_flush"))
    instrument(provider)
    from_wsgi()(EVENT, LambdaContext("1", 0, "arn"))
    assert flushed == ["metrics"]


def test_a_span_that_raises() -> None:
    """As the spans of another implementation of the API may do."""
    span = Mock(**{"set_status.side_effect": LookupError, "set_attribute.side_effect": LookupError})
    provider = Mock(**{"get_tracer.return_value.start_span.return_value": span})
    instrument(provider)

    def handle(event: object) -> None:
        raise ValueError("the app's own")

    with pytest.raises(ValueError, match=r"^the app's own$"):
        from_wsgi(on_event=handle)(SQS, LambdaContext("1", 0, "arn"))
    assert span.end.called


@colours
def test_a_context_of_which_nothing_is_known(make: Make) -> None:
    instrument(TracerProvider())
    assert make()(EVENT, Mock())["body"] == "whole"


def decode(event: dict[str, Any], config: Config) -> HTTPRequest:
    return ORIGINS[0].decode(event | {"body": event["body"].upper()}, config)


@colours
def test_an_origin_of_the_user_s_own_that_needs_a_body(make: Make) -> None:
    event = json.loads((EVENTS / f"{ORIGINS[0].name}/live.json").read_bytes()) | {"body": "some"}
    origin = Origin("own", lambda event: True, decode, ORIGINS[0].encode)
    instrument(TracerProvider())
    assert make(origins=[origin])(event, LambdaContext("1", 0, "arn"))["body"] == "whole"


def test_a_text_that_utf_8_cannot_encode_costs_no_batch() -> None:
    """Such as an error that quotes a request: one string in a batch is enough for the exporter to fail."""
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrument(provider)

    def handle(event: object) -> None:
        raise ValueError("no \ud800 here")

    record = SQS["Records"][0] | {"eventSourceARN": "arn:aws:sqs:eu-west-1:1:\ud800"}
    with pytest.raises(ValueError, match="no \ud800 here"):
        from_wsgi(on_event=handle)({"Records": [record]}, LambdaContext("1", 0, "arn"))
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.status.description) == ("process \\ud800", "ValueError: no \\ud800 here")
    assert encode_spans([span]).SerializeToString()
