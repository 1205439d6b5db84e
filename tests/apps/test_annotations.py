"""From an event's JSON to what an annotation asks for: every type, every misfit, and the way there and back."""

import collections.abc
import enum
import json
import types
import typing
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, NotRequired, Optional, Required, TypedDict, Union

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypeAliasType

from lambda_http_adapter import events
from lambda_http_adapter._apps.annotations import payload_decoder
from lambda_http_adapter._delivery.results import json_bytes
from lambda_http_adapter.errors import ConfigurationError, EventError, PayloadError


class Size(enum.Enum):
    small = "S"
    large = "L"


class Level(enum.IntEnum):
    low = 1
    high = 2


@dataclass
class Item:
    name: str
    price: float
    sizes: list[Size] = field(default_factory=list)


@dataclass
class Order:
    id: int
    items: list[Item]
    placed: datetime | None = None
    notes: dict[str, str] = field(default_factory=dict)
    total: float = field(init=False, default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    name: str
    children: list["Tree"] = field(default_factory=list)


@dataclass
class Positive:
    number: int

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ValueError("the number must be positive")


class Point(TypedDict):
    x: float
    y: NotRequired[float]
    at: NotRequired[datetime]


class Partial(TypedDict, total=False):
    x: Required[int]
    y: int


# As they are under `from __future__ import annotations`.
class Quoted(TypedDict):
    x: "int"
    y: "NotRequired[int]"


class Model(pydantic.BaseModel):
    id: int
    items: list[dict[str, int]] = []


class StrictModel(pydantic.BaseModel, strict=True):
    at: datetime


@pydantic.dataclasses.dataclass
class Checked:
    id: pydantic.PositiveInt


class Struct(msgspec.Struct):
    id: int
    at: datetime | None = None
    items: list[Item] = []


@dataclass
class Mixed:
    model: Model
    structs: list[Struct]


UserId = NewType("UserId", int)
NOON = datetime.fromisoformat("2026-01-31T12:00:00+00:00")
NOON_TEXT = '"2026-01-31T12:00:00Z"'


VALUES: list[tuple[object, str, object]] = [
    (bytes, "not { json", b"not { json"),
    (str, '"raw"', '"raw"'),
    (None, '{"a":[1]}', {"a": [1]}),
    (Any, '{"a":1}', {"a": 1}),
    (object, "[1]", [1]),
    (type(None), "null", None),
    (dict, '{"a":1}', {"a": 1}),
    (dict[str, Any], '{"a":null}', {"a": None}),
    (dict[str, int], '{"a":1}', {"a": 1}),
    (dict[date, int], '{"2026-01-31":1}', {date(2026, 1, 31): 1}),
    (dict[int, str], '{"-7":"a"}', {-7: "a"}),
    (collections.abc.Mapping[str, str], '{"a":"b"}', {"a": "b"}),
    (list, '[1,"a"]', [1, "a"]),
    (list[int], "[1,2]", [1, 2]),
    (collections.abc.Sequence[int], "[1]", [1]),
    (tuple[int, ...], "[1,2]", (1, 2)),
    (tuple[int, str], '[1,"a"]', (1, "a")),
    (set[str], '["a","a"]', {"a"}),
    (frozenset[int], "[1]", frozenset({1})),
    (int, "12345678901234567890", 12345678901234567890),
    (float, "1", 1.0),
    (float, "1.5", 1.5),
    (bool, "true", True),
    (Optional[int], "null", None),  # noqa: UP045
    (int | None, "1", 1),
    (Union[int, str], '"a"', "a"),  # noqa: UP007
    (datetime | str, '"tomorrow"', "tomorrow"),
    (Literal["a", 1, None], "1", 1),
    (Literal[Size.small, "a"], '"S"', Size.small),
    (Size, '"S"', Size.small),
    (Level, "2", Level.high),
    (datetime, NOON_TEXT, NOON),
    (date, '"2026-01-31"', date(2026, 1, 31)),
    (time, '"12:30"', time(12, 30)),
    (Decimal, "1.10", Decimal("1.1")),
    (Decimal, '"1.10"', Decimal("1.10")),
    (Decimal, "3", Decimal(3)),
    (uuid.UUID, '"12345678-1234-5678-1234-567812345678"', uuid.UUID("12345678123456781234567812345678")),
    (UserId, "7", 7),
    (Annotated[int, "the answer"], "42", 42),
    (TypeAliasType("Alias", list[int]), "[1]", [1]),
    (Order, '{"id":1,"items":[]}', Order(1, [])),
    (
        Order,
        '{"id":1,"items":[{"name":"a","price":1,"sizes":["S"],"colour":"red"}],"placed":' + NOON_TEXT + "}",
        Order(1, [Item("a", 1.0, [Size.small])], NOON),
    ),
    (Order, '{"id":1,"items":[],"notes":{"gift":"yes"},"total":9,"more":null}', Order(1, [], None, {"gift": "yes"})),
    (Tree, '{"name":"a","children":[{"name":"b"}]}', Tree(name="a", children=[Tree(name="b")])),
    (list[Item] | Item, '{"name":"a","price":1}', Item("a", 1)),
    (Point, '{"x":1}', {"x": 1.0}),
    (Point, '{"x":1,"at":' + NOON_TEXT + ',"z":[]}', {"x": 1.0, "at": NOON, "z": []}),
    (Partial, '{"x":1}', {"x": 1}),
    (Quoted, '{"x":1}', {"x": 1}),
    (Model, '{"id":1,"more":2}', Model(id=1)),
    (Model, '{"id":"1","items":[{"a":1}]}', Model(id=1, items=[{"a": 1}])),
    (StrictModel, '{"at":' + NOON_TEXT + "}", StrictModel(at=NOON)),
    (Checked, '{"id":1}', Checked(1)),
    (Struct, '{"id":1,"at":' + NOON_TEXT + ',"more":2}', Struct(1, NOON)),
    (Mixed, '{"model":{"id":1},"structs":[{"id":2}]}', Mixed(Model(id=1), [Struct(2)])),
]


@pytest.mark.parametrize(("annotation", "text", "value"), VALUES)
def test_values(annotation: object, text: str, value: object) -> None:
    decoded = payload_decoder(annotation)(text.encode())
    assert decoded == value
    assert type(decoded) is type(value)


ORDER = '{"id":1,"items":[{"name":"a","price":2},%s]}'

MISFITS: list[tuple[object, str, str, str]] = [
    *(
        (
            annotation,
            text,
            path,
            f"The event doesn't fit {name}: {path or 'it'} has an array or object in it, which a set can't hold.",
        )
        for annotation, name, text, path in [
            (set[Any], "set[Any]", "[1,[2]]", ""),
            (set, "set", '[{"a":1}]', ""),
            (frozenset[object], "frozenset[object]", "[[]]", ""),
            (dict[str, set[Any]], "dict[str, set[Any]]", '{"a":[[]]}', "a"),
            (set[list[int]], "set[list[int]]", "[[1]]", ""),
        ]
    ),
    (Decimal, '"sNaN"', "", 'The event doesn\'t fit Decimal: it is "sNaN", not a decimal number.'),
    (
        set[Decimal],
        '["-sNaN7"]',
        "[0]",
        'The event doesn\'t fit set[decimal.Decimal]: [0] is "-sNaN7", not a decimal number.',
    ),
    (int, "true", "", "The event doesn't fit int: it is a boolean, not an integer."),
    (int, "1.5", "", "The event doesn't fit int: it is a number, not an integer."),
    (int, '"1"', "", "The event doesn't fit int: it is a string, not an integer."),
    (float, "true", "", "The event doesn't fit float: it is a boolean, not a number."),
    (float, "1" + "0" * 400, "", "The event doesn't fit float: it is larger than any double."),
    (bool, "1", "", "The event doesn't fit bool: it is a number, not a boolean."),
    (type(None), "0", "", "The event doesn't fit NoneType: it is a number, not null."),
    (list[int], '{"0":1}', "", "The event doesn't fit list[int]: it is an object, not an array."),
    (list[int], "[1,null]", "[1]", "The event doesn't fit list[int]: [1] is null, not an integer."),
    (tuple[int, str], "[1]", "", "The event doesn't fit tuple[int, str]: it is an array of 1, not of 2."),
    (tuple[int, str], "[1,2]", "[1]", "The event doesn't fit tuple[int, str]: [1] is a number, not a string."),
    (dict[str, int], '{"a":"b"}', "a", "The event doesn't fit dict[str, int]: a is a string, not an integer."),
    (
        dict[date, int],
        '{"a":1}',
        "a",
        """The event doesn't fit dict[datetime.date, int]: a is "a", """
        "not an ISO 8601 date.",
    ),
    (Size, '"M"', "", """The event doesn't fit Size: it is "M", not one of "S", "L"."""),
    (Size, "[]", "", """The event doesn't fit Size: it is an array, not one of "S", "L"."""),
    (Literal["a"], "1", "", """The event doesn't fit Literal['a']: it is 1, not "a"."""),
    (Literal[1], "true", "", "The event doesn't fit Literal[1]: it is true, not 1."),
    (Literal[Size.small], '"M"', "", """The event doesn't fit Literal[<Size.small: 'S'>]: it is "M", not "S"."""),
    (dict[int, str], '{"a":"b"}', "a", """The event doesn't fit dict[int, str]: a is "a", not an integer."""),
    (Literal["a"], "{}", "", """The event doesn't fit Literal['a']: it is an object, not "a"."""),
    (datetime, '"tomorrow"', "", """The event doesn't fit datetime: it is "tomorrow", not an ISO 8601 datetime."""),
    (datetime, "1783711206", "", "The event doesn't fit datetime: it is a number, not an ISO 8601 datetime."),
    (Decimal, '"ten"', "", """The event doesn't fit Decimal: it is "ten", not a decimal number."""),
    (Decimal, "true", "", "The event doesn't fit Decimal: it is a boolean, not a decimal number."),
    (uuid.UUID, '"1-2"', "", """The event doesn't fit UUID: it is "1-2", not a UUID."""),
    (int | None, '"a"', "", "The event doesn't fit int | None: it is a string, not an integer."),
    (int | str, "[]", "", "The event doesn't fit int | str: it is an array, which fits none of int, str."),
    (Order, "[]", "", "The event doesn't fit Order: it is an array, not an object."),
    (Order, "null", "", "The event doesn't fit Order: it is null, not an object."),
    (Order, "{}", "id", "The event doesn't fit Order: id is missing."),
    (Order, ORDER % "1", "items[1]", "The event doesn't fit Order: items[1] is a number, not an object."),
    (Order, ORDER % '{"name":"b"}', "items[1].price", "The event doesn't fit Order: items[1].price is missing."),
    (
        Order,
        ORDER % '{"name":"b","price":"2"}',
        "items[1].price",
        "The event doesn't fit Order: items[1].price is a string, not a number.",
    ),
    (
        Order,
        ORDER % '{"name":"b","price":2,"sizes":["S","XL"]}',
        "items[1].sizes[1]",
        """The event doesn't fit Order: items[1].sizes[1] is "XL", not one of "S", "L".""",
    ),
    (
        Order,
        '{"id":1,"items":[],"placed":5}',
        "placed",
        "The event doesn't fit Order: placed is a number, not an ISO 8601 datetime.",
    ),
    (
        Order,
        '{"id":1,"items":[],"notes":{"a":1}}',
        "notes.a",
        "The event doesn't fit Order: notes.a is a number, not a string.",
    ),
    (
        list[Item] | Item,
        '{"name":"a"}',
        "price",
        f"The event doesn't fit list[{__name__}.Item] | {__name__}.Item: price is missing.",
    ),
    (
        Tree,
        '{"name":"a","children":[{"name":"b","children":[{}]}]}',
        "children[0].children[0].name",
        "The event doesn't fit Tree: children[0].children[0].name is missing.",
    ),
    (Positive, '{"number":0}', "", "The event doesn't fit Positive: it is refused: the number must be positive."),
    (
        list[Positive],
        '[{"number":0}]',
        "[0]",
        f"The event doesn't fit list[{__name__}.Positive]: [0] is refused: the number must be positive.",
    ),
    (Point, '{"y":1}', "x", "The event doesn't fit Point: x is missing."),
    (Point, '{"x":1,"y":null}', "y", "The event doesn't fit Point: y is null, not a number."),
    (Partial, '{"y":1}', "x", "The event doesn't fit Partial: x is missing."),
    (Quoted, '{"y":1}', "x", "The event doesn't fit Quoted: x is missing."),
    (Model, "{}", "id", "The event doesn't fit Model: id is refused: Field required."),
    (
        Model,
        '{"id":1,"items":[{},{"a":null}]}',
        "items[1].a",
        "The event doesn't fit Model: items[1].a is refused: Input should be a valid integer.",
    ),
    (Checked, '{"id":0}', "id", "The event doesn't fit Checked: id is refused: Input should be greater than 0."),
    (Struct, '{"id":"1"}', "id", "The event doesn't fit Struct: id is refused: Expected `int`, got `str`."),
    (Struct, "{}", "", "The event doesn't fit Struct: it is refused: Object missing required field `id`."),
    (
        Mixed,
        '{"model":{"id":1},"structs":[{"id":1},{"id":null}]}',
        "structs[1].id",
        "The event doesn't fit Mixed: structs[1].id is refused: Expected `int`, got `null`.",
    ),
]


@pytest.mark.parametrize(("annotation", "text", "path", "message"), MISFITS)
def test_misfits(annotation: object, text: str, path: str, message: str) -> None:
    with pytest.raises(PayloadError) as raised:
        payload_decoder(annotation)(text.encode())
    assert str(raised.value) == message
    assert raised.value.field == path


@pytest.mark.parametrize(
    ("annotation", "payload", "message"),
    [
        (None, b"{", r"^The event is not JSON: .+ \(char 1\)\.$"),
        (None, b"", r"^The event is not JSON: .+\.$"),
        (None, b"[" * 100_000, r"^The event is not JSON: .*recursion.*\.$"),
        (Order, b"\xff\xfe", r"^The event is not JSON: .+\.$"),
        (Struct, b"{", r"^The event is not JSON: .+\.$"),
        (Model, b"{", r"^The event doesn't fit Model: it is refused: Invalid JSON: .+\.$"),
        (str, b"\xff", r"^The event is not UTF-8: .+\.$"),
    ],
)
def test_what_is_not_json(annotation: object, payload: bytes, message: str) -> None:
    with pytest.raises(EventError, match=message):
        payload_decoder(annotation)(payload)


class Alias:
    """What ``type Nested = list[Nested]`` makes from Python 3.12 on."""

    __value__: object


NESTED = Alias()
NESTED.__value__ = list[NESTED]  # type: ignore[valid-type]


def test_a_type_alias_that_is_a_part_of_itself() -> None:
    assert payload_decoder(NESTED)(b"[[],[[]]]") == [[], [[]]]
    with pytest.raises(PayloadError, match=r"\[0\]\[1\] is a number, not an array"):
        payload_decoder(NESTED)(b"[[[],1]]")


DEEP = 400  # few enough for JSON, and too many for a decoder that takes several calls a level


@pytest.mark.parametrize(
    ("annotation", "payload"),
    [
        (NESTED, "[" * DEEP + "]" * DEEP),
        (Tree, '{"name":"x","children":[' * DEEP + "]}" * DEEP),
        (set[Any] | Tree, '{"name":"x","children":[' * DEEP + "]}" * DEEP),
    ],
    ids=["alias", "dataclass", "union"],
)
def test_what_is_nested_too_deeply_is_the_caller_s_fault(annotation: object, payload: str) -> None:
    with pytest.raises(EventError, match="is nested too deeply"):
        payload_decoder(annotation)(payload.encode())


class Unknown:
    pass


@dataclass
class Unresolved:
    fine: int
    other: "Nowhere"  # type: ignore[name-defined]  # noqa: F821


@dataclass
class Nested:
    unknown: list[Unknown]


# ``type Generic[T] = list[Generic[T]]``, which Python has from 3.12 on
_generic = Alias()
GENERIC = types.GenericAlias(_generic, (int,))  # type: ignore[arg-type]
_generic.__value__ = types.GenericAlias(list, (GENERIC,))


WORKS = (
    " An event is decoded to: bytes or str, as it came; dict, list, int, float, bool, None; dataclasses and "
    "TypedDicts, and in them Optional, Union, Literal, Enum, datetime, date, time, Decimal, UUID, tuple and set; "
    "msgspec Structs and pydantic models."
)


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Unknown, f"JSON can't be decoded to Unknown.{WORKS}"),
        (Nested, f"JSON can't be decoded to Unknown.{WORKS}"),
        (dict[str, complex], f"JSON can't be decoded to complex.{WORKS}"),
        (list[bytes], f"JSON can't be decoded to bytes.{WORKS}"),
        (GENERIC, f"JSON can't be decoded to {GENERIC}.{WORKS}"),
        (typing.TypeVar("T"), f"JSON can't be decoded to ~T.{WORKS}"),
        (collections.abc.Callable[[], int], f"JSON can't be decoded to Callable.{WORKS}"),
        (
            Unresolved,
            "The annotation of a field of Unresolved can't be resolved: name 'Nowhere' is not defined. The type of "
            "an event must exist at run time: import it outside of TYPE_CHECKING, and define it outside of functions.",
        ),
    ],
)
def test_what_nothing_can_be_decoded_to(annotation: object, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        payload_decoder(annotation)
    assert str(raised.value) == message


def test_aws_s_own_events_are_not_checked() -> None:
    """AWS may add, drop and null what it likes."""
    decode = payload_decoder(events.APIGatewayProxyEventV2)
    assert decode(b'{"version":"3.0"}') == {"version": "3.0"}
    with pytest.raises(PayloadError):
        decode(b"[]")


# There and back

texts = st.text(st.characters(exclude_categories=["Cs"]))
floats = st.floats(allow_nan=False, allow_infinity=False)
trees: st.SearchStrategy[Tree] = st.deferred(lambda: st.builds(Tree, name=texts, children=st.lists(trees, max_size=2)))
ORDERS = st.builds(
    Order,
    id=st.integers(),
    items=st.lists(st.builds(Item, name=texts, price=floats, sizes=st.lists(st.sampled_from(Size)))),
    placed=st.none() | st.datetimes(timezones=st.none() | st.just(NOON.tzinfo)),
    notes=st.dictionaries(texts, texts),
)
POINTS = st.fixed_dictionaries({"x": floats}, optional={"y": floats, "at": st.datetimes()})


@given(ORDERS)
def test_dataclasses_come_back(order: Order) -> None:
    assert payload_decoder(Order)(json_bytes(order)) == order


@given(trees)
def test_what_holds_itself_comes_back(tree: Tree) -> None:
    assert payload_decoder(Tree)(json_bytes(tree)) == tree


@given(POINTS)
def test_typed_dicts_come_back(point: Point) -> None:
    assert payload_decoder(Point)(json_bytes(point)) == point


@given(st.builds(Struct, id=st.integers(-(2**63), 2**63 - 1), at=st.none() | st.datetimes()))
def test_structs_come_back(struct: Struct) -> None:
    assert payload_decoder(Struct)(json_bytes(struct)) == struct


@given(st.builds(Model, id=st.integers(-(2**63), 2**63 - 1)))
def test_models_come_back(model: Model) -> None:
    assert payload_decoder(Model)(json_bytes(model)) == model


Scalars = tuple[int, float, bool, str, date, time, uuid.UUID, Level, Decimal]
SCALARS = st.tuples(
    st.integers(),
    floats,
    st.booleans(),
    texts,
    st.dates(),
    st.times(),
    st.uuids(),
    st.sampled_from(Level),
    st.decimals(-(10**6), 10**6, allow_nan=False, places=4),
)


@given(SCALARS)
def test_scalars_come_back(values: Scalars) -> None:
    assert payload_decoder(Scalars)(json_bytes(values)) == values


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=10,
)


@given(anything)
def test_json_comes_back(value: object) -> None:
    assert payload_decoder(None)(json_bytes(value)) == value


@given(anything)
def test_no_event_makes_a_decoder_raise_anything_but_what_it_documents(value: object) -> None:
    sets = (set[Any], frozenset[Decimal], dict[str, set[Any]], set[dict[str, int]])
    for annotation in (Order, Tree, Point, Size, Decimal, uuid.UUID, datetime, Model, Struct, int | list[Item], *sets):
        with suppress(EventError):
            payload_decoder(annotation)(json.dumps(value).encode())
