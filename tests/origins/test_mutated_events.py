"""Events with hostile values in every place that matters: a valid request, or an error that says what is wrong.

``fuzz/targets/events.py`` puts anything in any place.
"""

from functools import cache
from typing import cast

import pytest

from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import EventError, MalformedEventError
from lambda_http_adapter.origins import ORIGINS, pass_through
from tests.support.origin_events import load_event
from tests.support.request_rules import require_valid
from tests.support.served_event import EventServer

Place = tuple[str | int, ...]
Parent = dict[str | int, object]  # or a list, which is indexed in the same way


def nested(depth: int) -> object:
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


def with_value(origin: str, name: str, value: object, *place: str | int) -> dict[str, object]:
    event = load_event(origin, name)
    parent: object = event
    for key in place[:-1]:
        parent = cast("Parent", parent)[key]
    cast("Parent", parent)[place[-1]] = value
    return event


SERVED = [
    [1],
    nested(900),
    with_value("api_gateway_v2", "cookies", [None], "cookies"),
    with_value("api_gateway_v1", "plain", "li\ud800ve", "requestContext", "stage"),
    with_value("api_gateway_v2", "plain", nested(20_000), "requestContext", "http", "protocol"),
    with_value("function_url", "plain", nested(20_000), "headers", "x-tag"),
]


@cache
def server() -> EventServer:
    return EventServer()


@pytest.mark.parametrize("event", SERVED, ids=range(len(SERVED)))
def test_any_event_is_a_valid_request_or_an_error_of_its_own(event: object) -> None:
    server().serve_decoded(event)


# How an event of each origin spells the same fields.
METHODS: dict[str, tuple[str, Place]] = {
    "api_gateway_v1": ("plain", ("httpMethod",)),
    "api_gateway_v2": ("plain", ("requestContext", "http", "method")),
    "function_url": ("plain", ("requestContext", "http", "method")),
    "alb": ("plain", ("httpMethod",)),
    "vpc_lattice": ("v2_lists", ("method",)),
    "lambda_edge": ("viewer_request_get", ("Records", 0, "cf", "request", "method")),
}
HEADERS: dict[str, tuple[str, Place]] = {
    "api_gateway_v1": ("single_maps_only", ("headers",)),
    "api_gateway_v2": ("plain", ("headers",)),
    "function_url": ("plain", ("headers",)),
    "alb": ("plain", ("headers",)),
    "vpc_lattice": ("v2_lists", ("headers",)),
    "websocket": ("connect_single_maps", ("headers",)),
    "lambda_edge": ("viewer_request_get", ("Records", 0, "cf", "request", "headers")),
}
DECODE = {origin.name: origin.decode for origin in ORIGINS}


def refused_field(origin: str, event: dict[str, object]) -> str:
    with pytest.raises(MalformedEventError) as caught:
        DECODE[origin](event, Config())
    assert caught.value.origin == origin
    return caught.value.field


def dotted(place: Place) -> str:
    return ".".join(map(str, place)).replace(".0.", "[0].")


@pytest.mark.parametrize("origin", METHODS)
@pytest.mark.parametrize("method", ["", " ", "GET /forged", "GET\r\nX-Forged: 1", "G\0T", "GÉT", "\ud800", "GET,"])
def test_a_method_is_a_token(origin: str, method: str) -> None:
    name, place = METHODS[origin]
    assert refused_field(origin, with_value(origin, name, method, *place)) == dotted(place)


def header_value(origin: str, value: object) -> object:
    return [{"key": "x", "value": value}] if origin == "lambda_edge" else value


@pytest.mark.parametrize("origin", HEADERS)
@pytest.mark.parametrize(
    "name", ["", " ", "x y", "x:", "x\r\nforged", "x\0", "naïve", "\u212a-key", "\ud800", "x" * 9999 + "\n"]
)
def test_the_name_of_a_header_is_a_token(origin: str, name: str) -> None:
    event, place = HEADERS[origin]
    assert refused_field(origin, with_value(origin, event, header_value(origin, "1"), *place, name)) == dotted(place)


BROKEN_VALUES = ["a\r\nforged: 1", "a\n", "\rb", "\0", "名\n", nested(20_000), {"a": 1}, 10**5000]


