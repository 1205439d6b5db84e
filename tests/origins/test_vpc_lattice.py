"""VPC Lattice events, both structures: what the app sees, and what the service gets back."""

from urllib.parse import parse_qsl

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import MalformedEventError
from lambda_http_adapter.origins import HTTPRequest
from lambda_http_adapter.origins.vpc_lattice import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event

SERVICE = "orders-0f1e2d3c4b5a69788.7d67968.vpc-lattice-svcs.us-east-2.on.aws"
HOST = (b"host", b"orders-0f1e2d3c4b5a69788.7d67968.vpc-lattice-svcs.us-east-2.on.aws")
AGENT = (b"user-agent", b"curl/8.3.0")
FORWARDED_FOR = (b"x-forwarded-for", b"192.0.2.21")
ACCEPT = (b"accept", b"*/*")

V1 = HTTPRequest(
    method="GET",
    path="/",
    raw_path=b"/",
    query_string=b"",
    headers=[AGENT, FORWARDED_FOR, HOST, ACCEPT],
    body=b"",
    scheme="http",
    server=(SERVICE, 80),
    client=("192.0.2.21", 0),
    http_version="1.1",
    root_path="",
)
V2 = V1._replace(headers=[AGENT, ACCEPT, FORWARDED_FOR, HOST])

