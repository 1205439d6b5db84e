"""What a span says of an invocation before it is served."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lambda_http_adapter._apps.span_facts import Reader, SpanFacts, span_facts
from lambda_http_adapter._values.config import load_config
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter.errors import EventError
from lambda_http_adapter.origins import HTTPRequest, RequestOrigin, detect
from tests.support.paths import EVENTS

CONFIG = load_config({}, {})
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:greeter"
XRAY = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER_PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def request(method: str = "GET", *headers: tuple[bytes, bytes], query_string: bytes = b"") -> HTTPRequest:
    return HTTPRequest(method, "/a b", b"/a%20b", query_string, list(headers), b"")


def context(arn: str = ARN) -> LambdaContext:
    return LambdaContext("8f5a2c4e", 0, arn)


def facts_of(event: object, is_cold: bool = False) -> SpanFacts:
    _, found, _ = Reader(CONFIG, is_web=True).read(event)
    return span_facts(event, found, context(), is_cold)


TRIGGERS = {
    "active_mq": "pubsub",
    "documentdb": "datasource",
    "dynamodb_stream": "datasource",
    "eventbridge_custom": "pubsub",
    "eventbridge_schedule": "timer",
    "kafka": "pubsub",
    "kafka_self_managed": "pubsub",
    "kinesis": "pubsub",
    "rabbit_mq": "pubsub",
    "s3": "datasource",
    "sns": "pubsub",
    "sqs": "pubsub",
}


@pytest.mark.parametrize("name", sorted(path.stem for path in (EVENTS / "pass_through").glob("*.json")))
def test_the_trigger_of_each_event_without_http(name: str) -> None:
    facts = facts_of(json.loads((EVENTS / "pass_through" / f"{name}.json").read_bytes()))
    trigger = TRIGGERS.get(name, "other")
    assert (facts.attributes["faas.trigger"], facts.is_consumer) == (trigger, trigger == "pubsub")


@pytest.mark.parametrize("origin", [origin for origin in RequestOrigin if origin != "pass_through"])
def test_the_requests_of_each_front_door(origin: RequestOrigin) -> None:
    """The body isn't decoded for a span, and what is read of the rest is what the app gets."""
    read = 0
    for path in (EVENTS / origin).glob("*.json"):
        event = json.loads(path.read_bytes())
        try:
            expected = detect(event).decode(event, CONFIG)
        except EventError:
            continue
        _, found, _ = Reader(CONFIG, is_web=True).read(event)
        assert found is not None, path
        assert found._replace(body=b"", headers=[]) == expected._replace(body=b"", headers=[]), path
        headers = [field for field in expected.headers if field[0] != b"content-length"]
        assert [field for field in found.headers if field[0] != b"content-length"] == headers, path
        facts = facts_of(event)
        assert (facts.attributes["faas.trigger"], facts.is_consumer) == ("http", False)
        read += 1
    assert read


@pytest.mark.parametrize("payload", [b"{", b"[" * 100_000, b"\xff"])
def test_what_is_not_json_is_left_to_the_function(payload: bytes) -> None:
    assert Reader(CONFIG, is_web=True).read(payload) == (None, None, payload)


def test_the_json_of_a_request_is_decoded_once() -> None:
    payload = (EVENTS / "function_url/live.json").read_bytes()
    event = json.loads(payload)
    assert Reader(CONFIG, is_web=True).read(payload)[::2] == (event, event)
    assert Reader(CONFIG, is_web=False).read(payload)[::2] == (event, payload)  # a handler may want the bytes


def test_a_request() -> None:
    facts = facts_of(json.loads((EVENTS / "function_url/live.json").read_bytes()), is_cold=True)
    assert facts.name == facts.attributes["http.request.method"]
    assert {name: facts.attributes[name] for name in ("faas.trigger", "faas.coldstart", "url.scheme")} == {
        "faas.trigger": "http",
        "faas.coldstart": True,
        "url.scheme": "https",
    }


