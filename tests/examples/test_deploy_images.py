"""The instructions of each Dockerfile carried out without Docker, and the image's process on AWS's emulator.

A mount namespace gives the instructions the paths that they have in an image: a copy of CPython 3.13 in the place of
the base image's, an empty /var/task, and the recipe's context.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from shlex import join, quote

import pytest

from tests.support.environments import standalone_prefix, wheel
from tests.support.recipes import APP, DEPLOY, IMAGES, instructions
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import http

PREFIX = standalone_prefix("3.13")
PREFIXES = {"container_aws_base": "/var/lang"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PREFIX is None, reason="There is no Python 3.13 with a directory of its own, such as pyenv's"),
]


@pytest.fixture(autouse=True)
def namespaces() -> None:
    if os.geteuid() or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("unshare --mount, which needs root, is not permitted here")


def shell(root: Path, prefix: str, script: str) -> list[str]:
    """A command that runs the script where directories of `root` have taken the place of the machine's."""
    python = quote(str(root / "python"))
    lines = [
        "mount --make-rprivate /",
        "mount -t tmpfs tmpfs /var",
        f"mkdir -p {prefix} /var/task",
        f"mount --bind {python} {prefix}",
        f"mount --bind {python} {quote(str(PREFIX))}",  # its scripts name their interpreter there
        f"mount --bind {quote(str(root / 'task'))} /var/task",
        f"export PATH={prefix}/bin:/usr/bin:/bin",
        script,
    ]
    return ["unshare", "--mount", "sh", "-euc", "\n".join(lines)]


@pytest.mark.parametrize("name", IMAGES)
def test_an_image(name: str, emulator: StartEmulator, tmp_path: Path) -> None:
    assert PREFIX is not None
    # As Docker's official image. CPython's tests have files that can't be compiled.
    left_out = None if name in PREFIXES else shutil.ignore_patterns("test", "__pycache__")
    shutil.copytree(PREFIX, tmp_path / "python", symlinks=True, ignore=left_out)
    (tmp_path / "task").mkdir()
    context = Path(shutil.copytree(APP, tmp_path / "context"))
    shutil.copy(wheel(tmp_path / "dist"), context)

    prefix = PREFIXES.get(name, "/usr/local")
    steps: list[str] = []
    said: dict[str, str] = {}
    for instruction, value in instructions((DEPLOY / name / "Dockerfile").read_text()):
        match instruction:
            case "WORKDIR":
                steps.append(f"cd {value}")
            case "COPY":
                *sources, target = value.split()
                steps.append(f"cp {' '.join(f'{quote(str(context))}/{source}' for source in sources)} {target}")
            case "RUN":
                steps.append(value)
            case _:
                said[instruction] = value
    subprocess.run(shell(tmp_path, prefix, "\n".join(steps)), check=True)
    assert list((tmp_path / "python/lib/python3.13/asyncio/__pycache__").glob("*.cpython-313.pyc"))

    entry_point = join(json.loads(said["ENTRYPOINT"]) + json.loads(said["CMD"]))
    function = emulator(shell(tmp_path, prefix, f"cd /var/task && exec {entry_point}"))
    status, result = function.invoke(http(method="GET"))
    assert (status, json.loads(result)["statusCode"]) == (200, 200)
    assert json.loads(json.loads(result)["body"])["origin"] == "function_url"
