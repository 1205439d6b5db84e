"""The service as its users see it: in process through ASGI, and over a socket under uvicorn."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from lambda_http_adapter.testing import AsyncLambdaTransport, FrontDoor

from .app import app

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def client(root_path: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """A client of the started app. httpx's transport doesn't run the lifespan, so this does."""
    async with app.router.lifespan_context(app) as state:

        async def started(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(started, root_path=root_path)
        async with httpx.AsyncClient(transport=transport, base_url="http://notes.example") as http:
            yield http


@pytest.fixture
def empty_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
async def http(empty_database: None) -> AsyncIterator[httpx.AsyncClient]:
    async with client() as http:
        yield http


async def test_a_note_lives_and_dies(http: httpx.AsyncClient) -> None:
    created = await http.post("/notes", json={"text": "buy milk ☕"})
    note = created.json()
    assert created.status_code == 201
    assert created.headers["location"] == f"/notes/{note['id']}"
    assert note["text"] == "buy milk ☕"

    url = created.headers["location"]
    assert (await http.get(url)).json() == note
    assert (await http.put(url, json={"text": "buy tea"})).json() == {"id": note["id"], "text": "buy tea"}
    assert (await http.get("/notes")).json() == [{"id": note["id"], "text": "buy tea"}]

    deleted = await http.delete(url)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await http.get("/notes")).json() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_note_that_is_not_there(http: httpx.AsyncClient, method: str) -> None:
    response = await http.request(method, "/notes/0", json={"text": "x"})
    assert response.status_code == 404


@pytest.mark.parametrize("body", [{}, [], {"text": 1}])
async def test_a_note_that_is_none(http: httpx.AsyncClient, body: object) -> None:
    response = await http.post("/notes", json=body)
    assert response.status_code == 422


async def test_notes_written_at_once_are_all_kept(http: httpx.AsyncClient) -> None:
    texts = {f"note {number}" for number in range(40)}
    await asyncio.gather(*(http.post("/notes", json={"text": text}) for text in texts))
    assert {note["text"] for note in (await http.get("/notes")).json()} == texts


@pytest.mark.parametrize(
    ("name", "media_type", "content", "disposition"),
    [
        ("every.bin", "application/octet-stream", bytes(range(256)), "attachment; filename*=UTF-8''every.bin"),
        ("naïve.txt", "text/plain; charset=latin-1", b"na\xefve", "attachment; filename*=UTF-8''na%C3%AFve.txt"),
        ("empty.html", "text/html", b"", "attachment; filename*=UTF-8''empty.html"),
    ],
)
async def test_a_file_comes_back_as_it_went(
    http: httpx.AsyncClient, name: str, media_type: str, content: bytes, disposition: str
) -> None:
    uploaded = await http.post("/files", files={"file": (name, content, media_type)})
    file = uploaded.json()
    assert uploaded.status_code == 201
    assert file == {"id": file["id"], "name": name, "type": media_type, "size": len(content)}

    downloaded = await http.get(uploaded.headers["location"])
    assert downloaded.content == content
    assert downloaded.headers["content-type"] == media_type
    assert downloaded.headers["content-disposition"] == disposition


async def test_an_upload_without_a_file(http: httpx.AsyncClient) -> None:
    assert (await http.post("/files")).status_code == 422


async def test_visits_are_counted_in_cookies(http: httpx.AsyncClient) -> None:
    first = await http.get("/visits")
    assert [cookie.partition("=")[0] for cookie in first.headers.get_list("set-cookie")] == ["visits", "last_visit"]
    assert (await http.get("/visits")).json() == {"visits": 2}


@pytest.mark.parametrize(
    ("path", "media_type", "start"),
    [
        ("/", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/chat", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/style.css", "text/css; charset=utf-8", b"body {"),
        ("/logo.png", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("/docs", "text/html; charset=utf-8", b"\n    <!DOCTYPE html>"),
        ("/openapi.json", "application/json", b'{"openapi":'),
    ],
)
async def test_pages(http: httpx.AsyncClient, path: str, media_type: str, start: bytes) -> None:
    response = await http.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.content.startswith(start)


async def test_home_redirects(http: httpx.AsyncClient) -> None:
    response = await http.get("/home")
    assert (response.status_code, response.headers["location"]) == (307, "/")


async def test_behind_a_stage_every_link_keeps_the_stage(empty_database: None) -> None:
    async with client(root_path="/live") as http:
        assert '<base href="/live/">' in (await http.get("/live/")).text
        assert '<base href="/live/">' in (await http.get("/live/chat")).text
        assert "/live/openapi.json" in (await http.get("/live/docs")).text
        assert (await http.get("/live/home")).headers["location"] == "/live/"
        created = await http.post("/live/notes", json={"text": "x"})
        assert (await http.get(created.headers["location"])).json() == created.json()


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("one two", "data: one\n\ndata: two\n\nevent: done\ndata:\n\n"),
        (" grüße,\r\ndata:  x ", "data: grüße,\n\ndata: data:\n\ndata: x\n\nevent: done\ndata:\n\n"),
        ("", "event: done\ndata:\n\n"),
    ],
)
async def test_tokens_are_server_sent_events(http: httpx.AsyncClient, text: str, events: str) -> None:
    response = await http.get("/tokens", params={"text": text, "pace": 0})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.text == events


@pytest.mark.parametrize(
    "query", ["tokens", "tokens?text=x&pace=11", "tokens?text=x&pace=nan", "download?mb=0", "download?mb=201"]
)
async def test_what_is_not_streamed(http: httpx.AsyncClient, query: str) -> None:
    assert (await http.get(query)).status_code == 422


async def test_a_large_download(http: httpx.AsyncClient) -> None:
    response = await http.get("/download?mb=3")
    assert response.headers["content-disposition"] == 'attachment; filename="3mb.bin"'
    assert "content-length" not in response.headers
    assert response.content == bytes(range(256)) * (3 * 2**20 // 256)


async def test_capture_tells_what_the_app_saw(http: httpx.AsyncClient) -> None:
    response = await http.put(
        "/capture/a%20b//c?b=1&a=x+y&b=%26&empty=",
        headers=[("x-tag", "1"), ("x-tag", "2"), ("cookie", "one=1; two=2")],
        content="grüße",
    )
    seen = response.json()
    assert [header for header in seen.pop("headers") if header[0] == "x-tag"] == [["x-tag", "1"], ["x-tag", "2"]]
    assert seen == {
        "method": "PUT",
        "path": "/capture/a b//c",
        "root_path": "",
        "query": [["b", "1"], ["a", "x y"], ["b", "&"], ["empty", ""]],
        "cookies": {"one": "1", "two": "2"},
        "client": "127.0.0.1",
        "scheme": "http",
        "host": "notes.example",
        "body": "grüße",
    }


@pytest.mark.parametrize("origin", ["function-url", "http-api", "rest", "alb"])
async def test_behind_a_front_door_of_lambda(empty_database: None, origin: FrontDoor) -> None:
    transport = AsyncLambdaTransport(app, origin)
    async with httpx.AsyncClient(transport=transport, base_url="https://notes.example") as http:
        created = await http.post("/notes", json={"text": "buy milk ☕"})
        assert (await http.get(created.headers["location"])).json() == created.json()
        assert (await http.get("/logo.png")).content.startswith(b"\x89PNG")
        response = await http.get("/lambda")
        invocation = response.json()["lambda"]
    assert invocation["aws_request_id"] == response.extensions["aws.context"].aws_request_id
    assert 0 < invocation["remaining_time_in_millis"] <= 30_000


async def test_outside_lambda_there_is_no_invocation(http: httpx.AsyncClient) -> None:
    assert (await http.get("/lambda")).json() == {"lambda": None}


@contextmanager
def uvicorn(temporary_directory: Path) -> Iterator[str]:
    """Serve the app from its own directory on a free port. Yields the address that the server prints."""
    command = [sys.executable, "-W", "error", "-m", "uvicorn", "app:app", "--port", "0"]
    environment = {**os.environ, "TMPDIR": str(temporary_directory)}
    directory = Path(__file__).parent
    with subprocess.Popen(command, cwd=directory, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            address, log = None, ""
            while not address and (line := process.stderr.readline()):
                address, log = re.search(r"http://127\.0\.0\.1:\d+", line), log + line
            assert address, log
            yield address[0]
        finally:
            process.terminate()
            log = process.stderr.read()
    assert "Application shutdown complete." in log
    assert process.returncode in (0, -signal.SIGTERM)


def test_the_first_token_arrives_long_before_the_last_is_made(tmp_path: Path) -> None:
    with uvicorn(tmp_path) as address:
        long = {"text": "one two three", "pace": "10"}
        with httpx.stream("GET", f"{address}/tokens", params=long, timeout=5) as response:
            assert next(response.iter_lines()) == "data: one"
        # A client that leaves a download stops that download only.
        with httpx.stream("GET", f"{address}/download?mb=200") as response:
            assert next(response.iter_raw()).startswith(bytes(range(256)))
        assert httpx.get(f"{address}/lambda").status_code == 200


def test_under_uvicorn(tmp_path: Path) -> None:
    with uvicorn(tmp_path) as address:
        response = httpx.get(f"{address}/lambda")
    assert response.json() == {"lambda": None}
    assert (tmp_path / "fastapi_notes.sqlite3").exists()
