"""A Host header that isn't a host: the server is the event's domain, or localhost."""

from urllib.parse import urlsplit

import pytest

from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.origins._http_request import server_at
from tests.support.doors import HTTP_DOORS, Door
from tests.support.response_recorder import ResponseRecorder

DOMAIN = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"

INVALID = [
    "",
    " ",
    "a b",
    "shop.example, inner.example",
    "user@shop.example",
    "user:secret@shop.example",
    "shop.example/path",
    "shop.example?query",
    "shop.example#fragment",
    "shop.example\\path",
    "http://shop.example",
    '"shop.example"',
    "<shop.example>",
    "shop.example\t",
    "bücher.example",
    "shop.example:http",
    "shop.example:²",
    "shop.example:+1",
    "a:b:80",
    ":::",
    "[:::]",
    "[::1",
    "::1]",
    "[]",
    "[]:80",
    "[shop.example]",
    "[127.0.0.1]",
    "[::1]x",
    "[::1]x:80",
    "[[::1]]",
    "[::ffff:1.2.3.256]",
    "[fe80::1%eth0]",
    "[fe80::1%25eth0]",
    "[v1.fe80::a]",
    ":80",
]
VALID = [
    ("shop.example", "shop.example"),
    ("shop.example.", "shop.example."),
    ("SHOP.example", "SHOP.example"),
    ("my_shop", "my_shop"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("127.0.0.1", "127.0.0.1"),
    ("[::1]", "::1"),
    ("[::ffff:1.2.3.4]", "::ffff:1.2.3.4"),
    ("2001:db8::5", "2001:db8::5"),
]


@pytest.mark.parametrize("host", INVALID)
@pytest.mark.parametrize(("domain", "expected"), [(DOMAIN, DOMAIN), ("", "localhost"), ("[:::]", "localhost")])
def test_an_invalid_host_is_that_of_the_event(host: str, domain: str, expected: str) -> None:
    assert server_at(host, b"8443", domain, "https") == (expected, 8443)


@pytest.mark.parametrize(("host", "expected"), VALID)
def test_a_valid_host_is_the_server(host: str, expected: str) -> None:
    assert server_at(host, b"", DOMAIN, "https") == (expected, 443)
    assert server_at("", b"", expected, "https") == (expected, 443)
    if host != expected or ":" not in host:
        assert server_at(f"{host}:8443", b"", DOMAIN, "https") == (expected, 8443)


@pytest.mark.parametrize("door", HTTP_DOORS.values(), ids=HTTP_DOORS)
@pytest.mark.parametrize("host", INVALID)
@pytest.mark.parametrize("config", [Config(), Config(forwarded_host=b"x-forwarded-host")], ids=["Host", "forwarded"])
def test_a_url_can_be_made_of_the_server(door: Door, host: str, config: Config) -> None:
    event = door.event(ClientRequest(host=host, headers=[(b"x-forwarded-host", host.encode())]))
    server, _ = open_exchange(event, None, config, ResponseRecorder()).request.server
    assert urlsplit(f"http://[{server}]:80" if ":" in server else f"http://{server}:80").hostname == server
