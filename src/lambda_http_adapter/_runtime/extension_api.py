"""The calls of an internal extension, as bytes.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

from ..errors import RuntimeAPIError
from .answer import Answer
from .client import Buffers

_EXTENSION = "/2020-01-01/extension"


class Extension:
    """An internal extension that is registered for no events."""

    def __init__(self, authority: str, answer: Answer) -> None:
        identifier = answer.headers.get(b"lambda-extension-identifier")
        if answer.status != 200 or identifier is None:
            raise RuntimeAPIError(f"extension/register answered {answer.status}: {answer.body[:1024]!r}")
        self._authority = authority
        self._identifier = identifier.decode("latin-1")

    @staticmethod
    def registration(authority: str) -> Buffers:
        # Any event but none is refused to an internal extension.
        body = b'{"events":[]}'
        head = (
            f"POST {_EXTENSION}/register HTTP/1.1\r\nHost: {authority}\r\n"
            "Lambda-Extension-Name: lambda-http-adapter\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return [head.encode("latin-1"), body]

    def next(self) -> Buffers:
        return [
            f"GET {_EXTENSION}/event/next HTTP/1.1\r\nHost: {self._authority}\r\n"
            f"Lambda-Extension-Identifier: {self._identifier}\r\n\r\n".encode("latin-1")
        ]
