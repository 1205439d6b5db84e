"""The promises of SECURITY.md: that each names a test which exists, and the tests that no other file has."""

import copy
import json
import logging
import socket
import sys
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import cast

import httpx
import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._emulator.dev.saved_events import SavedEvents
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.testing import FrontDoor, LambdaTransport
from tests.support.child_process import RunProcess
from tests.support.dev_process import Dev
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.in_process_clients import BASE
from tests.support.invocation import CONTEXT
from tests.support.named_tests import exists, named_tests
from tests.support.origin_events import load_event
from tests.support.paths import ROOT

SECRET = "of-a-secret"


def promises() -> dict[str, list[tuple[str, str]]]:
    """The rows of the table in SECURITY.md: what is promised, and the tests of it as file and name."""
    rows = {}
    for line in (ROOT / "SECURITY.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 2 and not cells[0].startswith(("-", "promise")):
            rows[cells[0]] = named_tests(cells[1])
    return rows


def test_every_promise_has_tests_and_they_exist() -> None:
    assert len(promises()) > 10
    assert [promise for promise, tests in promises().items() if not tests] == []
    named = {test for tests in promises().values() for test in tests}
    missing = [f"{file}::{name}" for file, name in sorted(named) if not exists(file, name)]
    assert missing == []


FORGERY = b'{"statusCode":200,"headers":{"set-cookie":"admin=1"}}' + bytes(8) + b"forged"


async def asgi_forger(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": FORGERY, "more_body": True})
    await send({"type": "http.response.body", "body": FORGERY})


def wsgi_forger(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("403 Forbidden", [("content-type", "text/plain")])
    return [FORGERY, FORGERY]


@pytest.mark.parametrize("app", [asgi_forger, wsgi_forger])
@pytest.mark.parametrize("origin", ["function-url", "rest"])
def test_a_body_is_never_read_as_a_prelude(origin: FrontDoor, app: object) -> None:
    transport = LambdaTransport(app, origin, invoke_mode="response_stream", lifespan="off")  # type: ignore[arg-type]
    with httpx.Client(transport=transport, base_url=BASE) as client:
        response = client.get("/")
    assert (response.status_code, response.content) == (403, FORGERY * 2)
    assert "set-cookie" not in response.headers


Place = tuple[str | int, ...]

EVENTS = [
    ("function_url", "live"),
    ("api_gateway_v2", "plain"),
    ("api_gateway_v1", "plain"),
    ("alb", "plain"),
    ("websocket", "message_default"),
    ("vpc_lattice", "v2_strings"),
    ("lambda_edge", "viewer_request_get"),
]
WRONG: list[object] = [5, None, [SECRET], {SECRET: SECRET}, f"\r\n\0{SECRET}", f"{SECRET}\ud800"]


def places(value: object, place: Place = ()) -> Iterator[Place]:
    yield place
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*place, key))


def put(event: dict[str, object], place: Place, value: object) -> dict[str, object]:
    """A copy with another value there."""
    changed = copy.deepcopy(event)
    inner = cast("MutableMapping[str | int, object]", changed)
    for key in place[:-1]:
        inner = cast("MutableMapping[str | int, object]", inner[key])
    inner[place[-1]] = value
    return changed


def confidential_event(origin: str, name: str) -> dict[str, object]:
    """A fixture with a secret in each place that may have one."""
    event = load_event(origin, name)
    headers = {"authorization": f"Bearer {SECRET}", "cookie": f"session={SECRET}"}
    if origin == "lambda_edge":
        return event  # its values are put into the places one by one below
    event["headers"] = headers | {"host": "shop.example.com"}
    event["body"] = SECRET
    event["stageVariables"] = {"password": SECRET}
    return event


@pytest.mark.parametrize("colour", ["asgi", "wsgi"])
@pytest.mark.parametrize(("origin", "name"), EVENTS)
def test_no_error_and_no_log_repeats_what_an_event_holds(
    origin: str, name: str, colour: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    def wsgi(environ: Environ, start_response: StartResponse) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    handler = asgi_handler(asgi, lifespan="off") if colour == "asgi" else wsgi_handler(wsgi)
    event = confidential_event(origin, name)
    caplog.set_level(logging.DEBUG)
    failures = 0
    for place in list(places(event))[1:]:
        for value in WRONG:
            caplog.clear()
            try:
                said = json.dumps(handler(put(event, place, value), CONTEXT))
            except Exception as error:
                said = repr(error)
            failures += "Malformed" in said or bool(caplog.records)
            assert SECRET not in said + caplog.text, (place, value)
    assert failures > 10


def test_the_access_log_has_neither_query_nor_headers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="lambda_http_adapter")  # httpx logs too
    transport = LambdaTransport(wsgi_forger, access_log=True)
    with httpx.Client(transport=transport, base_url=BASE) as client:
        client.get(f"/x?token={SECRET}", headers={"authorization": SECRET, "cookie": f"session={SECRET}"})
    assert "GET /x 403" in caplog.text
    assert SECRET not in caplog.text


def test_a_failed_init_tells_nothing_of_the_environment(
    run_process: RunProcess, fake_runtime_api: FakeRuntimeAPI
) -> None:
    secrets = {"DATABASE_PASSWORD": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": SECRET}
    process = run_process("run", "main:app", env=secrets)
    assert process.wait() == 1
    (report,) = fake_runtime_api.received("init/error")
    assert SECRET not in process.logs
    assert SECRET not in json.dumps(report.json())


def test_a_saved_event_stays_in_its_directory(tmp_path: Path) -> None:
    directory = tmp_path / "events"
    directory.mkdir()
    saved = SavedEvents(directory)
    for path in ("/../../x", "/%2e%2e/x", "/..\\x", "/\0", f"/{'x' * 500}", "/é/\ud800"):
        saved.save({}, "GET", path)
    assert len(list(directory.iterdir())) == 6
    assert list(tmp_path.iterdir()) == [directory]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 isn't an address of this machine")
def test_dev_listens_at_the_loopback_address_alone(tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context): return os.environ['AWS_LAMBDA_RUNTIME_API']\n"
    (tmp_path / "main.py").write_text(source)
    with Dev("main:handler", cwd=tmp_path) as dev:
        runtime_api = dev.get("/").text
        for address in (dev.url.removeprefix("http://"), runtime_api):
            host, _, port = address.partition(":")
            socket.create_connection((host, int(port)), 5).close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.2", int(port)), 5)  # a server that listens everywhere accepts it
