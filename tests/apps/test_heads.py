"""A head that no front door takes is the app's error, or reduced to one that they take: in both colours and deliveries.

Whole ways, from the request through the front door to what its client gets.
"""

from __future__ import annotations

import http
import json
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter.testing import LambdaTransport, make_event
from tests.support.in_process_clients import BASE

if TYPE_CHECKING:
    from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse

Fields = list[tuple[str, str]]
Colour = Literal["asgi", "wsgi"]

both_colours = pytest.mark.parametrize("colour", ["asgi", "wsgi"])
both_deliveries = pytest.mark.parametrize("invoke_mode", ["buffered", "response_stream"])


def app_with(colour: Colour, status: object, fields: Fields) -> object:
    """An app that answers so, with the body ``"rest"``."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in fields]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"rest"})

    def wsgi(environ: Environ, start_response: StartResponse) -> list[bytes]:
        start_response(f"{status} Said" if isinstance(status, int) else status, fields)  # type: ignore[arg-type]
        return [b"rest"]

    return asgi if colour == "asgi" else wsgi


def ask(app: object, invoke_mode: str) -> httpx.Response:
    transport = LambdaTransport(app, invoke_mode=invoke_mode, lifespan="off")  # type: ignore[arg-type]
    with httpx.Client(transport=transport, base_url=BASE) as client:
        return client.get("/")


def told(caplog: pytest.LogCaptureFixture) -> str:
    """The one record: what it says, and the exception in it."""
    (record,) = caplog.records
    error = record.exc_info[1] if record.exc_info else None
    return str(error or record.getMessage())


OUT_OF_RANGE = "Expected a status from 200 to 599, got {}."
NO_INT = "Expected an int as status of 'http.response.start', got {!r}."
NO_STATUS = "Expected start_response('200 OK', [(name, value), …]) with latin-1 texts: the status is {!r}."

STATUSES: list[tuple[Colour, object, str]] = [
    *(("asgi", status, OUT_OF_RANGE.format(status)) for status in (-1, 0, 99, 100, 101, 103, 199, 600, 999, 10**30)),
    *(("asgi", status, NO_INT.format(status)) for status in (True, False, None, "200", 200.0)),
    *(("wsgi", f"{status} Said", OUT_OF_RANGE.format(int(status))) for status in ("000", "099", "101", "600", "999")),
    *(("wsgi", status, NO_STATUS.format(status)) for status in ("-1 Said", "1000 Said", "20 Said", "٢٠٠ Said", "")),
]


@both_deliveries
@pytest.mark.parametrize(("colour", "status", "sentence"), STATUSES)
def test_a_status_that_no_response_has_is_the_apps_error(
    colour: Colour, status: object, sentence: str, invoke_mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = ask(app_with(colour, status, []), invoke_mode)
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert told(caplog) == sentence


@both_colours
@both_deliveries
@pytest.mark.parametrize("status", [200, 299, 404, 451, 500, 599, http.HTTPStatus.IM_A_TEAPOT])
def test_a_status_that_a_response_has(colour: Colour, status: int, invoke_mode: str) -> None:
    assert ask(app_with(colour, int(status) if colour == "wsgi" else status, []), invoke_mode).status_code == status


CONTROLS = [chr(code) for code in (*range(0x20), 0x7F) if chr(code) != "\t"]


@both_colours
@both_deliveries
@pytest.mark.parametrize("character", CONTROLS, ids=ascii)
def test_a_control_character_in_a_header_is_the_apps_error(
    colour: Colour, character: str, invoke_mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = ask(app_with(colour, 200, [("X-First", "1"), ("X-Secret", f"s{character}t")]), invoke_mode)
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert told(caplog) == "Expected no control character in the value of the header 'X-Secret'."


@both_colours
@both_deliveries
def test_any_other_character_in_a_header_is_legal(colour: Colour, invoke_mode: str) -> None:
    value = "".join(chr(code) for code in range(0x100) if chr(code) not in [*CONTROLS, " ", "\t"])
    response = ask(app_with(colour, 200, [("X-All", f"a \t{value}")]), invoke_mode)
    assert response.headers["x-all"].encode(response.headers.encoding) == f"a \t{value}".encode("latin-1")


@both_colours
@both_deliveries
@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Location", ("/a", "/b")),
        ("Content-Type", ("text/plain", "text/html")),
        ("Content-Type", ("text/plain", "text/plain", "text/plain; charset=utf-8")),
    ],
)
def test_different_values_of_a_header_that_stands_once_are_the_apps_error(
    colour: Colour, name: str, values: tuple[str, ...], invoke_mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    fields = [(name, values[0]), ("X-Other", "1"), *((name.lower(), value) for value in values[1:])]
    response = ask(app_with(colour, 200, fields), invoke_mode)
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert told(caplog) == f"Expected one header {name.lower()!r}, got several that differ."


@both_colours
@both_deliveries
@pytest.mark.parametrize(("name", "value"), [("Location", "/a"), ("Content-Type", "text/html")])
def test_equal_values_of_a_header_that_stands_once_are_reduced_to_one(
    colour: Colour, name: str, value: str, invoke_mode: str
) -> None:
    fields = [("X-Tag", "1"), (name, value), ("X-Tag", "1"), (name.upper(), value), ("Set-Cookie", "a=1")] * 2
    response = ask(app_with(colour, 200, fields), invoke_mode)
    assert response.headers.get_list(name) == [value]
    # These may be repeated.
    assert response.headers["X-Tag"] == ", ".join("1" * 4)
    assert response.headers.get_list("Set-Cookie") == ["a=1"] * 2


# What the envelope has of an answer of four bytes.
LENGTHS: list[tuple[list[str], str | None]] = [
    (["4"], "4"),
    (["4", "4"], "4"),
    (["4", "4", "4"], "4"),
    (["4, 4"], None),
    (["4", "5"], "4"),
    (["5", "4", "5"], "4"),
    (["5", "5"], None),
    (["four"], None),
]


@both_colours
@pytest.mark.parametrize(("lengths", "told"), LENGTHS)
def test_of_several_content_lengths_the_true_one_is_kept(colour: Colour, lengths: list[str], told: str | None) -> None:
    app = app_with(colour, 200, [("Content-Length", length) for length in lengths])
    handler = asgi_handler(app) if colour == "asgi" else wsgi_handler(app)  # type: ignore[arg-type]
    envelope = json.loads(json.dumps(handler(make_event(), None)))
    assert envelope["statusCode"] == 200
    assert envelope["headers"].get("content-length") == told
