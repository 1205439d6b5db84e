"""The same requests to the same service on every framework, through every shape of event."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple, cast
from urllib.parse import parse_qsl, urlsplit

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._apps.importer import load_app
from lambda_http_adapter._apps.kind import AppKind
from lambda_http_adapter._types import ASGIApp, WSGIApp
from tests.frameworks import STATIC
from tests.support.invocation import CONTEXT

Object = dict[str, object]
Handler = Callable[[object, object], object]


NONE: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    method: str
    target: str
    headers: Mapping[str, str] = NONE
    body: bytes = b""


class Response(NamedTuple):
    """``cookies`` are names and values alone."""

    status: int
    media_type: str
    body: object
    cookies: Mapping[str, str] = NONE


# Events


def text_of(body: bytes) -> Object:
    try:
        return {"body": body.decode() or None, "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def function_url(request: Request) -> Object:
    domain = "abc.lambda-url.eu-west-1.on.aws"
    path, _, query = request.target.partition("?")
    http = {"method": request.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": domain, "content-length": str(len(request.body)), **request.headers},
        "requestContext": {"domainName": domain, "stage": "$default", "http": http},
        **text_of(request.body),
    }


def rest(request: Request) -> Object:
    """On a stage, which only the client's URL has."""
    domain = "abc.execute-api.eu-west-1.amazonaws.com"
    path, _, query = request.target.partition("?")
    return {
        "resource": "/{proxy+}",
        "httpMethod": request.method,
        "path": path,
        "multiValueHeaders": {name: [value] for name, value in {"Host": domain, **request.headers}.items()},
        "multiValueQueryStringParameters": several(parse_qsl(query)) or None,
        "requestContext": {"domainName": domain, "stage": "live", "path": "/live" + path},
        **text_of(request.body),
    }


def alb(request: Request) -> Object:
    path, _, query = request.target.partition("?")
    headers = {"host": "example.com", "x-forwarded-for": "192.0.2.1", "x-forwarded-proto": "https"}
    headers |= {"content-length": str(len(request.body)), **request.headers}
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:…"}},
        "httpMethod": request.method,
        "path": path,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": several([tuple(pair.split("=")) for pair in query.split("&") if pair]),
        **text_of(request.body),
    }


def several(pairs: Iterable[tuple[str, ...]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


# Results


def read(result: object) -> Response:
    answer = cast("Object", result)
    fields, cookies = headers_of(answer)
    body = cast("str", answer["body"])
    data = base64.b64decode(body) if answer["isBase64Encoded"] else body.encode()
    if "content-length" in fields:
        assert fields["content-length"] == str(len(data))
    media_type = fields.get("content-type", "").partition(";")[0]
    return Response(
        cast("int", answer["statusCode"]),
        media_type,
        json.loads(data) if media_type == "application/json" else data,
        # Blanks as clients do it; Django has one in front.
        dict(cookie.partition(";")[0].strip().split("=", 1) for cookie in cookies),
    )


def headers_of(answer: Object) -> tuple[dict[str, str], list[str]]:
    if "multiValueHeaders" in answer:
        multi = {**cast("dict[str, list[str]]", answer["multiValueHeaders"])}
        cookies = multi.pop("set-cookie", [])
        assert {name: values for name, values in multi.items() if len(values) > 1} == {}
        return {name: values[0] for name, values in multi.items()}, cookies
    return cast("dict[str, str]", answer["headers"]), cast("list[str]", answer.get("cookies", []))


# Requests and responses

ITEM = "application/json"
TEXT = "text/plain"
EVERY_BYTE = bytes(range(256))
BOUNDARY = "b0undary"
UPLOAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="title"\r\n\r\nEvery byte ☕\r\n'
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="every.bin"\r\n'
    "Content-Type: application/x-bytes\r\n\r\n"
).encode() + (EVERY_BYTE + f"\r\n--{BOUNDARY}--\r\n".encode())
FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}

