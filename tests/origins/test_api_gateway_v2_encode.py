"""The answer in payload format 2.0: HTTP APIs and Function URLs read the same one."""

import json

import pytest

from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins import Origin, api_gateway_v2, function_url
from tests.support.origin_events import load_event

ORIGINS = [api_gateway_v2.ORIGIN, function_url.ORIGIN]

# id, status, headers, body, is_base64, answer
ENCODE: list[tuple[str, int, Headers, str, bool, dict[str, object]]] = [
    (
        "text",
        200,
        [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"10")],
        "λ → ☕",
        False,
        {
            "statusCode": 200,
            "headers": {"content-type": "text/plain; charset=utf-8", "content-length": "10"},
            "body": "λ → ☕",
            "isBase64Encoded": False,
        },
    ),
    ("nothing", 200, [], "", False, {"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": False}),
    (
        "mixed-case names",
        201,
        [(b"Content-Type", b"application/json"), (b"X-Request-ID", b"7"), (b"LOCATION", b"/items/7")],
        "{}",
        False,
        {
            "statusCode": 201,
            "headers": {"content-type": "application/json", "x-request-id": "7", "location": "/items/7"},
            "body": "{}",
            "isBase64Encoded": False,
        },
    ),
    (
        "repeated",
        200,
        [(b"vary", b"accept"), (b"content-type", b"text/html"), (b"vary", b"origin"), (b"vary", b"cookie")],
        "<p>",
        False,
        {
            "statusCode": 200,
            "headers": {"vary": "accept, origin, cookie", "content-type": "text/html"},
            "body": "<p>",
            "isBase64Encoded": False,
        },
    ),
    (
        "repeated in other case",
        401,
        [(b"WWW-Authenticate", b'Basic realm="a, b"'), (b"www-authenticate", b"Bearer")],
        "",
        False,
        {
            "statusCode": 401,
            "headers": {"www-authenticate": 'Basic realm="a, b", Bearer'},
            "body": "",
            "isBase64Encoded": False,
        },
    ),
    (
        "empty values",
        200,
        [(b"x-empty", b""), (b"x-tag", b""), (b"x-tag", b"second")],
        "",
        False,
        {"statusCode": 200, "headers": {"x-empty": "", "x-tag": ", second"}, "body": "", "isBase64Encoded": False},
    ),
    (
        "one cookie",
        200,
        [(b"set-cookie", b"a=1; Path=/; HttpOnly")],
        "",
        False,
        {
            "statusCode": 200,
            "headers": {},
            "cookies": ["a=1; Path=/; HttpOnly"],
            "body": "",
            "isBase64Encoded": False,
        },
    ),
    (
        "two cookies",
        302,
        [(b"set-cookie", b"a=1"), (b"location", b"/"), (b"set-cookie", b"b=2")],
        "",
        False,
        {
            "statusCode": 302,
            "headers": {"location": "/"},
            "cookies": ["a=1", "b=2"],
            "body": "",
            "isBase64Encoded": False,
        },
    ),
    (
        "three cookies",
        200,
        [
            (b"Set-Cookie", b"a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT"),
            (b"set-cookie", b"a=2"),
            (b"SET-COOKIE", b"a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT"),
        ],
        "",
        False,
        {
            "statusCode": 200,
            "headers": {},
            "cookies": [
                "a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT",
                "a=2",
                "a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT",
            ],
            "body": "",
            "isBase64Encoded": False,
        },
    ),
    (
        "latin-1 values",
        200,
        [(b"x-name", b"Jos\xe9"), (b"x-city", b"\xc5\x81\xc3\xb3d\xc5\xba"), (b"set-cookie", b"n=Jos\xe9")],
        "",
        False,
        {
            "statusCode": 200,
            "headers": {"x-name": "José", "x-city": "Å\x81Ã³dÅº"},
            "cookies": ["n=José"],
            "body": "",
            "isBase64Encoded": False,
        },
    ),
    (
        "base64",
        200,
        [(b"content-type", b"image/png"), (b"content-length", b"8")],
        "iVBORw0KGgo=",
        True,
        {
            "statusCode": 200,
            "headers": {"content-type": "image/png", "content-length": "8"},
            "body": "iVBORw0KGgo=",
            "isBase64Encoded": True,
        },
    ),
    (
        "204",
        204,
        [(b"x-request-id", b"7")],
        "",
        False,
        {"statusCode": 204, "headers": {"x-request-id": "7"}, "body": "", "isBase64Encoded": False},
    ),
    (
        "304",
        304,
        [(b"etag", b'W/"7"'), (b"cache-control", b"max-age=60"), (b"cache-control", b"private")],
        "",
        False,
        {
            "statusCode": 304,
            "headers": {"etag": 'W/"7"', "cache-control": "max-age=60, private"},
            "body": "",
            "isBase64Encoded": False,
        },
    ),
    (
        "head",
        200,
        [(b"content-type", b"text/html"), (b"content-length", b"1234")],
        "",
        False,
        {
            "statusCode": 200,
            "headers": {"content-type": "text/html", "content-length": "1234"},
            "body": "",
            "isBase64Encoded": False,
        },
    ),
    ("unknown status", 599, [], "?", False, {"statusCode": 599, "headers": {}, "body": "?", "isBase64Encoded": False}),
]


@pytest.mark.parametrize("origin", ORIGINS, ids=[origin.name for origin in ORIGINS])
@pytest.mark.parametrize(
    ("status", "headers", "body", "is_base64", "answer"), [row[1:] for row in ENCODE], ids=[row[0] for row in ENCODE]
)
def test_encode(
    origin: Origin, status: int, headers: Headers, body: str, is_base64: bool, answer: dict[str, object]
) -> None:
    encoded = origin.encode(status, headers, body, is_base64, load_event(origin.name, "plain"))
    assert encoded == answer
    assert json.dumps(encoded, sort_keys=True) == json.dumps(answer, sort_keys=True), "true is not 1"


@pytest.mark.parametrize("origin", ORIGINS, ids=[origin.name for origin in ORIGINS])
def test_headers_stay_in_order(origin: Origin) -> None:
    encoded = origin.encode(200, [(b"z", b"1"), (b"a", b"2"), (b"Z", b"3"), (b"m", b"4")], "", False, {})
    assert isinstance(encoded, dict)
    assert list(encoded["headers"].items()) == [("z", "1, 3"), ("a", "2"), ("m", "4")]
