"""A path of the app as a hook: no client gets there, and the environment does, whatever else the function serves."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._apps.asgi import asgi_function
from lambda_http_adapter._apps.hook_paths import post, post_async
from lambda_http_adapter._apps.wsgi import wsgi_function
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import Config, load_config
from lambda_http_adapter.errors import AppError
from lambda_http_adapter.origins import ORIGINS, Origin
from lambda_http_adapter.testing import make_event

PATH = "/hooks/über 100%"


class App:
    """Of either colour. It takes empty segments for none, as werkzeug's router may, and keeps what reaches it."""

    def __init__(self) -> None:
        self.reached: list[tuple[str, str]] = []

    async def asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append((cast("str", scope["path"]), cast("str", scope["aws.request_origin"])))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    def wsgi(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        self.reached.append((environ["PATH_INFO"].encode("latin-1").decode(), environ["aws.request_origin"]))
        start_response("204 No Content", [])
        return []


OPTIONS: dict[str, Any] = {"on_snapshot": PATH, "on_restore": "/after//restore/", "base_path": "/v1"}
colours = pytest.mark.parametrize("colour", ["asgi", "wsgi"])


def status(app: App, colour: str, path: str) -> int:
    if colour == "asgi":
        handler = asgi_handler(app.asgi, lifespan="off", **OPTIONS)
    else:
        handler = wsgi_handler(app.wsgi, **OPTIONS)
    return cast("dict[str, int]", handler(make_event("POST", path), None))["statusCode"]


@colours
@pytest.mark.parametrize(
    "path",
    [
        "/hooks/%C3%BCber%20100%25",
        "/v1/hooks/%C3%BCber%20100%25",
        "/hooks/%C3%BCber%20100%25/",
        "/v1//hooks//%C3%BCber%20100%25//",
        "/%68ooks/%C3%BCber%20100%25",
        "/after/restore",
        "/after//restore",
    ],
)
def test_no_client_gets_there(colour: str, path: str) -> None:
    app = App()
    assert status(app, colour, path) == 403
    assert app.reached == []


@colours
@pytest.mark.parametrize("path", ["/", "/hooks", "/hooks/%C3%BCber%20100%25/more", "/after", "/afterrestore"])
def test_other_paths_are_the_client_s(colour: str, path: str) -> None:
    app = App()
    assert status(app, colour, path) == 204
    assert len(app.reached) == 1


def origin(name: str) -> Origin:
    return next(origin for origin in ORIGINS if origin.name == name)


GREEDY = Origin("mine", lambda event: True, origin("alb").decode, origin("alb").encode)


def unused(event: object) -> None:
    raise AssertionError


@colours
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"origins": [origin("alb")]},
        pytest.param({"origins": [GREEDY]}, id="an origin that matches all"),
        {"origins": [origin("alb")], "on_event": unused},
        {"origins": [origin("alb")], "pass_through_path": None},
        {"invoke_mode": "response_stream"},
        {"base_path": "/hooks"},
        {"root_path": "/v1"},
        {"rival_keys": True, "fail_on_status": "200", "deadline_margin_ms": 1000},
    ],
    ids=lambda options: ", ".join(options) or "none",  # stable, unlike the texts of objects
)
def test_the_environment_gets_there(colour: str, options: dict[str, object], caplog: pytest.LogCaptureFixture) -> None:
    app = App()
    config: Config = load_config({"on_snapshot": PATH} | options, {})
    if colour == "asgi":
        asyncio.run(post_async(asgi_function(app.asgi, config), PATH))
    else:
        post(wsgi_function(app.wsgi, config), PATH)
    ((path, door),) = app.reached
    assert path.endswith("/über 100%")
    assert door == "function_url"
    assert caplog.records == []


@colours
def test_a_hook_that_fails_behind_its_head_has_failed(colour: str) -> None:
    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        raise ValueError("the cache is down")

    def wsgi(environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Length", "4")])
        yield b"ok"
        raise ValueError("the cache is down")

    config = load_config({"on_snapshot": PATH}, {})

    def call() -> None:
        if colour == "asgi":
            asyncio.run(post_async(asgi_function(asgi, config), PATH))
        else:
            post(wsgi_function(wsgi, config), PATH)

    with pytest.raises(AppError):
        call()
