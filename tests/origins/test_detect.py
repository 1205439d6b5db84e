"""Which origin an event is of: exactly one, whatever the order, and no error whatever the event holds."""

import copy
import json
import re
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambda_http_adapter import origins
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import MalformedEventError, UnknownOriginError
from lambda_http_adapter.origins import ORIGINS, Origin, RequestOrigin, detect, pass_through
from tests.support.paths import EVENTS

Place = tuple[str | int, ...]

FILES = sorted(EVENTS.glob("*/*.json"))
HTTP = [file for file in FILES if file.parent.name != "pass_through"]
UNHURRIED = settings(deadline=None)  # a busy machine is no finding
LOADED: dict[Path, object] = {file: json.loads(file.read_bytes()) for file in FILES}


def event_id(file: Path) -> str:
    return f"{file.parent.name}-{file.stem}"


def matching(event: object) -> list[str]:
    return [origin.name for origin in ORIGINS if isinstance(event, dict) and origin.matches(event)]


def test_every_origin_has_events_and_every_folder_an_origin() -> None:
    assert {file.parent.name for file in FILES} == set(RequestOrigin)
    assert {origin.name for origin in ORIGINS} == set(RequestOrigin) - {"pass_through"}


@pytest.mark.parametrize("file", FILES, ids=event_id)
def test_one_origin_matches(file: Path) -> None:
    assert matching(LOADED[file]) == ([file.parent.name] if file in HTTP else [])


@pytest.mark.parametrize("file", HTTP, ids=event_id)
def test_detect(file: Path) -> None:
    assert detect(LOADED[file]).name == file.parent.name
    assert detect(LOADED[file], reversed(ORIGINS)).name == file.parent.name


@given(st.sampled_from(HTTP), st.permutations(ORIGINS))
@UNHURRIED
def test_the_order_of_the_origins_is_irrelevant(file: Path, origins: list[Origin]) -> None:
    assert detect(LOADED[file], origins).name == file.parent.name


@given(st.lists(st.sampled_from(FILES), min_size=2, max_size=6))
@UNHURRIED
def test_the_events_before_are_irrelevant(files: list[Path]) -> None:
    for file in files:
        if file in HTTP:
            assert detect(LOADED[file]).name == file.parent.name
        else:
            with pytest.raises(UnknownOriginError):
                detect(LOADED[file])


@pytest.mark.parametrize(
    ("event", "found"),
    [
        ({}, "an empty object"),
        ([], "a JSON list"),
        (None, "a JSON NoneType"),
        ("text", "a JSON str"),
        ({"orderId": 7}, "an object with the keys 'orderId'"),
        (dict.fromkeys("abcdefghi"), "an object with the keys 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'"),
        ({"k" * 99: 1, "b": 2}, "an object with the keys '" + "k" * 39 + ", 'b'"),
    ],
)
def test_an_event_of_no_origin_is_described(event: object, found: str) -> None:
    with pytest.raises(UnknownOriginError) as raised:
        detect(event)
    assert str(raised.value) == (
        "This function serves HTTP and expects an event of function_url, api_gateway_v2, api_gateway_v1, alb, "
        f"websocket, vpc_lattice, lambda_edge; it got {found}. Check what invokes it, or which payload format the "
        "integration sends."
    )


def test_a_name_that_the_package_lacks_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'lambda_http_adapter.origins' has no attribute 'Unknown'$"):
        _ = origins.Unknown
    assert origins.RequestOrigin is RequestOrigin
    assert {"RequestOrigin", "ORIGINS", "HTTPRequest", "Origin", "detect"} <= set(dir(origins))
    assert dir(origins) == sorted(dir(origins))


def test_an_origin_has_what_it_is_made_of() -> None:
    parts = [partial(print, number) for number in range(6)]
    made = Origin("mine", *parts)  # type: ignore[arg-type]
    found = [made.matches, made.decode, made.encode, made.prelude, made.streams, made.response_limit]
    assert (made.name, found) == ("mine", parts)
    plain = Origin("plain", made.matches, made.decode, made.encode)
    assert (plain.prelude, plain.streams, plain.response_limit) == (None, None, None)


