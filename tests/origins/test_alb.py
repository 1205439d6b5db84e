"""Application Load Balancers: what each event in events/alb is decoded to."""

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins import HTTPRequest
from lambda_http_adapter.origins.alb import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event

HOST = "shop-1234567890.eu-central-1.elb.amazonaws.com"
HEADERS = {
    b"accept": b"text/html",
    b"host": b"shop-1234567890.eu-central-1.elb.amazonaws.com",
    b"user-agent": b"curl/8.9.1",
    b"x-amzn-trace-id": b"Root=1-6a5145a7-0123456789abcdef01234567",
    b"x-forwarded-for": b"192.0.2.10",
    b"x-forwarded-port": b"80",
    b"x-forwarded-proto": b"http",
}
PLAIN = HTTPRequest(
    method="GET",
    path="/items",
    raw_path=b"/items",
    query_string=b"",
    headers=list(HEADERS.items()),
    body=b"",
    scheme="http",
    server=(HOST, 80),
    client=("192.0.2.10", 0),
    http_version="1.1",
    root_path="",
)
EMPTY = HTTPRequest("GET", "/", b"/", b"", [], b"", "http", ("localhost", 80), None, "1.1", "")
HEALTH_CHECK = EMPTY._replace(path="/health", raw_path=b"/health", headers=[(b"user-agent", b"ELB-HealthChecker/2.0")])


def headers(changes: dict[bytes, bytes], without: bytes = b"") -> Headers:
    """The plain event's, one left out, some changed where they stand, new ones behind."""
    return list(({name: value for name, value in HEADERS.items() if name != without} | changes).items())


