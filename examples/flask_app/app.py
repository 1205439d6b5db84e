"""Notes, files, a stream, an echo: a small Flask service that runs unchanged on AWS Lambda and under `flask run`."""

import secrets
import sqlite3
import struct
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qsl

from flask import Flask, Response, abort, jsonify, redirect, render_template_string, request, send_file, url_for
from flask.typing import ResponseReturnValue

from lambda_http_adapter import lambda_request, run_wsgi

SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, content BLOB NOT NULL);
"""

# <base> makes every link on the page relative to the app's mount point: "/", or "/live/" behind a REST API's stage.
PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Notes</title>
  <base href="{{ url_for('page') }}">
  <link rel="stylesheet" href="style.css">
  <link rel="icon" href="logo.png">
</head>
<body>
  <h1><img src="logo.png" alt="" width="32" height="32"> Notes</h1>
  <p>A Flask service on AWS Lambda.</p>
  <ul>
    <li><a href="notes">notes</a>: create, read, update and delete them</li>
    <li><a href="visits">visits</a>: counted with two cookies</li>
    <li><a href="home">home</a>: a redirect to this page</li>
    <li><a href="tokens?text=word+by+word&amp;pace=1">tokens</a>: words that arrive one by one</li>
    <li><a href="capture/any/path?a=1&amp;b=2&amp;a=3">capture</a>: the request as the app sees it</li>
    <li><a href="lambda">lambda</a>: the invocation this request came with</li>
  </ul>
  <form action="files" method="post" enctype="multipart/form-data">
    <input type="file" name="file" required> <button>Upload</button>
  </form>
</body>
</html>
"""

STYLE = """body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 4rem auto; max-width: 40rem; padding: 0 1rem }
h1 { align-items: center; display: flex; gap: 0.7rem }
a { color: #0369a1 }
"""


def gradient_png(size: int) -> bytes:
    """A blue square that gets lighter to the right: 8-bit RGB, one unfiltered scanline repeated."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    scanline = b"\0" + b"".join(bytes((x * 255 // size, 150, 220)) for x in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    pixels = zlib.compress(scanline * size)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


LOGO = gradient_png(32)


class Store:
    """SQLite with one connection per statement, so that any number of threads may call it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(SCHEMA)

    def execute(self, statement: str, *values: str | bytes) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(statement, values).fetchall()


app = Flask(__name__)
app.url_map.merge_slashes = False  # otherwise /capture/a//b is redirected to /capture/a/b

# WSGI has no lifespan, so the import opens the database. On Lambda only the temporary directory is writable.
store = Store(Path(tempfile.gettempdir()) / "flask_notes.sqlite3")


@app.get("/")
def page() -> str:
    return render_template_string(PAGE)


@app.get("/style.css")
def style() -> Response:
    return Response(STYLE, mimetype="text/css")


@app.get("/logo.png")
def logo() -> Response:
    return Response(LOGO, mimetype="image/png")


@app.get("/home")
def home() -> ResponseReturnValue:
    return redirect(url_for("page"), 307)


@app.get("/visits")
def count_visit() -> Response:
    count = request.cookies.get("visits", 0, type=int) + 1
    response = jsonify(visits=count)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    response.set_cookie("visits", str(count), httponly=True, samesite="Lax")
    response.set_cookie("last_visit", now, httponly=True, samesite="Lax")
    return response


def note_text() -> str:
    match request.get_json():
        case {"text": str(text)}:
            return text
    abort(422)


def one(rows: list[sqlite3.Row]) -> sqlite3.Row:
    if not rows:
        abort(404)
    return rows[0]


@app.get("/notes")
def list_notes() -> Response:
    return jsonify([dict(row) for row in store.execute("SELECT id, text FROM notes ORDER BY rowid")])


@app.post("/notes")
def create_note() -> ResponseReturnValue:
    note_id, text = secrets.token_hex(8), note_text()
    store.execute("INSERT INTO notes (id, text) VALUES (?, ?)", note_id, text)
    return {"id": note_id, "text": text}, 201, {"Location": url_for("read_note", note_id=note_id)}


@app.get("/notes/<note_id>")
def read_note(note_id: str) -> ResponseReturnValue:
    return dict(one(store.execute("SELECT id, text FROM notes WHERE id = ?", note_id)))


@app.put("/notes/<note_id>")
def update_note(note_id: str) -> ResponseReturnValue:
    statement = "UPDATE notes SET text = ? WHERE id = ? RETURNING id, text"
    return dict(one(store.execute(statement, note_text(), note_id)))


@app.delete("/notes/<note_id>")
def delete_note(note_id: str) -> ResponseReturnValue:
    one(store.execute("DELETE FROM notes WHERE id = ? RETURNING id", note_id))
    return "", 204


@app.post("/files")
def upload() -> ResponseReturnValue:
    file = request.files["file"]
    file_id, name, content = secrets.token_hex(8), file.filename or "unnamed", file.read()
    media_type = file.content_type or "application/octet-stream"
    statement = "INSERT INTO files (id, name, type, content) VALUES (?, ?, ?, ?)"
    store.execute(statement, file_id, name, media_type, content)
    location = url_for("download", file_id=file_id)
    return {"id": file_id, "name": name, "type": media_type, "size": len(content)}, 201, {"Location": location}


@app.get("/files/<file_id>")
def download(file_id: str) -> Response:
    row = one(store.execute("SELECT name, type, content FROM files WHERE id = ?", file_id))
    # Always an attachment: uploaded HTML must not run as a page of this site.
    response = send_file(BytesIO(row["content"]), as_attachment=True, download_name=row["name"])
    response.headers["Content-Type"] = row["type"]  # send_file's mimetype would add a charset to text
    return response


@app.get("/tokens")
def tokens() -> Response:
    """The words of ``text`` as server-sent events, ``pace`` seconds apart."""
    pace = request.args.get("pace", 0.1, type=float)
    if not 0 <= pace <= 10 or len(request.args["text"]) > 2000:
        abort(422)
    stream = events(request.args["text"], pace)
    return Response(stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store"})


def events(text: str, pace: float) -> Iterator[str]:
    for word in text.split():
        yield f"data: {word}\n\n"
        time.sleep(pace)
    yield "event: done\ndata:\n\n"


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@app.route("/capture/", methods=METHODS)
@app.route("/capture/<path:path>", methods=METHODS)
def capture(**_: str) -> Response:
    return jsonify(
        method=request.method,
        path=request.root_path + request.path,
        root_path=request.root_path,
        query=parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True),
        headers=[(name.lower(), value) for name, value in request.headers],
        cookies=request.cookies.to_dict(),
        client=request.remote_addr,
        scheme=request.scheme,
        host=request.headers.get("Host"),
        body=request.get_data().decode(errors="replace"),
    )


@app.get("/lambda")
def invocation() -> Response:
    try:
        aws = lambda_request(request)
    except LookupError:
        return jsonify({"lambda": None})
    if aws.context is None:
        return jsonify({"lambda": {"origin": aws.origin}})
    return jsonify(
        {
            "lambda": {
                "origin": aws.origin,
                "aws_request_id": aws.context.aws_request_id,
                "function_name": aws.context.function_name,
                "remaining_time_in_millis": aws.context.get_remaining_time_in_millis(),
            }
        }
    )


if __name__ == "__main__":
    run_wsgi(app)