def test_an_origin_in_front_of_ours_comes_first_whatever_came_before() -> None:
    mine = Origin("mine", lambda event: True, ORIGINS[0].decode, ORIGINS[0].encode)
    for file in HTTP:
        assert detect(LOADED[file]) is not mine
        assert detect(LOADED[file], [mine, *ORIGINS]) is mine


# The words that tell origins apart: made-up events should get past the first look.
WORDS = st.sampled_from(
    [
        *("requestContext", "Records", "cf", "request", "response", "elb", "connectionId", "eventType", "http"),
        *("domainName", "stage", "serviceArn", "serviceNetworkArn", "version", "raw_path", "rawPath", "path", "method"),
        *("httpMethod", "resource", "apiPath", "type", "methodArn", "routeArn", "authorizationToken", "routeKey"),
    ]
)
VALUES = st.sampled_from(
    ["1.0", "2.0", "CONNECT", "MESSAGE", "REQUEST", "TOKEN", "GET", "/", "x.lambda-url.us-east-1.on.aws"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | VALUES
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=6),
    max_leaves=20,
)


@given(JSON)
@example([])
@example({"Records": [None]})
@example({"Records": {"0": {}}})
@example({"Records": [{"cf": []}]})
@example({"Records": [{"cf": {"request": None}}]})
@example({"requestContext": "text"})
@example({"requestContext": {"http": None}, "version": "2.0"})
@example({"requestContext": {"connectionId": {}, "eventType": ["CONNECT"]}})
@example({"type": ["REQUEST"], "methodArn": {}})
@example({"version": ["2.0"], "requestContext": {"serviceArn": 1}})
@UNHURRIED
def test_any_value_is_an_answer_or_unknown(event: object) -> None:
    try:
        assert detect(event).name in matching(event)
    except UnknownOriginError:
        assert matching(event) == []


def places(value: object, path: Place = ()) -> list[Place]:
    """Where something can be taken out of an event, at any depth."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [place for key, inner in items for place in [(*path, key), *places(inner, (*path, key))]]


@st.composite
def damaged(draw: st.DrawFn, replacements: st.SearchStrategy[object] | None) -> dict[str, object]:
    """An event with up to three values taken out or, given replacements, replaced."""
    event = copy.deepcopy(LOADED[draw(st.sampled_from(HTTP))])
    assert isinstance(event, dict)
    for _ in range(draw(st.integers(1, 3))):
        if not (remaining := places(event)):
            break
        *way, last = draw(st.sampled_from(remaining))
        holder = event
        for key in way:
            holder = holder[key]
        if replacements is not None and draw(st.booleans()):
            holder[last] = draw(replacements)
        else:
            del holder[last]
    return event


@given(damaged(replacements=None))
@UNHURRIED
def test_an_incomplete_event_is_still_of_one_origin_at_most(event: dict[str, object]) -> None:
    assert len(matching(event)) <= 1


@given(damaged(replacements=JSON))
@example({"raw_path": "/", "method": "POST", "headers": {"content-length": ["1", "3"]}, "body": "ok"})
@UNHURRIED
def test_a_damaged_event_is_decoded_or_refused(event: dict[str, object]) -> None:
    for origin in ORIGINS:
        if not origin.matches(event):
            continue
        try:
            request = origin.decode(event, Config())
        except MalformedEventError:
            continue
        assert request.path.startswith(request.root_path)
        assert not re.search(rb"[\x00-\x20\x7f-\xff?#]", request.raw_path)
        assert not re.search(rb"[\x00-\x20\x7f-\xff#]", request.query_string)
        lengths = [value for name, value in request.headers if name == b"content-length"]
        assert lengths == [b"%d" % len(request.body)] or (lengths, request.body) == ([], b"")


@pytest.mark.parametrize("file", FILES, ids=event_id)
def test_pass_through_takes_what_is_left(file: Path) -> None:
    event = LOADED[file]
    if file not in HTTP:
        with pytest.raises(UnknownOriginError):
            detect(event)
    if isinstance(event, dict):
        assert detect(event, (*ORIGINS, pass_through.ORIGIN)).name == file.parent.name