@pytest.mark.parametrize("origin", HEADERS)
@pytest.mark.parametrize("value", BROKEN_VALUES, ids=range(len(BROKEN_VALUES)))
def test_the_value_of_a_header_is_one_line(origin: str, value: object) -> None:
    event, place = HEADERS[origin]
    value = [value] if origin == "vpc_lattice" and isinstance(value, list) else value
    mutated = with_value(origin, event, header_value(origin, value), *place, "x-tag")
    assert refused_field(origin, mutated) == dotted(place)


@pytest.mark.parametrize("origin", ["api_gateway_v2", "function_url"])
@pytest.mark.parametrize(("cookies", "expected"), [([None], []), ([None, "a=1", None, "b=2"], [b"a=1; b=2"])])
def test_a_cookie_that_is_null_is_none(origin: str, cookies: object, expected: list[bytes]) -> None:
    event = with_value(origin, "plain", cookies, "cookies")
    assert [value for name, value in DECODE[origin](event, Config()).headers if name == b"cookie"] == expected


@pytest.mark.parametrize("origin", ["api_gateway_v2", "function_url"])
@pytest.mark.parametrize("cookie", ["a=1\r\nforged: 1", {}, [[]]])
def test_a_cookie_is_one_line(origin: str, cookie: object) -> None:
    assert refused_field(origin, with_value(origin, "plain", [cookie], "cookies")) == "cookies"


@pytest.mark.parametrize("origin", ["api_gateway_v1", "api_gateway_v2"])
@pytest.mark.parametrize("stage", ["\ud800", "pr\nod", "größe", "\0"])
def test_a_stage_is_a_name(origin: str, stage: str) -> None:
    event = with_value(origin, "plain", stage, "requestContext", "stage")
    assert refused_field(origin, event) == "requestContext.stage"


@pytest.mark.parametrize("stage", [None, 5, [], {}, "", "$default"])
@pytest.mark.parametrize("path", ["//$default/x", "/$default/x", "/5/x", "/None/x"])
def test_a_stage_that_is_none_takes_nothing_from_the_path(stage: object, path: str) -> None:
    event = with_value("api_gateway_v2", "plain", stage, "requestContext", "stage") | {"rawPath": path}
    request = DECODE["api_gateway_v2"](event, Config())
    assert (request.path, request.root_path) == (path, "")


@pytest.mark.parametrize("address", ["\ud800", "192.0.2.1\r\nforged", "", " \0", 5, None, [], {}])
def test_an_address_that_is_none_is_no_client(address: object) -> None:
    event = with_value("function_url", "plain", address, "requestContext", "http", "sourceIp")
    assert DECODE["function_url"](event, Config()).client is None


@pytest.mark.parametrize(
    ("address", "proxies", "client"), [("é", 0, None), ("é", 1, ("?", 0)), ("\ud800", 1, ("?", 0))]
)
def test_an_address_at_cloudfront_that_is_none(address: str, proxies: int, client: object) -> None:
    event = with_value("lambda_edge", "viewer_request_get", address, "Records", 0, "cf", "request", "clientIp")
    assert DECODE["lambda_edge"](event, Config(trusted_proxies=proxies)).client == client


@pytest.mark.parametrize("domain", ["\ud800", "bücher.example", "a\r\nb"])
def test_a_domain_that_is_none_is_no_server(domain: str) -> None:
    event = with_value("api_gateway_v2", "no_host", domain, "requestContext", "domainName")
    assert DECODE["api_gateway_v2"](event, Config()).server == ("localhost", 443)


@pytest.mark.parametrize("text", ["a\ud800b", "\udfff"])
def test_a_lone_surrogate_in_a_path_or_query_is_a_question_mark(text: str) -> None:
    event = load_event("function_url", "plain") | {"rawPath": f"/{text}", "rawQueryString": text}
    request = DECODE["function_url"](event, Config())
    require_valid(request)
    replaced = text.encode(errors="replace")
    assert (request.raw_path, request.query_string) == (b"/" + replaced.replace(b"?", b"%3F"), replaced)


@pytest.mark.parametrize("event", [nested(20_000), {"detail": nested(20_000)}, {"data": b"\0"}], ids=range(3))
def test_an_event_that_is_no_json_is_not_passed_on(event: object) -> None:
    with pytest.raises(EventError, match="JSON"):
        pass_through.ORIGIN.decode(cast("dict[str, object]", event), Config())
