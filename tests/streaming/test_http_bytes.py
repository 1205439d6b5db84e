"""A streamed response byte for byte: as it is made, and as the other side reads it, whole and one byte at a time."""

import json
import socket
from base64 import b64decode
from collections.abc import Callable

import pytest
from httptools import HttpRequestParser

from lambda_http_adapter import __version__
from lambda_http_adapter._delivery import END, End, Failure, Head
from lambda_http_adapter._delivery.encoders import StreamingEncoder
from lambda_http_adapter._runtime.client import Buffers, Invocation, Reply, RuntimeClient
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins import Origin, api_gateway_v1, function_url
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.recorded_request import RecordedRequest
from tests.support.streamed_response import DELIMITER, streamed

AUTHORITY = "127.0.0.1:9001"
COMMON = b"Host: 127.0.0.1:9001\r\nUser-Agent: lambda-http-adapter/" + __version__.encode() + b"\r\n"
HEAD = (
    b"POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\n"
    + COMMON
    + b"Content-Type: application/vnd.awslambda.http-integration-response\r\n"
    b"Lambda-Runtime-Invocation-Id: n-1\r\n"
    b"Lambda-Runtime-Function-Response-Mode: streaming\r\n"
    b"Transfer-Encoding: chunked\r\n"
    b"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
    b"\r\n"
)
LAST = b"0\r\n\r\n"
ERROR_TYPE = b"Lambda-Runtime-Function-Error-Type"
ERROR_BODY = b"Lambda-Runtime-Function-Error-Body"

# What reaches the client of every app's mixture of headers.
MIXED: Headers = [
    (b"Content-Type", b"text/html"),
    (b"Vary", b"a"),
    (b"Set-Cookie", b"a=1; Path=/"),
    (b"vary", b"b"),
    (b"set-cookie", b"b=2"),
    (b"Content-Length", b"5"),
    (b"Connection", b"keep-alive"),
    (b"Keep-Alive", b"timeout=5"),
    (b"Transfer-Encoding", b"chunked"),
    (b"TE", b"trailers"),
    (b"Trailer", b"x-sum"),
    (b"Upgrade", b"h2c"),
    (b"Proxy-Connection", b"close"),
    (b"Proxy-Authenticate", b"Basic"),
    (b"X-Latin", b"na\xefve"),
]


def reply(
    origin: Origin = function_url.ORIGIN,
    *,
    method: str = "GET",
    invocation_id: str = "n-1",
    config: Config | None = None,
) -> Reply:
    invocation = Invocation("r-1", {b"lambda-runtime-invocation-id": invocation_id.encode()}, b"{}")
    answer = Reply(RuntimeClient(AUTHORITY), invocation)
    answer.encode_with(StreamingEncoder(origin, method, config or Config()))
    return answer


def chunk(data: bytes) -> bytes:
    return b"%x\r\n" % len(data) + data + b"\r\n"


def joined(*parts: Buffers) -> bytes:
    return b"".join(b"".join(part) for part in parts)


# The bytes


@pytest.mark.parametrize(
    ("origin", "prelude"),
    [
        (
            function_url.ORIGIN,
            '{"statusCode":201,"headers":{"content-type":"text/html","vary":"a, b","x-latin":"naïve"},'
            '"cookies":["a=1; Path=/","b=2"]}',
        ),
        (
            api_gateway_v1.ORIGIN,
            '{"statusCode":201,"multiValueHeaders":{"content-type":["text/html"],"vary":["a","b"],'
            '"set-cookie":["a=1; Path=/","b=2"],"x-latin":["naïve"]}}',
        ),
    ],
    ids=["function url", "rest api"],
)
def test_a_response(origin: Origin, prelude: str) -> None:
    answer = reply(origin)
    first = prelude.encode() + bytes(8)
    assert joined(answer.buffers(Head(201, MIXED))) == HEAD + chunk(first)
    assert joined(answer.buffers(b"hello")) == b"5\r\nhello\r\n"
    assert joined(answer.buffers(b"x" * 300)) == b"12c\r\n" + b"x" * 300 + b"\r\n"
    assert joined(answer.buffers(END)) == LAST
    assert answer.closed


@pytest.mark.parametrize("parts", [[[Head(302, [])], [END]], [[Head(302, []), END]]], ids=["apart", "together"])
def test_the_byte_of_an_empty_stream_is_its_last_chunk(parts: list[list[Head | End]]) -> None:
    answer = reply(config=Config(stream_empty_body="newline"))
    written = joined(*(answer.buffers(*each) for each in parts))
    assert written.endswith(bytes(8) + b"\r\n" + chunk(b"\n") + LAST)
    assert answer.closed


