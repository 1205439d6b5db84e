"""The tables of the guide: each option of a peer, and what takes its place here."""

from collections.abc import Callable
from typing import Any, cast

import pytest
import serverless_wsgi
from fastapi import FastAPI, Request

from lambda_http_adapter import asgi_handler, lambda_request
from lambda_http_adapter._apps.on_event import event_source
from lambda_http_adapter._types import Environ
from lambda_http_adapter.errors import ConfigurationError, UnknownOriginError
from lambda_http_adapter.origins import ORIGINS, HTTPRequest, Origin
from lambda_http_adapter.origins import api_gateway_v2 as payload_v2
from tests.differential.answers import RESPONSES
from tests.differential.difference import Event, Fields, Response
from tests.differential.observed import KEPT, OURS, PEERS, Handler, answer_seen, load, ours_with, outcome_of, peer_with
from tests.differential.observed import request_seen as seen
from tests.support.invocation import CONTEXT
from tests.support.paths import EVENTS


def at(path: str, origin: str = "api_gateway_v2") -> Event:
    """A plain request of another path."""
    event = load(origin, "plain")
    if origin == "alb":
        return event | {"path": path}
    event["requestContext"]["http"]["path"] = path
    return event | {"rawPath": path}


def picked(fields: Fields, *names: str) -> list[object]:
    return [fields[name] for name in names]


# Mount points


@pytest.mark.parametrize(
    ("event", "theirs", "ours"),
    [
        (at("/v1/items"), ("/items", ""), ("/v1/items", "/v1")),
        (at("/v1beta"), ("beta", ""), ("/v1beta", "")),  # no path at all
        (at("/items"), ("/items", ""), ("/items", "")),
        (at("/v1/items", "alb"), ("/v1/items", ""), ("/v1/items", "/v1")),
    ],
    ids=["below", "lookalike", "elsewhere", "load balancer"],
)
def test_base_path_of_mangum(event: Event, theirs: tuple[str, str], ours: tuple[str, str]) -> None:
    mangum = peer_with("Mangum", api_gateway_base_path="/v1")
    assert picked(seen(mangum, event), "path", "root_path") == [*theirs]
    assert picked(seen(ours_with("Mangum", base_path="/v1"), event), "path", "root_path") == [*ours]


