"""What front doors make of results that no adapter wrote: right ones in other shapes, and wrong ones."""

from base64 import b64encode

import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from lambda_http_adapter._values.request import Headers
from tests.support.doors import DOORS

JSON, TEXT, HTML = b"application/json", b"text/plain; charset=utf-8", b"text/html"
BASE64 = b64encode(b"\x89PNG").decode()


def response(status: int, content_type: bytes | None, body: bytes, *headers: tuple[bytes, bytes]) -> ClientResponse:
    fields: Headers = [*headers, *([(b"content-type", content_type)] if content_type else [])]
    return ClientResponse(status, [*fields, (b"content-length", b"%d" % len(body))], body)


REST_ERROR = response(502, JSON, b'{"message": "Internal server error"}')
HTTP_ERROR = response(500, JSON, b'{"message":"Internal Server Error"}')
URL_ERROR = response(502, None, b"Internal Server Error")
URL_ERROR_500 = response(500, None, b"Internal Server Error")
BAD_GATEWAY, UNAVAILABLE = (
    response(status, HTML, f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>".encode())
    for status, title in ((502, "502 Bad Gateway"), (503, "503 Service Unavailable"))
)

OK: dict[str, object] = {"statusCode": 200, "body": "ok"}
PLAIN = OK | {"headers": {}}
BOTH = {"headers": {"x": "single"}, "multiValueHeaders": {"x": ["multi", "values"]}}
X = [(b"x", b"single"), (b"x", b"multi"), (b"x", b"values")]

REACTIONS: dict[str, list[tuple[object, ClientResponse]]] = {
    "REST API": [
        (OK, response(200, JSON, b"ok")),
        ({"statusCode": "201"}, response(201, JSON, b"")),
        ({"headers": {"x": "1"}}, response(200, JSON, b"", (b"x", b"1"))),
        (OK | {"headers": None, "multiValueHeaders": None, "isBase64Encoded": None}, response(200, JSON, b"ok")),
        (OK | {"headers": {"x": True, "y": 1}}, response(200, JSON, b"ok", (b"x", b"true"), (b"y", b"1"))),
        (OK | {"headers": {"x": "é", "y": "☕"}}, response(200, JSON, b"ok", (b"x", b"\xe9"), (b"y", "☕".encode()))),
        (OK | BOTH, response(200, JSON, b"ok", X[1], X[2], X[0])),
        (OK | BOTH | {"headers": {"x": "multi"}}, response(200, JSON, b"ok", X[1], X[2])),
        (OK | {"body": BASE64, "isBase64Encoded": True}, response(200, JSON, b"\x89PNG")),
        (OK | {"body": BASE64}, response(200, JSON, BASE64.encode())),
        (OK | {"body": "no base64", "isBase64Encoded": True}, REST_ERROR),
        (OK | {"statusDescription": "200 OK"}, REST_ERROR),
        (OK | {"cookies": []}, REST_ERROR),
        (OK | {"multiValueHeaders": {"x": "1"}}, REST_ERROR),
        (OK | {"headers": {"x": ["1"]}}, REST_ERROR),
        (OK | {"body": {"a": 1}}, REST_ERROR),
        ({"statusCode": "test"}, REST_ERROR),
        ({"statusCode": "9" * 5000}, REST_ERROR),
        ({"statusCode": 0}, REST_ERROR),
        ({}, REST_ERROR),
        ("text", REST_ERROR),
        (None, REST_ERROR),
    ],
    "REST API, text only": [
        (OK | {"body": BASE64, "isBase64Encoded": True}, response(200, JSON, BASE64.encode())),
    ],
    "HTTP API, payload 1.0": [
        (OK, response(200, TEXT, b"ok")),
        ({"statusCode": "201"}, response(201, TEXT, b"")),
        (OK | {"unknown": 1}, response(200, TEXT, b"ok")),
        (OK | BOTH, response(200, TEXT, b"ok", *X)),
        (OK | {"multiValueHeaders": {"x": "1"}}, HTTP_ERROR),
        ({"headers": {"x": "1"}}, HTTP_ERROR),
        ({"statusCode": "test"}, HTTP_ERROR),
        ({"statusCode": 0}, HTTP_ERROR),
        ({}, HTTP_ERROR),
        ("text", HTTP_ERROR),
    ],
    "HTTP API, payload 2.0": [
        (OK, response(200, TEXT, b"ok")),
        ({"statusCode": "201"}, response(201, TEXT, b"")),
        (OK | {"unknown": 1}, response(200, TEXT, b"ok")),
        (OK | BOTH, response(200, TEXT, b"ok", X[0])),
        (
            OK | {"cookies": ["a=1", "b=2"]},
            response(200, TEXT, b"ok", (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")),
        ),
        ({"message": "é"}, response(200, JSON, '{"message":"é"}'.encode())),
        ({"headers": {"x": "1"}}, response(200, JSON, b'{"headers":{"x":"1"}}')),
        ({}, response(200, JSON, b"{}")),
        (["hello", 3, True], response(200, JSON, b'["hello",3,true]')),
        ("hello", response(200, JSON, b"hello")),
        (None, response(200, JSON, b"null")),
        ({"errorMessage": "looks like an error"}, HTTP_ERROR),
        (OK | {"cookies": {"a": "1"}}, HTTP_ERROR),
        ({"statusCode": 200.5}, HTTP_ERROR),
        ({"statusCode": 0}, HTTP_ERROR),
        ({"statusCode": "test"}, HTTP_ERROR),
    ],
    "Function URL": [
        (OK, response(200, JSON, b"ok")),
        ({"hello": "world"}, response(200, JSON, b'{"hello":"world"}')),
        ("hello", response(200, JSON, b"hello")),
        (3.1, response(200, JSON, b"3.1")),
        (True, response(200, JSON, b"true")),
        (
            {"statusCode": 401, "headers": {"WWW-Authenticate": "Basic"}},
            response(401, JSON, b"", (b"x-amzn-Remapped-WWW-Authenticate", b"Basic")),
        ),
        ({"statusCode": 401, "headers": {"X-Amzn-Remapped-WWW-Authenticate": "Basic"}}, URL_ERROR_500),
        ({"statusCode": "test"}, URL_ERROR),
    ],
    "ALB": [
        (PLAIN, response(200, None, b"ok")),
        (PLAIN | {"statusDescription": "200 OK"}, response(200, None, b"ok")),
        ({"statusCode": 200, "headers": {}}, response(200, None, b"")),
        (OK | BOTH, response(200, None, b"ok", X[0])),
        (
            OK | {"headers": {"set-cookie": "a=1", "Set-Cookie": "b=2"}},
            response(200, None, b"ok", (b"set-cookie", b"a=1"), (b"Set-Cookie", b"b=2")),
        ),
        (OK | {"headers": {"connection": "close", "Transfer-Encoding": "chunked"}}, response(200, None, b"ok")),
        (PLAIN | {"body": BASE64, "isBase64Encoded": True}, response(200, None, b"\x89PNG")),
        (OK, BAD_GATEWAY),
        (OK | {"headers": None}, BAD_GATEWAY),
        (PLAIN | {"body": None}, BAD_GATEWAY),
        (OK | {"multiValueHeaders": {"x": ["1"]}}, BAD_GATEWAY),
        (OK | {"headers": None, "multiValueHeaders": {"x": ["1"]}}, BAD_GATEWAY),
        (OK | {"headers": {"x": 1}}, BAD_GATEWAY),
        (PLAIN | {"statusDescription": 200}, BAD_GATEWAY),
        ({"statusCode": "200", "headers": {}}, BAD_GATEWAY),
        ({"statusCode": True, "headers": {}}, BAD_GATEWAY),
        ({"headers": {}}, BAD_GATEWAY),
        ({}, BAD_GATEWAY),
        ("text", BAD_GATEWAY),
        (PLAIN | {"body": "x" * 1024 * 1024}, BAD_GATEWAY),
    ],
    "ALB, multi-value": [
        (OK | {"multiValueHeaders": {}}, response(200, None, b"ok")),
        (OK | BOTH, response(200, None, b"ok", X[1], X[2])),
        (OK, BAD_GATEWAY),
        (OK | {"headers": {"x": "1"}}, BAD_GATEWAY),
        (OK | {"multiValueHeaders": None, "headers": {"x": "1"}}, BAD_GATEWAY),
        ({"statusCode": 200, "multiValueHeaders": {}, "body": None}, BAD_GATEWAY),
        (OK | {"multiValueHeaders": {"x": "1"}}, BAD_GATEWAY),
        (OK | {"multiValueHeaders": {"x": [1]}}, BAD_GATEWAY),
    ],
    "VPC Lattice, version 2": [
        (OK | {"headers": {"x": "1"}, "isBase64Encoded": False}, response(200, None, b"ok", (b"x", b"1"))),
        (OK | {"headers": {"x": 1}}, BAD_GATEWAY),
        ({"statusCode": "200"}, BAD_GATEWAY),
        (None, BAD_GATEWAY),
    ],
    "CloudFront, viewer": [
        ({"status": "200"}, response(200, None, b"")),
        (
            {"status": "302", "headers": {"location": [{"key": "Location", "value": "/"}]}},
            response(302, None, b"", (b"Location", b"/")),
        ),
        ({"status": "200", "headers": {"x": [{"value": "1"}]}}, response(200, None, b"", (b"x", b"1"))),
        ({"status": "200", "body": BASE64, "bodyEncoding": "base64"}, response(200, None, b"\x89PNG")),
        ({"status": "200", "body": BASE64}, response(200, None, BASE64.encode())),
        ({"status": "200", "body": BASE64, "isBase64Encoded": True}, response(200, None, BASE64.encode())),
        ({"status": "204"}, ClientResponse(204, [], b"")),
        ({"status": "204", "body": ""}, BAD_GATEWAY),
        ({"status": "204", "body": "x"}, BAD_GATEWAY),
        ({"status": 200}, BAD_GATEWAY),
        ({"status": "199"}, BAD_GATEWAY),
        ({"status": "600"}, BAD_GATEWAY),
        ({"statusCode": 200}, BAD_GATEWAY),
        ({"status": "200", "body": "", "bodyEncoding": "gzip"}, BAD_GATEWAY),
        ({"status": "200", "body": "no base64", "bodyEncoding": "base64"}, BAD_GATEWAY),
        ({"status": "200", "headers": {"x": "1"}}, BAD_GATEWAY),
        ({"status": "200", "headers": {"x": [{"key": "x", "value": 1}]}}, BAD_GATEWAY),
        ({"status": "200", "headers": {"x-edge-y": [{"value": "1"}]}}, BAD_GATEWAY),
        ({"status": "200", "headers": {"content-length": [{"value": "0"}]}}, BAD_GATEWAY),
        ({"status": "200", "headers": {"host": [{"value": "x"}]}}, BAD_GATEWAY),
        ({"status": "200", "body": "x" * 40 * 1024}, BAD_GATEWAY),
    ],
    "CloudFront, origin": [
        ({"status": "204"}, ClientResponse(204, [], b"")),
        ({"status": "204", "body": ""}, BAD_GATEWAY),
        ({"status": "200", "headers": {"if-range": [{"value": "x"}]}}, BAD_GATEWAY),
        ({"status": "200", "body": "x" * 40 * 1024}, response(200, None, b"x" * 40 * 1024)),
        ({"status": "200", "body": "x" * 1024 * 1024}, BAD_GATEWAY),
    ],
    "WebSocket, handshake": [
        ({"statusCode": 200}, ClientResponse(101, [], b"")),
        ({"statusCode": 403, "body": "no"}, response(403, None, b"")),
    ],
    "WebSocket, message": [(OK | {"headers": {"x": "1"}}, response(200, None, b"ok"))],
    "Invoke": [
        ({"statusCode": 404}, response(200, JSON, b'{"statusCode":404}')),
        (None, response(200, JSON, b"null")),
    ],
}


@pytest.mark.parametrize(
    ("name", "result", "expected"), [(name, *case) for name, cases in REACTIONS.items() for case in cases]
)
def test_reactions(name: str, result: object, expected: ClientResponse) -> None:
    event = DOORS[name].event(ClientRequest(body=b"{}"))
    assert DOORS[name].response(result, event) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("REST API", REST_ERROR),
        ("HTTP API, payload 1.0", HTTP_ERROR),
        ("HTTP API, payload 2.0", HTTP_ERROR),
        ("Function URL", URL_ERROR),
        ("ALB", BAD_GATEWAY),
        ("VPC Lattice, version 1", BAD_GATEWAY),
        ("CloudFront, viewer", UNAVAILABLE),
        ("Invoke", response(200, JSON, b'{"errorType":"E"}', (b"x-amz-function-error", b"Unhandled"))),
    ],
)
def test_a_function_that_failed(name: str, expected: ClientResponse) -> None:
    seen = DOORS[name].response({"errorType": "E"}, DOORS[name].event(ClientRequest()), failed=True)
    assert (seen.status, sorted(seen.headers), seen.body) == (
        expected.status,
        sorted(expected.headers),
        expected.body,
    )


def test_a_websocket_s_function_that_failed() -> None:
    door = DOORS["WebSocket, message"]
    event = door.event(ClientRequest(body=b"ping"))
    seen = door.response({"errorType": "E"}, event, failed=True)
    assert seen.status == 502
    assert seen.body.startswith(b'{"message":"Internal server error","connectionId":"')


@pytest.mark.parametrize(
    ("accept", "expected"),
    [(b"image/png", b"\x89PNG"), (b"image/png, */*", b"\x89PNG"), (b"*/*, image/png", BASE64.encode())],
)
def test_the_first_accept_decides(accept: bytes, expected: bytes) -> None:
    door = DOORS["REST API"]._replace(binary_media_types=("image/png",))
    event = door.event(ClientRequest(headers=[(b"accept", accept)]))
    assert door.response({"body": BASE64, "isBase64Encoded": True}, event).body == expected
