"""The Runtime API without I/O: requests as bytes to write, answers from bytes read.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import logging
import os
from base64 import b64encode
from typing import TYPE_CHECKING

from .._delivery import END, Failure
from .._values import __version__
from .._values.context import LambdaContext, enter_invocation
from ..errors import AdapterError, ProtocolError, RuntimeAPIError

if TYPE_CHECKING:
    from .._delivery import Encoder, End, Head, Part
    from .careful_parser import CarefulParser
    from .error_report import ErrorReport

_logger = logging.getLogger("lambda_http_adapter")

# Bytes to write one after the other: a large body among them is not copied to make one.
Buffers = list[bytes]

_RUNTIME = "/2018-06-01/runtime"

# The request id becomes a segment of a path: RFC 3986's pchar, not empty, and no step of a relative path.
_NO_ID = (b"", b".", b"..")
_PCHAR = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@!$&'()*+,;="


def keep_freed_memory() -> None:
    """Let large bodies have the memory of those before them.

    glibc gives memory back to the kernel that is more than twice the largest block it has seen, and gets it again, page
    by page, for the next body: with a body of megabytes that takes longer than all that is done to it. No page of this
    block is ever touched.
    """
    bytes(16 << 20)


# What comes in


class APIAnswer:
    """One HTTP answer of the Runtime API, header names in lower case. ``keep_alive``: the connection stays open."""

    def __init__(self, status: int, headers: dict[bytes, bytes], body: bytes, keep_alive: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.keep_alive = keep_alive


class AnswerParser:
    """Bytes of one connection in, whole answers out, however the bytes were cut.

    ``mid_answer`` while an answer has begun but isn't whole.
    """

    def __init__(self) -> None:
        self._careful: CarefulParser | None = None
        self._layouts: dict[bytes, Layout] = {}
        self._receipt = b""
        self._of_receipt: APIAnswer | None = None
        self.mid_answer = False

    def feed(self, data: bytes) -> APIAnswer | None:
        """The answer that ``data`` completes, if it does; raises RuntimeAPIError for what is not HTTP."""
        if not self.mid_answer:
            if data == self._receipt:
                return self._of_receipt
            answer = self._plain_answer(data)
            if answer is not None:
                if answer.status == 202:  # receipts of the same second are the same bytes
                    self._receipt, self._of_receipt = data, answer
                return answer
        if self._careful is None:
            from .careful_parser import CarefulParser

            self._careful = CarefulParser()
        self.mid_answer = True
        whole = self._careful.feed(data)
        if whole is None:
            return None
        self.mid_answer = False
        return APIAnswer(*whole)

    def _plain_answer(self, data: bytes) -> APIAnswer | None:
        """One whole answer as the Runtime API writes nearly all of them: a Content-Length, and nothing else to
        interpret.

        None for any other bytes: those are httptools' to read, which takes a millisecond to load.
        """
        head, blank, body = data.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        if not blank or status not in _PLAIN_STATUS:
            return None
        layout = self._layouts.get(status)
        headers = None if layout is None else layout.read(lines)
        if headers is None:
            layout = self._layouts[status] = Layout(lines)
            headers = layout.read(lines)
        if headers is None or headers.get(b"content-length") != b"%d" % len(body):
            return None
        return APIAnswer(_PLAIN_STATUS[status], headers, body, True)


class Layout:
    """The names of an answer's headers, in their order: the next answer of its kind has the same ones."""

    def __init__(self, lines: list[bytes]) -> None:
        """``lines`` has one for each header."""
        fields = [line.partition(b": ") for line in lines]
        self._starts = [name + colon for name, colon, _ in fields]
        self._size = sum(map(len, self._starts))
        self._names = [b"" if name.translate(None, _TOKEN) else name.lower() for name, _, _ in fields]
        are_known = all(colon for _, colon, _ in fields) and _NOT_PLAIN.isdisjoint(self._names)
        self._is_plain = are_known and 0 < len(set(self._names)) == len(lines)

    def read(self, lines: list[bytes]) -> dict[bytes, bytes] | None:
        """Names in lower case, and values; None if the headers are others or not plain ones."""
        if not self._is_plain or len(lines) != len(self._starts):
            return None
        values = list(map(bytes.removeprefix, lines, self._starts))
        whole = b"".join(values)
        if len(whole) + self._size != sum(map(len, lines)) or whole.translate(None, _PRINTABLE) or min(values) < b"!":
            return None
        return dict(zip(self._names, values, strict=True))


