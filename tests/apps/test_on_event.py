"""An app beside handlers for the events that are no HTTP: who gets which event, in every colour."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from lambda_http_adapter import asgi_handler, http_handler, wsgi_handler
from lambda_http_adapter._apps.on_event import KEYS, event_source
from lambda_http_adapter._apps.wsgi import wsgi_function
from lambda_http_adapter._types import Environ, Message, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import ConfigurationError, PayloadError, UnknownOriginError
from lambda_http_adapter.origins import ORIGINS
from tests.support.child_process import RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.invocation import CONTEXT
from tests.support.paths import EVENTS
from tests.support.response_recorder import ResponseRecorder
from tests.support.runtime_process import http

Make = Callable[..., Callable[[object, object], object]]


def read(name: str) -> Any:  # noqa: ANN401
    return json.loads((EVENTS / f"{name}.json").read_bytes())


async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    start: Message = {"type": "http.response.start", "status": 200}
    start["headers"] = [(b"content-type", b"application/json")]
    await send(start)
    await send({"type": "http.response.body", "body": json.dumps(f"app: {scope['path']}").encode()})


def wsgi(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("content-type", "application/json")])
    return [json.dumps(f"app: {environ['PATH_INFO']}").encode()]


def from_asgi(**options: Any) -> Callable[[object, object], object]:  # noqa: ANN401
    return asgi_handler(asgi, **options)


def from_wsgi(**options: Any) -> Callable[[object, object], object]:  # noqa: ANN401
    return wsgi_handler(wsgi, **options)


def from_request(**options: Any) -> Callable[[object, object], object]:  # noqa: ANN401
    return http_handler(lambda request: json.dumps(f"app: {request.path}"), **options)


colours = pytest.mark.parametrize("make", [from_asgi, from_wsgi, from_request], ids=["asgi", "wsgi", "http"])

SOURCES = {
    "active_mq": "mq",
    "appsync_authorizer": "appsync",
    "appsync_events": "appsync",
    "appsync_resolver": "appsync",
    "authorizer_request_v1": "authorizer",
    "authorizer_request_v2": "authorizer",
    "authorizer_token": "authorizer",
    "authorizer_websocket": "authorizer",
    "bedrock_agent": "bedrock",
    "cloudformation_custom_resource": "cloudformation",
    "cloudformation_macro": "cloudformation",
    "cloudwatch_logs": "logs",
    "codecommit": "codecommit",
    "cognito_pre_sign_up": "cognito",
    "cognito_sync": "cognito",
    "config_rule": "config",
    "documentdb": "docdb",
    "dynamodb_stream": "dynamodb",
    "eventbridge_custom": "eventbridge",
    "eventbridge_schedule": "eventbridge",
    "firehose_transformation": "firehose",
    "iot_authorizer": "iot",
    "iot_connected": "iot",
    "iot_provisioning": "iot",
    "iot_registry": "iot",
    "kafka": "kafka",
    "kafka_self_managed": "kafka",
    "kinesis": "kinesis",
    "rabbit_mq": "rmq",
    "s3": "s3",
    "s3_batch": "s3-batch",
    "secrets_manager_rotation": "secretsmanager",
    "ses": "ses",
    "sns": "sns",
    "sqs": "sqs",
}


def test_every_key_has_an_event() -> None:
    assert set(KEYS) == {*SOURCES.values(), "*"}


@pytest.mark.parametrize("name", sorted(path.stem for path in (EVENTS / "pass_through").glob("*.json")))
def test_an_event_shows_its_sender(name: str) -> None:
    assert event_source(read(f"pass_through/{name}")) == SOURCES.get(name, "")


@pytest.mark.parametrize(
    ("event", "source"),
    [
        ({"temperature": 21, "eventSource": "aws:iot"}, "iot"),
        ({"typeName": "Query", "fieldName": "getOrder", "arguments": {}}, "appsync"),
        ([{"info": {}, "stash": {}, "prev": None}], "appsync"),
        ([], ""),
        ({"eventSource": "aws:of:iot"}, "iot"),
        ({"Records": []}, ""),
        ({"Records": ["text"]}, ""),
        ({"Records": [{"eventSource": 5}]}, ""),
        ({"Records": {"eventSource": "aws:sqs"}}, ""),
        ([{"eventSource": "aws:sqs"}], ""),
        (None, ""),
    ],
)
def test_other_events_and_their_senders(event: object, source: str) -> None:
    assert event_source(event) == source


def seen(by: str) -> Callable[[object], object]:
    return lambda event: [by, event]


@colours
@pytest.mark.parametrize("name", ["sqs", "s3", "plain_list", "plain_null", "empty_object"])
def test_one_handler_for_all_events(make: Make, name: str) -> None:
    event = read(f"pass_through/{name}")
    assert make(on_event=seen("all"))(event, CONTEXT) == ["all", event]


@colours
@pytest.mark.parametrize(
    ("name", "result"),
    [("sqs", "queue"), ("eventbridge_schedule", "bus"), ("s3", "app: /events"), ("step_functions", "app: /events")],
)
def test_handlers_by_source(make: Make, name: str, result: str) -> None:
    handler = make(on_event={"sqs": lambda: "queue", "eventbridge": lambda: "bus"})
    assert handler(read(f"pass_through/{name}"), CONTEXT) == result


@colours
def test_the_star_is_for_all_other_events(make: Make) -> None:
    handler = make(on_event={"sqs": lambda: "queue", "*": lambda: "rest"})
    assert handler(read("pass_through/sqs"), CONTEXT) == "queue"
    assert handler(read("pass_through/s3"), CONTEXT) == "rest"
    assert handler({}, CONTEXT) == "rest"


KEY_LIST = (
    "the keys are 'sqs', 'sns', 's3', 'dynamodb', 'kinesis', 'ses', 'codecommit', 'docdb', 'kafka', 'mq', 'rmq', "
    "'eventbridge', 'cognito', 'logs', 'firehose', 'authorizer', 'bedrock', 'appsync', 'cloudformation', 'config', "
    "'secretsmanager', 's3-batch', 'iot', '*'."
)


@colours
@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("", "''"),
        ("sqss", "'sqss' (did you mean 'sqs'?)"),
        ("EventBridge", "'EventBridge' (did you mean 'eventbridge'?)"),
        ("aws:dynamodb", "'aws:dynamodb' (did you mean 'dynamodb'?)"),
        ("billing", "'billing'"),
        (5, "5"),
    ],
)
def test_an_unknown_key_is_refused(make: Make, key: object, found: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make(on_event={key: lambda: "queue"})
    assert str(raised.value) == f"The option on_event has the key {found}; {KEY_LIST}"


@colours
def test_an_event_for_nobody(make: Make) -> None:
    handler = make(on_event={"sqs": lambda: "queue"}, pass_through_path=None)
    with pytest.raises(UnknownOriginError):
        handler({"id": 7}, CONTEXT)


@colours
@pytest.mark.parametrize(
    "name",
    [
        "alb/plain",
        "api_gateway_v1/plain",
        "api_gateway_v2/plain",
        "function_url/plain",
        "vpc_lattice/v1_get",
        "websocket/connect",
        "lambda_edge/viewer_request_get",
    ],
)
def test_requests_are_the_app_s(make: Make, name: str) -> None:
    result = make(on_event=seen("all"))(read(name), CONTEXT)
    assert isinstance(result, Mapping)
    assert result["body"].startswith('"app: /')


@colours
def test_the_event_is_decoded_and_the_result_encoded(make: Make) -> None:
    def handler(event: dict[str, int], context: object) -> tuple[int, bool]:
        return event["id"], context is CONTEXT

    assert make(on_event=handler)({"id": 7}, CONTEXT) == [7, True]
    with pytest.raises(PayloadError, match=r"^The event doesn't fit dict\[str, int\]: id is a string, not an integer"):
        make(on_event=handler)({"id": "7"}, CONTEXT)


def test_an_event_in_bytes_is_routed_like_any_other() -> None:
    app = Config(on_event={"sqs": lambda event: len(event["Records"])})
    payload = json.dumps(read("pass_through/sqs")).encode()
    recorder = ResponseRecorder()
    wsgi_function(unreachable, app)(payload, CONTEXT, recorder)
    assert recorder.encoded == [b"1"]


def test_the_requests_of_an_origin_that_is_left_out_are_events() -> None:
    (alb,) = (origin for origin in ORIGINS if origin.name == "alb")
    handler = from_wsgi(on_event=seen("all"), origins=[alb])
    event = read("function_url/plain")
    assert handler(event, CONTEXT) == ["all", event]


def unreachable(environ: Environ, start_response: StartResponse) -> list[bytes]:
    raise AssertionError("The app was called.")


@colours
def test_what_a_handler_raises(make: Make) -> None:
    with pytest.raises(ZeroDivisionError):
        make(on_event=lambda: 1 // 0)({}, CONTEXT)


async def coroutine(event: object) -> object:
    await asyncio.sleep(0)
    return event


def test_an_async_handler_is_for_asgi() -> None:
    assert from_asgi(on_event=coroutine)({"id": 1}, CONTEXT) == {"id": 1}
    message = r"^A handler of on_event is async, and a WSGI app has no event loop: make it a plain `def`\.$"
    with pytest.raises(ConfigurationError, match=message):
        from_wsgi(on_event={"sqs": coroutine})


@colours
@pytest.mark.parametrize(
    ("on_event", "message"),
    [
        (
            "main:handler",
            "The option on_event is 'main:handler'; expected a handler or a dict of them, as an argument.",
        ),
        ({"sqs": 5}, "Expected a function, or an object with invoke(payload, context), got 5."),
    ],
)
def test_what_is_no_handler(make: Make, on_event: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        make(on_event=on_event)
    assert str(raised.value) == message


SOURCE = """
import asyncio
from lambda_http_adapter import run_{colour}

started = []

async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        started.append(asyncio.get_running_loop())
        await send({{"type": "lifespan.startup.complete"}})
        return await receive()
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"app"}})

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"app"]

async def on_loop(event, context):
    return [asyncio.get_running_loop() is started[0], event["id"], context.aws_request_id]

def plain(event, context):
    return [True, event["id"], context.aws_request_id]

run_{colour}({colour}, on_event={handler})
"""


@pytest.mark.parametrize(("colour", "handler"), [("asgi", "on_loop"), ("asgi", "plain"), ("wsgi", "plain")])
def test_both_on_one_loop(fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, colour: str, handler: str) -> None:
    events = ({"id": 1}, http(), {"id": 2}, b"not json")
    one, request, other, broken = (fake_runtime_api.invoke(event) for event in events)
    run_process(code=SOURCE.format(colour=colour, handler=handler))
    assert one.wait().json() == [True, 1, one.request_id]
    assert cast("dict[str, object]", request.wait().json())["body"] == "app"
    assert other.wait().json() == [True, 2, other.request_id]
    assert other.wait().header("content-type") == "application/json"
    assert cast("dict[str, object]", broken.wait().json())["errorType"] == "EventError"
