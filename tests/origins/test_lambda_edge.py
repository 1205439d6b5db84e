"""CloudFront request events: what the app sees in a viewer-request or origin-request trigger."""

from collections.abc import Callable

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import MalformedEventError
from lambda_http_adapter.origins import HTTPRequest
from lambda_http_adapter.origins.lambda_edge import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event

DISTRIBUTION = "d111111abcdef8.cloudfront.net"
HOST = (b"host", b"d111111abcdef8.cloudfront.net")
AGENT = (b"user-agent", b"curl/8.7.1")
ACCEPT = (b"accept", b"*/*")

VIEWER = HTTPRequest(
    method="GET",
    path="/",
    raw_path=b"/",
    query_string=b"",
    headers=[HOST, AGENT, ACCEPT],
    body=b"",
    scheme="https",
    server=(DISTRIBUTION, 443),
    client=("192.0.2.44", 0),
    http_version="1.1",
    root_path="",
)
FROM_CLOUDFRONT = [
    (b"x-forwarded-for", b"198.51.100.7"),
    AGENT,
    (b"via", b"2.0 2afae0d44e2540f472c0635ab62c0345.cloudfront.net (CloudFront)"),
]
ORIGIN_HOST = (b"host", b"www.example.com")
TO_ORIGIN = VIEWER._replace(server=("www.example.com", 443), client=("198.51.100.7", 0))

