"""WebSocket API events: what the app sees of a route, and what API Gateway gets back."""

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.errors import MalformedEventError
from lambda_http_adapter.origins import HTTPRequest
from lambda_http_adapter.origins.websocket import ORIGIN
from tests.support.origin_events import Case, case_ids, event_names, load_event

DOMAIN = "abc123def4.execute-api.us-east-1.amazonaws.com"
HOST = (b"host", b"abc123def4.execute-api.us-east-1.amazonaws.com")
KEY = (b"sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ==")
EXTENSIONS = (b"sec-websocket-extensions", b"permessage-deflate; client_max_window_bits")
VERSION = (b"sec-websocket-version", b"13")
TRACE = (b"x-amzn-trace-id", b"Root=1-67d15b02-0a1b2c3d4e5f60718293a4b5")
FORWARDED_FOR = (b"x-forwarded-for", b"192.0.2.10")
PORT = (b"x-forwarded-port", b"443")
PROTO = (b"x-forwarded-proto", b"https")

CONNECT = HTTPRequest(
    method="POST",
    path="/$connect",
    raw_path=b"/$connect",
    query_string=b"",
    headers=[HOST, VERSION, FORWARDED_FOR, PORT, PROTO],
    body=b"",
    scheme="https",
    server=(DOMAIN, 443),
    client=("192.0.2.10", 0),
    http_version="1.1",
    root_path="",
)
MESSAGE = CONNECT._replace(path="/$default", raw_path=b"/$default", headers=[])
DISCONNECT = CONNECT._replace(
    path="/$disconnect",
    raw_path=b"/$disconnect",
    headers=[HOST, (b"x-api-key", b""), (b"x-forwarded-for", b""), (b"x-restapi", b"")],
)

CASES: list[Case] = [
    (
        "connect",
        Config(),
        CONNECT._replace(
            headers=[
                *(HOST, EXTENSIONS, KEY, VERSION, TRACE, FORWARDED_FOR, PORT, PROTO),
                (b"origin", b"https://chat.example.com"),
                (b"user-agent", b"Mozilla/5.0"),
            ]
        ),
    ),
    (
        "connect_query",  # decoded text in the event, so it is encoded again, the way a form is
        Config(),
        CONNECT._replace(
            query_string=b"room=blue&room=green&q=a+b%26c%3D%C3%A9"
            b"&next=https%3A%2F%2Fchat.example.com%2F%3Fa%3D1&empty="
        ),
    ),
    (
        "connect_subprotocol",
        Config(),
        CONNECT._replace(
            headers=[
                *(HOST, VERSION, FORWARDED_FOR, PORT, PROTO),
                (b"sec-websocket-protocol", b"graphql-transport-ws, graphql-ws"),
            ]
        ),
    ),
    (
        "connect_authorizer",
        Config(),
        CONNECT._replace(
            headers=[(b"authorization", b"Bearer example-token"), HOST, VERSION, FORWARDED_FOR, PORT, PROTO]
        ),
    ),
    (
        "connect_multi_headers",  # all values, then what only the single map has; Cookie lines become one
        Config(),
        CONNECT._replace(
            headers=[
                (b"cookie", b"session=abc; theme=dark"),
                HOST,
                (b"x-forwarded-for", b"203.0.113.9, 192.0.2.10"),
                (b"x-tag", b"one"),
                (b"x-tag", b"two"),
                (b"x-only-single", b"yes"),
            ]
        ),
    ),
    (
        "connect_single_maps",
        Config(),
        CONNECT._replace(headers=[HOST, VERSION, PROTO], query_string=b"token=t%2B1%2F2%3D"),
    ),
    (
        "connect_custom_domain",
        Config(),
        CONNECT._replace(
            headers=[(b"host", b"ws.example.com"), VERSION, FORWARDED_FOR, PORT, PROTO], server=("ws.example.com", 443)
        ),
    ),
    (
        "connect_ipv6",
        Config(),
        CONNECT._replace(
            headers=[HOST, VERSION, (b"x-forwarded-for", b"2001:db8::7"), PORT, PROTO], client=("2001:db8::7", 0)
        ),
    ),
    (
        "connect_local",
        Config(),
        CONNECT._replace(
            headers=[
                (b"host", b"localhost:3001"),
                VERSION,
                (b"x-forwarded-port", b"3001"),
                (b"x-forwarded-proto", b"http"),
            ],
            scheme="http",
            server=("localhost", 3001),
            client=("127.0.0.1", 0),
        ),
    ),
    ("connect_spoofed_context", Config(), CONNECT._replace(headers=[HOST, TRACE])),
    (
        "message_default",
        Config(),
        MESSAGE._replace(headers=[(b"content-length", b"35")], body=b'{"action":"unknown","data":"hello"}'),
    ),
    (
        "message_custom_route",
        Config(),
        MESSAGE._replace(
            path="/sendmessage",
            raw_path=b"/sendmessage",
            headers=[(b"content-length", b"43")],
            body=b'{"action": "sendmessage", "data": "hi all"}',
        ),
    ),
    (
        "message_route_with_slash",
        Config(),
        MESSAGE._replace(
            path="/chat/send",
            raw_path=b"/chat/send",
            headers=[(b"content-length", b"22")],
            body=b'{"action":"chat/send"}',
        ),
    ),
    (
        "message_route_with_slash",
        Config(base_path="/chat"),
        MESSAGE._replace(
            path="/chat/send",
            raw_path=b"/chat/send",
            headers=[(b"content-length", b"22")],
            body=b'{"action":"chat/send"}',
            root_path="/chat",
        ),
    ),
    (
        "message_route_quoted",  # a route key is no URL: every character of it is itself
        Config(),
        MESSAGE._replace(
            path="/größe 50%?",
            raw_path=b"/gr%C3%B6%C3%9Fe%2050%25%3F",
            headers=[(b"content-length", b"25")],
            body=b'{"action":"gr\xc3\xb6\xc3\x9fe 50%?"}',
        ),
    ),
    ("message_plain_text", Config(), MESSAGE._replace(headers=[(b"content-length", b"4")], body=b"ping")),
    (
        "message_plain_text",
        Config(root_path="/ws"),
        MESSAGE._replace(
            path="/ws/$default",
            raw_path=b"/ws/$default",
            headers=[(b"content-length", b"4")],
            body=b"ping",
            root_path="/ws",
        ),
    ),
    (
        "message_unicode",
        Config(),
        MESSAGE._replace(
            headers=[(b"content-length", b"17")],
            body=b"\xd0\x9f\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 \xf0\x9f\x91\x8b",
        ),
    ),
    (
        "message_base64",
        Config(),
        MESSAGE._replace(
            path="/upload",
            raw_path=b"/upload",
            headers=[(b"content-length", b"6")],
            body=b"\x00\x01\x02\xfd\xfe\xff",
        ),
    ),
    ("message_empty_body", Config(), MESSAGE),
    ("message_null_maps", Config(), MESSAGE),
    (
        "message_stage_variables",
        Config(),
        MESSAGE._replace(
            path="/sendmessage", raw_path=b"/sendmessage", headers=[(b"content-length", b"7")], body=b"[1,2,3]"
        ),
    ),
    ("disconnect", Config(), DISCONNECT),
    ("disconnect_idle", Config(), DISCONNECT),
    ("disconnect_no_identity", Config(), DISCONNECT._replace(client=None)),
]


