"""Decoders of single values: each checks a value from JSON and converts it, or raises MisfitError."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, cast

from .._values.codec import dumps

Decode = Callable[[object], object]


class MisfitError(Exception):
    """A value of the wrong type.

    ``path`` has the steps that lead to it, the last step first: each decoder around it appends its own.
    """

    def __init__(self, problem: str, path: Iterable[str] = ()) -> None:
        self.problem = problem
        self.path = list(path)

    @property
    def field(self) -> str:
        """The path as text, such as ``items[1].price``."""
        return "".join(reversed(self.path)).removeprefix(".")


def anything(value: object) -> object:
    return value


def exactly(expected: str, *allowed: type) -> Decode:
    """A value of exactly one of these types: a boolean is an ``int`` in Python, but not a number in JSON."""

    def decode(value: object) -> object:
        if type(value) not in allowed:
            raise MisfitError(f"is {_kind(value)}, not {expected}")
        return value

    return decode


_number = exactly("a number", int, float)
_list = exactly("an array", list)
_dict = exactly("an object", dict)


def number(value: object) -> object:
    """A float. JSON may write it without a fraction."""
    try:
        return float(cast("float", _number(value)))
    except OverflowError:
        raise MisfitError("is larger than any double") from None


def literal(values: Sequence[object]) -> Decode:
    """One of ``values``. A member of an enumeration is written as its value."""
    shown = [value.value if isinstance(value, Enum) else value for value in values]
    allowed = {(type(raw), raw): value for raw, value in zip(shown, values, strict=True)}

    def decode(value: object) -> object:
        if isinstance(value, dict | list) or (type(value), value) not in allowed:
            raise MisfitError(f"is {_shown(value)}, not {_one_of(shown)}")
        return allowed[type(value), value]

    return decode


def enum(cls: type[Enum]) -> Decode:
    """A member of an enumeration, written as its value."""
    values = [member.value for member in cls]

    def decode(value: object) -> object:
        try:
            return cls(value)
        except ValueError:
            raise MisfitError(f"is {_shown(value)}, not {_one_of(values)}") from None

    return decode


def parsed(parse: Callable[[Any], object], allowed: tuple[type, ...], expected: str) -> Decode:
    """A value of the types ``allowed`` that ``parse`` accepts."""
    check = exactly(expected, *allowed)

    def decode(value: object) -> object:
        check(value)
        try:
            return parse(value)
        except (ValueError, ArithmeticError):
            raise MisfitError(f"is {_shown(value)}, not {expected}") from None

    return decode


def either(members: list[tuple[str, Decode]], optional: bool) -> Decode:
    """The first of ``members``, pairs of name and decoder, that accepts the value. ``optional`` accepts null."""

    def decode(value: object) -> object:
        if value is None and optional:
            return None
        misfits = []
        for _, member in members:
            try:
                return member(value)
            except MisfitError as misfit:
                misfits.append(misfit)
        # The member whose decoder got furthest is probably the one that the sender meant.
        deepest = max(misfits, key=lambda misfit: len(misfit.path))
        if deepest.path or len(misfits) == 1:
            raise deepest
        raise MisfitError(f"is {_kind(value)}, which fits none of {', '.join(name for name, _ in members)}")

    return decode


def array(make: Callable[[Iterable[object]], object], item: Decode) -> Decode:
    """An array whose values are all decoded by ``item``, collected by ``make``."""

    def decode(value: object) -> object:
        values = cast("list[object]", _list(value))
        items = [_at(f"[{index}]", item, each) for index, each in enumerate(values)]
        try:
            return make(items)
        except TypeError:  # a set of what has no hash
            raise MisfitError("has an array or object in it, which a set can't hold") from None

    return decode


def row(items: list[Decode]) -> Decode:
    """An array with exactly one value for each of ``items``, as a tuple."""

    def decode(value: object) -> object:
        values = cast("list[object]", _list(value))
        if len(values) != len(items):
            raise MisfitError(f"is an array of {len(values)}, not of {len(items)}")
        return tuple(_at(f"[{index}]", item, values[index]) for index, item in enumerate(items))

    return decode


def mapping(key: Decode, item: Decode) -> Decode:
    """An object with any keys, as a dict."""

    def decode(value: object) -> object:
        pairs = cast("dict[str, object]", _dict(value)).items()
        return {_at(f".{name}", key, name): _at(f".{name}", item, each) for name, each in pairs}

    return decode


def record(
    fields: Mapping[str, Decode], required: set[str], build: Callable[[dict[str, object], dict[str, object]], object]
) -> Decode:
    """An object with known ``fields``. ``build`` gets the object and the decoded values of its fields."""

    def decode(value: object) -> object:
        given = cast("dict[str, object]", _dict(value))
        values = {}
        for name, field in fields.items():
            if name in given:
                values[name] = _at(f".{name}", field, given[name])
            elif name in required:
                raise MisfitError("is missing", [f".{name}"])
        return build(given, values)

    return decode


def _at(step: str, decode: Decode, value: object) -> object:
    """Decode a value inside another one, ``step`` being the way to it: ``[1]`` or ``.name``."""
    try:
        return decode(value)
    except MisfitError as misfit:
        misfit.path.append(step)
        raise


_KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", types.NoneType: "null"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number")


def _shown(value: object) -> str:
    """A scalar as the start of its JSON, anything larger as its kind."""
    if isinstance(value, dict | list):
        return _kind(value)
    return dumps(value)[:80].decode(errors="replace")


def _one_of(values: Sequence[object]) -> str:
    if len(values) == 1:
        return _shown(values[0])
    return "one of " + ", ".join(map(_shown, values))