_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PRINTABLE = bytes(range(0x20, 0x7F))
_NOT_PLAIN = frozenset({b"", b"transfer-encoding", b"connection", b"proxy-connection"})
_PLAIN_STATUS = {b"HTTP/1.1 200 OK": 200, b"HTTP/1.1 202 Accepted": 202}


class ContextError(AdapterError):
    """The Runtime API's headers don't describe an invocation."""

    error_type = "Runtime.LambdaContextUnmarshalError"


_NEVER = 10**13
"""In milliseconds since the epoch: the year 2286. A timer can't be set for much more."""


class Invocation:
    """One event with its context, as ``/next`` hands it out."""

    def __init__(self, request_id: str, headers: dict[bytes, bytes], event: bytes) -> None:
        self.request_id = request_id
        self.event = event
        self._headers = headers
        # A reply has to repeat it: without it, a late one would be taken for the reply to a retry of this request.
        delivery_id = headers.get(b"lambda-runtime-invocation-id", b"").decode("latin-1")
        self.echo = f"Lambda-Runtime-Invocation-Id: {delivery_id}\r\n" if delivery_id else ""

    def begin(self, alone: bool) -> LambdaContext:
        """Make this invocation the current one. ``alone``: no other runs in this process at the same time.

        Raises ContextError for headers that don't hold what they should.
        """
        context = self.context()
        enter_invocation(context, alone)
        if alone:
            # Tracers look for it in the environment, which all the invocations of a process share.
            if context.xray_trace_id:
                os.environ["_X_AMZN_TRACE_ID"] = context.xray_trace_id
            else:
                os.environ.pop("_X_AMZN_TRACE_ID", None)
        return context

    def context(self) -> LambdaContext:
        """Raises ContextError."""
        headers = self._headers
        client = w3c = identity = None
        try:
            deadline_ms = int(headers.get(b"lambda-runtime-deadline-ms", b""))
            if not 0 <= deadline_ms < _NEVER:
                raise ValueError(f"the deadline is {str(deadline_ms)[:40]}")
            if b"lambda-runtime-client-context" in headers or b"lambda-runtime-cognito-identity" in headers:
                from .._values.client_context import read_caller

                client, w3c, identity = read_caller(
                    headers.get(b"lambda-runtime-client-context", b""),
                    headers.get(b"lambda-runtime-cognito-identity", b""),
                )
            return LambdaContext(
                self.request_id,
                deadline_ms,
                headers.get(b"lambda-runtime-invoked-function-arn", b"").decode("latin-1"),
                client_context=client,
                w3c=w3c,
                identity=identity,
                tenant_id=headers.get(b"lambda-runtime-aws-tenant-id", b"").decode("latin-1") or None,
                xray_trace_id=headers.get(b"lambda-runtime-trace-id", b"").decode("latin-1") or None,
            )
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise ContextError(f"Unable to read the invocation's context: {error}") from error


# What goes out


