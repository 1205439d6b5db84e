"""What `build` makes of the recipes for a zip: without a package index the app's part of it, with one the whole."""

import json
import platform
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.entry import find_entry
from lambda_http_adapter._deploy.platform import ARCHITECTURES, MACHINES
from lambda_http_adapter._deploy.wrapper import NAME, VARIABLE
from lambda_http_adapter.cli import main
from tests.support.environments import environment, find_python, standalone_prefix, with_path
from tests.support.local_wheels import write_wheel
from tests.support.recipes import APP, DEPLOY, TEMPLATES, commands, function, variables
from tests.support.runtime_interface_emulator import StartEmulator
from tests.support.runtime_process import http

PYTHON = find_python("3.13")
ZIPS = [name for name in TEMPLATES if function(DEPLOY / name / "template.yaml").get("Runtime") == "python3.13"]
HERE = {machine: architecture for architecture, machine in MACHINES.items()}.get(platform.machine())
STREAMED = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream", "_HANDLER": "main.app"}
needs_python = pytest.mark.skipif(PYTHON is None, reason="There is no Python 3.13 on this machine")


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A copy to build in."""
    return Path(shutil.copytree(DEPLOY, tmp_path / "deploy", ignore=shutil.ignore_patterns("build", "function.zip")))


def build_options(name: str) -> list[str]:
    """Those of the `build` that its README tells to type."""
    (line,) = [line for line in commands(name) if line.startswith("lambda-http-adapter build ")]
    return shlex.split(line)[1:]


def answer(result: bytes) -> dict[str, object]:
    prelude, _, body = result.partition(bytes(8))
    assert json.loads(prelude)["statusCode"] == 200
    said: dict[str, object] = json.loads(body)
    return said


@pytest.mark.parametrize("name", [*ZIPS, "cdk", "terraform"])
def test_what_is_built_is_what_is_deployed(name: str) -> None:
    _, app, *options = build_options(name)
    assert options == ["--app-dir", "../app", "--requirements", "../app/requirements.txt"]
    (file,) = [file for file in (DEPLOY / name).iterdir() if file.suffix in (".yaml", ".tf", ".py")]
    (made_by,) = re.findall(r"function\.zip.*# made by: (.+)$", file.read_text(), re.MULTILINE)
    assert made_by == f"lambda-http-adapter build {app}"
    entry = find_entry(APP.parent, app, "app")
    if file.suffix == ".yaml":
        properties = function(file)
        assert (properties["CodeUri"], properties["Handler"]) == ("function.zip", entry.handler)
        assert (VARIABLE in variables(properties)) != entry.is_handler
    else:
        assert (entry.handler, entry.is_handler) == ("main.app", False)


@pytest.mark.parametrize("name", ["zip_handler", "snapstart_zip"])
def test_the_app_s_part(name: str, recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for required, version in (("fastapi", "0.115.0"), ("httptools", "1.0")):
        write_wheel(tmp_path, required, {f"{required}/__init__.py": ""}, version=version)
    (recipes / "app" / "lambda_http_adapter-0-py3-none-any.whl").touch()  # for a Dockerfile
    monkeypatch.chdir(recipes / name)
    main([*build_options(name), "--no-trial", "--no-index", "--find-links", str(tmp_path)])
    main(["doctor", "--strict", "--no-import"])  # exits if it finds something
    with zipfile.ZipFile("function.zip") as archive:
        names = {member.partition("/")[0] for member in archive.namelist()} - {"__pycache__"}
    packages = {"fastapi", "fastapi-0.115.0.dist-info", "httptools", "httptools-1.0.dist-info", "lambda_http_adapter"}
    own = {"handler.py", "main.py", "orders.py", "snapstart.py", NAME}
    assert {one for one in names if not one.startswith("lambda_http_adapter-")} == own | packages


@pytest.mark.slow
@needs_python
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_bundle_with_the_wrapper(architecture: str, recipes: Path, emulator: StartEmulator) -> None:
    assert PYTHON is not None
    folder = recipes / "zip_streaming"
    env = with_path(Path(sys.executable).parent, PYTHON.parent)
    command = ["lambda-http-adapter", *build_options("zip_streaming"), "--arch", architecture]
    subprocess.run(command, cwd=folder, env=env, check=True)
    assert (folder / "function.zip").stat().st_size < 8e6
    doctor = ["lambda-http-adapter", "doctor", "--strict", "--arch", architecture]
    subprocess.run(doctor, cwd=folder, env=env, check=True)
    build = folder / "unzipped"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", "function.zip", build], cwd=folder, check=True)
    libraries = [path.name for path in build.rglob("*.so")]
    assert libraries
    assert all(f"cpython-313-{MACHINES[architecture]}" in name for name in libraries)  # type: ignore[index]
    assert len(list(build.rglob("*.cpython-313.pyc"))) > 300
    if architecture != HERE:
        return
    # As on Lambda: the interpreter is AWS's, and everything else comes from the bundle.
    (build / NAME).chmod(0o755)  # which zipfile's command doesn't restore
    command = [str(build / NAME), str(PYTHON), "/var/runtime/bootstrap.py"]
    started = emulator(command, {"LAMBDA_TASK_ROOT": str(build), **STREAMED}, build)
    assert answer(started.invoke(http(method="GET"))[1])["origin"] == "function_url"


@pytest.mark.slow
@needs_python
@pytest.mark.skipif(standalone_prefix("3.13") is None, reason="This machine's Python 3.13 can't be copied")
def test_a_bundle_with_its_own_python(recipes: Path, emulator: StartEmulator, tmp_path: Path) -> None:
    assert PYTHON is not None
    assert HERE is not None
    uv = environment(tmp_path / "uv", "uv")
    folder = recipes / "provided_al2023"
    env = with_path(uv, Path(sys.executable).parent, PYTHON.parent, ARCH=HERE, CPYTHON=str(standalone_prefix("3.13")))
    subprocess.run(["./build.sh"], cwd=folder, env=env, check=True)
    build = folder / "build"
    archive = Path(shutil.make_archive(str(build), "zip", build))
    assert archive.stat().st_size < 100e6  # with debug symbols, which python-build-standalone has stripped
    started = emulator(
        [str(build / "bootstrap"), "main.app"], {"LAMBDA_TASK_ROOT": str(build), "PATH": "/usr/bin:/bin", **STREAMED}
    )
    assert answer(started.invoke(http(method="GET"))[1])["origin"] == "function_url"
