"""Function URLs: what each event in events/function_url is decoded to. Their answers: test_api_gateway_v2_encode."""

import json
import logging

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins import function_url
from lambda_http_adapter.origins._http_request import HTTPRequest
from lambda_http_adapter.origins.function_url import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event

DOMAIN = "abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws"
HEADERS = {
    b"accept": b"text/html",
    b"host": b"abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws",
    b"user-agent": b"curl/8.9.1",
    b"x-amzn-tls-cipher-suite": b"TLS_AES_128_GCM_SHA256",
    b"x-amzn-tls-version": b"TLSv1.3",
    b"x-amzn-trace-id": b"Root=1-6a5145aa-0123456789abcdef01234567",
    b"x-forwarded-for": b"192.0.2.10",
    b"x-forwarded-port": b"443",
    b"x-forwarded-proto": b"https",
}
PLAIN = HTTPRequest(
    method="GET",
    path="/items",
    raw_path=b"/items",
    query_string=b"",
    headers=list(HEADERS.items()),
    body=b"",
    scheme="https",
    server=(DOMAIN, 443),
    client=("192.0.2.10", 0),
    http_version="1.1",
    root_path="",
)
EMPTY = HTTPRequest("GET", "/", b"/", b"", [], b"", "https", (DOMAIN, 443), None, "1.1", "")


def headers(changes: dict[bytes, bytes], without: bytes = b"") -> Headers:
    """The plain event's, one left out, some changed where they stand, new ones behind."""
    return list(({name: value for name, value in HEADERS.items() if name != without} | changes).items())


SIGNATURE = (
    b"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260710/eu-central-1/lambda/aws4_request, "
    b"SignedHeaders=host;x-amz-date, Signature=0123456789abcdef"
)

