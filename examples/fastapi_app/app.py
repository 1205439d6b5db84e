"""Notes, files, streams and an echo: a small FastAPI service that runs unchanged on AWS Lambda and under uvicorn."""

import asyncio
import secrets
import sqlite3
import struct
import tempfile
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Annotated, TypedDict
from urllib.parse import parse_qsl, quote

from fastapi import Cookie, Depends, FastAPI, HTTPException, Query, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel

from lambda_http_adapter import lambda_request, run_asgi

SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (id TEXT PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, content BLOB NOT NULL);
"""

# <base> makes every link on the page relative to the app's mount point: "/", or "/live/" behind a REST API's stage.
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Notes</title>
  <base href="$root/">
  <link rel="stylesheet" href="style.css">
  <link rel="icon" href="logo.png">
</head>
<body>
  <h1><img src="logo.png" alt="" width="32" height="32"> Notes</h1>
  <p>A FastAPI service on AWS Lambda. Its API is described, and can be tried, in <a href="docs">the docs</a>.</p>
  <ul>
    <li><a href="notes">notes</a>: create, read, update and delete them</li>
    <li><a href="visits">visits</a>: counted with two cookies</li>
    <li><a href="home">home</a>: a redirect to this page</li>
    <li><a href="chat">chat</a>: words that arrive one by one</li>
    <li><a href="download?mb=4">download</a>: as many megabytes as the address asks for</li>
    <li><a href="capture/any/path?a=1&amp;b=2&amp;a=3">capture</a>: the request as the app sees it</li>
    <li><a href="lambda">lambda</a>: the invocation this request came with</li>
  </ul>
  <form action="files" method="post" enctype="multipart/form-data">
    <input type="file" name="file" required> <button>Upload</button>
  </form>
</body>
</html>
""")

CHAT = Template("""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>Chat</title>
  <base href="$root/">
  <link rel="stylesheet" href="style.css">
</head>
<body>
  <h1>Chat</h1>
  <p>Your text comes back word by word, like the answer of a language model.</p>
  <form>
    <input name="text" size="40" required value="To be or not to be, that is the question."> <button>Say</button>
  </form>
  <p id="answer" aria-live="polite"></p>
  <script>
    const form = document.querySelector("form"), answer = document.getElementById("answer");
    let tokens;
    form.addEventListener("submit", event => {
      event.preventDefault();
      tokens?.close();
      answer.textContent = "";
      tokens = new EventSource("tokens?" + new URLSearchParams(new FormData(form)));
      tokens.onmessage = token => { answer.textContent += token.data + " "; };
      // An EventSource connects again whenever a response ends, so close it after the last event.
      tokens.addEventListener("done", () => tokens.close());
      tokens.onerror = () => tokens.close();
    });
  </script>
</body>
</html>
""")

STYLE = """body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 4rem auto; max-width: 40rem; padding: 0 1rem }
h1 { align-items: center; display: flex; gap: 0.7rem }
a { color: #059669 }
"""


