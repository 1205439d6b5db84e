"""One span for each invocation: of an app of any colour, of a handler, whatever instruments the app besides."""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from flask import Flask
from opentelemetry import baggage, trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware as WSGIMiddleware
from opentelemetry.propagate import get_global_textmap, set_global_textmap
from opentelemetry.propagators.aws import AwsXRayPropagator
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracerProvider, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Host, Mount, Route

from lambda_http_adapter import LambdaContext, __version__, _apps, asgi_handler, wsgi_handler
from lambda_http_adapter._apps import traced, traced_async
from lambda_http_adapter._apps.asgi import asgi_function
from lambda_http_adapter._apps.hook_paths import post, post_async
from lambda_http_adapter._apps.wsgi import wsgi_function
from lambda_http_adapter._delivery import Failure
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import load_config
from lambda_http_adapter.opentelemetry import instrument
from lambda_http_adapter.testing import LambdaTransport
from tests.support.odd_exceptions import every_odd_exception
from tests.support.paths import EVENTS
from tests.support.response_recorder import AsyncResponseRecorder, ResponseRecorder

EVENT = json.loads((EVENTS / "function_url/live.json").read_bytes())
SQS = json.loads((EVENTS / "pass_through/sqs.json").read_bytes())
TRACE, PARENT = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
TRACEPARENT = f"00-{TRACE:032x}-{PARENT:016x}-01"
XRAY_TRACE, XRAY_PARENT = 0x5BEF4DE7AD49B0E87F6EF6C87FC2E700, 0x9A9197AF755A6419
XRAY = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"

NO_PARENT = (None, None)
W3C = (TRACE, PARENT)
OF_XRAY = (XRAY_TRACE, XRAY_PARENT)

provider = TracerProvider()
tracer = provider.get_tracer("app")
exporter = InMemorySpanExporter()
provider.add_span_processor(SimpleSpanProcessor(exporter))


@pytest.fixture(autouse=True)
def spans(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[ReadableSpan]]:
    """Takes the spans that have ended, the first one first."""
    monkeypatch.setattr(_apps, "tracing", None)
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    exporter.clear()
    instrument(provider)

    def taken() -> list[ReadableSpan]:
        ended = list(exporter.get_finished_spans())
        exporter.clear()
        return ended

    return taken


Spans = Callable[[], list[ReadableSpan]]


def fastapi_app() -> FastAPI:
    app = FastAPI()

    @app.get("/items/{number}")
    async def item(number: int) -> int:
        with tracer.start_as_current_span("in a task"):
            return number

    @app.get("/thread/{number}")
    def item_in_a_thread(number: int) -> int:
        with tracer.start_as_current_span("in a thread"):
            return number

    @app.get("/raises")
    async def raises() -> None:
        raise ValueError("what the app did wrong")

    return app


def flask_app() -> Flask:
    app = Flask(__name__)

    @app.get("/items/<number>")
    def item(number: str) -> str:
        with tracer.start_as_current_span("in a view"):
            return number

    return app


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    answer = cast("str", scope["path"]).removeprefix("/")
    with tracer.start_as_current_span("inner"):
        if answer == "raises":
            raise ValueError("what the app did wrong")
        if answer == "returns":
            return
    await send({"type": "http.response.start", "status": int(answer), "headers": []})
    await send({"type": "http.response.body", "body": b"some", "more_body": True})
    await send({"type": "http.response.body"})


