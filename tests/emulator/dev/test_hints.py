"""What a person is told to do: hints in the terminal, and pages for who asks with a browser."""

import asyncio
import io
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.dev.hints import Hints
from lambda_http_adapter._emulator.dev.history import History
from lambda_http_adapter._emulator.dev.terminal import TerminalLog
from lambda_http_adapter._emulator.sandbox import sandbox as sandbox_module
from lambda_http_adapter._emulator.sandbox.function import FunctionSettings
from lambda_http_adapter._emulator.sandbox.sandbox import Sandbox
from lambda_http_adapter._emulator.sandbox.watchdog import Watchdog
from tests.support.dev_process import APP, Dev, Gate

MB = 1024 * 1024
STREAM = "is a stream of server-sent events"
STATE = "One client's requests have reached two sandboxes"


def messages(dev: Dev, part: str) -> list[str]:
    return [line for line in dev.seen if part in line]


# Streams


@pytest.mark.parametrize(
    ("origin", "options"),
    [
        ("function-url", "--stream"),
        pytest.param("rest", "--stream", marks=pytest.mark.slow),
        ("alb", "--stream and --origin function-url or rest"),
    ],
)
def test_server_sent_events_without_stream(origin: str, options: str, tmp_path: Path) -> None:
    with Dev(APP, "--origin", origin, json_lines=False, cwd=tmp_path) as dev:
        dev.get("/items", accept="text/event-stream")
        hint = dev.text("Hint: GET /items is a stream of server-sent events, but ")
        assert f"Start `dev` with {options} to stream." in hint
        dev.get("/items", accept="text/event-stream")
        dev.get("/stream")
    assert len(messages(dev, STREAM)) == 1


def test_events_that_nobody_asked_for(tmp_path: Path) -> None:
    with Dev(APP, json_lines=False, cwd=tmp_path) as dev:
        dev.get("/stream")
        assert dev.text("Hint: GET /stream is a stream of server-sent events, but ")


def test_no_hint_with_stream(tmp_path: Path) -> None:
    with Dev(APP, "--stream", json_lines=False, cwd=tmp_path) as dev:
        dev.get("/stream", accept="text/event-stream")
    assert messages(dev, STREAM) == []


# State


def occupied_and_another(dev: Dev, second: str = "", gate_of: str = "") -> None:
    """A request that stays with its sandbox, and two more."""
    with Gate() as gate, ThreadPoolExecutor(1) as threads:
        held = threads.submit(dev.get, f"/gate?port={gate.port}", **{"user-agent": gate_of or "one"})
        gate.arrive()
        for _ in range(2):
            dev.get("/items", **{"user-agent": second or "one"})
        gate.open()
        held.result()


