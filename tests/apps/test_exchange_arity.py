"""Whether an app is what it is given as, found out before the first request."""

import functools
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from flask import Flask

from lambda_http_adapter._apps.asgi import single_callable
from lambda_http_adapter._apps.exchange import arity
from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import ConfigurationError


class ASGI2:
    def __init__(self, scope: object) -> None: ...
    async def __call__(self, receive: object, send: object) -> None: ...


class Methods:
    def two(self, environ: object, start_response: object) -> object: ...
    async def three(self, scope: object, receive: object, send: object) -> None: ...


async def asgi(scope: object, receive: object, send: object) -> None: ...
async def asgi_with_options(scope: object, receive: object, send: object, debug: bool = False) -> None: ...
async def forwards(*arguments: object) -> None: ...
def wsgi(environ: object, start_response: object) -> object: ...


FLASK, FASTAPI, METHODS = Flask("flask"), FastAPI(), Methods()


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (asgi, 3),
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