CASES: list[Case] = [
    (
        "live",
        Config(),
        HTTPRequest(
            method="POST",
            path="/capture/space value",
            raw_path=b"/capture/space%20value",
            query_string=b"repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb"
            b"&literalPlus=a+b&encodedPlus=a%2Bb&empty=",
            headers=[
                (b"accept", b"*/*"),
                (b"content-length", b"66"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=abc123; theme=dark"),
                (b"host", b"2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-west-2.on.aws"),
                (b"user-agent", b"curl/8.7.1"),
                (b"x-amzn-tls-cipher-suite", b"TLS_AES_128_GCM_SHA256"),
                (b"x-amzn-tls-version", b"TLSv1.3"),
                (b"x-amzn-trace-id", b"Root=1-6a5145aa-290a323a5de9a2e0636377d4"),
                (b"x-forwarded-for", b"198.51.100.18"),
                (b"x-forwarded-port", b"443"),
                (b"x-forwarded-proto", b"https"),
                (b"x-voker-probe", b"first,second"),
            ],
            body=b'{"message":"hello from the public internet","unicode":"lambda-\xce\xbb"}',
            scheme="https",
            server=("2cxn22odiwguak4feg4jtt7cwm0ziblr.lambda-url.us-west-2.on.aws", 443),
            client=("198.51.100.18", 0),
            http_version="1.1",
            root_path="",
        ),
    ),
    ("minimal", Config(), EMPTY),
    ("null_heavy", Config(), EMPTY),
    ("plain", Config(), PLAIN),
    ("absent_headers", Config(), PLAIN._replace(headers=[])),
    (
        "full",
        Config(),
        PLAIN._replace(
            method="POST",
            path="/orders/42",
            raw_path=b"/orders/42",
            query_string=b"expand=items&expand=customer",
            headers=headers(
                {
                    b"accept": b"application/json",
                    b"accept-encoding": b"gzip, br",
                    b"content-length": b"29",
                    b"content-type": b"application/json",
                    b"cookie": b"session=s3cr3t; theme=dark",
                    b"origin": b"https://shop.example.com",
                    b"referer": b"https://shop.example.com/cart",
                }
            ),
            body=b'{"quantity":3,"note":"T\xc3\xbcte"}',
        ),
    ),
    (
        "iam_authorizer",
        Config(),
        PLAIN._replace(
            method="DELETE",
            path="/items/7",
            raw_path=b"/items/7",
            headers=headers({b"authorization": SIGNATURE, b"x-amz-date": b"20260710T191906Z"}),
        ),
    ),
    (
        "base64_body",
        Config(),
        PLAIN._replace(
            method="POST",
            path="/upload",
            raw_path=b"/upload",
            headers=headers({b"content-length": b"59", b"content-type": b"multipart/form-data; boundary=x"}),
            body=b'--x\r\ncontent-disposition: form-data; name="f"\r\n\r\n\xff\r\n--x--\r\n',
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
        "body_without_content_length",
        Config(),
        PLAIN._replace(
            method="POST",
            headers=headers({b"content-type": b"text/plain;charset=utf-8", b"content-length": b"10"}),
            body=b"\xce\xbb and \xe2\x98\x95",
        ),
    ),
    (
        "encoded_path",
        Config(),
        PLAIN._replace(
            path="/files/a/b/100%/%41/café ☕/a+b/\ufffd/?#",
            raw_path=b"/files/a%2Fb/100%25/%2541/caf%C3%A9%20%E2%98%95/a+b/%FF/%3F%23",
        ),
    ),
    (
        "illegal_path",
        Config(),
        PLAIN._replace(
            path="/a b/é/x?admin=1/#top/100%/%zz\r\n",
            raw_path=b"/a%20b/%C3%A9/x%3Fadmin=1/%23top/100%/%zz%0D%0A",
        ),
    ),
    ("trailing_slash", Config(), PLAIN._replace(path="/items/", raw_path=b"/items/")),
    (
        "encoded_query",
        Config(),
        PLAIN._replace(
            query_string=b"q=caf%C3%A9%20au+lait&path=%2Fetc%2F&percent=100%25&byte=%FF"
            b"&plus=a%2Bb&bare&empty=&a=b=c&filter%5Bname%5D=x"
        ),
    ),
    (
        "illegal_query",
        Config(),
        PLAIN._replace(query_string=b'q=a%20b|%C3%A9&list={1}"<2>%23frag?more%zz%0D%0A'),
    ),
    (
        "repeated",
        Config(),
        PLAIN._replace(
            query_string=b"id=1&id=2&sort=name&id=1",
            headers=headers({b"accept": b"text/html,application/json;q=0.9", b"x-tag": b"first,second"}),
        ),
    ),
    (
        "cookies_without_header",
        Config(),
        PLAIN._replace(headers=headers({b"cookie": b'a=1; b="two words"; c=x=y'})),
    ),
    ("cookie_header_wins", Config(), PLAIN._replace(headers=headers({b"cookie": b"a=1; b=2"}))),
    ("no_host", Config(), PLAIN._replace(headers=headers({}, without=b"host"))),
    (
        "ipv6_client",
        Config(),
        PLAIN._replace(headers=headers({b"x-forwarded-for": b"2001:db8::7"}), client=("2001:db8::7", 0)),
    ),
    (
        "ipv6_host",
        Config(),
        PLAIN._replace(
            headers=headers(
                {
                    b"host": b"[::1]:9000",
                    b"x-forwarded-for": b"::1",
                    b"x-forwarded-port": b"9000",
                    b"x-forwarded-proto": b"http",
                }
            ),
            scheme="http",
            server=("::1", 9000),
            client=("::1", 0),
        ),
    ),
    (
        "forwarded_port_list",
        Config(),
        PLAIN._replace(
            headers=headers({b"x-forwarded-port": b"443,80", b"x-forwarded-proto": b"http, https"}), scheme="http"
        ),
    ),
    (
        "behind_cloudfront",
        Config(),
        PLAIN._replace(
            headers=headers(
                {
                    b"x-forwarded-for": b"198.51.100.18, 203.0.113.5",
                    b"accept-encoding": b"gzip",
                    b"via": b"2.0 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)",
                    b"x-amz-cf-id": b"ZXhhbXBsZS1jbG91ZGZyb250LWlk",
                }
            ),
            client=("203.0.113.5", 0),
        ),
    ),
    ("base_path", Config(), PLAIN._replace(path="/shop/orders/7", raw_path=b"/shop/orders%2F7")),
    (
        "base_path",
        Config(base_path="/shop"),
        PLAIN._replace(path="/shop/orders/7", raw_path=b"/shop/orders%2F7", root_path="/shop"),
    ),
    (
        "base_path_utf8",
        Config(base_path="/café"),
        PLAIN._replace(path="/café/menu", raw_path=b"/caf%C3%A9/menu", root_path="/café"),
    ),
    (
        "base_path_utf8",
        Config(base_path="/café", root_path="/tea & cake"),
        PLAIN._replace(path="/tea & cake/menu", raw_path=b"/tea%20&%20cake/menu", root_path="/tea & cake"),
    ),
    ("base_path_only", Config(base_path="/shop"), PLAIN._replace(path="/shop", raw_path=b"/shop", root_path="/shop")),
    (
        "values_not_text",
        Config(),
        PLAIN._replace(headers=headers({b"x-count": b"3", b"x-enabled": b"true", b"x-disabled": b"false"})),
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

# event, options, root_path, path, raw_path
MOUNTS: list[tuple[str, Config, str, str, bytes]] = [
    ("base_path", Config(base_path="/sho"), "", "/shop/orders/7", b"/shop/orders%2F7"),
    ("base_path", Config(base_path="/orders"), "", "/shop/orders/7", b"/shop/orders%2F7"),
    ("base_path", Config(base_path="/shop", root_path=""), "", "/orders/7", b"/orders%2F7"),
    ("base_path", Config(root_path="/cdn"), "/cdn", "/cdn/shop/orders/7", b"/cdn/shop/orders%2F7"),
    ("base_path", Config(base_path="/shop", root_path="/cdn"), "/cdn", "/cdn/orders/7", b"/cdn/orders%2F7"),
    ("base_path_only", Config(base_path="/shop", root_path=""), "", "/", b"/"),
    ("base_path_only", Config(base_path="/shop", root_path="/cdn"), "/cdn", "/cdn", b"/cdn"),
    ("minimal", Config(base_path="/shop"), "", "/", b"/"),
    ("minimal", Config(root_path="/cdn"), "/cdn", "/cdn/", b"/cdn/"),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    event = load_event("function_url", name)
    assert ORIGIN.matches(event)
    assert ORIGIN.decode(event, config) == expected
    assert event == load_event("function_url", name), "the app gets the event as it came"


@pytest.mark.parametrize(("name", "config", "root_path", "path", "raw_path"), MOUNTS, ids=case_ids(MOUNTS))
def test_mount(name: str, config: Config, root_path: str, path: str, raw_path: bytes) -> None:
    request = ORIGIN.decode(load_event("function_url", name), config)
    assert (request.root_path, request.path, request.raw_path) == (root_path, path, raw_path)


def test_every_event_is_in_a_table() -> None:
    assert {name for name, *_ in CASES} | {"invalid_base64"} == event_names("function_url")


REMAPPED: Headers = [
    (b"x-amzn-remapped-www-authenticate", b"Basic"),
    (b"X-Amzn-Remapped-Date", b"now"),
    (b"x-note", b"x-amzn-remapped-"),
]


def test_a_header_that_a_function_url_refuses_is_dropped_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    function_url._warn_of_remapped.cache_clear()
    event = load_event("function_url", "plain")
    assert ORIGIN.prelude is not None
    for _ in range(2):
        result = ORIGIN.encode(200, REMAPPED, "", False, event)
        assert isinstance(result, dict)
        assert result["headers"] == {"x-note": "x-amzn-remapped-"}
        assert json.loads(ORIGIN.prelude(201, REMAPPED)) == {
            "statusCode": 201,
            "headers": {"x-note": "x-amzn-remapped-"},
        }
    assert caplog.record_tuples == [
        (
            "lambda_http_adapter",
            logging.WARNING,
            "Dropped response headers named x-amzn-remapped-*: a Function URL would answer 500 to them",
        )
    ]


def test_a_header_that_only_looks_like_one_is_no_reason_for_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    function_url._warn_of_remapped.cache_clear()
    result = ORIGIN.encode(200, [(b"x-note", b"x-amzn-remapped-")], "", False, load_event("function_url", "plain"))
    assert isinstance(result, dict)
    assert result["headers"] == {"x-note": "x-amzn-remapped-"}
    assert caplog.records == []
