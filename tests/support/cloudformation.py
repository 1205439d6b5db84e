"""CloudFormation as a custom resource knows it: an event, and a URL that takes the answer."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Self

from tests.support.paths import EVENTS

Event = dict[str, Any]
EVENT: Event = json.loads((EVENTS / "pass_through/cloudformation_custom_resource.json").read_bytes())


class CloudFormation(HTTPServer):
    """Keeps what is PUT to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Put)
        self.url = f"http://127.0.0.1:{self.server_port}/answer?signature=1"
        self.status = 200
        self.garbage = False
        self.answers: list[Event] = []
        self.content_types: list[str | None] = []
        self._answered = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, args=[0.01])
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def keep(self, answer: Event, content_type: str | None) -> None:
        self.content_types.append(content_type)
        self.answers.append(answer)
        self._answered.set()

    def wait(self) -> None:
        """Until there is an answer."""
        assert self._answered.wait(20)


class _Put(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, CloudFormation)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.keep(json.loads(body), self.headers["content-type"])
        if self.server.garbage:
            self.wfile.write(b"garbage\r\n\r\n")
            return
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass
