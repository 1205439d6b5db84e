"""What apps do with requests: each behaviour as an app of either colour, and what its client must see."""

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, cast
from urllib.parse import parse_qsl

from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from lambda_http_adapter._types import Environ, Message, Receive, Scope, Send, SingleCallable, StartResponse, WSGIApp

Headers = Sequence[tuple[bytes, bytes]]


class Request(NamedTuple):
    """What apps of both colours can see of a request."""

    method: str
    path: str
    query: list[tuple[str, str]]
    content_type: str
    cookie: str
    body: bytes


class Response(NamedTuple):
    status: int
    headers: Headers
    chunks: Iterable[bytes] = ()


View = Callable[[Request], Response]


def asgi(view: View) -> SingleCallable:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + cast("bytes", message["body"]), bool(message["more_body"])
        headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
        status, fields, chunks = view(
            Request(
                cast("str", scope["method"]),
                cast("str", scope["path"]),
                _query(cast("bytes", scope["query_string"]).decode()),
                headers.get(b"content-type", b"").decode(),
                headers.get(b"cookie", b"").decode(),
                body,
            )
        )
        start: Message = {"type": "http.response.start", "status": status, "headers": list(fields)}
        await send(start)
        for chunk in chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body"})

    return app


def wsgi(view: View) -> WSGIApp:
    def app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        status, fields, chunks = view(
            Request(
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"].encode("latin-1").decode(),
                _query(environ["QUERY_STRING"]),
                environ.get("CONTENT_TYPE", ""),
                environ.get("HTTP_COOKIE", ""),
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH", 0))),
            )
        )
        start_response(
            f"{status} As It Is", [(name.decode("latin-1"), value.decode("latin-1")) for name, value in fields]
        )
        return iter(chunks)

    return app


