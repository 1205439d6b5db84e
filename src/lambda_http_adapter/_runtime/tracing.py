"""Spans of invocations, made with OpenTelemetry: around each function, whatever its colour.

Loaded by ``lambda_http_adapter.opentelemetry`` alone, because a function without it has no OpenTelemetry.

https://opentelemetry.io/docs/specs/otel/trace/api/
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from opentelemetry import context as contexts
from opentelemetry import metrics, propagate, trace
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from .. import _apps
from .._apps.access_log import AsyncCountedReply, CountedReply
from .._apps.span_facts import TRACE_HEADER, Reader, SpanFacts, http_name, span_facts
from .._delivery import Failure, Head
from .._values import __version__
from .._values.context import current_scope
from .error_report import name_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from .._apps.span_facts import Attributes
    from .._delivery import AsyncReply, Part, SyncReply
    from .._types import AsyncFunction, SyncFunction
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .._values.request import Headers
    from ..origins import HTTPRequest

_logger = logging.getLogger("lambda_http_adapter")


class Tracing:
    """What makes spans in this process."""

    def __init__(self, provider: trace.TracerProvider | None) -> None:
        self._provider = provider
        # Provisioned environments and Managed Instances start before anything waits for them.
        self._is_cold = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand") in ("on-demand", "snap-start")

    def traced(self, function: SyncFunction, config: Config, is_web: bool) -> SyncFunction:
        return TracedFunction(function, Reader(config, is_web), self)

    def traced_async(self, function: AsyncFunction, config: Config, is_web: bool) -> AsyncFunction:
        return TracedAsyncFunction(function, Reader(config, is_web), self)

    def span(self, event: object, request: HTTPRequest | None, context: LambdaContext) -> InvocationSpan:
        is_cold, self._is_cold = self._is_cold, False
        span = InvocationSpan(request is not None)
        with _logged("start the span of an invocation"):
            tracer = trace.get_tracer("lambda_http_adapter", __version__, self._provider)
            span.start(tracer, span_facts(event, request, context, is_cold))
        return span

    def pass_on(self, headers: Headers) -> None:
        """For instrumentation that reads the headers of a request and not the current span, as FastAPI's own does."""
        if not trace.get_current_span().get_span_context().is_valid:
            return
        with _logged("propagate"):
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            added = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in carrier.items()]
            replaced = {field.lower().encode() for field in propagate.get_global_textmap().fields}
            headers[:] = [field for field in headers if field[0] not in replaced] + added

    def flush(self) -> None:
        """Export what has ended. How long that may take is the exporter's to say."""
        for provider in (self._provider or trace.get_tracer_provider(), metrics.get_meter_provider()):
            # The API's own providers have none.
            force_flush: Callable[[], object] | None = getattr(provider, "force_flush", None)
            if force_flush is not None:
                with _logged("flush"):
                    force_flush()

    async def flush_async(self) -> None:
        await asyncio.to_thread(self.flush)


@contextmanager
def _logged(step: str) -> Iterator[None]:
    """A failure in here is logged: an invocation doesn't fail because something can't be traced."""
    try:
        yield
    except Exception as error:
        _logger.error("Tracing failed to %s", step, exc_info=error)


class TracedFunction:
    """A sync function with a span around each call."""

    def __init__(self, function: SyncFunction, reader: Reader, tracing: Tracing) -> None:
        self._function = function
        self._reader = reader
        self._tracing = tracing

    def __call__(self, payload: object, context: LambdaContext | None, reply: SyncReply) -> None:
        if context is None:  # a hook of SnapStart, which is no invocation
            self._function(payload, context, reply)
            return
        event, request, payload = self._reader.read(payload)
        with self._tracing.span(event, request, context) as span:
            self._function(payload, context, CountedReply(reply, span))


class TracedAsyncFunction:
    """The same around an async function."""

    def __init__(self, function: AsyncFunction, reader: Reader, tracing: Tracing) -> None:
        self._function = function
        self._reader = reader
        self._tracing = tracing
        self.startup = function.startup
        self.shutdown = function.shutdown

    async def __call__(self, payload: object, context: LambdaContext | None, reply: AsyncReply) -> None:
        if context is None:
            await self._function(payload, context, reply)
            return
        event, request, payload = self._reader.read(payload)
        with self._tracing.span(event, request, context) as span:
            await self._function(payload, context, AsyncCountedReply(reply, span))


