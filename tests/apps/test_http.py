"""A function of a werkzeug Request: what it may return, in both colours, behind every front door."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from socket import socket
from typing import Any, NamedTuple, TypedDict, cast

import flask
import msgspec
import pydantic
import pytest
from werkzeug import exceptions
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from lambda_http_adapter import http_handler, lambda_request
from lambda_http_adapter._apps.http import wsgi_app
from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from lambda_http_adapter._types import Environ, StartResponse
from lambda_http_adapter.errors import ConfigurationError
from tests.support.doors import DOORS, HTTP_DOORS
from tests.support.invocation import CONTEXT
from tests.support.response_recorder import END, Head
from tests.support.wsgi_recorder import Guard, guarded, serve

View = Callable[..., object]
Ask = Callable[..., ClientResponse]


def ask_sync(view: View, door: str = "Function URL", options: Any = None, **request: Any) -> ClientResponse:  # noqa: ANN401
    event = DOORS[door].event(ClientRequest(**request))
    result = http_handler(cast("Any", view), **(options or {}))(event, CONTEXT)
    return DOORS[door].response(json.loads(json.dumps(result)), event)


def ask_async(view: View, door: str = "Function URL", options: Any = None, **request: Any) -> ClientResponse:  # noqa: ANN401
    async def coroutine(request: Request) -> object:
        await asyncio.sleep(0)
        result = view(request)
        return await result if isinstance(result, Awaitable) else result

    return ask_sync(coroutine, door, options, **request)


colours = pytest.mark.parametrize("ask", [ask_sync, ask_async], ids=["sync", "async"])

TEXT = (b"content-type", b"text/plain; charset=utf-8")
BYTES = (b"content-type", b"application/octet-stream")
JSON = (b"content-type", b"application/json")
FLASK = flask.Flask(__name__)
FLASK.add_url_rule("/<path:path>", view_func=lambda path: f"flask at {path}")


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response("202 Accepted", [("content-type", TEXT[1].decode()), ("x-path", environ["PATH_INFO"])])
    return [b"app"]


def chunks(*parts: str | bytes) -> Iterator[str | bytes]:
    yield from parts


class Returned(NamedTuple):
    """What a view returns, and what the client sees of it."""

    view: View
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


RETURNED = [
    Returned(lambda request: "tüte", 200, [TEXT], "tüte".encode()),
    Returned(lambda request: "", 200, [TEXT], b""),
    Returned(lambda request: b"\x00\xff", 200, [BYTES], b"\x00\xff"),
    Returned(lambda request: bytearray(b"a"), 200, [BYTES], b"a"),
    Returned(lambda request: {"a": ["ü"]}, 200, [JSON], '{"a":["ü"]}'.encode()),
    Returned(lambda request: [], 200, [JSON], b"[]"),
    Returned(lambda request: ("made", 201), 201, [TEXT], b"made"),
    Returned(lambda request: ({"a": 1}, HTTPStatus.CREATED), 201, [JSON], b'{"a":1}'),
    Returned(lambda request: (b"", "404 Nowhere"), 404, [BYTES], b""),
    Returned(lambda request: ("a", 200, {"X-A": "1"}), 200, [TEXT, (b"x-a", b"1")], b"a"),
    Returned(
        lambda request: ("<p>", 200, {"Content-Type": "text/html"}), 200, [(b"content-type", b"text/html")], b"<p>"
    ),
    Returned(
        lambda request: ("a", 200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]),
        200,
        [TEXT, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")],
        b"a",
    ),
    Returned(lambda request: Response("a", 203, {"X-A": "1"}), 203, [(b"x-a", b"1"), TEXT], b"a"),
    Returned(lambda request: (Response("a"), 201, {"X-A": "1"}), 201, [TEXT, (b"x-a", b"1")], b"a"),
    Returned(
        lambda request: redirect("/home"),
        302,
        [(b"content-type", b"text/html; charset=utf-8"), (b"location", b"/home")],
        redirect("/home").data,
    ),
    Returned(lambda request: application, 202, [TEXT, (b"x-path", b"/a")], b"app"),
    Returned(lambda request: FLASK, 200, [(b"content-type", b"text/html; charset=utf-8")], b"flask at a"),
    Returned(lambda request: chunks("tü", b"te"), 200, [BYTES], "tüte".encode()),
    Returned(
        lambda request: (chunks("data: 1\n\n"), 200, {"content-type": "text/event-stream"}),
        200,
        [(b"content-type", b"text/event-stream")],
        b"data: 1\n\n",
    ),
]


def comparable(response: ClientResponse) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    headers = [field for field in response.headers if field[0].lower() != b"content-length"]
    return response.status, sorted(headers), response.body


@colours
@pytest.mark.parametrize(("view", "status", "headers", "body"), RETURNED)
def test_returned(ask: Ask, view: View, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    assert comparable(ask(view, path="/a")) == (status, sorted(headers), body)


@colours
@pytest.mark.parametrize(("returned", "status"), [(None, 204), ((None, 201), 201)])
def test_nothing_is_returned(ask: Ask, returned: object, status: int) -> None:
    seen = ask(lambda request: returned, door="ALB")
    assert comparable(seen) == (status, [], b"")


def abort(error: Exception) -> View:
    def view(request: Request) -> object:
        raise error

    return view


@colours
@pytest.mark.parametrize(
    ("view", "status", "text"),
    [
        (abort(exceptions.NotFound("no such order")), 404, b"<p>no such order</p>"),
        (abort(exceptions.MethodNotAllowed(["GET", "HEAD"])), 405, b"Method Not Allowed"),
        (abort(exceptions.HTTPException("short", Response("cut", 418))), 418, b"cut"),
        (lambda request: exceptions.Gone("long ago"), 410, b"<p>long ago</p>"),
        (lambda request: cast("dict[str, str]", request.json)["missing"], 415, b"Unsupported Media Type"),
        (lambda request: request.form["missing"], 400, b"Bad Request"),
    ],
)
def test_http_exceptions_are_responses(ask: Ask, view: View, status: int, text: bytes) -> None:
    seen = ask(view, method="POST", body=b"{}")
    assert seen.status == status
    assert text in seen.body


@colours
def test_an_exception_s_headers(ask: Ask) -> None:
    assert (b"allow", b"GET, HEAD") in ask(abort(exceptions.MethodNotAllowed(["GET", "HEAD"]))).headers


REFUSED = (
    "it may return a str, bytes, a dict or a list for JSON, None, an iterator, a Response or another WSGI app, and "
    "(body, status) or (body, status, headers) of these."
)


@colours
@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (5, f"The handler returned an int; {REFUSED}"),
        (object(), f"The handler returned an object; {REFUSED}"),
        (("a", 200, {}, 1), f"The handler returned a tuple of 4; {REFUSED}"),
        ((5, 200), f"The handler returned an int; {REFUSED}"),
        ((application, 200), f"The handler returned a status for a WSGI app, which has its own; {REFUSED}"),
        ({"a": object()}, "The handler's result is not JSON serializable: there is no JSON type for object."),
    ],
)
def test_what_is_no_response(ask: Ask, returned: object, message: str, caplog: pytest.LogCaptureFixture) -> None:
    seen = ask(lambda request: returned)
    assert (seen.status, seen.body) == (500, b"Internal Server Error")
    errors = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert list(map(str, errors)) == [message]


@colours
def test_what_the_handler_raises_is_a_500(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    seen = ask(abort(LookupError("order")))
    assert (seen.status, seen.body) == (500, b"Internal Server Error")
    assert "LookupError: order" in caplog.text


# The request


def tell(request: Request) -> object:
    return {
        "method": request.method,
        "path": request.path,
        "args": request.args.to_dict(flat=False),
        "cookies": request.cookies,
        "form": request.form.to_dict(),
        "aws": lambda_request(request).origin,
    }


@colours
@pytest.mark.parametrize("door", HTTP_DOORS)
def test_the_request_behind_every_front_door(ask: Ask, door: str) -> None:
    headers = [(b"cookie", b"a=1; b=2"), (b"content-type", b"application/x-www-form-urlencoded")]
    seen = ask(tell, door, method="POST", path="/orders/a%20b", query="q=1&q=2", headers=headers, body=b"x=%C3%BC")
    assert json.loads(seen.body) == {
        "method": "POST",
        "path": "/orders/a b",
        "args": {"q": ["2"] if door == "ALB" else ["1", "2"]},
        "cookies": {"a": "1", "b": "2"},
        "form": {"x": "ü"},
        "aws": DOORS[door].origin,
    }


@colours
def test_files_and_json(ask: Ask) -> None:
    def view(request: Request) -> object:
        return request.json if request.is_json else request.files["file"].read()

    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n\x00\xff\r\n--b--\r\n'
    form = [(b"content-type", b"multipart/form-data; boundary=b")]
    assert ask(view, method="POST", headers=form, body=part).body == b"\x00\xff"
    assert ask(view, method="POST", headers=[JSON], body=b'{"a":1}').body == b'{"a":1}'


@colours
def test_head(ask: Ask) -> None:
    seen = ask(lambda request: "body", method="HEAD")
    assert (seen.status, seen.body) == (200, b"")


@colours
def test_the_mount_point(ask: Ask) -> None:
    def view(request: Request) -> object:
        return [request.root_path, request.path, request.url]

    seen = ask(view, path="/v1/orders", host="example.com", options={"base_path": "/v1"})
    assert json.loads(seen.body) == ["/v1", "/orders", "https://example.com/v1/orders"]


# Streams


async def async_chunks(*parts: str | bytes | Exception) -> AsyncIterator[str | bytes]:
    for part in parts:
        await asyncio.sleep(0)
        if isinstance(part, Exception):
            raise part
        yield part


def test_async_generators() -> None:
    async def generator(request: Request) -> AsyncIterator[str]:
        yield request.path
        yield "!"

    async def returned(request: Request) -> object:
        return async_chunks("tü", b"te"), 201

    assert comparable(ask_sync(generator, path="/a")) == (200, [BYTES], b"/a!")
    assert comparable(ask_sync(returned)) == (201, [BYTES], "tüte".encode())
    assert ask_sync(returned, method="HEAD").body == b""


def test_an_async_generator_of_a_sync_handler(caplog: pytest.LogCaptureFixture) -> None:
    assert ask_sync(lambda request: async_chunks("a")).status == 500
    assert "The handler returned an async iterator: that needs an async handler." in caplog.text


@pytest.mark.parametrize("ends", [True, False])
def test_a_stream_is_closed(ends: bool) -> None:
    closed = []

    async def parts() -> AsyncIterator[str]:
        try:
            yield "a"
            if not ends:
                raise OSError
        finally:
            closed.append("async")

    def sync_parts() -> Iterator[str]:
        try:
            yield "a"
            if not ends:
                raise OSError
        finally:
            closed.append("sync")

    async def view(request: Request) -> object:
        return parts() if request.path == "/async" else sync_parts()

    for path in ("/async", "/sync"):
        ask_sync(view, path=path)
    assert closed == ["async", "sync"]


@guarded
def test_the_wsgi_app_keeps_to_the_specification(guard: Guard) -> None:
    (head, *rest) = serve(guard(wsgi_app(lambda request: ({"path": request.path}, 201))))
    assert isinstance(head, Head)
    assert head.status == 201
    assert rest == [b'{"path":"/capture/space value"}', END]


def test_parts_are_sent_one_by_one() -> None:
    parts = serve(wsgi_app(lambda request: chunks(b"a", b"b")), streams=True)
    assert parts == [Head(200, [(b"Content-Type", BYTES[1])]), b"a", b"b", END]


# The body as a parameter


@dataclass
class Item:
    price: float


@dataclass
class Order:
    id: int
    items: list[Item]


@dataclass
class OwnRequest:
    id: int


OwnRequest.__name__ = OwnRequest.__qualname__ = "Request"


class OrderDict(TypedDict):
    id: int


class OrderStruct(msgspec.Struct):
    id: int


class OrderModel(pydantic.BaseModel):
    id: int


def of_order(order: Order) -> object:
    return [order.id, [item.price for item in order.items]]


async def of_request_and_order(request: Request, order: Order) -> object:
    return [request.path, order.id]


def of_order_and_request(order: Order, req: Request) -> object:
    return [order.id, req.path]


def of_untyped(request, order):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    return [request.path, order["id"]]


def of_dict(order: OrderDict) -> object:
    return order["id"]


def of_struct(order: OrderStruct) -> object:
    return {"id": order.id}


def of_model(order: OrderModel) -> object:
    return {"id": order.id}


def of_list(ids: list[int]) -> object:
    return {"sum": sum(ids)}


def of_named_request(request: OrderModel) -> object:
    return {"id": request.id}


def of_own_request(request: OwnRequest) -> object:
    return {"id": request.id}


def of_quoted_request(order: OrderStruct, req: "flask.wrappers.Request") -> object:
    return [order.id, req.path]


def of_unresolvable_request(req: "typing_only.Request") -> object:  # type: ignore[name-defined]  # noqa: F821
    return {"path": req.path}


def of_any(request: Any) -> object:  # noqa: ANN401
    return {"path": request.path}


def of_bytes(body: bytes) -> object:
    return body


async def of_text(request: Request, body: str) -> object:
    return body


ORDER = b'{"id": 1, "items": [{"price": 2.5}]}'


def post(handler: View, body: bytes, content_type: bytes = b"application/json; charset=utf-8") -> ClientResponse:
    headers = [(b"content-type", content_type)] if content_type else []
    return ask_sync(handler, method="POST", path="/orders", headers=headers, body=body)


@pytest.mark.parametrize(
    ("handler", "body", "answer"),
    [
        (of_order, ORDER, [1, [2.5]]),
        (of_request_and_order, ORDER, ["/orders", 1]),
        (of_order_and_request, ORDER, [1, "/orders"]),
        (of_untyped, ORDER, ["/orders", 1]),
        (of_struct, b'{"id": 1}', {"id": 1}),
        (of_model, b'{"id": 1}', {"id": 1}),
        (of_list, b"[1, 2]", {"sum": 3}),
        (of_named_request, b'{"id": 1}', {"id": 1}),
        (of_own_request, b'{"id": 1}', {"id": 1}),
        (of_quoted_request, b'{"id": 1}', [1, "/orders"]),
        (of_unresolvable_request, b"", {"path": "/orders"}),
        (of_any, b"", {"path": "/orders"}),
    ],
)
def test_the_body_is_decoded_as_the_handler_asks(handler: View, body: bytes, answer: object) -> None:
    seen = post(handler, body)
    assert (seen.status, json.loads(seen.body)) == (200, answer)


@pytest.mark.parametrize("handler", [of_bytes, of_text])
def test_the_body_as_it_is(handler: View) -> None:
    assert post(handler, b"not JSON", b"text/plain").body == b"not JSON"


@pytest.mark.parametrize(
    ("handler", "body", "status", "answer"),
    [
        (
            of_order,
            b'{"id": 1, "items": [{"price": "2"}]}',
            422,
            {
                "detail": "The body doesn't fit Order: items[0].price is a string, not a number.",
                "field": "items[0].price",
            },
        ),
        (
            of_request_and_order,
            b'{"id": 1}',
            422,
            {"detail": "The body doesn't fit Order: items is missing.", "field": "items"},
        ),
        (
            of_dict,
            b"[]",
            422,
            {"detail": "The body doesn't fit OrderDict: it is an array, not an object.", "field": ""},
        ),
        (
            of_struct,
            b'{"id": "1"}',
            422,
            {
                "detail": "The body doesn't fit OrderStruct: id is refused: Expected `int`, got `str`.",
                "field": "id",
            },
        ),
        (
            of_model,
            b'{"id": "x"}',
            422,
            {
                "detail": "The body doesn't fit OrderModel: id is refused: Input should be a valid integer, unable to "
                "parse string as an integer.",
                "field": "id",
            },
        ),
        (
            of_order,
            b"{",
            400,
            {
                "detail": "The body is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 "
                "(char 1)."
            },
        ),
        (
            of_text,
            b"\xff",
            400,
            {
                "detail": "The body is not UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: invalid start "
                "byte."
            },
        ),
    ],
)
def test_a_body_that_does_not_fit(handler: View, body: bytes, status: int, answer: object) -> None:
    seen = post(handler, body)
    assert (seen.status, json.loads(seen.body)) == (status, answer)
    assert (b"content-type", b"application/json") in seen.headers


@pytest.mark.parametrize(("content_type", "named"), [(b"text/plain", "text/plain"), (b"", "of no type")])
def test_a_body_that_is_not_sent_as_json(content_type: bytes, named: str) -> None:
    seen = post(of_order, ORDER, content_type)
    assert (seen.status, json.loads(seen.body)) == (415, {"detail": f"The body is {named}, not application/json."})


# What is no handler


def three(a: object, b: object, c: object) -> None: ...
def two_bodies(a: Order, b: Order) -> None: ...
def no_json(request: Request, connection: socket) -> None: ...
def none() -> None: ...


class Handler:
    def __init__(self, request: Request) -> None: ...


TAKES = "a handler of requests takes a werkzeug Request, the body as an annotated type, or both."


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (three, f"three() takes 3 arguments; {TAKES}"),
        (none, f"none() takes 0 arguments; {TAKES}"),
        (two_bodies, f"two_bodies() takes 2 arguments; {TAKES}"),
        (Handler, "Handler is a class; a handler of requests is an instance of it, or a function."),
        (5, "Expected a function of a werkzeug Request, got 5."),
    ],
)
def test_what_is_no_handler(handler: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        http_handler(cast("Any", handler))
    assert str(raised.value) == message


def test_a_body_that_nothing_in_json_can_become() -> None:
    with pytest.raises(ConfigurationError, match=r"^JSON can't be decoded to socket\. "):
        http_handler(cast("Any", no_json))
