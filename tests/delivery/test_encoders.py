"""From status, headers and body to the one document that the origin reads."""

import json
import tracemalloc
from base64 import b64decode
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._delivery import END, End, Head
from lambda_http_adapter._delivery.encoders import (
    BufferedEncoder,
    StreamingEncoder,
    encode_body,
    end_to_end,
    has_no_body,
    require_valid,
)
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers, LambdaEvent
from lambda_http_adapter.errors import FailedStatusError, ProtocolError, ResponseTooLargeError
from lambda_http_adapter.origins import ORIGINS, Origin
from lambda_http_adapter.origins.function_url import ORIGIN
from tests.support.paths import EVENTS

# content-type, content-encoding, the body and how it travels: as it is, or its base64.
BODIES: list[tuple[str | None, str | None, bytes, str]] = [
    (None, None, b"text", "text"),
    ("", None, b"text", "text"),
    ("text/plain", None, b"text", "text"),
    ("text/html; charset=utf-8", None, "grüße".encode(), "grüße"),
    ("TEXT/HTML; Charset=UTF-8", None, b"text", "text"),
    ('text/html; charset="utf-8"', None, b"text", "text"),
    ("text/html; charset=utf8", None, b"text", "text"),
    ("text/html; charset=us-ascii", None, b"text", "text"),
    ("text/html; boundary=x;charset=utf-8", None, b"text", "text"),
    ("text/event-stream", None, b"data: 1\n\n", "data: 1\n\n"),
    ("application/json", None, b"{}", "{}"),
    ("application/problem+json", None, b"{}", "{}"),
    ("application/vnd.api+json; version=1", None, b"{}", "{}"),
    ("application/xml", None, b"<a/>", "<a/>"),
    ("application/atom+xml", None, b"<a/>", "<a/>"),
    ("application/javascript", None, b"1", "1"),
    ("application/x-www-form-urlencoded", None, b"a=1", "a=1"),
    ("image/svg+xml", None, b"<svg/>", "<svg/>"),
    *[
        (f"application/{subtype}", None, b"text", "text")
        for subtype in (
            "ecmascript",
            "graphql",
            "jose",
            "json-seq",
            "json5",
            "jsonl",
            "jsonlines",
            "jwt",
            "n-quads",
            "n-triples",
            "ndjson",
            "openmetrics-text; version=1.0.0",
            "pem-certificate-chain",
            "sdp",
            "sparql-query",
            "sparql-results+xml",
            "sql",
            "toml",
            "trig",
            "vnd.apple.mpegurl",
            "vnd.oai.openapi",
            "vnd.oai.openapi+json;version=3.1",
            "x-javascript",
            "x-ndjson",
            "x-pem-file",
            "x-yaml",
            "xml-dtd",
            "xhtml+xml",
            "yaml",
            "vnd.shop+yaml",
            "geo+json-seq",
            "at+jwt",
        )
    ],
    ("audio/x-mpegurl", None, b"#EXTM3U", "#EXTM3U"),
    ("application/x-shop; charset=utf-8", None, b"text", "text"),
    ("image/x-shop; Charset=ASCII", None, b"text", "text"),
    ("text/plain", "identity", b"text", "text"),
    ("text/plain", "", b"text", "text"),
    ("text/plain", None, b'"\\\n\x00\x7f', '"\\\n\x00\x7f'),
    # base64
    ("text/plain", "gzip", b"text", "dGV4dA=="),
    ("text/plain", " BR ", b"text", "dGV4dA=="),
    ("text/html; charset=latin-1", None, b"text", "dGV4dA=="),
    ("text/html; charset=utf-16", None, b"text", "dGV4dA=="),
    ("text/html; charset=latin-1=", None, b"text", "dGV4dA=="),
    ("text/html", None, b"\xe4", "5A=="),
    ("text/html", None, b"\xed\xa0\x80", "7aCA"),
    (None, None, b"\xff", "/w=="),
    ("application/octet-stream", None, b"text", "dGV4dA=="),
    ("application/pdf", None, b"text", "dGV4dA=="),
    ("application/zip", None, b"text", "dGV4dA=="),
    ("image/png", None, b"text", "dGV4dA=="),
    ("multipart/form-data; boundary=x", None, b"text", "dGV4dA=="),
    ("nonsense", None, b"text", "dGV4dA=="),
    ("application/sql; charset=latin-1", None, b"text", "dGV4dA=="),
    ("application/x-shop; charset=utf-8", None, b"\xff", "/w=="),
    ("application/x-shop; charset=utf-8", "gzip", b"text", "dGV4dA=="),
    ("application/vnd.sqlite3", None, b"text", "dGV4dA=="),
    ("application/vnd.oasis.opendocument.text", None, b"text", "dGV4dA=="),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", None, b"text", "dGV4dA=="),
    # nothing to encode
    ("image/png", None, b"", ""),
    ("text/plain", "gzip", b"", ""),
]


