"""What a handler returned, as the bytes of its answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from enum import Enum
from typing import NamedTuple
from uuid import UUID

import msgspec
import pydantic
import pytest

from lambda_http_adapter._delivery import END, Head
from lambda_http_adapter._delivery.results import StreamEncoder, WholeEncoder
from lambda_http_adapter.errors import AppError, ResultError
from tests.support.handler_recorder import BYTES, JSON, Serve, colours


class Size(Enum):
    small = "S"


class Pair(NamedTuple):
    a: int
    b: int


@dataclass
class Order:
    id: int
    placed: datetime


class Model(pydantic.BaseModel):
    placed: datetime
    read: bool = True


class Struct(msgspec.Struct):
    placed: datetime


class Png(bytes):
    content_type = "image/png"


class MediaType(str, Enum):  # noqa: UP042  # whose str() is its name
    csv = "text/csv"


def typed(data: bytes, content_type: object) -> bytes:
    result = Png(data)
    result.content_type = content_type  # type: ignore[assignment]
    return result


NOON = datetime.fromisoformat("2026-01-31T12:00:00+00:00")

RESULTS: list[tuple[object, str, bytes]] = [
    (None, JSON, b"null"),
    (True, JSON, b"true"),
    (5, JSON, b"5"),
    ("tüte", JSON, '"tüte"'.encode()),
    ("\ud800", JSON, b'"\\ud800"'),
    ({"a": [1, None]}, JSON, b'{"a":[1,null]}'),
    ({"b": 1, "a": 2}, JSON, b'{"b":1,"a":2}'),
    ((1, 2), JSON, b"[1,2]"),
    (Pair(1, 2), JSON, b"[1,2]"),
    (Size.small, JSON, b'"S"'),
    ({1}, JSON, b"[1]"),
    (NOON, JSON, b'"2026-01-31T12:00:00+00:00"'),
    (date(2026, 1, 31), JSON, b'"2026-01-31"'),
    (time_of_day(12, 30), JSON, b'"12:30:00"'),
    (UUID(int=1), JSON, b'"00000000-0000-0000-0000-000000000001"'),
    (Decimal(12345678901234567890), JSON, b"12345678901234567890"),
    (Decimal("1.10"), JSON, b"1.10"),
    (Decimal("1E+3"), JSON, b"1E+3"),
    (Decimal("-0.1000000000000000055511151231257827"), JSON, b"-0.1000000000000000055511151231257827"),
    (Decimal("NaN"), JSON, b"NaN"),
    (Decimal("NaN7"), JSON, b"NaN"),
    (Decimal("Infinity"), JSON, b"Infinity"),
    (Decimal("-Infinity"), JSON, b"-Infinity"),
    ({"price": [Decimal("1.10"), "1.10", 1.5]}, JSON, b'{"price":[1.10,"1.10",1.5]}'),
    (["\ud800", Decimal("1.10")], JSON, b'["\\ud800",1.10]'),
    (Order(1, NOON), JSON, b'{"id":1,"placed":"2026-01-31T12:00:00+00:00"}'),
    ([Model(placed=NOON)], JSON, b'[{"placed":"2026-01-31T12:00:00Z","read":true}]'),
    ({"s": Struct(NOON)}, JSON, b'{"s":{"placed":"2026-01-31T12:00:00Z"}}'),
    (b"raw", BYTES, b"raw"),
    (b"", BYTES, b""),
    (bytearray(b"raw"), BYTES, b"raw"),
    (memoryview(b"raw"), BYTES, b"raw"),
    (Png(b"\x89PNG"), "image/png", b"\x89PNG"),
    (typed(b"a;b", "text/csv;\theader=présent"), "text/csv;\theader=présent", b"a;b"),
    (typed(b"a;b", MediaType.csv), "text/csv", b"a;b"),
    (typed(b"a;b", b"text/csv"), BYTES, b"a;b"),
]


@colours
@pytest.mark.parametrize(("result", "content_type", "data"), RESULTS)
def test_results(serve: Serve, result: object, content_type: str, data: bytes) -> None:
    assert serve(lambda: result) == [content_type, data]


class Unknown:
    pass


CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)


@colours
@pytest.mark.parametrize(
    ("result", "message"),
    [
        (Unknown(), "The handler's result is not JSON serializable: there is no JSON type for Unknown."),
        ({"a": b"raw"}, "The handler's result is not JSON serializable: there is no JSON type for bytes."),
        (Order, "The handler's result is not JSON serializable: there is no JSON type for type."),
        (
            {(1, 2): 3},
            "The handler's result is not JSON serializable: keys must be str, int, float, bool or None, not tuple.",
        ),
        (CIRCLE, "The handler's result is not JSON serializable: Circular reference detected."),
    ],
)
def test_results_that_are_none(serve: Serve, result: object, message: str) -> None:
    with pytest.raises(ResultError) as raised:
        serve(lambda: result)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("result", "returned"),
    [({"a": 1}, {"a": 1}), (Order(1, NOON), {"id": 1, "placed": "2026-01-31T12:00:00+00:00"}), (b"raw", b"raw")],
)
def test_what_a_handler_of_aws_s_runtime_returns(result: object, returned: object) -> None:
    encoder = WholeEncoder(result)
    assert (encoder.encode(Head(200, [])), encoder.encode(b"")) == ([], [])
    assert encoder.result() == returned


@pytest.mark.parametrize("digits", ["1.10", "1E+3", "-0.1000000000000000055511151231257827", "12345678901234567890"])
def test_aws_s_runtime_gets_a_decimal_with_all_its_digits(digits: str) -> None:
    theirs = pytest.importorskip("awslambdaric.lambda_runtime_marshaller", reason="is published for Linux alone")
    result = {"price": Decimal(digits), "share": 0.1}
    assert theirs.to_json(WholeEncoder(result).result()) == theirs.to_json(result)


def test_a_text_is_not_taken_for_a_decimal() -> None:
    first = WholeEncoder([Decimal(1)]).encode(END)
    assert WholeEncoder(["decimal-1", Decimal(1)]).encode(END) == [b'["decimal-1",1]']
    assert first == [b"[1]"]


def test_a_handler_of_aws_s_runtime_can_not_stream() -> None:
    with pytest.raises(AppError, match=r"^A handler of AWS's Python runtime can't stream"):
        StreamEncoder(BYTES).result()


class Stream:
    def __init__(self, data: bytes) -> None:
        self.content_type = getattr(data, "content_type", None)
        self._chunks = iter([data])

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._chunks)


class Readable:
    """Neither a file nor an iterator."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._blocks = [b"part", b"rest"]

    def read(self, size: int) -> bytes:
        self.sizes.append(size)
        return self._blocks.pop(0) if self._blocks else b""


