"""What the emulator answers under `/_lambda`, over real sockets."""

import json
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.dev_events import events, until
from tests.support.dev_process import APP, Dev, Gate

MB = 1024 * 1024
FILES = Path(__file__).parents[3] / "src/lambda_http_adapter/_emulator/dev/page"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with Dev(APP, "--stream", cwd=tmp_path_factory.mktemp("dev")) as dev:
        yield dev


def details(dev: Dev, name: object) -> dict[str, Any]:
    found: dict[str, Any] = dev.get(f"/_lambda/invocations/{name}").json()
    return found


def send(dev: Dev, head: str) -> bytes:
    """The whole response to a request without a body."""
    with socket.create_connection(("127.0.0.1", int(dev.url.rpartition(":")[2])), 30) as client:
        client.sendall(f"{head}Connection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("path", ["", "/", *(f"/{file.name}" for file in sorted(FILES.iterdir()))])
def test_a_file_of_the_page(path: str, dev: Dev) -> None:
    response = dev.get(f"/_lambda{path}")
    assert response.status_code == 200
    assert response.content == (FILES / (path.strip("/") or "index.html")).read_bytes()
    policy = response.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"


def test_the_page_names_no_other_address() -> None:
    for file in FILES.iterdir():
        addresses = [word for word in file.read_text().split('"') if "//" in word and word.startswith("http")]
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, file.name


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/../own_pages.py"),
        ("GET", "/%2e%2e/own_pages.py"),
        ("POST", ""),
        ("GET", "/invocations/999999"),
        ("GET", "/invocations/"),
        ("POST", "/invocations/1"),
        ("GET", "/fixtures/999999"),
        ("GET", "/replay/1"),
        ("POST", "/replay/999999"),
        ("POST", "/events"),
    ],
)
def test_other_paths_are_not_found(method: str, path: str, dev: Dev) -> None:
    response = send(dev, f"{method} /_lambda{path} HTTP/1.1\r\nHost: localhost\r\n")
    assert response.startswith(b"HTTP/1.1 404")
    assert b"There is nothing here" in response


def test_a_path_that_only_begins_like_it_is_the_functions(dev: Dev) -> None:
    assert json.loads(dev.get("/_lambdas").text)["path"] == "/_lambdas"


@pytest.mark.parametrize(
    "head",
    [
        "GET /_lambda HTTP/1.1\r\nHost: rebound.example\r\n",
        "GET /_lambda/events HTTP/1.1\r\nHost: rebound.example\r\n",
        "GET /_lambda/invocations/{id} HTTP/1.1\r\nHost: rebound.example\r\n",
        "GET /_lambda/fixtures/{id} HTTP/1.1\r\nHost: rebound.example\r\n",
        "POST /_lambda/replay/{id} HTTP/1.1\r\nHost: rebound.example\r\nOrigin: http://rebound.example\r\n",
        "POST /_lambda/replay/{id} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://site.example\r\n",
        "POST /_lambda/replay/{id} HTTP/1.1\r\nHost: {host}\r\nOrigin: null\r\n",
        "POST /_lambda/replay/{id} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: cross-site\r\n",
        "POST /_lambda/replay/{id} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-site\r\n",
    ],
)
def test_a_foreign_page_is_refused_and_told_what_would_do(head: str, dev: Dev) -> None:
    with events(dev) as read:
        next(read)
        dev.get("/first")
        request_id = until(read, "/first", complete=True)["requestId"]
        host = dev.url.removeprefix("http://")
        response = send(dev, head.replace("{id}", str(request_id)).replace("{host}", host))
        assert response.startswith(b"HTTP/1.1 403")
        assert b"http://127.0.0.1" in response
        dev.get("/last")
        targets = (target for event in read for target in event.invocations() if target != "/first")
        assert next(targets) == "/last"


def test_the_function_stays_open_to_all_hosts_and_origins(dev: Dev) -> None:
    head = "GET /open HTTP/1.1\r\nHost: shop.example\r\nOrigin: https://site.example\r\nSec-Fetch-Site: cross-site\r\n"
    assert send(dev, head).startswith(b"HTTP/1.1 200")


