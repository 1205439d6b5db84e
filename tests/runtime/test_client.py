import json
import signal
import threading

import pytest

from lambda_http_adapter import __version__
from lambda_http_adapter._delivery import END, Failure, Head
from lambda_http_adapter._delivery.encoders import BufferedEncoder
from lambda_http_adapter._delivery.results import WholeEncoder
from lambda_http_adapter._runtime.client import AnswerParser, APIAnswer, ContextError, Invocation, Reply, RuntimeClient
from lambda_http_adapter._values.client_context import Client, ClientContext, CognitoIdentity
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import RuntimeAPIError
from lambda_http_adapter.origins.function_url import ORIGIN
from tests.support.runtime_process import Cut, bytewise, whole

COMMON = b"Host: 127.0.0.1:9001\r\nUser-Agent: lambda-http-adapter/" + __version__.encode() + b"\r\n"
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:greeter"
TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"


@pytest.fixture
def client() -> RuntimeClient:
    return RuntimeClient("127.0.0.1:9001")


def invocation(
    *,
    deadline_ms: str = "1767225600000",
    tenant_id: str = "",
    invocation_id: str = "",
    client_context: str = "",
    cognito_identity: str = "",
) -> Invocation:
    headers = {
        "deadline-ms": deadline_ms,
        "invoked-function-arn": ARN,
        "trace-id": TRACE,
        "aws-tenant-id": tenant_id,
        "invocation-id": invocation_id,
        "client-context": client_context,
        "cognito-identity": cognito_identity,
    }
    return Invocation(
        "r-1", {f"lambda-runtime-{name}".encode(): value.encode() for name, value in headers.items()}, b""
    )


def split(request: bytes) -> tuple[list[str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    return head.decode("ascii").split("\r\n"), body


# Asking


def test_next(client: RuntimeClient) -> None:
    assert b"".join(client.next) == b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n" + COMMON + b"\r\n"


@pytest.mark.parametrize("cut", [whole, bytewise])
def test_an_invocation_is_read_from_the_answer_to_next(client: RuntimeClient, cut: Cut) -> None:
    raw = (
        b"HTTP/1.1 200 OK\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Lambda-Runtime-Aws-Request-Id: 52fdfc07-2182-454f-963f-5f0f9a621d72\r\n"
        b"Lambda-Runtime-Deadline-Ms: 1767225600000\r\n"
        b"Lambda-Runtime-Invoked-Function-Arn: " + ARN.encode() + b"\r\n"
        b"Lambda-Runtime-Trace-Id: " + TRACE.encode() + b"\r\n"
        b"Lambda-Runtime-Aws-Tenant-Id: blue\r\n"
        b"Lambda-Runtime-Invocation-Id: 0b1c/+=\r\n"
        b'Lambda-Runtime-Client-Context: {"custom":{"k":"\xc3\xbc"}}\r\n'
        b'Lambda-Runtime-Cognito-Identity: {"cognitoIdentityId":"i"}\r\n'
        b'Content-Length: 7\r\n\r\n{"a":1}'
    )
    parser = AnswerParser()
    answer = [parser.feed(piece) for piece in cut(raw)][-1]
    assert answer is not None
    invocation = client.invocation(answer)
    assert invocation is not None
    assert invocation.request_id == "52fdfc07-2182-454f-963f-5f0f9a621d72"
    assert (invocation.echo, invocation.event) == ("Lambda-Runtime-Invocation-Id: 0b1c/+=\r\n", b'{"a":1}')
    context = invocation.context()
    assert context.client_context == ClientContext(custom={"k": "ü"})
    assert context.identity == CognitoIdentity("i")
    assert (context._deadline_ms, context.xray_trace_id) == (1767225600000, TRACE)
    assert (context.aws_request_id, context.invoked_function_arn, context.tenant_id) == (
        "52fdfc07-2182-454f-963f-5f0f9a621d72",
        ARN,
        "blue",
    )


def test_what_next_did_not_send_is_empty(client: RuntimeClient) -> None:
    headers = {b"lambda-runtime-aws-request-id": b"r-1", b"lambda-runtime-deadline-ms": b"1767225600000"}
    invocation = client.invocation(APIAnswer(200, headers, b"{}", True))
    assert invocation is not None
    assert (invocation.request_id, invocation.echo) == ("r-1", "")
    assert invocation.event == b"{}"
    context = invocation.context()
    assert (context.invoked_function_arn, context.tenant_id, context.xray_trace_id) == ("", None, None)
    assert (context.client_context, context.identity) == (None, CognitoIdentity())


def test_a_deadline_that_next_did_not_send_is_missed(client: RuntimeClient) -> None:
    invocation = client.invocation(APIAnswer(200, {b"lambda-runtime-aws-request-id": b"r-1"}, b"{}", True))
    assert invocation is not None
    with pytest.raises(ContextError):
        invocation.context()


def test_204_is_no_invocation(client: RuntimeClient) -> None:
    assert client.invocation(APIAnswer(204, {}, b"", True)) is None


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        (APIAnswer(403, {}, b'{"errorType":"InvalidStateTransition"}', True), "403.*InvalidStateTransition"),
        (APIAnswer(500, {}, b"", True), "500"),
        (APIAnswer(200, {}, b"{}", True), "Lambda-Runtime-Aws-Request-Id"),
        (APIAnswer(200, {b"lambda-runtime-aws-request-id": b""}, b"{}", True), "Lambda-Runtime-Aws-Request-Id"),
    ],
)
def test_an_answer_to_next_that_leaves_nothing_to_do(client: RuntimeClient, answer: APIAnswer, fact: str) -> None:
    with pytest.raises(RuntimeAPIError, match=fact):
        client.invocation(answer)


