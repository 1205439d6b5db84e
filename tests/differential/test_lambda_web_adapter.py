"""Our side of what the guide says about Lambda Web Adapter, whose side was measured: it is no Python package."""

from collections.abc import Callable
from typing import Any

import pytest

from lambda_http_adapter import lambda_request
from lambda_http_adapter._values.config import _FALLBACKS, Config, load_config
from lambda_http_adapter.errors import ConfigurationError
from tests.differential.answers import RESPONSES
from tests.differential.difference import Event, Fields
from tests.differential.observed import OURS, answer_seen, lifespans, load, ours_with
from tests.differential.observed import request_seen as seen
from tests.support.invocation import CONTEXT
from tests.support.paths import ROOT

ASGI, WSGI = OURS["Mangum"], OURS["apig-wsgi"]


# Variables


@pytest.mark.parametrize(
    ("variable", "value"), [("AWS_LWA_INVOKE_MODE", "stream"), ("AWS_LWA_ERROR_STATUS_CODES", "500-")]
)
def test_a_value_that_the_adapter_ignores_is_an_error(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^The environment variable {variable} is {value!r}; expected "):
        load_config({}, {variable: value})


@pytest.mark.parametrize(
    "variable",
    [
        "AWS_LWA_PORT",
        "AWS_LWA_HOST",
        "AWS_LWA_READINESS_CHECK_PATH",
        "AWS_LWA_READINESS_CHECK_PORT",
        "AWS_LWA_READINESS_CHECK_PROTOCOL",
        "AWS_LWA_READINESS_CHECK_HEALTHY_STATUS",
        "AWS_LWA_ENABLE_COMPRESSION",
        *(variable.removeprefix("AWS_LWA_") for variable in _FALLBACKS.values()),
    ],
)
def test_variables_that_are_not_read(variable: str) -> None:
    assert vars(load_config({}, {variable: "/shop"})) == vars(Config())
    function = ROOT / "src" / "lambda_http_adapter"
    source = [
        path.read_text() for package in ("_values", "_apps", "_runtime") for path in (function / package).glob("*.py")
    ]
    assert not any(f'"{variable}"' in text for text in [*source, (function / "cli.py").read_text()])


# What an app sees


def test_nothing_is_asked_before_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app fails in any request that isn't one of an event: it reads ``aws.event``."""
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    made: list[Callable[[object, object], object]] = []
    assert lifespans(lambda: made.append(ours_with("Mangum"))) == 1
    assert seen(made[0], load("function_url", "plain"))["path"] == "/items"


def test_the_three_headers_and_their_counterparts() -> None:
    event = load("function_url", "spoofed_headers")
    environ = seen(ours_with("apig-wsgi"), event)
    assert not {"HTTP_X_AMZN_REQUEST_CONTEXT", "HTTP_X_AMZN_LAMBDA_CONTEXT", "HTTP_X_AMZ_TENANT_ID"} & environ.keys()
    told = lambda_request(environ)
    assert told.request_context == event["requestContext"]
    assert told.context is CONTEXT
    assert told.context.tenant_id == CONTEXT.tenant_id


@pytest.mark.parametrize(
    ("path", "root_path", "rest"),
    [
        ("/v1/items", "/v1", "/items"),
        ("/v1", "/v1", ""),
        ("/v1beta", "", "/v1beta"),
        ("/v1/v1/items", "/v1", "/v1/items"),
    ],
)
def test_the_base_path_is_moved(path: str, root_path: str, rest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    event = load("function_url", "plain") | {"rawPath": path}
    monkeypatch.setenv("AWS_LWA_REMOVE_BASE_PATH", "/v1")
    scope = seen(ours_with("Mangum"), event)
    assert (scope["root_path"], scope["path"]) == (root_path, path)
    environ = seen(ours_with("apig-wsgi"), event)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (root_path, rest)
    removed = seen(ours_with("Mangum", root_path=""), event)
    assert (removed["root_path"], removed["path"]) == ("", rest or "/")


@pytest.mark.parametrize(
    ("origin", "fixture", "root_path", "path"),
    [
        ("api_gateway_v1", "plain", "/live", "/live/items"),
        ("api_gateway_v2", "named_stage", "/prod", "/prod/items/7"),
        ("api_gateway_v2", "named_stage_custom_domain", "", "/items/7"),
    ],
)
def test_the_stage(origin: str, fixture: str, root_path: str, path: str) -> None:
    scope = seen(ASGI, load(origin, fixture))
    assert (scope["root_path"], scope["path"]) == (root_path, path)


def test_the_path_of_an_http_api_is_decoded_once() -> None:
    event = load("api_gateway_v2", "decoded_path")
    assert "/%41/" in event["rawPath"]
    assert "/%41/" in seen(ASGI, event)["path"]


@pytest.mark.parametrize(
    ("origin", "fixture", "path"),
    [
        ("vpc_lattice", "v1_get", "/orders/7"),
        ("vpc_lattice", "v2_strings", "/newpath"),
        ("websocket", "connect", "/$connect"),
        ("lambda_edge", "viewer_request_get", "/pictures/cat.jpg"),
    ],
)
def test_front_doors_that_the_adapter_does_not_know(origin: str, fixture: str, path: str) -> None:
    assert seen(ASGI, load(origin, fixture))["path"] == path


@pytest.mark.parametrize(("options", "host"), [({}, "localhost"), ({"pass_through_host": "shop.test"}, "shop.test")])
def test_the_host_of_other_events(options: dict[str, Any], host: str) -> None:
    assert seen(ours_with("Mangum", **options), load("pass_through", "sqs"))["header:host"] == [host]


def test_what_fails_there_and_not_here() -> None:
    assert seen(ASGI, load("api_gateway_v1", "invalid_base64")) == {"outcome": 400}
    assert seen(ASGI, load("function_url", "illegal_query"))["query_string"].startswith(b"q=a%20b|%C3%A9")


# What a client gets


def response(name: str, origin: str = "function_url") -> Fields:
    fields = answer_seen(ASGI, load(origin, "plain", RESPONSES[name].method), RESPONSES[name])
    return {key.removeprefix("answer."): value for key, value in fields.items()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("latin1_header", {"header:x-name": [("x-name", "José")]}),
        ("latin1_body", {"body": "größe".encode("latin-1"), "base64": True}),
        ("utf16_body", {"body": "a".encode("utf-16-le"), "base64": True}),
        ("mislabelled_body", {"body": b"\xff\xfe", "base64": True}),
        ("no_content_type", {"body": b"hello", "base64": False}),
        ("no_content_type_binary", {"body": RESPONSES["no_content_type_binary"].body, "base64": True}),
        ("form", {"base64": False}),
        ("sql", {"base64": False}),
        ("charset", {"base64": False}),
        ("repeated", {"header:vary": [("vary", "accept, cookie")], "header:link": [("link", "</a>, </b>")]}),
        ("wrong_length", {"outcome": "answered", "body": b"hello", "header:content-length": None}),
        ("hop_by_hop", {"header:connection": None}),
        ("head", {"header:content-length": None}),
        ("no_content", {"header:content-length": None}),
        ("json", {"header:date": None, "header:server": None}),
    ],
)
def test_responses(name: str, expected: Event) -> None:
    fields = response(name)
    assert {key: fields.get(key) for key in expected} == expected
