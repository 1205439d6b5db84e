"""Events that aren't HTTP requests: POSTed to the app unchanged, and its JSON is the function's result."""

import json
import logging

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers, LambdaEvent
from lambda_http_adapter.errors import FailedStatusError
from lambda_http_adapter.origins import ORIGINS
from lambda_http_adapter.origins._http_request import HTTPRequest
from lambda_http_adapter.origins.pass_through import ORIGIN, decode, is_warm_up, origin_at
from tests.support.origin_events import Case, case_ids, event_names, load_event


def posted(
    path: str, raw_path: bytes, content_length: bytes, body: bytes, host: bytes = b"localhost", port: int = 443
) -> HTTPRequest:
    return HTTPRequest(
        method="POST",
        path=path,
        raw_path=raw_path,
        query_string=b"",
        headers=[(b"host", host), (b"content-type", b"application/json"), (b"content-length", content_length)],
        body=body,
        scheme="https",
        server=(host.decode().partition(":")[0], port),
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
    ("serverless_plugin_warmup", Config(pass_through_path=None), posted("/", b"/", b"37", WARM_UP)),
    (
        "serverless_plugin_warmup",
        Config(pass_through_path="/größe"),
        posted("/größe", b"/gr%C3%B6%C3%9Fe", b"37", WARM_UP),
    ),
    (
        "serverless_plugin_warmup",
        Config(pass_through_host="shop.example.com"),
        posted("/events", b"/events", b"37", WARM_UP, b"shop.example.com"),
    ),
    (
        "serverless_plugin_warmup",
        Config(pass_through_host="127.0.0.1:8443"),
        posted("/events", b"/events", b"37", WARM_UP, b"127.0.0.1:8443", 8443),
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
    (
        "firehose_transformation",
        621,
        b'"records":[{"recordId":"49546986683135544286507457936321625675700192471156785154",',
    ),
    ("config_rule", 547, b'"ruleParameters":"{\\"maxAge\\":\\"90\\"}",'),
    ("secrets_manager_rotation", 220, b'{"Step":"createSecret","SecretId":"arn:aws:secretsmanager:'),
    ("s3_batch", 297, b'"s3Key":"b%C3%BCcher/a.jpg","s3VersionId":null,'),
    ("iot_connected", 211, b'"eventType":"connected","sessionIdentifier":'),
    ("iot_registry", 292, b'{"eventType":"THING_EVENT","eventId":'),
    ("iot_authorizer", 301, b'"protocols":["tls","mqtt"],"protocolData":'),
    ("iot_provisioning", 277, b'"certificatePem":"-----BEGIN CERTIFICATE-----\\nexample'),
    ("appsync_events", 397, b'"channelNamespace":{"name":"default"},"operation":"PUBLISH"'),
    ("cloudformation_macro", 238, b'"transformId":"123456789012::Tags","params":{},'),
    ("cognito_sync", 294, b'"datasetRecords":{"theme":{"oldValue":"light",'),
    ("ses", 483, b'"commonHeaders":{"subject":"Order 7"}'),
    ("kafka", 358, b'"records":{"orders-0":[{"topic":"orders","partition":0,'),
    ("kafka_self_managed", 237, b'{"eventSource":"SelfManagedKafka","bootstrapServers":'),
    ("active_mq", 271, b'"messages":[{"messageID":"ID:b-1-example.com-1",'),
    ("rabbit_mq", 271, b'"rmqMessagesByQueue":{"orders::/":[{'),
    ("documentdb", 235, b'"fullDocument":{"order":7},'),
    ("codecommit", 346, b'"ref":"refs/heads/main"'),
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
    assert repr(ORIGIN) == "<Origin pass_through>"
    assert origin_at("/queue").name == "pass_through"
    assert origin_at("/queue").matches({"any": "event"})
    assert origin_at("/queue").decode({}, Config()) == posted("/events", b"/events", b"2", b"{}")
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
    (299, JSON, "1", False, 1),
]
# What a caller that waits for the result gets besides.
TOLERATED: list[tuple[int, Headers, str, bool, object]] = [
    (302, [(b"location", b"/")], "", False, None),
    (303, JSON, "[]", False, []),
    (399, JSON, "1", False, 1),
    (404, JSON, '{"detail":"Not Found"}', False, {"detail": "Not Found"}),
    (404, TEXT, "Not Found", False, None),
    (404, [], "", False, None),
    (405, JSON, '{"detail":"Method Not Allowed"}', False, {"detail": "Method Not Allowed"}),
    (405, TEXT, "<h1>Method Not Allowed</h1>", False, None),
]

# Events whose sender sends them again or deletes them, depending on the outcome of the invocation.
DELIVERIES = {
    "sqs",
    "sns",
    "s3",
    "kinesis",
    "dynamodb_stream",
    "eventbridge_schedule",
    "eventbridge_custom",
    "cloudwatch_logs",
    "cloudformation_custom_resource",
    "cloudfront_origin_response",
    "cloudfront_viewer_response",
    "null_request_context",
    "firehose_transformation",
    "config_rule",
    "secrets_manager_rotation",
    "s3_batch",
    "ses",
    "kafka",
    "kafka_self_managed",
    "active_mq",
    "rabbit_mq",
    "documentdb",
    "codecommit",
}
every_event = pytest.mark.parametrize("name", sorted(event_names("pass_through")))


@pytest.mark.parametrize("name", ["sqs", "step_functions"])
@pytest.mark.parametrize(("status", "headers", "body", "is_base64", "expected"), RESULTS)
def test_the_result_is_the_json_of_a_successful_response(
    status: int, headers: Headers, body: str, is_base64: bool, expected: object, name: str
) -> None:
    result = ORIGIN.encode(status, headers, body, is_base64, load_event("pass_through", name))
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(("status", "headers", "body", "is_base64", "expected"), TOLERATED)
def test_a_caller_that_waits_gets_the_result_of_a_redirect_and_of_a_missing_route(
    status: int, headers: Headers, body: str, is_base64: bool, expected: object
) -> None:
    result = ORIGIN.encode(status, headers, body, is_base64, load_event("pass_through", "step_functions"))
    assert (result, type(result)) == (expected, type(expected))


@every_event
@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 303, 304, 307, 308, 399, 404, 405])
def test_an_event_that_would_be_lost_fails_the_invocation(name: str, status: int) -> None:
    event = load_event("pass_through", name)
    if name in DELIVERIES:
        with pytest.raises(FailedStatusError):
            ORIGIN.encode(status, JSON, "{}", False, event)
    else:
        assert ORIGIN.encode(status, JSON, "{}", False, event) == {}


