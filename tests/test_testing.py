"""`lambda_http_adapter.testing`: an app asked in this process, through the event and the answer of a front door."""

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast
from wsgiref.validate import validator

import httpx
import pytest
from werkzeug import Request
from werkzeug.middleware.lint import LintMiddleware

from lambda_http_adapter import RequestOrigin, current_context
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse, WSGIApp
from lambda_http_adapter.errors import ConfigurationError
from lambda_http_adapter.origins import detect
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport
from tests.support import behaviours
from tests.support.behaviours import BYTES, PIXEL, TEXT, answers, asgi, broken, echo, wsgi
from tests.support.in_process_clients import BASE, GET, Ask, Colour, ask_client, every_client, every_colour
from tests.support.small_apps import seen

EXECUTE_API = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
every_door = pytest.mark.parametrize("origin", DOORS)

# What a client sees


@every_client
@every_colour
@every_door
def test_a_request_and_its_answer(origin: str, colour: Colour, ask: Ask) -> None:
    headers = [("Content-Type", "text/plain"), ("Cookie", "a=1; b=2")]
    request = httpx.Request("PUT", f"{BASE}/caf%C3%A9/a%2Fb?x=1&x=2", headers=headers, content="☕")
    response = ask(colour(echo), origin, request)
    query = [["x", "2"]] if origin == "alb" else [["x", "1"], ["x", "2"]]
    assert response.json() == ["PUT", "/café/a/b", query, "a=1; b=2", "☕".encode().decode("latin-1")]
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    event = response.extensions["aws.event"]
    assert detect(event).name == DOORS[origin].origin
    assert json.loads(json.dumps(event)) == event


@every_client
@every_colour
@every_door
def test_bytes_and_cookies(origin: str, colour: Colour, ask: Ask) -> None:
    response = ask(colour(answers(201, BYTES, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), body=[PIXEL])), origin)
    assert (response.status_code, response.content) == (201, PIXEL)
    assert response.headers.get_list("set-cookie") == ["a=1", "b=2"]


@every_client
def test_a_rest_api_without_binary_media_types(ask: Ask) -> None:
    assert ask(wsgi(answers(200, BYTES, body=[b"\xff\x00"])), "rest", binary_media_types=()).text == "/wA="


@every_client
@every_colour
def test_a_body_that_comes_in_pieces(colour: Colour, ask: Ask) -> None:
    assert ask(colour(answers(200, TEXT, body=[b"one ", b"", b"two"]))).content == b"one two"


@pytest.mark.parametrize(
    ("origin", "options", "url", "root_path"),
    [
        ("rest", {"stage": "live"}, f"{EXECUTE_API}/live/notes", "/live"),
        ("http-api", {"stage": "live"}, f"{EXECUTE_API}/live/notes", "/live"),
        ("rest", {"stage": "live"}, f"{BASE}/notes", ""),
        ("rest", {"stage": "live", "domain_name": EXECUTE_API[8:]}, f"{BASE}/live/notes", "/live"),
        ("rest", {"base_path": "shop"}, f"{BASE}/shop/notes", "/shop"),
        ("alb", {"base_path": "/shop"}, f"{BASE}/shop/notes", "/shop"),
        ("function-url", {"root_path": "/cdn"}, f"{BASE}/notes", "/cdn"),
    ],
)
@every_client
def test_mounts(origin: str, options: dict[str, object], url: str, root_path: str, ask: Ask) -> None:
    told = ask(seen, origin, httpx.Request("GET", url), **options).json()
    assert told == {"method": "GET", "path": f"{root_path}/notes", "root_path": root_path, "scheme": "https"}