@pytest.mark.parametrize(("name", "config", "expected"), CASES, ids=case_ids(CASES))
def test_decode(name: str, config: Config, expected: HTTPRequest) -> None:
    event = load_event("websocket", name)
    assert ORIGIN.matches(event)
    assert ORIGIN.decode(event, config) == expected


def test_every_event_is_a_case() -> None:
    assert {name for name, _, _ in CASES} == event_names("websocket")


CONTEXT = {"connectionId": "JkJb5cZ4IAMCKgQ=", "eventType": "MESSAGE", "routeKey": "$default"}
MALFORMED: list[tuple[dict[str, object], str]] = [
    ({"requestContext": CONTEXT | {"routeKey": 7}}, "requestContext.routeKey"),
    ({"requestContext": CONTEXT | {"routeKey": None}}, "requestContext.routeKey"),
    ({"requestContext": CONTEXT | {"identity": "192.0.2.10"}}, "requestContext.identity"),
    ({"requestContext": CONTEXT | {"domainName": 7}}, "requestContext.domainName"),
    ({"requestContext": CONTEXT, "headers": ["Host"]}, "headers"),
    ({"requestContext": CONTEXT, "multiValueHeaders": "Host"}, "multiValueHeaders"),
    ({"requestContext": CONTEXT, "queryStringParameters": "a=1"}, "queryStringParameters"),
    ({"requestContext": CONTEXT, "multiValueQueryStringParameters": [1]}, "multiValueQueryStringParameters"),
    ({"requestContext": CONTEXT, "body": {"action": "join"}}, "body"),
    ({"requestContext": CONTEXT, "body": "not base64!", "isBase64Encoded": True}, "body"),
    ({"requestContext": CONTEXT, "body": "AAE", "isBase64Encoded": True}, "body"),
]


