"""Each entry of docs/troubleshooting.md: its symptom happens, and its remedy, as the page has it, removes it."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from lambda_http_adapter.origins import alb
from lambda_http_adapter.testing import FrontDoor, LambdaTransport
from tests.support.paths import ROOT
from tests.support.troubled_server import FROM_PAGE, Servers
from tests.support.troubles import ROWS, Row

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()
_PARTS = re.split(r"^### (.+)\n", PAGE, flags=re.MULTILINE)[1:]
ENTRIES = {title: text.partition("\n## ")[0] for title, text in zip(_PARTS[::2], _PARTS[1::2], strict=True)}


def blocks(title: str) -> list[str]:
    return re.findall(r"^```python\n(.+?)^```", ENTRIES[title], re.MULTILINE | re.DOTALL)


def test_each_entry_has_a_row() -> None:
    assert list(ROWS) == list(ENTRIES)


class Prices(BaseHTTPRequestHandler):
    """A service that an app calls; it keeps connections open."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(b"7")

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Prices) as service,
        pytest.MonkeyPatch.context() as patch,
        Servers(tmp_path_factory.mktemp("apps")) as servers,
    ):
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        patch.setenv("PRICES", f"http://127.0.0.1:{service.server_port}/")
        yield servers
        service.shutdown()
        thread.join()


# The default suite has a close relative of each: another 403, a 504, the other setting of Django, a process that ends.
SLOW = ("403 `User", "403 `Origin", "404 `{", "503 `", "`Runtime.OutOfMemory`", "`Task timed out")


def entries(*slow: str) -> pytest.MarkDecorator:
    """``slow``: how the titles of the slow ones begin."""
    parameters = [
        pytest.param(
            title,
            row,
            id=re.sub(r"\W+", " ", title).strip(),
            marks=[pytest.mark.slow] if title.startswith(slow) else [],
        )
        for title, row in ROWS.items()
    ]
    return pytest.mark.parametrize(("title", "row"), parameters)


@entries(*SLOW)
def test_the_remedy(title: str, row: Row, servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    alb._warn_of_cookies.cache_clear()  # once per process: an earlier test may have had this warning
    block = "".join(blocks(title))
    servers.check(row.server.with_block(block), row.ask, row.symptom, caplog)
    servers.check(row.remedy.with_block(block), row.ask_then or row.ask, row.cure, caplog)


def fail(event: object, context: object) -> None:
    raise RuntimeError


TABLE = re.findall(r"^\| `([\w-]+)` \| (\d+) `(.+)` \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("origin", "status", "body"), TABLE)
def test_what_each_front_door_makes_of_a_failed_function(origin: FrontDoor, status: str, body: str) -> None:
    with httpx.Client(transport=LambdaTransport(fail, origin), base_url="https://shop.example.com") as client:
        response = client.get("/")
    assert response.status_code == int(status)
    assert response.text.startswith(body)


def test_the_table_is_read() -> None:
    assert len(TABLE) == 4


def test_starlette_s_word_for_a_disallowed_host() -> None:
    app = Starlette(middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["shop.example.com"])])
    with httpx.Client(transport=LambdaTransport(app), base_url="https://other.example.com") as client:
        response = client.get("/")
    assert response.status_code == 400
    assert f"`{response.text}`" in PAGE


@entries()
def test_the_title_is_what_a_person_sees(title: str, row: Row) -> None:
    status, body, header, log, absent = row.symptom
    searched = re.findall("`(.+?)`", title)
    parts = [part for part in (body, header, log) if part]
    found = any(part in text or text in part for part in parts for text in searched)
    # What browsers say of CORS: tests/emulator/dev/test_cors_messages.py
    assert found or title.startswith(str(status)) or absent or "Access-Control-Allow-Origin" in title


@entries()
def test_the_entry_names_its_remedy(title: str, row: Row) -> None:
    for name in _added(row):
        assert name in ENTRIES[title]
    assert len(blocks(title)) == (FROM_PAGE in (row.remedy.block, *row.remedy.files.values()))


def _added(row: Row) -> Iterator[str]:
    """The words of the remedy that the server in trouble doesn't have."""
    server, remedy = row.server, row.remedy
    yield from set(remedy.arguments.split()) - set(server.arguments.split())
    for name, value in remedy.environment.items() - server.environment.items():
        yield f"{name}={value}"
    for name, value in remedy.options.items():
        if server.options.get(name) != value:
            yield f"{name}={json.dumps(value)}"
    if remedy.origin != server.origin:
        yield f"--origin {remedy.origin}"
