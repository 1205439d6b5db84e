"""The Runtime API without I/O: requests as bytes to write, answers from bytes read.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import logging
from base64 import b64encode
from typing import TYPE_CHECKING

from .._values import __version__
from ..errors import RuntimeAPIError
from .answer import Answer
from .invocation import Invocation

if TYPE_CHECKING:
    from .._types import Encoder
    from .._values.request import Headers
    from .failure import Failure

_logger = logging.getLogger("lambda_http_adapter")

# It becomes a segment of the path of what answers it: RFC 3986's pchar, and not empty.
_PCHAR = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@!$&'()*+,;=")

# Bytes to write one after the other: a large body among them is not copied to make one.
Buffers = list[bytes]

_RUNTIME = "/2018-06-01/runtime"


def keep_freed_memory() -> None:
    """Let large bodies have the memory of those before them.

    glibc gives memory back to the kernel that is more than twice the largest block it has seen, and gets it again, page
    by page, for the next body: with a body of megabytes that takes longer than all that is done to it. No page of this
    block is ever touched.
    """
    bytes(16 << 20)


class RuntimeClient:
    """Writes the calls to one Runtime API (``host:port``) and reads its answers' meaning."""

    def __init__(self, authority: str) -> None:
        self._common = f"Host: {authority}\r\nUser-Agent: lambda-http-adapter/{__version__}\r\n"
        self._next = f"GET {_RUNTIME}/invocation/next HTTP/1.1\r\n{self._common}\r\n".encode("latin-1")

    def next(self) -> Buffers:
        """Ask for an invocation. The answer may take hours: there must be no time-out on it."""
        return [self._next]

    def invocation(self, answer: Answer) -> Invocation | None:
        """What ``/next`` answered; None for 204, which means "ask again"."""
        if answer.status == 204:
            return None
        if answer.status != 200:
            raise RuntimeAPIError(f"invocation/next answered {answer.status}: {answer.body[:1024]!r}")
        request_id = answer.headers.get(b"lambda-runtime-aws-request-id", b"").decode("latin-1")
        if not request_id or not _PCHAR.issuperset(request_id):
            raise RuntimeAPIError(f"invocation/next answered with Lambda-Runtime-Aws-Request-Id: {request_id!r}")
        return Invocation(request_id, answer.headers, answer.body)

    def reply(self, invocation: Invocation, encoder: Encoder) -> Reply:
        return Reply(self, invocation, encoder)

    def error(self, invocation: Invocation, error: Exception) -> Buffers:
        """Fail the invocation. Not allowed once its response has begun."""
        from .failure import failure_of

        failure = failure_of(error, invocation.request_id)
        path = f"invocation/{invocation.request_id}/error"
        return self._post(path, "application/json", [failure.payload], _delivery(invocation) + _headers(failure))

    def response(self, invocation: Invocation, content_type: str, body: Buffers) -> Buffers:
        path = f"invocation/{invocation.request_id}/response"
        return self._post(path, content_type, body, _delivery(invocation))

    def stream_head(self, invocation: Invocation, content_type: str) -> bytes:
        """The head of a streamed response. Trailers that it doesn't announce would be ignored."""
        return self._head(
            f"invocation/{invocation.request_id}/response",
            content_type,
            f"{_delivery(invocation)}Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
            "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n",
        )

    def trailers(self, invocation: Invocation, error: Exception) -> Buffers:
        """The end of a streamed response that failed."""
        from .failure import TRAILER_LIMIT, failure_of

        failure = failure_of(error, invocation.request_id, limit=TRAILER_LIMIT)
        return [
            b"0\r\nLambda-Runtime-Function-Error-Type: " + failure.error_type.encode() + b"\r\n"
            b"Lambda-Runtime-Function-Error-Body: " + b64encode(failure.payload) + b"\r\n\r\n"
        ]

    def init_error(self, failure: Failure) -> Buffers:
        """Report that the function could not be loaded or started. Once; the process must end after it."""
        return self._post("init/error", "application/json", [failure.payload], _headers(failure))

    def restore_next(self) -> Buffers:
        """Wait for SnapStart's snapshot to be taken and, in each copy, restored."""
        return [f"GET {_RUNTIME}/restore/next HTTP/1.1\r\n{self._common}\r\n".encode("latin-1")]

    def restore_error(self, failure: Failure) -> Buffers:
        return self._post("restore/error", "application/json", [failure.payload], _headers(failure))

    def settle(self, answer: Answer, resent: bool) -> None:
        """Read what became of a ``/response`` or ``/error``; raises RuntimeAPIError where the loop can't go on.

        Asking for the next invocation after a refused answer would bring the same event again, at once and for ever.
        """
        if 200 <= answer.status < 300:
            return
        if answer.status in _ENDED:
            _logger.error(_ENDED[answer.status], answer.body.decode("utf-8", "replace")[:1024])
        elif resent and answer.status in (400, 403):
            _logger.warning("The Runtime API had taken the answer before the connection broke")
        else:
            raise RuntimeAPIError(f"The Runtime API answered {answer.status} to an answer: {answer.body[:1024]!r}")

    def _post(self, path: str, content_type: str, body: Buffers, headers: str) -> Buffers:
        return [self._head(path, content_type, f"{headers}Content-Length: {sum(map(len, body))}\r\n"), *body]

    def _head(self, path: str, content_type: str, headers: str) -> bytes:
        head = f"POST {_RUNTIME}/{path} HTTP/1.1\r\n{self._common}Content-Type: {content_type}\r\n{headers}\r\n"
        return head.encode("latin-1")