@pytest.mark.parametrize(("content_type", "content_encoding", "body", "carried"), BODIES)
def test_encode_body(content_type: str | None, content_encoding: str | None, body: bytes, carried: str) -> None:
    headers: Headers = []
    if content_type is not None:
        headers.append((b"Content-Type", content_type.encode()))
    if content_encoding is not None:
        headers.append((b"content-encoding", content_encoding.encode()))
    data, is_base64 = encode_body(headers, body)
    assert data.decode() == carried
    assert (b64decode(data) if is_base64 else data) == body


@pytest.mark.parametrize(
    ("policy", "content_type", "body", "carried"),
    [
        ("text", b"image/png", b"text", (b"text", False)),
        ("text", b"text/html; charset=latin-1", b"text", (b"text", False)),
        ("text", b"text/plain", b"\xff", (b"/w==", True)),
        ("text", b"text/plain", b"", (b"", False)),
        ("base64", b"text/plain", b"text", (b"dGV4dA==", True)),
        ("base64", b"text/plain", b"", (b"", False)),
    ],
)
def test_encode_body_as_configured(policy: str, content_type: bytes, body: bytes, carried: tuple[bytes, bool]) -> None:
    assert encode_body([(b"content-type", content_type)], body, policy) == carried


@pytest.mark.parametrize(
    ("text_types", "content_type", "carried"),
    [
        ({"application/x-tex"}, b"application/X-TeX", b"text"),
        ({"application/x-tex"}, b"application/x-tex; version=2", b"text"),
        ({"application/x-tex"}, b"application/x-latex", b"dGV4dA=="),
        ({"model/*"}, b"model/mtl", b"text"),
        ({"model/*"}, b"model/mtl/2", b"text"),
        ({"model/*"}, b"image/png", b"dGV4dA=="),
    ],
)
def test_text_types_of_the_user_s_own(text_types: set[str], content_type: bytes, carried: bytes) -> None:
    headers = [(b"content-type", content_type)]
    assert encode_body(headers, b"text", "auto", frozenset(text_types))[0] == carried
    document = json.loads(
        document_of(encoded(200, headers, [b"text"], config=Config(text_types=frozenset(text_types))))
    )
    assert document["body"] == carried.decode()


@pytest.mark.parametrize(
    ("policy", "value", "body", "carried"),
    [
        ("auto", b"text", b"text", (b"text", False)),
        ("base64", b"text", b"text", (b"text", False)),
        ("auto", b"text", b"\xff", (b"/w==", True)),
        ("auto", b"base64", b"{}", (b"e30=", True)),
        ("text", b" BASE64 ", b"{}", (b"e30=", True)),
        ("text", b"auto", b"text", (b"dGV4dA==", True)),
    ],
)
def test_a_header_sets_the_encoding_of_one_response(
    policy: str, value: bytes, body: bytes, carried: tuple[bytes, bool]
) -> None:
    headers = [(b"X-Lambda-Body-Encoding", value), (b"content-type", b"image/png")]
    assert encode_body(headers, body, policy) == carried


