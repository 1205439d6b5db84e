"""The Runtime API as a sandbox sees it: one HTTP server on a loopback port of its own for each.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import json
import uuid
from base64 import b64decode
from typing import TYPE_CHECKING, Protocol

from httptools import HttpParserError, HttpRequestParser

from .invocation import Head, Invocation, InvocationError, failed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RESPONSE_LIMIT = 6 * 1024 * 1024 + 100
_STREAMING = "application/vnd.awslambda.http-integration-response"
_BLOCK = 65536

Answer = tuple[int, dict[str, str], bytes]


class Host(Protocol):
    """What a sandbox gives to its Runtime API."""

    async def next(self) -> Invocation: ...
    def pending(self, request_id: str) -> Invocation | None: ...
    def init_failed(self, error: InvocationError) -> None: ...
    def extension_registered(self) -> None: ...


class RuntimeAPI:
    """Serves one sandbox until it is closed."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> str:
        """Listen; returns what AWS_LAMBDA_RUNTIME_API is to be."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        host, port = self._server.sockets[0].getsockname()
        return f"{host}:{port}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(Connection(self._host, reader, writer).serve())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)


class Connection:
    """One connection of a runtime: a request, its answer, the next request."""

    def __init__(self, host: Host, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer
        self._parser = HttpRequestParser(self)

    async def serve(self) -> None:
        try:
            while await self._read_head():
                status, headers, body = await self._answer()
                while not self._complete and await self._read():
                    self._body.clear()
                self._write(status, headers, body)
                await self._writer.drain()
        except (ConnectionError, HttpParserError):
            pass  # a runtime may go at any time, and who is no runtime is not answered
        finally:
            self._writer.close()

    # Reading

    async def _read_head(self) -> bool:
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._trailers: dict[bytes, bytes] = {}
        self._body: list[bytes] = []
        self._head_read = self._complete = False
        while not self._head_read:
            if not await self._read():
                return False
        return True

    async def _read(self) -> bool:
        data = await self._reader.read(_BLOCK)
        if data:
            self._parser.feed_data(data)
        return bool(data)

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        (self._trailers if self._head_read else self._headers)[name.lower()] = value

    def on_headers_complete(self) -> None:
        self._head_read = True

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        self._complete = True

    async def _whole_body(self) -> bytes:
        while not self._complete and await self._read():
            pass
        return b"".join(self._body)

    # Answering

    async def _answer(self) -> Answer:
        method = self._parser.get_method()
        match method, self._target.decode().strip("/").split("/"):
            case b"GET", ["2018-06-01", "runtime", "invocation", "next"]:
                return self._invoke(await self._next())
            case b"POST", ["2018-06-01", "runtime", "invocation", request_id, "response"]:
                return await self._with_pending(request_id, self._respond)
            case b"POST", ["2018-06-01", "runtime", "invocation", request_id, "error"]:
                return await self._with_pending(request_id, self._error)
            case b"POST", ["2018-06-01", "runtime", "init", "error"]:
                self._host.init_failed(self._failure(await self._whole_body()))
                return _accepted()
            case b"POST", ["2020-01-01", "extension", "register"]:
                await self._whole_body()
                self._host.extension_registered()
                body = b'{"functionName":"dev","functionVersion":"$LATEST","handler":"dev"}'
                return 200, {"Lambda-Extension-Identifier": str(uuid.uuid4())}, body
            case b"GET", ["2020-01-01", "extension", "event", "next"]:
                await asyncio.get_running_loop().create_future()  # for those registered for no events: never
        return _refused(404, "NotFound", f"{method.decode()} {self._target.decode()} is no call of the Runtime API")

    async def _next(self) -> Invocation:
        """The next invocation; raises ConnectionError where the runtime hangs up, for none must be lost on it."""
        invocation = asyncio.ensure_future(self._host.next())
        hung_up = asyncio.ensure_future(self._reader.read(1))
        try:
            await asyncio.wait((invocation, hung_up), return_when=asyncio.FIRST_COMPLETED)
            if invocation.done():
                return invocation.result()
            raise ConnectionError("The runtime hung up while it waited for an invocation")
        finally:
            for task in (invocation, hung_up):
                task.cancel()
            await asyncio.wait((invocation, hung_up))

    def _invoke(self, invocation: Invocation) -> Answer:
        trace = invocation.request_id.replace("-", "")
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:dev",
            "Lambda-Runtime-Trace-Id": (
                f"Root=1-{invocation.deadline_ms // 1000:08x}-{trace[:24]};Parent={trace[:16]};Sampled=0"
            ),
            "Lambda-Runtime-Invocation-Id": trace[:8],
        }
        return 200, headers, invocation.event

    async def _with_pending(self, request_id: str, answer: Callable[[Invocation], Awaitable[Answer]]) -> Answer:
        invocation = self._host.pending(request_id)
        if invocation is None:
            return _refused(400, "InvalidRequestID", "Invalid request ID")
        if invocation.error is not None:
            return _refused(410, "InvokeTimeout", "Invoke timeout")
        if invocation.done.is_set():
            return _refused(403, "InvalidStateTransition", "This invocation has been answered")
        return await answer(invocation)

    async def _respond(self, invocation: Invocation) -> Answer:
        mode = self._headers.get(b"lambda-runtime-function-response-mode")
        if mode not in (None, b"streaming"):
            return _refused(400, "InvalidFunctionResponseMode", "Invalid function response mode")
        content_type = self._headers.get(b"content-type", b"application/octet-stream").decode("latin-1")
        if mode is None and content_type != _STREAMING:
            return await self._respond_whole(invocation, content_type)
        invocation.begin(Head(content_type, True))
        while True:
            pieces, self._body = self._body, []
            for piece in pieces:
                await invocation.put(piece)
            if self._complete:
                break
            if not await self._read():
                invocation.fail(failed("Runtime.TruncatedResponse", "The runtime hung up in mid-response"))
                return _refused(400, "TruncatedHTTPRequest", "The body broke off")
        if b"lambda-runtime-function-error-type" in self._trailers:
            invocation.fail(self._failure(_error_body(self._trailers), self._trailers))
        invocation.finish()
        return _accepted()

    async def _respond_whole(self, invocation: Invocation, content_type: str) -> Answer:
        body = await self._whole_body()
        if len(body) > RESPONSE_LIMIT:
            message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            invocation.fail(failed("Function.ResponseSizeTooLarge", message))
            return _refused(413, "RequestEntityTooLarge", message)
        invocation.begin(Head(content_type, False))
        await invocation.put(body)
        invocation.finish()
        return _accepted()

    async def _error(self, invocation: Invocation) -> Answer:
        invocation.fail(self._failure(await self._whole_body()))
        return _accepted()

    def _failure(self, body: bytes, headers: dict[bytes, bytes] | None = None) -> InvocationError:
        kind = (headers or self._headers).get(b"lambda-runtime-function-error-type", b"Function.Unknown")
        try:
            payload = json.loads(body)
        except ValueError:
            payload = None
        if not isinstance(payload, dict):
            payload = {"errorType": kind.decode("latin-1"), "errorMessage": body.decode("utf-8", "replace")}
        return InvocationError(kind.decode("latin-1"), payload)

    def _write(self, status: int, headers: dict[str, str], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in headers.items())]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        self._writer.write(head.encode("latin-1") + body)


def _error_body(trailers: dict[bytes, bytes]) -> bytes:
    """Empty where it is no base64: the error itself stands in a trailer of its own."""
    try:
        return b64decode(trailers.get(b"lambda-runtime-function-error-body", b""), validate=True)
    except ValueError:
        return b""


def _accepted() -> Answer:
    return 202, {"Content-Type": "application/json"}, b'{"status":"OK"}\n'


def _refused(status: int, error_type: str, message: str) -> Answer:
    body = json.dumps({"errorMessage": message, "errorType": error_type}).encode()
    return status, {"Content-Type": "application/json"}, body
