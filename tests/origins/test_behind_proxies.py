"""The options for what is in front of a front door: whose address, host and scheme an app sees."""

import pytest

from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.events import make_event
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.origins import RequestOrigin
from lambda_http_adapter.origins._http_request import HTTPRequest
from tests.support.doors import HTTP_DOORS, Door
from tests.support.response_recorder import ResponseRecorder

every_door = pytest.mark.parametrize("door", HTTP_DOORS.values(), ids=HTTP_DOORS)
PROXY = "130.176.1.1"


def seen(door: Door, config: Config, *headers: tuple[bytes, bytes], scheme: str = "https") -> HTTPRequest:
    request = ClientRequest(path="/x", headers=headers, host="shop.example.com", client=PROXY, scheme=scheme)
    exchange = open_exchange(door.event(request), None, config, ResponseRecorder())
    environ = build_environ(exchange)
    assert environ["wsgi.url_scheme"] == exchange.request.scheme
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == tuple(map(str, exchange.request.server))
    return exchange.request


# The entries that a client and the proxies have sent, the number of proxies, the client. The door adds the last proxy.
HOPS = [
    ("198.51.100.9", 0, PROXY),
    ("198.51.100.9", 1, "198.51.100.9"),
    ("127.0.0.1, 198.51.100.9", 1, "198.51.100.9"),
    ("127.0.0.1, 198.51.100.9, 10.0.0.7", 2, "198.51.100.9"),
    ("198.51.100.9", 5, "198.51.100.9"),
    ("2001:db8::9", 1, "2001:db8::9"),
    ("", 1, PROXY),
]


@every_door
@pytest.mark.parametrize(("forwarded", "proxies", "client"), HOPS)
def test_the_client_in_front_of_trusted_proxies(door: Door, forwarded: str, proxies: int, client: str) -> None:
    headers = [(b"X-Forwarded-For", forwarded.encode())] if forwarded else []
    assert seen(door, Config(trusted_proxies=proxies), *headers).client == (client, 0)


FORWARDED_HOST = Config(forwarded_host=b"x-forwarded-host")


@every_door
@pytest.mark.parametrize(
    ("value", "host", "server"),
    [
        (b"www.shop.example", b"www.shop.example", "www.shop.example"),
        (b"www.shop.example, inner.example", b"www.shop.example", "www.shop.example"),
        (b"www.shop.example:8443", b"www.shop.example:8443", "www.shop.example"),
        (b"", b"shop.example.com", "shop.example.com"),
        (None, b"shop.example.com", "shop.example.com"),
    ],
)
def test_the_host_that_a_proxy_forwards(door: Door, value: bytes | None, host: bytes, server: str) -> None:
    headers = [] if value is None else [(b"X-Forwarded-Host", value)]
    request = seen(door, FORWARDED_HOST, *headers)
    assert [value for name, value in request.headers if name == b"host"] == [host]
    default = 443 if request.scheme == "https" else 80
    assert request.server == (server, 8443 if host.endswith(b":8443") else default)


MOVED = Config(authorization_source=b"x-shop-authorization")


@every_door
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([(b"X-Shop-Authorization", b"Bearer a")], [b"Bearer a"]),
        ([(b"Authorization", b"Basic b"), (b"X-Shop-Authorization", b"Bearer a")], [b"Bearer a"]),
        ([(b"Authorization", b"Basic b")], [b"Basic b"]),
        ([], []),
    ],
)
def test_the_authorization_that_a_proxy_forwards(
    door: Door, sent: list[tuple[bytes, bytes]], expected: list[bytes]
) -> None:
    headers = seen(door, MOVED, (b"X-Tag", b"1"), *sent).headers
    assert [value for name, value in headers if name == b"authorization"] == expected
    assert [value for name, value in headers if name == b"x-tag"] == [b"1"]
    assert not any(name == b"x-shop-authorization" for name, _ in headers)


@pytest.mark.parametrize("value", [b"not a host", b"\xff", b"[::1"])
def test_a_forwarded_host_that_is_none_hides_the_event_s_domain(value: bytes) -> None:
    event = make_event(RequestOrigin.api_gateway_v2, ClientRequest(headers=[(b"X-Forwarded-Host", value)]))
    assert open_exchange(event, None, FORWARDED_HOST, ResponseRecorder()).request.server == ("localhost", 443)


def test_a_stage_is_no_part_of_a_url_at_a_forwarded_host() -> None:
    origin = RequestOrigin.api_gateway_v1
    host = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
    sent = ClientRequest(path="/prod/x", host=host, headers=[(b"X-Forwarded-Host", b"www.shop.example")])
    for config, path in ((Config(), "/prod/x"), (FORWARDED_HOST, "/x")):
        event = make_event(origin, sent, stage="prod")
        request = open_exchange(event, None, config, ResponseRecorder()).request
        assert (request.path, request.root_path) == (path, path.removesuffix("/x"))


@every_door
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_scheme_that_the_operator_says(door: Door, scheme: str) -> None:
    port = 443 if scheme == "https" else 80
    for real in ("http", "https"):
        request = seen(door, Config(forwarded_proto=scheme.encode()), scheme=real)
        assert (request.scheme, request.server) == (scheme, ("shop.example.com", port))


@every_door
@pytest.mark.parametrize(
    ("value", "expected"), [(b"http", "http"), (b"HTTPS, http", "https"), (b"", None), (b"gopher", None), (None, None)]
)
def test_the_scheme_that_a_proxy_forwards(door: Door, value: bytes | None, expected: str | None) -> None:
    headers = [] if value is None else [(b"X-Shop-Proto", value)]
    request = seen(door, Config(forwarded_proto=b"x-shop-proto"), *headers)
    assert request.scheme == (expected or seen(door, Config()).scheme)