def test_a_wrong_encoding_in_the_header_is_the_app_s_fault() -> None:
    message = r"^Expected 'text', 'base64' or 'auto' as x-lambda-body-encoding, got 'gzip'\.$"
    with pytest.raises(ProtocolError, match=message):
        document_of(encoded(200, [(b"x-lambda-body-encoding", b"gzip")], [b"text"]))


def test_the_header_for_the_encoding_never_leaves() -> None:
    document = json.loads(document_of(encoded(200, [*TEXT, (b"x-lambda-body-encoding", b"base64")], [b"text"])))
    assert document == answer(200, {"content-type": "text/plain"}, "dGV4dA==", True)
    (prelude,) = StreamingEncoder(ORIGIN, "GET", Config()).encode(Head(200, [(b"x-lambda-body-encoding", b"text")]))
    assert json.loads(prelude.removesuffix(bytes(8))) == {"statusCode": 200, "headers": {}}


@pytest.mark.parametrize(
    ("size", "headers", "kept"),
    [
        (4, [(b"Content-Type", b"text/plain")], [(b"Content-Type", b"text/plain")]),
        (4, [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")], [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]),
        (4, [(b"content-length", b"4")], [(b"content-length", b"4")]),
        (4, [(b"Content-Length", b"5"), (b"etag", b"x")], [(b"etag", b"x")]),
        (None, [(b"content-length", b"4")], []),
        (4, [(b"Connection", b"close"), (b"keep-alive", b"timeout=5")], []),
        (4, [(b"Transfer-Encoding", b"chunked"), (b"trailer", b"x-sum"), (b"te", b"trailers")], []),
        (4, [(b"upgrade", b"h2c"), (b"proxy-authenticate", b"Basic"), (b"proxy-connection", b"close")], []),
    ],
)
def test_end_to_end_headers(size: int | None, headers: Headers, kept: Headers) -> None:
    assert end_to_end(headers, size) == kept


@pytest.mark.parametrize(
    ("method", "status", "none"),
    [
        ("GET", 200, False),
        ("GET", 205, False),
        ("GET", 404, False),
        ("HEAD", 200, True),
        ("HEAD", 404, True),
        ("GET", 103, True),
        ("GET", 204, True),
        ("GET", 304, True),
    ],
)
def test_has_no_body(method: str, status: int, none: bool) -> None:
    assert has_no_body(method, status) is none


TEXT: Headers = [(b"content-type", b"text/plain")]
LENGTH: Headers = [(b"content-length", b"4")]


def encoded(
    status: int,
    headers: Headers,
    chunks: Sequence[bytes],
    *,
    method: str = "GET",
    config: Config = Config(),  # noqa: B008  # immutable
    origin: Origin = ORIGIN,
    event: LambdaEvent | None = None,
) -> BufferedEncoder:
    encoder = BufferedEncoder(origin, event or {}, method, config)
    assert encoder.encode(Head(status, headers)) == []
    assert [encoder.encode(chunk) for chunk in chunks] == [[]] * len(chunks)
    return encoder


def document_of(encoder: BufferedEncoder) -> bytes:
    return b"".join(encoder.encode(END))


def answer(status: int, headers: dict[str, str], body: str = "", is_base64: bool = False) -> dict[str, object]:
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": is_base64}


@pytest.mark.parametrize(
    ("method", "status", "headers", "chunks", "document"),
    [
        ("GET", 200, TEXT, [b"one ", b"two"], answer(200, {"content-type": "text/plain"}, "one two")),
        (
            "GET",
            200,
            [*TEXT, *LENGTH],
            [b"text"],
            answer(200, {"content-type": "text/plain", "content-length": "4"}, "text"),
        ),
        ("GET", 200, LENGTH, [b"longer"], answer(200, {}, "longer")),
        ("GET", 200, [], [], answer(200, {})),
        (
            "GET",
            200,
            [(b"content-type", b"image/png")],
            [b"\x89", b"PNG"],
            answer(200, {"content-type": "image/png"}, "iVBORw==", True),
        ),
        ("HEAD", 200, [*TEXT, *LENGTH], [b"text"], answer(200, {"content-type": "text/plain"})),
        ("GET", 204, [(b"content-length", b"0")], [], answer(204, {})),
        ("GET", 204, LENGTH, [b"text"], answer(204, {})),
        ("GET", 304, [(b"etag", b"x"), *LENGTH], [b"text"], answer(304, {"etag": "x"})),
    ],
)
def test_documents(
    method: str, status: int, headers: Headers, chunks: list[bytes], document: dict[str, object]
) -> None:
    assert encoded(status, headers, chunks, method=method).result() == document
    assert json.loads(document_of(encoded(status, headers, chunks, method=method))) == document


def test_a_second_start_forgets_the_first() -> None:
    encoder = encoded(200, TEXT, [b"half a"])
    encoder.encode(Head(500, []))
    encoder.encode(b"error")
    assert json.loads(document_of(encoder)) == answer(500, {}, "error")


def test_content_type_of_the_document() -> None:
    assert encoded(200, [], []).content_type == "application/json"


CONTENT_TYPES = st.sampled_from(["", "text/plain", "text/html; charset=latin-1", "application/json", "image/png"])


@pytest.mark.parametrize("repeated", [1, 70_000], ids=["small", "large"])
@given(
    body=st.binary(max_size=40),
    cut=st.integers(0, 20),
    content_type=CONTENT_TYPES,
    policy=st.sampled_from(["auto", "text", "base64"]),
)
def test_every_body_arrives_as_it_was(repeated: int, body: bytes, cut: int, content_type: str, policy: str) -> None:
    body *= repeated
    headers = [(b"content-type", content_type.encode())]
    encoder = encoded(200, headers, [body[:cut], body[cut:]], config=Config(body_encoding=policy))
    expected = encoder.result()
    document = json.loads(document_of(encoder))
    assert document == expected
    carried = document["body"]
    assert (b64decode(carried) if document["isBase64Encoded"] else carried.encode()) == body


@pytest.mark.parametrize("origin", ORIGINS, ids=[origin.name for origin in ORIGINS])
@pytest.mark.parametrize("repeated", [1, 9_000], ids=["small", "large"])
@pytest.mark.parametrize(
    ("content_type", "body"), [(b"text/plain", 'grüße"\\\n'.encode()), (b"image/png", b"\xff\x00PNG!")]
)
def test_every_document_is_the_result_in_json(origin: Origin, content_type: bytes, body: bytes, repeated: int) -> None:
    body *= repeated
    event = json.loads(min((EVENTS / origin.name).glob("*.json")).read_bytes())
    encoder = encoded(200, [(b"content-type", content_type)], [body], origin=origin, event=event)
    assert json.loads(document_of(encoder)) == encoder.result()


@pytest.mark.parametrize(
    ("encode", "document"),
    [
        (lambda status, headers, body, is_base64, event: {"body": body}, {"body": "x" * 70_000}),
        (lambda status, headers, body, is_base64, event: {"n": 1, "body": body[:2]}, {"n": 1, "body": "xx"}),
        (lambda status, headers, body, is_base64, event: {"n": 1, "data": body}, {"n": 1, "data": "x" * 70_000}),
        (lambda status, headers, body, is_base64, event: [body], ["x" * 70_000]),
        (lambda status, headers, body, is_base64, event: ["body", body], ["body", "x" * 70_000]),
    ],
    ids=["alone", "changed", "elsewhere", "in a list", "in a longer list"],
)
def test_an_origin_of_somebody_else_may_put_a_large_body_anywhere(
    encode: Callable[[int, Headers, str, bool, LambdaEvent], object], document: object
) -> None:
    encoder = encoded(200, TEXT, [b"x" * 70_000], origin=Origin(ORIGIN.name, ORIGIN.matches, ORIGIN.decode, encode))
    assert json.loads(document_of(encoder)) == document


@pytest.mark.parametrize(("content_type", "size"), [(b"text/plain", 102), (b"image/png", 106)])
def test_a_response_that_the_origin_does_not_carry(content_type: bytes, size: int) -> None:
    def end(limit: int) -> bytes:
        headers = [(b"content-type", content_type)]
        origin = Origin(ORIGIN.name, ORIGIN.matches, ORIGIN.decode, ORIGIN.encode, response_limit=lambda event: limit)
        return document_of(encoded(200, headers, [b"0123456789"], origin=origin))

    assert len(end(size)) == size
    with pytest.raises(ResponseTooLargeError) as raised:
        end(size - 1)
    assert (raised.value.size, raised.value.limit) == (size, size - 1)
    facts = f"The response is {size} bytes as function_url carries it, the limit is {size - 1}. "
    assert str(raised.value).startswith(facts)


@pytest.mark.parametrize(
    ("content_type", "limit", "size"),
    [(b"text/plain", 9, 10), (b"text/plain", 10, 102), (b"image/png", 10, 16), (b"image/png", 16, 106)],
)
def test_what_is_too_large_is_the_body_or_else_its_document(content_type: bytes, limit: int, size: int) -> None:
    origin = Origin(ORIGIN.name, ORIGIN.matches, ORIGIN.decode, ORIGIN.encode, response_limit=lambda event: limit)
    encoder = encoded(200, [(b"content-type", content_type)], [b"01234", b"56789"], origin=origin)
    with pytest.raises(ResponseTooLargeError) as raised:
        encoder.encode(END)
    assert (raised.value.size, raised.value.limit) == (size, limit)


@pytest.mark.parametrize(("size", "fits"), [(6_291_464, True), (6_291_465, False)])
def test_the_limit_of_the_runtime_api(size: int, fits: bool) -> None:
    encoder = encoded(200, TEXT, [b"x" * size])
    if fits:
        assert len(document_of(encoder)) == 6_291_556
    else:
        with pytest.raises(
            ResponseTooLargeError, match=r"is 6,291,557 bytes as function_url carries it, the limit is 6,291,556\."
        ):
            encoder.encode(END)


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (502, b"no upstream", "The app answered with status 502: no upstream"),
        (504, b"", "The app answered with status 504: "),
        (504, b"x" * 5000, "The app answered with status 504: " + "x" * 2048),
    ],
    ids=["text", "empty", "long"],
)
def test_a_status_that_fails_the_invocation(status: int, body: bytes, message: str) -> None:
    config = Config(fail_on_status=frozenset({502, 504}))
    with pytest.raises(FailedStatusError) as raised:
        encoded(status, TEXT, [body], config=config).encode(END)
    assert (raised.value.status, str(raised.value)) == (status, message)
    assert json.loads(document_of(encoded(503, TEXT, [b"busy"], config=config)))["statusCode"] == 503