def wsgi(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
    answer = environ["PATH_INFO"].removeprefix("/")
    with tracer.start_as_current_span("inner"):
        if answer == "raises":
            raise ValueError("what the app did wrong")
    if answer != "returns":
        start_response(f"{answer} Status", [])
        yield b"some"


def get(app: object, path: str, **headers: str) -> httpx.Response:
    transport = LambdaTransport(cast("Any", app), "function-url")
    with httpx.Client(transport=transport, base_url="https://example.com", headers=headers) as client:
        return client.get(path)


def tree(spans: list[ReadableSpan]) -> list[tuple[str, SpanKind, str]]:
    """Name, kind and parent's name of each span; the parent of the first is not among them."""
    names = {span.context.span_id: span.name for span in spans if span.context}
    outermost_first = reversed(spans)
    return [
        (span.name, span.kind, names.get(span.parent.span_id, "") if span.parent else "") for span in outermost_first
    ]


@pytest.mark.parametrize(
    ("path", "inner"), [("/items/3", "in a task"), ("/thread/3", "in a thread")], ids=["task", "thread"]
)
def test_fastapi(spans: Spans, path: str, inner: str) -> None:
    get(fastapi_app(), path)
    name = f"GET {path.replace('3', '{number}')}"
    assert tree(spans()) == [(name, SpanKind.SERVER, ""), (inner, SpanKind.INTERNAL, name)]


def test_flask(spans: Spans) -> None:
    get(flask_app(), "/items/3")
    assert tree(spans()) == [("GET", SpanKind.SERVER, ""), ("in a view", SpanKind.INTERNAL, "GET")]


async def answer(request: Request) -> Response:
    return Response("some")


def routed_fastapi() -> FastAPI:
    app, outer, inner, mounted = FastAPI(), APIRouter(prefix="/outer"), APIRouter(prefix="/inner"), FastAPI()
    inner.get("/{number}")(lambda number: number)
    mounted.get("/{path:path}/end")(lambda path: path)
    outer.include_router(inner)
    app.include_router(outer, prefix="/v1")
    app.mount("/mounted", mounted)
    return app


def routed_starlette() -> Starlette:
    inner = Starlette(routes=[Route("/{number}", answer)])
    return Starlette(
        routes=[
            Route("/{number}", answer),
            Mount("/mounted", routes=[Route("/{number}", answer)]),
            Mount("/of/{tenant}", inner),
        ]
    )


@pytest.mark.parametrize(
    ("app", "path", "name"),
    [
        (routed_fastapi, "/v1/outer/inner/3", "GET /v1/outer/inner/{number}"),
        (routed_fastapi, "/mounted/a/b/end", "GET /mounted/{path}/end"),
        (routed_fastapi, "/mounted/a/b", "GET"),
        (routed_fastapi, "/nowhere", "GET"),
        (routed_starlette, "/3", "GET /{number}"),
        (routed_starlette, "/mounted/3", "GET /mounted/{number}"),
        (routed_starlette, "/mounted/3/4", "GET"),
        (routed_starlette, "/of/acme/3", "GET"),  # a route of each tenant's would be as many routes as tenants
    ],
)
def test_the_route_of_the_app(spans: Spans, app: Callable[[], object], path: str, name: str) -> None:
    get(app(), path)
    span = spans()[-1]
    assert span.name == name
    assert (span.attributes or {}).get("http.route", "") == name.partition(" ")[2]


def test_the_route_of_a_host(spans: Spans) -> None:
    app = Starlette(routes=[Host("{shop}.com", routed_starlette())])
    get(app, "/3")
    assert spans()[-1].name == "GET /{number}"


ODD_SCOPES: dict[str, dict[str, object]] = {
    "another's route": {"route": SimpleNamespace(methods=())},
    "a route without a path": {"route": SimpleNamespace(methods=(), path_format=None)},
    "a route in no mount": {"route": SimpleNamespace(methods=(), path_format="/"), "root_path": None},
    "another's fastapi": {"route": SimpleNamespace(methods=(), path_format="/"), "fastapi": "some", "root_path": None},
}


@pytest.mark.parametrize("changes", ODD_SCOPES.values(), ids=ODD_SCOPES)
def test_what_else_calls_itself_a_route(
    spans: Spans, changes: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope.update(changes)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    assert get(app, "/3").status_code == 200
    assert [span.name for span in spans()] == ["GET"]
    assert caplog.messages == []


def test_the_route_of_api_gateway_is_before_that_of_the_app(spans: Spans) -> None:
    event = json.loads((EVENTS / "api_gateway_v2/live.json").read_bytes())
    event |= {"routeKey": "GET /things/{id}", "rawPath": "/items/3"}
    asgi_handler(fastapi_app(), lifespan="off")(event, LambdaContext("1", 0, "arn"))
    assert spans()[-1].name == f"{event['requestContext']['http']['method']} /things/{{id}}"


def instrumented_fastapi() -> object:
    app = fastapi_app()
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, exclude_spans=["receive", "send"])
    return app


def instrumented_flask() -> object:
    app = flask_app()
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)  # type: ignore[no-untyped-call]
    return app


