"""The answer to a load balancer: in the family of the request's headers, single or multi-value."""

import json
import logging

import pytest

from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins import alb
from lambda_http_adapter.origins.alb import ORIGIN
from tests.support.origin_events import load_event

# status, headers, body, is_base64, event, answer; by what they show
ENCODE: dict[str, tuple[int, Headers, str, bool, str, dict[str, object]]] = {
    "text": (
        200,
        [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"10")],
        "λ → ☕",
        False,
        "plain",
        {
            "statusCode": 200,
            "statusDescription": "200 OK",
            "isBase64Encoded": False,
            "headers": {"content-type": "text/plain; charset=utf-8", "content-length": "10"},
            "body": "λ → ☕",
        },
    ),
    "text, multi": (
        200,
        [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"10")],
        "λ → ☕",
        False,
        "live",
        {
            "statusCode": 200,
            "statusDescription": "200 OK",
            "isBase64Encoded": False,
            "multiValueHeaders": {"content-type": ["text/plain; charset=utf-8"], "content-length": ["10"]},
            "body": "λ → ☕",
        },
    ),
    "nothing": (
        200,
        [],
        "",
        False,
        "health_check",
        {"statusCode": 200, "statusDescription": "200 OK", "isBase64Encoded": False, "headers": {}, "body": ""},
    ),
    "nothing, multi": (
        200,
        [],
        "",
        False,
        "health_check_multi",
        {
            "statusCode": 200,
            "statusDescription": "200 OK",
            "isBase64Encoded": False,
            "multiValueHeaders": {},
            "body": "",
        },
    ),
    "null multi map is single": (
        404,
        [(b"x-tag", b"1"), (b"x-tag", b"2")],
        "",
        False,
        "null_multi_maps",
        {
            "statusCode": 404,
            "statusDescription": "404 Not Found",
            "isBase64Encoded": False,
            "headers": {"x-tag": "1, 2"},
            "body": "",
        },
    ),
    "no maps is single": (
        500,
        [(b"x-tag", b"1")],
        "",
        False,
        "minimal",
        {
            "statusCode": 500,
            "statusDescription": "500 Internal Server Error",
            "isBase64Encoded": False,
            "headers": {"x-tag": "1"},
            "body": "",
        },
    ),
    "mixed-case names": (
        201,
        [(b"Content-Type", b"application/json"), (b"X-Request-ID", b"7"), (b"LOCATION", b"/items/7")],
        "{}",
        False,
        "plain",
        {
            "statusCode": 201,
            "statusDescription": "201 Created",
            "isBase64Encoded": False,
            "headers": {"content-type": "application/json", "x-request-id": "7", "location": "/items/7"},
            "body": "{}",
        },
    ),
    "repeated": (
        401,
        [(b"vary", b"accept"), (b"www-authenticate", b"Basic"), (b"Vary", b"origin"), (b"WWW-Authenticate", b"Bearer")],
        "",
        False,
        "plain",
        {
            "statusCode": 401,
            "statusDescription": "401 Unauthorized",
            "isBase64Encoded": False,
            "headers": {"vary": "accept, origin", "www-authenticate": "Basic, Bearer"},
            "body": "",
        },
    ),
    "repeated, multi": (
        401,
        [(b"vary", b"accept"), (b"www-authenticate", b"Basic"), (b"Vary", b"origin"), (b"WWW-Authenticate", b"Bearer")],
        "",
        False,
        "plain_multi",
        {
            "statusCode": 401,
            "statusDescription": "401 Unauthorized",
            "isBase64Encoded": False,
            "multiValueHeaders": {"vary": ["accept", "origin"], "www-authenticate": ["Basic", "Bearer"]},
            "body": "",
        },
    ),
    "one cookie": (
        302,
        [(b"Set-Cookie", b"a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT"), (b"location", b"/")],
        "",
        False,
        "plain",
        {
            "statusCode": 302,
            "statusDescription": "302 Found",
            "isBase64Encoded": False,
            "headers": {"set-cookie": "a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT", "location": "/"},
            "body": "",
        },
    ),
    "one cookie, multi": (
        302,
        [(b"Set-Cookie", b"a=1"), (b"location", b"/")],
        "",
        False,
        "cookies",
        {
            "statusCode": 302,
            "statusDescription": "302 Found",
            "isBase64Encoded": False,
            "multiValueHeaders": {"set-cookie": ["a=1"], "location": ["/"]},
            "body": "",
        },
    ),
    "three cookies, multi": (
        200,
        [(b"set-cookie", b"a=1"), (b"Set-Cookie", b"b=2"), (b"x-tag", b"1"), (b"SET-COOKIE", b"a=1")],
        "",
        False,
        "plain_multi",
        {
            "statusCode": 200,
            "statusDescription": "200 OK",
            "isBase64Encoded": False,
            "multiValueHeaders": {"set-cookie": ["a=1", "b=2", "a=1"], "x-tag": ["1"]},
            "body": "",
        },
    ),
    "latin-1 values": (
        200,
        [(b"x-name", b"Jos\xe9"), (b"x-city", b"\xc5\x81\xc3\xb3d\xc5\xba"), (b"x-empty", b"")],
        "",
        False,
        "plain",
        {
            "statusCode": 200,
            "statusDescription": "200 OK",
            "isBase64Encoded": False,
            "headers": {"x-name": "José", "x-city": "Å\x81Ã³dÅº", "x-empty": ""},
            "body": "",
        },
    ),
    "base64": (
        200,
        [(b"content-type", b"image/png"), (b"content-length", b"8")],
        "iVBORw0KGgo=",
        True,
        "base64_body",
        {
            "statusCode": 200,
            "statusDescription": "200 OK",
            "isBase64Encoded": True,
            "multiValueHeaders": {"content-type": ["image/png"], "content-length": ["8"]},
            "body": "iVBORw0KGgo=",
        },
    ),
    "204": (
        204,
        [(b"x-request-id", b"7")],
        "",
        False,
        "plain",
        {
            "statusCode": 204,
            "statusDescription": "204 No Content",
            "isBase64Encoded": False,
            "headers": {"x-request-id": "7"},
            "body": "",
        },
    ),
    "304": (
        304,
        [(b"etag", b'W/"7"')],
        "",
        False,
        "plain_multi",
        {
            "statusCode": 304,
            "statusDescription": "304 Not Modified",
            "isBase64Encoded": False,
            "multiValueHeaders": {"etag": ['W/"7"']},
            "body": "",
        },
    ),
    "unknown status": (
        599,
        [],
        "?",
        False,
        "plain",
        {"statusCode": 599, "statusDescription": "599 Unknown", "isBase64Encoded": False, "headers": {}, "body": "?"},
    ),
}


