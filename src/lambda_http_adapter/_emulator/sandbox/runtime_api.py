"""The Runtime API of one sandbox: an HTTP server on a loopback port of its own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple, Protocol

from httptools import HttpParserError

from ..doors.host_header import host_name, is_local_name
from .invocation import Invocation, InvocationError, ReplyHead, invocation_error
from .request_reader import RequestReader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RESPONSE_LIMIT = 6 * 1024 * 1024 + 100
_STREAMING = "application/vnd.awslambda.http-integration-response"
_JSON = {"Content-Type": "application/json"}


class Backend(Protocol):
    """What a Runtime API gets its answers from: the sandbox."""

    async def next(self) -> Invocation: ...
    def pending(self, request_id: str) -> Invocation | None: ...
    def init_failed(self, error: InvocationError) -> None: ...
    def register_extension(self) -> dict[str, str]:
        """Returns what an extension is told of the function."""
        ...


class RuntimeAPI:
    """Serves one sandbox until it is closed."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> str:
        """Listen; returns the value of AWS_LAMBDA_RUNTIME_API. Raises OSError."""
        # asyncio's own listener passes over some errors, such as too many open files, and then doesn't listen.
        listener = socket.create_server(("127.0.0.1", port))
        self._server = await asyncio.start_server(self._accept, sock=listener)
        host, port = listener.getsockname()
        return f"{host}:{port}"

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(RuntimeConnection(self._backend, reader, writer).serve())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)


class APIResponse(NamedTuple):
    """To a poll an event, to a reply its receipt."""

    status: int
    headers: dict[str, str]
    body: bytes


def _receipt() -> APIResponse:
    return APIResponse(202, _JSON, b'{"status":"OK"}\n')


def _refused(status: int, error_type: str, message: str) -> APIResponse:
    return APIResponse(status, _JSON, json.dumps({"errorMessage": message, "errorType": error_type}).encode())


