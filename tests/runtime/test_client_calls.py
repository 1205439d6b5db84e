"""Each call to the Runtime API byte for byte, and what its answers mean."""

import logging
import os
import tracemalloc
from base64 import b64decode
from contextvars import copy_context

import pytest

from lambda_http_adapter import __version__, current_context
from lambda_http_adapter._delivery import END, End, Failure, Head
from lambda_http_adapter._delivery.encoders import StreamingEncoder
from lambda_http_adapter._delivery.results import StreamEncoder, WholeEncoder
from lambda_http_adapter._runtime.client import (
    APIAnswer,
    ContextError,
    Invocation,
    Reply,
    RuntimeClient,
    keep_freed_memory,
)
from lambda_http_adapter._runtime.error_report import TRAILER_LIMIT, report_of
from lambda_http_adapter._values.client_context import ClientContext
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.context import enter_invocation
from lambda_http_adapter.errors import ProtocolError, RuntimeAPIError
from lambda_http_adapter.origins.function_url import ORIGIN

COMMON = f"Host: 127.0.0.1:9001\r\nUser-Agent: lambda-http-adapter/{__version__}\r\n".encode()
RUNTIME = b"/2018-06-01/runtime/"
INVOCATION = Invocation("r-1", {b"lambda-runtime-invocation-id": b"n"}, b"{}")


@pytest.fixture
def client() -> RuntimeClient:
    return RuntimeClient("127.0.0.1:9001")


def next_answer(request_id: bytes) -> APIAnswer:
    return APIAnswer(200, {b"lambda-runtime-aws-request-id": request_id}, b"{}", True)


# Asking


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (APIAnswer(403, {}, b"{}", True), "invocation/next answered 403: b'{}'"),
        (APIAnswer(500, {}, b"x" * 1025, True), f"invocation/next answered 500: {b'x' * 1024!r}"),
        (APIAnswer(200, {}, b"{}", True), "invocation/next answered with Lambda-Runtime-Aws-Request-Id: ''"),
        *[
            (
                next_answer(raw),
                f"invocation/next answered with Lambda-Runtime-Aws-Request-Id: {raw.decode('latin-1')!r}",
            )
            for raw in (b"", b".", b"..", b"a/b", b"a b", b"a%2Fb", b"a?b", b"a#b", b"\xe4", b'a"b', b"a\\b")
        ],
    ],
)
def test_an_answer_to_next_that_is_no_invocation(client: RuntimeClient, answer: APIAnswer, message: str) -> None:
    with pytest.raises(RuntimeAPIError) as raised:
        client.invocation(answer)
    assert str(raised.value) == message


@pytest.mark.parametrize("request_id", ["...", ".a", "AZaz09-._~:@!$&'()*+,;="])
def test_what_a_segment_of_a_path_can_be_is_an_id(client: RuntimeClient, request_id: str) -> None:
    invocation = client.invocation(next_answer(request_id.encode()))
    assert invocation is not None
    assert invocation.request_id == request_id


# The invocation


