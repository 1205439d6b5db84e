"""The pages of others that the site links to are asked, and those that don't answer are told."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from website.external import unreachable


class Others(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = {"/page": 200, "/moved": 301}.get(self.path, 404)
        self.send_response(status)
        if status == 301:
            self.send_header("location", "/page")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def others() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Others) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_those_that_do_not_answer_with_a_page_are_told(others: str) -> None:
    found = dict(unreachable([f"{others}/page", f"{others}/gone", f"{others}/moved", "http://127.0.0.1:1/"]))
    assert found.pop(f"{others}/gone") == "answers 404"
    assert "refused" in found.pop("http://127.0.0.1:1/").lower()
    assert found == {}
