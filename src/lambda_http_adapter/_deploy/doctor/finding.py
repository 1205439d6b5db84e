"""A finding: what is wrong, where, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "hint"]


class Finding(NamedTuple):
    """``id`` is stable, and ``docs/doctor.md`` explains it. ``where`` is a path in the bundle, or a resource of the
    template; "" for the bundle as a whole."""

    id: str
    severity: Severity
    where: str
    sentence: str
    remedy: str


class Kind(NamedTuple):
    """What all findings with one id share.

    ``severity``: an error fails on AWS, a warning works worse than it should, a hint costs time or space. ``sentence``
    and ``remedy`` are format strings. ``why`` is for the documentation.
    """

    severity: Severity
    sentence: str
    remedy: str
    why: str


def listed(names: list[str], most: int = 3) -> str:
    """The first names, quoted, and how many there are besides."""
    shown = ", ".join(map(repr, names[:most]))
    rest = len(names) - most
    return f"{shown} and {rest} more" if rest > 0 else shown


def printable(text: str) -> str:
    """``text`` without what a terminal would obey: the name of a file may be anything."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def in_code(text: str, inside: Callable[[str], str], outside: Callable[[str], str]) -> str:
    """``text`` with its parts between backticks changed by ``inside``, the others by ``outside``."""
    parts = re.split("(`[^`]*`)", text)
    return "".join(inside(part) if part.startswith("`") else outside(part) for part in parts)


def table_row(name: str, kind: Kind) -> str:
    """The row of ``docs/doctor.md``. Placeholders are in italics, inside of code in capitals."""
    cells = [f"`{name}`", kind.severity, *map(_documented, (kind.sentence, kind.why, kind.remedy))]
    return f"| {' | '.join(cells)} |"


def _documented(text: str) -> str:
    placeholder = re.compile(r"\{(\w+)(?:!r)?\}")
    return in_code(
        text,
        lambda part: placeholder.sub(lambda name: name[1].upper(), part),
        lambda part: placeholder.sub(r"*\1*", part),
    )
