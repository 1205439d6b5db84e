"""The Django example as an image contains it: in a directory of its own, its static files collected."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support.child_process import inherited_environment
from tests.support.paths import ROOT

EXAMPLE = ROOT / "examples" / "django_app"

# Root may write to each directory. Without this privilege it has to keep to the permissions, as Lambda's user has to.
_AS_ON_LAMBDA = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []


def python_as_on_lambda(*arguments: str) -> list[str]:
    """A command line whose process can't write to a read-only directory."""
    return [*_AS_ON_LAMBDA, sys.executable, *arguments]


class Site(NamedTuple):
    """A copy of the example in ``directory``, and a directory for temporary files with its database."""

    directory: Path
    temporary: Path

    def environment(self, **variables: str) -> dict[str, str]:
        """The host's and that of the example's dev.env. The directory is read-only for bytecode too."""
        lines = (EXAMPLE / "dev.env").read_text().splitlines()
        own = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        shared = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(self.temporary)}
        return {**inherited_environment(), **own, **shared, **variables}

    def run(
        self, command: Sequence[str], environment: Mapping[str, str], text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            check=False,
            cwd=self.directory,
            env=environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def manage(self, *arguments: str, **variables: str) -> str:
        """The output of a command of manage.py that succeeds."""
        done = self.run([sys.executable, "manage.py", *arguments], self.environment(**variables))
        assert done.returncode == 0, done.stderr
        return done.stdout


def build_site(directory: Path) -> Site:
    site = Site(directory / "task", directory / "tmp")
    shutil.copytree(EXAMPLE, site.directory, ignore=shutil.ignore_patterns("staticfiles", "db.sqlite3", "__pycache__"))
    site.temporary.mkdir()
    site.manage("collectstatic", "--noinput")
    return site
