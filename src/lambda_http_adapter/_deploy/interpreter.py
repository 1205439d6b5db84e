"""An interpreter of the version that a bundle is for: it compiles the bytecode, and starts or imports the app."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .platform import MACHINES, Architecture

_SEED = {"PYTHONHASHSEED": "0"}  # what depends on the order of a set is the same each time
_WHAT = (
    "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2], getattr(sys, '_base_executable', ''))"
)
_PATIENCE = 10  # seconds


def find_uv() -> str | None:
    """Its path: on PATH, or beside the running interpreter, whose environment may not be active."""
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def find_interpreter(python: str) -> str | None:
    """The path of a CPython of this version, such as ``"3.13"``: the running one, one on PATH, one of pyenv's or of
    uv's; None if this machine has none."""
    for candidate in _candidates(python):
        answer = _output(candidate, "-I", "-c", _WHAT).split(maxsplit=2)
        if answer[:2] == ["cpython", python]:
            return answer[2].strip() if len(answer) > 2 else candidate
    return None


def why_not_here(architecture: Architecture, python: str, interpreter: str | None) -> str | None:
    """Why this machine can't start what is built for Lambda, as the end of a sentence; None if it can."""
    if interpreter is None:
        return f"there is no Python {python} on this machine"
    if sys.platform != "linux" or platform.machine() not in (MACHINES[architecture], architecture):
        return f"this machine is {platform.system()} on {platform.machine()}"
    return None


def quiet_environment() -> dict[str, str]:
    """The environment without what would change how another interpreter runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | _SEED


def _candidates(python: str) -> Iterator[str]:
    yield sys.executable
    name = f"python{python}"
    for directory in os.get_exec_path():
        found = shutil.which(name, path=directory)
        if found is not None:
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (str(path) for path in sorted(pyenv.glob(f"versions/{python}.*/bin/{name}"), reverse=True))
    uv = find_uv()
    if uv is not None:
        found_by_uv = _output(uv, "python", "find", "--managed-python", python).strip()
        if found_by_uv:
            yield found_by_uv


def _output(*command: str) -> str:
    """What a program prints; "" if it fails. A shim of pyenv is there for versions that it can't start."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