# The context


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("{}", ClientContext()),
        ('{"custom":{"a":"b"},"env":{"locale":"en"}}', ClientContext({"a": "b"}, {"locale": "en"})),
        ('{"client":{"installation_id":"i","app_title":"t"}}', ClientContext(client=Client("i", "t"))),
        ('{"client":null,"custom":null}', ClientContext()),
    ],
)
def test_client_context(text: str, expected: ClientContext | None) -> None:
    assert invocation(client_context=text).context().client_context == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", CognitoIdentity()),
        ("{}", CognitoIdentity()),
        ('{"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"}', CognitoIdentity("i", "p")),
    ],
)
def test_cognito_identity(text: str, expected: CognitoIdentity) -> None:
    assert invocation(cognito_identity=text).context().identity == expected


@pytest.mark.parametrize(
    "broken",
    [
        invocation(client_context="{"),
        invocation(client_context="[]"),
        invocation(client_context='{"client":"phone"}'),
        invocation(client_context='{"client":false}'),
        invocation(client_context='{"custom":[1]}'),
        invocation(client_context='{"env":"en"}'),
        invocation(client_context='{"w3c":1}'),
        invocation(client_context='{"custom":' * 100_000),
        invocation(client_context="[" * 100_000),
        invocation(client_context="9" * 5000),
        invocation(cognito_identity='{"a":' * 100_000),
        invocation(cognito_identity="null"),
        invocation(cognito_identity="{'cognitoIdentityId':1}"),
        invocation(deadline_ms=""),
        invocation(deadline_ms="soon"),
        invocation(deadline_ms="1e3"),
        invocation(deadline_ms="-1"),
        invocation(deadline_ms="1" + "0" * 13),
        invocation(deadline_ms="9" * 400),
        invocation(deadline_ms="9" * 5000),
    ],
)
def test_a_context_that_can_not_be_read(broken: Invocation) -> None:
    with pytest.raises(ContextError) as raised:
        broken.context()
    assert raised.value.error_type == "Runtime.LambdaContextUnmarshalError"
    assert len(str(raised.value)) < 400


LONG = "x" * 81


@pytest.mark.parametrize(
    ("broken", "fact"),
    [
        (invocation(deadline_ms="-1"), "the deadline is -1"),
        (invocation(deadline_ms="1" + "0" * 13), "the deadline is 10000000000000"),
        (invocation(deadline_ms="9" * 400), f"the deadline is {'9' * 40}"),
        (invocation(client_context="[]"), "the client context is not an object but '[]'"),
        (invocation(client_context=f'"{LONG}"'), f"the client context is not an object but '\"{LONG[:79]}'"),
        (invocation(client_context='{"env":"en"}'), "'env' of the client context is not an object but 'en'"),
        (
            invocation(client_context=f'{{"custom":"{LONG}"}}'),
            f"'custom' of the client context is not an object but '{LONG[:80]}'",
        ),
        (invocation(cognito_identity="null"), "the Cognito identity is not an object but 'null'"),
        (invocation(cognito_identity=f'"{LONG}"'), f"the Cognito identity is not an object but '\"{LONG[:79]}'"),
    ],
)
def test_what_is_wrong_with_a_context_is_told(broken: Invocation, fact: str) -> None:
    with pytest.raises(ContextError) as raised:
        broken.context()
    assert str(raised.value) == f"Unable to read the invocation's context: {fact}"


@pytest.mark.parametrize("deadline_ms", ["0", "1767225600000", "9" * 13])
def test_a_timer_can_be_set_for_every_deadline(deadline_ms: str) -> None:
    seconds = invocation(deadline_ms=deadline_ms).context().get_remaining_time_in_millis() / 1000
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 10))
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert seconds < threading.TIMEOUT_MAX


# Answering


