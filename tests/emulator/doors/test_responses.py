"""What a client gets of an app's response is that response, but for the exceptions that have a name."""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._delivery import END, Head
from lambda_http_adapter._delivery.encoders import BufferedEncoder
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins import ORIGINS, detect
from tests.support.client_requests import EACH_DOOR, VALUES
from tests.support.doors import DOORS, HTTP_DOORS

NAMES = [b"X-Tag", b"x-tag", b"Vary", b"Link", b"Connection", b"Via", b"X-Cache", b"WWW-Authenticate"]
TYPES = [b"text/html; charset=utf-8", b"text/plain; charset=iso-8859-1", b"application/json", b"image/png"]
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5)
COOKIES = st.lists(st.tuples(st.sampled_from([b"Set-Cookie", b"set-cookie"]), VALUES), max_size=5)
CONTENT_TYPES = st.lists(st.sampled_from(TYPES).map(lambda value: (b"Content-Type", value)), max_size=1)
CODINGS = st.lists(st.just((b"Content-Encoding", b"gzip")), max_size=1)
HEADERS = (
    st.tuples(FIELDS, COOKIES, CONTENT_TYPES, CODINGS)
    .map(lambda groups: [field for group in groups for field in group])
    .flatmap(st.permutations)
)


class Answer(NamedTuple):
    """A response with its headers by lower-cased name: in which order names come means nothing."""

    status: int
    headers: dict[bytes, list[bytes]]
    body: bytes


def answer(status: int, headers: Headers, body: bytes) -> Answer:
    groups: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        groups.setdefault(name.lower(), []).append(value)
    return Answer(status, groups, body)


def through(name: str, request: ClientRequest, status: int, headers: Headers, body: bytes) -> Answer:
    """The way of a response: encoded for the front door that has sent the event, and read by it."""
    door = DOORS[name]
    event = door.event(request)
    encoder = BufferedEncoder(detect(event, ORIGINS), event, request.method, Config())
    encoder.encode(Head(status, headers))
    encoder.encode(body)
    return answer(*door.response(json.loads(b"".join(encoder.encode(END))), event))


# What becomes different, and where

Exception_ = Callable[[Answer], Answer]


def hop_by_hop_fields_end_here(app: Answer) -> Answer:
    return app._replace(headers={name: values for name, values in app.headers.items() if name != b"connection"})


def content_length_is_the_front_door_s(app: Answer) -> Answer:
    return app._replace(headers=app.headers | {b"content-length": [b"%d" % len(app.body)]})


def values_are_joined(app: Answer) -> Answer:
    """Where the first or the last value is empty, white space would be outside."""
    headers = {
        name: values if name == b"set-cookie" else [b", ".join(values).strip()] for name, values in app.headers.items()
    }
    return app._replace(headers=headers)


def missing_type_becomes(content_type: bytes) -> Exception_:
    def missing_type_is_filled_in(app: Answer) -> Answer:
        return app._replace(headers={b"content-type": [content_type]} | app.headers)

    return missing_type_is_filled_in


def is_renamed(*names: bytes) -> Exception_:
    def fields_are_renamed(app: Answer) -> Answer:
        headers = {b"x-amzn-remapped-" + name if name in names else name: app.headers[name] for name in app.headers}
        return app._replace(headers=headers)

    return fields_are_renamed


def a_rest_api_drops_via(app: Answer) -> Answer:
    return app._replace(headers={name: values for name, values in app.headers.items() if name != b"via"})


def cloudfront_keeps_its_own(app: Answer) -> Answer:
    kept = (b"via", b"x-cache")
    return app._replace(headers={name: values for name, values in app.headers.items() if name not in kept})


def bytes_arrive_as_base64(app: Answer) -> Answer:
    """The API has no binaryMediaTypes: what the adapter had to encode stays encoded."""
    content_type = app.headers.get(b"content-type", [b""])[0]
    plain = b"gzip" not in app.headers.get(b"content-encoding", []) and not content_type.endswith((b"8859-1", b"png"))
    try:
        app.body.decode()
    except UnicodeDecodeError:
        plain = False
    return app if plain else app._replace(body=b64encode(app.body))