@pytest.mark.parametrize(
    ("app", "path", "name"),
    [
        (instrumented_fastapi, "/items/3", "GET /items/{number}"),
        (instrumented_flask, "/items/3", "GET"),
        (lambda: OpenTelemetryMiddleware(asgi, tracer_provider=provider, exclude_spans=["send"]), "/200", "GET"),
        (lambda: WSGIMiddleware(wsgi, tracer_provider=provider), "/200", "GET"),
    ],
    ids=["fastapi", "flask", "asgi", "wsgi"],
)
def test_the_instrumentation_of_the_app_is_below(spans: Spans, app: Callable[[], object], path: str, name: str) -> None:
    get(app(), path, traceparent=TRACEPARENT)
    root, theirs, inner = tree(spans())
    assert root == (name, SpanKind.SERVER, "")
    assert theirs[1:] == (SpanKind.INTERNAL, name)
    assert inner[1:] == (SpanKind.INTERNAL, theirs[0])


def test_the_telemetry_of_fastapi_is_below(spans: Spans) -> None:
    """It reads the headers of the request, not the current span."""
    app = FastAPI(telemetry={"tracer_provider": provider, "operation_spans": False})
    app.get("/")(lambda: None)
    get(app, "/", traceparent=TRACEPARENT, tracestate="a=1")
    theirs, root = spans()
    assert root.parent is not None
    assert (root.parent.trace_id, root.parent.span_id, dict(root.parent.trace_state)) == (*W3C, {"a": "1"})
    assert theirs.parent is not None
    assert root.context is not None
    assert (theirs.parent.trace_id, theirs.parent.span_id) == (TRACE, root.context.span_id)


def test_the_telemetry_of_fastapi_can_be_left_out(spans: Spans) -> None:
    app = FastAPI(telemetry={"tracer_provider": provider, "tracing": False})
    app.get("/")(lambda: None)
    get(app, "/")
    assert [span.name for span in spans()] == ["GET /"]


def test_the_request_names_the_span_as_its_parent(spans: Spans) -> None:
    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["HTTP_TRACEPARENT"].encode(), environ.get("HTTP_TRACESTATE", "none").encode()]

    event = EVENT | {"headers": EVENT["headers"] | {"traceparent": f"00-{1:032x}-{2:016x}-01", "tracestate": "a=1"}}
    result = wsgi_handler(app)(event, LambdaContext("1", 0, "arn", w3c={"traceparent": TRACEPARENT}))
    (span,) = spans()
    assert span.context is not None
    assert result["body"] == f"00-{TRACE:032x}-{span.context.span_id:016x}-01none"


ENDINGS = {
    "/200": (200, StatusCode.UNSET, None),
    "/404": (404, StatusCode.UNSET, None),
    "/500": (500, StatusCode.ERROR, "500"),
    "/503": (503, StatusCode.ERROR, "503"),
    "/raises": (500, StatusCode.ERROR, "ValueError"),
    "/returns": (500, StatusCode.ERROR, "ProtocolError"),
}


