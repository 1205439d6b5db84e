"""What `invoke --url` makes of the results of a function that runs elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from lambda_http_adapter._emulator.commands.invoke_url import invoke_at
from lambda_http_adapter._emulator.commands.typed_event import TypedEvent
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._emulator.doors.prelude import INTEGRATION

NULS = bytes(8)
JSON = "application/json"
DEEP = b"[" * 20_000


@contextmanager
def invoke_api(content_type: str, result: bytes) -> Iterator[str]:
    """The URL of one that answers each call with ``result``."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", content_type)
            self.end_headers()
            self.wfile.write(result)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("content_type", "result", "status", "body"),
    [
        (JSON, b'{"statusCode":201,"body":"made"}', 201, b"made"),
        (INTEGRATION, b'{"statusCode":201}' + NULS + b"made" + NULS, 201, b"made" + NULS),
        (JSON, b"no JSON", 200, b"no JSON"),
        (JSON, DEEP, 200, DEEP),
        (INTEGRATION, b"no JSON" + NULS + b"made", 200, b"no JSON" + NULS + b"made"),
        (INTEGRATION, DEEP + NULS, 200, DEEP + NULS),
        (INTEGRATION, b"[]" + NULS + b"made", 200, b"[]"),
    ],
    ids=range(7),
)
def test_a_result(content_type: str, result: bytes, status: int, body: bytes) -> None:
    door = DOORS["function-url"]
    with invoke_api(content_type, result) as url:
        response, failed = invoke_at(url, "dev", TypedEvent(door.event(ClientRequest()), door))
    assert (response.status, response.body, failed) == (status, body, False)
