"""Whether an app is what it is given as, found out before the first request."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from asgiref.wsgi import WsgiToAsgi
from fastapi import FastAPI
from flask import Flask

from lambda_http_adapter._apps.asgi import single_callable
from lambda_http_adapter._apps.exchange import arity, web_kind
from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import ConfigurationError

if TYPE_CHECKING:
    from lambda_http_adapter._apps.kind import WebKind


class ASGI2:
    def __init__(self, scope: object) -> None: ...
    async def __call__(self, receive: object, send: object) -> None: ...


class Iterable:
    def __init__(self, environ: object, start_response: object) -> None: ...
    def __iter__(self) -> object: ...


class Invoker:
    def invoke(self, payload: bytes) -> bytes: ...  # type: ignore[empty-body]


class Methods:
    def two(self, environ: object, start_response: object) -> object: ...
    async def three(self, scope: object, receive: object, send: object) -> None: ...


async def asgi(scope: object, receive: object, send: object) -> None: ...
async def asgi_with_options(scope: object, receive: object, send: object, debug: bool = False) -> None: ...
async def forwards(*arguments: object) -> None: ...
def wsgi(environ: object, start_response: object) -> object: ...
def short_names(env: object, sr: object) -> object: ...
def sync_forwards(*arguments: object) -> object: ...
def handler(event: object, context: object) -> object: ...
def order(order: object) -> object: ...
async def awaited(one: object, two: object) -> object: ...
def view(request: object) -> object: ...
def create_app(debug: bool = False) -> object: ...
def keyword(*, scope: object) -> object: ...
def four(a: object, b: object, c: object, d: object) -> object: ...


FLASK, FASTAPI, METHODS = Flask("flask"), FastAPI(), Methods()


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (asgi, 3),
        (asgi_with_options, None),
        (forwards, None),
        (wsgi, 2),
        (METHODS.three, 3),
        (METHODS.two, 2),
        (FASTAPI, 3),
        (FLASK, 2),
        (functools.partial(asgi), None),
        (ASGI2, None),
        (None, None),
    ],
)
def test_arity(app: object, expected: int | None) -> None:
    assert arity(app) == expected


@pytest.mark.parametrize("app", [asgi, METHODS.three, FASTAPI, asgi_with_options, functools.partial(asgi), forwards])
def test_asgi_apps_stay_what_they_are(app: Callable[..., object]) -> None:
    assert single_callable(app) is app  # type: ignore[arg-type]


def test_asgi_2_is_wrapped() -> None:
    assert single_callable(ASGI2) is not ASGI2  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("app", [wsgi, METHODS.two, FLASK, functools.partial(wsgi), forwards, print])
def test_wsgi_apps(app: Callable[..., object]) -> None:
    WSGIFunction(app, Config())  # type: ignore[arg-type]


WRONG = [
    (FLASK, " It looks like a WSGI app: run_wsgi() and wsgi_handler() serve those."),
    (wsgi, " It looks like a WSGI app: run_wsgi() and wsgi_handler() serve those."),
    ("main:app", " An import string is for the command line: `lambda-http-adapter run`."),
    (None, ""),
    (FastAPI, ""),
]


@pytest.mark.parametrize(("app", "hint"), WRONG)
def test_no_asgi_app(app: object, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        single_callable(app)  # type: ignore[arg-type]
    expected = "Expected an ASGI app, which is called with (scope, receive, send), got"
    assert str(caught.value) == f"{expected} {app!r}.{hint}"


def test_no_wsgi_app() -> None:
    with pytest.raises(ConfigurationError) as caught:
        WSGIFunction(FASTAPI, Config())  # type: ignore[arg-type]
    expected = "Expected a WSGI app, which is called with (environ, start_response), got"
    hint = " It looks like an ASGI app: run_asgi() and asgi_handler() serve those."
    assert str(caught.value) == f"{expected} {FASTAPI!r}.{hint}"


@pytest.mark.parametrize("asked", ["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("app", "kind"),
    [
        (FASTAPI, "asgi"),
        (asgi, "asgi"),
        (asgi_with_options, "asgi"),
        (functools.partial(asgi), "asgi"),
        (forwards, "asgi"),
        (ASGI2, "asgi"),
        (METHODS.three, "asgi"),
        (WsgiToAsgi(FLASK), "asgi"),  # type: ignore[no-untyped-call]
        (FLASK, "wsgi"),
        (wsgi, "wsgi"),
        (short_names, "wsgi"),
        (functools.partial(wsgi), "wsgi"),
        (METHODS.two, "wsgi"),
        (Iterable, "wsgi"),
    ],
)
def test_an_app_is_what_its_signature_says(
    app: object, kind: str, asked: WebKind, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert web_kind(app, asked) == kind
    name = {"asgi": "an ASGI", "wsgi": "a WSGI"}[kind]
    said = [f"{type(app).__name__} is {name} app and is served as one"]
    assert [record.getMessage() for record in caplog.records] == ([] if kind == asked else said)


@pytest.mark.parametrize("asked", ["asgi", "wsgi"])
@pytest.mark.parametrize("app", [sync_forwards, print])
def test_an_app_whose_signature_says_nothing_is_what_it_is_taken_for(app: object, asked: WebKind) -> None:
    assert web_kind(app, asked) == asked


@pytest.mark.parametrize("asked", ["asgi", "wsgi"])
@pytest.mark.parametrize(
    ("app", "hint"),
    [
        (handler, " It looks like a handler of events: run() serves those."),
        (awaited, " It looks like a handler of events: run() serves those."),
        (order, " It looks like a handler of events: run() serves those."),
        (Invoker(), " It looks like a handler of events: run() serves those."),
        (view, " It looks like a handler of requests: run_http() and http_handler() serve those."),
        (create_app, " It looks like a factory: an app is what it returns."),
        (FastAPI, " It is a class: an app is an instance of it."),
        ("main:app", " An import string is for the command line: `lambda-http-adapter run`."),
        (keyword, ""),
        (four, ""),
        (None, ""),
    ],
)
def test_what_is_no_app_is_refused(app: object, hint: str, asked: WebKind) -> None:
    with pytest.raises(ConfigurationError) as caught:
        web_kind(app, asked)
    assert str(caught.value) == (
        "Expected an ASGI app, which is called with (scope, receive, send), or a WSGI app, which is called with "
        f"(environ, start_response); got {app!r}.{hint}"
    )