@pytest.mark.parametrize("app", [asgi, wsgi], ids=["asgi", "wsgi"])
@pytest.mark.parametrize("path", ENDINGS)
def test_how_it_ended(spans: Spans, app: object, path: str) -> None:
    get(app, path)
    (span,) = [span for span in spans() if span.kind is SpanKind.SERVER]
    attributes = span.attributes or {}
    code, status, kind = ENDINGS[path]
    assert attributes["http.response.status_code"] == code
    assert (span.status.status_code, attributes.get("error.type")) == (status, kind)
    recorded = [(event.attributes or {})["exception.type"] for event in span.events]
    assert [str(name).rpartition(".")[2] for name in recorded] == ([kind] if kind and not kind.isdecimal() else [])


def test_an_app_that_is_ended_at_its_deadline(spans: Spans) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    handler = asgi_handler(cast("Any", app), lifespan="off", deadline_margin_ms=60_000)
    handler(EVENT, LambdaContext("1", int(time.time() * 1000) + 60_050, "arn"))
    (span,) = spans()
    assert (span.attributes or {})["http.response.status_code"] == 504
    assert (span.status.status_code, (span.attributes or {})["error.type"]) == (StatusCode.ERROR, "504")


def test_an_exception_behind_the_response_of_a_framework(spans: Spans) -> None:
    """Starlette answers with its own page, then raises."""
    get(fastapi_app(), "/raises")
    (span,) = spans()
    assert span.status.description == "ValueError: what the app did wrong"
    assert [event.name for event in span.events] == ["exception"]


@every_odd_exception
def test_an_exception_that_says_little_of_itself(spans: Spans, make: Callable[[], Exception]) -> None:
    error = make()

    def handle(event: object) -> None:
        raise error

    raised: object = None
    try:
        wsgi_handler(flask_app(), on_event=handle)(SQS, LambdaContext("1", 0, "arn"))
    except Exception as caught:
        raised = caught
    assert raised is error
    (span,) = spans()
    assert span.status.status_code is StatusCode.ERROR


def test_a_stream_is_traced_to_its_end(spans: Spans) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            with tracer.start_as_current_span("chunk"):
                await send({"type": "http.response.body", "body": b"some", "more_body": True})
        raise ValueError("what the app did wrong")

    transport = LambdaTransport(cast("Any", app), "function-url", invoke_mode="response_stream")
    with httpx.Client(transport=transport, base_url="https://example.com") as client, pytest.raises(httpx.HTTPError):
        client.get("/")
    *chunks, span = spans()
    assert [chunk.parent and chunk.parent.span_id for chunk in chunks] == [span.context and span.context.span_id] * 3
    assert (span.attributes or {})["http.response.status_code"] == 200
    assert span.status.description == "ValueError: what the app did wrong"


def propagators(*others: TextMapPropagator) -> CompositePropagator:
    return CompositePropagator([TraceContextTextMapPropagator(), *others])


@pytest.fixture
def propagator(request: pytest.FixtureRequest) -> Iterator[None]:
    before = get_global_textmap()
    set_global_textmap(request.param)
    yield
    set_global_textmap(before)


@pytest.mark.parametrize(
    ("propagator", "context", "headers", "parent"),
    [
        (propagators(), {}, {}, NO_PARENT),
        (propagators(), {"xray_trace_id": XRAY}, {}, NO_PARENT),
        (propagators(), {"w3c": {"traceparent": TRACEPARENT}}, {}, W3C),
        (propagators(), {}, {"traceparent": TRACEPARENT}, W3C),
        (propagators(), {"w3c": {"traceparent": TRACEPARENT}}, {"traceparent": f"00-{1:032x}-{2:016x}-01"}, W3C),
        (propagators(AwsXRayPropagator()), {}, {"traceparent": TRACEPARENT}, W3C),
        (propagators(AwsXRayPropagator()), {"xray_trace_id": XRAY}, {"traceparent": TRACEPARENT}, OF_XRAY),
        (propagators(AwsXRayPropagator()), {"xray_trace_id": XRAY}, {"x-amzn-trace-id": "Root=1-0"}, OF_XRAY),
        (propagators(AwsXRayPropagator()), {"xray_trace_id": "nonsense"}, {}, NO_PARENT),
    ],
    indirect=["propagator"],
    ids=range(9),
)
def test_the_parent(
    spans: Spans,
    propagator: None,
    context: dict[str, Any],
    headers: dict[str, str],
    parent: tuple[int | None, int | None],
) -> None:
    event = EVENT | {"headers": EVENT["headers"] | headers}
    wsgi_handler(flask_app())(event, LambdaContext("1", 0, "arn", **context))
    found = spans()[-1].parent
    assert (found and found.trace_id, found and found.span_id) == parent


