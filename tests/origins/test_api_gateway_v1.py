"""REST APIs and HTTP APIs with payload format 1.0: what each event in events/api_gateway_v1 is decoded to."""

from typing import cast

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.errors import MalformedEventError
from lambda_http_adapter.origins import detect
from lambda_http_adapter.origins._http_request import HTTPRequest
from lambda_http_adapter.origins.api_gateway_v1 import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event

REST = "r1e2s3t4a5.execute-api.eu-central-1.amazonaws.com"
HTTP = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
HEADERS = {
    b"host": b"r1e2s3t4a5.execute-api.eu-central-1.amazonaws.com",
    b"user-agent": b"curl/8.9.1",
    b"x-amzn-trace-id": b"Root=1-6a5145a8-0123456789abcdef01234567",
    b"x-forwarded-for": b"192.0.2.10",
    b"x-forwarded-port": b"443",
    b"x-forwarded-proto": b"https",
    b"accept": b"text/html",
}
PLAIN = HTTPRequest(
    method="GET",
    path="/live/items",
    raw_path=b"/live/items",
    query_string=b"",
    headers=list(HEADERS.items()),
    body=b"",
    scheme="https",
    server=(REST, 443),
    client=("192.0.2.10", 0),
    http_version="1.1",
    root_path="/live",
)
UNMOUNTED = PLAIN._replace(path="/items", raw_path=b"/items", root_path="")


def headers(changes: dict[bytes, bytes], without: bytes = b"") -> Headers:
    """The plain event's, one left out, some changed where they stand, new ones behind."""
    return list(({name: value for name, value in HEADERS.items() if name != without} | changes).items())


ON_CUSTOM_DOMAIN = UNMOUNTED._replace(headers=headers({b"host": b"api.example.com"}), server=("api.example.com", 443))
HTTP_API = UNMOUNTED._replace(
    headers=[(b"content-length", b"0"), *headers({b"host": b"a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"})],
    server=(HTTP, 443),
)
SIGNATURE = (
    b"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260710/eu-central-1/execute-api/aws4_request, "
    b"SignedHeaders=host;x-amz-date, Signature=0123456789abcdef"
)

