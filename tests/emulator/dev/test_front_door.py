"""The front door and its sandboxes in the test's own process; the test is the runtime."""

import asyncio
import io
import json
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any

import httpx
import pytest

from lambda_http_adapter._emulator.dev.front_door import FrontDoor, FrontDoorOptions
from lambda_http_adapter._emulator.dev.history import History
from lambda_http_adapter._emulator.dev.routes import RouteSelection
from lambda_http_adapter._emulator.dev.terminal import TerminalLog
from lambda_http_adapter._emulator.dev.websocket_api import WebSocketAPI, WebSocketOptions
from lambda_http_adapter._emulator.doors.door import find_door
from lambda_http_adapter._emulator.sandbox import sandbox as sandboxes
from lambda_http_adapter._emulator.sandbox.function import FunctionSettings
from lambda_http_adapter._emulator.sandbox.pool import Pool
from lambda_http_adapter._emulator.sandbox.sandbox import Sandbox
from lambda_http_adapter._emulator.sandbox.telemetry import LogRecord
from lambda_http_adapter._emulator.sandbox.watchdog import Watchdog
from lambda_http_adapter._types import Message, Scope

RUNTIME = "/2018-06-01/runtime/invocation"


class Here:
    """What `dev` is made of."""

    def __init__(self, settings: FunctionSettings, cold: bool = False) -> None:
        self.history = History()
        self.terminal = io.StringIO()
        self.log = TerminalLog(self.history, quiet=True, as_json=False, file=self.terminal)
        self.pool = Pool(settings, 1, cold, self.log)

    def front_door(self, origin: str = "function-url") -> FrontDoor:
        options = FrontDoorOptions(find_door(origin))
        if origin == "websocket":
            return WebSocketAPI(options, WebSocketOptions(RouteSelection()), self.pool, self.history, self.log)
        return FrontDoor(options, self.pool, self.history, self.log)

    async def serve(self, result: object, before: Callable[[], None] = lambda: None) -> None:
        """What a runtime does for one invocation. ``before``: is called once it has the event."""
        (sandbox,) = self.pool.sandboxes
        async with httpx.AsyncClient(base_url=f"http://{sandbox.authority}", trust_env=False, timeout=20) as runtime:
            event = await runtime.get(f"{RUNTIME}/next")
            before()
            identifier = event.headers["lambda-runtime-aws-request-id"]
            await runtime.post(f"{RUNTIME}/{identifier}/response", content=json.dumps(result))
            polling = asyncio.create_task(runtime.get(f"{RUNTIME}/next"))
            while sandbox.busy:  # noqa: ASYNC110  # nobody is told
                await asyncio.sleep(0)
            polling.cancel()
            await asyncio.wait([polling])


def client_of(front_door: FrontDoor, host: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(front_door)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture
def settings(tmp_path: Path) -> FunctionSettings:
    return FunctionSettings([], {}, tmp_path)


def in_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@in_loop
async def test_a_result_that_is_nearly_too_large_is_told(settings: FunctionSettings) -> None:
    here = Here(settings)
    await here.pool.warm()
    async with client_of(here.front_door()) as client:
        asking = asyncio.create_task(client.get("/"))
        await here.serve("x" * 5_500_000)
        assert len((await asking).content) == 5_500_000
    assert here.history.records[0].note == "the result has 5.2 MB; Lambda's limit is 6 MB"
    await here.pool.close()


@in_loop
async def test_an_error_of_the_emulator_is_shown(
    settings: FunctionSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """uvicorn, which would log it, is silent."""

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        raise MemoryError("full")

    scope: Scope = {
        "type": "http",
        "method": "GET",
        "raw_path": b"/",
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"upgrade", b"websocket")],
        "client": None,
    }
    with pytest.raises(MemoryError):
        await Here(settings).front_door()(scope, receive, send)
    assert "MemoryError: full" in capsys.readouterr().err


@in_loop
async def test_a_site_with_dns_rebinding_reaches_no_connection(settings: FunctionSettings) -> None:
    async with client_of(Here(settings).front_door("websocket"), "evil.example.com") as client:
        response = await client.post("/@connections/abc=", content=b"hello")
    assert response.status_code == 403


@in_loop
async def test_a_cold_sandbox_that_a_reload_has_let_go_ends_once(settings: FunctionSettings) -> None:
    here = Here(settings, cold=True)
    sandbox = await here.pool.warm()
    async with client_of(here.front_door()) as client:
        asking = asyncio.create_task(client.get("/"))
        await here.serve("hello", before=here.pool.reload)
        assert (await asking).text == "hello"
    await sandbox.ended.wait()
    assert here.pool.sandboxes == []
    await here.pool.close()


@in_loop
async def test_a_port_that_is_taken(settings: FunctionSettings) -> None:
    here = Here(settings)
    port = int((await here.pool.warm()).authority.rpartition(":")[2])
    other = Here(settings._replace(port=port))
    with pytest.raises(OSError, match="in use"):
        await other.pool.warm()
    assert other.pool.sandboxes == []
    await here.pool.close()


@in_loop
async def test_a_start_that_takes_too_long(settings: FunctionSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxes, "_INIT_LIMIT", 0.01)
    here = Here(settings._replace(command=["sleep", "60"], timeout=0.02))
    await (await here.pool.warm()).ended.wait()
    assert "Init timed out after 0.03 seconds" in here.terminal.getvalue()
    await here.pool.close()


def test_a_record_without_a_level(settings: FunctionSettings) -> None:
    """Such as the lines that another runtime writes."""
    here = Here(settings)
    here.log.logged(Sandbox(settings, here.log, Watchdog()), LogRecord("as it is\n"))
    assert here.terminal.getvalue().endswith(" as it is\n")
