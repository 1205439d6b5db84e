"""A folder outside the repository, with an environment for the suites and their unpacked source distributions."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

from .environment import Environment
from .suites import REQUIREMENTS, SUITES, Suite


class Workspace:
    """``python`` is the interpreter of the environment, in which all frameworks have the suites' versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = Environment(folder / "venv")
        self.python = self._environment.python

    def install(self) -> None:
        """Create the environment, or do nothing if it is up to date. Raises CalledProcessError."""
        self._environment.install([*(f"{suite.name}=={suite.version}" for suite in SUITES.values()), *REQUIREMENTS])

    def source(self, suite: Suite) -> Path:
        """The folder with the source distribution. Raises CalledProcessError."""
        folder = self._folder / suite.folder
        if not folder.is_dir():
            # Not ":all:": the build backend, which pip asks for the metadata, may come as a wheel.
            options = ("--no-deps", "--no-binary", suite.name, "--dest", str(self._folder))
            pip = [str(self.python), "-m", "pip", "--quiet", "download", *options]
            subprocess.run([*pip, f"{suite.name}=={suite.version}"], check=True)
            unpacked = self._folder / "unpacked"
            with tarfile.open(self._folder / f"{suite.folder}.tar.gz") as archive:
                archive.extractall(unpacked, filter="data")
            (unpacked / suite.folder).rename(folder)  # now it is whole
        return folder

    def outcome_file(self, suite: Suite, front_door: str) -> Path:
        """What came out of the last run of this version behind ``front_door``, as JSON."""
        folder = self._folder / "outcomes" / suite.folder
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{front_door.replace(' ', '-')}.json"