def test_all_about_an_invocation(tmp_path: Path) -> None:
    with Dev(APP, "--cold", cwd=tmp_path) as dev:
        dev.line("init")
        dev.get("/first")
        dev.line("report")
        dev.get("/items?a=1", authorization="Bearer secret")
        dev.line("report")
        seen = details(dev, 2)
        assert details(dev, seen["requestId"]) == seen
    assert (seen["method"], seen["target"], seen["status"], seen["cold"]) == ("GET", "/items?a=1", 200, True)
    assert seen["event"]["headers"]["authorization"] == "Bearer secret"
    assert seen["result"]["body"] == seen["body"]
    assert ["content-type", "application/json"] in seen["headers"]
    assert [entry["text"].split()[0] for entry in seen["logs"]] == ["START", "END", "REPORT"]
    assert "Bearer secret" in str(seen["curl"])
    # In the order of time. The sandbox had to start first: of the queue that is nearly all.
    times = [seen[name] for name in ("taken", "firstByte", "end")]
    assert times == sorted(times)
    assert 0 < seen["initWait"] <= seen["taken"]
    assert seen["initWait"] == pytest.approx(seen["init"], abs=50)
    assert seen["duration"] > 0
    assert seen["maxMemory"] > 5


def test_a_request_that_finds_its_sandbox_started_waits_for_no_init(dev: Dev) -> None:
    dev.get("/warm")
    seen = details(dev, dev.line("request", target="/warm")["request_id"])
    assert (seen["cold"], seen["initWait"]) == (False, 0)


@pytest.mark.parametrize("target", ["/stream", "/crash"])
def test_a_replay(target: str, dev: Dev) -> None:
    with dev.client() as client:
        client.get(target)
        first = details(dev, dev.line("request", target=target)["request_id"])
        response = client.post(f"/_lambda/replay/{first['number']}")
        assert response.status_code == 202
        line = dev.line("request", target=target)
        second = details(dev, response.json()["number"])
    assert line["request_id"] == second["requestId"] != first["requestId"]
    assert (second["replayOf"], second["event"]) == (first["number"], first["event"])
    compared = ("status", "chunks", "error", "curl", "method")
    assert [second[name] for name in compared] == [first[name] for name in compared]


def test_an_event_is_saved_as_a_fixture(echo: Dev) -> None:
    body = '{"statusCode": 200, "body": "☕"}'
    httpx.post(f"{echo.url}/a/é?b=c", content=body, headers={"content-type": "application/json"}, trust_env=False)
    request_id = echo.line("request")["request_id"]
    number = details(echo, request_id)["number"]
    response = echo.get(f"/_lambda/fixtures/{request_id}")
    name = f"{number:04d}-POST-a--C3-A9.json"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert response.json() == details(echo, request_id)["event"]
    assert "☕" in response.text


def test_a_request_without_an_invocation(dev: Dev) -> None:
    with dev.client() as client, events(dev) as read:
        next(read)
        assert client.post("/large", content=bytes(6 * MB + 1)).status_code == 413
        number = until(read, "/large", complete=True)["number"]
        seen = details(dev, number)
        assert (seen["event"], seen["result"], seen["taken"]) == (None, None, None)
        assert client.get(f"/_lambda/fixtures/{number}").status_code == 404
        assert client.post(f"/_lambda/replay/{number}").status_code == 404


def nested(levels: int) -> str:
    return f'{{"statusCode": 200, "body": "x", "deep": {"[" * levels}{"]" * levels}}}'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"statusCode": 200, "body": "\\ud800"}', (200, 502)),
        ('{"statusCode": 200, "headers": {"x": "\\udfff"}, "body": ""}', (200, 502)),
        (nested(400), (200,)),
        ('{"statusCode": 200, "body": "x", "not": NaN}', (200,)),
        (f'{{"statusCode": 200, "body": "{"x" * MB}"}}', (200,)),
        ('{"statusCode": 200, "isBase64Encoded": true, "body": "/9j/4A=="}', (200,)),
    ],
    ids=["surrogate", "surrogate in a header", "deep", "NaN", "large", "binary"],
)
def test_odd_results_can_be_shown(body: str, status: tuple[int, ...], echo: Dev) -> None:
    response = httpx.post(echo.url, content=body, headers={"content-type": "application/json"}, trust_env=False)
    assert response.status_code in status
    seen = details(echo, echo.line("request")["request_id"])
    assert seen["status"] == response.status_code
    assert seen["result"]
    assert len(json.dumps(seen["result"], allow_nan=False)) < 100_000


SURROGATE = "def handler(event, context):\n    raise ValueError('half a \\ud83d smile')\n"


