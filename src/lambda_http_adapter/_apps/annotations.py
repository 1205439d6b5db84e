"""Decodes an event to the type that a handler annotates it with.

An annotation is compiled once, to a decoder. Types aren't coerced, except those that JSON has no type for. Keys that no
field has are ignored, because AWS adds some at any time.
"""

from __future__ import annotations

import collections.abc
import types
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, cast

from .._values.codec import dumps, loads
from ..errors import ConfigurationError, EventError, PayloadError
from . import decoders
from .decoders import Decode, MisfitError
from .signature import unresolved

_EVENTS = __name__.partition(".")[0] + ".events."


def payload_decoder(annotation: object) -> Callable[[bytes], object]:
    """What decodes an event, as bytes, to ``annotation``; None is a handler without an annotation.

    Raises ConfigurationError for a type that JSON can't be decoded to. The decoder raises EventError for a payload that
    isn't JSON, PayloadError for JSON of another type.
    """
    if annotation is bytes:
        return lambda payload: payload
    if annotation is str:
        return _text
    if annotation is None:
        return _json
    expected = _name(annotation)
    from_json = _library(annotation) or _standard(annotation)

    def decoder(payload: bytes) -> object:
        try:
            return from_json(payload)
        except MisfitError as misfit:
            raise PayloadError(expected, misfit.field, misfit.problem) from None
        except RecursionError as error:
            raise PayloadError(expected, "", "is nested too deeply") from error

    return decoder


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise EventError(f"The event is not UTF-8: {error}.") from error


def _json(payload: bytes) -> object:
    try:
        return loads(payload)
    except (ValueError, RecursionError) as error:
        raise EventError(f"The event is not JSON: {error}.") from error


# Types of libraries. A handler that is annotated with one has imported the library already.


def _library(annotation: object) -> Callable[[bytes], object] | None:
    """The library's own decoder; None for a type of another origin."""
    if hasattr(annotation, "__pydantic_validator__"):
        return _pydantic(annotation)
    if hasattr(annotation, "__struct_fields__"):
        return _msgspec(annotation)
    if is_data_class(annotation):
        checked = decoders.exactly("an object", dict)
        return lambda payload: cast("type", annotation)(checked(_json(payload)))
    return None


def is_data_class(annotation: object) -> bool:
    """Whether this is an event of Powertools, such as ``SQSEvent``: a mapping around the event's own dict."""
    # By name: a handler without one must not import Powertools.
    bases = getattr(annotation, "__mro__", ())
    return any((base.__module__, base.__name__) == _DATA_CLASS for base in bases)


_DATA_CLASS = ("aws_lambda_powertools.utilities.data_classes.common", "DictWrapper")


def _pydantic(model: object) -> Callable[[bytes], object]:
    from pydantic import TypeAdapter, ValidationError

    adapter: TypeAdapter[object] = TypeAdapter(cast("type", model))

    def from_json(payload: bytes) -> object:
        try:
            return adapter.validate_json(payload)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            path = [f"[{key}]" if isinstance(key, int) else f".{key}" for key in reversed(first["loc"])]
            raise MisfitError(f"is refused: {first['msg']}", path) from error

    return from_json


def _msgspec(struct: object) -> Callable[[bytes], object]:
    import msgspec

    decoder = msgspec.json.Decoder(struct)

    def from_json(payload: bytes) -> object:
        try:
            return decoder.decode(payload)
        except msgspec.ValidationError as error:
            message, _, path = str(error).partition(" - at `$")
            raise MisfitError(f"is refused: {message}", [path.rstrip("`")]) from error
        except msgspec.DecodeError as error:
            raise EventError(f"The event is not JSON: {error}.") from error

    return from_json


# Types of typing and the standard library

_QUALIFIERS = {typing.Annotated, typing.Required, typing.NotRequired, typing.Final}
if hasattr(typing, "ReadOnly"):  # pragma: no cover  # from Python 3.13 on
    _QUALIFIERS.add(typing.ReadOnly)
_ARRAYS: dict[object, Callable[[Iterable[object]], object]] = {
    list: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: list,
    collections.abc.Iterable: list,
}
_OBJECTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)
_SCALARS: dict[object, Decode] = {
    str: decoders.exactly("a string", str),
    int: decoders.exactly("an integer", int),
    bool: decoders.exactly("a boolean", bool),
    float: decoders.number,
    types.NoneType: decoders.exactly("null", types.NoneType),
}
# By name, because importing these modules would slow down start-up. Values: the JSON types that are accepted, and the
# expected value for a message.
_FROM_TEXT = {("uuid", "UUID"): ((str,), "a UUID"), ("decimal", "Decimal"): ((str, int, float), "a decimal number")}


def _standard(annotation: object) -> Callable[[bytes], object]:
    try:
        decode = _compile(annotation, {})
    except RecursionError as error:
        raise _unsupported(annotation) from error
    return lambda payload: decode(_json(payload))


def _compile(annotation: object, known: dict[object, Decode]) -> Decode:
    """The decoder of a type. ``known`` has the classes that are being compiled, because a class may contain itself."""
    if hasattr(annotation, "__value__") and not typing.get_args(annotation):
        return known.get(annotation) or _alias(annotation, known)
    annotation = _unqualified(annotation)
    if annotation in (Any, object):
        return decoders.anything
    origin = typing.get_origin(annotation) or annotation
    arguments = typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _union(arguments, known)
    if origin is typing.Literal:
        return decoders.literal(arguments)
    if origin is tuple and arguments and arguments[-1] is not ...:
        return decoders.row([_compile(argument, known) for argument in arguments])
    if origin in _ARRAYS:
        item = arguments[0] if arguments else Any
        return decoders.array(_ARRAYS[origin], _compile(item, known))
    if origin in _OBJECTS:
        key, value = arguments or (Any, Any)
        return decoders.mapping(_key(key, known), _compile(value, known))
    if not isinstance(origin, type):
        raise _unsupported(annotation)
    return _SCALARS.get(origin) or known.get(origin) or _class(origin, known)


