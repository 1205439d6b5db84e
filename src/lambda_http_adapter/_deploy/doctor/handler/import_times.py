"""Where the start of an app spends its time: the imports, by package.

https://docs.python.org/3/using/cmdline.html#cmdoption-X
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S.*)")
STANDARD_LIBRARY = "standard library"
# Packages that a function rarely needs before its first request.
_LATE = {"boto3", "botocore", "matplotlib", "numpy", "openai", "pandas", "scipy", "sklearn", "sqlalchemy", "torch"}
_LATE_MS = 50


class Module(NamedTuple):
    """Times in milliseconds: ``own`` is the module's code, ``total`` has the modules in ``imported`` too."""

    name: str
    own: float
    total: float
    imported: tuple[Module, ...]

    @property
    def package(self) -> str:
        top = self.name.partition(".")[0]
        return STANDARD_LIBRARY if top in sys.stdlib_module_names else top


class Package(NamedTuple):
    """``own`` is the time of the package's modules in milliseconds, ``total`` has what they import too, as far as they
    were the first to import it. ``modules`` counts them."""

    name: str
    own: float
    total: float
    modules: int


def parse_times(text: str) -> tuple[Module, ...]:
    """The modules that were imported directly, by what ``-X importtime`` prints: each module behind those that it has
    imported, one step further to the left. Lines of the app's own are left out."""
    waiting: dict[int, list[Module]] = defaultdict(list)
    for line in text.splitlines():
        match = _LINE.fullmatch(line.rstrip())
        if match is None:
            continue
        depth = len(match[3]) // 2
        imported = tuple(waiting.pop(depth + 1, ()))
        waiting[depth].append(Module(match[4], int(match[1]) / 1000, int(match[2]) / 1000, imported))
    # Deeper modules without their importer: it was ended before its line.
    return tuple(module for depth in sorted(waiting) for module in waiting[depth])


def packages(modules: Sequence[Module]) -> list[Package]:
    """By their own time, the longest first."""
    own = defaultdict[str, float](float)
    total = defaultdict[str, float](float)
    count = defaultdict[str, int](int)
    for module, around in _walk(modules):
        own[module.package] += module.own
        count[module.package] += 1
        if module.package not in around:
            total[module.package] += module.total
    return sorted((Package(name, own[name], total[name], count[name]) for name in own), key=lambda one: -one.own)


def _walk(modules: Sequence[Module]) -> Iterator[tuple[Module, frozenset[str]]]:
    """Each module, with the packages that are being imported around it."""
    waiting = [(module, frozenset[str]()) for module in reversed(modules)]
    while waiting:
        module, around = waiting.pop()
        yield module, around
        waiting += [(one, around | {module.package}) for one in reversed(module.imported)]


def late_imports(found: Sequence[Package]) -> list[str]:
    """A sentence for each package that could wait for the first request that needs it."""
    return [
        f"{one.name} takes {one.total:.0f} ms: imported in the function that uses it, the start doesn't wait for it."
        for one in found
        if one.name in _LATE and one.total >= _LATE_MS
    ]