def test_without_an_invocation_id_there_is_no_echo() -> None:
    head = joined(reply(invocation_id="").buffers(Head(200, [])))
    assert head.partition(b"\r\n\r\n")[0] == HEAD.replace(b"Lambda-Runtime-Invocation-Id: n-1\r\n", b"")[:-4]


def test_a_large_body_is_handed_on_as_the_object_it_is() -> None:
    answer, body = reply(), bytes(2**20)
    answer.buffers(Head(200, []))
    assert any(buffer is body for buffer in answer.buffers(body))


def test_no_empty_chunk() -> None:
    answer = reply()
    answer.buffers(Head(200, []))
    assert answer.buffers(b"") == []
    assert joined(answer.buffers(b"a"), answer.buffers(b""), answer.buffers(b"b")) == b"1\r\na\r\n1\r\nb\r\n"


# Method, status, headers, and the prelude's headers. None of them has a body, whatever the app sends.
BODILESS: list[tuple[str, int, Headers, dict[str, str]]] = [
    ("HEAD", 200, [(b"content-length", b"5")], {}),
    ("HEAD", 200, [(b"content-length", b"0")], {"content-length": "0"}),
    ("GET", 204, [], {}),
    ("GET", 204, [(b"content-length", b"0")], {}),
    ("GET", 304, [(b"etag", b'"x"')], {"etag": '"x"'}),
    ("HEAD", 404, [(b"content-type", b"text/html")], {"content-type": "text/html"}),
]


@pytest.mark.parametrize(("method", "status", "headers", "kept"), BODILESS)
def test_what_has_no_body(method: str, status: int, headers: Headers, kept: dict[str, str]) -> None:
    answer = reply(method=method)
    prelude = json.dumps({"statusCode": status, "headers": kept}, separators=(",", ":")).encode()
    sent = joined(
        answer.buffers(Head(status, headers)), answer.buffers(b"hello"), answer.buffers(b""), answer.buffers(END)
    )
    assert sent == HEAD + chunk(prelude + bytes(8)) + LAST


@pytest.mark.parametrize(
    ("status", "headers", "prelude"),
    [
        (200, [(b"content-length", b"0")], b'{"statusCode":200,"headers":{"content-length":"0"}}'),
        (200, [], b'{"statusCode":200,"headers":{}}'),
        (302, [(b"location", b"/")], b'{"statusCode":302,"headers":{"location":"/"}}'),
        (500, [], b'{"statusCode":500,"headers":{}}'),
    ],
)
def test_an_empty_body_has_a_head_and_an_end(status: int, headers: Headers, prelude: bytes) -> None:
    answer = reply()
    assert joined(answer.buffers(Head(status, headers))) == HEAD + chunk(prelude + bytes(8))
    assert joined(answer.buffers(b""), answer.buffers(END)) == LAST


def test_nothing_follows_the_end() -> None:
    answer = reply()
    answer.buffers(Head(200, []))
    answer.buffers(END)
    assert (answer.buffers(Head(200, [])), answer.buffers(b"more"), answer.buffers(END)) == ([], [], [])


# Failures


def test_a_failure_half_way() -> None:
    answer = reply()
    joined(answer.buffers(Head(200, [])), answer.buffers(b"half a"))
    sent = joined(answer.buffers(Failure(KeyError("ü"))))
    last, error_type, error_body, *end = sent.split(b"\r\n")
    assert (last, error_type, end) == (b"0", ERROR_TYPE + b": Function.KeyError", [b"", b""])
    name, _, value = error_body.partition(b": ")
    assert name == ERROR_BODY
    error = json.loads(b64decode(value, validate=True))
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'ü'")
    assert answer.closed


def test_a_failure_before_the_head_is_an_error() -> None:
    sent = joined(reply().buffers(Failure(KeyError("k"))))
    assert sent.startswith(b"POST /2018-06-01/runtime/invocation/r-1/error HTTP/1.1\r\n" + COMMON)
    assert b"\r\nTransfer-Encoding" not in sent