CASES: list[Case] = [
    (
        "viewer_request_get",
        Config(),
        VIEWER._replace(path="/pictures/cat.jpg", raw_path=b"/pictures/cat.jpg", query_string=b"size=large"),
    ),
    (
        "viewer_request_get",
        Config(base_path="/pictures"),
        VIEWER._replace(
            path="/pictures/cat.jpg",
            raw_path=b"/pictures/cat.jpg",
            query_string=b"size=large",
            root_path="/pictures",
        ),
    ),
    (
        "viewer_request_get",
        Config(base_path="/pictures", root_path="/img"),
        VIEWER._replace(path="/img/cat.jpg", raw_path=b"/img/cat.jpg", query_string=b"size=large", root_path="/img"),
    ),
    (
        "viewer_request_get",  # whole segments only
        Config(base_path="/pic"),
        VIEWER._replace(path="/pictures/cat.jpg", raw_path=b"/pictures/cat.jpg", query_string=b"size=large"),
    ),
    (
        "viewer_request_head",
        Config(),
        VIEWER._replace(method="HEAD", path="/pictures/cat.jpg", raw_path=b"/pictures/cat.jpg"),
    ),
    (
        "viewer_request_post_base64",
        Config(),
        VIEWER._replace(
            method="POST",
            path="/orders",
            raw_path=b"/orders",
            headers=[HOST, (b"content-type", b"application/json"), (b"content-length", b"17")],
            body=b'{"item":"pencil"}',
        ),
    ),
    (
        "viewer_request_body_text",
        Config(),
        VIEWER._replace(
            method="POST",
            path="/orders",
            raw_path=b"/orders",
            headers=[HOST, (b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"10")],
            body=b"na\xc3\xafve \xe2\x98\x95",
        ),
    ),
    (
        "viewer_request_empty_body",
        Config(),
        VIEWER._replace(method="POST", path="/orders", raw_path=b"/orders", headers=[HOST, (b"content-length", b"0")]),
    ),
    (
        "viewer_request_multi_headers",
        Config(),
        VIEWER._replace(headers=[HOST, (b"x-tag", b"one"), (b"x-tag", b"two"), (b"accept-language", b"de")]),
    ),
    (
        "viewer_request_cookies",
        Config(),
        VIEWER._replace(headers=[HOST, (b"cookie", b"session=abc; theme=dark; lang=de"), AGENT]),
    ),
    ("viewer_request_no_querystring", Config(), VIEWER._replace(path="/old", raw_path=b"/old")),
    (
        "viewer_request_ipv6",
        Config(),
        VIEWER._replace(client=("2001:0db8:85a3:0:0:8a2e:0370:7334", 0)),
    ),
    (
        "viewer_request_encoded_uri",  # decoded once
        Config(),
        VIEWER._replace(
            path="/café/a/b c+d/%41",
            raw_path=b"/caf%C3%A9/a%2Fb%20c+d/%2541",
            query_string=b"q=a+b%20c&bytes=%FF&next=/a?b",
        ),
    ),
    (
        "viewer_request_encoded_uri",
        Config(base_path="/café"),
        VIEWER._replace(
            path="/café/a/b c+d/%41",
            raw_path=b"/caf%C3%A9/a%2Fb%20c+d/%2541",
            query_string=b"q=a+b%20c&bytes=%FF&next=/a?b",
            root_path="/café",
        ),
    ),
    (
        "viewer_request_encoded_uri",
        Config(root_path="/größe"),
        VIEWER._replace(
            path="/größe/café/a/b c+d/%41",
            raw_path=b"/gr%C3%B6%C3%9Fe/caf%C3%A9/a%2Fb%20c+d/%2541",
            query_string=b"q=a+b%20c&bytes=%FF&next=/a?b",
            root_path="/größe",
        ),
    ),
    (
        "viewer_request_utf8_uri",
        Config(),
        VIEWER._replace(path="/café/☕ menu", raw_path=b"/caf%C3%A9/%E2%98%95%20menu", query_string=b"q=%C3%A9%23top"),
    ),
    (
        "viewer_request_utf8_uri",
        Config(base_path="/café", root_path=""),
        VIEWER._replace(path="/☕ menu", raw_path=b"/%E2%98%95%20menu", query_string=b"q=%C3%A9%23top"),
    ),
    ("viewer_request_bad_bytes", Config(), VIEWER._replace(path="/bad\ufffdbyte", raw_path=b"/bad%FFbyte")),
    (
        "viewer_request_odd_characters",
        Config(),
        VIEWER._replace(path='/a|b{c}"^`<d>', raw_path=b'/a|b{c}"^`<d>', query_string=b"filter[a]={1|2}"),
    ),
    ("viewer_request_no_host", Config(), VIEWER._replace(headers=[AGENT])),
    ("viewer_request_no_key", Config(), VIEWER._replace(headers=[HOST, (b"x-flag", b"1")])),
    (
        "viewer_request_custom_domain",
        Config(),
        VIEWER._replace(headers=[(b"host", b"www.example.com"), AGENT], server=("www.example.com", 443)),
    ),
    (
        "viewer_request_websocket_upgrade",
        Config(),
        VIEWER._replace(
            path="/chat",
            raw_path=b"/chat",
            headers=[
                HOST,
                (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
                (b"sec-websocket-version", b"13"),
            ],
        ),
    ),
    ("viewer_request_spoofed_context", Config(), VIEWER._replace(headers=[HOST])),
    (
        "origin_request_custom_origin",
        Config(),
        TO_ORIGIN._replace(
            path="/app/orders",
            raw_path=b"/app/orders",
            query_string=b"page=2",
            headers=[*FROM_CLOUDFRONT, ORIGIN_HOST, (b"cache-control", b"no-cache")],
        ),
    ),
    (
        "origin_request_custom_origin",
        Config(base_path="/app", root_path=""),
        TO_ORIGIN._replace(
            path="/orders",
            raw_path=b"/orders",
            query_string=b"page=2",
            headers=[*FROM_CLOUDFRONT, ORIGIN_HOST, (b"cache-control", b"no-cache")],
        ),
    ),
    (
        "origin_request_s3_origin",
        Config(),
        TO_ORIGIN._replace(
            path="/index.html",
            raw_path=b"/index.html",
            headers=[*FROM_CLOUDFRONT, (b"host", b"example-bucket.s3.amazonaws.com")],
            server=("example-bucket.s3.amazonaws.com", 443),
        ),
    ),
    (
        "origin_request_cloudfront_headers",
        Config(),
        TO_ORIGIN._replace(
            headers=[
                ORIGIN_HOST,
                (b"cloudfront-forwarded-proto", b"http"),
                (b"cloudfront-viewer-country", b"DE"),
                (b"cloudfront-is-mobile-viewer", b"false"),
            ],
            scheme="http",
            server=("www.example.com", 80),
            client=("192.0.2.44", 0),
        ),
    ),
    (
        "origin_request_body",
        Config(),
        TO_ORIGIN._replace(
            method="POST",
            path="/form",
            raw_path=b"/form",
            headers=[
                *FROM_CLOUDFRONT,
                ORIGIN_HOST,
                (b"content-type", b"application/x-www-form-urlencoded"),
                (b"content-length", b"12"),
            ],
            body=b"a=1&b=%C3%A9",
        ),
    ),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    event = load_event("lambda_edge", name)
    assert ORIGIN.matches(event)
    assert ORIGIN.decode(event, config) == expected


def test_every_event_is_a_case() -> None:
    assert {name for name, _, _ in CASES} == event_names("lambda_edge") - {"viewer_request_body_truncated"}


async def asgi_app(scope: object, receive: object, send: object) -> None:
    pytest.fail("The app was called.")


def wsgi_app(environ: object, start_response: object) -> list[bytes]:
    pytest.fail("The app was called.")


@pytest.mark.parametrize(
    "handler", [asgi_handler(asgi_app, lifespan="off"), wsgi_handler(wsgi_app)], ids=["asgi", "wsgi"]
)
def test_a_body_that_cloudfront_has_cut_off_does_not_reach_the_app(
    handler: Callable[[object, object], object], caplog: pytest.LogCaptureFixture
) -> None:
    result = handler(load_event("lambda_edge", "viewer_request_body_truncated"), None)
    assert isinstance(result, dict)
    assert (result["status"], result["statusDescription"][-9:]) == ("413", "Too Large")
    assert [record.getMessage() for record in caplog.records] == [
        "Answered 413: Malformed lambda_edge event: Records[0].cf.request.body.inputTruncated is true: CloudFront has "
        "cut off the body, at 40 KB of a viewer request or 1 MB of an origin request."
    ]


GET: dict[str, object] = {"method": "GET", "uri": "/", "querystring": "", "headers": {}, "clientIp": "192.0.2.44"}
MALFORMED: list[tuple[dict[str, object], str]] = [
    ({"uri": "/"}, "method"),
    (GET | {"method": 7}, "method"),
    (GET | {"uri": ["/"]}, "uri"),
    (GET | {"querystring": {"a": "1"}}, "querystring"),
    (GET | {"headers": "host"}, "headers"),
    (GET | {"body": "text"}, "body"),
    (GET | {"body": {"encoding": "base64", "data": "not base64!"}}, "body.data"),
    (GET | {"body": {"encoding": "base64", "data": "AAE"}}, "body.data"),
    (GET | {"body": {"encoding": "text", "data": 7}}, "body.data"),
    (GET | {"body": {"encoding": "text", "data": "", "inputTruncated": True}}, "body.inputTruncated"),
]


@pytest.mark.parametrize(
    ("cf", "field"), [({"request": "GET /"}, "request"), ({"request": GET, "config": "viewer-request"}, "config")]
)
def test_request_and_configuration_are_objects(cf: dict[str, object], field: str) -> None:
    event: dict[str, object] = {"Records": [{"cf": cf}]}
    assert ORIGIN.matches(event)
    with pytest.raises(MalformedEventError) as caught:
        ORIGIN.decode(event, Config())
    assert (caught.value.origin, caught.value.field) == ("lambda_edge", f"Records[0].cf.{field}")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, b""),
        ({"data": "a"}, b"a"),
        ({"data": "\ud800é", "encoding": "text"}, b"?\xc3\xa9"),
        ({"data": "YQ==", "encoding": "base64", "inputTruncated": False}, b"a"),
        ({"data": "YQ==", "encoding": "BASE64", "inputTruncated": "true"}, b"YQ=="),
    ],
)
def test_the_body_of_a_handwritten_event(body: dict[str, object], expected: bytes) -> None:
    assert ORIGIN.decode({"Records": [{"cf": {"request": GET | {"body": body}}}]}, Config()).body == expected


