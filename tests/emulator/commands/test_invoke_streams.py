"""What `invoke` prints comes as the app, or a server, makes it; and who has seen enough may go."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import IO

import pytest

from tests.support.child_process import RunProcess, inherited_environment, python

MAIN = """
import asyncio

def opened():
    with open("gate") as gate:
        return gate.read().encode()

def wsgi(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    yield b"one"
    yield opened()

async def asgi(scope, receive, send):
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    await send({"type": "http.response.body", "body": await asyncio.to_thread(opened)})

async def patient(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": b"one", "more_body": True})
    try:
        await receive()
        await receive()
    finally:
        open("ended", "w").close()

def flood(environ, start_response):
    start_response("200 OK", [])
    return [b"x" * 1_000_000] * 5
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(MAIN)
    os.mkfifo(tmp_path / "gate")


@contextmanager
def invoke(directory: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    command = python("invoke", "GET", "/", *arguments)
    with subprocess.Popen(
        command, env=inherited_environment(), cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout
        except BaseException:
            process.kill()
            raise


@pytest.mark.covering
@pytest.mark.parametrize("app", ["main:asgi", "main:wsgi"])
@pytest.mark.parametrize("origin", ["function-url", "rest"])
def test_as_the_app_makes_it(app: str, origin: str, tmp_path: Path) -> None:
    with invoke(tmp_path, "--app", app, "--origin", origin, "--stream") as (process, stdout):
        assert stdout.read(3) == b"one"
        (tmp_path / "gate").write_text("two")
        assert stdout.read() == b"two"
    assert process.returncode == 0


def test_interrupted(tmp_path: Path) -> None:
    arguments = ("--app", "main:patient", "--stream")
    with invoke(tmp_path, *arguments) as (process, stdout):
        assert stdout.read(3) == b"one"
        process.send_signal(signal.SIGINT)
        assert stdout.read() == b""
    assert process.returncode == 130
    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_nobody_reads_on(unbuffered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with invoke(tmp_path, "--app", "main:flood") as (process, stdout):
        assert stdout.read(3) == b"xxx"
        stdout.close()
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0


# A URL


class Echo(BaseHTTPRequestHandler):
    """Answers with the request line, one header and the body, in two pieces."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response_only(418, "Teapot")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in (f"{self.requestline} {self.headers['content-type']} ".encode(), body):
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST  # noqa: N815  # http.server's names

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.covering
@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["GET", "/a%2Fb?x=1&x=2"], "GET /a%2Fb?x=1&x=2 HTTP/1.1 None "),
        (["post", "items", "-d", '{"a":1}'], 'POST /items HTTP/1.1 application/json {"a":1}'),
    ],
)
@pytest.mark.parametrize("path", ["", "/live", "/live/"])
def test_a_url(path: str, arguments: list[str], seen: str, url: str, run_process: RunProcess) -> None:
    process = run_process("invoke", *arguments, "--url", url + path)
    assert process.wait() == 0
    method, _, rest = seen.partition(" ")
    assert process.stdout == f"{method} {path.rstrip('/')}{rest}"
    assert process.stderr == "HTTP/1.1 418 I'm a Teapot\nTransfer-Encoding: chunked\n\n"
