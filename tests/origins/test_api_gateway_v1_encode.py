"""The answer in payload format 1.0: every header in multiValueHeaders, and no key that API Gateway doesn't know."""

import json

import pytest

from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.errors import AppError
from lambda_http_adapter.origins.api_gateway_v1 import ORIGIN
from tests.support.origin_events import load_event

# status, headers, body, is_base64, event, multiValueHeaders; by what they show
ENCODE: dict[str, tuple[int, Headers, str, bool, str, dict[str, list[str]]]] = {
    "text": (
        200,
        [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"10")],
        "λ → ☕",
        False,
        "plain",
        {"content-type": ["text/plain; charset=utf-8"], "content-length": ["10"]},
    ),
    "nothing": (200, [], "", False, "plain", {}),
    "single maps in the request": (
        200,
        [(b"x-tag", b"1"), (b"x-tag", b"2")],
        "{}",
        False,
        "single_maps_only",
        {"x-tag": ["1", "2"]},
    ),
    "null maps in the request": (200, [(b"x-tag", b"1")], "{}", False, "console_test", {"x-tag": ["1"]}),
    "http api": (200, [(b"x-tag", b"1"), (b"x-tag", b"2")], "", False, "http_api", {"x-tag": ["1", "2"]}),
    "mixed-case names": (
        201,
        [(b"Content-Type", b"application/json"), (b"X-Request-ID", b"7"), (b"LOCATION", b"/items/7")],
        "{}",
        False,
        "plain",
        {"content-type": ["application/json"], "x-request-id": ["7"], "location": ["/items/7"]},
    ),
    "repeated": (
        200,
        [(b"vary", b"accept"), (b"content-type", b"text/html"), (b"Vary", b"origin"), (b"VARY", b"cookie")],
        "<p>",
        False,
        "plain",
        {"vary": ["accept", "origin", "cookie"], "content-type": ["text/html"]},
    ),
    "commas stay in one value": (
        401,
        [(b"www-authenticate", b'Basic realm="a, b"'), (b"www-authenticate", b"Bearer")],
        "",
        False,
        "plain",
        {"www-authenticate": ['Basic realm="a, b"', "Bearer"]},
    ),
    "empty values": (
        200,
        [(b"x-empty", b""), (b"x-tag", b""), (b"x-tag", b"second")],
        "",
        False,
        "plain",
        {"x-empty": [""], "x-tag": ["", "second"]},
    ),
    "one cookie": (200, [(b"set-cookie", b"a=1; Path=/")], "", False, "plain", {"set-cookie": ["a=1; Path=/"]}),
    "two cookies": (
        302,
        [(b"set-cookie", b"a=1"), (b"location", b"/"), (b"set-cookie", b"b=2")],
        "",
        False,
        "cookies",
        {"set-cookie": ["a=1", "b=2"], "location": ["/"]},
    ),
    "three cookies": (
        200,
        [
            (b"Set-Cookie", b"a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT"),
            (b"set-cookie", b"a=2"),
            (b"SET-COOKIE", b"a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT"),
        ],
        "",
        False,
        "plain",
        {
            "set-cookie": [
                "a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT",
                "a=2",
                "a=1; Expires=Fri, 10 Jul 2026 19:19:05 GMT",
            ]
        },
    ),
    "latin-1 values": (
        200,
        [(b"x-name", b"Jos\xe9"), (b"x-city", b"\xc5\x81\xc3\xb3d\xc5\xba")],
        "",
        False,
        "plain",
        {"x-name": ["José"], "x-city": ["Å\x81Ã³dÅº"]},
    ),
    "base64": (
        200,
        [(b"content-type", b"image/png"), (b"content-length", b"8")],
        "iVBORw0KGgo=",
        True,
        "base64_body",
        {"content-type": ["image/png"], "content-length": ["8"]},
    ),
    "204": (204, [(b"x-request-id", b"7")], "", False, "plain", {"x-request-id": ["7"]}),
    "304": (304, [(b"etag", b'W/"7"')], "", False, "plain", {"etag": ['W/"7"']}),
    "head": (200, [(b"content-length", b"1234")], "", False, "http10", {"content-length": ["1234"]}),
    "unknown status": (599, [], "?", False, "plain", {}),
}


@pytest.mark.parametrize(
    ("status", "headers", "body", "is_base64", "event", "expected"), ENCODE.values(), ids=ENCODE.keys()
)
def test_encode(
    status: int, headers: Headers, body: str, is_base64: bool, event: str, expected: dict[str, list[str]]
) -> None:
    answer = {"statusCode": status, "multiValueHeaders": expected, "body": body, "isBase64Encoded": is_base64}
    encoded = ORIGIN.encode(status, headers, body, is_base64, load_event("api_gateway_v1", event))
    assert encoded == answer
    assert json.dumps(encoded, sort_keys=True) == json.dumps(answer, sort_keys=True), "true is not 1"


def test_headers_stay_in_order() -> None:
    encoded = ORIGIN.encode(200, [(b"z", b"1"), (b"a", b"2"), (b"Z", b"3"), (b"m", b"4")], "", False, {})
    assert isinstance(encoded, dict)
    assert list(encoded["multiValueHeaders"].items()) == [("z", ["1", "3"]), ("a", ["2"]), ("m", ["4"])]


def prelude_of(size: int) -> bytes:
    """A prelude of ``size`` bytes."""
    assert ORIGIN.prelude is not None
    frame = len('{"statusCode":200,"multiValueHeaders":{"x":[""]}}')
    return ORIGIN.prelude(200, [(b"X", b"v" * (size - frame))])


def test_a_prelude_and_its_delimiter_fit_into_16_kib() -> None:
    prelude = prelude_of(16_376)
    assert len(prelude) == 16_376
    assert json.loads(prelude) == {"statusCode": 200, "multiValueHeaders": {"x": ["v" * 16_327]}}
    with pytest.raises(AppError) as raised:
        prelude_of(16_377)
    assert str(raised.value) == (
        "The head of the streamed response is 16,377 bytes, and API Gateway takes 16,376. "
        "Send fewer or smaller headers."
    )


@pytest.mark.parametrize(("event", "streams"), [("plain", True), ("http_api", False)])
def test_only_a_rest_api_streams(event: str, streams: bool) -> None:
    assert ORIGIN.streams is not None
    assert ORIGIN.streams(load_event("api_gateway_v1", event)) == streams
