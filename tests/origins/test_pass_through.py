"""Events that are no HTTP request: POSTed to the app as they are, and its JSON is the function's result."""

import json
import logging

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.errors import AppError
from lambda_http_adapter.origins import ORIGINS
from lambda_http_adapter.origins._http_request import HTTPRequest
from lambda_http_adapter.origins.pass_through import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event


def posted(path: str, raw_path: bytes, content_length: bytes, body: bytes) -> HTTPRequest:
    return HTTPRequest(
        method="POST",
        path=path,
        raw_path=raw_path,
        query_string=b"",
        headers=[(b"content-type", b"application/json"), (b"content-length", content_length)],
        body=body,
        scheme="http",
        server=("localhost", 80),
        client=None,
        http_version="1.1",
        root_path="",
    )


SCHEDULE = (
    b'{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.events",'
    b'"account":"123456789012","time":"2026-03-12T10:15:00Z","region":"us-east-1",'
    b'"resources":["arn:aws:events:us-east-1:123456789012:rule/keep-warm"],"detail":{}}'
)
TASK = (
    b'{"orderId":"A-7","retry":{"attempt":2,"backoff":1.5},"taskToken":"AAAAKgAAAAIAAAAAAAAAAe",'
    b'"items":[{"sku":"pencil","quantity":3}]}'
)
TOKEN = (
    b'{"type":"TOKEN","authorizationToken":"Bearer example-token",'
    b'"methodArn":"arn:aws:execute-api:us-east-1:123456789012:abc123def4/prod/GET/orders"}'
)
WARM_UP = b'{"source":"serverless-plugin-warmup"}'