@pytest.mark.parametrize(
    "event",
    [
        {"source": "aws.cloudwatch", "alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu"},
        {"version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": "{}"},
        [{"messageId": "m1", "eventSource": "aws:sqs"}],
    ],
    ids=["alarm", "scheduler", "pipe"],
)
def test_other_senders_that_retry_need_a_success(event: LambdaEvent) -> None:
    with pytest.raises(FailedStatusError):
        ORIGIN.encode(404, [], "", False, event)


@pytest.mark.parametrize("event", [[], ["text"], "text", None, {"source": "shop"}, {"source": 5}])
def test_events_without_a_sender_are_tolerated(event: LambdaEvent) -> None:
    assert ORIGIN.encode(404, [], "", False, event) is None


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


@pytest.mark.parametrize("name", ["sqs", "step_functions"])
@pytest.mark.parametrize(("status", "headers", "body", "is_base64"), FAILURES)
def test_a_status_that_nobody_reads_fails_the_invocation(
    status: int, headers: Headers, body: str, is_base64: bool, name: str
) -> None:
    with pytest.raises(FailedStatusError):
        ORIGIN.encode(status, headers, body, is_base64, load_event("pass_through", name))


REMEDY = (
    "For an event that is sent again or deleted by the outcome, only 2xx is a success: let pass_through_path name a "
    "route that accepts the event as a POST and pass_through_host a host that the app allows, or handle the event with "
    "on_event."
)


@pytest.mark.parametrize(
    ("name", "status", "headers", "body", "message"),
    [
        ("sqs", 404, TEXT, "Not Found", f"status 404 at /queue. {REMEDY} The response: Not Found"),
        (
            "sqs",
            307,
            [(b"Location", b"https://localhost/queue/")],
            "",
            f"status 307 at /queue (a redirect to https://localhost/queue/). {REMEDY} The response: ",
        ),
        ("step_functions", 503, TEXT, "busy", "status 503 at /queue: busy"),
        ("sqs", 200, TEXT, "done", "status 200 at /queue, and with a body that isn't JSON: done"),
    ],
)
def test_the_failure_names_status_path_and_remedy(
    name: str, status: int, headers: Headers, body: str, message: str
) -> None:
    with pytest.raises(FailedStatusError) as raised:
        origin_at("/queue").encode(status, headers, body, False, load_event("pass_through", name))
    assert str(raised.value) == f"The app answered with {message}"


def test_a_missing_route_that_is_tolerated_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ORIGIN.encode(404, TEXT, "Not Found", False, load_event("pass_through", "step_functions"))
    assert [record.getMessage() for record in caplog.records] == [
        "The app has no route for events at /events (status 404); pass_through_path names it"
    ]


@pytest.mark.parametrize(("name", "status"), [("sqs", 200), ("step_functions", 204), ("step_functions", 302)])
def test_a_response_from_a_route_is_not_logged(name: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    ORIGIN.encode(status, [], "", False, load_event("pass_through", name))
    assert caplog.records == []


@pytest.mark.parametrize("config", [Config(base_path="/events"), Config(root_path="/shop"), Config(root_path="auto")])
def test_an_event_has_no_mount_point(config: Config) -> None:
    assert ORIGIN.decode({}, config) == posted("/events", b"/events", b"2", b"{}")


@every_event
def test_warm_up_pings_are_recognised(name: str) -> None:
    assert is_warm_up(load_event("pass_through", name)) == (name in ("serverless_plugin_warmup", "empty_object"))


@pytest.mark.parametrize(
    ("event", "ping"),
    [
        ({"warmer": True}, True),
        ({"warmer": True, "concurrency": 3}, True),
        ({"warmer": 1}, False),
        ({"source": "aws.events"}, True),
        ({"source": "aws.events", "detail-type": "Scheduled Event"}, False),
        ([], False),
        (None, False),
        ("", False),
    ],
)
def test_other_events_and_warm_up_pings(event: object, ping: bool) -> None:
    assert is_warm_up(event) is ping


def test_the_body_is_the_event_as_lambda_sent_it() -> None:
    payload = b'{"big": 1e400, "long": 0.1000000000000000055511151231257827, "twice": 1, "twice": 2}'
    assert decode(json.loads(payload), Config(), payload) == posted("/events", b"/events", b"84", payload)
