"""Requests through `dev`: real sockets, real events, real processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.support.child_process import inherited_environment
from tests.support.dev_process import APP, Dev, Gate, processes_of
from tests.support.paths import ROOT


@pytest.mark.parametrize("origin", ["http-api", pytest.param("http-api-v1", marks=pytest.mark.slow), "rest"])
def test_a_stage_is_in_front_of_the_path(origin: str, tmp_path: Path) -> None:
    with Dev(APP, "--origin", origin, "--stage", "prod", cwd=tmp_path) as dev:
        seen = dev.get("/prod/items").json()
        assert (seen["path"], seen["root_path"]) == ("/prod/items", "/prod")
        elsewhere = dev.get("/items")
        assert elsewhere.status_code == (403 if origin == "rest" else 404)
        assert "'/prod'" in str(dev.line("request", target="/items")["note"])


# Payload 2.0 says nothing of the mapping: nobody but the app's own root_path can.
@pytest.mark.parametrize(
    ("origin", "path", "root_path"),
    [
        ("http-api", "/items", ""),
        pytest.param("http-api-v1", "/v1/items", "/v1", marks=pytest.mark.slow),
        ("rest", "/v1/items", "/v1"),
    ],
)
def test_a_base_path_is_in_front_of_the_path(origin: str, path: str, root_path: str, tmp_path: Path) -> None:
    with Dev(APP, "--origin", origin, "--base-path", "/v1", cwd=tmp_path) as dev:
        seen = dev.get("/v1/items").json()
        assert (seen["path"], seen["root_path"]) == (path, root_path)


def test_parallel_requests_get_a_sandbox_each(tmp_path: Path) -> None:
    # More than the ten of the default.
    with Dev(APP, "--concurrency", "12", cwd=tmp_path) as dev, Gate() as gate, ThreadPoolExecutor(12) as threads:
        answers = [threads.submit(dev.get, f"/gate?port={gate.port}") for _ in range(12)]
        gate.arrive(12)
        gate.open()
        assert len({answer.result().text for answer in answers}) == 12


def test_one_sandbox_for_many_at_once(tmp_path: Path) -> None:
    with Dev(APP, "--max-concurrency", "3", cwd=tmp_path) as dev, Gate() as gate, ThreadPoolExecutor(3) as threads:
        dev.line("init")
        answers = [threads.submit(dev.get, f"/gate?port={gate.port}") for _ in range(3)]
        gate.arrive(3)
        assert dev.get("/").status_code == 429
        gate.open()
        assert len({answer.result().text for answer in answers}) == 1


@pytest.mark.parametrize(("env", "number"), [({}, 1), ({"LAMBDA_HTTP_ADAPTER_PROCESSES": "2"}, 2)])
def test_one_process_for_many_at_once_unless_more_are_asked_for(
    env: dict[str, str], number: int, tmp_path: Path
) -> None:
    dev = Dev(APP, "--max-concurrency", "2", env=env, cwd=tmp_path)
    with dev, Gate() as gate, ThreadPoolExecutor(2) as threads:
        dev.line("init")
        answers = [threads.submit(dev.get, f"/gate?port={gate.port}") for _ in range(2)]
        gate.arrive(2)
        gate.open()
        assert len({answer.result().text for answer in answers}) == number


def test_sequential_requests_share_a_warm_sandbox(tmp_path: Path) -> None:
    with Dev(APP, "--concurrency", "1", cwd=tmp_path) as dev, dev.client() as client:
        assert len({client.get("/").json()["pid"] for _ in range(50)}) == 1
        first, second = (dev.line("report") for _ in range(2))
        assert isinstance(first["init_ms"], float)
        assert second["init_ms"] is None
        for line in (first, second):
            duration, billed, memory = line["duration_ms"], line["billed_ms"], line["max_memory_mb"]
            assert isinstance(duration, float)
            assert isinstance(billed, int)
            assert isinstance(memory, int)
            assert 0 < duration <= billed
            assert 5 < memory < 500


def test_cold_is_a_new_process_for_every_request(tmp_path: Path) -> None:
    with Dev(APP, "--cold", cwd=tmp_path) as dev:
        assert len({dev.get("/").json()["pid"] for _ in range(4)}) == 4


@pytest.mark.parametrize("origin", ["function-url", "rest"])
def test_a_stream_is_seen_as_it_is_made(origin: str, tmp_path: Path) -> None:
    with Dev(APP, "--stream", "--origin", origin, cwd=tmp_path) as dev, dev.client() as client, Gate() as gate:
        with client.stream("GET", f"/stream?port={gate.port}") as response:
            pieces = response.iter_bytes()
            assert next(pieces) == b"data: one\n\n"
            gate.arrive()
            assert dev.line("stream")["status"] == 201
            gate.open()
            assert b"".join(pieces) == b"data: two\n\n"
        assert response.status_code == 201
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_the_byte_of_an_empty_stream_is_dropped_where_http_has_no_body(tmp_path: Path) -> None:
    env = {"LAMBDA_HTTP_ADAPTER_STREAM_EMPTY_BODY": "newline"}
    with Dev(APP, "--stream", cwd=tmp_path, env=env) as dev, dev.client() as client:
        for method, status in (("HEAD", 201), ("GET", 204), ("GET", 304)):
            target = f"/stream?status={status}"
            response = client.request(method, target)
            assert (response.status_code, response.content) == (status, b""), (method, status)
            assert dev.line("request", target=target)["bytes"] == 0, (method, status)
            assert client.get("/").status_code == 200


def test_a_stream_that_breaks_off_ends_the_connection(tmp_path: Path) -> None:
    with Dev(APP, "--stream", cwd=tmp_path) as dev:
        with pytest.raises(httpx.RemoteProtocolError):
            dev.get("/stream?fail=1")
        assert dev.line("request")["note"] == "the response broke off"
        assert dev.get("/").status_code == 200


def test_the_function_runs_on_when_the_client_goes(tmp_path: Path) -> None:
    with Dev(APP, "--stream", cwd=tmp_path) as dev, Gate() as gate:
        with dev.client() as client, client.stream("GET", f"/stream?pieces=500&port={gate.port}") as response:
            assert next(response.iter_bytes()) == b"data: one\n\n"
            gate.arrive()
        gate.open()
        line = dev.line("report")
        assert line["error"] is None


def test_a_buffered_front_door_waits_for_the_end_of_a_stream(tmp_path: Path) -> None:
    environment = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream"}
    with Dev(APP, cwd=tmp_path, env=environment) as dev:
        response = dev.get("/stream")
        assert bytes(8) in response.content
        assert "--stream" in str(dev.line("request")["note"])


def test_a_wsgi_app(tmp_path: Path) -> None:
    with Dev(cwd=ROOT / "examples/flask_app") as dev:
        assert dev.get("/").status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_behind(number: int, tmp_path: Path) -> None:
    marker = f"LEFT_BEHIND={os.getpid()}-{number}"
    name, _, value = marker.partition("=")
    with Dev(APP, cwd=tmp_path, env={name: value}) as dev, ThreadPoolExecutor(1) as threads:
        child = int(dev.get("/child").text)
        hanging = threads.submit(dev.get, "/hang")
        dev.line("start")
        dev.line("start")
        assert child in processes_of(marker)
        assert dev.end(number) == 0
        assert processes_of(marker) == []
        assert hanging.result().status_code == 500


FAREWELL = """
import asyncio

