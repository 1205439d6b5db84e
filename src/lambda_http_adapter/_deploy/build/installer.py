"""Installs requirements for Lambda's platform, by uv where it is installed, else by pip."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from ...errors import ConfigurationError
from ..platform import Platform

# The oldest glibc 2.x that wheels are tagged for.
_OLDEST_GLIBC = {"arm64": 17, "x86_64": 5}
_LINES_OF_AN_ERROR = 25


class InstallError(Exception):
    """The installer refuses the requirements. The message is what it said."""


def install_command(
    uv: str | None,
    platform: Platform,
    interpreter: str | None,
    requirements: Path,
    target: Path,
    find_links: Sequence[str] = (),
    no_index: bool = False,
) -> list[str]:
    """The command line that installs the file ``requirements`` into ``target``.

    ``interpreter`` is one of the platform's version, for pip: it decides by its own version which requirements with a
    marker apply. Raises ConfigurationError if there is neither uv nor pip.
    """
    places = [option for directory in find_links for option in ("--find-links", directory)]
    common = ["--target", str(target), "--requirement", str(requirements), *places]
    if no_index:
        common.append("--no-index")
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable, *_for_uv(platform), *common]
    if find_spec("pip") is None:
        raise ConfigurationError(
            "Neither uv nor pip is installed here. Install one of them: `python -m ensurepip` installs pip."
        )
    by = [] if interpreter is None else ["--python", interpreter]
    return [sys.executable, "-m", "pip", *by, "install", *_for_pip(platform), *common]


def _for_uv(platform: Platform) -> list[str]:
    minor = platform.glibc[1] if platform.glibc[1] >= 28 else 17  # it knows no names between these
    return [
        *("--python-platform", f"{platform.machine}-manylinux_2_{minor}", "--python-version", platform.python),
        *("--only-binary", ":all:", "--no-compile-bytecode", "--link-mode", "copy"),
    ]


def _for_pip(platform: Platform) -> list[str]:
    """pip takes a wheel for an older glibc only if its tag is named too."""
    oldest = _OLDEST_GLIBC[platform.architecture]
    tags = [f"manylinux_2_{minor}" for minor in range(platform.glibc[1], oldest - 1, -1)]
    names = [
        f"{tag}_{platform.machine}" for tag in (*tags, "manylinux2014")
    ]  # with it, pip takes manylinux2010 and manylinux1 too
    return [
        *(option for name in names for option in ("--platform", name)),
        *("--python-version", platform.python, "--implementation", "cp", "--only-binary=:all:", "--no-compile"),
        *("--no-input", "--disable-pip-version-check", "--root-user-action=ignore", "--progress-bar=off"),
    ]


def install(command: Sequence[str], directory: Path, on_line: Callable[[str], None]) -> None:
    """Run ``command`` in ``directory``, where relative requirements are. ``on_line`` gets what it prints.

    Raises InstallError.
    """
    lines: list[str] = []
    with subprocess.Popen(
        command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            on_line(line.strip())
    if process.returncode:
        raise InstallError("".join(lines[-_LINES_OF_AN_ERROR:]).strip())
