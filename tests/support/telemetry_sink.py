"""Where telemetry is sent: an HTTP server that keeps what it is sent, and answers with an empty JSON object."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Sent(NamedTuple):
    path: str
    body: bytes


class TelemetrySink(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sent: list[Sent] = []
        self.changed = threading.Condition()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def keep(self, sent: Sent) -> None:
        with self.changed:
            self.sent.append(sent)
            self.changed.notify_all()

    def wait_for(self, number: int, path: str = "/", timeout: float = 30) -> list[Sent]:
        """What has been sent below ``path``, as soon as there are so many."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while len(found := [sent for sent in self.sent if sent.path.startswith(path)]) < number:
                if not self.changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"Not seen in {timeout} s, only {[sent.path for sent in self.sent]}")
            return found


class _Handler(BaseHTTPRequestHandler):
    server: TelemetrySink
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["content-encoding"] == "gzip":
            body = gzip.decompress(body)
        self.server.keep(Sent(self.path, body))
        self.do_GET()

    do_PUT = do_POST  # noqa: N815  # the names that http.server looks for

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def telemetry_sink() -> Iterator[TelemetrySink]:
    with TelemetrySink() as sink:
        thread = threading.Thread(target=sink.serve_forever, args=[0.01])
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()
