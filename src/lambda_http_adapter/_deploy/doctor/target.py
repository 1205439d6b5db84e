"""What the bundle has to run on: Python, architecture and C library, and from where that is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, cast

from ..platform import ARCHITECTURES, MACHINES, MANAGED_RUNTIMES, Architecture
from .bundle import Bundle
from .elf import read_library

NEWEST = max(MANAGED_RUNTIMES, key=lambda python: int(python.partition(".")[2]))
_TAGGED = re.compile(r"\.cpython-3(\d+)(?:-(x86_64|aarch64)-linux-\w+)?\.(?:pyc|so)$")
_ARCHITECTURES = {machine: architecture for architecture, machine in MACHINES.items()}
_RELEASE = re.compile(rb"GNU C Library [^\n]{0,80}? release version (\d+)\.(\d+)")


class Target(NamedTuple):
    """``guessed`` says in a sentence what wasn't given; "" if everything was."""

    python: str
    architecture: Architecture
    glibc: tuple[int, int]
    runtime: str
    guessed: str = ""

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
    tagged = [match for match in map(_TAGGED.search, bundle.entries) if match is not None]
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
    machine, glibc = _c_library(bundle)
    return Target(version, architecture or cast("Architecture", machine), glibc, "the image")


def image_architecture(bundle: Bundle) -> str:
    """The architecture of an image's C library; "" without one."""
    return _c_library(bundle)[0]


def _c_library(bundle: Bundle) -> tuple[str, tuple[int, int]]:
    for path, entry in bundle.entries.items():
        if path.endswith("/libc.so.6") and entry.is_file:
            content = bundle.read(path)
            library = read_library(content)
            release = _RELEASE.search(content)
            if library is not None and release is not None:
                return _ARCHITECTURES.get(library.machine, library.machine), (int(release[1]), int(release[2]))
    return ARCHITECTURES[1], (2, 34)