def _query(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


JSON, TEXT, HTML = ((b"content-type", value) for value in (b"application/json", b"text/plain", b"text/html"))
FORM, BYTES = (
    (b"content-type", value) for value in (b"application/x-www-form-urlencoded", b"application/octet-stream")
)


def echo(request: Request) -> Response:
    seen = [request.method, request.path, request.query, request.cookie, request.body.decode("latin-1")]
    return Response(200, [JSON], [json.dumps(seen).encode()])


def answers(status: int, *headers: tuple[bytes, bytes], body: Sequence[bytes] = ()) -> View:
    return lambda request: Response(status, headers, body)


def broken(request: Request) -> Response:
    raise LookupError(request.path)


class Behaviour(NamedTuple):
    request: ClientRequest
    view: View
    expected: ClientResponse


def _behaviour(request: ClientRequest, view: View, status: int, headers: Headers, body: bytes = b"") -> Behaviour:
    return Behaviour(request, view, ClientResponse(status, list(headers), body))


def _fixed(
    method: str, status: int, *headers: tuple[bytes, bytes], body: bytes = b"", seen: bytes | None = None
) -> Behaviour:
    view = answers(status, *headers, body=[body])
    return _behaviour(ClientRequest(method), view, status, headers, body if seen is None else seen)


GZIPPED = gzip.compress(b"compressed " * 100, mtime=0)
PIXEL = bytes(range(256)) * 4

# What an app answers, whatever it was asked.
ANSWERS = {
    "json": _fixed("GET", 200, JSON, body='{"λ":["☕",null]}'.encode()),
    "head": _fixed("HEAD", 200, HTML, (b"etag", b'"1"'), body=b"<p>not for you</p>", seen=b""),
    "no content": _fixed("DELETE", 204),
    "not modified": _fixed("GET", 304, (b"etag", b'"1"'), body=b"not for you", seen=b""),
    "redirect": _fixed("GET", 307, TEXT, (b"location", b"/caf%C3%A9?a=1&b=2#c"), body=b"there"),
    "cookies": _fixed(
        "GET",
        200,
        TEXT,
        (b"set-cookie", b"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/"),
        (b"set-cookie", b"b=2; HttpOnly"),
        (b"set-cookie", b"c="),
        body=b"baked",
    ),
    "repeated headers": _fixed("GET", 200, TEXT, (b"vary", b"accept"), (b"vary", b"cookie"), body=b"varies"),
    "binary": _fixed("GET", 200, (b"content-type", b"image/png"), body=PIXEL),
    "gzip": _fixed("GET", 200, TEXT, (b"content-encoding", b"gzip"), body=GZIPPED),
    "latin-1": _fixed("GET", 200, (b"content-type", b"text/plain; charset=iso-8859-1"), body="naïve".encode("latin-1")),
    "wrong charset": _fixed("GET", 200, (b"content-type", b"text/plain; charset=utf-8"), body=b"na\xefve"),
    "problem": _fixed("GET", 422, (b"content-type", b"application/problem+json"), body=b'{"title":"no"}'),
    "large header": _fixed("GET", 200, TEXT, (b"x-large", b"x" * 8000), body=b"large"),
    "latin-1 header": _fixed("GET", 200, TEXT, (b"x-name", "José".encode("latin-1")), body=b"named"),
    "empty": _fixed("GET", 200, HTML),
    "not found": _fixed("GET", 404, JSON, body=b'{"detail":"Not Found"}'),
    "599": _fixed("GET", 599, TEXT, body=b"beyond the registry"),
    "stream": _behaviour(
        ClientRequest(),
        answers(200, TEXT, body=[b"one ", b"", b"two ", "☕".encode()[:1], "☕".encode()[1:]]),
        200,
        [TEXT],
        "one two ☕".encode(),
    ),
    "error before the head": _behaviour(
        ClientRequest(), broken, 500, [(b"content-type", b"text/plain; charset=utf-8")], b"Internal Server Error"
    ),
    "hop by hop": _behaviour(
        ClientRequest(), answers(200, TEXT, (b"connection", b"close"), (b"keep-alive", b"5")), 200, [TEXT]
    ),
}

# What it makes of what it was asked.
REQUESTS = {
    "query": _behaviour(
        ClientRequest("GET", "/search", "a=1&b=%C3%A9+%26&empty="),
        echo,
        200,
        [JSON],
        rb'["GET", "/search", [["a", "1"], ["b", "\u00e9 &"], ["empty", ""]], "", ""]',
    ),
    "json in": _behaviour(
        ClientRequest("PUT", "/items/7", headers=[JSON], body=b'{"a": 1}'),
        echo,
        200,
        [JSON],
        rb'["PUT", "/items/7", [], "", "{\"a\": 1}"]',
    ),
    "form": _behaviour(
        ClientRequest("POST", "/form", headers=[FORM], body=b"a=1&b=%26"),
        echo,
        200,
        [JSON],
        rb'["POST", "/form", [], "", "a=1&b=%26"]',
    ),
    "bytes in": _behaviour(
        ClientRequest("POST", "/files", headers=[BYTES], body=b"\x00\xff"),
        echo,
        200,
        [JSON],
        rb'["POST", "/files", [], "", "\u0000\u00ff"]',
    ),
    "unicode path": _behaviour(
        ClientRequest("GET", "/caf%C3%A9/%E2%98%95%20a%2Bb+c"),
        echo,
        200,
        [JSON],
        rb'["GET", "/caf\u00e9/\u2615 a+b+c", [], "", ""]',
    ),
    "escaped escape": _behaviour(ClientRequest("GET", "/a%2541"), echo, 200, [JSON], rb'["GET", "/a%41", [], "", ""]'),
    "cookies in": _behaviour(
        ClientRequest("GET", "/", headers=[(b"Cookie", b"a=1; b=2")]),
        echo,
        200,
        [JSON],
        rb'["GET", "/", [], "a=1; b=2", ""]',
    ),
    "content type": _behaviour(
        ClientRequest("POST", "/", headers=[(b"Content-Type", b"text/plain; charset=utf-8")], body=b"x"),
        lambda request: Response(200, [TEXT], [request.content_type.encode()]),
        200,
        [TEXT],
        b"text/plain; charset=utf-8",
    ),
}
