"""An event's JSON as the value that a handler's annotation asks for.

An annotation is compiled once. Keys that no field asks for are ignored, as AWS adds some whenever it likes; types are
not coerced, but for those that JSON has none for.
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


def payload_decoder(annotation: object) -> Callable[[bytes], object]:
    """``annotation`` None is none. Raises ConfigurationError for one that nothing in JSON can become."""
    if annotation is bytes:
        return lambda payload: payload
    if annotation is str:
        return _text
    if annotation is None:
        return _json
    expected, from_json = _name(annotation), _library(annotation) or _standard(annotation)

    def decoder(payload: bytes) -> object:
        try:
            return from_json(payload)
        except MisfitError as misfit:
            raise PayloadError(expected, misfit.field, misfit.problem) from None

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


# Libraries: whoever annotates with their types has them


def _library(annotation: object) -> Callable[[bytes], object] | None:
    if hasattr(annotation, "__pydantic_validator__"):
        return _pydantic(annotation)
    if hasattr(annotation, "__struct_fields__"):
        return _msgspec(annotation)
    return None


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


# What typing and the standard library have


def _standard(annotation: object) -> Callable[[bytes], object]:
    decode = _compile(annotation, {})
    return lambda payload: decode(_json(payload))


def _compile(annotation: object, known: dict[object, Decode]) -> Decode:
    """``known`` holds what is being compiled already: a type may hold itself."""
    annotation = _bare(annotation)
    if annotation in (Any, object):
        return decoders.anything
    origin, arguments = typing.get_origin(annotation) or annotation, typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        members = [(_name(member), _compile(member, known)) for member in arguments if member is not types.NoneType]
        return decoders.either(members, optional=len(members) < len(arguments))
    if origin is typing.Literal:
        return decoders.literal(arguments)
    if origin is tuple and arguments and arguments[-1] is not ...:
        return decoders.row([_compile(argument, known) for argument in arguments])
    if origin in _ARRAYS:
        return decoders.array(_ARRAYS[origin], _compile(arguments[0] if arguments else Any, known))
    if origin in _OBJECTS:
        key, value = arguments or (Any, Any)
        # JSON's keys are texts, whatever they stand for.
        whole = _bare(key) is int
        name = decoders.parsed(int, (str,), "an integer") if whole else _compile(key, known)
        return decoders.mapping(name, _compile(value, known))
    if not isinstance(origin, type):
        raise _unsupported(annotation)
    return _SCALARS.get(origin) or known.get(origin) or _class(origin, known)


def _bare(annotation: object) -> object:
    """Without what says more about a place than about the values in it."""
    while True:
        if typing.get_origin(annotation) in _QUALIFIERS:
            annotation = typing.get_args(annotation)[0]
        elif hasattr(annotation, "__supertype__"):  # NewType
            annotation = annotation.__supertype__
        elif hasattr(annotation, "__value__"):  # the type statement
            annotation = annotation.__value__
        else:
            return annotation


_QUALIFIERS = {typing.Annotated, typing.Required, typing.NotRequired, typing.Final, getattr(typing, "ReadOnly", None)}
_QUALIFIERS -= {None}
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
# By name, so that nobody imports what a handler doesn't.
_FROM_TEXT = {("uuid", "UUID"): ((str,), "a UUID"), ("decimal", "Decimal"): ((str, int, float), "a decimal number")}


def _class(cls: type, known: dict[object, Decode]) -> Decode:
    from_json = _library(cls)
    if from_json is not None:
        return lambda value: from_json(dumps(value))
    if hasattr(cls, "__required_keys__"):
        # AWS's own events: what they hold is for AWS to say, and may change without a function failing for it.
        if cls.__module__.startswith("lambda_http_adapter.events."):
            return decoders.exactly("an object", dict)
        return _typed_dict(cls, known)
    if hasattr(cls, "__dataclass_fields__"):
        return _dataclass(cls, known)
    if issubclass(cls, Enum):
        return decoders.enum(cls)
    if hasattr(cls, "fromisoformat"):
        return decoders.parsed(cls.fromisoformat, (str,), f"an ISO 8601 {cls.__name__}")
    if (cls.__module__, cls.__qualname__) in _FROM_TEXT:
        make = cast("Callable[[str], object]", cls)
        return decoders.parsed(lambda value: make(str(value)), *_FROM_TEXT[cls.__module__, cls.__qualname__])
    raise _unsupported(cls)


def _typed_dict(cls: type, known: dict[object, Decode]) -> Decode:
    hints = _hints(cls)
    # __required_keys__ overlooks what is in quotes, and under `from __future__ import annotations` everything is.
    listed = vars(cls)["__required_keys__"]
    kinds = {name: typing.get_origin(hint) for name, hint in hints.items()}
    required = {
        name
        for name, kind in kinds.items()
        if kind is typing.Required or (kind is not typing.NotRequired and name in listed)
    }
    return _record(cls, hints, required, known, lambda value, fields: {**value, **fields})


def _dataclass(cls: type, known: dict[object, Decode]) -> Decode:
    from dataclasses import MISSING, fields

    hints = _hints(cls)
    own = [field for field in fields(cls) if field.init]
    required = {field.name for field in own if field.default is MISSING and field.default_factory is MISSING}

    def build(value: dict[str, object], fields: dict[str, object]) -> object:
        try:
            return cls(**fields)
        except ValueError as error:  # from its own __post_init__
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
    known[cls] = decode = decoders.record(fields, required, build)
    fields |= {name: _compile(hint, known) for name, hint in hints.items()}
    return decode


def _hints(cls: type) -> dict[str, object]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise unresolved(f"a field of {cls.__qualname__}", error) from error


def _unsupported(annotation: object) -> ConfigurationError:
    return ConfigurationError(
        f"Nothing in JSON can become {_name(annotation)}. An event is decoded to: bytes or str, as it came; dict, "
        "list, int, float, bool, None; dataclasses and TypedDicts, and in them Optional, Union, Literal, Enum, "
        "datetime, date, time, Decimal, UUID, tuple and set; msgspec Structs and pydantic models."
    )


def _name(annotation: object) -> str:
    plain = isinstance(annotation, type) and not typing.get_args(annotation)
    return getattr(annotation, "__qualname__", "") if plain else str(annotation).replace("typing.", "")