@pytest.mark.parametrize(("event", "field"), MALFORMED)
def test_malformed(event: dict[str, object], field: str) -> None:
    assert ORIGIN.matches(event)
    with pytest.raises(MalformedEventError) as caught:
        ORIGIN.decode(event, Config())
    assert (caught.value.origin, caught.value.field) == ("websocket", field)


@pytest.mark.parametrize(
    ("changes", "matches"),
    [
        ({}, True),
        ({"eventType": "CONNECT"}, True),
        ({"eventType": "DISCONNECT"}, True),
        ({"eventType": "REQUEST"}, False),
        ({"eventType": None}, False),
    ],
)
def test_the_type_tells_a_message_from_other_events(changes: dict[str, object], matches: bool) -> None:
    event: dict[str, object] = {"requestContext": CONTEXT | changes}
    assert ORIGIN.matches(event) == matches
    assert not ORIGIN.matches(event | {"methodArn": "arn:aws:execute-api:us-east-1:123456789012:abc123def4/$connect"})
    assert not ORIGIN.matches({"requestContext": {"eventType": "MESSAGE"}})


def test_a_context_with_nothing_but_a_route_is_a_request() -> None:
    assert ORIGIN.decode({"requestContext": CONTEXT}, Config()) == MESSAGE._replace(
        server=("localhost", 443), client=None
    )


@pytest.mark.parametrize(
    ("protocol", "version"),
    [
        ("HTTP/1.0", "1.0"),
        ("HTTP/1.1", "1.1"),
        ("HTTP/2", "2"),
        ("HTTP/2.0", "2"),
        ("HTTP/3", "3"),
        ("HTTP/3.0", "3"),
        (2, "1.1"),
        (["HTTP/2.0"], "1.1"),
    ],
)
def test_the_version_of_http_is_that_of_the_handshake(protocol: object, version: str) -> None:
    event: dict[str, object] = {"requestContext": CONTEXT | {"protocol": protocol}}
    assert ORIGIN.decode(event, Config()).http_version == version


@pytest.mark.parametrize(("proxies", "client"), [(0, "192.0.2.10"), (1, "198.51.100.7")])
def test_the_client_of_a_handshake_is_in_front_of_trusted_proxies(proxies: int, client: str) -> None:
    event: dict[str, object] = {
        "requestContext": CONTEXT | {"identity": {"sourceIp": "192.0.2.10"}},
        "headers": {"X-Forwarded-For": "198.51.100.7, 192.0.2.10"},
    }
    assert ORIGIN.decode(event, Config(trusted_proxies=proxies)).client == (client, 0)


def test_the_limit_is_128_kib() -> None:
    assert ORIGIN.response_limit is not None
    assert ORIGIN.response_limit({}) == 131_072


TEXT = (b"content-type", b"text/plain")
# status, headers, body, is_base64 and the result's headers; the other three fields are what went in.
ENCODED: list[tuple[int, Headers, str, bool, dict[str, str]]] = [
    (200, [], "", False, {}),
    (200, [TEXT], "joined", False, {"content-type": "text/plain"}),
    (200, [(b"Content-Type", b"text/plain")], "joined", False, {"content-type": "text/plain"}),
    (200, [(b"sec-websocket-protocol", b"graphql-ws")], "", False, {"sec-websocket-protocol": "graphql-ws"}),
    (204, [], "", False, {}),
    (401, [(b"www-authenticate", b"Bearer")], "", False, {"www-authenticate": "Bearer"}),
    (403, [TEXT, (b"x-reason", b"caf\xe9")], "no", False, {"content-type": "text/plain", "x-reason": "café"}),
    (410, [(b"x-empty", b"")], "", False, {"x-empty": ""}),
    (500, [TEXT], "boom ☕", False, {"content-type": "text/plain"}),
    (599, [], "", False, {}),
    (
        200,
        [(b"vary", b"Accept"), TEXT, (b"vary", b"Origin")],
        "",
        False,
        {"vary": "Accept, Origin", "content-type": "text/plain"},
    ),
    (200, [(b"Vary", b"Accept"), (b"vARY", b"Origin")], "", False, {"vary": "Accept, Origin"}),
    (200, [(b"content-type", b"image/png")], "iVBORw0KGgo=", True, {"content-type": "image/png"}),
    (200, [(b"set-cookie", b"seen=1; Path=/")], "", False, {"set-cookie": "seen=1; Path=/"}),
]


@pytest.mark.parametrize(("status", "headers", "body", "is_base64", "expected"), ENCODED)
def test_encode(status: int, headers: Headers, body: str, is_base64: bool, expected: dict[str, str]) -> None:
    result = ORIGIN.encode(status, headers, body, is_base64, load_event("websocket", "connect"))
    assert result == {"statusCode": status, "headers": expected, "body": body, "isBase64Encoded": is_base64}
