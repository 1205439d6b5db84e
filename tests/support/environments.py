"""Other interpreters of this machine, and environments with packages that ours must not have."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.support.child_process import inherited_environment
from tests.support.paths import ROOT


@cache
def find_python(version: str) -> Path | None:
    """An interpreter of this version: on the PATH, or one of pyenv's. A shim that leads nowhere is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python{version}")):
        if candidate is not None:
            code = "import sys; print(sys.executable)"
            done = subprocess.run([candidate, "-c", code], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return Path(done.stdout.strip())
    return None


def standalone_prefix(version: str) -> Path | None:
    """The directory of an interpreter of this version that has one for itself, and so can be copied."""
    python = find_python(version)
    prefix = python and python.resolve().parent.parent
    return None if prefix in (None, Path("/usr"), Path("/usr/local")) else prefix


def wheel(directory: Path) -> Path:
    """This checkout's wheel."""
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(directory), str(ROOT))
    (built,) = directory.glob("lambda_http_adapter-*.whl")
    return built


def environment(directory: Path, *requirements: str) -> Path:
    """Make a virtual environment, and return its bin."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True)
    pip("--python", str(directory / "bin" / "python"), "install", *requirements)
    return directory / "bin"


def pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments], check=True)


def with_path(*directories: Path, **variables: str) -> Mapping[str, str]:
    """The environment of a command that finds programs in these directories first."""
    host = inherited_environment()
    return {**host, "PATH": os.pathsep.join([*map(str, directories), host["PATH"]]), **variables}