CASES: list[Case] = [
    ("eventbridge_schedule", Config(), posted("/events", b"/events", b"270", SCHEDULE)),
    ("step_functions", Config(), posted("/events", b"/events", b"130", TASK)),
    ("authorizer_token", Config(), posted("/events", b"/events", b"144", TOKEN)),
    ("serverless_plugin_warmup", Config(), posted("/events", b"/events", b"37", WARM_UP)),
    (
        "serverless_plugin_warmup",
        Config(pass_through_path="/hooks/aws"),
        posted("/hooks/aws", b"/hooks/aws", b"37", WARM_UP),
    ),
    (
        "serverless_plugin_warmup",
        Config(pass_through_path="/größe"),
        posted("/größe", b"/gr%C3%B6%C3%9Fe", b"37", WARM_UP),
    ),
    ("empty_object", Config(), posted("/events", b"/events", b"2", b"{}")),
    ("plain_string", Config(), posted("/events", b"/events", b"15", b'"w\xc3\xa4rme an \xe2\x98\x95"')),
    ("plain_list", Config(), posted("/events", b"/events", b"28", b'[1,"two",null,{"three":3.5}]')),
    ("plain_number", Config(), posted("/events", b"/events", b"2", b"42")),
    ("plain_true", Config(), posted("/events", b"/events", b"4", b"true")),
    ("plain_null", Config(), posted("/events", b"/events", b"4", b"null")),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    assert ORIGIN.decode(load_event("pass_through", name), config) == expected


# The longer ones: how many bytes they are, and some of them.
BODIES: list[tuple[str, int, bytes]] = [
    ("sqs", 484, b'"body":"{\\"order\\":7}","attributes":{"ApproximateReceiveCount":"1",'),
    ("sns", 659, b'"Subject":null,"Message":"Disk full \xe2\x98\x95",'),
    ("s3", 727, b'"object":{"key":"b%C3%BCcher/a+b.jpg","size":1305107,'),
    ("eventbridge_custom", 285, b'"detail":{"method":"POST","path":"/orders","httpMethod":"POST","total":12.5}}'),
    ("dynamodb_stream", 537, b'"Raw":{"B":"AAEC"},"Gone":{"NULL":true}},'),
    ("kinesis", 571, b'"approximateArrivalTimestamp":1773310530.987},'),
    ("cognito_pre_sign_up", 373, b'"userName":"zo\xc3\xab","callerContext":'),
    ("authorizer_request_v1", 795, b'{"type":"REQUEST","methodArn":"arn:aws:execute-api:'),
    ("authorizer_request_v2", 740, b'"identitySource":["Bearer example-token"],"routeKey":"GET /orders",'),
    ("authorizer_websocket", 882, b'"requestContext":{"routeKey":"$connect","eventType":"CONNECT",'),
    ("bedrock_agent", 348, b'"apiPath":"/orders/{id}","httpMethod":"GET",'),
    (
        "cloudfront_origin_response",
        478,
        b'"response":{"headers":{"server":[{"key":"Server","value":"example"}]},"status":"200",',
    ),
    ("cloudfront_viewer_response", 488, b'"status":"304","statusDescription":"Not Modified"}}}]}'),
    ("appsync_resolver", 355, b'"selectionSetGraphQL":"{\\n  id\\n  total\\n}",'),
    (
        "appsync_authorizer",
        239,
        b'"queryString":"query { getOrder(id: 7) { id } }","operationName":"","variables":{}}}',
    ),
    ("cloudwatch_logs", 263, b'{"awslogs":{"data":"H4sIAAAAAAACAzWOyw6CMBBF'),
    ("alexa", 337, b'{"version":"1.0","session":{"new":true,"sessionId":'),
    ("lex", 418, b'"responseContentType":"text/plain; charset=utf-8","sessionId":"42",'),
    ("cloudformation_custom_resource", 371, b'"ResourceType":"Custom::Seed","LogicalResourceId":"Seed",'),
    ("null_request_context", 77, b'{"version":"2.0","requestContext":null,"Records":[],"headers":{},"body":null}'),
]


@pytest.mark.parametrize(("name", "size", "excerpt"), BODIES, ids=[name for name, _, _ in BODIES])
def test_the_body_is_the_event_as_compact_json(name: str, size: int, excerpt: bytes) -> None:
    event = load_event("pass_through", name)
    request = ORIGIN.decode(event, Config())
    assert request == posted("/events", b"/events", str(size).encode(), request.body)
    assert len(request.body) == size
    assert excerpt in request.body
    assert json.loads(request.body) == event


def test_every_event_is_a_case() -> None:
    assert {name for name, *_ in [*CASES, *BODIES]} == event_names("pass_through")


def test_no_http_origin() -> None:
    assert ORIGIN.name == "pass_through"
    assert ORIGIN not in ORIGINS


JSON: Headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
TEXT: Headers = [(b"content-type", b"text/plain")]
RESULTS: list[tuple[int, Headers, str, bool, object]] = [
    (200, JSON, "{}", False, {}),
    (
        200,
        JSON,
        '{"batchItemFailures": [{"itemIdentifier": "059f36b4"}]}',
        False,
        {"batchItemFailures": [{"itemIdentifier": "059f36b4"}]},
    ),
    (
        200,
        TEXT,
        '["read for what it is", "not for what it is called"]',
        False,
        ["read for what it is", "not for what it is called"],
    ),
    (200, JSON, '"wärme ☕"', False, "wärme ☕"),
    (200, JSON, " 12.5\n", False, 12.5),
    (200, JSON, "false", False, False),
    (200, JSON, "null", False, None),
    (200, [], "eyJvayI6dHJ1ZX0=", True, {"ok": True}),
    (200, [], "", False, None),
    (201, JSON, '{"id": 7}', False, {"id": 7}),
    (202, [], "", False, None),
    (204, [], "", False, None),
    (302, [(b"location", b"/")], "", False, None),
    (303, JSON, "[]", False, []),
    (399, JSON, "1", False, 1),
    (404, JSON, '{"detail":"Not Found"}', False, {"detail": "Not Found"}),
    (404, TEXT, "Not Found", False, None),
    (404, [], "", False, None),
    (405, JSON, '{"detail":"Method Not Allowed"}', False, {"detail": "Method Not Allowed"}),
    (405, TEXT, "<h1>Method Not Allowed</h1>", False, None),
]


@pytest.mark.parametrize(("status", "headers", "body", "is_base64", "expected"), RESULTS)
def test_encode(status: int, headers: Headers, body: str, is_base64: bool, expected: object) -> None:
    result = ORIGIN.encode(status, headers, body, is_base64, load_event("pass_through", "sqs"))
    assert (result, type(result)) == (expected, type(expected))


FAILURES: list[tuple[int, Headers, str, bool]] = [
    (200, TEXT, "done", False),
    (200, JSON, '{"cut": ', False),
    (200, [(b"content-type", b"image/png")], "iVBORw0KGgo=", True),
    (302, TEXT, "moved", False),
    (400, JSON, '{"error":"no"}', False),
    (401, [], "", False),
    (403, TEXT, "Forbidden", False),
    (409, JSON, "null", False),
    (429, [], "", False),
    (500, TEXT, "Internal Server Error", False),
    (500, JSON, '{"ok":true}', False),
    (503, [], "", False),
]


@pytest.mark.parametrize(("status", "headers", "body", "is_base64"), FAILURES)
def test_a_status_that_nobody_reads_fails_the_invocation(
    status: int, headers: Headers, body: str, is_base64: bool
) -> None:
    with pytest.raises(AppError):
        ORIGIN.encode(status, headers, body, is_base64, load_event("pass_through", "sqs"))


def test_an_app_without_the_route_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ORIGIN.encode(404, TEXT, "Not Found", False, load_event("pass_through", "sqs"))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
