"""Compiled files that the function's machine, Python or C library can't load."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from ...elf import read_library
from ..catalogue import finding
from ..finding import Finding, listed
from .bundle import Bundle
from .distributions import Distribution, Distributions
from .target import Target

_LIBRARY = re.compile(r".+\.so(\.[\w.-]+)?|.+\.pyd")
_EXTENSION = re.compile(r"(.+)\.(?:cpython-3(\d+)[a-z]*-[\w-]+\.so|cp3(\d+)-win\w+\.pyd)")
_MACH_O = {b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"}
_WHEEL = re.compile(r"(?P<python>\w+(?:\.\w+)*)-(?P<abi>\w+(?:\.\w+)*)-(?P<system>\w+(?:\.\w+)*)")

# The owner of the files and what is wrong with them → their paths.
_Faults = dict[tuple[str, str, str], list[str]]


def check_binaries(bundle: Bundle, distributions: Distributions, target: Target) -> Iterator[Finding]:
    faults: _Faults = defaultdict(list)
    for path in _compiled(bundle):
        fault = _fault(path, bundle, target)
        if fault is not None:
            faults[distributions.owner(path), *fault].append(path)
    for (owner, id, found), paths in faults.items():
        yield _finding(id, owner, found, paths, target)
    blamed = {owner for owner, _, _ in faults}
    for distribution in distributions.installed:
        if distribution.name not in blamed and not _fits(distribution, target):
            yield finding(
                "wheel-tag",
                owner=distribution.name,
                tags=listed(list(distribution.tags), 2),
                python=target.python,
                architecture=target.architecture,
                wanted=target.machine,
            )


def _compiled(bundle: Bundle) -> Iterator[str]:
    """Libraries, and programs: executable files without a suffix. Extension modules of another version of Python are
    left out where one of this version is beside them."""
    versions = defaultdict[str, set[str]](set)
    paths = []
    for member in bundle.files():
        if _LIBRARY.fullmatch(member.path) or (member.is_executable and "." not in member.path.rpartition("/")[2]):
            paths.append(member.path)
            match = _EXTENSION.fullmatch(member.path)
            if match is not None:
                versions[match[1]].add(match[2] or match[3])
    for path in paths:
        match = _EXTENSION.fullmatch(path)
        if match is None or len(versions[match[1]]) == 1 or (match[2] or match[3]) == max(versions[match[1]], key=int):
            yield path


def _fault(path: str, bundle: Bundle, target: Target) -> tuple[str, str] | None:
    """The id of what is wrong with a file, and what was found; None if it can be loaded."""
    content = bundle.read(path)
    if path.endswith(".pyd") or content[:2] == b"MZ":
        return "binary-system", "Windows"
    if content[:4] in _MACH_O:
        return "binary-system", "macOS"
    library = read_library(content)
    if library is None:
        return None
    if library.machine != target.machine:
        return "binary-architecture", library.machine
    if not target.musl and (library.musl or "-linux-musl" in path):
        return "binary-system", "Alpine Linux (musl)"
    if target.musl and library.glibc is not None:
        return "binary-system", "Linux with glibc"
    match = _EXTENSION.fullmatch(path)
    if match is not None and match[2] != target.digits[1:]:
        return "binary-python", f"3.{match[2]}"
    if not target.musl and library.glibc is not None and library.glibc > target.glibc:
        return "binary-glibc", "{}.{}".format(*library.glibc)
    return None


def _finding(id: str, owner: str, found: str, paths: list[str], target: Target) -> Finding:
    return finding(
        id,
        paths[0],
        owner=owner,
        names=listed(paths, 2),
        machine=found,
        built=found,
        system=found,
        needed=found,
        architecture=target.architecture,
        wanted_system="the image is Alpine Linux (musl)" if target.musl else "Lambda is Linux with glibc",
        python=target.python,
        wanted=target.machine,
        runtime=target.runtime,
        has="{}.{}".format(*target.glibc),
    )


def _fits(distribution: Distribution, target: Target) -> bool:
    """Whether one of the wheel's tags is for the target. One that can't be read is."""
    matches = [match for match in map(_WHEEL.fullmatch, distribution.tags) if match is not None]
    return not matches or any(_tag_fits(match, target) for match in matches)


# https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
def _tag_fits(tag: re.Match[str], target: Target) -> bool:
    minor = int(target.python.partition(".")[2])
    pythons = tag["python"].split(".")
    built = [int(name[3:]) for name in pythons if re.fullmatch(r"cp3\d+", name)]
    if "abi3" in tag["abi"].split("."):
        python_fits = any(number <= minor for number in built)
    elif tag["abi"] == "none":
        python_fits = any(name[:2] == "py" for name in pythons) or minor in built
    else:
        python_fits = minor in built
    return python_fits and any(_system_fits(name, target) for name in tag["system"].split("."))


def _system_fits(name: str, target: Target) -> bool:
    if name == "any":
        return True
    systems = ("linux", "musllinux") if target.musl else ("linux", "manylinux")
    return name.endswith(f"_{target.machine}") and name.startswith(systems)