@pytest.mark.parametrize(
    ("path", "theirs", "ours"),
    [("/v1/items", ("/items", "/v1"), ("/items", "/v1")), ("/v1beta", ("beta", "/v1"), ("/v1beta", ""))],
)
@pytest.mark.parametrize("by_variable", [False, True])
def test_base_path_of_serverless_wsgi(
    path: str, theirs: tuple[str, str], ours: tuple[str, str], by_variable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_GATEWAY_BASE_PATH", "v1")
    if by_variable:
        monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_BASE_PATH", "v1")
    handler = ours_with("serverless-wsgi", **({} if by_variable else {"base_path": "/v1"}))
    names = ("PATH_INFO", "SCRIPT_NAME")
    assert picked(seen(PEERS["serverless-wsgi"], at(path)), *names) == [*theirs]
    assert picked(seen(handler, at(path)), *names) == [*ours]


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_stage_that_is_no_part_of_the_urls(by_variable: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    event = load("api_gateway_v1", "plain")
    names = ("PATH_INFO", "SCRIPT_NAME")
    for handler in (PEERS["serverless-wsgi"], OURS["serverless-wsgi"]):
        assert picked(seen(handler, event), *names) == ["/items", "/live"]
    monkeypatch.setenv("STRIP_STAGE_PATH", "yes")
    if by_variable:
        monkeypatch.setenv("LAMBDA_HTTP_ADAPTER_ROOT_PATH", "")
    for handler in (
        PEERS["serverless-wsgi"],
        ours_with("serverless-wsgi", **({} if by_variable else {"root_path": ""})),
    ):
        assert picked(seen(handler, event), *names) == ["/items", ""]


@pytest.mark.parametrize("path", ["/items", "/v1/items"])
def test_the_root_path_of_a_fastapi_app_is_in_its_urls(path: str) -> None:
    app = FastAPI()
    app.root_path = "/v1"  # as FastAPI(root_path="/v1"), which newer versions warn of

    @app.get("/items")
    def items(request: Request) -> str:
        return request.url.path

    handler = asgi_handler(app, lifespan="off", root_path="/replaced")
    KEPT.append(handler)
    answer = cast("Event", handler(at(path), CONTEXT))
    assert (answer["statusCode"], answer["body"]) == (200, '"/v1/items"')


# Text and base64


def in_base64(handler: Handler, content_type: str, body: bytes = b"hello", origin: str = "function_url") -> object:
    fields = answer_seen(handler, load(origin, "plain"), Response(200, (("content-type", content_type),), body))
    return fields["outcome"] if fields["outcome"] == "fails" else fields["answer.base64"]


@pytest.mark.parametrize(
    ("content_type", "theirs", "ours"),
    [
        ("application/x-shop", False, False),
        ("multipart/mixed; part=application/x-shop", False, True),
        ("application/json", True, False),
        ("model/obj", True, False),
    ],
    ids=["the entry", "anywhere", "replaces the default", "type/*"],
)
def test_text_types_of_mangum(content_type: str, theirs: bool, ours: bool) -> None:
    types = ["application/x-shop", "model/*"]
    assert in_base64(peer_with("Mangum", text_mime_types=types), content_type) == theirs
    assert in_base64(ours_with("Mangum", text_types=types), content_type) == ours


@pytest.mark.parametrize(
    ("content_type", "theirs", "ours"),
    [
        ("application/x-shop", False, False),
        ("application/x-shop-2", False, True),
        ("application/json", True, False),
        ("model/obj", True, False),
    ],
    ids=["the entry", "prefix", "replaces the default", "type/*"],
)
def test_text_types_of_apig_wsgi(content_type: str, theirs: bool, ours: bool) -> None:
    types = ["application/x-shop", "model/*"]
    handler = peer_with("apig-wsgi", non_binary_content_type_prefixes=types)
    assert in_base64(handler, content_type) == theirs
    assert in_base64(ours_with("apig-wsgi", text_types=types), content_type) == ours


def test_text_types_of_serverless_wsgi(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin appends those of its configuration to this list."""
    assert in_base64(PEERS["serverless-wsgi"], "application/x-shop")
    assert in_base64(OURS["serverless-wsgi"], "application/x-shop")
    monkeypatch.setattr(serverless_wsgi, "TEXT_MIME_TYPES", [*serverless_wsgi.TEXT_MIME_TYPES, "application/x-shop"])
    assert not in_base64(PEERS["serverless-wsgi"], "application/x-shop")
    assert not in_base64(ours_with("serverless-wsgi", text_types=["application/x-shop"]), "application/x-shop")


def test_binary_support_of_apig_wsgi() -> None:
    """It is about REST APIs: other front doors always get base64."""
    with_binary, without = (peer_with("apig-wsgi", binary_support=flag) for flag in (True, False))
    image, text = ("image/png", RESPONSES["binary"].body), ("application/x-shop", b"hello")
    for handler in (with_binary, OURS["apig-wsgi"]):
        assert in_base64(handler, *image, origin="api_gateway_v1") is True
        assert in_base64(handler, *text, origin="api_gateway_v1") is True
    as_text = ours_with("apig-wsgi", body_encoding="text")
    for handler in (without, as_text):
        assert in_base64(handler, *text, origin="api_gateway_v1") is False
    assert in_base64(without, *image, origin="api_gateway_v1") == "fails"
    assert in_base64(as_text, *image, origin="api_gateway_v1") is True


# What is called otherwise


def test_headers_are_excluded_by_mangum_only() -> None:
    response, event = RESPONSES["refused_at_edge"], load("api_gateway_v1", "plain")
    theirs = answer_seen(peer_with("Mangum", exclude_headers=["Via"]), event, response)
    assert theirs.keys() & {"answer.header:via", "answer.header:x-cache"} == {"answer.header:x-cache"}
    assert "answer.header:via" in answer_seen(OURS["Mangum"], event, response)
    with pytest.raises(ConfigurationError, match=r"^Unknown option 'exclude_headers'"):
        ours_with("Mangum", exclude_headers=["Via"])


class OrderHandler:
    """A front door of its own, as Mangum has them."""

    def __init__(self, event: Event, context: object, config: object) -> None:
        self.event = event
        self.body = b""
        self.scope = {"type": "http", "method": "GET", "path": event["order"], "headers": [], "query_string": b""}

    @classmethod
    def infer(cls, event: Event, context: object, config: object) -> bool:
        return "order" in event

    def __call__(self, response: Any) -> Event:  # noqa: ANN401  # Mangum's
        return {"status": response["status"]}


def test_a_front_door_of_one_s_own() -> None:
    def decode(event: Event, config: object) -> HTTPRequest:
        return payload_v2.ORIGIN.decode(at(event["order"]), cast("Any", config))

    mine = Origin("orders", lambda event: "order" in event, decode, lambda status, *rest: {"status": status})
    theirs, ours = peer_with("Mangum", custom_handlers=[OrderHandler]), ours_with("Mangum", origins=[mine, *ORIGINS])
    for handler in (theirs, ours):
        assert seen(handler, {"order": "/7"})["path"] == "/7"
        assert seen(handler, load("function_url", "plain"))["path"] == "/items"


# Events other than requests


@pytest.mark.parametrize(
    ("peer", "error"), [("Mangum", RuntimeError), ("apig-wsgi", KeyError), ("serverless-wsgi", KeyError)]
)
@pytest.mark.parametrize("path", ["/events", "/hooks"])
def test_an_event_that_is_no_request(peer: str, error: type[Exception], path: str) -> None:
    event = load("pass_through", "sqs")
    with pytest.raises(error):
        PEERS[peer](event, CONTEXT)
    handler = OURS[peer] if path == "/events" else ours_with(peer, pass_through_path=path)
    names = ("method", "path") if peer == "Mangum" else ("REQUEST_METHOD", "PATH_INFO")
    assert picked(seen(handler, event), *names) == ["POST", path]
    with pytest.raises(UnknownOriginError):
        ours_with(peer, pass_through_path=None)(event, CONTEXT)


AUTHORIZERS = {"authorizer_request_v1", "authorizer_request_v2"}
SERVED_THERE = {
    "Mangum": AUTHORIZERS | {"cloudfront_origin_response", "cloudfront_viewer_response"},
    "apig-wsgi": AUTHORIZERS,
    "serverless-wsgi": AUTHORIZERS,
}


@pytest.mark.parametrize("name", sorted(path.stem for path in (EVENTS / "pass_through").glob("*.json")))
@pytest.mark.parametrize("peer", PEERS)
def test_an_event_goes_to_the_handler_of_its_sender(peer: str, name: str) -> None:
    event = load("pass_through", name)
    _, served = outcome_of(PEERS[peer], event)
    assert served == (name in SERVED_THERE[peer])
    # A handler of custom resources answers CloudFormation itself: see apps/test_custom_resource.py.
    key = "*" if name == "cloudformation_custom_resource" else event_source(event) or "*"
    handler = ours_with(peer, on_event={key: lambda event: ["handled", event]})
    assert outcome_of(handler, event) == (["handled", event], False)


def test_the_lambda_integration_is_not_served() -> None:
    event: Event = {"requestPath": "/items/{id}", "path": {"id": "7"}, "method": "GET", "headers": {}, "query": {}}
    names = ("REQUEST_METHOD", "PATH_INFO")
    assert picked(seen(PEERS["serverless-wsgi"], event), *names) == ["GET", "/items/7"]
    assert picked(seen(OURS["serverless-wsgi"], event), *names) == ["POST", "/events"]


# The keys of other adapters


COUNTERPARTS: dict[str, Callable[[Environ], object]] = {
    "apig_wsgi.full_event": lambda environ: environ["aws.event"],
    "serverless.event": lambda environ: environ["aws.event"],
    "apig_wsgi.context": lambda environ: environ["aws.context"],
    "serverless.context": lambda environ: environ["aws.context"],
    "apig_wsgi.request_context": lambda environ: lambda_request(environ).request_context,
    "apig_wsgi.multi_value_headers": lambda environ: "multiValueHeaders" in environ["aws.event"],
}
AUTHORIZED = ["api_gateway_v1/lambda_authorizer", "api_gateway_v2/lambda_authorizer"]


@pytest.mark.parametrize("name", [*AUTHORIZED, "function_url/plain", "alb/plain_multi"])
@pytest.mark.parametrize("key", COUNTERPARTS)
def test_a_key_and_its_counterpart(key: str, name: str) -> None:
    event = load(*name.split("/"))
    environ = seen(OURS["apig-wsgi"], event)
    peer = "serverless-wsgi" if key.startswith("serverless.") else "apig-wsgi"
    assert COUNTERPARTS[key](environ) == environ[key] == seen(PEERS[peer], event)[key]


@pytest.mark.parametrize("name", AUTHORIZED)
def test_the_authorizer_is_the_same_for_every_front_door(name: str) -> None:
    event = load(*name.split("/"))
    environ = seen(OURS["serverless-wsgi"], event)
    assert environ["serverless.authorizer"] == seen(PEERS["serverless-wsgi"], event)["serverless.authorizer"]
    authorizer = lambda_request(environ).authorizer
    assert authorizer is not None
    assert authorizer.kind == "lambda"
    nested = environ["serverless.authorizer"]
    assert authorizer.claims == nested.get("lambda", nested)
