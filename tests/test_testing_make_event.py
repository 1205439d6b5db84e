"""`testing.make_event`: requests as people write them, as the events of front doors."""

import ast
from pathlib import Path
from typing import get_args

import pytest

import lambda_http_adapter
from lambda_http_adapter import RequestOrigin, asgi_handler, testing, wsgi_handler
from lambda_http_adapter._emulator.doors.door import DOORS, door_of, find_door
from lambda_http_adapter._values.config import Config
from lambda_http_adapter._values.request import LambdaEvent
from lambda_http_adapter.errors import ConfigurationError
from lambda_http_adapter.origins import HTTPRequest, detect
from lambda_http_adapter.testing import FrontDoor, make_event
from tests.support.behaviours import TEXT, answers, asgi, wsgi

ROOT = Path(lambda_http_adapter.__file__).parent


def decoded(event: LambdaEvent) -> HTTPRequest:
    return detect(event).decode(event, Config())


@pytest.mark.parametrize("origin", DOORS)
def test_every_front_door(origin: FrontDoor) -> None:
    event = make_event(
        "put",
        "https://shop.example.com/caf%C3%A9?x=1",
        origin=origin,
        headers={"X-Tag": "λ"},
        json={"text": "☕"},
        client="192.0.2.44",
    )
    request = decoded(event)
    headers = dict(request.headers)
    assert (request.method, request.path, request.query_string) == ("PUT", "/café", b"x=1")
    assert (headers[b"host"], headers[b"content-type"]) == (b"shop.example.com", b"application/json")
    assert headers[b"x-tag"] == "λ".encode()
    assert request.body == '{"text":"☕"}'.encode()
    assert request.client is not None
    assert request.client[0] == "192.0.2.44"
    assert detect(event).name == DOORS[origin].origin


def test_nothing_but_defaults() -> None:
    request = decoded(make_event())
    assert (request.method, request.path, request.query_string, request.body) == ("GET", "/", b"", b"")
    assert request.scheme == "https"
    assert dict(request.headers)[b"host"].endswith(b".lambda-url.us-east-1.on.aws")


@pytest.mark.parametrize(
    ("event", "path", "query", "body"),
    [
        (make_event("GET", "items"), "/items", b"", b""),
        (make_event("GET", "/a b/é?q=☕"), "/a b/é", b"q=%E2%98%95", b""),
        (make_event("GET", "/", params={"a": "1", "b": "x y"}), "/", b"a=1&b=x+y", b""),
        (make_event("GET", "/", params=[("a", "1"), ("a", "2")]), "/", b"a=1&a=2", b""),
        (make_event("POST", "/", content="ünï"), "/", b"", "ünï".encode()),
        (make_event("POST", "/", content=b"\xff\x00"), "/", b"", b"\xff\x00"),
        (make_event("POST", "/", json=[1]), "/", b"", b"[1]"),
    ],
)
def test_parts(event: LambdaEvent, path: str, query: bytes, body: bytes) -> None:
    request = decoded(event)
    assert (request.path, request.query_string, request.body) == (path, query, body)


def test_headers_that_repeat() -> None:
    request = decoded(make_event(origin="rest", headers=[("X-Tag", "1"), ("x-tag", "2")]))
    assert [value for name, value in request.headers if name == b"x-tag"] == [b"1", b"2"]


def test_the_stage() -> None:
    request = decoded(make_event("GET", "/live/items", origin="rest", stage="live"))
    assert (request.root_path, request.path) == ("/live", "/live/items")
    with pytest.raises(ValueError, match="Expected a path below '/live', got '/items'"):
        make_event("GET", "/items", origin="http-api", stage="live")


def test_a_mapping() -> None:
    event = make_event("GET", "/shop/items", origin="http-api", base_path="shop/", domain_name="shop.example.com")
    assert event["rawPath"] == "/items"


@pytest.mark.parametrize("origin", RequestOrigin)
def test_an_origin_by_its_other_name(origin: RequestOrigin) -> None:
    assert door_of(make_event("POST", "/", origin=origin, json={"Records": []})).origin is origin


@pytest.mark.parametrize(
    ("name", "door"),
    [
        ("api_gateway_v1", "rest"),
        ("api_gateway_v2", "http-api"),
        ("api-gateway-v2", "http-api"),
        ("http_api", "http-api"),
        ("http_api_v1", "http-api-v1"),
        ("function_url", "function-url"),
        ("alb", "alb"),
        ("alb_multi", "alb-multi"),
        ("vpc_lattice", "vpc-lattice"),
        ("lambda_edge", "lambda-edge"),
    ],
)
def test_both_names_of_a_front_door_are_one_thing(name: str, door: str) -> None:
    assert find_door(name) is DOORS[door]


def test_type_checkers_know_the_name_of_every_front_door() -> None:
    names = {name for alias in get_args(FrontDoor) for name in get_args(alias)}
    assert names == {*DOORS, *RequestOrigin}
    assert RequestOrigin in get_args(FrontDoor)


def test_an_origin_that_does_not_exist() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^There is no front door 'cdn'; expected one of: function-url, .+\.$"
    ):
        make_event(origin="cdn")  # type: ignore[arg-type]


def test_a_handler_s_event() -> None:
    for handler in (asgi_handler(asgi(answers(204)), lifespan="off"), wsgi_handler(wsgi(answers(204, TEXT)))):
        KEPT.append(handler)
        answer = handler(make_event("DELETE", "/items/7", origin="alb"), None)
        assert isinstance(answer, dict)
        assert answer["statusCode"] == 204


# An event loop that is collected before it is closed warns: on Lambda it lives as long as the process, here too.
KEPT: list[object] = []


def test_public_names() -> None:
    assert testing.__all__ == sorted(testing.__all__)
    assert set(testing.__all__) <= set(dir(testing))
    with pytest.raises(AttributeError, match=r"^module 'lambda_http_adapter.testing' has no attribute 'make_events'$"):
        testing.make_events  # noqa: B018
    documented = set(testing.__all__) - {"FrontDoor"}  # an alias, which can't have a docstring
    assert all(getattr(testing, name).__doc__ for name in documented)


def test_httpx_is_imported_in_one_place() -> None:
    """Outside of what type checkers read."""
    places = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(without_types(ast.parse(path.read_bytes())))
        if isinstance(node, ast.Import) and any(alias.name.startswith("httpx") for alias in node.names)
    ]
    assert places == ["_emulator/in_process/by_httpx.py"]


def without_types(tree: ast.Module) -> ast.Module:
    tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node))]
    return tree