@colours
def test_what_has_read_alone_is_a_stream(serve: Serve) -> None:
    result = Readable()
    assert serve(lambda: result) == [BYTES, b"part", b"rest", b""]
    assert result.sizes == [65536] * 3


INJECTED = "text/csv\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n\r\nPOST /FORGED/response HTTP/1.1"


@colours
@pytest.mark.parametrize("content_type", [INJECTED, "text/csv\n", "\0", "text/\x7f", "text/☕", "\ud800"], ids=ascii)
@pytest.mark.parametrize("make", [lambda data: data, Stream], ids=["whole", "stream"])
def test_a_content_type_that_no_header_can_have_is_the_handlers_error(
    serve: Serve, make: Callable[[bytes], object], content_type: str
) -> None:
    """The result's goes into the request to the Runtime API."""
    with pytest.raises(ResultError) as raised:
        serve(lambda: make(typed(b"a;b", content_type)))
    assert str(raised.value) == f"Expected a media type as content_type of the result, got {content_type!r}."


def test_of_a_wrong_content_type_the_start_is_told() -> None:
    with pytest.raises(ResultError) as raised:
        WholeEncoder(typed(b"a;b", "x" * 201 + "\n"))
    assert str(raised.value) == f"Expected a media type as content_type of the result, got {'x' * 200!r}."
