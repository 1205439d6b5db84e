"""Which of the app's files go into a bundle."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.project import project_files

FILES = [
    ".env",
    ".github/workflows/ci.yaml",
    ".venv/pyvenv.cfg",
    "Dockerfile",
    "README.md",
    "app/__init__.py",
    "app/__pycache__/__init__.cpython-313.pyc",
    "app/data/rates.csv",
    "app/test_rates.py",
    "app/tests/test_more.py",
    "build/bdist.linux-x86_64/x",
    "build/lib/main.py",
    "conftest.py",
    "cdk/app.py",
    "cdk/cdk.json",
    "env/pyvenv.cfg",
    "env/lib/site.py",
    "id_ecdsa",
    "lib-1-py3-none-any.whl",
    "main.py",
    "node_modules/a/index.js",
    "requirements.txt",
    "server.pem",
    "static/dist/page.js",
    "terraform.tfstate",
    "tests/test_main.py",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    for name in FILES:
        write(directory / name)
    return directory


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def git(directory: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(directory), *arguments], check=True, capture_output=True)


def test_what_a_function_reads_is_copied_and_the_rest_is_named(project: Path) -> None:
    files = project_files(project)
    assert list(files.copied) == ["app/__init__.py", "app/data/rates.csv", "main.py", "static/dist/page.js"]
    assert files.copied["main.py"] == project / "main.py"
    assert files.left_out == {
        "hidden files": [".env", ".github/", ".venv/"],
        "infrastructure and packaging": [
            "Dockerfile",
            "README.md",
            "cdk/",
            "lib-1-py3-none-any.whl",
            "requirements.txt",
        ],
        "caches and environments": ["app/__pycache__/", "build/", "env/", "node_modules/"],
        "tests": ["app/test_rates.py", "app/tests/", "conftest.py", "tests/"],
        "secrets": ["id_ecdsa", "server.pem", "terraform.tfstate"],
    }


@pytest.mark.parametrize(
    ("include", "exclude", "more", "fewer"),
    [
        ([".env"], [], [".env"], []),
        (["*.pem"], [], ["server.pem"], []),
        (["tests"], [], ["app/tests/test_more.py", "tests/test_main.py"], []),
        (["app/tests/**"], [], ["app/tests/test_more.py"], []),
        (["./node_modules/a"], [], ["node_modules/a/index.js"], []),
        ([], ["app/data"], [], ["app/data/rates.csv"]),
        ([], ["*.js", "static/"], [], ["static/dist/page.js"]),
        (["app/data"], ["rates.csv"], [], ["app/data/rates.csv"]),
    ],
)
def test_patterns(include: list[str], exclude: list[str], more: list[str], fewer: list[str], project: Path) -> None:
    usual = project_files(project).copied.keys()
    copied = project_files(project, include=include, exclude=exclude).copied.keys()
    assert (sorted(copied - usual), sorted(usual - copied)) == (more, fewer)


def test_git_says_what_is_ignored(project: Path) -> None:
    write(project / ".gitignore", "static/dist\n*.csv\n")
    write(project / "new.py")
    git(project, "init", "--quiet")
    git(project, "add", "main.py", "app/data/rates.csv", "--force")
    files = project_files(project, include=["static/dist"])
    assert list(files.copied) == ["app/__init__.py", "app/data/rates.csv", "main.py", "new.py", "static/dist/page.js"]
    assert project_files(project).left_out[".gitignore"] == ["static/dist/page.js"]


def test_without_git_nothing_is_ignored(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project / ".gitignore", "*\n")
    git(project, "init", "--quiet")
    monkeypatch.setenv("PATH", "/nowhere")
    assert "main.py" in project_files(project).copied


def test_a_directory_that_a_repository_ignores_is_copied_all_the_same(project: Path) -> None:
    write(project.parent / ".gitignore", "project\n")
    git(project.parent, "init", "--quiet")
    assert "main.py" in project_files(project).copied


def test_names_that_no_zip_file_holds(project: Path) -> None:
    for name in (b"two\nlines.py", b"caf\xe9.py"):
        (project / os.fsdecode(name)).touch()
    (project / "café.py").touch()
    files = project_files(project)
    assert "café.py" in files.copied
    assert len(files.left_out["names with control characters or not in UTF-8"]) == 2


def test_links(project: Path) -> None:
    write(project.parent / "shared" / "secret.txt", "s")
    write(project / "app" / "note.txt", "n")
    (project / "outside.txt").symlink_to(project.parent / "shared" / "secret.txt")
    (project / "outside").symlink_to(project.parent / "shared")
    (project / "note.txt").symlink_to("app/note.txt")
    (project / "linked").symlink_to("app")
    (project / "app" / "circle").symlink_to("..")
    (project / "dangling").symlink_to("nowhere")
    files = project_files(project)
    assert {"note.txt", "linked/note.txt", "linked/data/rates.csv"} <= files.copied.keys()
    assert files.copied["note.txt"].read_text() == "n"
    assert files.left_out["links out of the directory"] == ["outside/", "outside.txt"]
    assert files.left_out["neither files nor directories"] == ["dangling"]
    assert not any("circle" in name for name in files.copied)
    assert "outside/secret.txt" in project_files(project, include=["outside"]).copied


def test_a_linked_directory_is_copied_though_git_names_the_link_alone(project: Path) -> None:
    (project / "linked").symlink_to("app")
    git(project, "init", "--quiet")
    assert "linked/data/rates.csv" in project_files(project).copied


def test_results_of_builds_stay_out(project: Path) -> None:
    write(project / "out" / "lambda_http_adapter-1.0.dist-info" / "METADATA")
    write(project / "now" / "main.py")
    for name, member in {"old.zip": "lambda_http_adapter/__init__.py", "maps.zip": "map.json"}.items():
        with zipfile.ZipFile(project / name, "w") as archive:
            archive.writestr(member, "")
    write(project / "fake.zip", "no zip")
    files = project_files(project, results=[project / "now"])
    assert files.left_out["bundles"] == ["old.zip", "out/"]
    assert {"maps.zip", "fake.zip"} <= files.copied.keys()
    assert "now/main.py" not in files.copied