CASES: list[Case] = [
    (
        "live",
        Config(),
        HTTPRequest(
            method="POST",
            path="/live/capture/space value",
            raw_path=b"/live/capture/space%20value",
            query_string=b"empty=&encodedPlus=a%2Bb&literalPlus=a+b"
            b"&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&repeat=one&repeat=two",
            headers=[
                (b"host", b"5h7pqvr9u4.execute-api.us-west-2.amazonaws.com"),
                (b"user-agent", b"curl/8.7.1"),
                (b"x-amzn-trace-id", b"Root=1-6a5145a8-536f3e792f6be9b44c1f46fa"),
                (b"x-forwarded-for", b"198.51.100.18"),
                (b"x-forwarded-port", b"443"),
                (b"x-forwarded-proto", b"https"),
                (b"accept", b"*/*"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=abc123; theme=dark"),
                (b"x-voker-probe", b"first"),
                (b"x-voker-probe", b"second"),
                (b"content-length", b"66"),
            ],
            body=b'{"message":"hello from the public internet","unicode":"lambda-\xce\xbb"}',
            scheme="https",
            server=("5h7pqvr9u4.execute-api.us-west-2.amazonaws.com", 443),
            client=("198.51.100.18", 0),
            http_version="1.1",
            root_path="/live",
        ),
    ),
    (
        "minimal",
        Config(),
        HTTPRequest("GET", "/items", b"/items", b"", [], b"", "https", ("localhost", 443), None, "1.1", ""),
    ),
    (
        "method_and_path",
        Config(),
        HTTPRequest("GET", "/hello", b"/hello", b"", [], b"", "https", ("localhost", 443), None, "1.1", ""),
    ),
    (
        "method_and_path_version",
        Config(),
        HTTPRequest(
            method="GET",
            path="/hello",
            raw_path=b"/hello",
            query_string=b"",
            headers=[(b"host", b"example.com")],
            body=b"",
            scheme="https",
            server=("example.com", 443),
            client=None,
            http_version="1.1",
            root_path="",
        ),
    ),
    (
        "console_test",
        Config(),
        UNMOUNTED._replace(headers=[], server=("testPrefix.testDomainName", 443), client=("test-invoke-source-ip", 0)),
    ),
    ("plain", Config(), PLAIN),
    (
        "cognito_authorizer",
        Config(),
        HTTPRequest(
            method="POST",
            path="/orders/42",
            raw_path=b"/orders/42",
            query_string=b"dry-run=false&expand=items&expand=customer",
            headers=[
                (b"host", b"api.example.com"),
                (b"user-agent", b"curl/8.9.1"),
                (b"x-amzn-trace-id", b"Root=1-6a5145a8-0123456789abcdef01234567"),
                (b"x-forwarded-for", b"192.0.2.10"),
                (b"x-forwarded-port", b"443"),
                (b"x-forwarded-proto", b"https"),
                (b"accept", b"application/json"),
                (b"authorization", b"eyJraWQiOiJrIn0.e30.c2lnbmF0dXJl"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=s3cr3t; theme=dark"),
                (b"content-length", b"29"),
            ],
            body=b'{"quantity":3,"note":"T\xc3\xbcte"}',
            scheme="https",
            server=("api.example.com", 443),
            client=("192.0.2.10", 0),
            http_version="1.1",
            root_path="",
        ),
    ),
    ("lambda_authorizer", Config(), PLAIN),
    (
        "iam_authorizer",
        Config(),
        PLAIN._replace(
            method="DELETE",
            path="/live/items/7",
            raw_path=b"/live/items/7",
            headers=headers({b"authorization": SIGNATURE, b"x-amz-date": b"20260710T191904Z"}),
        ),
    ),
    ("http_api", Config(), HTTP_API),
    (
        "http_api_jwt_authorizer",
        Config(),
        HTTP_API._replace(
            method="PUT",
            path="/orders/42",
            raw_path=b"/orders/42",
            query_string=b"expand=items&expand=customer",
            headers=[
                (b"content-length", b"29"),
                *headers({b"host": b"api.example.com", b"accept": b"application/json"}),
                (b"authorization", b"Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=s3cr3t; theme=dark"),
            ],
            body=b'{"quantity":3,"note":"T\xc3\xbcte"}',
            server=("api.example.com", 443),
        ),
    ),
    (
        "http_api_named_stage",
        Config(),
        HTTP_API._replace(path="/prod/items", raw_path=b"/prod/items", root_path="/prod"),
    ),
    (
        "http_api_mapping",
        Config(base_path="/shop"),
        HTTP_API._replace(
            path="/shop/orders/7",
            raw_path=b"/shop/orders/7",
            headers=[(b"content-length", b"0"), *headers({b"host": b"api.example.com"})],
            server=("api.example.com", 443),
            root_path="/shop",
        ),
    ),
    (
        "base64_body",
        Config(),
        PLAIN._replace(
            method="PUT",
            path="/live/pixel.png",
            raw_path=b"/live/pixel.png",
            headers=headers({b"content-type": b"image/png", b"content-length": b"8"}),
            body=b"\x89PNG\r\n\x1a\n",
        ),
    ),
    ("base64_empty_body", Config(), PLAIN),
    (
        "wrong_content_length",
        Config(),
        PLAIN._replace(
            method="POST",
            headers=headers({b"content-length": b"8", b"content-type": b"application/octet-stream"}),
            body=b"\x89PNG\r\n\x1a\n",
        ),
    ),
    (
        "encoded_path",
        Config(),
        PLAIN._replace(
            path="/live/files/a/b/100%/%41/café ☕/a+b/\ufffd/?#",
            raw_path=b"/live/files/a%2Fb/100%25/%2541/caf%C3%A9%20%E2%98%95/a+b/%FF/%3F%23",
        ),
    ),
    (
        "illegal_path",
        Config(),
        PLAIN._replace(
            path="/live/a b/é/x?admin=1/#top/100%/%zz\r\n",
            raw_path=b"/live/a%20b/%C3%A9/x%3Fadmin=1/%23top/100%/%zz%0D%0A",
        ),
    ),
    ("slashes", Config(), PLAIN._replace(path="/live/a//b/", raw_path=b"/live/a//b/")),
    ("leading_slashes", Config(), PLAIN),
    (
        "encoded_query",
        Config(),
        PLAIN._replace(
            query_string=b"q=caf%C3%A9+au+lait&plus=a%2Bb&path=%2Fetc%2F&percent=100%25&pair=a%26b%3Dc"
            b"&filter%5Bname%5D=x%3By&empty=&safe=-._~&byte=%EF%BF%BD"
        ),
    ),
    (
        "repeated",
        Config(),
        PLAIN._replace(
            query_string=b"id=1&id=2&id=1&sort=name",
            headers=[
                *headers({}, without=b"accept"),
                (b"accept", b"text/html"),
                (b"accept", b"application/json;q=0.9"),
                (b"x-tag", b"first"),
                (b"x-tag", b"second"),
                (b"x-tag", b"first"),
            ],
        ),
    ),
    ("cookies", Config(), PLAIN._replace(headers=headers({b"cookie": b'a=1; b="two words"; c=x=y'}))),
    (
        "single_maps_only",
        Config(),
        PLAIN._replace(query_string=b"id=7&q=a+b", headers=headers({b"cookie": b"a=1; b=2"})),
    ),
    (
        "single_map_has_more",
        Config(),
        PLAIN._replace(query_string=b"id=1&id=2", headers=headers({b"x-only-here": b"single"})),
    ),
    ("no_host", Config(), PLAIN._replace(headers=headers({}, without=b"host"))),
    (
        "ipv6_client",
        Config(),
        PLAIN._replace(headers=headers({b"x-forwarded-for": b"2001:db8::7"}), client=("2001:db8::7", 0)),
    ),
    (
        "forwarded_port_list",
        Config(),
        PLAIN._replace(
            headers=headers({b"x-forwarded-port": b"443,80", b"x-forwarded-proto": b"http, https"}), scheme="http"
        ),
    ),
    (
        "local_emulator",
        Config(),
        UNMOUNTED._replace(
            headers=[
                (b"host", b"[::1]:3000"),
                (b"user-agent", b"curl/8.9.1"),
                (b"x-forwarded-port", b"3000"),
                (b"x-forwarded-proto", b"http"),
                (b"accept", b"text/html"),
            ],
            scheme="http",
            server=("::1", 3000),
            client=("::1", 0),
        ),
    ),
    ("stage_root", Config(), PLAIN._replace(path="/live/", raw_path=b"/live/")),
    ("stage_named_like_path", Config(), PLAIN._replace(path="/live/live/7", raw_path=b"/live/live/7")),
    ("context_path_without_stage", Config(), UNMOUNTED),
    ("context_path_lookalike", Config(), UNMOUNTED._replace(path="/livestock/7", raw_path=b"/livestock/7")),
    ("custom_domain", Config(), ON_CUSTOM_DOMAIN),
    (
        "custom_domain_mapping",
        Config(base_path="/shop"),
        ON_CUSTOM_DOMAIN._replace(path="/shop/orders/7", raw_path=b"/shop/orders/7", root_path="/shop"),
    ),
    ("absent_request_context", Config(), UNMOUNTED._replace(client=None)),
    ("absent_context_path", Config(), PLAIN),
    ("absent_headers", Config(), PLAIN._replace(headers=[])),
    (
        "values_not_text",
        Config(),
        PLAIN._replace(
            query_string=b"page=2&all=true",
            headers=headers({b"x-count": b"3", b"x-enabled": b"true", b"x-disabled": b"false"}),
        ),
    ),
    ("spoofed_headers", Config(), PLAIN),
    (
        "non_latin1_header",
        Config(),
        PLAIN._replace(headers=headers({b"x-city": b"\xc5\x81\xc3\xb3d\xc5\xba", b"x-name": b"Jos\xe9"})),
    ),
    ("http2", Config(), PLAIN._replace(http_version="2")),
    ("http10", Config(), PLAIN._replace(method="HEAD", http_version="1.0")),
]

# event, options, root_path, path (raw_path is the same: nothing here needs encoding)
MOUNTS: list[tuple[str, Config, str, str]] = [
    ("plain", Config(base_path="/items"), "/live/items", "/live/items"),
    ("plain", Config(base_path="/live"), "/live", "/live/items"),
    ("plain", Config(root_path=""), "", "/items"),
    ("plain", Config(root_path="/x"), "/x", "/x/items"),
    ("plain", Config(base_path="/items", root_path=""), "", "/"),
    ("stage_root", Config(root_path=""), "", "/"),
    ("stage_root", Config(base_path="/shop"), "/live", "/live/"),
    ("stage_named_like_path", Config(base_path="/live"), "/live/live", "/live/live/7"),
    ("stage_named_like_path", Config(root_path=""), "", "/live/7"),
    ("custom_domain_mapping", Config(), "", "/shop/orders/7"),
    ("custom_domain_mapping", Config(base_path="/sho"), "", "/shop/orders/7"),
    ("custom_domain_mapping", Config(base_path="/shop/orders"), "/shop/orders", "/shop/orders/7"),
    ("custom_domain_mapping", Config(base_path="/shop", root_path=""), "", "/orders/7"),
    ("custom_domain_mapping", Config(base_path="/shop", root_path="/cdn"), "/cdn", "/cdn/orders/7"),
    ("http_api_mapping", Config(), "", "/shop/orders/7"),
    ("http_api_named_stage", Config(root_path=""), "", "/items"),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    event = load_event("api_gateway_v1", name)
    assert ORIGIN.matches(event)
    assert ORIGIN.decode(event, config) == expected
    assert event == load_event("api_gateway_v1", name), "the app gets the event as it came"


@pytest.mark.parametrize(("name", "config", "root_path", "path"), MOUNTS, ids=case_ids(MOUNTS))
def test_mount(name: str, config: Config, root_path: str, path: str) -> None:
    request = ORIGIN.decode(load_event("api_gateway_v1", name), config)
    assert (request.root_path, request.path, request.raw_path) == (root_path, path, path.encode())


def test_every_event_is_in_a_table() -> None:
    assert {name for name, *_ in CASES} | {"invalid_base64"} == event_names("api_gateway_v1")


@pytest.mark.parametrize(
    ("context", "matches"),
    [
        ({"connectionId": "a="}, True),
        ({"connectionId": "a=", "stage": "live", "path": "/live/x"}, True),
        ({"connectionId": "a=", "routeKey": "$default"}, False),
        ({"connectionId": "a=", "eventType": "MESSAGE"}, False),
        ({"elb": {}}, False),
    ],
)
def test_a_connection_id_alone_is_no_websocket(context: dict[str, object], matches: bool) -> None:
    assert ORIGIN.matches({"httpMethod": "GET", "path": "/x", "requestContext": context}) == matches


def test_a_rest_event_with_a_connection_id_is_the_same_request() -> None:
    event = load_event("api_gateway_v1", "plain")
    event["requestContext"] = {**cast("dict[str, object]", event["requestContext"]), "connectionId": "a="}
    assert detect(event) is ORIGIN
    assert ORIGIN.decode(event, Config()) == PLAIN


@pytest.mark.parametrize("key", ["path", "resource", "requestContext"])
def test_a_method_and_one_more_field_are_an_event(key: str) -> None:
    assert ORIGIN.matches({"httpMethod": "GET", key: None})
    assert not ORIGIN.matches({"httpMethod": "GET"})
    assert not ORIGIN.matches({key: "/x"})
    assert not ORIGIN.matches({"httpMethod": "GET", key: None, "apiPath": "/x"})


@pytest.mark.parametrize(
    ("body", "is_base64", "expected"),
    [
        (b"dogfood", False, b"dogfood"),
        (b"\xff\x00", False, b"\xff\x00"),
        (b"ZG9nZm9vZA==", True, b"dogfood"),
        (b"", True, b""),
    ],
)
def test_a_body_of_bytes_in_a_handwritten_event(body: bytes, is_base64: bool, expected: bytes) -> None:
    event = {"httpMethod": "POST", "path": "/", "body": body, "isBase64Encoded": is_base64}
    assert ORIGIN.decode(event, Config()).body == expected


@pytest.mark.parametrize("body", [{"a": 1}, [1]])
def test_a_body_that_is_an_object_is_refused_with_the_remedy(body: object) -> None:
    event: dict[str, object] = {"httpMethod": "POST", "path": "/", "body": body}
    with pytest.raises(MalformedEventError, match=r"body is (dict|list), not a string: write the JSON as a text"):
        ORIGIN.decode(event, Config())


@pytest.mark.parametrize("body", [b"not base64", b"\xff"])
def test_bytes_that_are_not_base64_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedEventError, match="base64"):
        ORIGIN.decode({"httpMethod": "POST", "path": "/", "body": body, "isBase64Encoded": True}, Config())