def streamed(encoder: StreamingEncoder, body: Sequence[bytes]) -> bytes:
    parts: list[bytes | End] = [*body, END]
    return b"".join(piece for part in parts for piece in encoder.encode(part))


@pytest.mark.parametrize(
    ("body", "reported"),
    [
        ([b"no up", b"stream"], "no upstream"),
        ([], ""),
        ([b"\xff"], "\ufffd"),
        ([b"x" * 2000, b"y" * 48], "x" * 2000 + "y" * 48),
        ([b"x" * 3000], "x" * 2048),
    ],
    ids=["text", "empty", "not UTF-8", "exactly the limit", "long"],
)
def test_a_streamed_response_fails_the_invocation_with_the_start_of_its_body(body: list[bytes], reported: str) -> None:
    encoder = StreamingEncoder(ORIGIN, "GET", Config(fail_on_status=frozenset({502})))
    assert encoder.encode(Head(502, TEXT)) == []
    with pytest.raises(FailedStatusError) as raised:
        streamed(encoder, body)
    assert str(raised.value) == f"The app answered with status 502: {reported}"


def test_a_streamed_response_that_replaces_a_failing_one_is_sent() -> None:
    encoder = StreamingEncoder(ORIGIN, "GET", Config(fail_on_status=frozenset({502})))
    assert encoder.encode(Head(502, TEXT)) == []
    assert encoder.encode(Head(500, [])) == [b'{"statusCode":500,"headers":{}}' + bytes(8)]
    assert streamed(encoder, [b"error"]) == b"error"


