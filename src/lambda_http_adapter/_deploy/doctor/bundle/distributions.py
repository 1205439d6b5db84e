"""The distributions that pip or uv installed into a bundle, by their ``*.dist-info``.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/
"""

from __future__ import annotations

import csv
import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from .bundle import Bundle

_INFO = re.compile(r"(.*/)?([^/]+)-([^/-]+)\.dist-info")


class Distribution(NamedTuple):
    """``tags`` are those of the wheel that it was installed from, such as ``py3-none-any``."""

    name: str
    version: str
    tags: tuple[str, ...]
    files: frozenset[str]


class Distributions(NamedTuple):
    installed: tuple[Distribution, ...]
    owners: dict[str, str]

    def owner(self, path: str) -> str:
        """The distribution that a file belongs to, else the file's own name."""
        return self.owners.get(path, path)


def read_distributions(bundle: Bundle) -> Distributions:
    installed = tuple(_distributions(bundle))
    owners = {path: distribution.name for distribution in installed for path in distribution.files}
    return Distributions(installed, owners)


def _distributions(bundle: Bundle) -> Iterator[Distribution]:
    # By their files: a zip file may have no members for directories.
    for path in sorted({posixpath.dirname(member.path) for member in bundle.files()}):
        match = _INFO.fullmatch(path)
        if match is not None:
            yield Distribution(
                match[2], match[3], _tags(bundle, f"{path}/WHEEL"), _recorded(bundle, path, match[1] or "")
            )


def _tags(bundle: Bundle, path: str) -> tuple[str, ...]:
    if not bundle.is_readable_file(path):
        return ()
    return tuple(re.findall(r"^Tag:\s*(\S+)", bundle.text(path), re.MULTILINE))


def _recorded(bundle: Bundle, info: str, site: str) -> frozenset[str]:
    """The files of its RECORD, as paths in the bundle."""
    path = f"{info}/RECORD"
    if not bundle.is_readable_file(path):
        return frozenset()
    try:
        rows = [row for row in csv.reader(bundle.text(path).splitlines()) if row]
    except csv.Error:
        return frozenset()
    return frozenset(posixpath.normpath(site + row[0]) for row in rows)