REST = [a_rest_api_drops_via, is_renamed(b"www-authenticate"), missing_type_becomes(b"application/json")]
EXCEPTIONS: dict[str, list[Exception_]] = {
    "REST API": REST,
    "REST API, text only": [bytes_arrive_as_base64, *REST],
    "HTTP API, payload 1.0": [missing_type_becomes(b"text/plain; charset=utf-8")],
    "HTTP API, payload 2.0": [values_are_joined, missing_type_becomes(b"text/plain; charset=utf-8")],
    "Function URL": [
        values_are_joined,
        is_renamed(b"www-authenticate"),
        missing_type_becomes(b"application/json"),
    ],
    "ALB": [values_are_joined],
    "ALB, multi-value": [],
    "VPC Lattice, version 1": [values_are_joined],
    "VPC Lattice, version 2": [values_are_joined],
    "CloudFront, viewer": [cloudfront_keeps_its_own],
    "CloudFront, origin": [cloudfront_keeps_its_own],
}


@pytest.mark.parametrize("name", HTTP_DOORS)
@EACH_DOOR
@given(
    status=st.integers(200, 599).filter(lambda status: status not in (204, 304)),
    headers=HEADERS,
    body=st.text().map(str.encode) | st.binary(),
)
def test_every_response(name: str, status: int, headers: Headers, body: bytes) -> None:
    expected = answer(status, headers, body)
    for exception in [hop_by_hop_fields_end_here, *EXCEPTIONS[name], content_length_is_the_front_door_s]:
        expected = exception(expected)
    assert through(name, ClientRequest(), status, headers, body) == expected


@pytest.mark.parametrize("name", HTTP_DOORS)
@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("HEAD", 404), ("GET", 204), ("GET", 304)])
def test_responses_without_content(name: str, method: str, status: int) -> None:
    headers = [(b"etag", b'"a"'), (b"content-type", b"text/html")]
    assert through(name, ClientRequest(method), status, headers, b"no body, please") == (
        status,
        {b"etag": [b'"a"'], b"content-type": [b"text/html"]},
        b"",
    )


def test_a_rest_api_renames_the_app_s_content_length() -> None:
    seen = through("REST API", ClientRequest(), 200, [(b"Content-Length", b"2"), (b"content-type", b"a/b")], b"ok")
    assert seen.headers == {
        b"content-type": [b"a/b"],
        b"x-amzn-remapped-content-length": [b"2"],
        b"content-length": [b"2"],
    }


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "connection",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
    ],
)
def test_a_rest_api_renames_this_header_of_a_response(name: str) -> None:
    assert [*headers_of_a_rest_response(name)] == [f"x-amzn-remapped-{name}"]


@pytest.mark.parametrize(
    "name", ["expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via"]
)
def test_a_rest_api_drops_this_header_of_a_response(name: str) -> None:
    assert headers_of_a_rest_response(name) == {}


@pytest.mark.parametrize("name", ["age", "etag", "location", "pragma", "warning", "x-cache"])
def test_a_rest_api_passes_this_header_of_a_response_on(name: str) -> None:
    assert headers_of_a_rest_response(name) == {name: "value"}


def headers_of_a_rest_response(name: str) -> dict[str, str]:
    """What becomes of a header that a function sets in its result."""
    door = DOORS["REST API"]
    result = {"statusCode": 200, "multiValueHeaders": {name.title(): ["value"]}}
    headers = door.response(result, door.event(ClientRequest())).headers
    own = ("content-type", "content-length")
    return {key.decode().lower(): value.decode() for key, value in headers if key.decode().lower() not in own}


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("handshake", 200, (101, {b"sec-websocket-protocol": [b"chat"]}, b"")),
        ("handshake", 204, (101, {b"sec-websocket-protocol": [b"chat"]}, b"")),
        ("handshake", 401, (401, {b"content-length": [b"0"]}, b"")),
        ("message", 200, (200, {b"content-length": [b"4"]}, b"pong")),
    ],
)
def test_a_websocket(kind: str, status: int, expected: object) -> None:
    headers = [(b"Sec-WebSocket-Protocol", b"chat"), (b"x-tag", b"1")]
    assert through(f"WebSocket, {kind}", ClientRequest(body=b"ping"), status, headers, b"pong") == expected
