"""Answers with the costs since the last request: calls made by the package, peak memory, loaded modules.

``/binary/<size>`` answers with a body of that size instead.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import lambda_http_adapter

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse

_PACKAGE = str(Path(lambda_http_adapter.__file__).parent)


class Calls:
    """Counts calls of the package's functions, the files of these functions, and the calls of C functions they make."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.own = self.count = 0
        self.files: set[str] = set()

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        file = frame.f_code.co_filename
        if event in ("call", "c_call") and file.startswith(_PACKAGE):
            self.count += 1
            if event == "call":
                self.own += 1
                self.files.add(file)


_calls = Calls()


def _answer(path: str) -> bytes:
    sys.setprofile(None)
    if not tracemalloc.is_tracing():
        tracemalloc.start()
    costs = {
        "calls": _calls.count,
        "own calls": _calls.own,
        "files": len(_calls.files),
        "peak": tracemalloc.get_traced_memory()[1],
        "modules": sorted(sys.modules),
    }
    kind, _, size = path.strip("/").partition("/")
    body = bytes(int(size)) if kind == "binary" else json.dumps(costs).encode()
    tracemalloc.reset_peak()
    _calls.reset()
    sys.setprofile(_calls)
    return body


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        raise ValueError(scope["type"])
    body = _answer(str(scope["path"]))
    headers = [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def wsgi_app(environ: Environ, start_response: StartResponse) -> list[bytes]:
    body = _answer(environ["PATH_INFO"])
    start_response("200 OK", [("content-type", "application/octet-stream"), ("content-length", str(len(body)))])
    half = len(body) // 2
    return [body[:half], body[half:]] if environ["PATH_INFO"] == "/halves" else [body]