@pytest.mark.parametrize("propagator", [propagators(AwsXRayPropagator())], indirect=True, ids=[""])
def test_what_xray_does_not_sample_is_not_exported(spans: Spans, propagator: None) -> None:
    context = LambdaContext("1", 0, "arn", xray_trace_id=XRAY.replace("Sampled=1", "Sampled=0"))
    wsgi_handler(flask_app())(EVENT | {"rawPath": "/items/3"}, context)
    assert spans() == []


def test_inside_the_span_of_a_wrapper(spans: Spans) -> None:
    """As under opentelemetry-instrument in AWS's runtime."""
    handler = wsgi_handler(flask_app())
    with tracer.start_as_current_span("wrapper"):
        handler(EVENT, LambdaContext("1", 0, "arn"))
    wrapper, inner = tree(spans())
    assert wrapper == ("wrapper", SpanKind.INTERNAL, "")
    assert inner[1:] == (SpanKind.INTERNAL, "wrapper")


def test_messages_are_linked(spans: Spans) -> None:
    records = [SQS["Records"][0] | {"attributes": {"AWSTraceHeader": header}} for header in (XRAY, "nonsense")]

    def handle(event: object) -> None:
        with tracer.start_as_current_span("inner"):
            pass

    handler = asgi_handler(fastapi_app(), lifespan="off", on_event={"sqs": handle})
    handler({"Records": records}, LambdaContext("1", 0, "arn"))
    inner, span = spans()
    assert (span.name, span.kind) == ("process orders", SpanKind.CONSUMER)
    assert [(link.context.trace_id, link.context.span_id) for link in span.links] == [OF_XRAY]
    assert inner.parent == span.context


def test_messages_are_not_linked_without_the_propagator(spans: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.propagators.aws", None)
    record = SQS["Records"][0] | {"attributes": {"AWSTraceHeader": XRAY}}
    wsgi_handler(flask_app(), on_event=lambda event: None)({"Records": [record]}, LambdaContext("1", 0, "arn"))
    (span,) = spans()
    assert (span.name, list(span.links)) == ("process orders", [])


def test_an_app_without_an_sdk(spans: Spans) -> None:
    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["HTTP_BAGGAGE"].encode(), environ.get("HTTP_TRACEPARENT", " alone").encode()]

    instrument(NoOpTracerProvider())
    assert get(app, "/", baggage="k=v").text == "k=v alone"
    assert spans() == []


def test_a_handler_that_raises(spans: Spans) -> None:
    def handle(event: object) -> None:
        raise KeyError("total")

    with pytest.raises(KeyError):
        wsgi_handler(flask_app(), on_event=handle)(SQS, LambdaContext("1", 0, "arn"))
    (span,) = spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "KeyError: 'total'")
    assert "http.response.status_code" not in (span.attributes or {})


def test_a_warm_up_ping_is_no_request(spans: Spans) -> None:
    event = json.loads((EVENTS / "pass_through/serverless_plugin_warmup.json").read_bytes())
    asgi_handler(fastapi_app(), lifespan="off")(event, LambdaContext("1", 0, "arn"))
    (span,) = spans()
    assert (span.attributes or {})["faas.trigger"] == "other"
    assert "http.response.status_code" not in (span.attributes or {})