class RuntimeClient:
    """Writes the calls to one Runtime API (``host:port``) and reads what its answers mean.

    ``alone``: its poller is the only one of the environment.
    """

    def __init__(self, authority: str, alone: bool = True) -> None:
        self._common = f"Host: {authority}\r\nUser-Agent: lambda-http-adapter/{__version__}\r\n"
        self._alone = alone
        self._failures = self._empty = 0
        # The answer may take hours: there must be no time-out on it.
        self.next: Buffers = [f"GET {_RUNTIME}/invocation/next HTTP/1.1\r\n{self._common}\r\n".encode("latin-1")]

    def invocation(self, answer: APIAnswer) -> Invocation | None:
        """What ``/next`` answered; None for 204, which means "ask again". Raises RuntimeAPIError."""
        if answer.status == 204:
            return None
        if answer.status != 200:
            raise RuntimeAPIError(f"invocation/next answered {answer.status}: {answer.body[:1024]!r}")
        raw_id = answer.headers.get(b"lambda-runtime-aws-request-id", b"")
        request_id = raw_id.decode("latin-1")
        if raw_id in _NO_ID or raw_id.translate(None, _PCHAR):
            raise RuntimeAPIError(f"invocation/next answered with Lambda-Runtime-Aws-Request-Id: {request_id!r}")
        self._failures = self._empty = 0
        return Invocation(request_id, answer.headers, answer.body)

    def wait_after_failure(self, error: RuntimeAPIError) -> float:
        """Seconds until the next poll; raises ``error`` where there shall be none.

        A lone poller has nothing to wait for: Lambda starts a new environment sooner than this one recovers.
        """
        self._failures += 1
        if self._alone or self._failures == _ATTEMPTS:
            raise error
        _logger.warning("%s. Asking again", error)
        return 0.1 * 2.0 ** (self._failures - 1)

    def wait_after_nothing(self) -> float:
        """Seconds until the next poll behind a 204: the platform holds its answer back, emulators may not."""
        self._empty += 1
        return min(1.0, 0.01 * (self._empty - 1))

    def settle(self, receipt: APIAnswer, resent: bool) -> None:
        """Read what became of a reply; raises RuntimeAPIError where the loop can't go on.

        Asking for the next invocation after a refused reply would bring the same event again, at once and for ever.
        """
        if 200 <= receipt.status < 300:
            return
        if receipt.status in _ENDED:
            _logger.error(_ENDED[receipt.status], receipt.body.decode("utf-8", "replace")[:1024])
        elif resent and receipt.status in (400, 403):
            _logger.warning("The Runtime API had accepted the reply before the connection broke")
        else:
            raise RuntimeAPIError(f"The Runtime API answered {receipt.status} to a reply: {receipt.body[:1024]!r}")

    def lost_reply(self, error: RuntimeAPIError) -> None:
        """A reply was lost: log it. Raises ``error`` if alone: the next poll would bring the same event again."""
        if self._alone:
            raise error
        _logger.error("%s", error)

    def error(self, invocation: Invocation, error: Exception) -> Buffers:
        """Fail the invocation. Not allowed once its response has begun."""
        from .error_report import report_of

        report = report_of(error, invocation.request_id)
        path = f"invocation/{invocation.request_id}/error"
        return self.post(path, "application/json", [report.payload], invocation.echo + _headers(report))

    def stream_head(self, invocation: Invocation, content_type: str) -> bytes:
        """The head of a streamed response. Trailers that it doesn't announce would be ignored."""
        head = (
            f"POST {_RUNTIME}/invocation/{invocation.request_id}/response HTTP/1.1\r\n{self._common}"
            f"Content-Type: {content_type}\r\n{invocation.echo}"
            "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
            "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
        )
        return head.encode("latin-1")

    def init_error(self, report: ErrorReport) -> Buffers:
        """Report that the function could not be loaded or started. Once; the process must end after it."""
        return self.post("init/error", "application/json", [report.payload], _headers(report))

    def restore_next(self) -> Buffers:
        """Wait for SnapStart's snapshot to be taken and, in each copy, restored."""
        return [f"GET {_RUNTIME}/restore/next HTTP/1.1\r\n{self._common}\r\n".encode("latin-1")]

    def restore_error(self, report: ErrorReport) -> Buffers:
        return self.post("restore/error", "application/json", [report.payload], _headers(report))

    def post(self, path: str, content_type: str, body: Buffers, headers: str) -> Buffers:
        """A whole request. ``headers`` are lines that end in CRLF."""
        head = (
            f"POST {_RUNTIME}/{path} HTTP/1.1\r\n{self._common}Content-Type: {content_type}\r\n{headers}"
            f"Content-Length: {sum(map(len, body))}\r\n\r\n"
        )
        return [head.encode("latin-1"), *body]


