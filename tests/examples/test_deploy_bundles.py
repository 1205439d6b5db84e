"""The scripts that make what a zip recipe deploys, with packages from the index, and the result on AWS's emulator."""

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.environments import environment, find_python, standalone_prefix, wheel, with_path
from tests.support.recipes import DEPLOY
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import http

PYTHON = find_python("3.13")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PYTHON is None, reason="There is no Python 3.13 on this machine"),
]
MACHINE = platform.machine()
STREAMED = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream", "_HANDLER": "main.app"}


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A copy to build in, with our wheel beside it."""
    wheel(tmp_path / "dist")
    return Path(shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("build")))


def megabytes(build: Path) -> float:
    archive = shutil.make_archive(str(build), "zip", build)
    return Path(archive).stat().st_size / 1e6


def answer(result: bytes) -> dict[str, object]:
    prelude, _, body = result.partition(bytes(8))
    assert json.loads(prelude)["statusCode"] == 200
    said: dict[str, object] = json.loads(body)
    return said


@pytest.mark.parametrize("machine", ["aarch64", "x86_64"])
def test_a_bundle_with_the_wrapper(machine: str, recipes: Path, emulator: StartEmulator, tmp_path: Path) -> None:
    assert PYTHON is not None
    folder = recipes / "zip_streaming"
    env = with_path(Path(sys.executable).parent, PYTHON.parent, PIP_FIND_LINKS=str(tmp_path / "dist"), ARCH=machine)
    subprocess.run(["../bundle.sh"], cwd=folder, env=env, check=True)
    build = folder / "build"
    libraries = [path.name for path in build.rglob("*.so")]
    assert libraries
    assert all(f"cpython-313-{machine}" in name for name in libraries)
    assert len(list(build.rglob("*.cpython-313.pyc"))) > 500
    assert megabytes(build) < 15
    if machine != MACHINE:
        return
    # As on Lambda: the interpreter is AWS's, and everything else comes from the bundle.
    command = [str(build / "bootstrap"), str(PYTHON), "/var/runtime/bootstrap.py"]
    function = emulator(command, {"LAMBDA_TASK_ROOT": str(build), **STREAMED}, build)
    assert answer(function.invoke(http(method="GET"))[1])["origin"] == "function_url"


@pytest.mark.skipif(standalone_prefix("3.13") is None, reason="This machine's Python 3.13 can't be copied")
def test_a_bundle_with_its_own_python(recipes: Path, emulator: StartEmulator, tmp_path: Path) -> None:
    assert PYTHON is not None
    uv = environment(tmp_path / "uv", "uv")
    folder = recipes / "provided_al2023"
    env = with_path(
        uv, PYTHON.parent, UV_FIND_LINKS=str(tmp_path / "dist"), ARCH=MACHINE, CPYTHON=str(standalone_prefix("3.13"))
    )
    subprocess.run(["./build.sh"], cwd=folder, env=env, check=True)
    build = folder / "build"
    assert megabytes(build) < 100  # with debug symbols, which python-build-standalone has stripped
    function = emulator(
        [str(build / "bootstrap"), "main.app"], {"LAMBDA_TASK_ROOT": str(build), "PATH": "/usr/bin:/bin", **STREAMED}
    )
    assert answer(function.invoke(http(method="GET"))[1])["origin"] == "function_url"