def test_a_client_that_meets_two_sandboxes(tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev:
        occupied_and_another(dev)
        assert STATE in str(dev.line("emulator")["message"])
        occupied_and_another(dev)
    (hint,) = messages(dev, STATE)
    assert "--max-concurrency N" in hint


@pytest.mark.parametrize(
    ("arguments", "second"), [(["--max-concurrency", "3"], "one"), ([], "two")], ids=["one sandbox", "two clients"]
)
def test_no_hint_without_state_to_lose(arguments: list[str], second: str, tmp_path: Path) -> None:
    with Dev(APP, *arguments, cwd=tmp_path) as dev:
        occupied_and_another(dev, second)
    assert messages(dev, STATE) == []


def test_clients_of_long_ago_are_forgotten(tmp_path: Path) -> None:
    shown: list[str] = []
    hints = Hints(shown.append)
    settings = FunctionSettings([], {}, tmp_path)
    observer = TerminalLog(History(), False, False)
    one, two = (Sandbox(settings, observer, Watchdog()) for _ in range(2))
    hints.met("first", one)
    for number in range(1000):
        hints.met(str(number), one)
    hints.met("first", two)
    assert shown == []
    hints.met("first", one)
    hints.met("first", two)
    assert len(shown) == 1


def test_a_sandbox_that_is_gone_is_no_reason(tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev:
        dev.get("/crash")
        dev.get("/items")
    assert messages(dev, STATE) == []
    with Dev(APP, "--cold", cwd=tmp_path) as dev:
        for _ in range(3):
            dev.get("/items")
            dev.line("report")
    assert messages(dev, STATE) == []


# A slow start


@pytest.mark.parametrize(
    ("limit", "max_concurrency", "command", "warned"),
    [(0.0, 1, "true", True), (60.0, 1, "true", False), (0.0, 2, "true", False), (0.0, 1, "", False)],
    ids=["slow", "fast", "Managed Instances", "started by hand"],
)
def test_a_slow_start(
    limit: float, max_concurrency: int, command: str, warned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_module, "_INIT_LIMIT", limit)
    file = io.StringIO()
    settings = FunctionSettings([command] if command else [], {}, tmp_path, None, max_concurrency=max_concurrency)
    observer = TerminalLog(History(), False, False, file)

    async def scenario() -> None:
        watchdog = Watchdog()
        sandbox = Sandbox(settings, observer, watchdog)
        await sandbox.start()
        observer.initialised(sandbox, 12.34)
        await sandbox.stop()
        watchdog.close()

    asyncio.run(scenario())
    (line,) = [line for line in file.getvalue().splitlines() if "start took" in line] or [""]
    assert bool(line) is warned
    if warned:
        assert line.startswith("Warning: the start took 12.3 s. Lambda stops a start after 0 s and begins it again")
        assert "async_init" in line


# Refusals


def upgrade(dev: Dev, accept: str = "*/*") -> str:
    host, _, port = dev.url.removeprefix("http://").partition(":")
    request = (
        f"GET /chat HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}\r\n"
        "Connection: Upgrade, close\r\nUpgrade: WebSocket\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), 30) as client:
        client.sendall(request.encode())
        with client.makefile("rb") as response:
            return response.read().decode()


def test_a_websocket(tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev:
        answer = upgrade(dev)
        head, _, body = answer.partition("\r\n\r\n")
        assert head.startswith("HTTP/1.1 426 Upgrade Required\r\n")
        assert "upgrade: websocket" in head.lower().split("\r\n")
        assert "--origin websocket" in body
        assert dev.line("request")["note"] == "a Function URL has no WebSockets"
        assert "<h1>426 Upgrade Required</h1>" in upgrade(dev, "text/html")
    assert not [line for line in dev.seen if '"start"' in line]


def test_other_upgrades_are_requests(tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev:
        assert dev.get("/items", upgrade="h2c", connection="upgrade").json()["path"] == "/items"


@pytest.mark.parametrize(("origin", "status"), [("rest", 403), pytest.param("http-api", 404, marks=pytest.mark.slow)])
def test_outside_the_stage(origin: str, status: int, tmp_path: Path) -> None:
    with Dev(APP, "--origin", origin, "--stage", "live", cwd=tmp_path) as dev:
        page = dev.get("/items", accept="text/html,*/*;q=0.8")
        assert page.status_code == status
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert '<a href="/live/">/live/</a>' in page.text
        assert "html" not in dev.get("/items", accept="application/json").text
        own = dev.get("/live/error", accept="text/html")
        assert (own.status_code, "html" in own.text) == (500, False), "a 500 of the app's own has no page"


def test_too_large_and_too_many(tmp_path: Path) -> None:
    with Dev(APP, "--concurrency", "1", cwd=tmp_path) as dev, dev.client() as client, Gate() as gate:
        html = {"accept": "text/html"}
        for size in (7 * MB, 5 * MB):
            page = client.post("/length", content=b"\xff" * size, headers=html)
            assert page.status_code == 413
            assert "upload to S3" in page.text
        with ThreadPoolExecutor(1) as threads:
            held = threads.submit(dev.get, f"/gate?port={gate.port}")
            gate.arrive()
            page = client.get("/items", headers=html)
            gate.open()
            held.result()
        assert page.status_code == 429
        assert "Raise --concurrency" in page.text
        assert "Rate Exceeded." in page.text


def test_too_many_for_one_process(tmp_path: Path) -> None:
    with Dev(APP, "--max-concurrency", "2", cwd=tmp_path) as dev, Gate() as gate, ThreadPoolExecutor(2) as threads:
        dev.line("init")
        held = [threads.submit(dev.get, f"/gate?port={gate.port}") for _ in range(2)]
        gate.arrive(2)
        assert "Raise --max-concurrency" in dev.get("/items", accept="text/html").text
        gate.open()
        assert [answer.result().status_code for answer in held] == [200, 200]


@pytest.mark.parametrize("arguments", [["--integration-timeout", "0.5"], ["--stream", "--idle-timeout", "0.5"]])
def test_too_slow(arguments: list[str], tmp_path: Path) -> None:
    with Dev(APP, "--origin", "rest", *arguments, cwd=tmp_path) as dev, Gate() as gate:
        page = dev.get(f"/gate?port={gate.port}", accept="text/html")
        assert page.status_code == 504
        assert "Answer sooner" in page.text
        gate.open()


def test_a_malformed_result(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text("def handler(event, context):\n    return {'statusCode': 'many'}\n")
    with Dev("function:handler", cwd=tmp_path) as dev:
        page = dev.get("/", accept="text/html")
        assert page.status_code == 502
        assert (
            "can&#x27;t make a response of this result: b&#x27;{&quot;statusCode&quot;:&quot;many&quot;}" in page.text
        )
        assert "docs/origins.md" in page.text


# Who can reach it


@pytest.mark.parametrize(
    ("host", "warned"),
    [("0.0.0.0", True), ("127.0.0.1", False), ("::1", False), pytest.param("::", True, marks=pytest.mark.slow)],
)
def test_a_host_that_others_can_reach(host: str, warned: bool, tmp_path: Path) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("There is no IPv6 here")
    with Dev(APP, "--host", host, json_lines=False, cwd=tmp_path) as dev:
        if warned:
            assert "--host 127.0.0.1" in dev.text("Warning: other machines can reach this app")
    assert bool(messages(dev, "Warning")) is warned
