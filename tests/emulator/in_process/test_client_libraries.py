"""The transports under httpx and under httpx2: each client gets requests and responses of its own library."""

import asyncio
from pathlib import Path
from types import ModuleType
from typing import cast

import httpx
import httpx2
import pytest

from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport
from tests.support.behaviours import TEXT, answers, asgi, echo, wsgi
from tests.support.child_process import Process, inherited_environment, python
from tests.support.in_process_clients import BASE, Colour, every_colour
from tests.support.small_apps import PART, plays
from tests.support.stepped_app import SteppedApp, app_of, in_both_colours

every_library = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])


@every_library
@every_colour
@pytest.mark.parametrize("origin", ["function-url", "rest", "alb", "lambda-edge"])
def test_a_client_gets_a_response_of_its_own_library(library: ModuleType, colour: Colour, origin: str) -> None:
    with library.Client(transport=LambdaTransport(colour(echo), origin), base_url=BASE) as client:  # type: ignore[arg-type]
        response = client.put("/café?x=1", content="☕", headers={"Cookie": "a=1"})
    assert isinstance(response, library.Response)
    assert response.json() == ["PUT", "/café", [["x", "1"]], "a=1", "☕".encode().decode("latin-1")]
    assert response.extensions["aws.context"].aws_request_id


@every_library
@every_colour
def test_an_async_client_gets_a_response_of_its_own_library(library: ModuleType, colour: Colour) -> None:
    async def ask() -> object:
        transport = AsyncLambdaTransport(colour(echo), "rest")  # type: ignore[arg-type]
        async with library.AsyncClient(transport=transport, base_url=BASE) as client:
            response = await client.put("/café?x=1", content="☕")
        assert isinstance(response, library.Response)
        assert response.extensions["aws.event"]["httpMethod"] == "PUT"
        return response.json()

    assert asyncio.run(ask()) == ["PUT", "/café", [["x", "1"]], "", "☕".encode().decode("latin-1")]


@every_library
def test_cookies_and_redirects_are_the_client_s(library: ModuleType) -> None:
    def view(environ: Environ, start_response: StartResponse) -> list[bytes]:
        if environ["PATH_INFO"] == "/login":
            start_response("303 See Other", [("Location", "/home"), ("Set-Cookie", "id=7")])
            return []
        start_response("200 OK", [])
        return [environ["HTTP_COOKIE"].encode()]

    transport = LambdaTransport(view, "http-api")
    with library.Client(transport=transport, base_url=BASE, follow_redirects=True) as client:
        assert client.post("/login").text == "id=7"


@every_library
@in_both_colours
def test_a_stream_arrives_in_step_with_the_app(library: ModuleType, colour: str) -> None:
    stepped_app = SteppedApp(3)
    transport = LambdaTransport(app_of(stepped_app, colour), invoke_mode="response_stream")  # type: ignore[arg-type]
    stepped_app.allow()
    seen = []
    with library.Client(transport=transport, base_url=BASE) as client, client.stream("GET", "/") as response:
        for chunk in response.iter_raw():
            seen.append(chunk)
            stepped_app.allow()
    assert seen == [b"1", b"2", b"3"]


@every_library
@in_both_colours
def test_a_client_that_hangs_up_ends_the_app(library: ModuleType, colour: str) -> None:
    stepped_app = SteppedApp(1_000_000)
    stepped_app.allow(1_000_000)

    async def ask() -> None:
        transport = AsyncLambdaTransport(app_of(stepped_app, colour), invoke_mode="response_stream")  # type: ignore[arg-type]
        async with library.AsyncClient(transport=transport, base_url=BASE) as client:
            async with client.stream("GET", "/") as response:
                assert await anext(response.aiter_raw()) == b"1"
            assert stepped_app.ended.is_set()

    asyncio.run(ask())


@every_library
def test_a_stream_that_breaks_off_raises_the_library_s_error(
    library: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    start = {"type": "http.response.start", "status": 200}
    app = plays(start, PART, LookupError("gone"))
    transport = LambdaTransport(app, invoke_mode="response_stream", lifespan="off")
    with (
        library.Client(transport=transport, base_url=BASE) as client,
        pytest.raises(library.RemoteProtocolError, match=r"^The response broke off"),
    ):
        client.get("/")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@every_library
def test_the_lifespan_is_the_client_s_with(library: ModuleType) -> None:
    happened = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while scope["type"] == "lifespan":
            message = cast("str", (await receive())["type"])
            happened.append(message)
            await send({"type": f"{message}.complete"})
            if message == "lifespan.shutdown":
                return
        await asgi(answers(204))(scope, receive, send)

    with library.Client(transport=LambdaTransport(app), base_url=BASE) as client:
        assert happened == ["lifespan.startup"]
        assert client.get("/").status_code == 204
    assert happened == ["lifespan.startup", "lifespan.shutdown"]


def test_clients_of_both_libraries_can_share_a_transport() -> None:
    transport = LambdaTransport(wsgi(answers(200, TEXT, body=[b"ok"])))
    for library in (httpx, httpx2, httpx):
        with library.Client(transport=transport, base_url=BASE) as client:
            assert client.get("/").text == "ok"


def test_a_request_of_another_library_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^Expected a request of httpx or httpx2, got 'GET /'\.$"):
        LambdaTransport(wsgi(echo)).handle_request("GET /")  # type: ignore[call-overload]


PROGRAM = """
import sys
from lambda_http_adapter.testing import AsyncLambdaTransport, LambdaTransport

def app(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]

transport = LambdaTransport(app)
assert not {"httpx", "httpx2"} & set(sys.modules)
"""


@pytest.mark.parametrize(
    ("use", "loaded"),
    [
        ("import httpx2; assert httpx2.Client(transport=transport).get('https://x').text == 'ok'", ["httpx2"]),
        ("import httpx; assert httpx.Client(transport=transport).get('https://x').text == 'ok'", ["httpx"]),
        ("from lambda_http_adapter.testing import make_event", ["httpx"]),
    ],
)
def test_neither_library_is_imported_before_it_is_needed(use: str, loaded: list[str], tmp_path: Path) -> None:
    code = f"{PROGRAM}\n{use}\nprint(*sorted({{'httpx', 'httpx2'}} & set(sys.modules)))"
    with Process(python(code=code), inherited_environment(), tmp_path) as process:
        assert process.wait() == 0, process.stderr
        assert process.stdout.split() == loaded
