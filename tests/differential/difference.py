"""A difference with a name: where a peer departs from us, in which field, what it has there instead, and why."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

# What comes from JSON and from scopes: the tests below look at it field by field.
Event: TypeAlias = dict[str, Any]
Value: TypeAlias = Any
Fields: TypeAlias = dict[str, Value]


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()


class Response(NamedTuple):
    """What an app answers to a request with ``method``; ``raises`` is where it does, before or behind its head."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    method: str = "GET"
    raises: str = ""

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


class Case(NamedTuple):
    """An event, what our app saw of it or the client of its answer, and that answer."""

    origin: str
    fixture: str
    event: Event
    ours: Fields
    answer: str = ""
    response: Response = Response()

    def __str__(self) -> str:
        return "/".join(filter(None, (self.origin, self.fixture, self.answer)))


class Difference(NamedTuple):
    """``theirs`` makes the peer's value of ours in every field that matches the pattern ``field``.

    ``where`` is exact: where it holds, at least one field changes. Several differences may meet in one field: then
    each goes on with what the one before made of it. A difference in ``outcome`` leaves no others.
    """

    field: str
    where: Callable[[Case], bool]
    theirs: Callable[[Case, Value], Value]
    reason: str

    def concerns(self, case: Case) -> bool:
        about_answers = self.field.startswith("answer")
        return (self.field == "outcome" or about_answers == bool(case.answer)) and self.where(case)


def wherever_other(
    field: str, theirs: Callable[[Case], Value], reason: str, where: Callable[[Case], bool] = lambda case: True
) -> Difference:
    """The peer's value follows from the event alone; a difference is where that is not ours."""
    return Difference(
        field,
        lambda case: where(case) and case.ours.get(field, ABSENT) != theirs(case),
        lambda case, ours: theirs(case),
        reason,
    )


def explain(differences: list[Difference], case: Case, theirs: Fields) -> tuple[Fields, list[Difference]]:
    """What the peer should have by the differences, and those of them that concern the case."""
    expected = dict(case.ours)
    used = []
    for difference in differences:
        if not difference.concerns(case):
            continue
        before = dict(expected)
        for name in sorted(expected.keys() | theirs.keys()):
            if re.fullmatch(difference.field, name):
                expected[name] = difference.theirs(case, expected.get(name, ABSENT))
        expected = {name: value for name, value in expected.items() if value is not ABSENT}
        assert expected != before, f"{case}: {difference.field!r} does not differ: {difference.reason}"
        used.append(difference)
        if difference.field == "outcome":
            return {"outcome": expected["outcome"]}, used
    return expected, used


# Where


def always(case: Case) -> bool:
    return True


def of(*origins: str) -> Callable[[Case], bool]:
    return lambda case: case.origin in origins


def fixture(*names: str) -> Callable[[Case], bool]:
    return lambda case: case.fixture in names


def answer(*names: str) -> Callable[[Case], bool]:
    return lambda case: case.answer in names


# Theirs


def to(value: Value) -> Callable[[Case, Value], Value]:
    return lambda case, ours: value


# What events and answers say


def sent(event: Event, name: str) -> list[str]:
    """The values of a request header as the event has them, in whichever map; peers take the last of two spellings."""
    if "Records" in event:
        return [item["value"] for item in event["Records"][0]["cf"]["request"]["headers"].get(name, ())]
    for headers in (event.get("multiValueHeaders"), event.get("headers")):
        found = [value for key, value in (headers or {}).items() if key.lower() == name]
        if found:
            return found[-1] if isinstance(found[-1], list) else found[-1:]
    return []