NEWLINE = Config(stream_empty_body="newline")


@pytest.mark.parametrize(
    ("config", "method", "head", "body", "sent"),
    [
        (Config(), "GET", Head(200, []), [], b""),
        (NEWLINE, "GET", Head(200, []), [], b"\n"),
        (NEWLINE, "GET", Head(200, []), [b"", b""], b"\n"),
        (NEWLINE, "GET", Head(302, [(b"location", b"/")]), [], b"\n"),
        (NEWLINE, "GET", Head(204, []), [], b"\n"),
        (NEWLINE, "GET", Head(304, []), [b"no content"], b"\n"),
        (NEWLINE, "HEAD", Head(200, []), [b"no content"], b"\n"),
        (NEWLINE, "GET", Head(200, []), [b"", b"hello", b""], b"hello"),
        (NEWLINE, "GET", Head(200, [(b"Content-Encoding", b"gzip")]), [], b""),
    ],
)
def test_an_empty_stream_may_get_one_byte(
    config: Config, method: str, head: Head, body: list[bytes], sent: bytes
) -> None:
    encoder = StreamingEncoder(ORIGIN, method, config)
    encoder.encode(head)
    pieces = [piece for part in body for piece in encoder.encode(part)]
    assert [*pieces, *encoder.encode(END)] == ([sent] if sent else [])


