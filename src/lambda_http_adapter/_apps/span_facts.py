"""What a span says of an invocation before it is served, by OpenTelemetry's semantic conventions.

https://opentelemetry.io/docs/specs/semconv/faas/aws-lambda/
https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple, cast

from .._values.codec import loads
from ..origins import ORIGINS, detect
from .on_event import event_source

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.context import LambdaContext
    from ..origins import Origin
    from ..origins._http_request import HTTPRequest

Attributes = dict[str, str | int | bool]

_METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}

# By the key of on_event. https://opentelemetry.io/docs/specs/semconv/registry/attributes/faas/
_TRIGGERS = {
    **dict.fromkeys(("sqs", "sns", "kinesis", "kafka", "mq", "rmq", "eventbridge"), "pubsub"),
    **dict.fromkeys(("s3", "dynamodb", "docdb"), "datasource"),
}

# Query parameters with secrets, which the conventions want hidden.
_SECRET = re.compile(
    r"(?<![^&])(AWSAccessKeyId|Signature|sig|X-Goog-Signature|X-Amz-Signature|X-Amz-Security-Token)=[^&]*"
)

_OF_CONTEXT = ("aws_request_id", "invoked_function_arn", "function_version", "memory_limit_in_mb")

TRACE_HEADER = "X-Amzn-Trace-Id"


class Reader:
    """Reads events for spans. ``is_web``: the function decodes HTTP requests, and need not decode their JSON again."""

    def __init__(self, config: Config, is_web: bool) -> None:
        self._config = config
        self._origins = cast("tuple[Origin, ...]", config.origins or ORIGINS)
        self._is_web = is_web

    def read(self, payload: object) -> tuple[object, HTTPRequest | None, object]:
        """The event, the request in it if it is one, without the body, and the payload for the function."""
        event = payload
        if isinstance(payload, bytes):
            try:
                event = loads(payload)
            except (ValueError, RecursionError):
                return None, None, payload  # the function reports it
        try:
            origin = detect(event, self._origins)
            request = origin.decode(cast("dict[str, object]", event) | {"body": None}, self._config)
        except Exception:  # of an origin of the user's own, for which a body that is None may be too little
            return event, None, payload
        return event, request, event if self._is_web else payload


class SpanFacts(NamedTuple):
    """``carrier`` has the headers that propagators read. ``messages``: the X-Ray headers of an SQS event's messages."""

    name: str
    is_consumer: bool
    attributes: Attributes
    carrier: dict[str, str]
    messages: list[str]


def span_facts(event: object, request: HTTPRequest | None, context: LambdaContext, is_cold: bool) -> SpanFacts:
    """``request`` is None for events that aren't HTTP requests. ``is_cold``: the environment's first invocation."""
    attributes = _of_function(context)
    attributes |= {"cloud.provider": "aws", "faas.coldstart": is_cold}
    carrier = _carrier(request, context)
    if request is not None:
        attributes |= {"faas.trigger": "http"} | _of_request(event, request)
        return SpanFacts(http_name(attributes), False, attributes, carrier, [])
    source = event_source(event)
    trigger = "timer" if _is_schedule(event) else _TRIGGERS.get(source, "other")
    attributes["faas.trigger"] = trigger
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME") or "invocation"
    messages: list[str] = []
    if source == "sqs":
        records = _records(event)
        attributes |= _of_messages(records)
        name = f"process {attributes.get('messaging.destination.name', 'multiple_sources')}"
        messages = [header for record in records if (header := _trace_header(record))]
    return SpanFacts(name, trigger == "pubsub", attributes, carrier, messages)


def http_name(attributes: Attributes) -> str:
    """The name of a span with these attributes, of a request: its method, and its route if that is known."""
    method = attributes["http.request.method"]
    return f"{'HTTP' if method == '_OTHER' else method} {attributes.get('http.route', '')}".rstrip()


