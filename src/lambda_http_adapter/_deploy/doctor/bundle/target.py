"""What the bundle has to run on: Python, architecture and C library, and from where that is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from ...elf import read_library
from ...platform import MACHINES, MANAGED_RUNTIMES, Architecture
from .bundle import Bundle

NEWEST = max(MANAGED_RUNTIMES, key=lambda python: int(python.partition(".")[2]))
_TAGGED = re.compile(r"\.cpython-3(\d+)(?:-(x86_64|aarch64)-linux-\w+)?\.(?:pyc|so)$")
_ARCHITECTURES = {machine: architecture for architecture, machine in MACHINES.items()}
_RELEASE = re.compile(rb"GNU C Library [^\n]{0,80}? release version (\d+)\.(\d+)")


class Target(NamedTuple):
    """``guessed`` says in a sentence what wasn't given; "" if everything was. ``musl``: it is an image of Alpine Linux,
    whose C library is another one."""

    python: str
    architecture: Architecture
    glibc: tuple[int, int]
    runtime: str
    guessed: str = ""
    musl: bool = False

    @property
    def machine(self) -> str:
        return MACHINES[self.architecture]

    @property
    def digits(self) -> str:
        """As in ``cpython-313``."""
        return self.python.replace(".", "")


def find_target(bundle: Bundle, python: str | None, architecture: Architecture | None) -> Target:
    """What isn't given is taken from an image, or guessed from the compiled files in a bundle."""
    if bundle.form == "image":
        return _image_target(bundle, python, architecture)
    guesses = []
    tagged = [match for match in map(_TAGGED.search, bundle.members) if match is not None]
    if python is None:
        python = _most_frequent(f"3.{match[1]}" for match in tagged)
        python = python if python in MANAGED_RUNTIMES else NEWEST
        guesses.append(f"Python {python}")
    if architecture is None:
        architecture = _ARCHITECTURES.get(_most_frequent(match[2] for match in tagged if match[2]), "x86_64")
        guesses.append(architecture)
    # An unsupported version is reported by its name; what else is checked is checked for the oldest supported one.
    glibc = MANAGED_RUNTIMES[python if python in MANAGED_RUNTIMES else min(MANAGED_RUNTIMES)].glibc
    return Target(python, architecture, glibc, f"the runtime python{python}", _sentence(guesses))


def _most_frequent(values: Iterable[str]) -> str:
    counted = Counter(values).most_common(1)
    return counted[0][0] if counted else ""


def _sentence(guesses: list[str]) -> str:
    if not guesses:
        return ""
    verb = "is" if len(guesses) == 1 else "are"
    return f"{' and '.join(guesses)} {verb} guessed. A template, --python and --arch say what the function runs on."


def _image_target(bundle: Bundle, python: str | None, architecture: Architecture | None) -> Target:
    """An image brings its own Python, C library and machine; what else is given is compared with that elsewhere."""
    versions = [match[1] for match in map(re.compile(r".*/python(3\.\d+)/").match, bundle.roots) if match]
    version = python or (versions[0] if versions else NEWEST)
    library = _c_library(bundle)
    if library is None:
        return Target(
            version, architecture or "x86_64", (2, 34), "the image", "The image has no C library that is known."
        )
    return Target(version, architecture or library.architecture, library.glibc, "the image", musl=library.musl)


def image_architecture(bundle: Bundle) -> Architecture | None:
    """The architecture of an image's C library; None without one."""
    library = _c_library(bundle)
    return None if library is None else library.architecture


class _CLibrary(NamedTuple):
    architecture: Architecture
    glibc: tuple[int, int]
    musl: bool = False


def _c_library(bundle: Bundle) -> _CLibrary | None:
    for path, member in bundle.members.items():
        musl = re.fullmatch(r"(?:usr/)?lib/ld-musl-(x86_64|aarch64)\.so\.1", path)
        if musl is not None:
            return _CLibrary(_ARCHITECTURES[musl[1]], (0, 0), musl=True)
        if path.endswith("/libc.so.6") and member.is_file:
            content = bundle.read(path)
            library = read_library(content)
            release = _RELEASE.search(content)
            if library is not None and library.machine in _ARCHITECTURES and release is not None:
                return _CLibrary(_ARCHITECTURES[library.machine], (int(release[1]), int(release[2])))
    return None
