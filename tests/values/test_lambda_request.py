"""`lambda_request`: from what a framework hands its views to the invocation behind them."""

import json
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import cast

import flask
import pytest
from asgiref.wsgi import WsgiToAsgi
from django.conf import settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from werkzeug.test import EnvironBuilder

from lambda_http_adapter import LambdaContext, RequestOrigin, asgi_handler, lambda_request
from lambda_http_adapter._apps.asgi import build_scope
from lambda_http_adapter._apps.exchange import Exchange, open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._types import ASGIApp, WSGIApp
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.lambda_request import Authorizer, LambdaRequest
from tests.support.origin_events import load_event
from tests.support.response_recorder import ResponseRecorder

CONTEXT = LambdaContext("r-1", 0, "arn:aws:lambda:eu-west-1:123456789012:function:greeter")


def exchange_of(event: object) -> Exchange:
    return open_exchange(event, CONTEXT, Config(), ResponseRecorder())


def from_scope(event: object) -> LambdaRequest:
    return lambda_request(build_scope(exchange_of(event), {}))


def from_environ(event: object) -> LambdaRequest:
    return lambda_request(build_environ(exchange_of(event)))


def from_starlette(event: object) -> LambdaRequest:
    return lambda_request(Request(build_scope(exchange_of(event), {})))


def from_flask(event: object) -> LambdaRequest:
    with flask.Flask(__name__).request_context(build_environ(exchange_of(event))):
        return lambda_request(flask.request)


def from_django(event: object) -> LambdaRequest:
    if not settings.configured:
        settings.configure()
    from django.core.handlers.wsgi import WSGIRequest

    return lambda_request(WSGIRequest(build_environ(exchange_of(event))))


def from_django_asgi(event: object) -> LambdaRequest:
    from_django(event)  # configures it
    from django.core.handlers.asgi import ASGIRequest

    return lambda_request(ASGIRequest(build_scope(exchange_of(event), {}), BytesIO()))


SOURCES: list[Callable[[object], LambdaRequest]] = [
    from_scope,
    from_environ,
    from_starlette,
    from_flask,
    from_django,
    from_django_asgi,
]


@pytest.mark.parametrize("ask", SOURCES)
def test_every_source_tells_the_same(ask: Callable[[object], LambdaRequest]) -> None:
    event = load_event("api_gateway_v1", "live")
    aws = ask(event)
    assert aws.event == event
    assert aws.context is CONTEXT
    assert aws.origin == RequestOrigin.api_gateway_v1
    assert aws.request_context == event["requestContext"]
    assert aws.raw_path == "/live/capture/space%20value"
    assert aws.path_parameters == {"proxy": "capture/space%20value"}
    assert aws.stage_variables == {}
    assert aws.query_parameters == {
        "empty": [""],
        "encodedPlus": ["a+b"],
        "literalPlus": ["a b"],
        "redirect": ["https://example.com/a/b"],
        "repeat": ["one", "two"],
    }
    assert aws.authorizer is None


V1: dict[str, object] = {"httpMethod": "GET", "path": "/", "resource": "/"}
V2: dict[str, object] = {"version": "2.0", "rawPath": "/"}
LATTICE: dict[str, object] = {"version": "2.0", "path": "/", "method": "GET"}
IAM: dict[str, object] = {"accessKey": "AKIA", "userArn": "arn:aws:iam::123456789012:user/ada"}
VISITOR = {"sourceIp": "192.0.2.1", "userArn": None, "accessKey": None}
BLANK_IAM = {"accessKey": "", "userArn": "", "cognitoIdentity": {"amr": None, "identityId": ""}}

AUTHORIZERS: list[tuple[str, dict[str, object], dict[str, object], Authorizer | None]] = [
    ("1.0, nobody", V1, {"identity": VISITOR}, None),
    ("1.0, null", V1, {"authorizer": None}, None),
    ("REST, Cognito", V1, {"authorizer": {"claims": {"sub": "ada"}}}, Authorizer("jwt", {"sub": "ada"}, [])),
    (
        "HTTP API 1.0, JWT",
        V1,
        {"authorizer": {"claims": {"sub": "ada"}, "scopes": ["read"]}, "identity": VISITOR},
        Authorizer("jwt", {"sub": "ada"}, ["read"]),
    ),
    (
        "REST, Lambda",
        V1,
        {"authorizer": {"principalId": "ada", "tier": "gold"}, "identity": VISITOR},
        Authorizer("lambda", {"principalId": "ada", "tier": "gold"}, []),
    ),
    ("REST, IAM", V1, {"identity": IAM}, Authorizer("iam", dict(IAM), [])),
    (
        "2.0, JWT",
        V2,
        {"http": {"method": "GET"}, "authorizer": {"jwt": {"claims": {"sub": "ada"}, "scopes": ["read"]}}},
        Authorizer("jwt", {"sub": "ada"}, ["read"]),
    ),
    (
        "2.0, JWT without scopes",
        V2,
        {"http": {"method": "GET"}, "authorizer": {"jwt": {"claims": {"sub": "ada"}, "scopes": None}}},
        Authorizer("jwt", {"sub": "ada"}, []),
    ),
    (
        "2.0, Lambda",
        V2,
        {"http": {"method": "GET"}, "authorizer": {"lambda": {"tier": "gold"}}},
        Authorizer("lambda", {"tier": "gold"}, []),
    ),
    (
        "2.0, IAM",
        V2,
        {"http": {"method": "GET"}, "authorizer": {"iam": dict(IAM)}},
        Authorizer("iam", dict(IAM), []),
    ),
    (
        "2.0, blank",
        V2,
        {"http": {"method": "GET"}, "authorizer": {"jwt": {"claims": None, "scopes": None}, "iam": BLANK_IAM}},
        None,
    ),
    ("2.0, blank JWT", V2, {"http": {"method": "GET"}, "authorizer": {"jwt": {"claims": {}}}}, None),
    ("2.0, blank IAM", V2, {"http": {"method": "GET"}, "authorizer": {"iam": BLANK_IAM}}, None),
    ("2.0, Lambda, a text", V2, {"http": {"method": "GET"}, "authorizer": {"lambda": "gold"}}, None),
    ("2.0, blank Lambda", V2, {"http": {"method": "GET"}, "authorizer": {"lambda": None}}, None),
    (
        "REST, Lambda for an IAM user",
        V1,
        {"authorizer": {"principalId": "ada"}, "identity": IAM},
        Authorizer("lambda", {"principalId": "ada"}, []),
    ),
    (
        "REST, Cognito for an IAM user",
        V1,
        {"authorizer": {"claims": {"sub": "ada"}}, "identity": IAM},
        Authorizer("jwt", {"sub": "ada"}, []),
    ),
    ("REST, IAM, empty authorizer", V1, {"authorizer": {}, "identity": IAM}, Authorizer("iam", dict(IAM), [])),
    ("REST, authorizer of another type", V1, {"authorizer": "ada", "identity": IAM}, Authorizer("iam", dict(IAM), [])),
    (
        "Lattice, IAM",
        LATTICE,
        {"serviceArn": "arn", "identity": {"type": "AWS_IAM", "principal": "arn:aws:iam::123456789012:role/shop"}},
        Authorizer("iam", {"type": "AWS_IAM", "principal": "arn:aws:iam::123456789012:role/shop"}, []),
    ),
    ("Lattice, another type", LATTICE, {"serviceArn": "arn", "identity": {"type": "OTHER"}}, None),
    ("Lattice, nobody", LATTICE, {"serviceArn": "arn", "identity": {"sourceVpcArn": "arn"}}, None),
]