@every_client
def test_options_from_the_environment(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_BASE_PATH", "/shop")
    assert ask(seen, "rest", httpx.Request("GET", f"{BASE}/shop/notes")).json()["root_path"] == "/shop"
    with pytest.raises(ValueError, match=r"^Expected a path below '/shop', got '/notes'"):
        ask(seen, "rest", httpx.Request("GET", f"{BASE}/notes"))


@every_client
def test_outside_of_the_stage_there_is_nobody(ask: Ask) -> None:
    with pytest.raises(ValueError, match=r"^Expected a path below '/live', got '/notes'"):
        ask(seen, "rest", httpx.Request("GET", f"{EXECUTE_API}/notes"), stage="live")


@every_client
def test_the_client_s_address(ask: Ask) -> None:
    def view(environ: Environ, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["REMOTE_ADDR"].encode()]

    assert ask(view, "alb", client="192.0.2.44").content == b"192.0.2.44"


def test_a_session_of_cookies_and_redirects() -> None:
    def view(environ: Environ, start_response: StartResponse) -> list[bytes]:
        if environ["PATH_INFO"] == "/login":
            start_response("303 See Other", [("Location", "/home"), ("Set-Cookie", "id=7")])
            return []
        start_response("200 OK", [])
        return [environ["HTTP_COOKIE"].encode()]

    with httpx.Client(transport=LambdaTransport(view, "http-api"), base_url=BASE, follow_redirects=True) as client:
        assert client.post("/login").text == "id=7"


# What goes wrong


@every_client
@every_colour
@pytest.mark.parametrize("delivery", ["buffered", "response_stream"])
def test_an_app_that_raises(colour: Colour, ask: Ask, delivery: str, caplog: pytest.LogCaptureFixture) -> None:
    response = ask(colour(broken), invoke_mode=delivery)
    assert (response.status_code, response.text) == (500, "Internal Server Error")
    assert [record.exc_info is not None for record in caplog.records] == [True]


@every_client
@every_colour
@pytest.mark.parametrize(
    ("origin", "status", "size", "options"),
    [
        ("alb", 200, 1024 * 1024, {}),
        ("function-url", 503, 1, {"fail_on_status": "503"}),
        ("rest", 503, 1, {"fail_on_status": "503", "invoke_mode": "response_stream"}),
    ],
)
def test_a_failed_invocation(
    colour: Colour,
    ask: Ask,
    origin: str,
    status: int,
    size: int,
    options: dict[str, object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert ask(colour(answers(status, TEXT, body=[b"x" * size])), origin, GET, **options).status_code == 502
    (record,) = caplog.records
    assert record.levelname == "ERROR"


@every_client
@pytest.mark.parametrize("delivery", ["buffered", "response_stream"])
def test_an_app_that_leaves(ask: Ask, delivery: str) -> None:
    def leave(environ: Environ, start_response: StartResponse) -> list[bytes]:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        ask(leave, invoke_mode=delivery)


def takes_five(a: object, b: object, c: object, d: object, e: object) -> None: ...


@every_client
@pytest.mark.parametrize(
    ("app", "origin", "options", "sentence"),
    [
        (seen, "cloudflare", {}, "There is no front door 'cloudflare'; expected one of: function-url, http-api, "),
        (seen, "alb", {"lifespan": "maybe"}, "The option lifespan is 'maybe'; expected one of "),
        ("tests.support.small_apps:nothing", "alb", {}, "'tests.support.small_apps' has no attribute 'nothing'"),
        (seen, "alb", {"kind": "cgi"}, "The kind is 'cgi'; expected one of 'asgi', 'wsgi', 'http', 'handler'."),
        (takes_five, "alb", {}, f"The signature of {takes_five!r} doesn't show what it is called with. Give "),
    ],
    ids=["origin", "option", "import-string", "kind", "signature"],
)
def test_wrong_configuration(app: object, origin: str, options: dict[str, object], sentence: str, ask: Ask) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ask(app, origin, GET, **options)
    assert str(caught.value).startswith(sentence)


def raise_in_a_handler(event: object, context: object) -> object:
    raise LookupError("no such table")


async def raise_in_a_handler_later(event: object, context: object) -> object:
    return raise_in_a_handler(event, context)


@every_client
@pytest.mark.parametrize("handler", [raise_in_a_handler, raise_in_a_handler_later])
def test_a_handler_that_raises(handler: object, ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    assert ask(handler, "alb").status_code == 502
    assert ask(handler, RequestOrigin.pass_through).json()["errorMessage"] == "no such table"
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 2


# What runs


def say_hello(request: Request) -> str:
    return f"hello {request.args['name']}"


async def say_hello_later(request: Request) -> str:
    return say_hello(request)


def handle(event: dict[str, object], context: object) -> dict[str, object]:
    return {"statusCode": 200, "body": f"hello {cast('dict[str, str]', event['queryStringParameters'])['name']}"}


async def handle_later(event: dict[str, object], context: object) -> dict[str, object]:
    return handle(event, context)


@every_client
@pytest.mark.parametrize("app", [say_hello, say_hello_later, handle, handle_later, "http:tests.test_testing:say_hello"])
def test_functions(app: object, ask: Ask) -> None:
    assert ask(app, request=httpx.Request("GET", f"{BASE}/?name=you")).text == "hello you"


async def any_asgi(*arguments: object) -> None:
    scope, receive, send = cast("tuple[Scope, Receive, Send]", arguments)
    await asgi(answers(200, TEXT, body=[b"hello"]))(scope, receive, send)


def any_wsgi(*arguments: object) -> object:
    environ, start_response = cast("tuple[Environ, StartResponse]", arguments)
    return wsgi(answers(200, TEXT, body=[b"hello"]))(environ, start_response)


def any_handler(*arguments: object) -> dict[str, object]:
    event, _ = arguments
    assert isinstance(event, dict)
    return {"statusCode": 200, "body": "hello"}


@every_client
@pytest.mark.parametrize(
    ("app", "kind"),
    [
        (any_asgi, "asgi"),
        (any_wsgi, "wsgi"),
        (validator(wsgi(answers(200, TEXT, body=[b"hello"]))), "wsgi"),
        (LintMiddleware(wsgi(answers(200, TEXT, body=[b"hello"]))), "wsgi"),
        (any_handler, "handler"),
        (lambda *arguments: "hello", "http"),
        ("tests.test_testing:any_wsgi", "wsgi"),
        ("wsgi:tests.test_testing:any_wsgi", None),
    ],
    ids=["asgi", "wsgi", "wsgiref.validate", "LintMiddleware", "handler", "http", "import-string", "prefix"],
)
def test_an_app_that_takes_any_arguments_is_called_as_its_kind(app: object, kind: str | None, ask: Ask) -> None:
    response = ask(app, "rest", httpx.Request("GET", f"{BASE}/", headers={"accept": "*/*"}), kind=kind)
    assert (response.status_code, response.text) == (200, "hello")


@every_client
@every_colour
@pytest.mark.parametrize("delivery", ["buffered", "response_stream"])
def test_each_invocation_has_its_context(colour: Colour, ask: Ask, delivery: str) -> None:
    contexts = []

    def view(request: behaviours.Request) -> behaviours.Response:
        contexts.append(current_context())
        return behaviours.Response(204, [])

    response = ask(colour(view), invoke_mode=delivery)
    (context,) = contexts
    assert context is response.extensions["aws.context"]
    assert 0 < context.get_remaining_time_in_millis() <= 30_000
    assert current_context() is None


def test_a_wsgi_app_runs_in_the_thread_of_its_client() -> None:
    threads = []

    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        threads.append(threading.current_thread())
        start_response("204 No Content", [])
        return []

    ask_client(app)
    assert threads == [threading.current_thread()]


def test_many_requests_at_once() -> None:
    async def ask_all() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=AsyncLambdaTransport(asgi(echo)), base_url=BASE) as client:
            return await asyncio.gather(*(client.get(f"/{number}") for number in range(20)))

    paths = [response.json()[1] for response in asyncio.run(ask_all())]
    with (
        httpx.Client(transport=LambdaTransport(asgi(echo)), base_url=BASE) as client,
        ThreadPoolExecutor(4) as threads,
    ):
        responses = list(threads.map(client.get, paths))
    assert [response.json()[1] for response in responses] == paths == [f"/{number}" for number in range(20)]


async def anything(*arguments: object) -> None:
    scope, send = cast(Scope, arguments[0]), cast(Send, arguments[2])
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


def plain(environ: Environ, start_response: StartResponse) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


@pytest.mark.parametrize("app", [anything, validator(plain), LintMiddleware(plain)], ids=["asgi", "validator", "lint"])
def test_an_app_that_takes_any_arguments_is_a_web_app(app: WSGIApp) -> None:
    with httpx.Client(transport=LambdaTransport(app, lifespan="off"), base_url="https://x") as client:
        assert client.get("/", headers={"accept": "*/*"}).text == "ok"
