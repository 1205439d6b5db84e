"""What the emulator reads of its clients: requests for each front door, the Invoke API, WebSocket messages and
``@connections`` and tokens. Each is what it should be, or refused.
"""

from __future__ import annotations

import json
import re
from typing import cast

from botocore.eventstream import EventStreamBuffer

from fuzz.choices import Choices
from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._delivery import CONTROLS
from lambda_http_adapter._emulator.dev.connections import Connection, Connections
from lambda_http_adapter._emulator.dev.event_stream import invoke_complete, payload_chunks
from lambda_http_adapter._emulator.dev.invoke_call import RefusedCallError, is_invoke_path, read_call
from lambda_http_adapter._emulator.dev.management_api import connection_id, manage
from lambda_http_adapter._emulator.dev.routes import RouteSelection
from lambda_http_adapter._emulator.dev.trusted_request import is_trusted, may_choose_caller
from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from lambda_http_adapter._emulator.doors.tokens import TokenError, bearer_token, token_claims
from lambda_http_adapter._types import Message
from lambda_http_adapter._values.config import Config
from tests.support.bounds import bounded
from tests.support.doors import DOORS
from tests.support.request_rules import require_valid
from tests.support.response_recorder import ResponseRecorder
from tests.support.written_reply import event_loop

_ARN = "arn:aws:lambda:us-east-1:123456789012:function:dev"
_CONTENT = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PATCH", "get", "PROPFIND", "M-SEARCH")
_HOSTS = ("", "localhost:8000", "127.0.0.1", "[::1]:80", "evil.example", "[", "a:b:c", "x.localhost.", ":80", "%")
_PIECES = (b"/", b"a", b"%2F", b"%", b"%ff", b"..", b"//", b";", b"=", b"&", b"+", b"%00", b"%C3%A9", b"@", b":", b"?")
_NAMES: tuple[bytes, ...] = (
    b"x-fa",
    b"X-Fa",
    b"x_fa",
    b"cookie",
    b"Cookie",
    b"content-type",
    b"content-length",
    b"x-forwarded-for",
)
_NAMES += (b"x-forwarded-proto", b"x-forwarded-port", b"origin", b"sec-fetch-site", b"accept", b"te", b"connection")
_NAMES += (
    b"authorization",
    b"x-amz-client-context",
    b"x-amz-invocation-type",
    b"x-amz-log-type",
    b"expect",
    b"upgrade",
)
_NAMES += (b"cognito-identity-id", b"x-amz-tenant-id", b"x-amzn-trace-id", b"content-encoding", b"transfer-encoding")
_VALUES: tuple[bytes, ...] = (
    b"",
    b"a=1; b=2",
    b"text/plain",
    b"application/json; charset=utf-8",
    b"4",
    b"Event",
    b"DryRun",
    b"Tail",
)
_VALUES += (
    b"192.0.2.1, 192.0.2.2",
    b"ewp9",
    b"ew19",
    b"none",
    b"http://evil.example",
    b"https",
    b"443, 80",
    b"eyJjdXN0b20iOnt9fQ==",
    b"bnVsbA==",
    b"W10=",
    b"same-origin",
)
_VALUES += (b"cross-site", b"\xe9", b"a\tb", b" a ", b"http://evil.example", b"gzip", b"chunked", b"websocket", b"e30=")
_JSON: tuple[bytes, ...] = (
    b"{}",
    b'{"action":"a"}',
    b'{"action":"$connect"}',
    b'{"action":["$default",null]}',
    b"[" * 990 + b"]" * 990,
)
_JSON += (
    b"[" * 20_000,
    b"NaN",
    b'{"action":{"a":[1]}}',
    b'{"a":1,"a":2}',
    b'"\\ud800"',
    b"\xff",
    b"9" * 5000,
    b"1e999",
)


def attempt(data: bytes) -> None:
    choices = Choices(data)
    with bounded():
        choices.of(_ATTEMPTS)(choices)


def _request(choices: Choices, path: bytes = b"") -> ClientRequest:
    """As a server gives it to the emulator: no control characters, a path of printable ASCII."""
    pieces = [choices.of(_PIECES) for _ in range(choices.below(6))]
    target = path or b"/" + b"".join(pieces)
    return ClientRequest(
        choices.of(_METHODS),
        target.partition(b"?")[0].decode(),
        b"".join([choices.of(_PIECES) for _ in range(choices.below(6))]).decode(),
        [(choices.of(_NAMES), _value(choices)) for _ in range(choices.below(6))],
        _body(choices),
        choices.of(_HOSTS),
        choices.of(("https", "http")),
        choices.of(("203.0.113.7", "127.0.0.1", "::1", "fe80::1%eth0")),
    )


def _value(choices: Choices) -> bytes:
    value = choices.bytes(choices.below(20)) if choices.one_in(4) else choices.of(_VALUES)
    return value.translate(None, CONTROLS)


def _body(choices: Choices) -> bytes:
    return choices.bytes(choices.below(40)) if choices.one_in(4) else choices.of((b"", b"text", *_JSON))


