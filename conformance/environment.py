"""A virtual environment outside the repository, made anew when what belongs into it changes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent


class Environment:
    """``python`` is its interpreter."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.python = folder / "bin" / "python"

    def install(self, requirements: Iterable[str]) -> None:
        """Install them, and what this package depends on; nothing if that is done. Raises CalledProcessError."""
        own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        all_of_them = [*own, *requirements]
        digest = hashlib.sha256("\n".join([sys.version, *all_of_them]).encode()).hexdigest()
        stamp = self._folder / "stamp"
        if stamp.is_file() and stamp.read_text() == digest:
            return
        venv.create(self._folder, clear=True, with_pip=True)
        subprocess.run([ROOT / "scripts" / "packages", self.python, *all_of_them], check=True)
        stamp.write_text(digest)


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "lambda-http-adapter", "conformance")


def variables() -> dict[str, str]:
    """The environment variables of a process that imports this checkout."""
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
