"""Links in Markdown, as the repository's web view has them, made into links of the site."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Mapping

# Fenced blocks and code spans: links in them aren't links. One group, so that re.split keeps them.
_CODE = re.compile(r"(^(?P<fence>`{3,})[^\n]*\n.*?^(?P=fence)\s*$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
# [text](target) and ![text](target); [name]: target.
_LINK = re.compile(r"(?P<before>\]\(|^\[[^\]\n]+\]: )(?P<target>[^\s)]+)", re.MULTILINE)


def rewritten(text: str, target: Callable[[str], str]) -> str:
    """This Markdown with what ``target`` makes of each link's target."""
    parts = []
    last = 0
    for code in _CODE.finditer(text):
        parts += [_in_prose(text[last : code.start()], target), code[0]]
        last = code.end()
    return "".join([*parts, _in_prose(text[last:], target)])


def _in_prose(text: str, target: Callable[[str], str]) -> str:
    return _LINK.sub(lambda link: link["before"] + target(link["target"]), text)


class Resolver:
    """Resolves the links of one file of the repository.

    ``homes`` has the page of the site for each file that is one (both as paths, from the repository's root and from the
    site's). Other files of the repository are shown by its web view, at ``repository``.
    """

    def __init__(self, file: str, homes: Mapping[str, str], repository: str, exists: Callable[[str], bool]) -> None:
        self._file = file
        self._homes = homes
        self._repository = repository
        self._exists = exists

    def __call__(self, target: str) -> str:
        """The target of a link on the site. Raises ``LookupError`` for a file that doesn't exist."""
        path, hash_sign, anchor = target.partition("#")
        path, question_mark, _query = path.partition("?")
        absolute = f"{self._repository}/blob/main/"
        if path.startswith(absolute):
            file = path.removeprefix(absolute)
        elif ":" in path or not path:
            return target
        else:
            file = os.path.normpath(os.path.join(os.path.dirname(self._file), path))
        if not self._exists(file):
            raise LookupError(f"{self._file} links to {target}, but there is no {file}.")
        if file not in self._homes and f"{file}/README.md" in self._homes:
            file = f"{file}/README.md"
        if file in self._homes:
            here = os.path.dirname(self._homes[self._file])
            return os.path.relpath(self._homes[file], here or ".") + hash_sign + anchor
        return f"{absolute}{file}{question_mark and '?raw=true'}{hash_sign}{anchor}"
