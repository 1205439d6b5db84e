"""Which requests reach the emulator itself, by what a browser says of them."""

import socket

import pytest

from lambda_http_adapter._emulator.dev.trusted_request import is_trusted, may_choose_caller, refusal
from lambda_http_adapter._emulator.doors.client import ClientRequest

OWN_NAME = socket.gethostname()
LOOPBACK = "127.0.0.1"
ANY = "0.0.0.0"


@pytest.mark.parametrize(
    ("host", "listens_at", "trusted"),
    [
        ("127.0.0.1:8000", LOOPBACK, True),
        ("127.0.0.1", LOOPBACK, True),
        ("[::1]:8000", "::1", True),
        ("192.168.1.7:8000", ANY, True),
        ("localhost:8000", LOOPBACK, True),
        ("LocalHost:8000", LOOPBACK, True),
        ("shop.localhost:8000", LOOPBACK, True),
        ("", LOOPBACK, True),  # not a browser: HTTP/1.0
        ("rebound.example:8000", LOOPBACK, False),
        ("rebound.example:8000", ANY, False),
        ("localhost.rebound.example", LOOPBACK, False),
        ("127.0.0.1.rebound.example", LOOPBACK, False),
        ("mylocalhost", LOOPBACK, False),
        ("localhost.", LOOPBACK, False),
        ("dev.shop.example:8000", "dev.shop.example", True),
        ("other.shop.example:8000", "dev.shop.example", False),
        ("lambda:8000", ANY, True),  # a container's name
        ("lambda:8000", "::", True),
        ("lambda:8000", LOOPBACK, False),
        ("lambda:8000", "localhost", False),
        ("host.docker.internal:8000", ANY, True),
        ("host.docker.internal:8000", LOOPBACK, False),
        ("laptop.local:8000", ANY, True),
        (OWN_NAME, ANY, True),
    ],
)
def test_hosts(host: str, listens_at: str, trusted: bool) -> None:
    assert is_trusted(ClientRequest(host=host, scheme="http"), listens_at) is trusted


@pytest.mark.parametrize(
    ("fields", "trusted"),
    [
        ({}, True),
        ({"origin": "http://localhost:8000"}, True),
        ({"origin": "http://localhost:3000"}, False),
        ({"origin": "https://localhost:8000"}, False),
        ({"origin": "https://site.example"}, False),
        ({"origin": "null"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost:8000"}, False),
        ({"sec-fetch-site": "none", "origin": "https://site.example"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "https://x-8000.tunnel.example"}, True),  # it has changed the Host
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "GET", "HEAD"])
def test_origins(method: str, fields: dict[str, str], trusted: bool) -> None:
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    request = ClientRequest(method, headers=headers, host="localhost:8000", scheme="http")
    # A site can have the browser send a GET, but not read what comes back.
    assert is_trusted(request) is (trusted or method in ("GET", "HEAD"))


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("host", "client", "fields", "may"),
    [
        ("localhost:8000", "127.0.0.1", {}, True),
        ("127.0.0.1:8000", "::1", {}, True),
        ("localhost:8000", "127.0.0.1", {"sec-fetch-site": "same-origin"}, True),
        ("api.shop.example:8000", "127.0.0.1", {"origin": "http://api.shop.example:8000"}, True),  # --domain
        ("API.shop.example", "127.0.0.1", {}, True),
        ("rebound.example:8000", "127.0.0.1", {}, False),
        ("rebound.example:8000", "127.0.0.1", {"origin": "http://rebound.example:8000"}, False),
        ("rebound.example:8000", "127.0.0.1", {"sec-fetch-site": "same-origin"}, False),
        ("other.shop.example:8000", "127.0.0.1", {}, False),
        ("localhost:8000", "127.0.0.1", {"origin": "https://site.example"}, False),
        ("localhost:8000", "127.0.0.1", {"sec-fetch-site": "cross-site"}, False),
        ("localhost:8000", "127.0.0.1", {"sec-fetch-site": "same-site"}, False),
        ("localhost:8000", "192.168.1.7", {}, False),
        ("localhost:8000", "fe80::1%eth0", {}, False),
        ("localhost:8000", "127.0.0.1", {"x-forwarded-for": "127.0.0.1, 203.0.113.7"}, False),
        ("localhost:8000", "127.0.0.1", {"x-forwarded-for": "203.0.113.7, ::1"}, True),
        ("localhost:8000", "127.0.0.1", {"x-forwarded-for": "elsewhere"}, False),
    ],
)
def test_who_may_choose_the_caller(method: str, host: str, client: str, fields: dict[str, str], may: bool) -> None:
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    request = ClientRequest(method, headers=headers, host=host, scheme="http", client=client)
    assert may_choose_caller(request, LOOPBACK, ["api.shop.example"]) is may


def test_a_refusal_says_what_would_do() -> None:
    refused = refusal(ClientRequest(host="rebound.example", headers=[(b"origin", b"http://rebound.example")]))
    assert refused.status == 403
    assert b"(Host: rebound.example, Origin: http://rebound.example)" in refused.body
    assert b"--host NAME" in refused.body
