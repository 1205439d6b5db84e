"""An interpreter on this machine that runs a bundle as Lambda would: of the same version, on the same architecture."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

from .target import Target

_PYENV = Path.home() / ".pyenv" / "versions"


def find_interpreter(target: Target) -> str | None:
    """Its path; None if there is none."""
    if sys.platform != "linux" or platform.machine() != target.machine:
        return None
    if "{}.{}".format(*sys.version_info) == target.python:
        return sys.executable
    found = shutil.which(f"python{target.python}")
    candidates = [] if found is None else [found]
    candidates += [str(path) for path in sorted(_PYENV.glob(f"{target.python}.*/bin/python"))]
    return next((path for path in candidates if _is_version(path, target.python)), None)


def _is_version(path: str, python: str) -> bool:
    # A shim of pyenv is there for each version, and fails for those that aren't selected.
    command = [path, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == python