class InvocationSpan:
    """The span of one invocation: current in the ``with`` block, ended behind it. Not started, it records nothing."""

    size = 0

    def __init__(self, is_http: bool) -> None:
        self._is_http = is_http
        self._status = 0
        self._failed = False
        self._span: trace.Span = trace.INVALID_SPAN
        self._attributes: Attributes = {}
        self._outer = self._inner = contexts.get_current()

    def start(self, tracer: trace.Tracer, facts: SpanFacts) -> None:
        parent, kind = _parent(facts)
        self._attributes = facts.attributes
        self._span = tracer.start_span(_encodable(facts.name), parent, kind, facts.attributes, _links(facts.messages))
        self._inner = trace.set_span_in_context(self._span, parent)

    def __enter__(self) -> InvocationSpan:
        contexts.attach(self._inner)
        _apps.failure_watch.set(self.fail)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self.fail(error)
        if self._is_http:
            with _logged("describe the response"):
                self._finish_http()
        # Set, not reset by a token: a coroutine that is thrown away is closed in another context.
        _apps.failure_watch.set(None)
        contexts.attach(self._outer)
        with _logged("end the span of an invocation"):
            self._span.end()

    def count(self, parts: tuple[Part, ...]) -> None:
        """Look at the parts of the response that are about to be sent."""
        for part in parts:
            if isinstance(part, Head):
                self._status = part.status
            elif isinstance(part, Failure):
                self.fail(part.error)

    def fail(self, error: BaseException) -> None:
        if self._failed:
            return  # its consequence
        self._failed = True
        kind = name_of(error)
        with _logged("record an exception"):
            self._set_error(kind, _encodable(f"{kind}: {text_of(error)}"))
        _apps.attempt(lambda: self._span.record_exception(error), None)  # it calls the error's own methods

    def _set_error(self, kind: str, description: str | None = None) -> None:
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR, description))

    def _finish_http(self) -> None:
        if self._status:
            self._span.set_attribute("http.response.status_code", self._status)
        if self._status >= 500 and not self._failed:
            self._set_error(str(self._status))
        route = _route_of_app()
        if route and "http.route" not in self._attributes:
            self._span.set_attribute("http.route", route)
            self._span.update_name(http_name(self._attributes | {"http.route": route}))


def _parent(facts: SpanFacts) -> tuple[contexts.Context, SpanKind]:
    if trace.get_current_span().get_span_context().is_valid:
        # Whatever called us, such as a wrapper of AWS's runtime, has a span for this invocation already.
        return contexts.get_current(), SpanKind.INTERNAL
    kind = SpanKind.CONSUMER if facts.is_consumer else SpanKind.SERVER
    return propagate.extract(facts.carrier), kind


def _encodable(text: str) -> str:
    """With lone surrogates as escapes. In a name or a description, one would cost all spans of its batch."""
    return text.encode(errors="backslashreplace").decode()


def _route_of_app() -> str:
    """The route that FastAPI or Starlette has found for the request; empty if there is none."""
    scope = current_scope.get() or {}
    route = scope.get("route")
    if not hasattr(route, "methods"):  # a mount, in which nothing has been found
        return ""
    # The route of a router that FastAPI includes lacks the prefix, which its effective context has.
    fastapi = scope.get("fastapi")
    effective = fastapi.get("effective_route_context") if isinstance(fastapi, dict) else None
    if getattr(effective, "original_route", None) is route:
        route = effective
    path, root_path = getattr(route, "path_format", None), scope.get("root_path")
    if not (isinstance(path, str) and isinstance(root_path, str)):
        return ""
    # The root path of a mount has the values of the mount's own parameters: no route, which is the same for all values.
    is_mounted = scope.get("app_root_path", root_path) != root_path
    parameters = cast("dict[str, object]", scope.get("path_params") or {})
    if is_mounted and any(f"{{{name}}}" not in path for name in parameters):
        return ""
    return root_path + path


def _links(headers: list[str]) -> list[Link]:
    """Links to the spans that X-Ray headers name, if the package that reads these is installed."""
    if not headers:
        return []
    try:
        from opentelemetry.propagators.aws import AwsXRayPropagator
    except ImportError:
        return []
    read = AwsXRayPropagator().extract
    spans = [trace.get_current_span(read({TRACE_HEADER: header})).get_span_context() for header in headers]
    return [Link(span) for span in spans if span.is_valid]