def test_an_error_with_half_a_character_has_an_error_page(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text(SURROGATE)
    with Dev("function:handler", cwd=tmp_path) as dev:
        response = dev.get("/", accept="text/html")
        assert response.status_code == 502
        assert response.headers["content-type"].startswith("text/html")
        assert "half a \\ud83d smile" in response.text
        assert "This page appears only in" in response.text
        assert details(dev, 1)["payload"]["errorMessage"] == "half a \ud83d smile"
        assert dev.get("/").status_code == 502


def test_the_terminal_goes_on_after_half_a_character(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text(SURROGATE)
    with Dev("function:handler", json_lines=False, cwd=tmp_path) as dev:
        for _ in range(2):
            assert dev.get("/").status_code == 502
            dev.text("Function.ValueError: half a \\ud83d smile")


def test_events_begin_with_all_and_go_on_with_changes(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("A_SECRET=hidden\n")
    with Dev(APP, "--env-file", str(file), "--origin", "rest", "--stage", "live", cwd=tmp_path) as dev:
        dev.line("init")
        dev.get("/live/first")
        with events(dev) as read:
            snapshot = next(read)
            assert snapshot.kind == "snapshot"
            assert snapshot.invocations() == ["/live/first"]
            assert snapshot.data["title"] == f"{APP} behind a REST API"
            settings = {name: dict(rows) for name, rows in snapshot.data["settings"].items()}
            assert settings["Front door"].items() >= {("Door", "a REST API"), ("Mount", "/live/"), ("Stream", "no")}
            assert settings["Front door"]["Time-out of a response"] == "29 s"
            assert settings["Function"]["Memory"] == "1769 MB"
            assert settings["Environment"]["A_SECRET"] is None
            assert settings["Environment"]["_HANDLER"] == APP
            assert "hidden" not in str(snapshot.data)
            dev.get("/live/second")
            assert until(read, "/live/second", complete=True)["status"] == 200
            (sandbox,) = snapshot.data["sandboxes"]
            assert sandbox["state"] == "idle"
            assert sandbox["samples"][-1][1] > 5


def test_events_resume_where_they_ended(tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev:
        dev.get("/before")
        dev.line("report")
        with events(dev) as read:
            known = next(read).id
        dev.get("/after")
        with events(dev, known) as read:
            event = next(read)
            assert (event.kind, event.invocations()) == ("change", ["/after"])
        for unknown in ("another-1", known.replace("-", "-x"), "x", f"{known}{'0' * 5000}"):
            with events(dev, unknown) as read:
                event = next(read)
                assert (event.kind, event.invocations()) == ("snapshot", ["/before", "/after"])
        assert dev.get("/_lambda/events?since=x", host="rebound.example").status_code == 403


def test_a_stream_shows_its_progress(dev: Dev) -> None:
    with Gate() as gate, dev.client() as client, events(dev) as read:
        next(read)
        target = f"/stream?port={gate.port}"
        with client.stream("GET", target) as response:
            begun = until(read, target, chunks=1)
            assert (begun["status"], begun["size"], begun["complete"]) == (201, 11, False)
            gate.arrive()
            gate.open()
            response.read()
        ended = until(read, target, complete=True)
        assert (ended["chunks"], ended["size"], ended["streamed"]) == (2, 22, True)


def test_the_memory_of_a_running_sandbox_is_sampled(dev: Dev) -> None:
    with Gate() as gate, ThreadPoolExecutor(1) as threads, events(dev) as read:
        before = next(read).data["sandboxes"][-1]
        answer = threads.submit(dev.get, f"/gate?port={gate.port}")
        gate.arrive()
        busy = next(sandbox for event in read for sandbox in event.data["sandboxes"] if sandbox["state"] == "busy")
        assert busy["number"] == before["number"]
        gate.open()
        answer.result()
        next(sandbox for event in read for sandbox in event.data["sandboxes"] if sandbox["state"] == "idle")


def test_the_reason_why_a_sandbox_has_ended(dev: Dev) -> None:
    with events(dev) as read:
        next(read)
        dev.get("/crash")
        ended = next(sandbox for event in read for sandbox in event.data["sandboxes"] if sandbox["state"] == "ended")
        assert ended["error"] == "Runtime.ExitError: Runtime exited with error: exit status 3"


def test_a_slow_reader_of_events_delays_no_request(dev: Dev) -> None:
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(("127.0.0.1", int(dev.url.rpartition(":")[2])))
        reader.sendall(b"GET /_lambda/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reader.recv(15) == b"HTTP/1.1 200 OK"  # and it reads no more
        with dev.client() as client:
            for _ in range(300):
                assert client.get(f"/{'x' * 900}").status_code == 200
        with events(dev) as read:
            assert len(next(read).data["invocations"]) == 200


def test_dev_ends_while_a_replay_hangs(tmp_path: Path) -> None:
    with Dev(APP, "--timeout", "0.5", cwd=tmp_path) as dev, dev.client() as client, events(dev) as read:
        next(read)
        client.get("/hang")
        client.post("/_lambda/replay/1")
        until(read, "/hang", replayOf=1)
        assert dev.end() == 0
    assert not [line for line in dev.seen if "Traceback" in line]


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_dev_ends_while_a_page_reads_its_events(number: int, tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev, events(dev) as read:
        next(read)
        assert dev.end(number) == 0
    assert not [line for line in dev.seen if "Traceback" in line or "Error" in line]