class RuntimeConnection:
    """One connection of a runtime: a request, its response, the next request."""

    def __init__(self, backend: Backend, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._backend = backend
        self._request = RequestReader(reader)
        self._writer = writer

    async def serve(self) -> None:
        try:
            while await self._request.read_head():
                response = await self._response()
                await self._request.skip_body()
                self._write(response)
                await self._writer.drain()
        except (ConnectionError, HttpParserError):
            pass  # a runtime may hang up at any time, and a client that doesn't speak HTTP gets no response
        finally:
            self._writer.close()

    def _write(self, response: APIResponse) -> None:
        fields = [f"{name}: {value}" for name, value in response.headers.items()]
        lines = [f"HTTP/1.1 {response.status} -", *fields, f"Content-Length: {len(response.body)}", "", ""]
        self._writer.write("\r\n".join(lines).encode("latin-1") + response.body)

    async def _response(self) -> APIResponse:
        if _is_from_browser(self._request.headers):
            return _refused(403, "Forbidden", "A browser isn't a runtime: `dev` refuses the requests of web pages here")
        target = self._request.target.decode()
        match self._request.method, target.strip("/").split("/"):
            case "GET", ["2018-06-01", "runtime", "invocation", "next"]:
                return _event(await self._next())
            case "POST", ["2018-06-01", "runtime", "invocation", request_id, "response"]:
                return await self._with_pending(request_id, self._take_reply)
            case "POST", ["2018-06-01", "runtime", "invocation", request_id, "error"]:
                return await self._with_pending(request_id, self._take_error)
            case "POST", ["2018-06-01", "runtime", "init", "error"]:
                self._backend.init_failed(_error(await self._request.read_body(), self._request.headers))
                return _receipt()
            case "POST", ["2020-01-01", "extension", "register"]:
                await self._request.skip_body()
                return _registration(self._backend.register_extension())
            case "GET", ["2020-01-01", "extension", "event", "next"]:
                # Extensions are registered for no events here, so that this call never returns.
                await asyncio.get_running_loop().create_future()
        return _refused(404, "NotFound", f"{self._request.method} {target} is not a call of the Runtime API")

    async def _next(self) -> Invocation:
        """The next invocation. If the runtime hangs up first, raises ConnectionError: no invocation may be lost."""
        invocation = asyncio.ensure_future(self._backend.next())
        hang_up = asyncio.ensure_future(self._request.wait_for_hang_up())
        try:
            await asyncio.wait((invocation, hang_up), return_when=asyncio.FIRST_COMPLETED)
            if invocation.done():
                return invocation.result()
            raise ConnectionError("The runtime hung up while it waited for an invocation")
        finally:
            for task in (invocation, hang_up):
                task.cancel()
            await asyncio.wait((invocation, hang_up))

    async def _with_pending(self, request_id: str, take: Callable[[Invocation], Awaitable[APIResponse]]) -> APIResponse:
        invocation = self._backend.pending(request_id)
        if invocation is None:
            return _refused(400, "InvalidRequestID", "Invalid request ID")
        if invocation.error is not None:
            return _refused(410, "InvokeTimeout", "Invoke timeout")
        if invocation.done.is_set():
            return _refused(403, "InvalidStateTransition", "The runtime has already replied to this invocation")
        return await take(invocation)

    async def _take_reply(self, invocation: Invocation) -> APIResponse:
        headers = self._request.headers
        mode = headers.get(b"lambda-runtime-function-response-mode")
        if mode not in (None, b"streaming"):
            return _refused(400, "InvalidFunctionResponseMode", "Invalid function response mode")
        content_type = headers.get(b"content-type", b"application/octet-stream").decode("latin-1")
        if mode is None and content_type != _STREAMING:
            return await self._take_buffered(invocation, content_type)
        return await self._take_streamed(invocation, content_type)

    async def _take_buffered(self, invocation: Invocation, content_type: str) -> APIResponse:
        body = await self._request.read_body()
        if len(body) > RESPONSE_LIMIT:
            message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
            invocation.fail(invocation_error("Function.ResponseSizeTooLarge", message))
            return _refused(413, "RequestEntityTooLarge", message)
        invocation.begin(ReplyHead(content_type, streamed=False))
        await invocation.put(body)
        invocation.finish()
        return _receipt()

    async def _take_streamed(self, invocation: Invocation, content_type: str) -> APIResponse:
        invocation.begin(ReplyHead(content_type, streamed=True))
        while chunk := await self._request.read_chunk():
            await invocation.put(chunk)
        if not self._request.complete:
            invocation.fail(invocation_error("Runtime.TruncatedResponse", "The runtime hung up in mid-response"))
            return _refused(400, "TruncatedHTTPRequest", "The request's body broke off")
        trailers = self._request.trailers
        if b"lambda-runtime-function-error-type" in trailers:
            invocation.fail(_error(_error_body(trailers), trailers))
        invocation.finish()
        return _receipt()

    async def _take_error(self, invocation: Invocation) -> APIResponse:
        invocation.fail(_error(await self._request.read_body(), self._request.headers))
        return _receipt()


def _is_from_browser(headers: dict[bytes, bytes]) -> bool:
    """A page of any site can send requests here, and one with DNS rebinding read the responses. A runtime sends neither
    Origin nor Sec-Fetch-Site, and the Host that it was given."""
    if b"origin" in headers or b"sec-fetch-site" in headers:
        return True
    return not is_local_name(host_name(headers.get(b"host", b"").decode("latin-1")))


def _event(invocation: Invocation) -> APIResponse:
    trace = invocation.request_id.replace("-", "")
    root = f"1-{invocation.deadline_ms // 1000:08x}-{trace[:24]}"
    headers = {
        **_JSON,
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
        "Lambda-Runtime-Trace-Id": f"Root={root};Parent={trace[:16]};Sampled=0",
        "Lambda-Runtime-Invocation-Id": trace[:8],
        **invocation.headers,
    }
    return APIResponse(200, headers, invocation.event)


def _registration(function: dict[str, str]) -> APIResponse:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#extensions-registration-api-a"""
    headers = {**_JSON, "Lambda-Extension-Identifier": str(uuid.uuid4())}
    return APIResponse(200, headers, json.dumps(function).encode())


def _error(body: bytes, fields: dict[bytes, bytes]) -> InvocationError:
    """The error that a runtime has posted, with its type in the headers or the trailers."""
    error_type = fields.get(b"lambda-runtime-function-error-type", b"Function.Unknown").decode("latin-1")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        payload = {"errorType": error_type, "errorMessage": body.decode("utf-8", "replace")}
    return InvocationError(error_type, payload)


def _error_body(trailers: dict[bytes, bytes]) -> bytes:
    """Empty if it isn't base64. The error's type is in another trailer."""
    try:
        return b64decode(trailers.get(b"lambda-runtime-function-error-body", b""), validate=True)
    except ValueError:
        return b""