async def app(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    print("goodbye", flush=True)
    if STUBBORN:
        await asyncio.Event().wait()
    await send({"type": "lifespan.shutdown.complete"})
    print("gone", flush=True)
"""


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_sandbox_has_a_moment_to_shut_down(stubborn: bool, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(FAREWELL.replace("STUBBORN", str(stubborn)))
    with Dev(cwd=tmp_path) as dev:
        dev.line("init")
        assert dev.end() == 0
        dev.text("goodbye")
    assert ("gone\n" in dev.seen) is not stubborn


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    process = [sys.executable, "-m", "lambda_http_adapter", *arguments]
    return subprocess.run(process, cwd=ROOT, env=inherited_environment(), capture_output=True, text=True, check=True)


def test_invoke_asks_over_the_network(tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev:
        asked = command("invoke", "POST", "/length", "-d", "12345", "--url", dev.url)
        assert asked.stdout == "5"
        assert asked.stderr.startswith("HTTP/1.1 200 OK\n")


def test_half_a_request_is_none(tmp_path: Path) -> None:
    with Dev(APP, cwd=tmp_path) as dev:
        with socket.create_connection(("127.0.0.1", int(dev.url.rpartition(":")[2]))) as client:
            client.sendall(b"POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
        dev.get("/whole")
        assert dev.line("request")["target"] == "/whole"


def test_events_are_saved_and_replayed(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with Dev(APP, "--origin", "alb", "--save-events", str(events), cwd=tmp_path) as dev:
        dev.get("/a/b?c=d")
    (file,) = events.iterdir()
    assert file.name == "0001-GET-a-b.json"
    assert '"targetGroupArn"' in file.read_text()
    with Dev(APP, "--save-events", str(events), cwd=tmp_path) as dev:
        dev.get("/c")
        assert (events / "0002-GET-c.json").exists()
        shutil.copytree(events, tmp_path / "kept")
        shutil.rmtree(events)
        assert dev.get("/d").status_code == 200
    file = tmp_path / "kept" / file.name
    assert json.loads(command("replay", "--app", APP, str(file)).stdout)["path"] == "/a/b"


def test_what_is_said_of_the_connection_is_the_front_door_s(echo: Dev) -> None:
    fields = {"Transfer-Encoding": "chunked", "Connection": "close", "Content-Length": "9", "Date": "today"}
    answer = httpx.post(echo.url, json={"statusCode": 200, "headers": fields, "body": "abc"})
    assert (answer.status_code, answer.text) == (200, "abc")
    assert answer.headers["content-length"] == "3"
    assert answer.headers.get_list("date") == ["today"]
    assert not answer.headers.keys() & {"transfer-encoding", "connection"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"headers": {"x": "a\r\nset-cookie: b"}},
        {"headers": {"a b": "c"}},
        {"headers": {"X-é": "c"}},
        {"headers": {"x": "\a"}},
        {"statusCode": 100},
    ],
    ids=["line break", "name", "letter", "control character", "status"],
)
def test_what_can_not_be_written_is_refused(wrong: dict[str, object], echo: Dev) -> None:
    assert httpx.post(echo.url, json={"statusCode": 200, "body": "abc"} | wrong).status_code == 502
    assert "a Function URL can't make a response of this result" in str(echo.line("request", status=502)["note"])


def test_another_runtime_attaches(tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text(
        "from mangum import Mangum\n"
        "from tests.support.misbehaving_app import app\n"
        "handler = Mangum(app, lifespan='off')\n"
    )
    with Dev("--only-runtime-api", "--origin", "http-api", cwd=tmp_path) as dev, ThreadPoolExecutor(1) as threads:
        early = threads.submit(dev.get, "/early")
        environment = {**os.environ, **dev.variables, "PYTHONPATH": str(ROOT)}
        runtime = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "function.handler"], cwd=tmp_path, env=environment
        )
        try:
            assert early.result().json()["path"] == "/early"
            assert dev.get("/next").json()["pid"] == runtime.pid
            assert dev.get("/error").status_code == 500
        finally:
            runtime.kill()
            runtime.wait()


def test_a_request_fails_while_no_process_can_be_started(tmp_path: Path) -> None:
    directory, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    directory.mkdir()
    with Dev(APP, "--cold", "--no-reload", cwd=directory) as dev:
        assert dev.get("/").status_code == 200
        dev.line("report")
        directory.rename(elsewhere)
        assert dev.get("/").status_code == 502
        message = "The process can't be started: No such file or directory"
        assert dev.line("ended")["error"] == {"errorType": "Runtime.ExitError", "errorMessage": message}
        elsewhere.rename(directory)
        assert dev.get("/").status_code == 200