def test_a_status_that_fails_the_invocation() -> None:
    answer = reply(config=Config(fail_on_status=frozenset({503})))
    assert answer.buffers(Head(503, []), b"bu") == []
    sent = joined(answer.buffers(b"sy", END))
    assert sent.startswith(b"POST /2018-06-01/runtime/invocation/r-1/error HTTP/1.1\r\n" + COMMON)
    assert b"\r\nLambda-Runtime-Function-Error-Type: Function.FailedStatusError\r\n" in sent
    assert b'"errorMessage":"The app answered with status 503: busy"' in sent
    assert (answer.begun, answer.closed, answer.buffers(b"busy"), answer.buffers(END)) == (False, True, [], [])


# Of a REST API's prelude, and what is needed beside the value of its only header.
PRELUDE_LIMIT = 16 * 1024 - 8
AROUND = len(b'{"statusCode":200,"multiValueHeaders":{"x":[""]}}')


def test_the_largest_head_of_a_rest_api() -> None:
    sent = joined(reply(api_gateway_v1.ORIGIN).buffers(Head(200, [(b"x", b"x" * (PRELUDE_LIMIT - AROUND))])))
    head, _, first = sent.partition(b"\r\n\r\n")
    assert head + b"\r\n\r\n" == HEAD
    assert first.startswith(b"4000\r\n{")
    assert first.index(bytes(8)) + 8 == len(b"4000\r\n") + 16 * 1024


def test_a_larger_head_of_a_rest_api_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    facts = "The head of the streamed response is 16,377 bytes, and API Gateway takes 16,376. "
    sentence = facts + "Send fewer or smaller headers."
    answer = reply(api_gateway_v1.ORIGIN)
    sent = joined(answer.buffers(Head(200, [(b"x", b"x" * (PRELUDE_LIMIT - AROUND + 1))])))
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /2018-06-01/runtime/invocation/r-1/error HTTP/1.1\r\n")
    assert json.loads(body)["errorMessage"] == sentence
    assert caplog.messages == [f"Request r-1: {sentence}"]
    assert (answer.begun, answer.closed, answer.buffers(b"more"), answer.buffers(END)) == (False, True, [], [])


# As the other side reads them


class Read:
    """What llhttp makes of a request."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.trailers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self._fields = self.headers

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        self._fields = self.trailers

    def on_body(self, data: bytes) -> None:
        self.body += data

    def on_message_complete(self) -> None:
        self.complete = True


def whole(data: bytes) -> list[bytes]:
    return [data]


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


every_cut = pytest.mark.parametrize("cut", [whole, bytewise])
Cut = Callable[[bytes], list[bytes]]


def half_a_response(invocation_id: str = "n-1") -> bytes:
    answer = reply(invocation_id=invocation_id)
    return joined(
        answer.buffers(Head(200, MIXED)),
        answer.buffers(b"half a"),
        answer.buffers(b""),
        answer.buffers(bytes(8) + b"0\r\n\r\n"),  # nothing in a body is special
        answer.buffers(Failure(KeyError("k" * 300))),
    )


@every_cut
def test_llhttp_reads_it(cut: Cut) -> None:
    read = Read()
    parser = HttpRequestParser(read)
    for piece in cut(half_a_response()):
        assert not read.complete
        parser.feed_data(piece)
    assert read.complete
    assert read.body.partition(DELIMITER)[2] == b"half a" + bytes(8) + b"0\r\n\r\n"
    assert [name for name, _ in read.trailers] == [ERROR_TYPE, ERROR_BODY]
    assert read.trailers[0][1] == b"Function.KeyError"
    assert json.loads(b64decode(read.trailers[1][1]))["errorMessage"] == repr("k" * 300)


def connected(api: FakeRuntimeAPI) -> socket.socket:
    host, _, port = api.address.partition(":")
    return socket.create_connection((host, int(port)))


@every_cut
def test_a_strict_server_reads_it(cut: Cut) -> None:
    """Chunk by chunk, and no trailer that isn't declared."""
    with FakeRuntimeAPI() as api, connected(api) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        api.address = AUTHORITY  # what the Host header has to name
        for piece in cut(half_a_response(invocation_id="")):
            line.sendall(piece)
        request: RecordedRequest = api.wait_for(lambda request: request.answer is not None)
    answer = streamed(request)
    assert answer.prelude["statusCode"] == 200
    assert answer.body == b"half a" + bytes(8) + b"0\r\n\r\n"
    assert [len(part) for part in request.chunks[1:]] == [6, 13]
    assert [name for name, _ in answer.trailers] == [ERROR_TYPE.decode().lower(), ERROR_BODY.decode().lower()]