CASES: list[Case] = [
    (
        "live",
        Config(),
        HTTPRequest(
            method="POST",
            path="/capture/space value",
            raw_path=b"/capture/space%20value",
            query_string=b"empty=&encodedPlus=a%2Bb&literalPlus=a+b"
            b"&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb&repeat=one&repeat=two",
            headers=[
                (b"accept", b"*/*"),
                (b"content-length", b"66"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=abc123; theme=dark"),
                (b"host", b"vokerhtt-ALB-4XF8jCVDRJg4-1316758055.us-west-2.elb.amazonaws.com"),
                (b"user-agent", b"curl/8.7.1"),
                (b"x-amzn-trace-id", b"Root=1-6a5145a7-5c3686ff7df3149177a89157"),
                (b"x-forwarded-for", b"198.51.100.18"),
                (b"x-forwarded-port", b"80"),
                (b"x-forwarded-proto", b"http"),
                (b"x-voker-probe", b"first"),
                (b"x-voker-probe", b"second"),
            ],
            body=b'{"message":"hello from the public internet","unicode":"lambda-\xce\xbb"}',
            scheme="http",
            server=("vokerhtt-ALB-4XF8jCVDRJg4-1316758055.us-west-2.elb.amazonaws.com", 80),
            client=("198.51.100.18", 0),
            http_version="1.1",
            root_path="",
        ),
    ),
    ("minimal", Config(), EMPTY),
    ("null_heavy", Config(), EMPTY),
    ("plain", Config(), PLAIN),
    ("plain_multi", Config(), PLAIN),
    ("null_multi_maps", Config(), PLAIN._replace(query_string=b"id=7")),
    ("both_query_maps", Config(), PLAIN._replace(query_string=b"id=1&id=2")),
    ("health_check", Config(), HEALTH_CHECK),
    ("health_check_multi", Config(), HEALTH_CHECK),
    (
        "full",
        Config(),
        HTTPRequest(
            method="POST",
            path="/orders/42",
            raw_path=b"/orders/42",
            query_string=b"expand=customer&dry-run=false",
            headers=[
                (b"accept", b"application/json"),
                (b"host", b"shop.example.com"),
                (b"user-agent", b"curl/8.9.1"),
                (b"x-amzn-trace-id", b"Root=1-6a5145a7-0123456789abcdef01234567"),
                (b"x-forwarded-for", b"192.0.2.10"),
                (b"x-forwarded-port", b"443"),
                (b"x-forwarded-proto", b"https"),
                (b"accept-encoding", b"gzip, br"),
                (b"content-length", b"29"),
                (b"content-type", b"application/json"),
                (b"cookie", b"session=s3cr3t; theme=dark"),
            ],
            body=b'{"quantity":3,"note":"T\xc3\xbcte"}',
            scheme="https",
            server=("shop.example.com", 443),
            client=("192.0.2.10", 0),
            http_version="1.1",
            root_path="",
        ),
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
    (
        "encoded_query",
        Config(),
        PLAIN._replace(
            query_string=b"q=caf%C3%A9%20au+lait&byte=%FF&plus=a%2Bb&redirect=https%3A%2F%2Fexample.com%2F"
            b"&percent=100%25&empty=&filter%5Bname%5D=x&list[]=1"
        ),
    ),
    (
        "encoded_query_multi",
        Config(),
        PLAIN._replace(query_string=b"q=caf%C3%A9%20au+lait&q=%E2%98%95&caf%C3%A9=1&byte=%FF&empty="),
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
            query_string=b"id=1&id=2&id=1&sort=name",
            headers=[
                (b"accept", b"text/html"),
                (b"accept", b"application/json;q=0.9"),
                *headers({}, without=b"accept"),
                (b"x-tag", b"first"),
                (b"x-tag", b"second"),
                (b"x-tag", b"first"),
            ],
        ),
    ),
    (
        "cookies",
        Config(),
        PLAIN._replace(headers=headers({b"cookie": b'a=1; b="two words"; c=x=y', b"x-tag": b"behind"})),
    ),
    ("no_host", Config(), PLAIN._replace(headers=headers({}, without=b"host"), server=("localhost", 80))),
    (
        "ipv6_host",
        Config(),
        PLAIN._replace(headers=headers({b"host": b"[2001:db8::5]:8080"}), server=("2001:db8::5", 8080)),
    ),
    (
        "ipv6_host_without_port",
        Config(),
        PLAIN._replace(
            headers=headers({b"host": b"[2001:db8::5]", b"x-forwarded-port": b"443", b"x-forwarded-proto": b"https"}),
            scheme="https",
            server=("2001:db8::5", 443),
        ),
    ),
    (
        "ipv6_client",
        Config(),
        PLAIN._replace(headers=headers({b"x-forwarded-for": b"2001:db8::7"}), client=("2001:db8::7", 0)),
    ),
    (
        "client_port",
        Config(),
        PLAIN._replace(headers=headers({b"x-forwarded-for": b"192.0.2.10:49152"}), client=("192.0.2.10", 49152)),
    ),
    (
        "ipv6_client_port",
        Config(),
        PLAIN._replace(headers=headers({b"x-forwarded-for": b"[2001:db8::7]:49152"}), client=("2001:db8::7", 49152)),
    ),
    (
        "forwarded_chain",
        Config(),
        PLAIN._replace(headers=headers({b"x-forwarded-for": b"198.51.100.66, 203.0.113.9,192.0.2.10"})),
    ),
    (
        "forwarded_lines",
        Config(),
        PLAIN._replace(
            headers=[
                *headers({}, without=b"x-forwarded-for")[:4],
                (b"x-forwarded-for", b"198.51.100.66"),
                (b"x-forwarded-for", b"203.0.113.9, 192.0.2.10"),
                (b"x-forwarded-port", b"80"),
                (b"x-forwarded-proto", b"http"),
            ]
        ),
    ),
    ("no_forwarded_for", Config(), PLAIN._replace(headers=headers({}, without=b"x-forwarded-for"), client=None)),
    (
        "forwarded_port_list",
        Config(),
        PLAIN._replace(
            headers=headers({b"x-forwarded-port": b"443,80", b"x-forwarded-proto": b"https,http"}),
            scheme="https",
            server=(HOST, 443),
        ),
    ),
    (
        "unknown_proto",
        Config(),
        PLAIN._replace(headers=headers({b"x-forwarded-proto": b"wss"}, without=b"x-forwarded-port")),
    ),
    ("base_path", Config(), PLAIN._replace(path="/shop/orders/7/", raw_path=b"/shop/orders%2F7/")),
    (
        "base_path",
        Config(base_path="/shop"),
        PLAIN._replace(path="/shop/orders/7/", raw_path=b"/shop/orders%2F7/", root_path="/shop"),
    ),
    (
        "base_path",
        Config(base_path="/shop", root_path=""),
        PLAIN._replace(path="/orders/7/", raw_path=b"/orders%2F7/"),
    ),
    (
        "base_path",
        Config(base_path="/sho", root_path="/x"),
        PLAIN._replace(path="/x/shop/orders/7/", raw_path=b"/x/shop/orders%2F7/", root_path="/x"),
    ),
    (
        "absent_headers",
        Config(),
        PLAIN._replace(headers=[], server=("localhost", 80), client=None),
    ),
    (
        "values_not_text",
        Config(),
        PLAIN._replace(
            query_string=b"page=2&all=true",
            headers=headers({b"x-count": b"3", b"x-enabled": b"true", b"x-disabled": b"false"}),
        ),
    ),
    (
        "values_not_text_multi",
        Config(),
        PLAIN._replace(
            query_string=b"page=2&all=true&all=false",
            headers=[*HEADERS.items(), (b"x-count", b"3"), (b"x-count", b"4")],
        ),
    ),
    (
        "oidc",
        Config(),
        PLAIN._replace(
            headers=headers(
                {
                    b"cookie": b"AWSELBAuthSessionCookie-0=c2Vzc2lvbg",
                    b"x-amzn-oidc-accesstoken": b"eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl",
                    b"x-amzn-oidc-data": b"eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl",
                    b"x-amzn-oidc-identity": b"user-7",
                }
            )
        ),
    ),
    (
        "mutual_tls",
        Config(),
        PLAIN._replace(
            headers=headers(
                {
                    b"x-forwarded-port": b"443",
                    b"x-forwarded-proto": b"https",
                    b"x-amzn-mtls-clientcert-issuer": b"CN=Example Test CA",
                    b"x-amzn-mtls-clientcert-serial-number": b"a1a1a1a1",
                    b"x-amzn-mtls-clientcert-subject": b"CN=client.example.com,O=Example",
                }
            ),
            scheme="https",
            server=(HOST, 443),
        ),
    ),
    ("spoofed_headers", Config(), PLAIN),
    ("spoofed_headers_multi", Config(), PLAIN),
    (
        "non_latin1_header",
        Config(),
        PLAIN._replace(headers=headers({b"x-city": b"\xc5\x81\xc3\xb3d\xc5\xba", b"x-name": b"Jos\xe9"})),
    ),
    (
        "preflight",
        Config(),
        PLAIN._replace(
            method="OPTIONS",
            headers=headers({b"access-control-request-method": b"PUT", b"origin": b"https://shop.example.com"}),
        ),
    ),
]

# event, options, client. Lines of X-Forwarded-For are one list (RFC 9110, 5.3): else a client could speak first.
CLIENTS: list[tuple[str, Config, tuple[str, int] | None]] = [
    ("forwarded_chain", Config(trusted_proxies=1), ("203.0.113.9", 0)),
    ("forwarded_chain", Config(trusted_proxies=2), ("198.51.100.66", 0)),
    ("forwarded_chain", Config(trusted_proxies=3), ("198.51.100.66", 0)),
    ("forwarded_lines", Config(trusted_proxies=1), ("203.0.113.9", 0)),
    ("forwarded_lines", Config(trusted_proxies=2), ("198.51.100.66", 0)),
    ("client_port", Config(trusted_proxies=9), ("192.0.2.10", 49152)),
    ("no_forwarded_for", Config(trusted_proxies=1), None),
    ("health_check", Config(trusted_proxies=1), None),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    event = load_event("alb", name)
    assert ORIGIN.matches(event)
    assert ORIGIN.decode(event, config) == expected
    assert event == load_event("alb", name), "the app gets the event as it came"


@pytest.mark.parametrize(("name", "config", "client"), CLIENTS, ids=case_ids(CLIENTS))
def test_client(name: str, config: Config, client: tuple[str, int] | None) -> None:
    assert ORIGIN.decode(load_event("alb", name), config).client == client


def test_every_event_is_in_a_table() -> None:
    assert {name for name, *_ in CASES} | {"invalid_base64"} == event_names("alb")


@pytest.mark.parametrize(
    ("parameters", "query"),
    [
        ({"q": "1&admin=1"}, b"q=1%26admin=1"),
        ({"a&b": "1"}, b"a%26b=1"),
        ({"a=b": "1"}, b"a%3Db=1"),
        ({"q": "a=b=c"}, b"q=a=b=c"),
        ({"q": "#top \r\né"}, b"q=%23top%20%0D%0A%C3%A9"),
    ],
)
def test_a_parameter_stays_one_parameter(parameters: dict[str, str], query: bytes) -> None:
    """Decoded, as only a hand-written event has them."""
    event = load_event("alb", "plain") | {"queryStringParameters": parameters}
    assert ORIGIN.decode(event, Config()).query_string == query
