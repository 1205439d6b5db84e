"""The result of a handler as bytes: one value, or a stream."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeGuard, cast, runtime_checkable

from .._values.codec import dumps, loads
from ..errors import AppError, ResultError
from . import END, is_header_value

if TYPE_CHECKING:
    from decimal import Decimal

    from _typeshed import DataclassInstance

    from . import End, Head

_BYTES = "application/octet-stream"
_BLOCK = 64 * 1024  # bytes


@runtime_checkable
class File(Protocol):
    """An open file, or another object with its ``read``."""

    def read(self, size: int, /) -> bytes: ...


Stream = File | Iterator[object] | AsyncIterator[object]


class WholeEncoder:
    """A result that is one value. Bytes are sent unchanged, everything else as JSON; None is ``null``.

    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html#python-handler-return
    """

    def __init__(self, result: object) -> None:
        """Raises ResultError if ``result`` is neither bytes nor JSON serializable."""
        if isinstance(result, bytes | bytearray | memoryview):
            self.content_type, self._data = content_type_of(result), bytes(result)
            self._has_decimals = False
        else:
            data = _encoded(result)
            self._has_decimals = _DECIMAL in data
            self.content_type, self._data = "application/json", _with_decimals(data)

    def encode(self, part: Head | bytes | End) -> list[bytes]:
        return [self._data] if part is END else []

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self._data)

    def result(self) -> object:
        """The result for AWS's Python runtime, which encodes it itself, a Decimal with all its digits."""
        if self._has_decimals:
            import json
            from decimal import Decimal

            return json.loads(self._data, parse_float=Decimal)
        return loads(self._data) if self.content_type == "application/json" else self._data


class StreamEncoder:
    """A result that is a stream: each block is sent when the handler produces it."""

    def __init__(self, content_type: str) -> None:
        self.content_type = content_type

    def encode(self, part: Head | bytes | End) -> list[bytes]:
        return [part] if isinstance(part, bytes) else []

    def result(self) -> object:
        """Raises AppError: AWS's Python runtime can't stream."""
        raise AppError("A handler of AWS's Python runtime can't stream: return the bytes, or use run().")


def content_type_of(result: object) -> str:
    """The result's attribute ``content_type`` if it has one, otherwise application/octet-stream.

    Raises ResultError for a text that can't be the value of a header.
    """
    content_type = getattr(result, "content_type", None)
    if not isinstance(content_type, str):
        return _BYTES
    content_type = str.__str__(content_type)  # an enumeration's members have texts of their own
    try:
        valid = is_header_value(content_type.encode("latin-1"))
    except UnicodeEncodeError:
        valid = False
    if not valid:
        raise ResultError(f"Expected a media type as content_type of the result, got {content_type[:200]!r}.")
    return content_type


def is_stream(result: object) -> TypeGuard[Stream]:
    """Whether the result is a file or an iterator, sync or async. Other iterables (lists, models) are JSON."""
    return isinstance(result, Iterator | AsyncIterator) or callable(getattr(result, "read", None))


def blocks(stream: Stream) -> Iterator[bytes]:
    """The blocks of a stream, without an event loop. Raises ResultError for a block that isn't bytes."""
    if isinstance(stream, File):
        while block := stream.read(_BLOCK):
            yield _bytes(block)
    elif isinstance(stream, Iterator):
        yield from map(_bytes, stream)
    else:
        raise ResultError("The handler returned an async iterator: that needs an async handler.")


async def async_blocks(stream: Stream) -> AsyncIterator[bytes]:
    """The same on an event loop, which a file and a sync iterator block."""
    if isinstance(stream, AsyncIterator):
        async for block in stream:
            yield _bytes(block)
    else:
        for data in blocks(stream):
            yield data


def _bytes(block: object) -> bytes:
    if isinstance(block, bytes | bytearray | memoryview):
        return bytes(block)
    raise ResultError(f"Expected bytes in a streamed result, got {type(block).__name__}.")


def json_bytes(result: object) -> bytes:
    """``result`` as JSON. Raises ResultError if it isn't JSON serializable."""
    return _with_decimals(_encoded(result))


def _encoded(result: object) -> bytes:
    """``result`` as JSON, where a text that starts with ``_DECIMAL`` stands for a Decimal."""
    try:
        return dumps(result, _convert)
    except (TypeError, ValueError, RecursionError) as error:
        raise ResultError(f"The handler's result is not JSON serializable: {error}.") from error


def _convert(value: object) -> object:
    """A value that JSON has no type for, as one that it has.

    A Decimal becomes a text that ``_with_decimals`` replaces: ``json`` can't encode numbers of other types.
    """
    if hasattr(value, "model_dump"):  # pydantic
        return value.model_dump(mode="json")
    if hasattr(value, "__struct_fields__"):
        import msgspec

        return msgspec.to_builtins(value)
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        from dataclasses import fields

        return {field.name: getattr(value, field.name) for field in fields(cast("DataclassInstance", value))}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return list(value)
    if hasattr(value, "isoformat"):  # datetime, date, time
        return value.isoformat()
    # By name, because importing these modules would slow down start-up.
    match type(value).__module__, type(value).__qualname__:
        case "uuid", "UUID":
            return str(value)
        case "decimal", "Decimal":
            return _decimal(cast("Decimal", value))
    raise TypeError(f"there is no JSON type for {type(value).__qualname__}")


# Random, so that no text of a result can be taken for a Decimal.
_DECIMAL = b"decimal-" + os.urandom(12).hex().encode()


def _decimal(value: Decimal) -> str | float:
    """NaN and infinity have no digits; ``json`` writes them as AWS's Python runtime does."""
    return _DECIMAL.decode() + str(value) if value.is_finite() else float(value)


def _with_decimals(data: bytes) -> bytes:
    """The JSON with the digits of each Decimal as a number, as in AWS's Python runtime: ``1.10`` stays ``1.10``."""
    if _DECIMAL not in data:
        return data
    import re

    return re.sub(rb'"%s([^"]*)"' % _DECIMAL, rb"\1", data)
