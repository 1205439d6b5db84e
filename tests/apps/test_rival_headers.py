"""`rival_keys` adds the headers of Lambda Web Adapter, from the true event and context and not from the client."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lambda_http_adapter._apps.asgi import build_scope
from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._values.client_context import Client, ClientContext, CognitoIdentity
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import LambdaContext
from lambda_http_adapter._values.request import LambdaEvent
from lambda_http_adapter.errors import EventError
from tests.support.invocation import EVENT
from tests.support.paths import ROOT
from tests.support.response_recorder import ResponseRecorder

FORGED = {"X-Amzn-Request-Context": "forged", "x-amzn-lambda-context": "forged", "X-Amz-Tenant-Id": "forged"}
NAMES = [name.lower() for name in FORGED]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "FUNCTION_NAME": "greeter",
        "FUNCTION_MEMORY_SIZE": "512",
        "FUNCTION_VERSION": "7",
        "LOG_STREAM_NAME": "stream",
        "LOG_GROUP_NAME": "group",
    }.items():
        monkeypatch.setenv(f"AWS_LAMBDA_{name}", value)


def event(**fields: object) -> LambdaEvent:
    plain = cast("LambdaEvent", json.loads(EVENT))
    return {**plain, "headers": {**cast("dict[str, str]", plain["headers"]), **FORGED}, **fields}


def headers(event: LambdaEvent, context: object, rival_keys: bool = True) -> dict[str, str]:
    """As ASGI apps see them; WSGI apps see the same."""
    config = Config(rival_keys=rival_keys)
    exchange = open_exchange(event, cast("LambdaContext | None", context), config, ResponseRecorder())
    raw = cast("list[tuple[bytes, bytes]]", build_scope(exchange, {})["headers"])
    environ = build_environ(exchange)
    seen = {name.decode(): value.decode() for name, value in raw if name.decode() in NAMES}
    in_environ = {name: environ[key] for name in NAMES if (key := f"HTTP_{name.upper().replace('-', '_')}") in environ}
    assert in_environ == seen
    return seen


ENVIRONMENT = {
    "function_name": "greeter",
    "memory": 512,
    "version": "7",
    "log_stream": "stream",
    "log_group": "group",
}


def test_the_context_of_the_event_and_of_lambda() -> None:
    context = LambdaContext("r-1", 1_783_711_206_671, "arn", tenant_id="blue", xray_trace_id="Root=1")
    seen = headers(event(), context)
    assert json.loads(seen["x-amzn-request-context"]) == event()["requestContext"]
    assert json.loads(seen["x-amzn-lambda-context"]) == {
        "request_id": "r-1",
        "deadline": 1_783_711_206_671,
        "invoked_function_arn": "arn",
        "xray_trace_id": "Root=1",
        "client_context": None,
        "identity": None,
        "tenant_id": "blue",
        "env_config": ENVIRONMENT,
    }
    assert seen["x-amz-tenant-id"] == "blue"


def test_the_readme_counts_them() -> None:
    assert len(headers(event(), LambdaContext("r-1", 1, "arn", tenant_id="blue"))) == 3
    assert "| three headers |" in (ROOT / "README.md").read_text()


def test_a_mobile_client() -> None:
    client = ClientContext({"a": "1"}, None, Client("i", "t", "n", "c", "p"))
    identity = CognitoIdentity("us-east-1:1", "us-east-1:2")
    context = LambdaContext("r-1", 1, "arn", client_context=client, identity=identity)
    seen = json.loads(headers(event(), context)["x-amzn-lambda-context"])
    assert seen["client_context"] == {
        "client": {
            "installationId": "i",
            "appTitle": "t",
            "appVersionName": "n",
            "appVersionCode": "c",
            "appPackageName": "p",
        },
        "custom": {"a": "1"},
        "environment": {},
    }
    assert seen["identity"] == {"identityId": "us-east-1:1", "identityPoolId": "us-east-1:2"}


def test_a_context_of_aws_s_own_runtime() -> None:
    context = SimpleNamespace(
        aws_request_id="r-1",
        invoked_function_arn="arn",
        client_context=None,
        identity=None,
        function_name="greeter",
        memory_limit_in_mb="512",
        function_version="7",
        log_stream_name="stream",
        log_group_name="group",
        _epoch_deadline_time_in_ms=5,
    )
    seen = json.loads(headers(event(), context)["x-amzn-lambda-context"])
    assert (seen["deadline"], seen["tenant_id"], seen["env_config"]) == (5, None, ENVIRONMENT)


@pytest.mark.parametrize("tenant_id", [None, "", "a\nb", "\u00e9"])
def test_a_tenant_that_no_header_can_hold(tenant_id: str | None) -> None:
    assert "x-amz-tenant-id" not in headers(event(), LambdaContext("r", 1, "arn", tenant_id=tenant_id))


def test_without_a_context() -> None:
    assert list(headers(event(), None)) == ["x-amzn-request-context"]


def test_an_event_of_a_queue() -> None:
    queue: dict[str, Any] = {"Records": [{"eventSource": "aws:sqs", "body": "é"}]}
    seen = headers(queue, LambdaContext("r-1", 1, "arn"))
    assert seen["x-amzn-request-context"] == "{}"
    assert json.loads(seen["x-amzn-lambda-context"])["request_id"] == "r-1"


def test_an_event_that_is_no_object() -> None:
    assert headers(cast("LambdaEvent", [{"body": "é"}]), None) == {"x-amzn-request-context": "{}"}


def test_a_request_context_that_is_nested_too_deeply() -> None:
    claims: object = "x"
    for _ in range(20_000):
        claims = [claims]
    context = {**cast("dict[str, object]", event()["requestContext"]), "authorizer": claims}
    with pytest.raises(EventError, match="The request context can't be passed to the app as JSON"):
        headers(event(requestContext=context), None)


def test_they_are_for_those_who_ask() -> None:
    assert headers(event(), LambdaContext("r-1", 1, "arn", tenant_id="blue"), rival_keys=False) == {}


@pytest.mark.parametrize(
    "context",
    [
        {},
        SimpleNamespace(),
        SimpleNamespace(tenant_id=5, memory_limit_in_mb="much", client_context=object(), identity=object()),
        SimpleNamespace(aws_request_id=object(), function_name={1, 2}),
    ],
)
def test_a_test_may_have_any_context(context: object) -> None:
    seen = json.loads(headers(event(), context)["x-amzn-lambda-context"])
    assert seen["env_config"]["memory"] == 0
    assert seen["identity"] is None
