"""Which methods reach the function, and what the front door answers to the others."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.door import DOORS, Door, find_door
from lambda_http_adapter._emulator.doors.methods import RefusedMethodError
from lambda_http_adapter._emulator.doors.responses import method_of
from lambda_http_adapter.testing import AsyncLambdaTransport, FrontDoor, LambdaTransport
from tests.support.child_process import inherited_environment
from tests.support.dev_process import APP, Dev
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from lambda_http_adapter._types import Receive, Scope, Send

JSON, HTML = b"application/json", b"text/html"
SEVEN = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
OTHERS = ["TRACE", "CONNECT", "PROPFIND", "MKCOL", "PURGE", "FOO", "get"]


def html(title: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode()


URL_REFUSAL = (405, JSON, b'{"message":"Method Not Allowed"}')
REST_REFUSAL = (403, JSON, b'{"message":"Missing Authentication Token"}')
EDGE_REFUSAL = (403, HTML, html("403 Forbidden"))
ALB_REFUSALS = {
    "TRACE": (405, HTML, html("405 Method Not Allowed")),
    "CONNECT": (400, HTML, html("400 Bad Request")),
}
REFUSALS: dict[FrontDoor, dict[str, tuple[int, bytes, bytes]]] = {
    "function-url": dict.fromkeys(OTHERS, URL_REFUSAL),
    "http-api": {},
    "http-api-v1": {},
    "rest": dict.fromkeys(OTHERS, REST_REFUSAL),
    "alb": ALB_REFUSALS,
    "alb-multi": ALB_REFUSALS,
    "vpc-lattice": {},
    "lambda-edge": dict.fromkeys(OTHERS, EDGE_REFUSAL),
}
CASES = [(door, method) for door in REFUSALS for method in [*SEVEN, *OTHERS]]


def test_each_front_door_is_in_the_table() -> None:
    assert [*REFUSALS] == [*DOORS]


@pytest.mark.parametrize(("door", "method"), CASES)
def test_methods(door: FrontDoor, method: str) -> None:
    refusal = REFUSALS[door].get(method)
    if refusal is None:
        assert method_of(find_door(door).event(ClientRequest(method))) == method
        return
    status, content_type, body = refusal
    with pytest.raises(RefusedMethodError, match=f"doesn't take the method {method}; it answers {status}") as refused:
        find_door(door).event(ClientRequest(method))
    assert refused.value.response == (status, [(b"content-type", content_type)], body)


def test_a_door_without_a_label_is_named_by_its_origin() -> None:
    with pytest.raises(RefusedMethodError, match=r"^Alb doesn't take the method TRACE; it answers 405\.$"):
        Door(find_door("alb").origin).event(ClientRequest("TRACE"))


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    assert scope["type"] == "lifespan", "The request must not reach the app"


@pytest.mark.parametrize("door", [door for door in REFUSALS if "TRACE" in REFUSALS[door]])
def test_a_client_of_a_transport_gets_the_refusal(door: FrontDoor) -> None:
    expected = REFUSALS[door]["TRACE"]

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=AsyncLambdaTransport(app, door), base_url="https://a") as client:
            return await client.request("TRACE", "/")

    with httpx.Client(transport=LambdaTransport(app, door), base_url="https://a") as client:
        answers = [client.request("TRACE", "/"), asyncio.run(ask())]
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"].encode(), answer.content) == expected
        assert answer.headers["content-length"] == str(len(expected[2]))


@pytest.mark.parametrize("door", ["alb", "rest"])
def test_a_client_of_dev_gets_the_refusal(door: FrontDoor, tmp_path: Path) -> None:
    with Dev(APP, "--origin", str(door), cwd=tmp_path) as dev:
        client = http.client.HTTPConnection("127.0.0.1", int(dev.url.rpartition(":")[2]), timeout=30)
        for method in ["TRACE", "PROPFIND", "GET"]:
            client.request(method, "/items")
            answer = client.getresponse()
            refusal = REFUSALS[door].get(method)
            if refusal is None:
                assert (answer.status, json.loads(answer.read())["path"]) == (200, "/items")
            else:
                seen = (answer.status, (answer.getheader("content-type") or "").encode(), answer.read())
                assert seen == refusal
                assert f"doesn't take the method {method}" in str(dev.line("request", method=method)["note"])
        client.close()


@pytest.mark.parametrize(
    "arguments", [["invoke", "TRACE", "/", "--app", APP], ["event", "TRACE", "/"], ["compare", "TRACE", "/"]]
)
def test_a_command_says_it(arguments: list[str]) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "lambda_http_adapter", *arguments],
        cwd=ROOT,
        env=inherited_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr == "lambda-http-adapter: A Function URL doesn't take the method TRACE; it answers 405.\n"
