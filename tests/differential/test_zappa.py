"""What docs/migrate/zappa.md says of Zappa and of us: theirs with Zappa itself (slow), ours always."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from lambda_http_adapter import asgi_handler, lambda_request, wsgi_handler
from lambda_http_adapter._types import Environ, StartResponse
from lambda_http_adapter._values.lambda_request import Authorizer
from lambda_http_adapter.testing import FrontDoor, LambdaTransport
from tests.differential.difference import Event
from tests.differential.observed import KEPT, Handler, load
from tests.differential.projects import ServeWithZappa
from tests.support.handler_process import HandlerError
from tests.support.invocation import CONTEXT

SETTINGS = {"app_function": "main.app", "aws_region": "eu-west-1", "project_name": "shop", "s3_bucket": "zappa-shop"}

WSGI = """
import json

RESPONSES = {
    "/image": ("image/png", b"\\x89PNG"),
    "/latin": ("text/plain; charset=iso-8859-1", "café".encode("latin-1")),
    "/shop": ("application/x-shop", b"hello"),
}
CONNECTION = [("Connection", "close"), ("Vary", "accept"), ("Vary", "cookie")]
COOKIES = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]

def app(environ, start_response):
    if environ["PATH_INFO"] == "/fail":
        raise ZeroDivisionError("division of the secret")
    if environ["PATH_INFO"] in RESPONSES:
        content_type, body = RESPONSES[environ["PATH_INFO"]]
    else:
        seen = {key: value for key, value in environ.items() if isinstance(value, str)}
        content_type, body = "application/json", json.dumps(seen).encode()
    start_response("200 OK", [("Content-Type", content_type), *CONNECTION, *COOKIES])
    return [body]
"""

ASGI = """
import asyncio, json

loops, lifespans = [], []

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        lifespans.append(await receive())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return await send({"type": "lifespan.shutdown.complete"})
    if asyncio.get_running_loop() not in loops:
        loops.append(asyncio.get_running_loop())
    body = json.dumps({"loops": len(loops), "lifespans": len(lifespans)}).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
"""


def app_of(program: str) -> Any:  # noqa: ANN401  # an ASGI or a WSGI app
    names: dict[str, Any] = {}
    exec(program, names)
    return names["app"]


def ours(**options: Any) -> Handler:  # noqa: ANN401  # those of wsgi_handler
    KEPT.append(wsgi_handler(app_of(WSGI), **options))
    return KEPT[-1]


def theirs(directory: Path, serve: ServeWithZappa, program: str = WSGI, **settings: object) -> Handler:
    (directory / "main.py").write_text(program)
    (directory / "zappa_settings.json").write_text(json.dumps({"production": SETTINGS | settings}))
    return serve(directory)


# Requests


class Row(NamedTuple):
    """What both have in one key of the environ; None where it is absent."""

    event: str
    key: str
    theirs: str | None
    ours: str | None


ROWS = {
    "decoded twice": Row("api_gateway_v2/decoded_path", "PATH_INFO", "/files/a/b/100%/A", "/files/a/b/100%/%41"),
    "undecodable": Row("function_url/encoded_path", "PATH_INFO", "ï¿½", "ÿ"),
    "query encoded again": Row("alb/encoded_query", "QUERY_STRING", "byte=%25FF", "byte=%FF"),
    "query of the single map": Row("api_gateway_v1/single_maps_only", "QUERY_STRING", "", "id=7&q=a+b"),
    "illegal query": Row("function_url/illegal_query", "QUERY_STRING", "q=a b|", "q=a%20b|"),
    "forged address": Row("alb/forwarded_chain", "REMOTE_ADDR", "203.0.113.9", "192.0.2.10"),
    "port in an address": Row("alb/client_port", "REMOTE_ADDR", "192.0.2.10:49152", "192.0.2.10"),
    "unknown address": Row("alb/no_forwarded_for", "REMOTE_ADDR", "127.0.0.1", None),
    "server name": Row("alb/plain", "SERVER_NAME", "zappa", "shop-1234567890.eu-central-1.elb.amazonaws.com"),
    "server port": Row("alb/ipv6_host", "SERVER_PORT", "80", "8080"),
    "scheme": Row("alb/plain", "wsgi.url_scheme", "https", "http"),
    "protocol": Row("api_gateway_v1/http2", "SERVER_PROTOCOL", "HTTP/1.1", "HTTP/2"),
    "login": Row("api_gateway_v1/iam_authorizer", "REMOTE_USER", "arn:aws:iam::123456789012:user/ines", None),
    "stage behind a domain": Row("api_gateway_v2/named_stage_custom_domain", "SCRIPT_NAME", "/prod", ""),
    "stage of the settings": Row("api_gateway_v1/plain", "SCRIPT_NAME", "/production", "/live"),
    "cookies": Row("function_url/cookie_header_wins", "HTTP_COOKIE", "a=1; stale=yes", "a=1; b=2"),
    "content type twice": Row("api_gateway_v1/base64_body", "HTTP_CONTENT_TYPE", "image/png", None),
    "length of no body": Row("api_gateway_v1/iam_authorizer", "CONTENT_LENGTH", "0", None),
    "spoofed": Row("alb/spoofed_headers", "HTTP_X_AMZ_TENANT_ID", "root", None),
    "underscore": Row("function_url/underscore", "HTTP_X_REAL_IP", "203.0.113.9", None),
    "letters": Row("function_url/non_latin1_header", "HTTP_X_CITY", "Łódź", "Å\x81Ã³dÅº"),
    "boolean": Row("function_url/values_not_text", "HTTP_X_ENABLED", "True", "true"),
    "null": Row("function_url/values_not_text", "HTTP_X_MISSING", "None", None),
}
every_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())


def environ_of(handler: Handler, event: Event) -> dict[str, str]:
    answer = handler(event, CONTEXT)
    assert isinstance(answer, dict)
    return dict(json.loads(answer["body"]))


def check(found: str | None, expected: str | None) -> None:
    """A part of a longer value will do, if there are other differences in it."""
    if expected:
        assert found is not None
        assert expected in found
    else:
        assert found == expected


@every_row
def test_what_our_app_sees(row: Row) -> None:
    check(environ_of(ours(), load(*row.event.split("/"))).get(row.key), row.ours)


@pytest.mark.slow
def test_what_zappa_s_app_sees(tmp_path: Path, serve_with_zappa: ServeWithZappa) -> None:
    handler = theirs(tmp_path, serve_with_zappa)
    for row in ROWS.values():
        check(environ_of(handler, load(*row.event.split("/"))).get(row.key), row.theirs)


# The event, the context and the authorizer are objects: this app tells which of their keys there are.
KEYS = """
import json