# The platform has told the invoker already, and is ready for the next invocation.
_ENDED = {
    410: "The invocation had timed out before its answer came: %s",
    413: "The response was too large for Lambda: %s",
}


def _delivery(invocation: Invocation) -> str:
    # Without the echo, a late answer would be taken for that of a retry with the same request id.
    return f"Lambda-Runtime-Invocation-Id: {invocation.invocation_id}\r\n" if invocation.invocation_id else ""


def _headers(failure: Failure) -> str:
    return (
        f"Lambda-Runtime-Function-Error-Type: {failure.error_type}\r\n"
        f"Lambda-Runtime-Function-Xray-Error-Cause: {failure.xray_cause.decode('ascii')}\r\n"
    )


class Reply:
    """The one answer to one invocation, step by step, as the bytes to write: none, a whole request, or a part of one.

    What the encoder gives before the end opens a chunked ``/response``, which has ``begun`` then; what it gives at the
    end alone is posted whole. ``closed`` once the last byte has been handed out.
    """

    def __init__(self, client: RuntimeClient, invocation: Invocation, encoder: Encoder) -> None:
        self._client = client
        self._invocation = invocation
        self._encoder = encoder
        self.begun = False
        self.closed = False

    def start(self, status: int, headers: Headers) -> Buffers:
        if self.closed:
            return []
        try:
            data = self._encoder.start(status, headers)
        except Exception as error:
            return self._refuse(error)
        return self._chunk(data)

    def body(self, data: bytes) -> Buffers:
        return [] if self.closed else self._chunk(self._encoder.body(data))

    def end(self) -> Buffers:
        if self.closed:
            return []
        try:
            data = self._encoder.end()
        except Exception as error:
            return self._refuse(error)
        self.closed = True
        if self.begun:
            return [b"0\r\n\r\n"]
        return self._client.response(self._invocation, self._encoder.content_type, data)

    def fail(self, error: Exception) -> Buffers:
        """Fail the invocation, once the response has begun with the trailers that are all that is left for it."""
        self.closed = True
        return (
            self._client.trailers(self._invocation, error)
            if self.begun
            else self._client.error(self._invocation, error)
        )

    def _refuse(self, error: Exception) -> Buffers:
        """An answer that can't be encoded or carried fails the invocation: its sender must not wait for a time-out."""
        _logger.error("Request %s: %s", self._invocation.request_id, error)
        return self.fail(error)

    def _chunk(self, data: bytes) -> Buffers:
        # A chunk of no bytes would end the body.
        if not data:
            return []
        chunk = [b"%x\r\n" % len(data), data, b"\r\n"]
        if not self.begun:
            self.begun = True
            chunk.insert(0, self._client.stream_head(self._invocation, self._encoder.content_type))
        return chunk