@pytest.mark.parametrize(
    ("event", "context", "expected"), [row[1:] for row in AUTHORIZERS], ids=[row[0] for row in AUTHORIZERS]
)
def test_authorizer(event: dict[str, object], context: dict[str, object], expected: Authorizer | None) -> None:
    assert from_scope({**event, "requestContext": context}).authorizer == expected


@pytest.mark.parametrize("ask", [from_scope, from_environ])
@pytest.mark.parametrize("event", [[1], "text", 7, None, True])
def test_an_event_that_is_not_an_object_has_no_maps(ask: Callable[[object], LambdaRequest], event: object) -> None:
    aws = ask(event)
    assert aws.event == event
    assert (aws.request_context, aws.path_parameters, aws.stage_variables, aws.authorizer) == ({}, {}, {}, None)


def test_scopes_that_are_not_a_list_are_none() -> None:
    authorizer = {"jwt": {"claims": {"sub": "ada"}, "scopes": "read"}}
    assert from_scope({**V2, "requestContext": {"http": {"method": "GET"}, "authorizer": authorizer}}).authorizer == (
        "jwt",
        {"sub": "ada"},
        [],
    )


@pytest.mark.parametrize("ask", [from_scope, from_environ])
def test_a_request_without_a_query_has_its_path(ask: Callable[[object], LambdaRequest]) -> None:
    aws = ask({**V2, "rawPath": "/items", "requestContext": {"http": {"method": "GET"}}})
    assert (aws.raw_path, aws.query_parameters) == ("/items", {})


def test_maps_that_the_event_leaves_out() -> None:
    aws = from_scope(load_event("lambda_edge", "viewer_request_get"))
    assert (aws.request_context, aws.path_parameters, aws.stage_variables) == ({}, {}, {})


@pytest.mark.parametrize("source", [None, "text", [], {}, object()], ids=["None", "text", "list", "dict", "object"])
def test_what_did_not_come_through_lambda(source: object) -> None:
    with pytest.raises(LookupError, match=r"^This request did not come through AWS Lambda\.$"):
        lambda_request(source)
    assert lambda_request(source, None) is None
    assert lambda_request(source, default="local") == "local"


def test_the_default_is_for_what_did_not_come_through_lambda() -> None:
    found = lambda_request(build_scope(exchange_of(load_event("function_url", "plain")), {}), default=None)
    assert found is not None
    assert found.origin == RequestOrigin.function_url


def asgiref_s(app: WSGIApp) -> ASGIApp:
    return cast("ASGIApp", WsgiToAsgi(app))  # type: ignore[no-untyped-call]


def starlette_s(app: WSGIApp) -> ASGIApp:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is deprecated, in favour of a2wsgi
        from starlette.middleware.wsgi import WSGIMiddleware
    return Starlette(routes=[Mount("/", WSGIMiddleware(app))])


@pytest.mark.parametrize("bridge", [asgiref_s, starlette_s])
def test_a_wsgi_app_inside_an_asgi_app(bridge: Callable[[WSGIApp], ASGIApp]) -> None:
    app = flask.Flask(__name__)

    @app.post("/<path:path>")
    def view(path: str) -> list[str]:
        aws = lambda_request(flask.request)
        return [aws.origin, aws.raw_path, str(aws.authorizer and aws.authorizer.kind)]

    handler = asgi_handler(bridge(app), lifespan="off")
    event = load_event("api_gateway_v2", "jwt_authorizer")
    result = cast("dict[str, str]", handler(event, CONTEXT))
    assert json.loads(result["body"]) == ["api_gateway_v2", event["rawPath"], "jwt"]


def test_an_environ_of_another_server_is_refused() -> None:
    with pytest.raises(LookupError):
        lambda_request(EnvironBuilder().get_environ())
