"""Docstrings as the API reference shows them: an extension of Griffe, which mkdocs.yml names."""

import re

import griffe

from website.reference.markdown import docstring

_OPTION = re.compile(r"^(\w+): (.+)$")
_LINES = re.compile(r"(?:^\w+: .+\n?){3,}", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Makes Markdown of each docstring once."""

    def on_object(self, *, obj: griffe.Object, **kwargs: object) -> None:
        if obj.docstring is not None:
            obj.docstring.value = shown(obj.docstring.value)


def shown(text: str) -> str:
    """This docstring as Markdown. Its list of options is folded up, and leads to their own page."""
    return docstring(_LINES.sub(_folded, text))


def _folded(lines: re.Match[str]) -> str:
    options = [_OPTION.fullmatch(line) for line in lines[0].splitlines()]
    listed = "".join(f"    - [`{option[1]}`](../options.md#{option[1]}): {option[2]}\n" for option in options if option)
    return f'??? abstract "Options"\n\n{listed}'
