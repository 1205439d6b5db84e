"""`lambda_request`: from what a framework hands its views to the invocation behind them."""

from collections.abc import Callable

import flask
import pytest
from starlette.requests import Request

from lambda_http_adapter import LambdaContext, lambda_request

EVENT: dict[str, object] = {"version": "2.0"}
CONTEXT = LambdaContext("r-1", 0, "arn:aws:lambda:eu-west-1:123456789012:function:greeter")
KEYS: dict[str, object] = {"aws.event": EVENT, "aws.context": CONTEXT, "aws.request_origin": "function_url"}


def flask_request(keys: dict[str, object]) -> object:
    app = flask.Flask(__name__)
    with app.test_request_context("/", environ_overrides=keys):
        return lambda_request(flask.request)


SOURCES: list[tuple[str, Callable[[dict[str, object]], object]]] = [
    ("ASGI scope", lambda keys: lambda_request({"type": "http", **keys})),
    ("WSGI environ", lambda keys: lambda_request({"REQUEST_METHOD": "GET", **keys})),
    ("Starlette request", lambda keys: lambda_request(Request({"type": "http", **keys}))),
    ("Flask request", flask_request),
]


@pytest.mark.parametrize("ask", [ask for _, ask in SOURCES], ids=[name for name, _ in SOURCES])
def test_sources(ask: Callable[[dict[str, object]], object]) -> None:
    assert ask(KEYS) == (EVENT, CONTEXT, "function_url")
    assert ask({**KEYS, "aws.context": None}) == (EVENT, None, "function_url")
    with pytest.raises(LookupError, match=r"^This request did not come through AWS Lambda\.$"):
        ask({})


@pytest.mark.parametrize("source", [None, "text", [], object()], ids=["None", "text", "list", "object"])
def test_what_is_no_request(source: object) -> None:
    with pytest.raises(LookupError, match=r"^This request did not come through AWS Lambda\.$"):
        lambda_request(source)
