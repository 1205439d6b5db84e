"""Every event of every origin with anything in any place: a valid request, or an error that says what is wrong.

The mutations know the structure of an event: they change a value, a name or a part of a text that is there.
"""

import json
from typing import NamedTuple, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambda_http_adapter import lambda_request
from lambda_http_adapter._apps.asgi import build_scope
from lambda_http_adapter._apps.exchange import Exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import EventError, MalformedEventError
from lambda_http_adapter.origins import ORIGINS, pass_through
from tests.support.origin_events import load_event
from tests.support.paths import EVENTS
from tests.support.request_rules import require_valid

Place = tuple[str | int, ...]
Parent = dict[str | int, object]  # or a list, which is indexed in the same way

FILES = {f"{file.parent.name}/{file.stem}": file for file in sorted(EVENTS.glob("*/*.json"))}


def nested(depth: int, as_objects: bool = False) -> object:
    value: object = "x"
    for _ in range(depth):
        value = {"x": value} if as_objects else [value]
    return value


NASTY = ["\r\n", "\n", "\r", "\0", "\x1b", "\x7f", "\x85", "\u2028", "\ud800", "\udfff\ud800", "é", "名", "\U0001f600"]
NASTY += [
    " ",
    "?",
    "#",
    "&",
    "=",
    "%",
    "%00",
    "%0d%0a",
    "%ff",
    "%ud800",
    "\\",
    "//",
    "..",
    ":",
    "[",
    "]",
    ",",
    ";",
    "@",
]
HUGE = ["x" * 70_000, "/" * 20_000, 10**400, -(10**30), 10**5000, 1e308, float("inf"), float("nan")]


class Deep(NamedTuple):
    """Stands for ``nested(depth, as_objects)``, which can't be printed, until an event is served."""

    depth: int
    as_objects: bool = False


def expanded(value: object) -> object:
    if isinstance(value, Deep):
        return nested(*value)
    if isinstance(value, dict):
        return {key: expanded(inner) for key, inner in value.items()}
    return [expanded(inner) for inner in value] if isinstance(value, list) else value


DEEP = [Deep(900), Deep(20_000), Deep(20_000, as_objects=True)]
TEXTS = st.sampled_from(NASTY) | st.text(max_size=5) | st.text(st.characters(categories=["Cs", "Cc"]), max_size=3)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary(max_size=3)
VALUES = (
    SCALARS
    | st.sampled_from(HUGE)
    | st.sampled_from(DEEP)
    | st.lists(SCALARS, max_size=2)
    | st.dictionaries(TEXTS, SCALARS | st.lists(SCALARS, max_size=2), max_size=2)
)
CONFIGS = st.sampled_from(
    [
        Config(),
        Config(base_path="/shop", root_path=""),
        Config(root_path="/größe"),
        Config(authorization_source=b"x-authorization", trusted_proxies=2),
    ]
)


def places(value: object, path: Place = ()) -> list[Place]:
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [place for key, inner in items for place in [(*path, key), *places(inner, (*path, key))]]


def mutate(draw: st.DrawFn, parent: Parent, key: str | int) -> None:
    """Replace the value, put something into its text, or rename it."""
    value = parent[key]
    what = draw(st.integers(0, 3))
    if what == 0 and isinstance(value, str):
        place = draw(st.integers(0, len(value)))
        parent[key] = value[:place] + draw(TEXTS) + value[place:]
    elif what == 1 and isinstance(parent, dict):
        del parent[key]
        parent[str(key) + draw(TEXTS)] = value
    else:
        parent[key] = draw(VALUES)


@st.composite
def mutated(draw: st.DrawFn) -> object:
    event = json.loads(FILES[draw(st.sampled_from(list(FILES)))].read_bytes())
    chosen = draw(st.lists(st.sampled_from(places(event) or [()]), min_size=1, max_size=3, unique=True))
    # The innermost places first: a mutation may leave nothing at those inside it.
    for place in sorted(chosen, key=len, reverse=True):
        if not place:
            return draw(VALUES)
        parent = event
        for key in place[:-1]:
            parent = parent[key]
        mutate(draw, parent, place[-1])
    return event


def serve(event: object, config: Config) -> None:
    """As far as what the app is called with, and what it may ask of it."""
    origins = [origin for origin in ORIGINS if isinstance(event, dict) and origin.matches(event)]
    for origin in origins or [pass_through.ORIGIN]:
        fields = cast("dict[str, object]", event)
        try:
            request = origin.decode(fields, config)
        except EventError:
            continue
        require_valid(request)
        exchange = Exchange(origin.name, fields, None, request, streams=False)
        scope, environ = build_scope(exchange, {}), build_environ(exchange, rival_keys=True)
        for name, value in environ.items():
            if name.isupper() or name.startswith("HTTP_"):
                value.encode("latin-1")
        for source in (scope, environ):
            found = lambda_request(source)
            assert (found.authorizer, found.query_parameters, found.path_parameters, found.stage_variables) is not None


def with_value(origin: str, name: str, value: object, *place: str | int) -> dict[str, object]:
    event = load_event(origin, name)
    parent: object = event
    for key in place[:-1]:
        parent = cast("Parent", parent)[key]
    cast("Parent", parent)[place[-1]] = value
    return event


@given(mutated(), CONFIGS)
@example([1], Config())
@example(Deep(900), Config())
@example(with_value("api_gateway_v2", "cookies", [None], "cookies"), Config())
@example(with_value("api_gateway_v1", "plain", "li\ud800ve", "requestContext", "stage"), Config())
@example(with_value("api_gateway_v2", "plain", Deep(20_000), "requestContext", "http", "protocol"), Config())
@example(with_value("function_url", "plain", Deep(20_000), "headers", "x-tag"), Config())
@settings(deadline=None, max_examples=500)
def test_any_event_is_a_valid_request_or_an_error_of_its_own(event: object, config: Config) -> None:
    serve(expanded(event), config)


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
