"""A request through every front door, answered by the FastAPI example under AWS's emulator: what the client gets."""

import json
import sys
from pathlib import Path
from typing import cast

import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter.origins import RequestOrigin
from tests.support.doors import DOORS
from tests.support.paths import ROOT
from tests.support.runtime_interface_emulator import Emulator, StartEmulator

REQUEST = ClientRequest(
    "POST",
    "/capture/caf%C3%A9/a%2Fb%20c",
    "b=1&a=x+y&b=%26",
    [
        (b"User-Agent", b"curl/8.9.1"),
        (b"Content-Type", b"application/json"),
        (b"X-Tag", b"1"),
        (b"X-Tag", b"2"),
        (b"Cookie", b"session=abc; theme=dark"),
    ],
    '{"text":"☕"}'.encode(),
    host="shop.example.com",
)
SEEN: dict[str, object] = {
    "method": "POST",
    "path": "/capture/café/a/b c",
    "root_path": "",
    "query": [["b", "1"], ["a", "x y"], ["b", "&"]],
    "cookies": {"session": "abc", "theme": "dark"},
    "client": "203.0.113.7",
    "scheme": "https",
    "host": "shop.example.com",
    "body": '{"text":"☕"}',
    "x-tag": ["1", "2"],
}
GROUPED = [["b", "1"], ["b", "&"], ["a", "x y"]]
LAST = [["b", "&"], ["a", "x y"]]
DIFFERENT: dict[str, dict[str, object]] = {
    "REST API": {"query": GROUPED},
    "REST API, text only": {"query": GROUPED},
    "HTTP API, payload 1.0": {"query": GROUPED},
    "HTTP API, payload 2.0": {"x-tag": ["1,2"]},
    "Function URL": {"x-tag": ["1,2"]},
    "ALB": {"query": LAST, "x-tag": ["2"]},
    "ALB, multi-value": {"query": GROUPED},
    "VPC Lattice, version 1": {"x-tag": ["1, 2"], "scheme": "http"},
    "VPC Lattice, version 2": {"scheme": "http"},
    "CloudFront, viewer": {},
    "CloudFront, origin": {},
}
NOT_FOUND = b'{"detail":"Not Found"}'
# The example has no route for any of these.
NOT_HTTP = {
    "WebSocket, handshake": (404, [(b"content-length", b"0")], b""),
    "WebSocket, message": (404, [(b"content-length", b"22")], NOT_FOUND),
    "Invoke": (200, [(b"content-type", b"application/json"), (b"content-length", b"22")], NOT_FOUND),
}


@pytest.fixture
def example(emulator: StartEmulator, tmp_path: Path) -> Emulator:
    command = [sys.executable, "-m", "lambda_http_adapter", "run", "app:app"]
    return emulator(command, {"TMPDIR": str(tmp_path)}, ROOT / "examples" / "fastapi_app")


def test_every_origin(example: Emulator) -> None:
    assert {door.origin for door in DOORS.values()} == set(RequestOrigin)
    responses = {}
    for name, door in DOORS.items():
        event = door.event(REQUEST)
        status, result = example.invoke(event)
        assert status == 200
        responses[name] = door.response(json.loads(result), event)

    assert {name: responses.pop(name) for name in NOT_HTTP} == NOT_HTTP
    assert {name: response.status for name, response in responses.items()} == dict.fromkeys(DIFFERENT, 200)
    assert {dict(response.headers)[b"content-type"] for response in responses.values()} == {b"application/json"}
    assert {name: capture(response.body) for name, response in responses.items()} == {
        name: SEEN | different for name, different in DIFFERENT.items()
    }


def capture(body: bytes) -> dict[str, object]:
    seen = cast("dict[str, object]", json.loads(body))
    headers = cast("list[tuple[str, str]]", seen.pop("headers"))
    return seen | {"x-tag": [value for name, value in headers if name == "x-tag"]}