_ATTEMPTS = 5
"""How often in a row one of several pollers asks for an invocation before it gives up."""

# The platform has told the invoker already, and is ready for the next invocation.
_ENDED = {
    410: "The invocation had timed out before its reply came: %s",
    413: "The response was too large for Lambda: %s",
}


def _headers(report: ErrorReport) -> str:
    return (
        f"Lambda-Runtime-Function-Error-Type: {report.error_type}\r\n"
        f"Lambda-Runtime-Function-Xray-Error-Cause: {report.xray_cause.decode('ascii')}\r\n"
    )


class Reply:
    """The one reply to one invocation: parts of a response in, bytes to write out.

    ``begun`` once a chunked ``/response`` is open; ``closed`` once the last byte has been handed out; ``refused`` where
    that was because the head can't be delivered; ``gone`` once the Runtime API reads no more of it.
    """

    def __init__(self, client: RuntimeClient, invocation: Invocation) -> None:
        self._client = client
        self._invocation = invocation
        self._encoder: Encoder | None = None
        self.begun = self.closed = self.refused = self.gone = False

    def encode_with(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def buffers(self, *parts: Part) -> Buffers:
        """What the parts put on the wire: nothing, a whole request, or a piece of one. Nothing once it is closed."""
        written: Buffers = []
        for part in parts:
            if self.closed:
                break
            if isinstance(part, Failure):
                written += self._fail(part.error)
                continue
            try:
                written += self._encode(part)
            except Exception as error:
                # Its sender must not wait for a time-out: what can't be encoded or delivered fails the invocation.
                _logger.error("Request %s: %s", self._invocation.request_id, error)
                self.refused = part is not END
                written += self._fail(error)
        return written

    def require_end(self) -> None:
        """Raises ProtocolError for a function that has returned before the end of a reply that could go on."""
        if not (self.closed or self.gone):
            raise ProtocolError("The function returned without a response.")

    def _encode(self, part: Head | bytes | End) -> Buffers:
        assert self._encoder is not None
        data = self._encoder.encode(part)
        is_end = part is END
        if is_end and not self.begun:
            path = f"invocation/{self._invocation.request_id}/response"
            whole = self._client.post(path, self._encoder.content_type, data, self._invocation.echo)
            self.closed = True  # behind what may raise: a reply that isn't sent has no receipt
            return whole
        written: Buffers = []
        for piece in data:
            if piece:  # a chunk of no bytes would end the body
                written += [b"%x\r\n" % len(piece), piece, b"\r\n"]
        if is_end:
            written.append(b"0\r\n\r\n")
            self.closed = True
        elif written and not self.begun:
            written.insert(0, self._client.stream_head(self._invocation, self._encoder.content_type))
            self.begun = True  # behind what may raise: trailers without a head would be no request
        return written

    def _fail(self, error: Exception) -> Buffers:
        last = self._trailers(error) if self.begun else self._client.error(self._invocation, error)
        self.closed = True
        return last

    def _trailers(self, error: Exception) -> Buffers:
        from .error_report import TRAILER_LIMIT, report_of

        report = report_of(error, self._invocation.request_id, limit=TRAILER_LIMIT)
        return [
            b"0\r\nLambda-Runtime-Function-Error-Type: " + report.error_type.encode() + b"\r\n"
            b"Lambda-Runtime-Function-Error-Body: " + b64encode(report.payload) + b"\r\n\r\n"
        ]