def _alias(alias: object, known: dict[object, Decode]) -> Decode:
    """The decoder of a name from the type statement, which may be a part of its own type."""
    compiled: list[Decode] = []

    def decode(value: object) -> object:
        return compiled[0](value)

    known[alias] = decode
    compiled.append(_compile(cast("Any", alias).__value__, known))
    return compiled[0]


def _unqualified(annotation: object) -> object:
    """The type without the qualifiers and names around it."""
    while True:
        if typing.get_origin(annotation) in _QUALIFIERS:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        elif hasattr(annotation, "__value__"):  # the type statement
            annotation = annotation.__value__
        else:
            return annotation


def _union(arguments: tuple[object, ...], known: dict[object, Decode]) -> Decode:
    members = [argument for argument in arguments if argument is not types.NoneType]
    named = [(_name(member), _compile(member, known)) for member in members]
    return decoders.either(named, optional=types.NoneType in arguments)


def _key(annotation: object, known: dict[object, Decode]) -> Decode:
    """The decoder of an object's keys, which are strings in JSON: those of ``dict[int, …]`` hold a number."""
    if _unqualified(annotation) is int:
        return decoders.parsed(int, (str,), "an integer")
    return _compile(annotation, known)


def _class(cls: type, known: dict[object, Decode]) -> Decode:
    from_json = _library(cls)
    if from_json is not None:
        return lambda value: from_json(dumps(value))
    if hasattr(cls, "__required_keys__"):
        # AWS may change its own events, and a handler must not fail because of that: their fields aren't checked.
        if cls.__module__.startswith(_EVENTS):
            return decoders.exactly("an object", dict)
        return _typed_dict(cls, known)
    if hasattr(cls, "__dataclass_fields__"):
        return _dataclass(cls, known)
    if issubclass(cls, Enum):
        return decoders.enum(cls)
    if hasattr(cls, "fromisoformat"):
        return decoders.parsed(cls.fromisoformat, (str,), f"an ISO 8601 {cls.__name__}")
    if (cls.__module__, cls.__qualname__) in _FROM_TEXT:
        allowed, expected = _FROM_TEXT[cls.__module__, cls.__qualname__]
        make = cast("Callable[[str], object]", cls)
        return decoders.parsed(lambda value: _finite(make(str(value))), allowed, expected)
    raise _unsupported(cls)


def _finite(value: object) -> object:
    """Raises ValueError for a signaling NaN of ``Decimal``, with which even a comparison fails."""
    if hasattr(value, "is_snan") and value.is_snan():
        raise ValueError("a signaling NaN")
    return value


def _typed_dict(cls: type, known: dict[object, Decode]) -> Decode:
    hints = _hints(cls)
    required = {name for name, hint in hints.items() if _is_required(cls, name, hint)}
    return _record(cls, hints, required, known, lambda value, fields: {**value, **fields})


def _is_required(cls: type, name: str, hint: object) -> bool:
    # __required_keys__ misses a qualifier inside a quoted annotation, and `from __future__ import annotations` quotes
    # all of them.
    qualifier = typing.get_origin(hint)
    if qualifier is typing.Required:
        return True
    if qualifier is typing.NotRequired:
        return False
    return name in vars(cls)["__required_keys__"]


def _dataclass(cls: type, known: dict[object, Decode]) -> Decode:
    from dataclasses import MISSING, fields

    hints = _hints(cls)
    own = [field for field in fields(cls) if field.init]
    required = {field.name for field in own if field.default is MISSING and field.default_factory is MISSING}

    def build(value: dict[str, object], fields: dict[str, object]) -> object:
        try:
            return cls(**fields)
        except (ValueError, ArithmeticError) as error:  # from the class's own __post_init__
            raise MisfitError(f"is refused: {error}") from error

    return _record(cls, {field.name: hints[field.name] for field in own}, required, known, build)


def _record(
    cls: object,
    hints: dict[str, object],
    required: set[str],
    known: dict[object, Decode],
    build: Callable[[dict[str, object], dict[str, object]], object],
) -> Decode:
    fields: dict[str, Decode] = {}
    decode = decoders.record(fields, required, build)
    known[cls] = decode  # before its fields are compiled, which may refer to the class
    for name, hint in hints.items():
        fields[name] = _compile(hint, known)
    return decode


def _hints(cls: type) -> dict[str, object]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise unresolved(f"a field of {cls.__qualname__}", error) from error


def _unsupported(annotation: object) -> ConfigurationError:
    return ConfigurationError(
        f"JSON can't be decoded to {_name(annotation)}. An event is decoded to: bytes or str, as it came; dict, "
        "list, int, float, bool, None; dataclasses and TypedDicts, and in them Optional, Union, Literal, Enum, "
        "datetime, date, time, Decimal, UUID, tuple and set; msgspec Structs and pydantic models."
    )


def _name(annotation: object) -> str:
    """The type's name in a message, such as ``Order`` or ``list[int]``."""
    if isinstance(annotation, type) and not typing.get_args(annotation):
        return annotation.__qualname__
    return str(annotation).replace("typing.", "")
