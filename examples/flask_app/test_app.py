"""The service as its users see it: in process through WSGI, and over a socket under `flask run`."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient

from . import app as service


@pytest.fixture
def http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(service, "store", service.Store(tmp_path / "notes.sqlite3"))
    return service.app.test_client()


def test_a_note_lives_and_dies(http: FlaskClient) -> None:
    created = http.post("/notes", json={"text": "buy milk ☕"})
    note = created.get_json()
    assert created.status_code == 201
    assert created.headers["Location"] == f"/notes/{note['id']}"
    assert note["text"] == "buy milk ☕"

    url = created.headers["Location"]
    assert http.get(url).get_json() == note
    assert http.put(url, json={"text": "buy tea"}).get_json() == {"id": note["id"], "text": "buy tea"}
    assert http.get("/notes").get_json() == [{"id": note["id"], "text": "buy tea"}]

    deleted = http.delete(url)
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert http.get("/notes").get_json() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_note_that_is_not_there(http: FlaskClient, method: str) -> None:
    assert http.open("/notes/0", method=method, json={"text": "x"}).status_code == 404


@pytest.mark.parametrize("body", [{}, [], {"text": 1}])
def test_a_note_that_is_none(http: FlaskClient, body: object) -> None:
    assert http.post("/notes", json=body).status_code == 422


def test_notes_written_at_once_are_all_kept(http: FlaskClient) -> None:
    texts = {f"note {number}" for number in range(40)}
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda text: service.app.test_client().post("/notes", json={"text": text}), texts))
    assert {note["text"] for note in http.get("/notes").get_json()} == texts


@pytest.mark.parametrize(
    ("name", "media_type", "content", "disposition"),
    [
        ("every.bin", "application/octet-stream", bytes(range(256)), "attachment; filename=every.bin"),
        (
            "naïve.txt",
            "text/plain; charset=latin-1",
            b"na\xefve",
            "attachment; filename=naive.txt; filename*=UTF-8''na%C3%AFve.txt",
        ),
        ("empty.html", "text/html", b"", "attachment; filename=empty.html"),
    ],
)
def test_a_file_comes_back_as_it_went(
    http: FlaskClient, name: str, media_type: str, content: bytes, disposition: str
) -> None:
    uploaded = http.post("/files", data={"file": (BytesIO(content), name, media_type)})
    file = uploaded.get_json()
    assert uploaded.status_code == 201
    assert file == {"id": file["id"], "name": name, "type": media_type, "size": len(content)}

    downloaded = http.get(uploaded.headers["Location"])
    assert downloaded.data == content
    assert downloaded.headers["Content-Type"] == media_type
    assert downloaded.headers["Content-Disposition"] == disposition


def test_an_upload_without_a_file(http: FlaskClient) -> None:
    assert http.post("/files").status_code == 400


def test_visits_are_counted_in_cookies(http: FlaskClient) -> None:
    first = http.get("/visits")
    assert [cookie.partition("=")[0] for cookie in first.headers.getlist("Set-Cookie")] == ["visits", "last_visit"]
    assert http.get("/visits").get_json() == {"visits": 2}


@pytest.mark.parametrize(
    ("path", "media_type", "start"),
    [
        ("/", "text/html; charset=utf-8", b"<!doctype html>"),
        ("/style.css", "text/css; charset=utf-8", b"body {"),
        ("/logo.png", "image/png", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_pages(http: FlaskClient, path: str, media_type: str, start: bytes) -> None:
    response = http.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == media_type
    assert response.data.startswith(start)


def test_home_redirects(http: FlaskClient) -> None:
    response = http.get("/home")
    assert (response.status_code, response.headers["Location"]) == (307, "/")


def test_behind_a_stage_every_link_keeps_the_stage(http: FlaskClient) -> None:
    stage = "https://notes.example/live"
    assert '<base href="/live/">' in http.get("/", base_url=stage).text
    assert http.get("/home", base_url=stage).headers["Location"] == "/live/"
    created = http.post("/notes", base_url=stage, json={"text": "x"})
    assert created.headers["Location"] == f"/live/notes/{created.get_json()['id']}"


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("one two", "data: one\n\ndata: two\n\nevent: done\ndata:\n\n"),
        (" grüße,\r\ndata:  x ", "data: grüße,\n\ndata: data:\n\ndata: x\n\nevent: done\ndata:\n\n"),
        ("", "event: done\ndata:\n\n"),
    ],
)
def test_tokens_are_server_sent_events(http: FlaskClient, text: str, events: str) -> None:
    response = http.get("/tokens", query_string={"text": text, "pace": "0"})
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.text == events


@pytest.mark.parametrize(
    ("query", "status"), [("", 400), ("text=x&pace=11", 422), ("text=x&pace=nan", 422), ("text=" + "x" * 2001, 422)]
)
def test_what_is_not_streamed(http: FlaskClient, query: str, status: int) -> None:
    assert http.get(f"/tokens?{query}").status_code == status


def test_capture_tells_what_the_app_saw(http: FlaskClient) -> None:
    http.set_cookie("one", "1", domain="notes.example")
    http.set_cookie("two", "2", domain="notes.example")
    response = http.put(
        "/capture/a%20b//c?b=1&a=x+y&b=%26&empty=",
        base_url="https://notes.example/live",
        headers={"X-Tag": "1"},
        data="grüße",
    )
    seen = response.get_json()
    assert ["x-tag", "1"] in seen.pop("headers")
    assert seen == {
        "method": "PUT",
        "path": "/live/capture/a b//c",
        "root_path": "/live",
        "query": [["b", "1"], ["a", "x y"], ["b", "&"], ["empty", ""]],
        "cookies": {"one": "1", "two": "2"},
        "client": "127.0.0.1",
        "scheme": "https",
        "host": "notes.example",
        "body": "grüße",
    }


@pytest.fixture
def lambda_app(http: FlaskClient) -> Flask:
    return service.app


def test_behind_every_front_door_of_lambda(lambda_client: httpx.Client) -> None:
    created = lambda_client.post("/notes", json={"text": "buy milk ☕"})
    assert lambda_client.get(created.headers["Location"]).json() == created.json()
    assert lambda_client.get("/logo.png").content.startswith(b"\x89PNG")
    response = lambda_client.get("/lambda")
    invocation = response.json()["lambda"]
    assert invocation["aws_request_id"] == response.extensions["aws.context"].aws_request_id


def test_outside_lambda_there_is_no_invocation(http: FlaskClient) -> None:
    assert http.get("/lambda").get_json() == {"lambda": None}


@contextmanager
def flask_run(temporary_directory: Path) -> Iterator[str]:
    """Serve the app from its own directory on a free port. Yields the address that the server prints."""
    command = [sys.executable, "-W", "error", "-m", "flask", "--app", "app", "run", "--port", "0"]
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
            process.stderr.read()
    assert process.returncode in (0, -signal.SIGTERM)


def test_the_first_token_arrives_long_before_the_last_is_made(tmp_path: Path) -> None:
    with flask_run(tmp_path) as address:
        long = {"text": "one two three", "pace": "10"}
        with httpx.stream("GET", f"{address}/tokens", params=long, timeout=5) as response:
            assert next(response.iter_lines()) == "data: one"


def test_under_flask_run(tmp_path: Path) -> None:
    with flask_run(tmp_path) as address:
        response = httpx.get(f"{address}/lambda")
    assert response.json() == {"lambda": None}
    assert (tmp_path / "flask_notes.sqlite3").exists()