@pytest.mark.parametrize("domain", [None, 5, ["d111111abcdef8.cloudfront.net"]])
def test_a_method_is_enough_of_a_request(domain: object) -> None:
    event: dict[str, object] = {
        "Records": [{"cf": {"config": {"distributionDomainName": domain}, "request": {"method": "GET"}}}]
    }
    assert ORIGIN.decode(event, Config()) == VIEWER._replace(headers=[], server=("localhost", 443), client=None)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([{"key": "X-Tag"}, {"value": None}, {"value": "1"}], [(b"x-tag", b"1")]),
        ([None, "1", ["1"]], []),
        ("1", []),
        (5, []),
        ([{"value": 5}, {"value": True}], [(b"x-tag", b"5"), (b"x-tag", b"true")]),
    ],
)
def test_a_header_without_a_value_is_none(items: object, expected: list[tuple[bytes, bytes]]) -> None:
    event: dict[str, object] = {"Records": [{"cf": {"request": GET | {"headers": {"x-tag": items}}}}]}
    assert ORIGIN.decode(event, Config()).headers == expected


@pytest.mark.parametrize(("request_", "field"), MALFORMED)
def test_malformed(request_: dict[str, object], field: str) -> None:
    event: dict[str, object] = {"Records": [{"cf": {"request": request_}}]}
    assert ORIGIN.matches(event)
    with pytest.raises(MalformedEventError) as caught:
        ORIGIN.decode(event, Config())
    assert (caught.value.origin, caught.value.field) == ("lambda_edge", f"Records[0].cf.request.{field}")
