"""Text with holes, and with lines that only some projects have.

$name            a hole; $$ is a dollar sign
#if url queue    the lines until #end are for projects that have one of these facts
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from string import Template


def render(text: str, facts: Collection[str], names: Mapping[str, str]) -> str:
    """The template ``text`` for a project. KeyError: it has a hole that ``names`` doesn't fill."""
    return Template("".join(_kept(text, facts))).substitute(names)


def _kept(text: str, facts: Collection[str]) -> Iterator[str]:
    keep = True
    for line in text.splitlines(keepends=True):
        words = line.split()
        if words[:1] == ["#if"]:
            keep = not set(words[1:]).isdisjoint(facts)
        elif words == ["#end"]:
            keep = True
        elif keep:
            yield line