def gradient_png(size: int) -> bytes:
    """A green square that gets lighter to the right: 8-bit RGB, one unfiltered scanline repeated."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    scanline = b"\0" + b"".join(bytes((x * 255 // size, 200, 120)) for x in range(size))
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


class State(TypedDict):
    store: Store


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[State]:
    # On Lambda only the temporary directory is writable.
    yield {"store": Store(Path(tempfile.gettempdir()) / "fastapi_notes.sqlite3")}


async def opened_at_startup(request: Request) -> Store:
    store: Store = request.state.store
    return store


Stored = Annotated[Store, Depends(opened_at_startup)]

app = FastAPI(title="Notes", lifespan=lifespan)


@app.get("/", response_class=HTMLResponse)
async def page(request: Request) -> str:
    return PAGE.substitute(root=escape(request.scope["root_path"]))


@app.get("/style.css")
async def style() -> Response:
    return Response(STYLE, media_type="text/css")


@app.get("/logo.png")
async def logo() -> Response:
    return Response(LOGO, media_type="image/png")


@app.get("/home")
async def home(request: Request) -> RedirectResponse:
    return RedirectResponse(request.url_for("page").path)


@app.get("/visits")
async def count_visit(response: Response, visits: Annotated[int, Cookie()] = 0) -> dict[str, int]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    response.set_cookie("visits", str(visits + 1), httponly=True, samesite="lax")
    response.set_cookie("last_visit", now, httponly=True, samesite="lax")
    return {"visits": visits + 1}


class NewNote(BaseModel):
    text: str


class Note(BaseModel):
    id: str
    text: str


@app.get("/notes")
def list_notes(store: Stored) -> list[Note]:
    return [Note(**row) for row in store.execute("SELECT id, text FROM notes ORDER BY rowid")]


@app.post("/notes", status_code=201)
def create_note(note: NewNote, request: Request, response: Response, store: Stored) -> Note:
    note_id = secrets.token_hex(8)
    store.execute("INSERT INTO notes (id, text) VALUES (?, ?)", note_id, note.text)
    response.headers["location"] = request.url_for("read_note", note_id=note_id).path
    return Note(id=note_id, text=note.text)


def one(rows: list[sqlite3.Row]) -> sqlite3.Row:
    if not rows:
        raise HTTPException(404)
    return rows[0]


@app.get("/notes/{note_id}")
def read_note(note_id: str, store: Stored) -> Note:
    return Note(**one(store.execute("SELECT id, text FROM notes WHERE id = ?", note_id)))


@app.put("/notes/{note_id}")
def update_note(note_id: str, note: NewNote, store: Stored) -> Note:
    statement = "UPDATE notes SET text = ? WHERE id = ? RETURNING id, text"
    return Note(**one(store.execute(statement, note.text, note_id)))


@app.delete("/notes/{note_id}", status_code=204)
def delete_note(note_id: str, store: Stored) -> None:
    one(store.execute("DELETE FROM notes WHERE id = ? RETURNING id", note_id))


@app.post("/files", status_code=201)
def upload(file: UploadFile, request: Request, response: Response, store: Stored) -> dict[str, str | int]:
    file_id, name, content = secrets.token_hex(8), file.filename or "unnamed", file.file.read()
    media_type = file.content_type or "application/octet-stream"
    statement = "INSERT INTO files (id, name, type, content) VALUES (?, ?, ?, ?)"
    store.execute(statement, file_id, name, media_type, content)
    response.headers["location"] = request.url_for("download", file_id=file_id).path
    return {"id": file_id, "name": name, "type": media_type, "size": len(content)}


@app.get("/files/{file_id}")
def download(file_id: str, store: Stored) -> Response:
    row = one(store.execute("SELECT name, type, content FROM files WHERE id = ?", file_id))
    # Always an attachment: uploaded HTML must not run as a page of this site.
    disposition = f"attachment; filename*=UTF-8''{quote(row['name'], safe='')}"
    return Response(row["content"], headers={"content-type": row["type"], "content-disposition": disposition})


@app.get("/chat", response_class=HTMLResponse)
async def chat(request: Request) -> str:
    return CHAT.substitute(root=escape(request.scope["root_path"]))


@app.get("/tokens")
async def tokens(
    text: Annotated[str, Query(max_length=2000)], pace: Annotated[float, Query(ge=0, le=10)] = 0.1
) -> StreamingResponse:
    """The words of ``text`` as server-sent events, ``pace`` seconds apart."""
    return StreamingResponse(events(text, pace), media_type="text/event-stream", headers={"cache-control": "no-store"})


async def events(text: str, pace: float) -> AsyncIterator[str]:
    for word in text.split():
        yield f"data: {word}\n\n"
        await asyncio.sleep(pace)
    yield "event: done\ndata:\n\n"


BLOCK = bytes(range(256)) * 256
BLOCKS_PER_MEGABYTE = 2**20 // len(BLOCK)


# Lambda streams up to 200 MB. A buffered response is limited to 6 MB, which is about 4 MB before base64.
@app.get("/download")
async def download_megabytes(mb: Annotated[int, Query(ge=1, le=200)] = 4) -> StreamingResponse:
    disposition = f'attachment; filename="{mb}mb.bin"'
    return StreamingResponse(
        blocks(mb), media_type="application/octet-stream", headers={"content-disposition": disposition}
    )


async def blocks(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes * BLOCKS_PER_MEGABYTE):
        yield BLOCK


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


# Not in the schema, because an OpenAPI operation has one method.
@app.api_route("/capture/{path:path}", methods=METHODS, include_in_schema=False)
async def capture(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.scope["path"],
        "root_path": request.scope["root_path"],
        "query": parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True),
        "headers": request.headers.items(),
        "cookies": request.cookies,
        "client": request.client and request.client.host,
        "scheme": request.url.scheme,
        "host": request.headers.get("host"),
        "body": (await request.body()).decode(errors="replace"),
    }


@app.get("/lambda")
async def invocation(request: Request) -> dict[str, dict[str, str | int | None] | None]:
    try:
        aws = lambda_request(request)
    except LookupError:
        return {"lambda": None}
    if aws.context is None:
        return {"lambda": {"origin": aws.origin}}
    return {
        "lambda": {
            "origin": aws.origin,
            "aws_request_id": aws.context.aws_request_id,
            "function_name": aws.context.function_name,
            "remaining_time_in_millis": aws.context.get_remaining_time_in_millis(),
        }
    }


if __name__ == "__main__":
    run_asgi(app)
