"""HTTP API, payload format 2.0: what each event in events/api_gateway_v2 is decoded to."""

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins import HTTPRequest
from lambda_http_adapter.origins.api_gateway_v2 import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event

API = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
HEADERS = {
    b"accept": b"text/html",
    b"content-length": b"0",
    b"host": b"a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
    b"user-agent": b"curl/8.9.1",
    b"x-amzn-trace-id": b"Root=1-6a5145a9-0123456789abcdef01234567",
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
    server=(API, 443),
    client=("192.0.2.10", 0),
    http_version="1.1",
    root_path="",
)
EMPTY = HTTPRequest("GET", "/", b"/", b"", [], b"", "https", ("localhost", 443), None, "1.1", "")


def headers(changes: dict[bytes, bytes], without: bytes = b"") -> Headers:
    """The plain event's, one left out, some changed where they stand, new ones behind."""
    return list(({name: value for name, value in HEADERS.items() if name != without} | changes).items())


SIGNATURE = (
    b"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260710/eu-central-1/execute-api/aws4_request, "
    b"SignedHeaders=host;x-amz-date, Signature=0123456789abcdef"
)
ON_CUSTOM_DOMAIN = PLAIN._replace(headers=headers({b"host": b"api.example.com"}), server=("api.example.com", 443))

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
                (b"host", b"sjzepsqsu5.execute-api.us-west-2.amazonaws.com"),
                (b"user-agent", b"curl/8.7.1"),
                (b"x-amzn-trace-id", b"Root=1-6a5145a9-1bae89e2512ec92d5d9438a0"),
                (b"x-forwarded-for", b"198.51.100.18"),
                (b"x-forwarded-port", b"443"),
                (b"x-forwarded-proto", b"https"),
                (b"x-voker-probe", b"first,second"),
                (b"cookie", b"session=abc123; theme=dark"),
            ],
            body=b'{"message":"hello from the public internet","unicode":"lambda-\xce\xbb"}',
            scheme="https",
            server=("sjzepsqsu5.execute-api.us-west-2.amazonaws.com", 443),
            client=("198.51.100.18", 0),
            http_version="1.1",
            root_path="",
        ),
    ),
    (
        "jwt_authorizer",
        Config(),
        HTTPRequest(
            method="POST",
            path="/orders/42",
            raw_path=b"/orders/42",
            query_string=b"expand=items&expand=customer&dry-run=false",
            headers=[
                (b"accept", b"application/json"),
                (b"content-length", b"29"),
                (b"host", b"api.example.com"),
                (b"user-agent", b"curl/8.9.1"),
                (b"x-amzn-trace-id", b"Root=1-6a5145a9-0123456789abcdef01234567"),
                (b"x-forwarded-for", b"192.0.2.10"),
                (b"x-forwarded-port", b"443"),
                (b"x-forwarded-proto", b"https"),
                (b"authorization", b"Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=s3cr3t; theme=dark"),
            ],
            body=b'{"quantity":3,"note":"T\xc3\xbcte"}',
            scheme="https",
            server=("api.example.com", 443),
            client=("192.0.2.10", 0),
            http_version="1.1",
            root_path="",
        ),
    ),
    ("minimal", Config(), EMPTY),
    ("null_heavy", Config(), EMPTY),
    ("plain", Config(), PLAIN),
    ("empty_maps", Config(), PLAIN._replace(headers=[])),
    ("absent_headers", Config(), PLAIN._replace(headers=[])),
    (
        "iam_authorizer",
        Config(),
        PLAIN._replace(
            method="DELETE",
            path="/items/7",
            raw_path=b"/items/7",
            headers=headers({b"authorization": SIGNATURE, b"x-amz-date": b"20260710T191905Z"}),
        ),
    ),
    ("lambda_authorizer", Config(), PLAIN),
    (
        "mutual_tls",
        Config(),
        PLAIN._replace(headers=headers({b"host": b"mtls.example.com"}), server=("mtls.example.com", 443)),
    ),
    (
        "base64_body",
        Config(),
        PLAIN._replace(
            method="PUT",
            path="/pixel.png",
            raw_path=b"/pixel.png",
            headers=headers({b"content-length": b"8", b"content-type": b"image/png"}),
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
    ("content_length_without_body", Config(), PLAIN),
    (
        "body_without_content_length",
        Config(),
        PLAIN._replace(
            method="POST",
            headers=[
                *headers({b"content-type": b"text/plain;charset=utf-8"}, without=b"content-length"),
                (b"content-length", b"10"),
            ],
            body=b"\xce\xbb and \xe2\x98\x95",
        ),
    ),
    (
        "decoded_path",
        Config(),
        PLAIN._replace(
            path="/files/a/b/100%/%41/café ☕/a+b/\ufffd/v=2,x:y@z;(1)!$&'*~",
            raw_path=b"/files/a/b/100%25/%2541/caf%C3%A9%20%E2%98%95/a+b/%EF%BF%BD/v=2,x:y@z;(1)!$&'*~",
        ),
    ),
    (
        "decoded_delimiters",
        Config(),
        PLAIN._replace(
            path='/what?admin=1/#top/"<>[]\\^`{|}\t\r\n',
            raw_path=b"/what%3Fadmin=1/%23top/%22%3C%3E%5B%5D%5C%5E%60%7B%7C%7D%09%0D%0A",
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
    ("cookies", Config(), PLAIN._replace(headers=headers({b"cookie": b'a=1; b="two words"; c=x=y'}))),
    ("no_host", Config(), PLAIN._replace(headers=headers({}, without=b"host"))),
    (
        "no_domain_name",
        Config(),
        PLAIN._replace(path="/prod/items", raw_path=b"/prod/items", root_path="/prod"),
    ),
    (
        "ipv6_host",
        Config(),
        PLAIN._replace(
            headers=headers(
                {
                    b"host": b"[::1]:3000",
                    b"x-forwarded-for": b"2001:db8::7",
                    b"x-forwarded-port": b"3000",
                    b"x-forwarded-proto": b"http",
                }
            ),
            scheme="http",
            server=("::1", 3000),
            client=("2001:db8::7", 0),
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
        "named_stage",
        Config(),
        PLAIN._replace(path="/prod/items/7", raw_path=b"/prod/items/7", root_path="/prod"),
    ),
    ("named_stage_root", Config(), PLAIN._replace(path="/prod", raw_path=b"/prod", root_path="/prod")),
    ("named_stage_custom_domain", Config(), ON_CUSTOM_DOMAIN._replace(path="/items/7", raw_path=b"/items/7")),
    ("named_stage_custom_domain_root", Config(), ON_CUSTOM_DOMAIN._replace(path="/", raw_path=b"/")),
    ("named_stage_lookalike", Config(), PLAIN._replace(path="/production/items", raw_path=b"/production/items")),
    ("base_path", Config(), ON_CUSTOM_DOMAIN._replace(path="/shop/orders/7", raw_path=b"/shop/orders/7")),
    (
        "base_path",
        Config(base_path="/shop"),
        ON_CUSTOM_DOMAIN._replace(path="/shop/orders/7", raw_path=b"/shop/orders/7", root_path="/shop"),
    ),
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
    (
        "http10",
        Config(),
        PLAIN._replace(
            method="HEAD",
            headers=headers({b"x-forwarded-port": b"80", b"x-forwarded-proto": b"HTTP"}),
            scheme="http",
            server=(API, 80),
            http_version="1.0",
        ),
    ),
    (
        "preflight",
        Config(),
        PLAIN._replace(
            method="OPTIONS",
            headers=headers(
                {
                    b"access-control-request-headers": b"content-type",
                    b"access-control-request-method": b"PUT",
                    b"origin": b"https://shop.example.com",
                }
            ),
        ),
    ),
]

# event, options, root_path, path (raw_path is the same: nothing here needs encoding)
MOUNTS: list[tuple[str, Config, str, str]] = [
    ("named_stage", Config(base_path="/items"), "/prod/items", "/prod/items/7"),
    ("named_stage", Config(base_path="/prod"), "/prod", "/prod/items/7"),
    ("named_stage", Config(root_path=""), "", "/items/7"),
    ("named_stage", Config(root_path="/x"), "/x", "/x/items/7"),
    ("named_stage", Config(base_path="/items", root_path="/x"), "/x", "/x/7"),
    ("named_stage", Config(base_path="/items/7"), "/prod/items/7", "/prod/items/7"),
    ("named_stage_root", Config(root_path=""), "", "/"),
    ("named_stage_custom_domain", Config(base_path="/items"), "/items", "/items/7"),
    ("named_stage_lookalike", Config(base_path="/prod"), "", "/production/items"),
    ("base_path", Config(base_path="/sho"), "", "/shop/orders/7"),
    ("base_path", Config(base_path="/shop/orders/7"), "/shop/orders/7", "/shop/orders/7"),
    ("base_path", Config(base_path="/shop/orders/7", root_path=""), "", "/"),
    ("base_path", Config(base_path="/shop", root_path=""), "", "/orders/7"),
    ("base_path", Config(root_path="/cdn"), "/cdn", "/cdn/shop/orders/7"),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    event = load_event("api_gateway_v2", name)
    assert ORIGIN.matches(event)
    assert ORIGIN.decode(event, config) == expected
    assert event == load_event("api_gateway_v2", name), "the app gets the event as it came"


@pytest.mark.parametrize(("name", "config", "root_path", "path"), MOUNTS, ids=case_ids(MOUNTS))
def test_mount(name: str, config: Config, root_path: str, path: str) -> None:
    request = ORIGIN.decode(load_event("api_gateway_v2", name), config)
    assert (request.root_path, request.path, request.raw_path) == (root_path, path, path.encode())


def test_every_event_is_in_a_table() -> None:
    assert {name for name, *_ in CASES} | {"invalid_base64"} == event_names("api_gateway_v2")