@pytest.mark.parametrize("trace", [b"Root=1", b""])
@pytest.mark.parametrize("alone", [True, False])
def test_an_invocation_is_made_the_current_one(trace: bytes, alone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=0")
    headers = {b"lambda-runtime-deadline-ms": b"0", b"lambda-runtime-trace-id": trace}

    def begun() -> None:
        context = Invocation("r-1", headers, b"").begin(alone)
        assert current_context() is context
        assert (context.aws_request_id, context.xray_trace_id) == ("r-1", trace.decode() or None)

    try:
        copy_context().run(begun)
        assert (current_context() is not None) is alone  # in any other thread or task
    finally:
        enter_invocation(None, alone=False)
    in_environment = os.environ.get("_X_AMZN_TRACE_ID")
    assert in_environment == ((trace.decode() or None) if alone else "Root=0")


@pytest.mark.parametrize("alone", [True, False])
def test_a_process_without_a_trace_has_none(alone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    copy_context().run(Invocation("r-1", {b"lambda-runtime-deadline-ms": b"0"}, b"").begin, alone)
    enter_invocation(None, alone=False)
    assert "_X_AMZN_TRACE_ID" not in os.environ


CLIENT, IDENTITY = b"lambda-runtime-client-context", b"lambda-runtime-cognito-identity"


@pytest.mark.parametrize(
    ("headers", "client", "identity", "w3c"),
    [
        ({}, None, (None, None), {}),
        ({CLIENT: b'{"custom":{"a":1}}'}, ClientContext({"a": 1}), (None, None), {}),
        ({IDENTITY: b'{"cognitoIdentityId":"i"}'}, None, ("i", None), {}),
        (
            {CLIENT: b'{"w3c":{"traceparent":"00-1","tracestate":"a=1","baggage":5,"other":"x"}}'},
            ClientContext(),
            (None, None),
            {"traceparent": "00-1", "tracestate": "a=1"},
        ),
    ],
)
def test_each_header_of_the_caller_may_be_alone(
    headers: dict[bytes, bytes], client: ClientContext | None, identity: tuple[object, object], w3c: dict[str, str]
) -> None:
    context = Invocation("r-1", {b"lambda-runtime-deadline-ms": b"0", **headers}, b"").context()
    assert (context.client_context, context.identity, context.w3c()) == (client, identity, w3c)


def test_an_invocation_without_a_deadline_says_so() -> None:
    with pytest.raises(ContextError) as raised:
        Invocation("r-1", {}, b"").context()
    reason = "invalid literal for int() with base 10: b''"
    assert str(raised.value) == f"Unable to read the invocation's context: {reason}"


# Answering

STREAM_HEAD = (
    b"POST " + RUNTIME + b"invocation/r-1/response HTTP/1.1\r\n" + COMMON + b"Content-Type: text/csv\r\n"
    b"Lambda-Runtime-Invocation-Id: n\r\n"
    b"Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
    b"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n"
)


def test_a_streamed_reply(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(StreamEncoder("text/csv"))
    assert reply.buffers(b"") == []
    assert not reply.begun
    assert reply.buffers(b"x" * 26, b"y") == [STREAM_HEAD, b"1a\r\n", b"x" * 26, b"\r\n", b"1\r\n", b"y", b"\r\n"]
    assert (reply.begun, reply.closed) == (True, False)
    assert reply.buffers(b"z", END, b"more") == [b"1\r\n", b"z", b"\r\n", b"0\r\n\r\n"]
    assert (reply.closed, reply.refused, reply.gone) == (True, False, False)
    assert reply.buffers(b"late", END) == []


def test_a_streamed_reply_that_fails(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(StreamEncoder("text/csv"))
    reply.buffers(b"part")
    error = ValueError("x" * 10_000)
    (trailers,) = reply.buffers(Failure(error), b"more")
    lines = trailers.split(b"\r\n")
    assert lines[:2] == [b"0", b"Lambda-Runtime-Function-Error-Type: Function.ValueError"]
    name, _, body = lines[2].partition(b": ")
    assert name == b"Lambda-Runtime-Function-Error-Body"
    assert b64decode(body) == report_of(error, "r-1", limit=TRAILER_LIMIT).payload
    assert lines[3:] == [b"", b""]
    assert (reply.closed, reply.refused) == (True, False)


def test_what_comes_with_a_failure_is_sent_before_it(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(StreamEncoder("text/csv"))
    written = reply.buffers(b"part", Failure(ValueError("no disk")), b"more")
    assert written[:4] == [STREAM_HEAD, b"4\r\n", b"part", b"\r\n"]
    assert len(written) == 5
    assert written[4].startswith(b"0\r\nLambda-Runtime-Function-Error-Type: Function.ValueError\r\n")


def test_what_comes_before_an_error_of_the_encoder_is_sent(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(StreamingEncoder(ORIGIN, "GET", Config(fail_on_status=frozenset({500}))))
    written = reply.buffers(Head(200, []), Head(500, []), END)
    assert written[2] == b'{"statusCode":200,"headers":{}}' + bytes(8)
    assert len(written) == 5
    assert written[4].startswith(b"0\r\nLambda-Runtime-Function-Error-Type: Function.FailedStatusError\r\n")


class InPieces(StreamEncoder):
    def encode(self, part: Head | bytes | End) -> list[bytes]:
        return [b"one", b"", b"two"]


def test_a_streamed_part_may_be_several_pieces(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(InPieces("text/csv"))
    chunks = [b"3\r\n", b"one", b"\r\n", b"3\r\n", b"two", b"\r\n"]
    assert reply.buffers(b"part") == [STREAM_HEAD, *chunks]
    assert reply.buffers(END) == [*chunks, b"0\r\n\r\n"]


def test_a_whole_reply_is_closed_once_it_is_handed_out(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(WholeEncoder(b"data"))
    assert (reply.begun, reply.closed) == (False, False)
    assert reply.buffers(END)[1:] == [b"data"]
    assert (reply.begun, reply.closed) == (False, True)


def test_an_end_that_can_not_be_encoded_fails_the_invocation(
    client: RuntimeClient, caplog: pytest.LogCaptureFixture
) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(StreamingEncoder(ORIGIN, "GET", Config(fail_on_status=frozenset({500}))))
    assert reply.buffers(Head(500, []), b"no disk") == []
    assert reply.buffers(END)[0].startswith(b"POST " + RUNTIME + b"invocation/r-1/error HTTP/1.1\r\n")
    assert (reply.closed, reply.refused) == (True, False)
    assert caplog.record_tuples == [
        ("lambda_http_adapter", logging.ERROR, "Request r-1: The app answered with status 500: no disk")
    ]


def test_a_head_that_can_not_be_delivered_is_refused(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    reply.encode_with(StreamEncoder("text/\u2603"))
    assert b"invocation/r-1/error" in reply.buffers(b"part")[0]
    assert (reply.begun, reply.closed, reply.refused) == (False, True, True)


def test_a_whole_reply_that_can_not_be_delivered_has_no_receipt_to_wait_for(client: RuntimeClient) -> None:
    reply = Reply(client, INVOCATION)
    encoder = WholeEncoder(b"")
    encoder.content_type = "text/\u2603"
    reply.encode_with(encoder)
    (head, _) = reply.buffers(END)
    assert head.startswith(b"POST " + RUNTIME + b"invocation/r-1/error HTTP/1.1\r\n")
    assert (reply.begun, reply.closed, reply.refused) == (False, True, False)


@pytest.mark.parametrize(
    ("closed", "gone", "raises"), [(False, False, True), (True, False, False), (False, True, False)]
)
def test_a_function_must_end_a_reply_that_could_go_on(
    client: RuntimeClient, closed: bool, gone: bool, raises: bool
) -> None:
    reply = Reply(client, INVOCATION)
    reply.closed, reply.gone = closed, gone
    if raises:
        with pytest.raises(ProtocolError, match=r"^The function returned without a response\.$"):
            reply.require_end()
    else:
        reply.require_end()


# The start, and SnapStart


def test_the_calls_of_a_start_that_fails(client: RuntimeClient) -> None:
    report = report_of(ValueError("no ü"), error_type="Runtime.ImportModuleError")
    for path, call in ((b"init/error", client.init_error), (b"restore/error", client.restore_error)):
        head, body = call(report)
        assert head == (
            b"POST " + RUNTIME + path + b" HTTP/1.1\r\n" + COMMON + b"Content-Type: application/json\r\n"
            b"Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError\r\n"
            b"Lambda-Runtime-Function-Xray-Error-Cause: " + report.xray_cause + b"\r\n"
            b"Content-Length: %d\r\n\r\n" % len(report.payload)
        )
        assert body == report.payload


def test_the_wait_for_a_restore(client: RuntimeClient) -> None:
    assert b"".join(client.restore_next()) == b"GET " + RUNTIME + b"restore/next HTTP/1.1\r\n" + COMMON + b"\r\n"


def test_the_block_that_keeps_freed_memory_is_sixteen_megabytes() -> None:
    tracemalloc.start()
    try:
        keep_freed_memory()
        assert tracemalloc.get_traced_memory()[1] // 2**20 == 16
    finally:
        tracemalloc.stop()