@pytest.mark.parametrize(
    ("arn", "resource_id"),
    [
        (ARN, ARN),
        (f"{ARN}:live", f"{ARN}:7"),
        (f"{ARN}:7", f"{ARN}:7"),
    ],
)
def test_the_function(arn: str, resource_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
    assert span_facts({}, None, context(arn), False).attributes == {
        "cloud.provider": "aws",
        "faas.coldstart": False,
        "faas.invocation_id": "8f5a2c4e",
        "aws.lambda.invoked_arn": arn,
        "cloud.account.id": "123456789012",
        "cloud.resource_id": resource_id,
        "faas.max_memory": 512 * 1024 * 1024,
        "faas.trigger": "other",
    }


@pytest.mark.parametrize("strange", [object(), SimpleNamespace(invoked_function_arn="nothing")])
def test_another_context_says_less(strange: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    facts = span_facts({}, None, cast("Any", strange), False)
    assert "cloud.account.id" not in facts.attributes
    assert facts.carrier == {}


def test_the_context_of_aws_leaves_the_trace_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", XRAY)
    assert span_facts({}, None, cast("Any", SimpleNamespace()), False).carrier == {"X-Amzn-Trace-Id": XRAY}
    assert span_facts({}, None, context(), False).carrier == {}


@pytest.mark.parametrize(
    ("method", "attributes"),
    [
        ("GET", {"http.request.method": "GET"}),
        ("BREW", {"http.request.method": "_OTHER", "http.request.method_original": "BREW"}),
    ],
)
def test_the_method(method: str, attributes: dict[str, str]) -> None:
    facts = span_facts({}, request(method), context(), False)
    assert {name: value for name, value in facts.attributes.items() if "method" in name} == attributes
    assert facts.name == ("GET" if method == "GET" else "HTTP")


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"resource": "/pets/{id}"}, "GET /pets/{id}"),
        ({"resource": "/{proxy+}"}, "GET"),
        ({"resource": 7}, "GET"),
        ({"routeKey": "GET /pets/{id}"}, "GET /pets/{id}"),
        ({"routeKey": "$default"}, "GET"),
        ({"routeKey": "ANY /{proxy+}"}, "GET"),
        ({}, "GET"),
    ],
)
def test_the_route_of_api_gateway(event: dict[str, object], name: str) -> None:
    facts = span_facts(event, request(), context(), False)
    assert facts.name == name
    assert facts.attributes.get("http.route", "") == name.partition(" ")[2]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (b"a=1&sig=s%20ecret&b=2", "a=1&sig=REDACTED&b=2"),
        (b"Signature=secret", "Signature=REDACTED"),
        (b"X-Amz-Signature=s&X-Amz-Security-Token=t", "X-Amz-Signature=REDACTED&X-Amz-Security-Token=REDACTED"),
        (b"mysig=1&x=sig=2", "mysig=1&x=sig=2"),
    ],
)
def test_secrets_in_a_query_are_hidden(query: bytes, shown: str) -> None:
    assert span_facts({}, request(query_string=query), context(), False).attributes["url.query"] == shown


def test_the_invocation_traces_before_the_request() -> None:
    headers = [
        (b"traceparent", PARENT.encode()),
        (b"tracestate", b"a=1"),
        (b"baggage", b"k=request"),
        (b"x-amzn-trace-id", b"Root=1-0"),
    ]
    of_request = span_facts({}, request("GET", *headers), context(), False).carrier
    assert of_request == {name.decode(): value.decode() for name, value in headers} | {"X-Amzn-Trace-Id": "Root=1-0"}
    traced = LambdaContext("8f5a2c4e", 0, ARN, w3c={"traceparent": OTHER_PARENT}, xray_trace_id=XRAY)
    assert span_facts({}, request("GET", *headers), traced, False).carrier == {
        "traceparent": OTHER_PARENT,
        "baggage": "k=request",
        "x-amzn-trace-id": "Root=1-0",
        "X-Amzn-Trace-Id": XRAY,
    }


def sqs(*queues: str, **fields: object) -> dict[str, object]:
    return {"Records": [{"eventSource": "aws:sqs", "eventSourceARN": f"arn:aws:sqs:::{q}", **fields} for q in queues]}


@pytest.mark.parametrize(
    ("event", "name", "count", "messages"),
    [
        (sqs("orders", attributes={"AWSTraceHeader": XRAY}), "process orders", 1, [XRAY]),
        (sqs("orders", "orders"), "process orders", 2, []),
        (sqs("orders", "returns"), "process multiple_sources", 2, []),
        (sqs("orders", attributes={"AWSTraceHeader": 7}), "process orders", 1, []),
        ({"eventSource": "aws:sqs"}, "process multiple_sources", 0, []),
        ({"eventSource": "aws:sqs", "Records": {}}, "process multiple_sources", 0, []),
    ],
)
def test_messages(event: object, name: str, count: int, messages: list[str]) -> None:
    facts = span_facts(event, None, context(), False)
    assert (facts.name, facts.messages) == (name, messages)
    assert facts.attributes["messaging.batch.message_count"] == count
    assert facts.attributes["messaging.system"] == "aws_sqs"


@pytest.mark.parametrize("event", [[{"detail-type": "Scheduled Event"}], [], None, 7, "text", {"Records": None}])
def test_an_event_of_any_shape(event: object) -> None:
    assert span_facts(event, None, context(), False).attributes["faas.trigger"] in ("other", "pubsub")
