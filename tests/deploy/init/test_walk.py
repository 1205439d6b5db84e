"""The way of a new user, in environments that have nothing but what the documents say: from the wheel to an answer."""

import json
import platform
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from lambda_http_adapter.cli import _COMMANDS
from lambda_http_adapter.testing import make_event
from tests.support.child_process import inherited_environment
from tests.support.dev_process import Dev
from tests.support.paths import ROOT
from tests.support.runtime_interface_emulator import StartEmulator

pytestmark = pytest.mark.slow  # installs from the index

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
STREAMS = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream"}
build_exists = pytest.mark.skipif("build" not in _COMMANDS, reason="there is no command `build` yet")
doctor_exists = pytest.mark.skipif("doctor" not in _COMMANDS, reason="there is no command `doctor` yet")


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """What a program prints on both outputs. It must exit with 0."""
    environment = {**inherited_environment(), **(env or {})}
    ended = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel of this checkout is."""
    directory = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run(*pip, "--wheel-dir", str(directory), str(ROOT), cwd=directory)
    return directory


@pytest.fixture(scope="module")
def lambda_http_adapter(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in an environment that has the wheel without its extras."""
    directory = tmp_path_factory.mktemp("first")
    run(sys.executable, "-m", "venv", directory, cwd=directory)
    pip = directory / "bin/pip"
    run(pip, "install", "--quiet", "lambda-http-adapter", "--find-links", wheels, cwd=directory)
    return directory / "bin/lambda-http-adapter"


@pytest.fixture(scope="module")
def shop(lambda_http_adapter: Path, wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A FastAPI project with its environment, made by the lines that `init` prints."""
    directory = tmp_path_factory.mktemp("walk")
    report = run(lambda_http_adapter, "init", "shop", cwd=directory)
    shutil.copytree(wheels, directory / "shop/wheels", dirs_exist_ok=True)
    lines = re.findall(r"^  (\w.*)$", report.partition("\nNext:\n")[2], re.MULTILINE)
    assert (lines[0], lines[2:4]) == ("cd shop", ["lambda-http-adapter dev", "pytest"])
    python = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'
    (directory / "python3").write_text(python)
    (directory / "python3").chmod(0o755)
    path = {"PATH": f"{directory}:{inherited_environment()['PATH']}"}
    run("sh", "-ec", "\n".join(lines[:2]), cwd=directory, env=path)
    return directory / "shop"


def activated(project: Path) -> dict[str, str]:
    """What `activate` puts into the environment."""
    return {"PATH": f"{project / '.venv/bin'}:{inherited_environment()['PATH']}"}


def test_its_tests_pass_there(shop: Path) -> None:
    assert "2 passed" in run("sh", "-c", "pytest -q", cwd=shop, env=activated(shop))


def test_dev_serves_it_there(shop: Path) -> None:
    with Dev(cwd=shop, env={"PYTHONPATH": ""}, command=[str(shop / ".venv/bin/lambda-http-adapter"), "dev"]) as dev:
        assert dev.get("/").json() == {"hello": "world"}


@pytest.fixture(scope="module")
def bundle(shop: Path) -> Path:
    """The zip file that the printed command makes, and the template, for this machine in place of arm64."""
    line = f"lambda-http-adapter build main:app --python {PYTHON} --arch {MACHINE}"
    run("sh", "-c", line, cwd=shop, env=activated(shop))
    template = (shop / "template.yaml").read_text()
    (shop / "template.yaml").write_text(template.replace("python3.13", f"python{PYTHON}").replace("arm64", MACHINE))
    return shop / "function.zip"


@build_exists
def test_the_bundle_answers_under_awss_emulator(bundle: Path, emulator: StartEmulator, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path)
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
    (tmp_path / "bootstrap").chmod(modes["bootstrap"])
    wrapper = [str(tmp_path / "bootstrap"), clean_python(), "bootstrap.py", "main.app"]
    function = emulator(wrapper, {**STREAMS, "LAMBDA_TASK_ROOT": str(tmp_path)}, Path("/"))
    assert answer(function.invoke(make_event("GET", "/"))) == b'{"hello":"world"}'


@build_exists
@doctor_exists
def test_doctor_finds_nothing(bundle: Path, shop: Path) -> None:
    (line, *more) = run(
        "sh", "-c", f"lambda-http-adapter doctor {bundle.name}", cwd=shop, env=activated(shop)
    ).splitlines()
    assert (line, more) == ("Nothing found in function.zip and template.yaml.", [])


def test_the_image_answers_under_awss_emulator(
    lambda_http_adapter: Path, wheels: Path, emulator: StartEmulator, tmp_path: Path
) -> None:
    """The steps of the Dockerfile, in directories in place of its stages: there is no Docker here."""
    project = tmp_path / "project"
    run(lambda_http_adapter, "init", project, "--app", "flask", "--deploy", "sam-image", cwd=tmp_path)
    recipe = (project / "Dockerfile").read_text()
    task, build = tmp_path / "task", tmp_path / "build"
    shutil.copytree(wheels, build)
    shutil.copy(project / "requirements.txt", build)
    (install,) = re.findall(r"^RUN python -m (pip install .*)$", recipe, re.MULTILINE)
    run(sys.executable, "-m", *install.replace("/requirements", str(task)).split(), cwd=build)
    shutil.copytree(project, task, dirs_exist_ok=True)
    entry_point, arguments = (re.findall(rf"^{name} (.*)$", recipe, re.MULTILINE) for name in ("ENTRYPOINT", "CMD"))
    command = [*json.loads(entry_point[0]), *json.loads(arguments[0])]
    function = emulator([clean_python(), *command[1:]], STREAMS, task)
    assert answer(function.invoke(make_event("GET", "/"))) == b'{"hello":"world"}\n'


def clean_python() -> str:
    """The interpreter without the packages of the tests' environment."""
    return str(Path(sys.base_prefix, "bin", f"python{PYTHON}"))


def answer(invoked: tuple[int, bytes]) -> bytes:
    """The body of a streamed response, which this emulator hands out behind its prelude."""
    status, result = invoked
    prelude, delimiter, body = result.partition(bytes(8))
    assert (status, delimiter) == (200, bytes(8)), result
    assert json.loads(prelude)["statusCode"] == 200
    return body
