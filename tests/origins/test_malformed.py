"""Events whose origin is known but not as AWS documents it: the error names the field."""

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import MalformedEventError
from lambda_http_adapter.origins import ORIGINS
from tests.support.origin_events import load_event

V1, V2, URL, ALB = "api_gateway_v1", "api_gateway_v2", "function_url", "alb"
WEBSOCKET = "websocket"
DOMAIN = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws"

# origin, event, what is changed in it, the field at fault
MALFORMED: list[tuple[str, str, dict[str, object], str]] = [
    (V1, "invalid_base64", {}, "body"),
    (V1, "base64_body", {"body": "iVBORw0KGgo"}, "body"),
    (V1, "base64_body", {"body": "Tüte"}, "body"),
    (V1, "plain", {"body": 5}, "body"),
    (V1, "plain", {"httpMethod": None}, "httpMethod"),
    (V1, "plain", {"httpMethod": 5}, "httpMethod"),
    (V1, "plain", {"path": ["items"]}, "path"),
    (V1, "plain", {"headers": [["host", "example.com"]]}, "headers"),
    (V1, "plain", {"multiValueHeaders": "host: example.com"}, "multiValueHeaders"),
    (V1, "single_maps_only", {"queryStringParameters": "id=7"}, "queryStringParameters"),
    (V1, "plain", {"multiValueQueryStringParameters": ["id=7"]}, "multiValueQueryStringParameters"),
    (V1, "plain", {"requestContext": ["live"]}, "requestContext"),
    (V1, "plain", {"requestContext": {"identity": "192.0.2.10"}}, "requestContext.identity"),
    (V1, "plain", {"requestContext": {"domainName": 7}}, "requestContext.domainName"),
    (V1, "plain", {"requestContext": {"stage": "a b\n"}}, "requestContext.stage"),
    (V2, "invalid_base64", {}, "body"),
    (V2, "base64_body", {"body": "iVBORw0KGgo"}, "body"),
    (V2, "base64_body", {"body": "Tüte"}, "body"),
    (V2, "plain", {"body": {"a": 1}}, "body"),
    (V2, "plain", {"requestContext": None}, "requestContext.http.method"),
    (V2, "plain", {"requestContext": {"stage": "$default"}}, "requestContext.http.method"),
    (V2, "plain", {"requestContext": {"http": {"path": "/items"}}}, "requestContext.http.method"),
    (V2, "plain", {"requestContext": {"http": {"method": None}}}, "requestContext.http.method"),
    (V2, "plain", {"requestContext": {"http": {"method": ["GET"]}}}, "requestContext.http.method"),
    (V2, "plain", {"requestContext": {"http": "GET /items"}}, "requestContext.http"),
    (V2, "plain", {"requestContext": ["http"]}, "requestContext"),
    (V2, "plain", {"requestContext": {"http": {"method": "GET"}, "domainName": 7}}, "requestContext.domainName"),
    (V2, "plain", {"requestContext": {"http": {"method": "GET"}, "stage": "a\n"}}, "requestContext.stage"),
    (V2, "plain", {"rawPath": 7}, "rawPath"),
    (V2, "plain", {"rawQueryString": {"a": "1"}}, "rawQueryString"),
    (V2, "plain", {"headers": [["host", "example.com"]]}, "headers"),
    (V2, "plain", {"cookies": "a=1"}, "cookies"),
    (URL, "invalid_base64", {}, "body"),
    (URL, "base64_body", {"body": "LS14DQ"}, "body"),
    (URL, "base64_body", {"body": "Tüte"}, "body"),
    (URL, "plain", {"body": ["a"]}, "body"),
    (URL, "plain", {"requestContext": {"domainName": DOMAIN}}, "requestContext.http.method"),
    (URL, "plain", {"requestContext": {"domainName": DOMAIN, "http": {"method": 1}}}, "requestContext.http.method"),
    (URL, "plain", {"requestContext": {"domainName": DOMAIN, "http": ["GET"]}}, "requestContext.http"),
    (URL, "plain", {"requestContext": "http"}, "requestContext"),
    (URL, "plain", {"rawPath": ["/items"]}, "rawPath"),
    (URL, "plain", {"rawQueryString": 5}, "rawQueryString"),
    (URL, "plain", {"headers": "host: example.com"}, "headers"),
    (URL, "plain", {"cookies": {"a": "1"}}, "cookies"),
    (WEBSOCKET, "message_default", {"requestContext": ["$default"]}, "requestContext"),
    (ALB, "invalid_base64", {}, "body"),
    (ALB, "base64_body", {"body": "iVBORw0KGgo"}, "body"),
    (ALB, "base64_body", {"body": "Tüte"}, "body"),
    (ALB, "plain", {"body": False}, "body"),
    (ALB, "plain", {"httpMethod": None}, "httpMethod"),
    (ALB, "plain", {"httpMethod": {"GET": "/items"}}, "httpMethod"),
    (ALB, "plain", {"path": 5}, "path"),
    (ALB, "plain", {"headers": ["host"]}, "headers"),
    (ALB, "plain_multi", {"multiValueHeaders": ["host"]}, "multiValueHeaders"),
    (ALB, "plain", {"queryStringParameters": "id=7"}, "queryStringParameters"),
    (ALB, "plain_multi", {"multiValueQueryStringParameters": "id=7"}, "multiValueQueryStringParameters"),
]

# origin, event, the key taken out, the field at fault
INCOMPLETE = [
    (V1, "plain", "httpMethod", "httpMethod"),
    (V2, "plain", "requestContext", "requestContext.http.method"),
    (URL, "plain", "requestContext", "requestContext.http.method"),
    (ALB, "plain", "httpMethod", "httpMethod"),
]

DECODE = {str(origin.name): origin.decode for origin in ORIGINS}


@pytest.mark.parametrize(
    ("origin", "name", "changes", "field"),
    MALFORMED,
    ids=[f"{origin}-{field}-{index}" for index, (origin, _, _, field) in enumerate(MALFORMED)],
)
def test_malformed(origin: str, name: str, changes: dict[str, object], field: str) -> None:
    with pytest.raises(MalformedEventError) as caught:
        DECODE[origin](load_event(origin, name) | changes, Config())
    assert (caught.value.origin, caught.value.field) == (origin, field)


@pytest.mark.parametrize(("origin", "name", "key", "field"), INCOMPLETE)
def test_incomplete(origin: str, name: str, key: str, field: str) -> None:
    event = load_event(origin, name)
    del event[key]
    with pytest.raises(MalformedEventError) as caught:
        DECODE[origin](event, Config())
    assert (caught.value.origin, caught.value.field) == (origin, field)


@pytest.mark.parametrize(("origin", "key"), [(V1, "path"), (V2, "rawPath"), (URL, "rawPath"), (ALB, "path")])
@pytest.mark.parametrize(
    "options", [Config(root_path=""), Config(base_path="/shop", root_path="")], ids=["bare", "mounted"]
)
def test_no_path_is_the_root(origin: str, key: str, options: Config) -> None:
    event = load_event(origin, "plain")
    del event[key]
    request = DECODE[origin](event, options)
    assert (request.path, request.raw_path) == ("/", b"/")