CASES: list[Case] = [
    (
        "v1_get",
        Config(),
        V1._replace(path="/orders/7", raw_path=b"/orders/7", query_string=b"order-id=1&verbose="),
    ),
    (
        "v1_get",
        Config(base_path="/orders"),
        V1._replace(path="/orders/7", raw_path=b"/orders/7", query_string=b"order-id=1&verbose=", root_path="/orders"),
    ),
    (
        "v1_get",  # whole segments only
        Config(base_path="/order"),
        V1._replace(path="/orders/7", raw_path=b"/orders/7", query_string=b"order-id=1&verbose="),
    ),
    (
        "v1_post_text",
        Config(),
        V1._replace(
            method="POST",
            path="/orders",
            raw_path=b"/orders",
            headers=[HOST, FORWARDED_FOR, (b"content-type", b"application/json"), (b"content-length", b"18")],
            body=b'{"item": "pencil"}',
        ),
    ),
    (
        "v1_post_base64",
        Config(),
        V1._replace(
            method="POST",
            path="/orders",
            raw_path=b"/orders",
            headers=[HOST, FORWARDED_FOR, (b"content-type", b"application/octet-stream"), (b"content-length", b"17")],
            body=b'{"test": "event"}',
        ),
    ),
    ("v1_no_query", Config(), V1),
    (
        "v1_query_in_path",  # in its own order, with what the map has lost
        Config(base_path="/orders"),
        V1._replace(
            path="/orders/7",
            raw_path=b"/orders/7",
            query_string=b"order-id=1&tag=red&order-id=2&q=a+b%20c&flag",
            root_path="/orders",
        ),
    ),
    (
        "v2_query_in_path",
        Config(),
        V2._replace(
            path="/newpath",
            raw_path=b"/newpath",
            query_string=b"b=1&a=2&b=%26%3D%FF&next=/x?y%23z",
            headers=[AGENT, (b"x-tag", b"a"), (b"x-tag", b"b"), FORWARDED_FOR, HOST],
        ),
    ),
    (
        "v1_comma_values",  # joined by Lattice, and it can't be told from a comma of the client's
        Config(),
        V1._replace(
            path="/search",
            raw_path=b"/search",
            query_string=b"tag=red%2Cblue&page=2",
            headers=[HOST, FORWARDED_FOR, (b"header2", b"value1,value2")],
        ),
    ),
    ("v1_encoded_path", Config(), V1._replace(path="/café/a/b c+d", raw_path=b"/caf%C3%A9/a%2Fb%20c+d")),
    (
        "v1_ipv6",
        Config(),
        V1._replace(
            headers=[(b"host", b"[2001:db8::80]:8080"), (b"x-forwarded-for", b"2001:db8::5")],
            server=("2001:db8::80", 8080),
            client=("2001:db8::5", 0),
        ),
    ),
    (
        "v1_forwarded_chain",
        Config(),
        V1._replace(headers=[HOST, (b"x-forwarded-for", b"203.0.113.9, 198.51.100.23")], client=("198.51.100.23", 0)),
    ),
    (
        "v1_no_headers",
        Config(),
        V1._replace(path="/ping", raw_path=b"/ping", headers=[], server=("localhost", 80), client=None),
    ),
    ("v2_get_iam", Config(), V2._replace(path="/orders", raw_path=b"/orders", query_string=b"page=2")),
    (
        "v2_get_iam",  # the base path is all there is
        Config(base_path="/orders"),
        V2._replace(path="/orders", raw_path=b"/orders", query_string=b"page=2", root_path="/orders"),
    ),
    (
        "v2_get_iam",
        Config(base_path="/orders", root_path=""),
        V2._replace(query_string=b"page=2"),
    ),
    (
        "v2_get_iam",
        Config(root_path="/shop"),
        V2._replace(path="/shop/orders", raw_path=b"/shop/orders", query_string=b"page=2", root_path="/shop"),
    ),
    (
        "v2_lists",
        Config(),
        V2._replace(
            path="/newpath",
            raw_path=b"/newpath",
            query_string=b"parameter1=value1&parameter1=value2&parameter2=value",
            headers=[AGENT, (b"x-tag", b"a"), (b"x-tag", b"b"), FORWARDED_FOR, HOST],
        ),
    ),
    (
        "v2_strings",
        Config(),
        V2._replace(
            method="DELETE",
            path="/newpath",
            raw_path=b"/newpath",
            query_string=b"order-id=1",
            headers=[AGENT, FORWARDED_FOR, HOST],
        ),
    ),
    (
        "v2_snake_case_query",
        Config(),
        V2._replace(path="/newpath", raw_path=b"/newpath", query_string=b"order-id=1&expand=lines"),
    ),
    (
        "v2_no_base64_flag",
        Config(),
        V2._replace(
            method="POST",
            path="/orders",
            raw_path=b"/orders",
            headers=[(b"content-type", b"application/json"), (b"content-length", b"28"), HOST, FORWARDED_FOR],
            body=b'{"note": "na\xc3\xafve caf\xc3\xa9 \xe2\x98\x95"}',
        ),
    ),
    (
        "v2_base64",
        Config(),
        V2._replace(
            method="PUT",
            path="/upload",
            raw_path=b"/upload",
            headers=[(b"content-type", b"image/png"), HOST, FORWARDED_FOR, (b"content-length", b"8")],
            body=b"\x89PNG\r\n\x1a\n",
        ),
    ),
    ("v2_identity_x509", Config(), V2._replace(headers=[HOST, FORWARDED_FOR])),
    ("v2_cookies", Config(), V2._replace(headers=[(b"cookie", b"session=abc; theme=dark"), HOST, FORWARDED_FOR])),
    (
        "v2_ipv6",
        Config(),
        V2._replace(
            headers=[
                (b"host", b"orders.example.com:8443"),
                (b"x-forwarded-for", b"203.0.113.9"),
                (b"x-forwarded-for", b"2001:db8:0:1::9"),
            ],
            server=("orders.example.com", 8443),
            client=("2001:db8:0:1::9", 0),
        ),
    ),
    (
        "v2_https_custom_domain",  # Lattice doesn't write these headers, so a client may have
        Config(),
        V2._replace(
            headers=[
                (b"host", b"orders.example.com"),
                FORWARDED_FOR,
                (b"x-forwarded-proto", b"HTTPS"),
                (b"x-forwarded-port", b"443"),
            ],
            server=("orders.example.com", 80),
        ),
    ),
    (
        "v2_raw_query",  # names and values are taken as decoded
        Config(),
        V2._replace(
            path="/search",
            raw_path=b"/search",
            query_string=b"q=a%2Bb%2520c&bytes=%25FF&note=x+y%23z&na%C3%AFve=%C3%A9%3F&filter%5Ba%5D=%3C1%7C2%3E",
            headers=[HOST],
            client=None,
        ),
    ),
    (
        "v2_slashes",
        Config(),
        V2._replace(path="//a//b/../c/", raw_path=b"//a//b/%2e%2e/c/", headers=[HOST], client=None),
    ),
    ("v2_no_path", Config(), V2._replace(headers=[HOST], client=None)),
    (
        "v2_typed_values",
        Config(),
        V2._replace(
            method="POST",
            path="/console",
            raw_path=b"/console",
            query_string=b"n=7",
            headers=[
                (b"content-length", b"2"),
                (b"x-flag", b"true"),
                (b"x-name", b"Zo\xeb"),
                (b"x-city", b"\xe5\x90\x8d\xe5\x8f\xa4\xe5\xb1\x8b"),
                HOST,
            ],
            body=b"ok",
            client=None,
        ),
    ),
    ("v2_spoofed_context", Config(), V2._replace(headers=[HOST], client=None)),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    event = load_event("vpc_lattice", name)
    assert ORIGIN.matches(event)
    assert ORIGIN.decode(event, config) == expected


def test_every_event_is_a_case() -> None:
    assert {name for name, _, _ in CASES} == event_names("vpc_lattice")


@pytest.mark.parametrize(
    ("event", "matches"),
    [
        ({"raw_path": "/", "method": "GET"}, True),
        ({"raw_path": "/"}, False),
        ({"method": "GET"}, False),
        ({"version": "2.0", "requestContext": {"serviceNetworkArn": "arn:"}}, True),
        ({"version": "2.0", "requestContext": {"serviceArn": "arn:"}}, True),
        ({"version": "2.0", "requestContext": {}}, False),
        ({"version": "2.0", "requestContext": "serviceArn"}, False),
        ({"version": "1.0", "requestContext": {"serviceArn": "arn:"}}, False),
        ({"requestContext": {"serviceNetworkArn": "arn:"}}, False),
    ],
)
def test_what_makes_an_event_one_of_lattice(event: dict[str, object], matches: bool) -> None:
    assert ORIGIN.matches(event) == matches


MALFORMED: list[tuple[str, dict[str, object], str]] = [
    ("v2_lists", {"method": None}, "method"),
    ("v2_lists", {"method": 7}, "method"),
    ("v2_lists", {"path": 7}, "path"),
    ("v2_lists", {"headers": "host"}, "headers"),
    ("v2_lists", {"queryStringParameters": "a=1"}, "queryStringParameters"),
    ("v2_snake_case_query", {"query_string_parameters": ["a=1"]}, "query_string_parameters"),
    ("v2_lists", {"body": {}}, "body"),
    ("v2_lists", {"body": "a b", "isBase64Encoded": True}, "body"),
    ("v1_get", {"headers": []}, "headers"),
    ("v1_get", {"query_string_parameters": "a=1"}, "query_string_parameters"),
    ("v1_get", {"body": "not base64!", "is_base64_encoded": True}, "body"),
]


@pytest.mark.parametrize(("name", "change", "field"), MALFORMED)
def test_malformed(name: str, change: dict[str, object], field: str) -> None:
    event = load_event("vpc_lattice", name) | change
    assert ORIGIN.matches(event)
    with pytest.raises(MalformedEventError) as caught:
        ORIGIN.decode(event, Config())
    assert (caught.value.origin, caught.value.field) == ("vpc_lattice", field)


def test_a_method_is_required() -> None:
    event = load_event("vpc_lattice", "v2_get_iam")
    del event["method"]
    with pytest.raises(MalformedEventError, match="method"):
        ORIGIN.decode(event, Config())


VALUES = ["1&admin=1", "=", "a=b", "#top", "a+b", "a b", "é☕", "%26", "%", "?", "", "\r\nX-Forged: 1", ";a=1", "\x00"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("multiple", [False, True], ids=["string", "list"])
def test_a_value_of_the_query_stays_one_value(value: str, multiple: bool) -> None:
    names = {"q": [value, value] if multiple else value, value + "&n": "1", "last": "2"}
    event = load_event("vpc_lattice", "v2_lists") | {"queryStringParameters": names}
    query = ORIGIN.decode(event, Config()).query_string.decode("ascii")
    expected = [("q", value)] * (1 + multiple) + [(value + "&n", "1"), ("last", "2")]
    assert parse_qsl(query, keep_blank_values=True) == expected
