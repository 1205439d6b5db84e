"""Requirements that are directories of this machine."""

from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.installer import InstallError
from lambda_http_adapter._deploy.build.local_projects import is_adapter, local_project, with_wheels
from lambda_http_adapter._deploy.interpreter import find_uv
from tests.support.paths import ROOT

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "my-lib"
version = "1"
"""
BACKEND = """
import pathlib, zipfile

def build_wheel(directory, settings=None, metadata=None):
    name = "my_lib-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as wheel:
        wheel.writestr("my_lib.py", "")
        wheel.writestr("my_lib-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: my-lib\\nVersion: 1\\n")
        wheel.writestr("my_lib-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("my_lib-1.dist-info/RECORD", "")
    return name
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    library = tmp_path / "my lib"
    library.mkdir()
    (library / "pyproject.toml").write_text(PYPROJECT)
    (library / "backend.py").write_text(BACKEND)
    (tmp_path / "lib").symlink_to(library)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "directory"),
    [
        (".", "."),
        ("./lib", "lib"),
        ("-e ./lib", "lib"),
        ("--editable=./lib", "lib"),
        ("./lib[extra] ; python_version > '3'  # note\n    # via x", "lib"),
        ("my-lib[extra] @ file://{}/my%20lib", "my lib"),
        ("file://{}/lib", "lib"),
        ("lib", None),
        ("./nothing", None),
        ("./lib/pyproject.toml", None),
        ("flask>=3", None),
        ("https://example.com/./lib", None),
        ("-r ./lib", None),
    ],
)
def test_a_directory(line: str, directory: str | None, project: Path) -> None:
    expected = None if directory is None else project / directory
    assert local_project(line.format(project), project) == expected


def test_a_checkout_of_this_package(project: Path) -> None:
    assert is_adapter(ROOT)
    assert not is_adapter(project / "lib")
    assert not is_adapter(project)


@pytest.mark.parametrize("uv", [find_uv(), None])
def test_wheels_in_place_of_directories(uv: str | None, project: Path, tmp_path: Path) -> None:
    lines = ["flask", "-e ./lib[extra] ; python_version > '3'", "# a comment"]
    first, second, third = with_wheels(lines, project, uv, tmp_path / "scratch", hashed=False)
    wheel = tmp_path / "scratch" / "wheel-1" / "my_lib-1-py3-none-any.whl"
    assert wheel.is_file()
    assert (first, third) == ("flask", "# a comment")
    assert second == f"my_lib[extra] @ {wheel.as_uri()} ; python_version > '3'"
    if uv is not None:
        (hashed,) = with_wheels(["./lib"], project, uv, tmp_path / "hashed", hashed=True)
        assert hashed.startswith("my_lib @ file://")
        assert " --hash=sha256:" in hashed


def test_a_directory_that_cannot_be_built(project: Path, tmp_path: Path) -> None:
    (project / "lib" / "backend.py").write_text("raise OSError('no compiler')")
    with pytest.raises(InstallError, match=r"(?s)/lib can't be built: .*no compiler"):
        with_wheels(["./lib"], project, find_uv(), tmp_path / "scratch", hashed=False)