@pytest.mark.parametrize(
    ("config", "status", "told"), [(Config(), 200, True), (NEWLINE, 200, False), (Config(), 204, False)]
)
def test_only_a_stream_that_may_be_empty_has_a_length_of_zero(config: Config, status: int, told: bool) -> None:
    (prelude,) = StreamingEncoder(ORIGIN, "GET", config).encode(Head(status, [(b"content-length", b"0")]))
    assert (b"content-length" in prelude) is told


def test_a_body_that_is_too_large_is_not_kept() -> None:
    """However much of it there is: the answer can only be an error."""
    encoder = BufferedEncoder(ORIGIN, {}, "GET", Config())
    encoder.encode(Head(200, []))
    chunk = bytes(1_000_000)
    tracemalloc.start()
    for _ in range(50):
        encoder.encode(bytes(bytearray(chunk)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000
    with pytest.raises(ResponseTooLargeError, match="The response is 50,000,000 bytes"):
        encoder.encode(END)


def test_the_length_of_an_empty_stream_is_told_once() -> None:
    head = require_valid(200, [(b"content-length", b"0"), (b"Content-Length", b"0")])
    prelude, _, _ = b"".join(StreamingEncoder(ORIGIN, "GET", Config()).encode(head)).partition(bytes(8))
    assert json.loads(prelude) == {"statusCode": 200, "headers": {"content-length": "0"}}


@pytest.mark.parametrize(("count", "length"), [(2000, 10_000), (50_000, 0)], ids=["long", "many"])
@pytest.mark.parametrize(
    "use",
    [
        lambda text: require_valid(200, [(text, b"")]),
        lambda text: encode_body([(b"content-type", text)], b"body"),
    ],
    ids=["names", "content types"],
)
def test_what_an_app_puts_in_its_headers_is_not_kept(use: Callable[[bytes], object], count: int, length: int) -> None:
    """An app may send back what its client chose."""
    tracemalloc.start()
    for number in range(count):
        use(b"x-%d" % number + b"x" * length)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000


NO_HEAD = "Expected a head before the end of a response."
NO_STREAMED_HEAD = "Expected a head before the body of a streamed response."


@pytest.mark.parametrize(
    ("make", "parts", "message"),
    [
        (lambda: BufferedEncoder(ORIGIN, {}, "GET", Config()), [END], NO_HEAD),
        (lambda: BufferedEncoder(ORIGIN, {}, "GET", Config()), [b"part", END], NO_HEAD),
        (lambda: StreamingEncoder(ORIGIN, "GET", Config()), [b"part"], NO_STREAMED_HEAD),
        (lambda: StreamingEncoder(ORIGIN, "GET", Config()), [END], NO_STREAMED_HEAD),
    ],
)
def test_a_response_begins_with_its_head(
    make: Callable[[], BufferedEncoder | StreamingEncoder], parts: list[bytes | End], message: str
) -> None:
    *before, last = parts
    encoder = make()
    assert [encoder.encode(part) for part in before] == [[]] * len(before)
    with pytest.raises(ProtocolError) as raised:
        encoder.encode(last)
    assert str(raised.value) == message


CONTROL = "Expected no control character in the value of the header 'X-Secret'."


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (199, [], "Expected a status from 200 to 599, got 199."),
        (600, [], "Expected a status from 200 to 599, got 600."),
        (200, [(b"", b"1")], "Expected a header name, got b''."),
        (200, [(b"X-Tag", b"1"), (b"X-Tag:", b"1")], "Expected a header name, got b'X-Tag:'."),
        (200, [(b"X-First", b"1"), (b"X-Secret", b"a\nb")], CONTROL),
        (
            200,
            [(b"Location", b"/a"), (b"location", b"/b")],
            "Expected one header 'location', got several that differ.",
        ),
    ],
)
def test_a_head_that_no_front_door_takes(status: int, headers: Headers, message: str) -> None:
    with pytest.raises(ProtocolError) as raised:
        require_valid(status, headers)
    assert str(raised.value) == message


