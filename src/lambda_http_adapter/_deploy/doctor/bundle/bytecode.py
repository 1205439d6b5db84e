"""Bytecode that is missing, doesn't fit its source, or is never read.

Each ``.pyc`` is judged as the importer does: https://docs.python.org/3/reference/import.html#pyc-invalidation
"""

from __future__ import annotations

import _imp
import posixpath
import re
import struct
from collections import Counter
from collections.abc import Iterator
from typing import Literal

from ...imports import can_be_imported
from ...sizes import size_text
from ..catalogue import finding
from ..finding import Finding, listed
from .bundle import Bundle, Member
from .target import Target

_CACHED = re.compile(r"(?:(.*)/)?__pycache__/([^/]+)\.(\w+-\d+)(?:\.opt-\w+)?\.pyc")
_BYTES_PER_MS = 10_000
"""Python compiles so much source in a millisecond of a whole vCPU, 7 to 12 in measurements."""
_WORTH_IT = 10
"""Milliseconds. A function of one file compiles in less, and needs no bytecode."""

_State = Literal["valid", "missing", "stale", "outdated"]


def check_bytecode(bundle: Bundle, target: Target) -> Iterator[Finding]:
    sources = [member for member in bundle.files() if member.path.endswith(".py")]
    states: dict[_State, list[Member]] = {"valid": [], "missing": [], "stale": [], "outdated": []}
    for source in sources:
        states[_state(source, bundle, target)].append(source)
    missing = _worth_compiling(states["missing"], {_package(source, bundle) for source in states["valid"]}, bundle)
    cost = sum(source.size for source in missing) / _BYTES_PER_MS
    if cost >= _WORTH_IT:
        yield finding(
            "bytecode-missing",
            count=len(missing),
            total=len(sources),
            cost=f"{cost:.0f}",
            largest=_largest(missing, bundle),
            python=target.python,
        )
    for id, faulty in (("bytecode-stale", states["stale"]), ("bytecode-outdated", states["outdated"])):
        paths = [source.path for source in faulty]
        if paths:
            yield finding(id, paths[0], count=_modules(paths), names=listed(paths), python=target.python)
    yield from _check_unread(bundle, target)


def _worth_compiling(sources: list[Member], compiled: set[str], bundle: Bundle) -> list[Member]:
    """Without the modules of ``compiled`` packages that can't be imported, because they import what isn't there."""
    present = {_package(member, bundle).partition(".")[0] for member in bundle.files()}
    return [
        source
        for source in sources
        if _package(source, bundle) not in compiled or can_be_imported(bundle.read(source.path), present)
    ]


def _package(source: Member, bundle: Bundle) -> str:
    """The package or module at the top that the source is of."""
    root = max((root for root in bundle.roots if source.path.startswith(root)), key=len)
    return source.path.removeprefix(root).split("/")[0]


def _modules(paths: list[str]) -> str:
    return "1 module" if len(paths) == 1 else f"{len(paths)} modules"


def _state(source: Member, bundle: Bundle, target: Target) -> _State:
    directory, name = posixpath.split(source.path)
    path = posixpath.join(directory, "__pycache__", f"{name.removesuffix('.py')}.cpython-{target.digits}.pyc")
    if not bundle.is_readable_file(path):
        return "missing"
    header = bundle.start(path, 16)
    if len(header) < 16 or not _is_magic_of(header, target):
        return "stale"
    flags = struct.unpack_from("<I", header, 4)[0]
    if flags & 0b1:
        # The hash of the source, its key the magic number. The importer compares it if the second bit is set.
        key = int.from_bytes(header[:4], "little")
        if header[8:16] == _imp.source_hash(key, bundle.read(source.path)):
            return "valid"
        return "stale" if flags & 0b10 else "outdated"
    recorded = struct.unpack_from("<II", header, 8)
    actual = int(source.modified) & 0xFFFFFFFF, source.size & 0xFFFFFFFF
    return "valid" if recorded == actual else "stale"


def _is_magic_of(header: bytes, target: Target) -> bool:
    """Each version of Python has fifty numbers: 3550 to 3599 are those of 3.13, its betas included."""
    number = struct.unpack_from("<H", header)[0]
    return header[2:4] == b"\r\n" and (number - 2900) // 50 == int(target.python.partition(".")[2])


def _largest(sources: list[Member], bundle: Bundle) -> str:
    sizes = Counter[str]()
    for source in sources:
        sizes[_package(source, bundle)] += source.size
    return ", ".join(f"{name} {size / _BYTES_PER_MS:.0f} ms" for name, size in sizes.most_common(3))


def _check_unread(bundle: Bundle, target: Target) -> Iterator[Finding]:
    foreign = []
    unusable = []
    for member in bundle.files():
        if not member.path.endswith(".pyc"):
            continue
        match = _CACHED.fullmatch(member.path)
        if match is not None:
            if match[3] != f"cpython-{target.digits}":
                foreign.append(member)
        elif not bundle.is_readable_file(member.path[:-1]) and not _is_magic_of(bundle.start(member.path, 4), target):
            unusable.append(member.path)
    if unusable:
        yield finding(
            "bytecode-unusable", unusable[0], count=_modules(unusable), names=listed(unusable), python=target.python
        )
    if foreign:
        yield finding(
            "bytecode-foreign",
            count="1 file" if len(foreign) == 1 else f"{len(foreign)} files",
            size=size_text(sum(member.size for member in foreign)),
            names=listed([member.path for member in foreign], 2),
            python=target.python,
            digits=target.digits,
        )