@pytest.mark.parametrize(
    ("initialization", "colds"),
    [
        (None, [True, False]),
        ("on-demand", [True, False]),
        ("snap-start", [True, False]),
        ("provisioned-concurrency", [False, False]),
    ],
)
def test_the_cold_start(
    spans: Spans, initialization: str | None, colds: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    if initialization is not None:
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", initialization)
    instrument(provider)
    handler = wsgi_handler(flask_app())
    for _ in colds:
        handler(EVENT, LambdaContext("1", 0, "arn"))
    assert [(span.attributes or {})["faas.coldstart"] for span in spans()] == colds


def test_a_hook_of_snapstart_is_no_invocation(spans: Spans) -> None:
    """Nor the first one, which is the cold start."""
    config = load_config({"on_snapshot": "/200", "lifespan": "off"}, {})
    post(wsgi_function(wsgi, config), "/200")
    asyncio.run(post_async(asgi_function(cast("Any", asgi), config), "/200"))
    assert [span.name for span in spans()] == ["inner", "inner"]
    wsgi_handler(flask_app())(EVENT, LambdaContext("1", 0, "arn"))
    assert [(span.attributes or {})["faas.coldstart"] for span in spans()] == [True]


def test_a_span_is_no_longer_current_behind_its_invocation(spans: Spans) -> None:
    seen: list[bool] = []

    def hook(context: LambdaContext) -> None:
        seen.append(trace.get_current_span().get_span_context().is_valid)

    handler = asgi_handler(fastapi_app(), lifespan="off", on_invocation_end=hook)
    handler(EVENT, LambdaContext("1", 0, "arn"))
    assert seen == [False]
    (span,) = spans()
    assert span.instrumentation_scope is not None
    assert (span.instrumentation_scope.name, span.instrumentation_scope.version) == ("lambda_http_adapter", __version__)


@pytest.mark.parametrize(("is_web", "kind"), [((), dict), ((True,), dict), ((False,), bytes)])
def test_an_app_gets_the_event_as_the_span_has_read_it(
    spans: Spans, is_web: tuple[bool, ...], kind: type, caplog: pytest.LogCaptureFixture
) -> None:
    """A handler may want the bytes."""
    seen: list[object] = []

    def function(payload: object, context: object, reply: object) -> None:
        seen.append((type(payload), context))

    async def async_function(payload: object, context: object, reply: object) -> None:
        function(payload, context, reply)

    async_function.startup = async_function.shutdown = None  # type: ignore[attr-defined]
    context, reply, payload = LambdaContext("1", 0, "arn"), ResponseRecorder(), json.dumps(EVENT).encode()
    traced(function, load_config({}, {}), *is_web)(payload, context, reply)
    awaited = traced_async(cast("Any", async_function), load_config({}, {}), *is_web)
    asyncio.run(cast("Any", awaited(payload, context, AsyncResponseRecorder(reply))))
    assert seen == [(kind, context)] * 2
    assert caplog.messages == []
    for span in spans():
        assert (span.attributes or {})["faas.invocation_id"] == "1"
        assert "http.response.status_code" not in (span.attributes or {})  # nothing was answered


def test_the_baggage_of_the_client_reaches_the_app(spans: Spans) -> None:
    seen: list[object] = []

    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        seen.append(baggage.get_baggage("user"))
        start_response("200 OK", [])
        return []

    event = EVENT | {"headers": EVENT["headers"] | {"baggage": "user=ann"}}
    wsgi_handler(app)(event, LambdaContext("1", 0, "arn"))
    assert seen == ["ann"]
    assert len(spans()) == 1


def test_the_failure_that_a_function_sends_is_its_spans(spans: Spans) -> None:
    def function(payload: object, context: object, reply: object) -> None:
        cast("ResponseRecorder", reply).send(Failure(KeyError("total")))

    traced(function, load_config({}, {}), False)({}, LambdaContext("1", 0, "arn"), ResponseRecorder())
    (span,) = spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "KeyError: 'total'")