@pytest.mark.parametrize("status", [200, 599])
def test_a_head_that_every_front_door_takes_is_not_copied(status: int) -> None:
    headers = [(b"Location", b"/\t\xe4"), (b"set-cookie", b"a=1"), (b"set-cookie", b"a=1")]
    head = require_valid(status, headers)
    assert head.status == status
    assert head.headers is headers


def test_a_large_body_is_not_copied_into_its_document() -> None:
    """That takes longer than all the rest."""
    for body, headers in ((b"x" * 65536, TEXT), (b"\xff" * 49152, [])):  # both 65,536 bytes as they travel
        pieces = encoded(200, headers, [body]).encode(END)
        assert [len(piece) for piece in pieces[1:]] == [len(b',"body":"'), 65536, len(b'"}')]
    pieces = encoded(200, [], [b"\xff" * 98304]).encode(END)
    assert [len(piece) for piece in pieces[2:]] == [131072, len(b'"}')]
    two = Origin(ORIGIN.name, ORIGIN.matches, ORIGIN.decode, lambda *fields: {"status": fields[0], "body": fields[2]})
    assert len(encoded(200, TEXT, [b"x" * 65536], origin=two).encode(END)) == 4
    assert len(encoded(200, TEXT, [b"x" * 65535]).encode(END)) == 1


def test_a_failed_stream_says_so_once_there_is_as_much_as_is_reported() -> None:
    encoder = StreamingEncoder(ORIGIN, "GET", Config(fail_on_status=frozenset({502})))
    encoder.encode(Head(502, TEXT))
    assert encoder.encode(b"x" * 2047) == []
    with pytest.raises(FailedStatusError):
        encoder.encode(b"x")
