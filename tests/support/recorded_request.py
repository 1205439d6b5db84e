"""One request to the Runtime API or the Extensions API, as it arrived."""

import json
import re
from dataclasses import dataclass, field
from typing import Literal, Self, cast

from tests.support.http_bytes import Answer, Head, Headers

Endpoint = Literal[
    "next",
    "response",
    "error",
    "init/error",
    "restore/next",
    "restore/error",
    "extension/register",
    "extension/event/next",
    "extension/init/error",
    "extension/exit/error",
    "unknown",
]

_TARGETS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/2018-06-01/runtime/invocation/next"): "next",
    ("POST", "/2018-06-01/runtime/init/error"): "init/error",
    ("GET", "/2018-06-01/runtime/restore/next"): "restore/next",
    ("POST", "/2018-06-01/runtime/restore/error"): "restore/error",
    ("POST", "/2020-01-01/extension/register"): "extension/register",
    ("GET", "/2020-01-01/extension/event/next"): "extension/event/next",
    ("POST", "/2020-01-01/extension/init/error"): "extension/init/error",
    ("POST", "/2020-01-01/extension/exit/error"): "extension/exit/error",
}
_INVOCATION = re.compile(r"/2018-06-01/runtime/invocation/([^/]+)/(response|error)")


@dataclass(repr=False)
class RecordedRequest:
    """One request and the answer it was given. `chunks[i]` was the `arrivals[i]`-th chunk on any connection."""

    connection: int
    method: str
    target: str
    headers: Headers
    endpoint: Endpoint
    request_id: str | None
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    trailers: Headers = field(default_factory=list)
    complete: bool = False
    answer: Answer | None = None

    @classmethod
    def of(cls, connection: int, head: Head) -> Self:
        invocation = _INVOCATION.fullmatch(head.target) if head.method == "POST" else None
        endpoint = cast(Endpoint, invocation[2]) if invocation else _TARGETS.get((head.method, head.target), "unknown")
        return cls(connection, head.method, head.target, head.headers, endpoint, invocation and invocation[1])

    def __repr__(self) -> str:
        state = self.answer.raw[:60] if self.answer else "whole, not answered" if self.complete else "not yet whole"
        return f"{self.connection}: {self.method} {self.target}, {len(self.body)} bytes: {state!r}"

    @property
    def accepted(self) -> bool:
        return self.answer is not None and self.answer.raw.startswith(b"HTTP/1.1 202")

    def header(self, name: str) -> str | None:
        return next((value for field_name, value in self.headers if field_name == name.lower()), None)

    def json(self) -> object:
        return json.loads(self.body)
