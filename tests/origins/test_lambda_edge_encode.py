"""What CloudFront gets back, and above all what it must not: one refused header and the viewer sees a 502."""

import pytest

from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins.lambda_edge import ORIGIN
from tests.support.origin_events import load_event

TEXT = (b"content-type", b"text/plain")
TEXT_ENTRY = {"content-type": [{"key": "content-type", "value": "text/plain"}]}
Entries = dict[str, list[dict[str, str]]]


def one(name: str, *values: str) -> Entries:
    return {name: [{"key": name, "value": value} for value in values]}


# status, headers, body, is_base64 and the result's status, description, headers and body encoding.
ENCODED: list[tuple[int, Headers, str, bool, tuple[str, str, Entries, str]]] = [
    (200, [], "", False, ("200", "OK", {}, "text")),
    (200, [TEXT], "naïve ☕", False, ("200", "OK", TEXT_ENTRY, "text")),
    (
        200,
        [(b"content-type", b"image/png")],
        "iVBORw0KGgo=",
        True,
        ("200", "OK", one("content-type", "image/png"), "base64"),
    ),
    (201, [(b"location", b"/orders/7")], "", False, ("201", "Created", one("location", "/orders/7"), "text")),
    (204, [], "", False, ("204", "No Content", {}, "text")),
    (302, [(b"location", b"/caf\xe9")], "", False, ("302", "Found", one("location", "/café"), "text")),
    (304, [(b"etag", b'"1"')], "", False, ("304", "Not Modified", one("etag", '"1"'), "text")),
    (404, [TEXT], "no", False, ("404", "Not Found", TEXT_ENTRY, "text")),
    (429, [(b"retry-after", b"5")], "", False, ("429", "Too Many Requests", one("retry-after", "5"), "text")),
    (500, [TEXT], "boom", False, ("500", "Internal Server Error", TEXT_ENTRY, "text")),
    (599, [], "", False, ("599", "Unknown", {}, "text")),
    (
        200,
        [(b"set-cookie", b"a=1"), TEXT, (b"set-cookie", b"b=2")],
        "",
        False,
        ("200", "OK", one("set-cookie", "a=1", "b=2") | TEXT_ENTRY, "text"),
    ),
    (
        200,
        [(b"vary", b"Accept"), (b"vary", b"Origin")],
        "",
        False,
        ("200", "OK", one("vary", "Accept", "Origin"), "text"),
    ),
    (
        200,
        [(b"Vary", b"Accept"), (b"vARY", b"Origin")],
        "",
        False,
        ("200", "OK", one("vary", "Accept", "Origin"), "text"),
    ),
    (200, [(b"x-empty", b"")], "", False, ("200", "OK", one("x-empty", ""), "text")),
    (
        200,
        [(b"cloudfront-viewer-country", b"DE")],
        "",
        False,
        ("200", "OK", one("cloudfront-viewer-country", "DE"), "text"),
    ),
]


@pytest.mark.parametrize(("status", "headers", "body", "is_base64", "expected"), ENCODED)
def test_encode(
    status: int, headers: Headers, body: str, is_base64: bool, expected: tuple[str, str, Entries, str]
) -> None:
    result = ORIGIN.encode(status, headers, body, is_base64, load_event("lambda_edge", "viewer_request_get"))
    code, description, entries, encoding = expected
    content = {} if status in (204, 304) else {"body": body, "bodyEncoding": encoding}
    assert result == {"status": code, "statusDescription": description, "headers": entries, **content}


# "Restrictions on all edge functions": disallowed everywhere, then read-only where a function answers a request.
REFUSED = [
    *("connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("trailer", "upgrade", "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect"),
    *("x-amz-cf-id", "x-amz-cf-pop", "x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff"),
    *("x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count", "x-amzn-header-order"),
    *("x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-cache", "x-edge-location", "x-edge-request-id"),
    *("x-forwarded-proto", "x-real-ip", "content-length", "host", "transfer-encoding", "via"),
]
ALLOWED = ["x-amz-meta-color", "x-cache-status", "x-edgeworth", "x-forwarded-for", "x-request-id", "expires", "warning"]


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("event", ["viewer_request_get", "origin_request_custom_origin"])
def test_a_header_that_cloudfront_refuses_is_left_out(name: str, event: str) -> None:
    headers: Headers = [(name.encode(), b"1"), TEXT, (name.title().encode(), b"2")]
    result = ORIGIN.encode(200, headers, "", False, load_event("lambda_edge", event))
    assert isinstance(result, dict)
    assert result["headers"] == TEXT_ENTRY


@pytest.mark.parametrize("name", ALLOWED)
def test_a_header_with_a_similar_name_stays(name: str) -> None:
    result = ORIGIN.encode(200, [(name.encode(), b"1")], "", False, load_event("lambda_edge", "viewer_request_get"))
    assert isinstance(result, dict)
    assert result["headers"] == {name: [{"key": name, "value": "1"}]}


@pytest.mark.parametrize(
    ("event", "limit"), [("viewer_request_get", 40_960), ("origin_request_custom_origin", 1_048_576)]
)
def test_the_limit_is_that_of_the_trigger(event: str, limit: int) -> None:
    assert ORIGIN.response_limit is not None
    assert ORIGIN.response_limit(load_event("lambda_edge", event)) == limit
