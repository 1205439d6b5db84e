"""An interpreter of the version that a bundle is for: it compiles the bytecode and starts the trial."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_SEED = {"PYTHONHASHSEED": "0"}  # what depends on the order of a set is the same each time
_WHAT = (
    "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2], getattr(sys, '_base_executable', ''))"
)


def find_interpreter(python: str, uv: str | None) -> str | None:
    """The path of a CPython of this version, such as ``"3.13"``: the running one, one on PATH, one of pyenv's or of
    uv's; None if this machine has none."""
    for candidate in _candidates(python, uv):
        asked = subprocess.run([candidate, "-I", "-c", _WHAT], capture_output=True, text=True, check=False)
        answer = asked.stdout.split(maxsplit=2)  # a shim of pyenv is there for versions that it can't start
        if asked.returncode == 0 and answer[:2] == ["cpython", python]:
            return answer[2].strip() if len(answer) > 2 else candidate
    return None


def quiet_environment() -> dict[str, str]:
    """The environment without what would change how another interpreter runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | _SEED


def _candidates(python: str, uv: str | None) -> Iterator[str]:
    yield sys.executable
    name = f"python{python}"
    for directory in os.get_exec_path():
        found = shutil.which(name, path=directory)
        if found is not None:
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (str(path) for path in sorted(pyenv.glob(f"versions/{python}.*/bin/{name}"), reverse=True))
    if uv is not None:
        found_by_uv = subprocess.run(
            [uv, "python", "find", "--managed-python", python], capture_output=True, text=True, check=False
        )
        if found_by_uv.returncode == 0:
            yield found_by_uv.stdout.strip()