def _of_function(context: LambdaContext) -> Attributes:
    # The context may be another than ours: AWS's, or a test's.
    request_id, arn, version, memory = (str(getattr(context, name, "")) for name in _OF_CONTEXT)
    attributes: Attributes = {"faas.invocation_id": request_id, "aws.lambda.invoked_arn": arn}
    parts = arn.split(":")
    if len(parts) > 4:
        attributes["cloud.account.id"] = parts[4]
    if len(parts) > 7:  # a version, or an alias of one
        parts[7] = version
    attributes["cloud.resource_id"] = ":".join(parts)
    if memory.isdecimal():
        attributes["faas.max_memory"] = int(memory) * 1024 * 1024
    return {name: value for name, value in attributes.items() if value}


def _of_request(event: object, request: HTTPRequest) -> Attributes:
    attributes: Attributes = {
        "http.request.method": request.method if request.method in _METHODS else "_OTHER",
        "url.scheme": request.scheme,
        "url.path": request.raw_path.decode("latin-1"),
        "server.address": request.server[0],
        "server.port": request.server[1],
        "network.protocol.version": request.http_version,
    }
    if request.method not in _METHODS:
        attributes["http.request.method_original"] = request.method
    if request.query_string:
        attributes["url.query"] = _SECRET.sub(r"\1=REDACTED", request.query_string.decode("latin-1"))
    if request.client is not None:
        attributes["client.address"] = request.client[0]
    agent = dict(request.headers).get(b"user-agent")
    if agent:
        attributes["user_agent.original"] = agent.decode("latin-1")
    route = _route(cast("dict[str, object]", event))
    if route:
        attributes["http.route"] = route
    return attributes


def _route(event: dict[str, object]) -> str:
    """API Gateway's route; empty if it leaves the routes to the app, as ``/{proxy+}`` and ``$default`` do."""
    resource = event.get("resource") or str(event.get("routeKey")).partition(" ")[2]
    return resource if isinstance(resource, str) and resource.startswith("/") and "+}" not in resource else ""


def _is_schedule(event: object) -> bool:
    """Whether the event is of a schedule: EventBridge's rules and EventBridge Scheduler send the same detail-type."""
    return isinstance(event, dict) and event.get("detail-type") == "Scheduled Event"


def _records(event: object) -> list[dict[str, object]]:
    records = event.get("Records") if isinstance(event, dict) else None
    return [record for record in records if isinstance(record, dict)] if isinstance(records, list) else []


def _of_messages(records: list[dict[str, object]]) -> Attributes:
    attributes: Attributes = {
        "messaging.system": "aws_sqs",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.batch.message_count": len(records),
    }
    queues = {str(record.get("eventSourceARN")).rpartition(":")[2] for record in records}
    if len(queues) == 1:
        attributes["messaging.destination.name"] = queues.pop()
    return attributes


def _trace_header(record: dict[str, object]) -> str:
    """The X-Ray header of the message's sender, which SQS passes on as a system attribute."""
    attributes = record.get("attributes")
    header = attributes.get("AWSTraceHeader") if isinstance(attributes, dict) else None
    return header if isinstance(header, str) else ""


def _carrier(request: HTTPRequest | None, context: LambdaContext) -> dict[str, str]:
    """The headers that trace the invocation: the client's, then what Lambda says of the same.

    traceparent, tracestate, baggage   those that the invoker sent to Lambda, else the request's
    X-Amzn-Trace-Id                    the invocation's own, else the request's
    any other                          the request's
    """
    carrier: dict[str, str] = {}
    if request is not None:
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    # AWS's own context has neither.
    w3c: dict[str, str] = getattr(context, "w3c", dict)()
    if "traceparent" in w3c:
        carrier.pop("tracestate", None)  # of the request's traceparent
    carrier |= w3c
    xray = getattr(context, "xray_trace_id", os.environ.get("_X_AMZN_TRACE_ID")) or carrier.get("x-amzn-trace-id")
    if xray:
        carrier[TRACE_HEADER] = xray
    return carrier