def _front_doors(choices: Choices) -> None:
    """The event of any request is one that the adapter serves, as the same request."""
    name = choices.of([name for name in DOORS if name != "Invoke"])
    request = _request(choices)
    event = DOORS[name].event(request)
    exchange = open_exchange(json.dumps(event).encode(), None, Config(), ResponseRecorder())
    require_valid(exchange.request)
    if not name.startswith("WebSocket"):
        assert exchange.request.method == request.method
        text = request.body.decode(errors="replace").encode()  # a REST API's of what isn't a binary media type
        assert exchange.request.body == request.body or (name.startswith("REST") and exchange.request.body == text)


def _invoke_api(choices: Choices) -> None:
    version = choices.of((b"2015-03-31", b"2021-11-15"))
    kind = choices.of((b"invocations", b"response-streaming-invocations"))
    reference = choices.of((b"dev", b"x", _ARN.encode(), b"dev:1", b"dev%3A$LATEST", b"%00", b"%0d%0a", b"dev:%ff"))
    request = _request(choices, b"/%b/functions/%b/%b" % (version, reference, kind))
    if not choices.one_in(8):
        context = (
            b"x-amz-client-context",
            choices.of((b"ewp9", b"ew19", b"e30=", b"bnVsbA==", b"W10=", b"!", b"/w==")),
        )
        request = request._replace(method="POST", headers=[*request.headers, context])
    if choices.one_in(2):
        request = request._replace(query=f"Qualifier={choices.of(('1', '%0d', '', '$LATEST', '1&Qualifier=2'))}")
    if not is_invoke_path(request.path):
        return
    try:
        call = read_call(request, _ARN)
    except RefusedCallError as error:
        _require_response(error.response("r-1"))
        return
    assert repr(json.loads(call.payload)) == repr(call.event)
    for name, value in call.headers.items():
        assert _CONTENT.fullmatch(name.encode("ascii") + value.encode("latin-1")), (name, value)


def _routes(choices: Choices) -> None:
    expression = choices.of(("$request.body.action", "${request.body.a}-${request.body.b[0]}", "x$request.body.a.b"))
    routes = None if choices.one_in(2) else {"a", "$default", "$connect"}
    text = _body(choices).decode(errors="replace")
    key = RouteSelection(expression, routes).route_key(text)
    assert key == "$default" or (key and not key.startswith("$"))


def _management(choices: Choices) -> None:
    connections = Connections()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    connection = Connection(_request(choices), "prod", send)
    connections.add(connection)
    known = connection.id.encode().replace(b"=", b"%3D")
    path = b"/prod/@connections/" + (choices.of(_PIECES) if choices.one_in(2) else known)
    request = _request(choices, path)
    name = connection_id(request.path, ["/prod", ""])
    if name is not None:
        _require_response(event_loop().run_until_complete(manage(connections, name, request)))
    for message in sent:
        assert message["type"] in ("websocket.send", "websocket.close")
        cast("str", message.get("text", "")).encode()


def _trust(choices: Choices) -> None:
    request = _request(choices)
    fields = dict(reversed([(name.lower(), value) for name, value in request.headers]))  # the first of each name
    site, origin = (fields.get(name, b"").strip(b" \t") for name in (b"sec-fetch-site", b"origin"))
    is_foreign = site == b"cross-site" or (site in (b"", b"none") and origin == b"http://evil.example")
    may_choose = may_choose_caller(request, "127.0.0.1", [])
    assert not (is_foreign and (may_choose or (is_trusted(request) and request.method not in ("GET", "HEAD")))), request
    is_local = re.search(r"localhost|127\.0\.0\.1|::1|^$|^:80$|^\[$", request.host)  # no site is called so
    assert is_local or not (may_choose or is_trusted(request)), request.host


def _tokens(choices: Choices) -> None:
    text = ".".join(_value(choices).decode("latin-1") for _ in range(choices.below(5)))
    try:
        claims = token_claims(bearer_token(choices.of(("", "Bearer ", "bearer  ", "Basic ")) + text), 1e9)
    except TokenError:
        return
    assert isinstance(claims, dict)


def _event_streams(choices: Choices) -> None:
    """botocore reads what the streaming Invoke API sends."""
    data = (_body(choices) * choices.of((1, 1, 2000)))[:150_000]
    stream = [*payload_chunks(data), invoke_complete({"ErrorCode": "x", "ErrorDetails": data[:99].decode("latin-1")})]
    assert all(len(piece) < 70_000 for piece in stream)  # clients refuse messages that are too large
    buffer = EventStreamBuffer()
    for piece in stream:
        buffer.add_data(piece)
    payloads = [event.payload for event in buffer]
    assert b"".join(payloads[:-1]) == data
    assert json.loads(payloads[-1])["ErrorCode"] == "x"


def _require_response(response: ClientResponse) -> None:
    assert 200 <= response.status <= 599
    for name, value in response.headers:
        assert _CONTENT.fullmatch(name + value)
    if response.body:
        json.loads(response.body)


_ATTEMPTS = (_front_doors, _front_doors, _invoke_api, _routes, _management, _trust, _tokens, _event_streams)