def app(environ, start_response):
    names = ("lambda.event", "lambda.context", "aws.event", "aws.context", "API_GATEWAY_AUTHORIZER")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({name: "" for name in names if name in environ}).encode()]
"""
AUTHORIZED = ("api_gateway_v1", "lambda_authorizer")


def test_the_names_of_the_event_and_the_context() -> None:
    KEPT.append(wsgi_handler(app_of(KEYS)))
    assert environ_of(KEPT[-1], load(*AUTHORIZED)).keys() == {"aws.event", "aws.context"}


@pytest.mark.slow
def test_zappa_s_names_of_the_event_and_the_context(tmp_path: Path, serve_with_zappa: ServeWithZappa) -> None:
    handler = theirs(tmp_path, serve_with_zappa, KEYS)
    keys = environ_of(handler, load(*AUTHORIZED)).keys()
    assert keys == {"lambda.event", "lambda.context", "API_GATEWAY_AUTHORIZER"}


def test_the_authorizer() -> None:
    event = load(*AUTHORIZED)
    found: list[object] = []

    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        found.append(lambda_request(environ).authorizer)
        start_response("204 No Content", [])
        return []

    KEPT.append(wsgi_handler(app))
    KEPT[-1](event, CONTEXT)
    (authorizer,) = found
    assert isinstance(authorizer, Authorizer)
    assert authorizer.claims == event["requestContext"]["authorizer"]


def test_a_base_path_is_a_whole_segment() -> None:
    assert seen_below(ours(base_path="/v1"), "/v1/items") == ("/v1", "/items")
    assert seen_below(ours(base_path="/v1"), "/v1beta") == ("", "/v1beta")


@pytest.mark.slow
def test_zappa_s_base_path_is_any_prefix(tmp_path: Path, serve_with_zappa: ServeWithZappa) -> None:
    handler = theirs(tmp_path, serve_with_zappa, base_path="v1")
    assert seen_below(handler, "/v1/items") == ("/v1", "/items")
    assert seen_below(handler, "/v1beta") == ("/v1", "beta")


def seen_below(handler: Handler, path: str) -> tuple[str, str]:
    event = load("function_url", "plain") | {"rawPath": path}
    event["requestContext"]["http"]["path"] = path
    environ = environ_of(handler, event)
    return environ["SCRIPT_NAME"], environ["PATH_INFO"]


# Responses


def get(handler: Handler, path: str, door: FrontDoor) -> httpx.Response:
    with httpx.Client(
        transport=LambdaTransport(handler, door, kind="handler"), base_url="https://shop.example.com"
    ) as client:
        return client.get(path)


def test_our_responses() -> None:
    handler = ours()
    failed = get(handler, "/fail", "http-api")
    assert (failed.status_code, failed.text) == (500, "Internal Server Error")
    for door in ("function-url", "rest", "alb-multi"):
        response = get(handler, "/items", door)
        assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert {value.strip() for line in response.headers.get_list("vary") for value in line.split(",")} == {
            "accept",
            "cookie",
        }
        assert get(handler, "/latin", door).text == "café"
        assert get(handler, "/image", door).content == b"\x89PNG"
    assert get(handler, "/items", "alb").headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert "connection" not in get(handler, "/items", "function-url").headers


@pytest.mark.slow
def test_zappa_s_responses(tmp_path: Path, serve_with_zappa: ServeWithZappa, capfd: pytest.CaptureFixture[str]) -> None:
    handler = theirs(tmp_path, serve_with_zappa)
    failed = get(handler, "/fail", "http-api")
    assert failed.status_code == 500
    assert "You can investigate this with the `zappa tail` command" in failed.text
    assert "division of the secret" in failed.text
    assert "Zappa Event: {" in capfd.readouterr().err
    assert get(handler, "/items", "function-url").headers.get_list("set-cookie") == ["a=1", "b=2", "a=1", "b=2"]
    assert set(get(handler, "/items", "alb").headers.get_list("set-cookie")) == {"b=2"}
    assert get(handler, "/items", "alb").headers["vary"] == "cookie"
    assert get(handler, "/latin", "function-url").status_code == 500
    assert get(handler, "/image", "function-url").content == b"\x89PNG"
    headers = result_of(handler, "/items")["headers"]
    assert headers["Connection"] == "close"
    assert headers["Vary"] == "accept,cookie"
    assert "division" not in get(theirs_again(tmp_path, serve_with_zappa, debug=False), "/fail", "http-api").text


def theirs_again(directory: Path, serve: ServeWithZappa, **settings: object) -> Handler:
    again = directory / f"again{len(list(directory.iterdir()))}"
    again.mkdir()
    return theirs(again, serve, WSGI, **settings)


def result_of(handler: Handler, path: str) -> Event:
    event = load("function_url", "plain") | {"rawPath": path}
    event["requestContext"]["http"]["path"] = path
    result = handler(event, CONTEXT)
    assert isinstance(result, dict)
    return result


@pytest.mark.slow
def test_zappa_as_text(tmp_path: Path, serve_with_zappa: ServeWithZappa) -> None:
    assert result_of(theirs_again(tmp_path, serve_with_zappa), "/shop")["isBase64Encoded"]
    handler = theirs(tmp_path, serve_with_zappa, binary_support=False)
    assert not result_of(handler, "/shop")["isBase64Encoded"]
    again = theirs_again(tmp_path, serve_with_zappa, additional_text_mimetypes=["application/x-shop"])
    assert not result_of(again, "/shop")["isBase64Encoded"]


def test_ours_as_text() -> None:
    assert result_of(ours(), "/shop")["isBase64Encoded"]
    assert not result_of(ours(body_encoding="text"), "/shop")["isBase64Encoded"]
    assert not result_of(ours(text_types=["application/x-shop"]), "/shop")["isBase64Encoded"]


# ASGI apps


def test_the_lifespan_and_the_loop_of_our_asgi_app() -> None:
    handler = asgi_handler(app_of(ASGI))
    KEPT.append(handler)
    assert [get(handler, "/", "function-url").json() for _ in range(2)] == [{"loops": 1, "lifespans": 1}] * 2


@pytest.mark.slow
def test_the_lifespan_and_the_loop_of_zappa_s_asgi_app(tmp_path: Path, serve_with_zappa: ServeWithZappa) -> None:
    handler = theirs(tmp_path, serve_with_zappa, ASGI)
    seen = [get(handler, "/", "function-url").json() for _ in range(2)]
    assert seen == [{"loops": 1, "lifespans": 0}, {"loops": 2, "lifespans": 0}]


# Events other than requests


def test_our_events() -> None:
    handler = ours()
    assert environ_of_event(handler, "sqs") == ("POST", "/events")
    assert handler({}, CONTEXT) is None
    shipped: list[Event] = []
    assert ours(on_event={"sqs": shipped.append})(load("pass_through", "sqs"), CONTEXT) is None
    assert shipped == [load("pass_through", "sqs")]
    with pytest.raises(ZeroDivisionError):
        ours(on_event={"sqs": lambda: 1 / 0})(load("pass_through", "sqs"), CONTEXT)


def environ_of_event(handler: Handler, name: str) -> tuple[str, str]:
    environ = handler(load("pass_through", name), CONTEXT)
    assert isinstance(environ, dict)
    return environ["REQUEST_METHOD"], environ["PATH_INFO"]


@pytest.mark.slow
def test_zappa_s_events(tmp_path: Path, serve_with_zappa: ServeWithZappa) -> None:
    program = WSGI + "\n\ndef ship(event, context):\n    return len(event['Records'])\n"
    handler = theirs(tmp_path, serve_with_zappa, program)
    event = load("pass_through", "sqs")
    assert handler(event, CONTEXT) is None  # a queue without a function: its messages are lost
    assert handler({"command": "main.ship", "Records": [1, 2]}, CONTEXT) == 2
    assert handler({"raw_command": "import os; open('ran', 'w').close()"}, CONTEXT) is None
    assert (tmp_path / "ran").exists()
    with pytest.raises(HandlerError):
        handler({"command": "main.nothing"}, CONTEXT)


def test_a_raw_command_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = ours()({"raw_command": "open('ran', 'w').close()"}, CONTEXT)
    assert isinstance(environ, dict)
    assert environ["PATH_INFO"] == "/events"
    assert list(tmp_path.iterdir()) == []