@pytest.mark.parametrize(
    ("status", "headers", "body", "is_base64", "event", "answer"), ENCODE.values(), ids=ENCODE.keys()
)
def test_encode(
    status: int, headers: Headers, body: str, is_base64: bool, event: str, answer: dict[str, object]
) -> None:
    encoded = ORIGIN.encode(status, headers, body, is_base64, load_event("alb", event))
    assert encoded == answer
    assert json.dumps(encoded, sort_keys=True) == json.dumps(answer, sort_keys=True), "true is not 1"


@pytest.mark.parametrize("count", [2, 3, 20])
def test_each_cookie_has_a_name_of_its_own(count: int) -> None:
    """Single-value mode has one value per JSON key, and header names that differ in case are the same to clients."""
    cookies = [f"c{index}=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT" for index in range(count)]
    encoded = ORIGIN.encode(
        200, [(b"set-cookie", cookie.encode()) for cookie in cookies], "", False, load_event("alb", "plain")
    )
    assert isinstance(encoded, dict)
    assert next(iter(encoded["headers"])) == "set-cookie"
    assert list(encoded["headers"].values()) == cookies
    assert {name.lower() for name in encoded["headers"]} == {"set-cookie"}


COOKIE, OTHER = (b"set-cookie", b"a=1"), (b"Set-Cookie", b"b=2")


@pytest.mark.parametrize(
    ("event", "headers", "warnings"),
    [
        ("plain", [], 0),
        ("plain", [COOKIE, (b"x-tag", b"1"), (b"x-tag", b"2")], 0),
        ("plain", [COOKIE, OTHER], 1),
        ("null_multi_maps", [OTHER, COOKIE, OTHER], 1),
        ("plain_multi", [COOKIE, OTHER], 0),
    ],
)
def test_a_load_balancer_that_has_one_place_for_several_cookies_is_named_once(
    event: str, headers: Headers, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    alb._warn_of_cookies.cache_clear()
    for _ in range(2):
        ORIGIN.encode(200, headers, "", False, load_event("alb", event))
    sentence = (
        "An ALB in single-value mode has one place for Set-Cookie; several were sent under case variants of the name. "
        "Turn on lambda.multi_value_headers.enabled for the target group."
    )
    assert caplog.record_tuples == [("lambda_http_adapter", logging.WARNING, sentence)] * warnings


def test_the_limit_is_a_mebibyte_of_json() -> None:
    assert ORIGIN.response_limit is not None
    assert ORIGIN.response_limit(load_event("alb", "plain")) == 1_048_576
