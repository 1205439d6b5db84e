"""What two visits to the same server have in common: the rest is chance (tokens, times, identifiers)."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterator, Sequence

# A time of day is one word, and so is a fraction: their parts could be equal by chance.
_WORD = re.compile(r"[\w-]+:\d\d:\d\d(?:\.\d+)?|\d+\.\w+|[\w-]+|\W", re.ASCII)
_LINE = re.compile(r".*\n|.+")
_NOT_CHANCE = re.compile(r"[\s<>]")  # several words, or markup


def is_like(found: str, one: str, other: str) -> bool:
    """Whether ``found`` differs from ``one`` only where ``other`` does."""
    if one == other:
        return found == one
    position = 0
    chance = False
    for same, pieces in itertools.groupby(_pieces(one, other), key=lambda piece: piece[0]):
        if not same:
            chance = True
            continue
        text = "".join(piece for _, piece in pieces)
        start = found.find(text, position) if chance else position
        if start < 0 or not found.startswith(text, start) or _NOT_CHANCE.search(found, position, start):
            return False
        position = start + len(text)
        chance = False
    rest = found[position:]
    return not _NOT_CHANCE.search(rest) if chance else not rest


def _pieces(one: str, other: str) -> Iterator[tuple[bool, str]]:
    """The parts of ``one``, and whether each is in ``other`` too."""
    for lines, others in _blocks(_LINE.findall(one), _LINE.findall(other)):
        if lines == others:
            yield True, "".join(lines)
            continue
        for words, changed in _blocks(_WORD.findall("".join(lines)), _WORD.findall("".join(others))):
            yield words == changed, "".join(words)


def _blocks(one: Sequence[str], other: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """Both from the beginning to the end, in blocks that are equal or that differ."""
    if len(one) == len(other):
        yield from (([a], [b]) for a, b in zip(one, other, strict=True))
        return
    for _, start, end, first, last in difflib.SequenceMatcher(None, one, other).get_opcodes():
        yield one[start:end], other[first:last]