TABLE: list[tuple[str, Request, Response]] = [
    ("a path parameter", Request("GET", "/items/plain"), Response(200, ITEM, {"name": "plain", "q": []})),
    (
        "an encoded path and query",
        Request("GET", "/items/caf%C3%A9%20%E2%98%95?q=a%26b&q=%C3%BC"),
        Response(200, ITEM, {"name": "café ☕", "q": ["a&b", "ü"]}),
    ),
    (
        "a form",
        Request("POST", "/form", FORM, b"name=Ada+L%C3%B6velace&tag=x&tag=y%26z"),
        Response(200, ITEM, {"name": "Ada Lövelace", "tags": ["x", "y&z"]}),
    ),
    (
        "an upload",
        Request("POST", "/upload", MULTIPART, UPLOAD),
        Response(
            200,
            ITEM,
            {"title": "Every byte ☕", "file": "every.bin", "type": "application/x-bytes", "content": EVERY_BYTE.hex()},
        ),
    ),
    (
        "cookies",
        Request("GET", "/cookies", {"cookie": "theme=dark; seen=yes"}),
        Response(200, TEXT, b"yes", {"a": "1", "b": "2"}),
    ),
    ("a stream", Request("GET", "/stream"), Response(200, TEXT, "one\ntwo\nthree ☕\n".encode())),
    (
        "a text file",
        Request("GET", "/static/style.css"),
        Response(200, "text/css", (STATIC / "style.css").read_bytes()),
    ),
    (
        "a binary file",
        Request("GET", "/static/dot.png"),
        Response(200, "image/png", (STATIC / "dot.png").read_bytes()),
    ),
    ("a crash", Request("GET", "/crash"), Response(500, TEXT, b"sorry")),
    ("no route", Request("GET", "/nowhere"), Response(404, TEXT, b"not here")),
    ("no file", Request("GET", "/static/none.png"), Response(404, TEXT, b"not here")),
]

FRAMEWORKS = {
    "fastapi_app:app": AppKind.asgi,
    "starlette_app:app": AppKind.asgi,
    "litestar_app:app": AppKind.asgi,
    "quart_app:app": AppKind.asgi,
    "django_app:asgi": AppKind.asgi,
    "falcon_asgi_app:app": AppKind.asgi,
    "bottle_app:app": AppKind.wsgi,
    "django_app:wsgi": AppKind.wsgi,
    "falcon_wsgi_app:app": AppKind.wsgi,
    "flask_app:app": AppKind.wsgi,
    "pyramid_app:app": AppKind.wsgi,
}


# Falcon's ASGI app looks for its routes in the whole path, so the mount point has to be left out of that.
UNMOUNTED = {"falcon_asgi_app:app"}


def handler_of(string: str) -> Handler:
    app, kind = load_app(f"tests.frameworks.{string}")
    assert kind is FRAMEWORKS[string]
    if kind is AppKind.wsgi:
        return wsgi_handler(cast("WSGIApp", app))
    return asgi_handler(cast("ASGIApp", app), root_path="" if string in UNMOUNTED else "auto")


# All at once, as in one process they live: Django's settings can be made only once.
HANDLERS = {string: handler_of(string) for string in FRAMEWORKS}

Make = Callable[[Request], Object]
every_framework = pytest.mark.parametrize("framework", FRAMEWORKS)
every_origin = pytest.mark.parametrize("make", [function_url, rest, alb])


def ask(framework: str, make: Make, request: Request) -> Response:
    return read(HANDLERS[framework](make(request), CONTEXT))


@every_framework
@every_origin
@pytest.mark.parametrize(("asked", "answered"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_requests(framework: str, make: Make, asked: Request, answered: Response) -> None:
    assert ask(framework, make, asked) == answered


@every_framework
@every_origin
def test_a_session(framework: str, make: Make) -> None:
    jar: dict[str, str] = {}
    for count in (b"1", b"2", b"3"):
        response = ask(framework, make, Request("GET", "/session", {"cookie": header_of(jar)} if jar else {}))
        assert (response.status, response.body) == (200, count)
        jar |= response.cookies
    assert ask(framework, make, Request("GET", "/session")).body == b"1"


def header_of(jar: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in jar.items())


@every_framework
@pytest.mark.parametrize(
    ("make", "origin"), [(function_url, b"function_url"), (rest, b"api_gateway_v1"), (alb, b"alb")]
)
def test_the_invocation_behind_the_request(framework: str, make: Make, origin: bytes) -> None:
    assert ask(framework, make, Request("GET", "/lambda")).body == origin


@every_framework
@every_origin
def test_a_redirect_leads_where_the_client_finds_it(framework: str, make: Make) -> None:
    """Behind a stage, which only the client's URL has, links start with it."""
    result = cast("Object", HANDLERS[framework](make(Request("GET", "/home")), CONTEXT))
    headers, _ = headers_of(result)
    stage = "/live" if make is rest and framework not in UNMOUNTED else ""
    assert (result["statusCode"], urlsplit(headers["location"]).path) == (303, f"{stage}/items/home")


def test_the_documentation_pages_work_behind_a_stage() -> None:
    page = ask("fastapi_app:app", rest, Request("GET", "/docs"))
    assert (page.status, page.media_type) == (200, "text/html")
    assert b"url: '/live/openapi.json'" in cast("bytes", page.body)
    assert ask("fastapi_app:app", rest, Request("GET", "/openapi.json")).status == 200
