"""The typed events against the events themselves: no key is unknown, and what is required is there."""

import json
import types
import typing
from collections.abc import Iterator

import pytest

from lambda_http_adapter import events
from tests.support.paths import EVENTS

TYPES: dict[str, type] = {
    "alb": events.ALBTargetGroupEvent,
    "api_gateway_v1": events.APIGatewayProxyEvent,
    "api_gateway_v2": events.APIGatewayProxyEventV2,
    "function_url": events.LambdaFunctionURLEvent,
    "lambda_edge": events.CloudFrontRequestEvent,
    "vpc_lattice/v1": events.VPCLatticeEventV1,
    "vpc_lattice/v2": events.VPCLatticeEventV2,
    "websocket": events.APIGatewayWebSocketEvent,
}

# Written by hand with less, or with other values, than AWS sends.
MADE_UP = {
    "alb": ["minimal", "null_heavy", "values_not_text", "values_not_text_multi"],
    "api_gateway_v1": [
        *("absent_headers", "absent_request_context", "minimal", "values_not_text"),
        *("method_and_path", "method_and_path_version"),
    ],
    "api_gateway_v2": ["absent_headers", "minimal", "no_domain_name", "null_heavy", "values_not_text"],
    "function_url": ["absent_headers", "minimal", "null_heavy", "values_not_text"],
    "vpc_lattice": ["v2_typed_values"],
    "websocket": ["disconnect_no_identity"],
}


def fixtures() -> list[str]:
    return sorted(f"{path.parent.name}/{path.stem}" for path in EVENTS.glob("*/*.json"))


def type_of(fixture: str) -> type | None:
    return next((cls for prefix, cls in TYPES.items() if fixture.startswith(prefix)), None)


TYPED = [fixture for fixture in fixtures() if type_of(fixture)]
REAL = [fixture for fixture in TYPED if fixture.split("/")[1] not in MADE_UP.get(fixture.split("/")[0], [])]


def problems(value: object, hint: object, place: str = "event") -> Iterator[str]:
    """What in the value is not as the hint has it: a small checker, apart from the one that decodes."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.NotRequired:
        yield from problems(value, arguments[0], place)
    elif origin is types.UnionType:
        found = [list(problems(value, argument, place)) for argument in arguments]
        yield from [] if [] in found else max(found, key=lambda each: max(map(len, each)))
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{place} is {value!r}"
    elif origin is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from problems(item, arguments[0], f"{place}[{index}]")
    elif origin is dict and isinstance(value, dict):
        for name, item in value.items():
            yield from problems(item, arguments[1], f"{place}.{name}")
    elif isinstance(hint, type) and typing.is_typeddict(hint) and isinstance(value, dict):
        hints = typing.get_type_hints(hint, include_extras=True)
        yield from (f"{place}.{name} is unknown" for name in value.keys() - hints.keys())
        yield from (f"{place}.{name} is missing" for name in vars(hint)["__required_keys__"] - value.keys())
        for name in value.keys() & hints.keys():
            yield from problems(value[name], hints[name], f"{place}.{name}")
    elif hint not in (object, typing.Any) and type(value) is not (hint or types.NoneType):
        yield f"{place} is a {type(value).__name__}"


def read(fixture: str) -> object:
    return json.loads((EVENTS / fixture).with_suffix(".json").read_bytes())


@pytest.mark.parametrize("fixture", TYPED)
def test_every_key_is_known(fixture: str) -> None:
    found = problems(read(fixture), type_of(fixture))
    assert [problem for problem in found if problem.endswith(" is unknown")] == []


@pytest.mark.parametrize("fixture", REAL)
def test_what_is_required_is_there_and_of_its_type(fixture: str) -> None:
    assert list(problems(read(fixture), type_of(fixture))) == []


@pytest.mark.parametrize("fixture", sorted({*TYPED} - {*REAL}))
def test_what_is_made_up_is_rightly_left_out(fixture: str) -> None:
    assert list(problems(read(fixture), type_of(fixture))) != []


def test_every_origin_has_its_type() -> None:
    folders = {fixture.split("/")[0] for fixture in fixtures()} - {"pass_through"}
    assert {prefix.split("/")[0] for prefix in TYPES} == folders
    assert {f"{origin}/{name}" for origin, names in MADE_UP.items() for name in names} <= set(TYPED)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"key": "a", "value": "b"}, []),
        ({"value": "b"}, []),
        ({"key": "a"}, ["event.value is missing"]),
        ({"value": "b", "other": 1}, ["event.other is unknown"]),
        ({"value": 1}, ["event.value is a int"]),
        ([], ["event is a list"]),
        (None, ["event is a NoneType"]),
    ],
)
def test_the_checker(value: object, found: list[str]) -> None:
    assert list(problems(value, events.CloudFrontHeader)) == found


def test_all_is_sorted_and_true() -> None:
    assert events.__all__ == sorted(set(events.__all__))
    assert [name for name in events.__all__ if not typing.is_typeddict(getattr(events, name))] == []
    assert [name for name in events.__all__ if not getattr(events, name).__doc__] == []
