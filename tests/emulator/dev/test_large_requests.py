"""Requests that are too large for their front door aren't held in memory, and their clients get the response."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.doors.door import find_door
from lambda_http_adapter._emulator.doors.limits import limits_of
from tests.support.dev_process import APP, PATIENCE, Dev
from tests.support.proc import proc

MB = 1024 * 1024
LIMITS = {"function-url": 6 * MB, "http-api": 10 * MB, "rest": 10 * MB, "alb": MB, "vpc-lattice": 6 * MB}


@contextmanager
def connection(dev: Dev) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", int(dev.url.rpartition(":")[2])), timeout=PATIENCE) as client:
        yield client


def response(client: socket.socket) -> tuple[int, bytes]:
    """The next response on the connection: its status and body."""
    with client.makefile("rb") as file:
        status = int(file.readline().split()[1])
        length = 0
        while (line := file.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return status, file.read(length)


def peak_memory(dev: Dev) -> int:
    """In bytes."""
    _, _, rest = proc(f"{dev.pid}/status").read_text().partition("VmHWM:")
    return int(rest.split()[0]) * 1024


# Two of these have the limit of another.
DOORS = [pytest.param(name, marks=pytest.mark.slow if name in ("rest", "vpc-lattice") else []) for name in LIMITS]


@pytest.fixture(scope="module", params=DOORS)
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dev, str]]:
    origin: str = request.param
    with Dev(APP, "--origin", origin, cwd=tmp_path_factory.mktemp(origin)) as dev:
        yield dev, origin


@pytest.mark.parametrize("fields", [b"", b"Expect: 100-continue\r\n"])
def test_an_announced_size_is_refused_before_any_of_it_is_sent(fields: bytes, door: tuple[Dev, str]) -> None:
    dev, origin = door
    too_large = limits_of(find_door(origin)).too_large
    with connection(dev) as client:
        client.sendall(
            b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n" % (LIMITS[origin] + 1) + fields + b"\r\n"
        )
        assert response(client) == (413, too_large.body)
    assert dev.line("request", target="/a", status=413)["note"] == f"the request's body is over {LIMITS[origin]} bytes"


def test_a_body_without_a_size_is_refused_at_the_limit_and_not_held(door: tuple[Dev, str]) -> None:
    """The client sends on and on: it gets the response nevertheless, and the connection goes on too."""
    dev, origin = door
    before = peak_memory(dev)
    chunk = b"100000\r\n" + b"x" * MB + b"\r\n"
    with connection(dev) as client:
        client.sendall(b"POST /b?c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(200):
            client.sendall(chunk)
        client.sendall(b"0\r\n\r\nPOST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
        assert response(client) == (413, limits_of(find_door(origin)).too_large.body)
        assert response(client) == (200, b"3")
    # The body once as it grows and, if it stays within the limit, once as bytes; not its 200 MB.
    assert peak_memory(dev) - before < 3 * LIMITS[origin] + 10 * MB
    assert dev.line("request", target="/b?c")["status"] == 413


def test_a_body_of_just_the_limit_reaches_the_function(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "alb", cwd=tmp_path) as dev, dev.client() as client:
        fields = {"content-type": "text/plain"}
        assert client.post("/length", content=b"x" * MB, headers=fields).text == str(MB)
        assert client.post("/length", content=b"x" * (MB + 1), headers=fields).status_code == 413


SEEN = """
import json

def handler(event, context):
    request = event["Records"][0]["cf"]["request"]
    body, length = request["body"], request["headers"].get("content-length", [{}])[0].get("value")
    seen = [body["inputTruncated"], len(body["data"]), length]
    return {"status": "200", "body": json.dumps(seen)}
"""
KEPT = 40 * 1024
IN_BASE64 = (KEPT + 2) // 3 * 4


@pytest.mark.parametrize(
    ("head", "body", "seen"),
    [
        (b"Content-Length: 209715200", b"x" * (200 * MB), [True, IN_BASE64, str(200 * MB)]),
        (b"Transfer-Encoding: chunked", b"6400000\r\n" + b"x" * (100 * MB) + b"\r\n0\r\n\r\n", [True, IN_BASE64, None]),
        (b"Content-Length: 40960", b"x" * KEPT, [False, IN_BASE64, str(KEPT)]),
        (b"Content-Length: 40961", b"x" * (KEPT + 1), [True, IN_BASE64, str(KEPT + 1)]),
    ],
    ids=["200 MB", "chunked", "40 KB", "40 KB and a byte"],
)
def test_an_edge_function_gets_the_beginning(head: bytes, body: bytes, seen: list[object], tmp_path: Path) -> None:
    (tmp_path / "function.py").write_text(SEEN)
    with Dev("function:handler", "--origin", "lambda-edge", cwd=tmp_path) as dev, connection(dev) as client:
        before = peak_memory(dev)
        for _ in range(2):
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n")
            client.sendall(body)
            status, text = response(client)
            assert (status, json.loads(text)) == (200, seen)
        assert peak_memory(dev) - before < 10 * MB


def test_cloudfront_refuses_more_than_20_gb(tmp_path: Path) -> None:
    with Dev(APP, "--origin", "lambda-edge", cwd=tmp_path) as dev, connection(dev) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (20 * 1024 * MB + 1))
        assert response(client)[0] == 413