@pytest.mark.parametrize(
    ("invocation_id", "echo"), [("", b""), ("0b1c/+=", b"Lambda-Runtime-Invocation-Id: 0b1c/+=\r\n")]
)
def test_response(client: RuntimeClient, invocation_id: str, echo: bytes) -> None:
    reply = Reply(client, invocation(invocation_id=invocation_id))
    reply.encode_with(WholeEncoder({"a": 1}))
    assert b"".join(reply.buffers(END)) == (
        b"POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\n"
        + COMMON
        + b"Content-Type: application/json\r\n"
        + echo
        + b'Content-Length: 7\r\n\r\n{"a":1}'
    )


@pytest.mark.parametrize("echo", [[], ["Lambda-Runtime-Invocation-Id: n"]])
def test_error(client: RuntimeClient, echo: list[str]) -> None:
    error = ValueError("no ü")
    head, body = split(b"".join(client.error(invocation(invocation_id="n" if echo else ""), error)))
    assert head[:-2] == [
        "POST /2018-06-01/runtime/invocation/r-1/error HTTP/1.1",
        *COMMON.decode().splitlines(),
        "Content-Type: application/json",
        *echo,
        "Lambda-Runtime-Function-Error-Type: Function.ValueError",
    ]
    assert head[-2].startswith('Lambda-Runtime-Function-Xray-Error-Cause: {"')
    assert head[-1] == f"Content-Length: {len(body)}"
    assert json.loads(body) == {
        "errorMessage": "no ü",
        "errorType": "ValueError",
        "requestId": "r-1",
        "stackTrace": [],
    }


@pytest.mark.parametrize("status", [200, 202])
def test_an_accepted_answer_settles_silently(
    client: RuntimeClient, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    client.settle(APIAnswer(status, {}, b"", True), resent=False)
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("answer", "resent", "logged"),
    [
        (APIAnswer(410, {}, b'{"errorType":"InvokeTimeout"}', True), False, "InvokeTimeout"),
        (APIAnswer(413, {}, b'{"errorType":"RequestEntityTooLarge"}', True), False, "RequestEntityTooLarge"),
        (APIAnswer(413, {}, b"\xff", False), False, "too large"),
        (APIAnswer(400, {}, b'{"errorType":"InvalidRequestID"}', True), True, "before the connection broke"),
        (APIAnswer(403, {}, b'{"errorType":"InvalidStateTransition"}', True), True, "before the connection broke"),
    ],
)
def test_an_answer_that_is_final_is_logged(
    client: RuntimeClient, caplog: pytest.LogCaptureFixture, answer: APIAnswer, resent: bool, logged: str
) -> None:
    client.settle(answer, resent=resent)
    assert len(caplog.messages) == 1
    assert logged in caplog.messages[0]


@pytest.mark.parametrize(("status", "resent"), [(400, False), (403, False), (500, False), (500, True), (302, False)])
def test_a_refused_answer_ends_the_loop(client: RuntimeClient, status: int, resent: bool) -> None:
    with pytest.raises(RuntimeAPIError, match=f"{status}.*InvalidRequestID"):
        client.settle(APIAnswer(status, {}, b'{"errorType":"InvalidRequestID"}', True), resent=resent)


# The reply


def reply_of(client: RuntimeClient) -> Reply:
    reply = Reply(client, invocation())
    reply.encode_with(BufferedEncoder(ORIGIN, {}, "GET", Config()))
    return reply


def test_a_reply_is_written_when_it_is_whole(client: RuntimeClient) -> None:
    reply = reply_of(client)
    assert reply.buffers(Head(201, [(b"content-type", b"text/plain")])) == []
    assert reply.buffers(b"he") == []
    assert reply.buffers(b"llo") == []
    head, body = split(b"".join(reply.buffers(END)))
    assert head[0] == "POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1"
    assert head[-2:] == ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    assert json.loads(body) == {
        "statusCode": 201,
        "headers": {"content-type": "text/plain"},
        "body": "hello",
        "isBase64Encoded": False,
    }


def test_a_reply_that_can_not_be_carried_fails_the_invocation(client: RuntimeClient) -> None:
    reply = reply_of(client)
    reply.buffers(Head(200, []))
    reply.buffers(b"x" * (7 * 1024 * 1024))
    head, body = split(b"".join(reply.buffers(END)))
    assert head[0] == "POST /2018-06-01/runtime/invocation/r-1/error HTTP/1.1"
    assert json.loads(body)["errorType"] == "ResponseTooLargeError"


def test_a_failed_reply(client: RuntimeClient) -> None:
    head, body = split(b"".join(reply_of(client).buffers(Failure(KeyError("k")))))
    assert head[0] == "POST /2018-06-01/runtime/invocation/r-1/error HTTP/1.1"
    assert json.loads(body)["errorMessage"] == "'k'"
