"""A folder outside the repository, with an environment for the suites and their unpacked source distributions."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tomllib
import venv
from pathlib import Path

from .suites import REQUIREMENTS, SUITES, Suite

ROOT = Path(__file__).parent.parent


class Workspace:
    """``python`` is the interpreter of the environment, in which all frameworks have the suites' versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = folder / "venv"
        self.python = self._environment / "bin" / "python"

    def install(self) -> None:
        """Create the environment, or do nothing if it is up to date. Raises CalledProcessError."""
        own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        pins = [f"{suite.name}=={suite.version}" for suite in SUITES.values()]
        requirements = [*own, *pins, *REQUIREMENTS]
        digest = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()
        stamp = self._environment / "stamp"
        if stamp.is_file() and stamp.read_text() == digest:
            return
        venv.create(self._environment, clear=True, with_pip=True)
        self._pip("install", *requirements)
        stamp.write_text(digest)

    def source(self, suite: Suite) -> Path:
        """The folder with the source distribution. Raises CalledProcessError."""
        folder = self._folder / suite.folder
        if not folder.is_dir():
            # Not ":all:": the build backend, which pip asks for the metadata, may come as a wheel.
            options = ("--no-deps", "--no-binary", suite.name, "--dest", str(self._folder))
            self._pip("download", *options, f"{suite.name}=={suite.version}")
            unpacked = self._folder / "unpacked"
            with tarfile.open(self._folder / f"{suite.folder}.tar.gz") as archive:
                archive.extractall(unpacked, filter="data")
            (unpacked / suite.folder).rename(folder)  # now it is whole
        return folder

    def _pip(self, command: str, *arguments: str) -> None:
        subprocess.run([self.python, "-m", "pip", "--quiet", command, *arguments], check=True)


def default_folder() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "lambda-http-adapter", "conformance")
