"""What a handler may return: here, and in AWS's Python runtime."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import msgspec
import pydantic
import pytest

from lambda_http_adapter._delivery import END
from lambda_http_adapter._delivery.results import WholeEncoder

theirs = pytest.importorskip("awslambdaric.lambda_runtime_marshaller", reason="is published for Linux alone")


class Size(Enum):
    small = "S"


@dataclass
class Order:
    id: int


class Model(pydantic.BaseModel):
    id: int


class Struct(msgspec.Struct):
    id: int


def decoded(data: str | bytes) -> object:
    """With the digits of each number."""
    return json.loads(data, parse_float=str, parse_int=str)


def here(result: object) -> object:
    return decoded(b"".join(WholeEncoder(result).encode(END)))


@pytest.mark.parametrize(
    "result",
    [
        None,
        "größe ☕",
        7,
        0.1,
        True,
        [1, [2]],
        (1, 2),
        {"a": {"b": None}, 1: "one"},
        Decimal("1.10"),
        Decimal("1E+3"),
        Decimal("12345678901234567890.1234567890"),
        {"prices": [Decimal("9.90")]},
    ],
    ids=repr,
)
def test_what_both_encode_alike(result: object) -> None:
    assert here(result) == decoded(theirs.to_json(result))


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 12), "2026-01-31T12:00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({1}, ["1"]),
        (Size.small, "S"),
        (Order(7), {"id": "7"}),
        (Model(id=7), {"id": "7"}),
        (Struct(7), {"id": "7"}),
    ],
    ids=repr,
)
def test_what_is_encoded_here_only(result: object, expected: object) -> None:
    assert here(result) == expected
    with pytest.raises(TypeError, match="not JSON serializable"):
        theirs.to_json(result)
