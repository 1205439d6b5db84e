"""`dev --domain`: an API at mappings of custom domains, and at its stage on its own domain."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from lambda_http_adapter._emulator.dev.domains import Domains, parse_mapping
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.door import DOORS
from tests.support.dev_process import APP, Dev

EVENTS = "tests.support.event_app:handler"
MAPPINGS = ["api.example.com=/v1", "api.example.com=/v1/beta", "api.example.com=/v2", "www.localhost"]


@pytest.fixture(scope="module", params=["http-api", "http-api-v1", "rest"])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Dev]]:
    options = [option for mapping in MAPPINGS for option in ("--domain", mapping)]
    with Dev(EVENTS, "--origin", request.param, "--stage", "live", *options, cwd=tmp_path_factory.mktemp("a")) as dev:
        yield request.param, dev


# The client's host and path, then what the events have: the domain; path of payload 1.0, and rawPath, as AWS has them.
@pytest.mark.parametrize(
    ("host", "path", "domain", "path_v1", "raw_path"),
    [
        ("api.example.com", "/v1/items", "api.example.com", "/v1/items", "/live/items"),
        ("API.EXAMPLE.COM:8000", "/v1/items", "api.example.com", "/v1/items", "/live/items"),
        ("api.example.com", "/v1/beta/items", "api.example.com", "/v1/beta/items", "/live/items"),
        ("api.example.com", "/v1/betas", "api.example.com", "/v1/betas", "/live/betas"),
        ("api.example.com", "/v2", "api.example.com", "/v2", "/live"),
        ("www.localhost", "/v1/items", "www.localhost", "/v1/items", "/live/v1/items"),
        ("127.0.0.1", "/live/items", "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com", "/items", "/live/items"),
    ],
)
def test_a_mapping(host: str, path: str, domain: str, path_v1: str, raw_path: str, api: tuple[str, Dev]) -> None:
    origin, dev = api
    event = dev.get(path, host=host).json()["event"]
    assert event["requestContext"]["domainName"] == domain
    assert event["requestContext"]["stage"] == "live"
    if origin == "http-api":
        assert event["rawPath"] == raw_path
    else:
        assert event["path"] == path_v1


@pytest.mark.parametrize(
    ("host", "path"),
    [("api.example.com", "/items"), ("api.example.com", "/v10"), ("api.example.com", "/"), ("127.0.0.1", "/v1/items")],
)
def test_what_is_not_mapped(host: str, path: str, api: tuple[str, Dev]) -> None:
    origin, dev = api
    refused = dev.get(path, host=host)
    expected = (403, '{"message":"Forbidden"}') if origin == "rest" else (404, '{"message":"Not Found"}')
    assert (refused.status_code, refused.text) == expected
    mount = "/live/" if host == "127.0.0.1" else "/v1/beta/"
    assert f'<a href="{mount}">' in dev.get(path, host=host, accept="text/html").text
    note = str(dev.line("request", target=path, status=expected[0])["note"])
    assert note.startswith(
        "api.example.com has no mapping for" if host != "127.0.0.1" else "Expected a path below '/live'"
    )


@pytest.mark.parametrize("origin", [pytest.param("http-api-v1", marks=pytest.mark.slow), "rest"])
def test_the_app_finds_its_mapping(origin: str, tmp_path: Path) -> None:
    with Dev(APP, "--origin", origin, "--domain", "api.example.com=/v1", cwd=tmp_path) as dev:
        assert ours(dev.get("/v1/items", host="api.example.com")) == {"path": "/v1/items", "root_path": "/v1"}
        assert ours(dev.get("/items")) == {"path": "/items", "root_path": ""}


def ours(response: httpx.Response) -> dict[str, Any]:
    return {name: response.json()[name] for name in ("path", "root_path")}


def test_the_most_specific_mapping_wins_whatever_their_order() -> None:
    for texts in (MAPPINGS, MAPPINGS[::-1]):
        domains = Domains(DOORS["rest"], [parse_mapping(text) for text in texts])
        door = domains.door(ClientRequest(path="/v1/beta", host="api.example.com"))
        assert (door.base_path, door.domain_name) == ("/v1/beta", "api.example.com")


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        ("api.example.com", ("api.example.com", "")),
        ("API.example.com=/", ("api.example.com", "")),
        ("a-b.localhost=v1/x/", ("a-b.localhost", "/v1/x")),
    ],
)
def test_a_domain_and_its_mapping(text: str, mapping: tuple[str, str]) -> None:
    assert parse_mapping(text) == mapping
